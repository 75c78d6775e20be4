//! The lock, on demand and after idle time: no data and no credential is left in the window, nothing can be
//! called past it, and unlocking asks for what the keychain does not have.

use serde_json::json;

use super::by::{button, dialog, heading, textbox};
use super::database::Database;
use super::desk::{Desk, Window};
use super::page::{Page, eventually};
use super::shared::{connected, desk_beside, open, save};
use super::steps::{open_key, seed, seed_key};

async fn with_a_key(
    draft: impl FnOnce(&mut serde_json::Value),
    desk: impl FnOnce(Desk) -> Desk,
) -> (Database, Desk, Window) {
    let database = Database::made().await;
    let desk = desk(desk_beside(&database));
    seed(&desk);
    seed_key(&desk, "n8n production");
    let mut wanted = database.draft("Acme platform");
    draft(&mut wanted);
    let window = connected(&desk, &database, &wanted).await;
    (database, desk, window)
}

/// The panel, without anything of the store; and nothing can be asked behind it.
pub async fn is_locked(page: &Page, credential: &str) {
    page.see(&heading("Locked")).await;
    page.see(&button("Unlock")).await;
    let source = page.source().await;
    for word in ["n8n", "ACME Corp", "Read-Only", "sk_live_", credential] {
        assert!(!source.contains(word), "“{word}” is still in the page");
    }
    for (name, request) in [
        ("keys.list", json!({})),
        ("changes.since", json!({})),
        ("tenants.create", json!({"slug": "x", "name": "X"})),
    ] {
        assert_eq!(page.perform(name, request).await.unwrap_err()["code"], "locked", "{name}");
    }
    let state = page.invoke("start_state", json!({})).await.unwrap();
    assert_eq!(state["store"]["state"], "locked");
}

/// The pool is gone: the server knows no connection of the role any more.
async fn is_disconnected(database: &Database) {
    let query = format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{}'", database.user);
    eventually("the end of the connections", async || (database.ask(&query).await == "0").then_some(()))
        .await;
}

#[tokio::test]
async fn the_lock_on_demand_leaves_nothing_and_unlocking_asks_for_nothing_that_the_keychain_has() {
    let (database, _desk, window) = with_a_key(|_| {}, |desk| desk).await;
    let page = &window.page;
    open_key(page, "n8n production").await;
    page.press("Control+l").await;
    is_locked(page, &database.password).await;
    is_disconnected(&database).await;
    page.picture("locked").await;
    page.click(&button("Unlock")).await;
    page.see(&heading("Keys")).await;
    page.is_quiet().await;
}

#[tokio::test]
async fn an_idle_window_locks_by_itself() {
    let idle = |draft: &mut serde_json::Value| draft["lock_after_minutes"] = json!(1);
    let (database, _desk, window) = with_a_key(idle, |desk| desk.with("LATCHKEY_IDLE_SECONDS", &3)).await;
    is_locked(&window.page, &database.password).await;
    is_disconnected(&database).await;
    window.page.click(&button("Unlock")).await;
    window.page.see(&heading("Keys")).await;
}

#[tokio::test]
async fn a_window_that_somebody_uses_does_not_lock() {
    let idle = |draft: &mut serde_json::Value| draft["lock_after_minutes"] = json!(1);
    let (_database, _desk, window) = with_a_key(idle, |desk| desk.with("LATCHKEY_IDLE_SECONDS", &4)).await;
    let page = &window.page;
    for _ in 0..12 {
        page.invoke("still_here", json!({})).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    assert!(!page.has(&heading("Locked")).await);
    page.see(&heading("Keys")).await;
}

#[tokio::test]
async fn a_password_kept_in_memory_alone_is_forgotten_by_the_lock_and_asked_for_again() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    seed(&desk);
    seed_key(&desk, "n8n production");
    let mut draft = database.draft("Acme platform");
    draft["keep"] = json!("session");
    let window = desk.open().await;
    let page = &window.page;
    let id = save(page, &draft, &database.password).await;
    open(page, &id).await;
    page.press("Control+l").await;
    is_locked(page, &database.password).await;
    page.click(&button("Unlock")).await;
    let question = dialog("Password of Acme platform");
    let password = textbox("Password").within(question.clone());
    page.fill(&password, "wrong").await;
    page.click(&button("Unlock Latchkey").within(question.clone())).await;
    assert!(page.complaint(&password).await.contains("The password was not accepted"));
    page.picture("unlock-refused").await;
    page.fill(&password, &database.password).await;
    page.click(&button("Unlock Latchkey").within(question)).await;
    page.see(&heading("Keys")).await;
    assert!(!page.source().await.contains(&database.password));
}
