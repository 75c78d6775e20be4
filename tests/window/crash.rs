//! A crash between minting and saving: the program is killed while a fresh key is on the screen. At the next
//! start nothing is half done: the old secret verifies, the unsaved one can be minted again from the window.

use serde_json::{Value, json};

use super::by::{button, dialog};
use super::desk::{Desk, Window, clipboard};
use super::page::Page;
use super::steps::{first_start, issue, key_id, open_key, save_by_copy, seed, seed_key};

/// The key on the screen, asked for as Show does: nothing is copied, so nothing is confirmed.
async fn shown(page: &Page) -> String {
    page.click(&button("Show")).await;
    let script = "return document.body.textContent.match(/sk_live_[0-9A-Za-z]{32}/)?.[0] ?? null";
    super::page::eventually("the key on the screen", async || {
        let found = page.run(script, vec![]).await;
        found.as_str().map(str::to_owned)
    })
    .await
}

/// What the store, asked through the window with the window's clock, says about a key.
async fn outcome(page: &Page, key: &str) -> Value {
    page.perform("keys.verify", json!({ "key": key })).await.unwrap()["outcome"].clone()
}

/// Presses “Show a new secret” in the banner, saves what comes, and returns it.
async fn mint_again(page: &Page) -> String {
    page.says("1 key was created but never saved: n8n.").await;
    page.picture("unsaved-banner").await;
    page.click(&button("Show a new secret")).await;
    page.see(&dialog("Save the new key now")).await;
    let key = save_by_copy(page).await;
    page.says_no_more("was created but never saved").await;
    key
}

/// Two live secrets at most, the audit's chain intact, nothing waiting any more.
async fn nothing_is_half_done(desk: &Desk, page: &Page, live: usize) {
    let key = page.perform("keys.get", json!({ "key": key_id(desk, "n8n") })).await.unwrap();
    assert_eq!(key["unsaved"], false);
    let states: Vec<&Value> =
        key["secrets"].as_array().unwrap().iter().map(|secret| &secret["state"]).collect();
    let lives = states.iter().filter(|state| ***state != "dead").count();
    assert_eq!(lives, live, "{states:?}");
    assert!(!states.contains(&&json!("unconfirmed")));
    assert_eq!(page.perform("audit.verify", json!({})).await.unwrap()["intact"], true);
    assert_eq!(page.invoke("start_state", json!({})).await.unwrap()["unsaved"], json!([]));
}

async fn issued_and_crashed(desk: &Desk) -> String {
    let window = first_start(desk).await;
    seed(desk);
    issue(&window.page, "ACME Corp", "n8n", "Read-Only").await;
    let unsaved = shown(&window.page).await;
    window.crash().await;
    assert!(!clipboard().starts_with("sk_"));
    unsaved
}

async fn rotated_and_crashed(desk: &Desk) -> (String, String) {
    let window = first_start(desk).await;
    seed(desk);
    let (_, old) = seed_key(desk, "n8n");
    let page = &window.page;
    open_key(page, "n8n").await;
    page.click(&button("Rotate")).await;
    page.click(&button("Rotate key").within(dialog("Rotate key"))).await;
    page.see(&dialog("Save the new key now")).await;
    let unsaved = shown(page).await;
    window.crash().await;
    (old, unsaved)
}

/// The next start, with the clock so much ahead of the crash.
async fn later(desk: &mut Desk, ahead: &str) -> Window {
    desk.set("LATCHKEY_CLOCK_AHEAD", &ahead);
    desk.open().await
}

#[tokio::test]
async fn an_issued_key_that_was_not_saved_is_minted_again_within_fifteen_minutes() {
    let mut desk = Desk::new();
    let unsaved = issued_and_crashed(&desk).await;
    assert!(desk.accepts(&unsaved), "it works until its fifteen minutes are over");
    let window = later(&mut desk, "5m").await;
    let page = &window.page;
    let saved = mint_again(page).await;
    assert_eq!(outcome(page, &unsaved).await, "retired");
    assert_eq!(outcome(page, &saved).await, "valid");
    nothing_is_half_done(&desk, page, 1).await;
}

#[tokio::test]
async fn an_issued_key_that_was_not_saved_has_lapsed_after_fifteen_minutes_and_is_minted_again() {
    let mut desk = Desk::new();
    let unsaved = issued_and_crashed(&desk).await;
    let window = later(&mut desk, "16m").await;
    let page = &window.page;
    assert_ne!(outcome(page, &unsaved).await, "valid");
    let saved = mint_again(page).await;
    assert_ne!(outcome(page, &unsaved).await, "valid");
    assert_eq!(outcome(page, &saved).await, "valid");
    nothing_is_half_done(&desk, page, 1).await;
}

#[tokio::test]
async fn a_rotation_that_was_not_saved_leaves_the_old_key_working_within_fifteen_minutes() {
    let mut desk = Desk::new();
    let (old, unsaved) = rotated_and_crashed(&desk).await;
    assert!(desk.accepts(&old) && desk.accepts(&unsaved));
    let window = later(&mut desk, "5m").await;
    let page = &window.page;
    assert_eq!(outcome(page, &old).await, "valid");
    let saved = mint_again(page).await;
    assert_eq!(outcome(page, &unsaved).await, "retired");
    assert_eq!(outcome(page, &old).await, "valid", "its grace period counts from the saving");
    assert_eq!(outcome(page, &saved).await, "valid");
    nothing_is_half_done(&desk, page, 2).await;
}

#[tokio::test]
async fn a_rotation_that_was_not_saved_has_lapsed_after_fifteen_minutes_and_the_old_key_works() {
    let mut desk = Desk::new();
    let (old, unsaved) = rotated_and_crashed(&desk).await;
    let window = later(&mut desk, "16m").await;
    let page = &window.page;
    assert_eq!(outcome(page, &old).await, "valid");
    assert_ne!(outcome(page, &unsaved).await, "valid");
    let saved = mint_again(page).await;
    assert_eq!(outcome(page, &old).await, "valid");
    assert_eq!(outcome(page, &saved).await, "valid");
    nothing_is_half_done(&desk, page, 2).await;
}

#[tokio::test]
async fn an_unsaved_key_that_is_discarded_is_revoked_and_asked_about_no_more() {
    let desk = Desk::new();
    let unsaved = issued_and_crashed(&desk).await;
    let window = desk.open().await;
    let page = &window.page;
    page.says("1 key was created but never saved: n8n.").await;
    page.click(&button("Discard")).await;
    page.says_no_more("was created but never saved").await;
    assert!(!desk.accepts(&unsaved), "nobody has this key");
    window.close().await;
    let window = desk.open().await;
    window.page.see(&super::by::heading("Keys")).await;
    assert!(!window.page.words().await.contains("never saved"));
}
