//! The system keychain in each of its states, with a real gnome-keyring: its words, its one action, and the
//! ways around it: asked each time, and a file under a passphrase.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::json;

use super::by::{By, button, dialog, heading, radio, textbox};
use super::database::Database;
use super::desk::{Desk, Window};
use super::page::{Page, eventually};
use super::session::{Session, is_prompting};
use super::shared::{add_first, all_connections, choose, desk_beside, fill_in, open, save};

const NAME: &str = "Acme platform";

/// A window with a connection whose password is in the keyring; it is not open.
async fn saved(database: &Database) -> (Desk, Window, String) {
    let desk = desk_beside(database);
    let window = desk.open().await;
    let id = save(&window.page, &database.draft(NAME), &database.password).await;
    choose(&window.page, NAME).await;
    (desk, window, id)
}

async fn connect(page: &Page) {
    page.click(&button("Connect")).await;
}

async fn is_open(page: &Page) {
    page.see(&heading("Keys")).await;
}

/// The words, and the one thing to press.
async fn says_with(page: &Page, words: &str, action: &str) {
    page.says(words).await;
    page.see(&button(action)).await;
}

/// Answers the question for the password.
async fn enter(page: &Page, password: &str) {
    let question = dialog("Password of Acme platform");
    page.fill(&textbox("Password").within(question.clone()), password).await;
    page.click(&button("Connect").within(question)).await;
}

#[tokio::test]
async fn without_a_keychain_the_program_starts_and_asks_and_retry_finds_one_that_was_started_since() {
    let database = Database::made().await;
    let mut desk = Desk::in_session(Session::without_keychain()).beside(&database.owner_url());
    let window = desk.open().await;
    let page = &window.page;
    let words = "No system keychain is running, so Latchkey asks for passwords each time. Install one (for example gnome-keyring) and press Retry.";
    let sheet = add_first(page).await;
    fill_in(page, &sheet, NAME, &database).await;
    let remember = radio("Remember in the system keychain").part().within(sheet.clone());
    assert!(page.is_disabled(&remember).await);
    page.says("No system keychain is running. The password will be asked for each time.").await;
    says_with(page, words, "Retry").await;
    page.picture("keychain-none").await;
    page.click(&button("Save and connect").within(sheet.clone())).await;
    is_open(page).await;
    all_connections(page).await;

    // A connection that was saved when there was one.
    let mut draft = database.draft("Globex");
    draft["keep"] = json!("keychain");
    let answer =
        page.invoke("connection_save", json!({ "connection": draft, "secret": { "change": "keep" } })).await;
    let id = answer.unwrap()["saved"].as_str().unwrap().to_owned();
    page.begin_anew().await;
    choose(page, "Globex").await;
    connect(page).await;
    says_with(page, words, "Retry").await;
    page.see(&button("Enter the password instead")).await;
    page.picture("keychain-none-connect").await;
    desk.session_mut().start_keyring();
    let item = ["service", "dev.latchkey", "username", id.as_str()];
    desk.session().store_secret("Latchkey: Globex", &database.password, &item);
    page.click(&button("Retry")).await;
    is_open(page).await;
}

#[tokio::test]
async fn the_settings_say_which_keychain_there_is_and_their_retry_finds_one_that_was_started_since() {
    let mut desk = Desk::in_session(Session::without_keychain());
    let window = desk.open().await;
    let page = &window.page;
    page.press("Control+,").await;
    let settings = dialog("Settings");
    page.see(&settings).await;
    page.says("No system keychain is running").await;
    desk.session_mut().start_keyring();
    page.click(&button("Retry").within(settings.clone())).await;
    page.says("Using GNOME Keyring.").await;
    page.picture("settings-keychain").await;
}

