//! The screens, dialogs and states of a Latchkey server, judged by axe in the real window, in both themes: operators
//! and their tokens, security events, usage, what a viewer sees, and being signed out.

use latchkey_core::operations::{EventsList, KeysRotate, OperatorsRemove, OperatorsUpdate, UsageGet};
use serde_json::json;

use super::by::{alert_dialog, button, dialog, menu_item, radio, row, tab, textbox};
use super::page::eventually;
use super::served::{Operator, Served};
use super::server_errors::signed_in;
use super::shared::open_switcher;
use super::steps::{copy_token, done, go_to, open_key, seed, seed_key};
use super::walk::Walk;

async fn walk(theme: &'static str) {
    let served = Served::plain().await;
    served.operator("keeper", "admin", "never").await;
    let dana = served.operator("dana", "admin", "7d").await;
    let gtk = if theme == "dark" { "Adwaita:dark" } else { "Adwaita" };
    let desk = served.desk_beside().with("GTK_THEME", gtk);
    seed(&desk);
    let (id, old) = seed_key(&desk, "n8n");
    used(&served, &id, &old).await;
    let window = signed_in(&desk, &served, &dana).await;
    let mut walk = Walk::begin(&window.page, theme).await;
    walk.look("server-keys").await;
    open_switcher(&window.page).await;
    walk.look("server-switcher").await;
    window.page.press("Escape").await;
    usage_and_events(&mut walk).await;
    operators(&mut walk).await;
    addresses(&mut walk).await;
    less_and_less(&mut walk, &served, &dana).await;
    window.page.is_quiet().await;
    walk.end();
}

/// A key in use, in its grace period, and something that looks wrong; waited for until it is written.
async fn used(served: &Served, id: &str, old: &str) {
    let plaintext =
        served.perform::<KeysRotate>(json!({ "key": id, "grace": "24h" })).await.plaintext.unwrap();
    for key in [old, plaintext.expose(), plaintext.expose()] {
        assert!(served.accepts(key).await);
    }
    let cut = json!({ "key": id, "grace": "0", "cut_old": true });
    let newest = served.perform::<KeysRotate>(cut).await.plaintext.unwrap();
    for _ in 0..3 {
        assert!(!served.accepts(old).await, "a dead secret");
        assert!(served.accepts(newest.expose()).await);
    }
    eventually("what was gathered", async || {
        let events = served.perform::<EventsList>(json!({})).await;
        let usage = served.perform::<UsageGet>(json!({ "key": id })).await;
        (!events.items.is_empty() && usage.gathered).then_some(())
    })
    .await;
}

async fn usage_and_events(walk: &mut Walk<'_>) {
    let page = walk.page;
    open_key(page, "n8n").await;
    page.click(&tab("Usage")).await;
    page.says("Requests per day, last 30 days").await;
    walk.look("usage").await;
    page.click(&button("Show as table")).await;
    walk.look("usage-table").await;
    go_to(page, "Security events").await;
    page.see(&row("Stopped key used, ").part()).await;
    walk.look("security").await;
    page.click(&button("Kind")).await;
    walk.look("security-filter").await;
    page.press("Escape").await;
}

async fn operators(walk: &mut Walk<'_>) {
    let page = walk.page;
    go_to(page, "Operators").await;
    page.see(&row("dana, Admin").part()).await;
    walk.look("operators").await;
    page.click(&button("New operator")).await;
    let sheet = dialog("New operator");
    page.see(&sheet).await;
    walk.look("operator-new").await;
    page.tick(&radio("Only these permissions").within(sheet.clone())).await;
    page.click(&button("Create operator").within(sheet.clone())).await;
    page.says("Enter a name, so that the activity says who did what.").await;
    walk.look("operator-errors").await;
    page.tick(&radio("Everything").within(sheet.clone())).await;
    page.fill(&textbox("Name").within(sheet.clone()), "lee").await;
    page.click(&button("Create operator").within(sheet.clone())).await;
    page.see(&dialog("Save this token now")).await;
    walk.look("operator-token").await;
    copy_token(page).await;
    done(page).await;
    let line = row("lee, ").part();
    for (what, name, layer) in [
        ("Edit", "operator-edit", dialog("Edit operator lee")),
        ("Rotate token", "operator-rotate", dialog("Rotate the token of lee?")),
        ("Remove", "operator-remove", alert_dialog("Remove lee?")),
    ] {
        page.click(&button("More actions").within(line.clone())).await;
        page.see(&menu_item(what).part()).await;
        walk.open_and_look(menu_item(what).part(), name, layer).await;
    }
    super::desk::copy_elsewhere("nothing");
}

/// A tenant whose keys work from some addresses alone.
async fn addresses(walk: &mut Walk<'_>) {
    let page = walk.page;
    go_to(page, "Tenants").await;
    page.click(&row("ACME Corp").part()).await;
    page.click(&button("Edit")).await;
    let sheet = dialog("Edit ACME Corp");
    let ranges = textbox("Addresses of all its keys").within(sheet.clone());
    page.fill(&ranges, "10.0.0.0/8, 2001:db8::/32, somewhere").await;
    page.press("Enter").await;
    page.click(&button("Save tenant").within(sheet.clone())).await;
    assert!(page.complaint(&ranges).await.contains("somewhere"));
    walk.look("tenant-addresses-refused").await;
    page.click(&button("Remove somewhere").within(sheet.clone())).await;
    page.click(&button("Save tenant").within(sheet.clone())).await;
    page.gone(&sheet).await;
    page.click(&tab("Details")).await;
    page.says("2001:db8::/32").await;
    walk.look("tenant-addresses").await;
}

/// The role becomes less while the window is open, and then the operator is removed.
async fn less_and_less(walk: &mut Walk<'_>, served: &Served, operator: &Operator) {
    let page = walk.page;
    for (role, shown) in [("issuer", "dana (Issuer)"), ("viewer", "dana (Viewer)")] {
        served.perform::<OperatorsUpdate>(json!({ "operator": operator.id, "role": role })).await;
        page.perform("tenants.create", json!({ "slug": role, "name": role })).await.unwrap_err();
        page.says(shown).await;
        for section in ["Operators", "Tenants"] {
            go_to(page, section).await;
            walk.look(&format!("{}-{role}", section.to_lowercase())).await;
        }
        open_key(page, "n8n").await;
        walk.look(&format!("key-{role}")).await;
    }
    served.perform::<OperatorsRemove>(json!({ "operator": operator.id })).await;
    page.says("You are signed out").await;
    walk.look("signed-out").await;
    page.click(&button("Enter another token")).await;
    walk.layer("signed-out-question", dialog("Admin token of Acme server")).await;
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_of_a_server_in_the_light_theme() {
    walk("light").await;
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_of_a_server_in_the_dark_theme() {
    walk("dark").await;
}
