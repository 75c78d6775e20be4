//! The plaintext key is nowhere once the dialog that shows it is closed: not in the page, not in what the
//! program answers, not in any file of the data folder, and, when its time is over, not on the clipboard.

use serde_json::{Value, json};

use super::by::{button, dialog};
use super::desk::{Desk, Window, clipboard, copy_elsewhere};
use super::page::{Page, eventually};
use super::steps::{copy, done, first_start, go_to, issue, key_id, open_key, secret_part, seed};

/// What nothing may contain: the key, and the longest piece of it that no hint shows.
fn assert_absent(key: &str, text: &str, place: &str) {
    // The message must not repeat what was found.
    assert!(!text.contains(key) && !text.contains(secret_part(key)), "the plaintext key is in {place}");
}

#[tokio::test]
async fn the_plaintext_is_nowhere_after_the_dialog_is_closed() {
    let desk = Desk::new().with("LATCHKEY_LOG", &"trace");
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    issue(page, "ACME Corp", "n8n", "Read-Only").await;
    let key = copy(page).await;
    assert_absent(&key, &page.source().await, "the page while the key is masked");
    shown_and_hidden(page, &key).await;
    done(page).await;
    let rotated = rotate(page).await;
    let notes = page.noted("answers").await;
    for key in [&key, &rotated] {
        assert_absent(key, &page.source().await, "the page");
        for answer in notes.iter().filter(|answer| !answer["url"].to_string().contains("reveal_show")) {
            assert_absent(key, &answer.to_string(), "the answer to another call");
        }
        everything_that_can_be_read(page, key, &desk).await;
        let state = "return JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, location.href, document.title])";
        assert_absent(key, &page.run(state, vec![]).await.to_string(), "the page's storage");
        files_have_no_trace(&desk, key, "while the window is open");
    }
    the_clipboard_is_left(&window, &rotated).await;
    window.close().await;
    for key in [&key, &rotated] {
        files_have_no_trace(&desk, key, "after the window is closed");
    }
}

/// In the document while it is shown, and only then.
async fn shown_and_hidden(page: &Page, key: &str) {
    page.click(&button("Show")).await;
    eventually("the key on the screen", async || page.source().await.contains(key).then_some(())).await;
    page.click(&button("Hide")).await;
    page.see(&button("Show")).await;
    assert_absent(key, &page.source().await, "the page after Hide");
}

async fn rotate(page: &Page) -> String {
    open_key(page, "n8n").await;
    page.click(&button("Rotate")).await;
    page.click(&button("Rotate key").within(dialog("Rotate key"))).await;
    page.see(&dialog("Save the new key now")).await;
    let key = copy(page).await;
    page.click(&button("Show")).await;
    eventually("the key on the screen", async || page.source().await.contains(&key).then_some(())).await;
    // Closed while it is shown.
    done(page).await;
    key
}

/// Every operation that only reads, and the start's state.
async fn everything_that_can_be_read(page: &Page, key: &str, desk: &Desk) {
    let id = key_id(desk, "n8n");
    let asked = [
        ("tenants.list", json!({})),
        ("tenants.get", json!({"tenant": "acme"})),
        ("roles.list", json!({})),
        ("roles.get", json!({"role": "Read-Only", "tenant": "acme"})),
        ("keys.list", json!({})),
        ("keys.get", json!({"key": id})),
        ("keys.find", json!({"candidates": [key]})),
        ("keys.verify", json!({"key": key})),
        ("audit.list", json!({})),
        ("audit.verify", json!({})),
        ("changes.since", json!({"revision": 0})),
    ];
    for (name, request) in asked {
        let answer = page.perform(name, request).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_absent(key, &answer.to_string(), name);
    }
    let state = page.invoke("start_state", json!({})).await.unwrap_or(Value::Null);
    assert_absent(key, &state.to_string(), "start_state");
}

fn files_have_no_trace(desk: &Desk, key: &str, when: &str) {
    let files = desk.files();
    let has = |name: &str| files.iter().any(|(path, _)| path.ends_with(name));
    assert!(has("keys.db") && has("latchkey-desktop.log"), "the files that are searched are there");
    for (path, bytes) in files {
        let found = bytes.windows(26).any(|window| window == secret_part(key).as_bytes());
        assert!(!found, "the plaintext key is in {path} {when}");
    }
}

/// Other text on the clipboard is not ours to clear.
async fn the_clipboard_is_left(window: &Window, key: &str) {
    assert_eq!(clipboard(), *key);
    go_to(&window.page, "Keys").await;
    window.page.says("Clipboard clears in").await;
    window.page.click(&button("Clear now")).await;
    eventually("an empty clipboard", async || clipboard().is_empty().then_some(())).await;
    copy_elsewhere("a recipe");
    assert_eq!(clipboard(), "a recipe");
}

#[tokio::test]
async fn the_clipboard_is_cleared_after_its_time_but_only_while_it_is_ours_and_at_exit() {
    let desk = Desk::new().with("LATCHKEY_CLIPBOARD_SECONDS", &3);
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    issue(page, "ACME Corp", "first", "Read-Only").await;
    copy(page).await;
    page.says("Copied. The clipboard clears in").await;
    eventually("an empty clipboard", async || clipboard().is_empty().then_some(())).await;
    page.says("Clipboard cleared").await;

    page.click(&button("Copy key")).await;
    eventually("the key on the clipboard", async || clipboard().starts_with("sk_").then_some(())).await;
    copy_elsewhere("a recipe");
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(clipboard(), "a recipe", "what somebody else copied is left alone");
    done(page).await;
    drop(window);

    let desk = Desk::new();
    let window = first_start(&desk).await;
    seed(&desk);
    issue(&window.page, "ACME Corp", "second", "Read-Only").await;
    copy(&window.page).await;
    done(&window.page).await;
    window.close().await;
    assert_eq!(clipboard(), "", "a key outlived the program on the clipboard");
}
