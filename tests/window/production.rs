//! A production connection looks like one: a bar, a badge, the window's title; and what ends something asks
//! for its name to be typed. One that is not production asks for less.

use serde_json::json;

use super::by::{By, alert_dialog, button, dialog, menu_item, radio, row, textbox};
use super::database::Database;
use super::desk::{Desk, Window};
use super::page::{Page, eventually};
use super::shared::{connected, desk_beside, open, save};
use super::steps::{go_to, open_key, seed, seed_key};

async fn on(environment: &str) -> (Database, Desk, Window) {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    seed(&desk);
    desk.says(&["roles", "create", "--tenant", "acme", "Spare", "--permission", "posts:read"]);
    seed_key(&desk, "n8n");
    let mut draft = database.draft("Acme platform");
    draft["environment"] = json!(environment);
    let window = connected(&desk, &database, &draft).await;
    (database, desk, window)
}

/// The red bar over the whole window and the badge.
pub async fn looks_like_production(page: &Page) {
    page.says("PROD").await;
    let bars = "return [...document.querySelectorAll('*')].map((one) => [one.getBoundingClientRect(), getComputedStyle(one)])
        .filter(([at, look]) => at.top === 0 && at.height === 3 && at.width === innerWidth && look.position === 'fixed')
        .map(([, look]) => look.backgroundColor)";
    let bars = page.run(bars, vec![]).await;
    let numbers = bars[0].as_str().unwrap_or_default().trim_start_matches("rgb(").trim_end_matches(')');
    let [red, green, blue] =
        numbers.split(", ").map(|part| part.parse::<u8>().unwrap()).collect::<Vec<_>>()[..]
    else {
        panic!("no bar over the whole window: {bars}")
    };
    assert!(red > 150 && green < 90 && blue < 90, "the bar is not red: {bars}");
}

fn titles(window: &Window) -> Vec<String> {
    super::frame::titles(window.desktop().expect("the program runs").as_raw_nonzero().get().cast_unsigned())
}

pub async fn titled(window: &Window, title: &str) {
    let seen = super::page::within(super::page::PATIENCE, async || {
        titles(window).contains(&title.to_owned()).then_some(())
    });
    assert!(seen.await.is_some(), "{:?} instead of “{title}”", titles(window));
}

/// Asked for the name, a wrong one ends nothing; the right one does.
pub async fn ends_only_by_its_name(page: &Page, question: &By, submit: &str, name: &str) {
    page.see(question).await;
    let typed = textbox(&format!("Type {name} to confirm")).within(question.clone());
    page.see(&typed).await;
    let submit = button(submit).within(question.clone());
    page.fill(&typed, "something else").await;
    if !page.is_disabled(&submit).await {
        page.click(&submit).await;
        assert!(page.complaint(&typed).await.contains(name));
    }
    page.see(question).await;
    page.fill(&typed, name).await;
    page.click(&submit).await;
    page.gone(question).await;
}

#[tokio::test]
async fn production_is_seen_at_a_glance_and_ending_something_asks_for_its_name() {
    let (database, _desk, window) = on("production").await;
    let page = &window.page;
    titled(&window, "Latchkey, Acme platform (production)").await;
    looks_like_production(page).await;
    page.picture("production").await;

    open_key(page, "n8n").await;
    page.click(&button("Rotate")).await;
    let rotate = dialog("Rotate key");
    page.tick(&radio("Stop now").within(rotate.clone())).await;
    ends_only_by_its_name(page, &rotate, "Rotate key", "n8n").await;
    super::steps::save_by_copy(page).await;
    page.click(&button("Revoke")).await;
    ends_only_by_its_name(page, &alert_dialog("Revoke n8n?"), "Revoke key", "n8n").await;
    page.says("revoked this key").await;

    go_to(page, "Roles").await;
    page.see(&row("Spare").part()).await;
    page.click(&button("More actions").within(row("Spare").part())).await;
    page.click(&menu_item("Delete").part()).await;
    ends_only_by_its_name(page, &alert_dialog("Delete Spare?"), "Delete role", "Spare").await;
    go_to(page, "Tenants").await;
    page.click(&row("ACME Corp").part()).await;
    page.click(&button("Suspend tenant")).await;
    ends_only_by_its_name(page, &alert_dialog("Suspend ACME Corp?"), "Suspend tenant", "ACME Corp").await;
    for action in ["keys.rotate", "keys.revoke", "roles.delete", "tenants.suspend"] {
        let noted = format!("SELECT count(*) FROM latchkey.audit WHERE action = '{action}'");
        assert_eq!(database.ask(&noted).await, "1", "{action}");
    }
    page.is_quiet().await;
}

#[tokio::test]
async fn ending_a_grace_period_asks_for_the_name_on_production() {
    let (_database, desk, window) = on("production").await;
    let page = &window.page;
    let id = super::steps::key_id(&desk, "n8n");
    desk.says(&["keys", "rotate", &id, "--grace", "24h"]);
    open_key(page, "n8n").await;
    page.click(&button("End now")).await;
    ends_only_by_its_name(page, &alert_dialog("End the grace period now?"), "End now", "n8n").await;
}

#[tokio::test]
async fn the_title_and_the_badge_follow_the_connection() {
    let (database, _desk, window) = on("staging").await;
    let page = &window.page;
    titled(&window, "Latchkey, Acme platform").await;
    page.says("Staging").await;
    assert!(!page.words().await.contains("PROD"));
    open_key(page, "n8n").await;
    page.click(&button("Revoke")).await;
    page.see(&alert_dialog("Revoke n8n?")).await;
    assert!(!page.has(&textbox("Type n8n to confirm")).await, "a key that nobody uses, not on production");
    page.press("Escape").await;
    page.gone(&alert_dialog("Revoke n8n?")).await;

    super::steps::go_to(page, "Keys").await;
    let mut draft = database.draft("Acme production");
    draft["environment"] = json!("production");
    let id = save(page, &draft, &database.password).await;
    open(page, &id).await;
    titled(&window, "Latchkey, Acme production (production)").await;
    page.invoke("lock", json!({})).await.unwrap();
    titled(&window, "Latchkey").await;
    page.invoke("unlock", json!({})).await.unwrap();
    titled(&window, "Latchkey, Acme production (production)").await;
    page.invoke("close_store", json!({})).await.unwrap();
    eventually("the title without a store", async || (titles(&window) == ["Latchkey"]).then_some(())).await;
}