#[tokio::test]
async fn a_locked_keyring_is_unlocked_in_its_own_prompt_and_refusing_that_is_said() {
    let database = Database::made().await;
    let (desk, window, _) = saved(&database).await;
    let page = &window.page;
    desk.session().lock();
    connect(page).await;
    desk.session().dismiss_prompt().await;
    says_with(page, "Access was refused in the system prompt.", "Try again").await;
    page.picture("keychain-refused").await;
    page.click(&button("Try again")).await;
    desk.session().answer_prompt().await;
    is_open(page).await;
}

#[tokio::test]
async fn a_keyring_that_is_locked_at_the_start_asks_nothing_until_unlock_is_pressed() {
    let database = Database::made().await;
    let (desk, window, id) = saved(&database).await;
    open(&window.page, &id).await;
    window.close().await;
    desk.session().lock();
    let window = desk.open().await;
    let page = &window.page;
    says_with(page, "The system keychain is locked.", "Unlock").await;
    page.see(&heading(NAME)).await;
    page.picture("keychain-locked").await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!is_prompting(), "the start asked without being asked");
    page.click(&button("Unlock")).await;
    desk.session().answer_prompt().await;
    is_open(page).await;
}

#[tokio::test]
async fn waiting_for_the_keyrings_prompt_can_be_given_up() {
    let database = Database::made().await;
    let (desk, window, _) = saved(&database).await;
    let page = &window.page;
    desk.session().lock();
    connect(page).await;
    eventually("the prompt", async || is_prompting().then_some(())).await;
    page.click(&button("Cancel")).await;
    page.see(&button("Connect")).await;
    // The page goes on while the prompt stands.
    page.click(&button("Explore with sample data")).await;
    is_open(page).await;
    desk.session().dismiss_prompt().await;
}

#[tokio::test]
async fn a_keychain_without_a_keyring_says_how_to_make_one_and_keeps_the_connection() {
    let database = Database::made().await;
    let desk = Desk::in_session(Session::without_collection()).beside(&database.owner_url());
    let window = desk.open().await;
    let page = &window.page;
    let answer = page
        .invoke(
            "connection_save",
            json!({ "connection": database.draft(NAME), "secret": { "change": "set", "text": database.password } }),
        )
        .await
        .unwrap();
    assert_eq!(answer["secret_error"]["field"], "no_default_collection", "{answer}");
    page.begin_anew().await;
    page.press("Control+,").await;
    let words =
        "Your keychain has no default keyring yet. Open “Passwords and Keys” and create one named Login";
    page.says(words).await;
    page.picture("keychain-no-collection").await;
    page.click(&button("Close")).await;
    // This session has the password all the same.
    choose(page, NAME).await;
    connect(page).await;
    is_open(page).await;
}

#[tokio::test]
async fn a_password_that_is_gone_from_the_keyring_is_asked_for_and_kept_again() {
    let database = Database::made().await;
    let (desk, window, _) = saved(&database).await;
    let page = &window.page;
    desk.session().secret_tool(&["clear", "service", "dev.latchkey"]);
    connect(page).await;
    let words = "The system keychain has no password for this connection. Enter it.";
    says_with(page, words, "Enter the password").await;
    page.picture("keychain-entry-gone").await;
    page.click(&button("Enter the password")).await;
    enter(page, &database.password).await;
    is_open(page).await;
    let found = desk.session().secret_tool(&["search", "--all", "service", "dev.latchkey"]);
    assert!(found.contains(&format!("secret = {}", database.password)), "it was not kept again");
    assert!(found.contains("label = Latchkey: Acme platform"));
}

#[tokio::test]
async fn of_two_entries_for_a_connection_neither_is_used_and_entering_the_password_replaces_both() {
    let database = Database::made().await;
    let (desk, window, id) = saved(&database).await;
    let page = &window.page;
    let item = ["service", "dev.latchkey", "username", id.as_str(), "beside", "it"];
    desk.session().store_secret("Latchkey: Acme platform", "another", &item);
    connect(page).await;
    let words = "The system keychain holds two entries for this connection, so Latchkey uses neither.";
    says_with(page, words, "Enter the password").await;
    page.picture("keychain-ambiguous").await;
    page.click(&button("Enter the password")).await;
    enter(page, &database.password).await;
    is_open(page).await;
    let found = desk.session().secret_tool(&["search", "--all", "service", "dev.latchkey"]);
    assert_eq!(found.matches("label = ").count(), 1, "both were replaced by one");
    assert!(found.contains(&format!("secret = {}", database.password)));
}

