//! What keeps a person from harm on a server as on a database: the lock after idle time, which leaves no data, no token
//! and no session, and the looks of a production connection, on which what ends something asks for its name.

use serde_json::json;

use super::by::{alert_dialog, button, dialog, heading, menu_item, radio, row, textbox};
use super::desk::{Desk, Window};
use super::lock::is_locked;
use super::production::{ends_only_by_its_name, looks_like_production, titled};
use super::served::{Operator, Served};
use super::shared::{open, save};
use super::steps::{go_to, open_key, save_by_copy, seed, seed_key};

/// A window on a server that locks by itself, on its desk; seconds stand for the minute here.
async fn idle(served: &Served, operator: &Operator, keep: &str) -> (Desk, Window) {
    let desk = served.desk_beside().with("LATCHKEY_IDLE_SECONDS", &3);
    seed(&desk);
    seed_key(&desk, "n8n production");
    let mut draft = served.draft("Acme server");
    draft["lock_after_minutes"] = json!(1);
    draft["keep"] = json!(keep);
    let window = desk.open().await;
    let id = save(&window.page, &draft, &operator.token).await;
    window.page.invoke("connection_open", json!({ "id": id })).await.unwrap();
    (desk, window)
}

#[tokio::test]
async fn an_idle_window_on_a_server_locks_by_itself_and_unlocks_with_the_token_that_the_keychain_has() {
    let served = Served::plain().await;
    let dana = served.operator("dana", "admin", "never").await;
    let (_desk, window) = idle(&served, &dana, "keychain").await;
    let page = &window.page;
    is_locked(page, &dana.token).await;
    assert!(!page.source().await.contains("dana"), "who was signed in is still in the page");
    page.picture("server-locked").await;
    page.click(&button("Unlock")).await;
    page.see(&heading("Keys")).await;
    page.says("dana (Admin)").await;
    page.is_quiet().await;
}

#[tokio::test]
async fn a_token_kept_in_memory_alone_is_forgotten_by_the_lock_after_idle_time_and_asked_for_again() {
    let served = Served::plain().await;
    let dana = served.operator("dana", "admin", "never").await;
    let (_desk, window) = idle(&served, &dana, "session").await;
    let page = &window.page;
    is_locked(page, &dana.token).await;
    page.click(&button("Unlock")).await;
    let question = dialog("Admin token of Acme server");
    let token = textbox("Admin token").within(question.clone());
    page.fill(&token, "lka_live_nobody").await;
    page.click(&button("Unlock Latchkey").within(question.clone())).await;
    assert!(page.complaint(&token).await.contains("not accepted"));
    page.fill(&token, &dana.token).await;
    page.click(&button("Unlock Latchkey").within(question)).await;
    page.see(&heading("Keys")).await;
    assert!(!page.source().await.contains(&dana.token));
}

#[tokio::test]
async fn production_on_a_server_is_seen_at_a_glance_and_ending_something_asks_for_its_name() {
    let served = Served::plain().await;
    let dana = served.operator("dana", "admin", "never").await;
    served.operator("lee", "viewer", "never").await;
    let desk = served.desk_beside();
    seed(&desk);
    seed_key(&desk, "n8n");
    let window = desk.open().await;
    let page = &window.page;
    let mut draft = served.draft("Acme server");
    draft["environment"] = json!("production");
    let id = save(page, &draft, &dana.token).await;
    open(page, &id).await;
    titled(&window, "Latchkey, Acme server (production)").await;
    looks_like_production(page).await;
    page.picture("server-production").await;

    open_key(page, "n8n").await;
    page.click(&button("Rotate")).await;
    let rotate = dialog("Rotate key");
    page.tick(&radio("Stop now").within(rotate.clone())).await;
    ends_only_by_its_name(page, &rotate, "Rotate key", "n8n").await;
    save_by_copy(page).await;
    page.click(&button("Revoke")).await;
    ends_only_by_its_name(page, &alert_dialog("Revoke n8n?"), "Revoke key", "n8n").await;
    go_to(page, "Operators").await;
    page.click(&button("More actions").within(row("lee, ").part())).await;
    page.click(&menu_item("Remove").part()).await;
    ends_only_by_its_name(page, &alert_dialog("Remove lee?"), "Remove operator", "lee").await;
    page.see(&row("lee, Viewer, Removed").part()).await;
    page.is_quiet().await;
}
