//! Every screen and dialog of a local store, judged by axe in the real window, in both themes. Those of shared
//! databases are in `accessibility_shared.rs`.

use super::by::{alert_dialog, button, combobox, dialog, heading, link, menu_item, radio, row, tab};
use super::desk::Desk;
use super::steps::go_to;
use super::walk::Walk;

async fn walk(desk: Desk, theme: &'static str) {
    let window = desk.open().await;
    let page = &window.page;
    let mut walk = Walk::begin(page, theme).await;
    walk.look("start").await;
    page.click(&button("Explore with sample data")).await;
    page.see(&heading("Keys")).await;
    keys(&mut walk).await;
    tenants_and_roles(&mut walk).await;
    reveal(&mut walk).await;
    key_pages(&mut walk).await;
    empty_store(&mut walk).await;
    page.is_quiet().await;
    walk.end();
}

async fn keys(walk: &mut Walk<'_>) {
    let page = walk.page;
    page.see(&row(", Active").part()).await;
    walk.look("keys").await;
    page.click(&button("More actions")).await;
    page.see(&menu_item("Copy key id").part()).await;
    walk.look("keys-menu").await;
    page.press("Escape").await;
    page.click(&button("Status")).await;
    page.see(&super::by::option("Active").part()).await;
    walk.look("keys-filter").await;
    page.press("Escape").await;
    page.fill(&super::by::searchbox("Search name, prefix or tenant"), "no such key anywhere").await;
    page.says("No keys match these filters.").await;
    walk.look("keys-no-match").await;
    page.click(&button("Clear filters").part()).await;
    page.see(&row(", Active").part()).await;
    walk.open_and_look(button("Shortcuts").part(), "shortcuts", dialog("Keyboard shortcuts")).await;
    page.click(&button("Create key")).await;
    walk.layer("create-key", dialog("Create key")).await;
    page.click(&button("Create key")).await;
    let sheet = dialog("Create key");
    page.tick(&radio("Custom scopes").within(sheet.clone())).await;
    page.click(&button("Create key").within(sheet.clone())).await;
    page.says("Enter a name").await;
    walk.look("create-key-errors").await;
    page.press("Escape").await;
    page.see(&alert_dialog("Discard what you typed?")).await;
    walk.look("leave-question").await;
    page.click(&button("Discard changes")).await;
    page.gone(&sheet).await;
}

async fn tenants_and_roles(walk: &mut Walk<'_>) {
    let page = walk.page;
    go_to(page, "Tenants").await;
    page.see(&row(", Active").part()).await;
    walk.look("tenants").await;
    walk.open_and_look(button("Create tenant"), "create-tenant", dialog("Create tenant")).await;
    page.click(&row(", Active").part()).await;
    page.see(&button("Suspend tenant")).await;
    walk.look("tenant").await;
    page.click(&tab("Details")).await;
    walk.look("tenant-details").await;
    page.click(&button("Suspend tenant")).await;
    page.says("stop working until you resume").await;
    walk.look("suspend-tenant").await;
    page.press("Escape").await;
    page.says_no_more("stop working until you resume").await;
    go_to(page, "Roles").await;
    page.see(&row(", ").part()).await;
    walk.look("roles").await;
    walk.open_and_look(button("Create role"), "create-role", dialog("Create role")).await;
    page.click(&row(", ").part()).await;
    page.says("Save role").await;
    walk.look("edit-role").await;
    page.press("Escape").await;
    page.says_no_more("Save role").await;
    page.click(&button("More actions")).await;
    page.see(&menu_item("Edit").part()).await;
    walk.look("role-menu").await;
    page.press("Escape").await;
    for section in ["Security events", "Operators"] {
        go_to(page, section).await;
        walk.look(&section.to_lowercase().replace(' ', "-")).await;
    }
}

