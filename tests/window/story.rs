//! The whole story of one key in a real window: from the first start to its revocation, and everything
//! still there after a restart. Each step is checked from outside: clipboard, command line, audit.

use super::by::{alert_dialog, button, dialog, heading, radio, row, tab};
use super::desk::{Desk, clipboard_as, clipboard_targets};
use super::steps::{
    answer, copy, create_role, create_tenant, done, first_start, issue, open_key, save_by_copy,
};

#[tokio::test]
async fn the_whole_story_of_one_key_from_the_first_start_to_its_revocation() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    create_tenant(page, "ACME Corp", "acme").await;
    create_role(page, "ACME Corp", "Read-Only").await;
    issue(page, "ACME Corp", "n8n production", "Read-Only").await;
    closing_is_guarded(&window).await;

    let first = copy(page).await;
    assert!(clipboard_targets().contains("x-kde-passwordManagerHint"), "{}", clipboard_targets());
    assert_eq!(clipboard_as("x-kde-passwordManagerHint"), "secret");
    page.says("Copied. The clipboard clears in").await;
    done(page).await;
    assert!(desk.accepts(&first));

    open_key(page, "n8n production").await;
    page.click(&button("Rotate")).await;
    page.tick(&radio("24 hours").within(dialog("Rotate key"))).await;
    page.says("Both keys work until").await;
    page.click(&button("Rotate key").within(dialog("Rotate key"))).await;
    page.see(&dialog("Save the new key now")).await;
    assert!(desk.accepts(&first), "the old key works while the new one is not saved");
    let second = save_by_copy(page).await;
    assert_ne!(first, second);
    assert!(desk.accepts(&first), "the old key works in its grace period");
    assert!(desk.accepts(&second));

    page.click(&button("End now")).await;
    answer(page, "End the grace period now?", "End now").await;
    assert!(!desk.accepts(&first), "the old key was retired");
    assert!(desk.accepts(&second));

    revoke(&window).await;
    assert!(!desk.accepts(&second));
    the_activity_tells_each_step(&window).await;
    page.is_quiet().await;
    window.close().await;

    let window = desk.open().await;
    let page = &window.page;
    page.see(&heading("Keys")).await;
    open_key(page, "n8n production").await;
    page.says("revoked this key").await;
    the_activity_tells_each_step(&window).await;
    the_audit_has_each_step(&desk);
}

/// Escape, the X, the frame's button: each asks, and the safe answer keeps the dialog.
async fn closing_is_guarded(window: &super::desk::Window) {
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

async fn revoke(window: &super::desk::Window) {
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

async fn the_activity_tells_each_step(window: &super::desk::Window) {
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

fn the_audit_has_each_step(desk: &Desk) {
    let audit = desk.json(&["audit", "list", "--limit", "100"]);
    let mut actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap()).collect();
    // Latest first or not: the order of events is told by `seq`, which is checked by `audit verify`.
    actions.retain(|action| !action.starts_with("store."));
    let mut sorted = actions.clone();
    sorted.sort_unstable();
    let mut expected = vec![
        "tenants.create",
        "roles.create",
        "keys.issue",
        "keys.confirm",
        "keys.rotate",
        "keys.confirm",
        "keys.retire_old",
        "keys.revoke",
    ];
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    assert_eq!(desk.cli(&["audit", "verify"], "").status.code(), Some(0));
}
