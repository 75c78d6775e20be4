//! What an operator's role lets a window do: a viewer sees no control that changes anything, an issuer none that
//! changes tenants and roles; what is called past the page is refused all the same; a role that is changed while the
//! window is open shows.

use latchkey_core::operations::OperatorsUpdate;
use serde_json::json;

use super::by::{button, dialog, heading, row, tab};
use super::page::Page;
use super::read_only::{every_change_is_refused, seeded};
use super::served::Served;
use super::server_errors::signed_in;
use super::steps::{go_to, open_key};

/// Why a viewer changes nothing.
const WORDS: &str =
    "Your operator role, viewer, may only look. Ask an admin for another role to change anything.";

#[tokio::test]
async fn a_viewer_sees_everything_and_every_change_called_past_the_page_is_refused() {
    let served = Served::plain().await;
    let vera = served.operator("vera", "viewer", "never").await;
    let desk = served.desk_beside();
    let key = seeded(&desk);
    let window = signed_in(&desk, &served, &vera).await;
    let page = &window.page;
    shows_no_control_that_changes_anything(page).await;
    every_change_is_refused(&desk, page, &key, WORDS).await;
    for (name, request) in [
        ("tenants.list", json!({})),
        ("roles.list", json!({})),
        ("keys.list", json!({})),
        ("keys.get", json!({ "key": key })),
        ("audit.list", json!({})),
        ("audit.verify", json!({})),
        ("changes.since", json!({})),
        ("operators.list", json!({})),
        ("events.list", json!({})),
        ("usage.get", json!({ "key": key })),
    ] {
        page.perform(name, request).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    page.see(&heading("n8n")).await;
    page.is_quiet().await;
}

/// Screen by screen, what a viewer has and has not.
async fn shows_no_control_that_changes_anything(page: &Page) {
    page.says("vera (Viewer)").await;
    page.says("Read-only").await;
    for (section, control) in [
        ("Tenants", "Create tenant"),
        ("Roles", "Create role"),
        ("Operators", "New operator"),
        ("Keys", "Create key"),
    ] {
        go_to(page, section).await;
        assert!(!page.has(&button(control)).await, "{control} is shown to a viewer");
    }
    page.see(&row("n8n, ").part()).await;
    for key in ["n", "Control+n"] {
        page.press(key).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert!(!page.has(&dialog("Create key")).await, "a shortcut opens the form all the same");
    open_key(page, "n8n").await;
    for control in ["Rotate", "Edit", "Revoke"] {
        let offered = page.has(&button(control)).await && !page.is_disabled(&button(control)).await;
        assert!(!offered, "{control} is offered to a viewer");
    }
    // Looking goes on working.
    page.click(&tab("Activity")).await;
    page.says("created n8n").await;
    page.click(&tab("Usage")).await;
    page.picture("viewer").await;
}

#[tokio::test]
async fn an_issuer_changes_keys_and_neither_tenants_nor_roles_nor_operators() {
    let served = Served::plain().await;
    let ian = served.operator("ian", "issuer", "never").await;
    let desk = served.desk_beside();
    let key = seeded(&desk);
    let window = signed_in(&desk, &served, &ian).await;
    let page = &window.page;
    page.see(&row("n8n, ").part()).await;
    assert!(!page.is_disabled(&button("Create key")).await);
    for (section, control) in [("Tenants", "Create tenant"), ("Roles", "Create role")] {
        go_to(page, section).await;
        let offered = page.has(&button(control)).await && !page.is_disabled(&button(control)).await;
        assert!(!offered, "{control} is offered to an issuer");
    }
    for (name, request) in [
        ("tenants.create", json!({ "slug": "globex", "name": "Globex" })),
        ("roles.delete", json!({ "tenant": "acme", "role": "Spare" })),
        ("operators.create", json!({ "name": "eve", "role": "admin" })),
    ] {
        assert_eq!(page.perform(name, request).await.unwrap_err()["code"], "forbidden", "{name}");
    }
    page.perform("keys.suspend", json!({ "key": key })).await.unwrap();
    open_key(page, "n8n").await;
    page.picture("issuer").await;
    page.is_quiet().await;
}

#[tokio::test]
async fn a_role_that_is_changed_while_the_window_is_open_shows_at_the_first_refusal() {
    let served = Served::plain().await;
    served.operator("keeper", "admin", "never").await;
    let dana = served.operator("dana", "admin", "never").await;
    let desk = served.desk_beside();
    let key = seeded(&desk);
    let window = signed_in(&desk, &served, &dana).await;
    let page = &window.page;
    page.see(&row("n8n, ").part()).await;
    served.perform::<OperatorsUpdate>(json!({ "operator": dana.id, "role": "viewer" })).await;
    let refused = page.perform("keys.suspend", json!({ "key": key })).await.unwrap_err();
    assert_eq!(refused["code"], "forbidden");
    page.gone(&button("Create key")).await;
    page.says("dana (Viewer)").await;
    let refused = page.perform("keys.suspend", json!({ "key": key })).await.unwrap_err();
    assert_eq!((&refused["code"], &refused["message"]), (&json!("read_only"), &json!(WORDS)));
}