async fn reveal(walk: &mut Walk<'_>) {
    let page = walk.page;
    go_to(page, "Keys").await;
    page.click(&button("Create key")).await;
    let sheet = dialog("Create key");
    let tenant = page.perform("tenants.list", serde_json::json!({"limit": 1})).await.unwrap();
    let tenant = tenant["items"][0]["name"].as_str().unwrap().to_owned();
    page.pick(&combobox("Tenant").within(sheet.clone()), &tenant).await;
    page.fill(&super::by::textbox("Name").within(sheet.clone()), "axe").await;
    page.tick(&radio("Custom scopes").within(sheet.clone())).await;
    page.fill(&super::by::textbox("Another scope").within(sheet.clone()), "posts:read").await;
    page.press("Enter").await;
    page.click(&button("Create key").within(sheet)).await;
    page.see(&dialog("Save this key now")).await;
    walk.look("reveal").await;
    page.press("Escape").await;
    page.see(&alert_dialog("Close without saving this key?")).await;
    walk.look("reveal-close-question").await;
    page.press("Escape").await;
    page.gone(&alert_dialog("Close without saving this key?")).await;
    page.click(&button("Copy key")).await;
    page.says("Copied.").await;
    walk.look("reveal-copied").await;
    page.click(&button("Save to file…")).await;
    page.see(&menu_item(".env file")).await;
    walk.look("reveal-save-menu").await;
    page.press("Escape").await;
    page.click(&button("Done")).await;
    page.gone(&dialog("Save this key now")).await;
    page.click(&button("Clear now")).await;
}

/// One key of every status the sample data has, and the dialogs that change keys.
async fn key_pages(walk: &mut Walk<'_>) {
    let page = walk.page;
    for status in ["Active", "In grace", "Expiring", "Expired", "Suspended", "Revoked", "Unconfirmed"] {
        go_to(page, "Keys").await;
        page.see(&row("axe, ").part()).await;
        let one = row(&format!(", {status}")).part();
        if !page.has(&one).await {
            println!("the sample data shows no key that is {status}");
            continue;
        }
        page.click(&one).await;
        page.see(&tab("Details")).await;
        walk.look(&format!("key-{}", status.to_lowercase().replace(' ', "-"))).await;
        page.click(&tab("Activity")).await;
        walk.look(&format!("key-activity-{}", status.to_lowercase().replace(' ', "-"))).await;
        match status {
            "Active" => active_key(walk).await,
            "In grace" => key_in_grace(walk).await,
            _ => {}
        }
    }
}

async fn active_key(walk: &mut Walk<'_>) {
    let page = walk.page;
    page.click(&tab("Usage")).await;
    walk.look("key-usage").await;
    walk.open_and_look(button("Rotate"), "rotate", dialog("Rotate key")).await;
    page.click(&button("Revoke")).await;
    page.says("Calls with this key are refused from now on.").await;
    walk.look("revoke").await;
    page.press("Escape").await;
    page.says_no_more("Calls with this key are refused from now on.").await;
    page.click(&button("More actions")).await;
    page.click(&menu_item("Suspend…").part()).await;
    page.says("Calls with this key are refused until you resume it.").await;
    walk.look("suspend").await;
    page.press("Escape").await;
    page.says_no_more("Calls with this key are refused until you resume it.").await;
    page.click(&button("More actions")).await;
    page.click(&menu_item("Set expiry…").part()).await;
    walk.layer("set-expiry", dialog("Set expiry")).await;
    page.click(&button("Edit")).await;
    page.says("Save key").await;
    walk.look("edit-key").await;
    page.press("Escape").await;
    page.says_no_more("Save key").await;
}

async fn key_in_grace(walk: &mut Walk<'_>) {
    walk.open_and_look(button("Rotate"), "rotate-blocked", dialog("Rotate key")).await;
    walk.open_and_look(button("End now"), "end-now", alert_dialog("End the grace period now?")).await;
    walk.open_and_look(button("Extend…"), "extend", dialog("Extend the grace period")).await;
    walk.open_and_look(button("Undo rotation"), "undo", alert_dialog("Undo the rotation?")).await;
}

/// What stands where nothing is yet.
async fn empty_store(walk: &mut Walk<'_>) {
    let page = walk.page;
    page.click(&button("Sample data").part()).await;
    page.see(&menu_item("All connections")).await;
    walk.look("store-menu").await;
    page.click(&menu_item("All connections")).await;
    page.click(&button("Open a local key database")).await;
    page.says("No keys yet.").await;
    walk.look("keys-empty").await;
    for section in ["Tenants", "Roles"] {
        page.click(&link(section).part()).await;
        page.see(&heading(section)).await;
        walk.look(&format!("{}-empty", section.to_lowercase())).await;
    }
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_in_the_light_theme() {
    walk(Desk::new().with("GTK_THEME", "Adwaita"), "light").await;
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_in_the_dark_theme() {
    walk(Desk::dark(), "dark").await;
}
