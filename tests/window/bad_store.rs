//! A store that cannot be opened at the start: the window says exactly why, the file is not touched, and
//! nothing is made over it. Once the cause is mended, Retry opens it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use sqlx::{Connection as _, SqliteConnection};

use super::by::{button, heading};
use super::desk::{Desk, Window};
use super::page::eventually;

/// A store that a program made and closed.
fn made() -> Desk {
    let desk = Desk::new();
    fs::create_dir_all(desk.data()).unwrap();
    desk.says(&["init"]);
    desk.says(&["tenants", "create", "acme", "--name", "ACME Corp"]);
    desk
}

async fn connect(desk: &Desk) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}", desk.store().display())).await.unwrap()
}

/// The start page says why, in these words.
async fn refused(desk: &Desk, why: &str) -> Window {
    let window = desk.open().await;
    window.page.see(&heading("Connections")).await;
    window.page.says("The key database could not be opened.").await;
    window.page.says(&format!("{} {why}", desk.store().display())).await;
    window.page.see(&button("Retry")).await;
    window.page.is_quiet().await;
    window
}

/// Neither looking at it nor asking for a local database changes the file.
async fn refused_and_untouched(desk: &Desk, why: &str) -> Window {
    let before = fs::read(desk.store()).unwrap();
    let window = refused(desk, why).await;
    window.page.click(&button("Retry")).await;
    window.page.says(why).await;
    window.page.click(&button("Open")).await;
    window.page.says("The key database could not be opened.").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(fs::read(desk.store()).unwrap(), before, "the file was changed");
    window
}

#[tokio::test]
async fn a_file_that_is_no_database_is_said_to_be_none_and_left_alone() {
    let desk = Desk::new();
    fs::create_dir_all(desk.data()).unwrap();
    fs::write(desk.store(), "Dear diary").unwrap();
    refused_and_untouched(&desk, "is not a Latchkey database.").await;
}

#[tokio::test]
async fn another_programs_database_is_said_to_be_that_and_left_alone() {
    let desk = Desk::new();
    fs::create_dir_all(desk.data()).unwrap();
    fs::write(desk.store(), "").unwrap();
    let mut connection = connect(&desk).await;
    sqlx::query("CREATE TABLE recipe (name TEXT)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    refused_and_untouched(&desk, "is a database of another program, not a Latchkey database.").await;
}

#[tokio::test]
async fn a_damaged_store_is_said_to_be_damaged_and_left_alone() {
    let desk = made();
    let mut bytes = fs::read(desk.store()).unwrap();
    // Past the header, so that the file is still ours.
    let torn = bytes.len() / 2;
    bytes[4096..torn].fill(0x5a);
    fs::write(desk.store(), bytes).unwrap();
    refused_and_untouched(&desk, "is damaged. Restore a backup; copy the damaged file away first.").await;
}

#[tokio::test]
async fn a_newer_store_is_said_to_be_newer_and_left_alone() {
    let desk = made();
    let mut connection = connect(&desk).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let before = fs::read(desk.store()).unwrap();
    let window = desk.open().await;
    window.page.says("This database was made by a newer Latchkey. Update the app to open it.").await;
    assert_eq!(fs::read(desk.store()).unwrap(), before, "the file was changed");
}

#[tokio::test]
async fn a_read_only_store_is_said_to_be_that_and_opens_once_it_may_be_written() {
    let desk = made();
    fs::set_permissions(desk.store(), Permissions::from_mode(0o444)).unwrap();
    let why = "is read-only. Allow writing to it, or copy it to where you may write.";
    let window = refused_and_untouched(&desk, why).await;
    fs::set_permissions(desk.store(), Permissions::from_mode(0o600)).unwrap();
    window.page.click(&button("Retry")).await;
    window.page.see(&heading("Keys")).await;
}

#[tokio::test]
async fn a_store_that_another_program_locks_is_said_to_be_locked_and_opens_once_it_is_free() {
    let desk = made();
    let mut connection = connect(&desk).await;
    for words in ["PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "UPDATE meta SET value = value"] {
        sqlx::query(words).execute(&mut connection).await.unwrap();
    }
    let window = refused(&desk, "is locked by another program. Close that program, then try again.").await;
    connection.close().await.unwrap();
    window.page.click(&button("Retry")).await;
    window.page.see(&heading("Keys")).await;
}

#[tokio::test]
async fn a_store_that_was_closed_is_opened_again_from_the_start_page() {
    let desk = made();
    let window = desk.open().await;
    let page = &window.page;
    page.see(&heading("Keys")).await;
    super::shared::all_connections(page).await;
    page.see(&heading("Local keys")).await;
    page.click(&button("Open")).await;
    page.see(&heading("Keys")).await;
    eventually("the tenant", async || page.words().await.contains("1 tenant").then_some(())).await;
}