/// The password is in no file of the desk and not in the keyring.
fn is_kept_nowhere(desk: &Desk, password: &str) {
    for (path, bytes) in desk.files() {
        assert!(
            !bytes.windows(password.len()).any(|window| window == password.as_bytes()),
            "it is in {path}"
        );
    }
    let found = desk.session().secret_tool(&["search", "--all", "service", "dev.latchkey"]);
    assert!(!found.contains(password), "it is in the keyring");
}

#[tokio::test]
async fn a_password_that_is_asked_for_each_time_is_kept_nowhere_and_asked_for_after_a_restart() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    let window = desk.open().await;
    let page = &window.page;
    let sheet = add_first(page).await;
    fill_in(page, &sheet, NAME, &database).await;
    page.tick(&radio("Ask each time").part().within(sheet.clone())).await;
    page.click(&button("Save and connect").within(sheet.clone())).await;
    is_open(page).await;
    is_kept_nowhere(&desk, &database.password);
    // Within the session it is not asked for twice.
    all_connections(page).await;
    choose(page, NAME).await;
    connect(page).await;
    is_open(page).await;
    window.close().await;

    let window = desk.open().await;
    let page = &window.page;
    page.see(&heading(NAME)).await;
    connect(page).await;
    page.see(&dialog("Password of Acme platform")).await;
    page.picture("password-asked").await;
    enter(page, "wrong").await;
    let field = textbox("Password").within(dialog("Password of Acme platform"));
    assert!(page.complaint(&field).await.contains("The password was not accepted"));
    enter(page, &database.password).await;
    is_open(page).await;
    is_kept_nowhere(&desk, &database.password);
}

fn passphrase_field(within: &By, label: &str) -> By {
    textbox(label).within(within.clone())
}

#[tokio::test]
async fn without_a_keychain_passwords_can_be_kept_in_a_file_under_a_passphrase() {
    let database = Database::made().await;
    let desk = Desk::in_session(Session::without_keychain()).beside(&database.owner_url());
    let window = desk.open().await;
    let page = &window.page;
    let sheet = add_first(page).await;
    fill_in(page, &sheet, NAME, &database).await;
    page.tick(&radio("Encrypted file").part().within(sheet.clone())).await;
    page.fill(&passphrase_field(&sheet, "Passphrase"), "correct horse battery").await;
    page.fill(&passphrase_field(&sheet, "Passphrase, again"), "correct horse").await;
    page.click(&button("Save and connect").within(sheet.clone())).await;
    page.says("The two passphrases are not the same.").await;
    page.fill(&passphrase_field(&sheet, "Passphrase, again"), "correct horse battery").await;
    page.picture("encrypted-file").await;
    page.click(&button("Save and connect").within(sheet.clone())).await;
    is_open(page).await;
    let file = desk.data().join("credentials.enc");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for secret in [database.password.as_str(), "correct horse"] {
        is_kept_nowhere(&desk, secret);
    }
    window.close().await;

    let window = desk.open().await;
    let page = &window.page;
    page.see(&heading(NAME)).await;
    page.click(&button("Enter the passphrase")).await;
    let question = dialog("Open the encrypted file");
    page.fill(&passphrase_field(&question, "Passphrase"), "wrong passphrase").await;
    page.click(&button("Connect").within(question.clone())).await;
    let said = page.complaint(&passphrase_field(&question, "Passphrase")).await;
    assert!(said.contains("The passphrase was not accepted"), "{said}");
    page.picture("passphrase-refused").await;
    page.fill(&passphrase_field(&question, "Passphrase"), "correct horse battery").await;
    page.click(&button("Connect").within(question)).await;
    is_open(page).await;
}
