//! The same money paths without a mouse: start, tenant, key, copy, rotate, revoke. Nothing here clicks.

use std::time::Duration;

use super::by::{alert_dialog, button, dialog, heading, row};
use super::desk::{Desk, clipboard};
use super::page::{Page, eventually};

/// Moves on with a key until something has the focus.
async fn move_to(page: &Page, key: &str, role: &str, name: &str) {
    let mut seen = Vec::new();
    for _ in 0..80 {
        let focus = page.focus().await;
        if focus.0 == role && focus.1 == name {
            return;
        }
        seen.push(format!("{} “{}”", focus.0, focus.1));
        page.press(key).await;
    }
    panic!("{key} never reaches {role} “{name}”; it went over {seen:#?}");
}

async fn tab_to(page: &Page, role: &str, name: &str) {
    move_to(page, "Tab", role, name).await;
}

#[tokio::test]
async fn a_key_is_issued_copied_rotated_and_revoked_with_the_keyboard_alone() {
    let desk = Desk::new();
    let window = desk.open().await;
    let page = &window.page;
    tab_to(page, "textbox", "Prefix of new keys").await;
    page.press("Control+a").await;
    page.type_text("sk").await;
    tab_to(page, "button", "Open a local key database").await;
    page.press("Enter").await;
    page.see(&heading("Keys")).await;
    create_tenant(page).await;
    let first = issue(page).await;
    assert!(desk.accepts(&first));
    let second = rotate(page).await;
    assert!(desk.accepts(&first) && desk.accepts(&second));
    revoke(page).await;
    assert!(!desk.accepts(&first) && !desk.accepts(&second));
    page.is_quiet().await;
}

/// Goes to a section by its two letters, after the moment a person needs to see where they are.
async fn go_to(page: &Page, letters: [&str; 2], section: &str) {
    tokio::time::sleep(Duration::from_millis(400)).await;
    for letter in letters {
        page.press(letter).await;
    }
    page.see(&heading(section)).await;
}

async fn create_tenant(page: &Page) {
    go_to(page, ["g", "t"], "Tenants").await;
    tab_to(page, "button", "Create tenant").await;
    page.press("Enter").await;
    page.see(&dialog("Create tenant")).await;
    tab_to(page, "textbox", "Name").await;
    page.type_text("ACME Corp").await;
    page.press("Control+Enter").await;
    page.gone(&dialog("Create tenant")).await;
    page.see(&heading("ACME Corp")).await;
}

async fn issue(page: &Page) -> String {
    go_to(page, ["g", "k"], "Keys").await;
    page.press("n").await;
    page.see(&dialog("Create key")).await;
    tab_to(page, "combobox", "Tenant").await;
    page.type_text("ACME").await;
    page.see(&super::by::option("ACME Corp").part()).await;
    page.press("Enter").await;
    tab_to(page, "textbox", "Name").await;
    page.type_text("n8n").await;
    tab_to(page, "radio", "A role").await;
    move_to(page, "Right", "radio", "Custom scopes").await;
    tab_to(page, "textbox", "Another scope").await;
    page.type_text("posts:read").await;
    page.press("Enter").await;
    page.press("Control+Enter").await;
    page.see(&dialog("Save this key now")).await;
    copy_and_close(page, "Save this key now").await
}

/// The copy button has the focus; Enter copies.
async fn copy_and_close(page: &Page, title: &str) -> String {
    page.focused("Copy key").await;
    let before = clipboard();
    page.press("Enter").await;
    let key = eventually("the key on the clipboard", async || {
        let text = clipboard();
        (text != before && text.starts_with("sk_")).then_some(text)
    })
    .await;
    page.says("Copied.").await;
    tab_to(page, "button", "Done").await;
    page.press("Enter").await;
    page.gone(&dialog(title)).await;
    key
}

async fn rotate(page: &Page) -> String {
    page.see(&row("n8n, acme-corp, Active")).await;
    tab_to(page, "row", "n8n, acme-corp, Active").await;
    page.press("r").await;
    page.see(&dialog("Rotate key")).await;
    tab_to(page, "radio", "24 hours").await;
    tab_to(page, "button", "Rotate key").await;
    page.press("Enter").await;
    page.see(&dialog("Save the new key now")).await;
    copy_and_close(page, "Save the new key now").await
}

async fn revoke(page: &Page) {
    page.see(&row("n8n, acme-corp, In grace")).await;
    tab_to(page, "row", "n8n, acme-corp, In grace").await;
    page.press("Enter").await;
    page.see(&heading("n8n")).await;
    tab_to(page, "button", "Revoke").await;
    page.press("Enter").await;
    let question = alert_dialog("Revoke n8n?");
    page.see(&question).await;
    page.focused("Cancel").await;
    if page.has(&super::by::textbox("Type n8n to confirm")).await {
        tab_to(page, "textbox", "Type n8n to confirm").await;
        page.type_text("n8n").await;
    }
    assert!(page.has(&button("Revoke key").within(question.clone())).await);
    tab_to(page, "button", "Revoke key").await;
    page.press("Enter").await;
    page.gone(&question).await;
    page.says("revoked this key").await;
}
