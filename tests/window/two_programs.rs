//! Two programs on one store, the window and the command line: each sees what the other did, and of two
//! rotations one wins while the other is told who was first, and when.

use std::time::{Duration, Instant};

use serde_json::json;

use super::by::{button, dialog, radio, row};
use super::desk::Desk;
use super::page::within;
use super::steps::{first_start, go_to, key_id, open_key, save_by_copy, seed, seed_key};

/// “Within a second”, and what a busy computer adds.
const SOON: Duration = Duration::from_millis(2500);

#[tokio::test]
async fn what_the_command_line_changes_appears_in_the_open_window_within_a_second() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    let (id, _) = seed_key(&desk, "n8n");
    go_to(page, "Keys").await;
    page.see(&row("n8n, acme, Active")).await;
    for (command, status) in [("suspend", "Suspended"), ("resume", "Active"), ("revoke", "Revoked")] {
        desk.says(&["keys", command, &id]);
        let done = Instant::now();
        let wanted = row(&format!("n8n, acme, {status}"));
        let seen = within(SOON, async || page.has(&wanted).await.then_some(())).await;
        assert!(seen.is_some(), "{status} did not appear in {SOON:?}");
        println!("{status} appeared after {:?}", done.elapsed());
    }
    desk.says(&["tenants", "create", "globex", "--name", "Globex"]);
    go_to(page, "Tenants").await;
    page.see(&row("Globex").part()).await;
    page.is_quiet().await;
}

#[tokio::test]
async fn the_page_of_a_key_follows_the_command_line_too() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    let (id, _) = seed_key(&desk, "n8n");
    open_key(page, "n8n").await;
    desk.says(&["keys", "suspend", &id]);
    page.says("This key was suspended").await;
    desk.says(&["keys", "resume", &id]);
    page.says_no_more("This key was suspended").await;
}

#[tokio::test]
async fn of_two_rotations_one_wins_and_the_window_is_told_who_was_first_and_when() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    let (id, old) = seed_key(&desk, "n8n");
    open_key(page, "n8n").await;
    page.click(&button("Rotate")).await;
    let rotate = dialog("Rotate key");
    page.tick(&radio("1 hour").within(rotate.clone())).await;
    // Meanwhile somebody else is first.
    let theirs = desk.says(&["keys", "rotate", &id, "--grace", "24h"]);
    page.click(&button("Rotate key").within(rotate.clone())).await;
    let who = desk.json(&["keys", "show", &id])["updated_by"].as_str().unwrap().to_owned();
    page.says(&format!("{who} changed this")).await;
    page.says("Theirs In grace Before Active").await;
    assert!(
        page.see(&radio("1 hour").within(rotate.clone())).await.attr("aria-checked").await.unwrap()
            == Some("true".into()),
        "what was chosen stays"
    );
    page.picture("conflict").await;
    assert!(desk.accepts(&old) && desk.accepts(&theirs), "the other rotation stands");
    let state = page.invoke("start_state", json!({})).await.unwrap();
    assert_eq!(state["unsaved"], json!([]), "nothing was minted here");
    page.click(&button("Go on with what stands now").within(rotate.clone())).await;
    page.says("This key is being rotated.").await;
}

#[tokio::test]
async fn the_command_line_is_told_conflict_when_the_window_was_first() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    let (id, _) = seed_key(&desk, "n8n");
    let version = desk.json(&["keys", "show", &id])["version"].to_string();
    open_key(page, "n8n").await;
    page.click(&button("Rotate")).await;
    page.click(&button("Rotate key").within(dialog("Rotate key"))).await;
    let ours = save_by_copy(page).await;
    let late = desk.cli(&["keys", "rotate", &id, "--grace", "1h", "--version", &version, "--json"], "");
    assert_eq!(late.status.code(), Some(5), "{}", String::from_utf8_lossy(&late.stderr));
    let said = format!("{}{}", String::from_utf8_lossy(&late.stdout), String::from_utf8_lossy(&late.stderr));
    for word in ["conflict", "\"by\"", "\"at\""] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(desk.accepts(&ours));
    assert_eq!(key_id(&desk, "n8n"), id);
}
