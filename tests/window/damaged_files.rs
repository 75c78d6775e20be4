//! The files beside the stores in a bad state: damaged, read-only, readable by others. The window starts and
//! says which and what to do; nothing is written over, nothing that can be saved is lost.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::by::{button, heading};
use super::database::Database;
use super::desk::Desk;
use super::shared::{desk_beside, save};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A desk on which one connection was saved and the window closed.
async fn with_a_connection() -> (Database, Desk, PathBuf) {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    let window = desk.open().await;
    save(&window.page, &database.draft("Acme platform"), &database.password).await;
    window.close().await;
    let file = desk.data().join("connections.json");
    assert_eq!(mode(&file), 0o600);
    (database, desk, file)
}

#[tokio::test]
async fn damaged_connections_are_named_with_their_line_and_never_written_over() {
    let (database, desk, file) = with_a_connection().await;
    let damaged = fs::read_to_string(&file).unwrap().replacen("\"name\"", "\"name\" oops", 1);
    fs::write(&file, &damaged).unwrap();
    let window = desk.open().await;
    let page = &window.page;
    page.says("connections.json cannot be read (line").await;
    page.says("Mend it or move it away; it was not touched.").await;
    page.picture("connections-damaged").await;
    let refused = json!({ "connection": database.draft("Another"), "secret": { "change": "keep" } });
    let refused = page.invoke("connection_save", refused).await.unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("it was not touched"), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), damaged);
    // The rest works.
    page.click(&button("Explore with sample data")).await;
    page.see(&heading("Keys")).await;
    window.close().await;
    assert_eq!(fs::read_to_string(&file).unwrap(), damaged);
}

#[tokio::test]
async fn connections_that_cannot_be_written_can_be_used_and_saving_says_why_it_fails() {
    let (database, desk, file) = with_a_connection().await;
    let before = fs::read(&file).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o400)).unwrap();
    let window = desk.open().await;
    let page = &window.page;
    page.says("connections.json cannot be written (it is read-only)").await;
    page.picture("connections-read-only").await;
    let refused = json!({ "connection": database.draft("Another"), "secret": { "change": "keep" } });
    let refused = page.invoke("connection_save", refused).await.unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("so nothing was saved"), "{refused}");
    super::shared::choose(page, "Acme platform").await;
    page.click(&button("Connect")).await;
    page.see(&heading("Keys")).await;
    window.close().await;
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn connections_that_others_can_read_are_said_to_be_and_made_private_by_the_next_save() {
    let (database, desk, file) = with_a_connection().await;
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let window = desk.open().await;
    window.page.says("Other accounts of this computer can read connections.json.").await;
    assert_eq!(mode(&file), 0o644, "it was only looked at");
    save(&window.page, &database.draft("Another"), &database.password).await;
    assert_eq!(mode(&file), 0o600);
    window.page.says_no_more("Other accounts of this computer can read connections.json.").await;
}

#[tokio::test]
async fn damaged_settings_are_named_and_never_written_over() {
    let (_database, desk, _) = with_a_connection().await;
    let file = desk.data().join("settings.json");
    fs::write(&file, "{ \"last_store\": oops").unwrap();
    let window = desk.open().await;
    let page = &window.page;
    page.says("settings.json cannot be read").await;
    page.picture("settings-damaged").await;
    super::shared::choose(page, "Acme platform").await;
    page.click(&button("Connect")).await;
    page.see(&heading("Keys")).await;
    window.close().await;
    assert_eq!(fs::read_to_string(&file).unwrap(), "{ \"last_store\": oops");
}
