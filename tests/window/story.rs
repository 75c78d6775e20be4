//! The whole story of one key in a real window: from the first start to its revocation, and everything
//! still there after a restart. Each step is checked from outside: clipboard, command line, audit.

use std::path::PathBuf;

use super::by::{alert_dialog, button, dialog, heading, menu_item, radio, row, tab};
use super::desk::{Desk, Window, clipboard_as, clipboard_targets};
use super::steps::{
    answer, copy, create_role, create_tenant, done, first_start, issue, open_key, save_by_copy,
};

#[tokio::test]
async fn the_whole_story_of_one_key_from_the_first_start_to_its_revocation() {
    let desk = with_a_file(Desk::new());
    let window = first_start(&desk).await;
    tell(&desk, &window, async |key| desk.accepts(key)).await;
    window.close().await;
    is_still_told(&desk).await;
    assert_eq!(actions(&desk), ACTIONS);
}

/// Where the story's key is saved.
fn saved(desk: &Desk) -> PathBuf {
    desk.path("saved.env")
}

/// Lets the window save there, in place of asking in a dialog of the desktop.
pub fn with_a_file(desk: Desk) -> Desk {
    let file = saved(&desk);
    desk.with("LATCHKEY_SAVE_PATH", &file.display())
}

/// Tells the story in an open store without tenants; `accepts` says whether the store, or a server on it, takes a
/// key.
pub async fn tell(desk: &Desk, window: &Window, accepts: impl AsyncFn(&str) -> bool) {
    let page = &window.page;
    create_tenant(page, "ACME Corp", "acme").await;
    create_role(page, "ACME Corp", "Read-Only").await;
    issue(page, "ACME Corp", "n8n production", "Read-Only").await;
    closing_is_guarded(window).await;

    let first = copy(page).await;
    assert!(clipboard_targets().contains("x-kde-passwordManagerHint"), "{}", clipboard_targets());
    assert_eq!(clipboard_as("x-kde-passwordManagerHint"), "secret");
    page.says("Copied. The clipboard clears in").await;
    page.click(&button("Save to file…")).await;
    page.click(&menu_item(".env file")).await;
    page.says(&format!("Saved to {}.", saved(desk).display())).await;
    assert!(std::fs::read_to_string(saved(desk)).unwrap().contains(&first), "the file holds another key");
    done(page).await;
    assert!(accepts(&first).await);

    open_key(page, "n8n production").await;
    page.click(&button("Rotate")).await;
    page.tick(&radio("24 hours").within(dialog("Rotate key"))).await;
    page.says("Both keys work until").await;
    page.click(&button("Rotate key").within(dialog("Rotate key"))).await;
    page.see(&dialog("Save the new key now")).await;
    assert!(accepts(&first).await, "the old key works while the new one is not saved");
    let second = save_by_copy(page).await;
    assert_ne!(first, second);
    assert!(accepts(&first).await, "the old key works in its grace period");
    assert!(accepts(&second).await);

    page.click(&button("End now")).await;
    answer(page, "End the grace period now?", "End now").await;
    assert!(!accepts(&first).await, "the old key was retired");
    assert!(accepts(&second).await);

    revoke(window).await;
    assert!(!accepts(&second).await);
    the_activity_tells_each_step(window).await;
    page.is_quiet().await;
}

/// Opens the window anew: everything is there, and nobody is asked for anything.
pub async fn is_still_told(desk: &Desk) -> Window {
    let window = desk.open().await;
    let page = &window.page;
    page.see(&heading("Keys")).await;
    open_key(page, "n8n production").await;
    page.says("revoked this key").await;
    the_activity_tells_each_step(&window).await;
    window
}

/// Escape, the X, the frame's button: each asks, and the safe answer keeps the dialog.
async fn closing_is_guarded(window: &Window) {
    let page = &window.page;
    let question = alert_dialog("Close without saving this key?");
    page.press("Escape").await;
    page.see(&question).await;
    page.focused("Keep open").await; // the safe answer
    page.press("Enter").await;
    page.gone(&question).await;
    page.click(&button("Close").within(dialog("Save this key now"))).await;
    answer(page, "Close without saving this key?", "Keep open").await;
    assert!(!window.asks_to_close().await, "the window closed over an unsaved key");
    page.see(&question).await;
    page.press("Escape").await;
    page.gone(&question).await;
    assert!(page.is_disabled(&button("Done")).await);
    page.see(&dialog("Save this key now")).await;
}

async fn revoke(window: &Window) {
    let page = &window.page;
    page.click(&button("Revoke")).await;
    let question = alert_dialog("Revoke n8n production?");
    page.see(&question).await;
    page.focused("Cancel").await; // the safe answer
    let typed = super::by::textbox("Type n8n production to confirm");
    // Asked where the key was used in the last day.
    if page.has(&typed).await {
        page.fill(&typed, "n8n production").await;
    }
    page.click(&button("Revoke key").within(question.clone())).await;
    page.gone(&question).await;
    page.says("revoked this key").await;
}

async fn the_activity_tells_each_step(window: &Window) {
    let page = &window.page;
    page.click(&tab("Activity")).await;
    for words in [
        "created n8n production",
        "saved the new secret of n8n production",
        "rotated n8n production",
        "ended the grace period of n8n production",
        "revoked n8n production",
    ] {
        page.says(words).await;
    }
    assert!(!page.has(&row("unknown").part()).await);
}

/// What the story leaves in the audit, sorted.
pub const ACTIONS: [&str; 8] = [
    "keys.confirm",
    "keys.confirm",
    "keys.issue",
    "keys.retire_old",
    "keys.revoke",
    "keys.rotate",
    "roles.create",
    "tenants.create",
];

/// What is in the audit, sorted (the order of events is told by `seq`, which `audit verify` checks), but for what made
/// the store ready.
pub fn actions(desk: &Desk) -> Vec<String> {
    assert_eq!(desk.cli(&["audit", "verify"], "").status.code(), Some(0));
    let audit = desk.json(&["audit", "list", "--limit", "100"]);
    let items = audit["items"].as_array().unwrap();
    let mut actions: Vec<String> =
        items.iter().map(|item| item["action"].as_str().unwrap().to_owned()).collect();
    actions.retain(|action| !action.starts_with("store.") && !action.starts_with("operators."));
    actions.sort_unstable();
    actions
}
