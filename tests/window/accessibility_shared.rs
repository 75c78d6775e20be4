//! The screens, dialogs and states of shared databases, judged by axe in the real window, in both themes: the
//! start page and its refusals, the sheet, settings, what stands over an open store, the lock.

use std::fs;

use serde_json::{Value, json};

use super::by::{alert_dialog, button, dialog, heading, radio, row, textbox};
use super::database::Database;
use super::desk::Desk;
use super::migration::make_older;
use super::proxy::{Loses, Proxy, silent_server};
use super::shared::{add_another, add_first, choose, desk_beside, fill_in, open, open_switcher, save};
use super::steps::{open_key, seed, seed_key};
use super::walk::Walk;

async fn walk(theme: &'static str) {
    let database = Database::made().await;
    let gtk = if theme == "dark" { "Adwaita:dark" } else { "Adwaita" };
    let desk = desk_beside(&database).with("GTK_THEME", gtk);
    seed(&desk);
    seed_key(&desk, "n8n");
    let window = desk.open().await;
    let mut walk = Walk::begin(&window.page, theme).await;
    sheet(&mut walk, &database).await;
    refusals(&mut walk, &database, &desk).await;
    settings(&mut walk).await;
    over_an_open_store(&mut walk, &database, &desk).await;
    lock(&mut walk, &database).await;
    window.page.is_quiet().await;
    let found = walk.pause();
    window.close().await;
    let file = desk.data().join("connections.json");
    fs::write(&file, fs::read_to_string(&file).unwrap().replacen('{', "{ oops", 1)).unwrap();
    let window = desk.open().await;
    let mut walk = found.go_on(&window.page);
    window.page.says("connections.json cannot be read").await;
    walk.look("connections-damaged").await;
    walk.end();
}

/// Adding a connection, in the states that the sheet can be in.
async fn sheet(walk: &mut Walk<'_>, database: &Database) {
    let page = walk.page;
    let sheet = add_first(page).await;
    walk.look("sheet-postgres").await;
    for (kind, name) in [("Local file", "sheet-local"), ("Latchkey server", "sheet-server")] {
        page.tick(&radio(kind).within(sheet.clone())).await;
        walk.look(name).await;
    }
    page.tick(&radio("PostgreSQL").within(sheet.clone())).await;
    page.click(&button("Save").within(sheet.clone())).await;
    page.complaint(&textbox("Host").within(sheet.clone())).await;
    walk.look("sheet-errors").await;
    fill_in(page, &sheet, "Acme platform", database).await;
    walk.look("sheet-certificates").await;
    page.click(&button("Test connection").within(sheet.clone())).await;
    page.says("Connected to PostgreSQL 15.").await;
    walk.look("sheet-tested").await;
    page.fill(&textbox("Host").within(sheet.clone()), "0.0.0.0").await;
    page.tick(&radio("Production").within(sheet.clone())).await;
    page.click(&button("Test connection").within(sheet.clone())).await;
    page.says("No password was sent.").await;
    walk.look("sheet-test-refused").await;
    page.tick(&radio("Require, do not verify").within(sheet.clone())).await;
    page.says("Traffic to this production database is not verified.").await;
    walk.look("sheet-weak").await;
    page.tick(&radio("Encrypted file").part().within(sheet.clone())).await;
    walk.look("sheet-encrypted-file").await;
    page.press("Escape").await;
    page.click(&button("Discard changes")).await;
    page.gone(&sheet).await;
}

/// The list, and what stands under Connect when something is in the way.
async fn refusals(walk: &mut Walk<'_>, database: &Database, desk: &Desk) {
    let page = walk.page;
    let empty = Database::new().await;
    let older = Database::made().await;
    make_older(&older).await;
    let (silent, _holding) = silent_server().await;
    let changed = |name: &str, change: Value| {
        let mut draft = database.draft(name);
        draft.as_object_mut().unwrap().append(&mut change.as_object().unwrap().clone());
        draft
    };
    for (draft, password) in [
        (changed("Acme platform", json!({ "environment": "production" })), &database.password),
        (
            changed("Development", json!({ "environment": "development", "read_only": true })),
            &database.password,
        ),
        (changed("Staging", json!({ "environment": "staging", "port": 1 })), &database.password),
        (changed("Silent", json!({ "port": silent })), &database.password),
        (
            changed(
                "Weak",
                json!({ "host": "0.0.0.0", "encryption": "require", "environment": "production" }),
            ),
            &database.password,
        ),
        (changed("Wrong password", json!({})), &empty.password),
        (empty.draft("Empty"), &empty.password),
        (older.draft("Older"), &older.password),
    ] {
        save(page, &draft, password).await;
    }
    choose(page, "Development").await;
    walk.look("list").await;
    choose(page, "Weak").await;
    walk.look("list-weak").await;
    page.press("Delete").await;
    walk.layer("remove", alert_dialog("Remove connection “Weak”?")).await;
    choose(page, "Silent").await;
    page.click(&button("Connect")).await;
    page.see(&button("Cancel")).await;
    walk.look("connecting").await;
    page.click(&button("Cancel")).await;
    for (name, step, question) in [
        ("Empty", "Set up this database", "Set up this database?"),
        ("Older", "Update this database", "Update this database?"),
    ] {
        choose(page, name).await;
        page.click(&button("Connect")).await;
        page.see(&button(step)).await;
        walk.look(&format!("refused-{}", name.to_lowercase())).await;
        walk.open_and_look(
            button(step),
            &format!("question-{}", name.to_lowercase()),
            alert_dialog(question),
        )
        .await;
    }
    unreachable_and_without_a_password(walk, desk).await;
}

async fn unreachable_and_without_a_password(walk: &mut Walk<'_>, desk: &Desk) {
    let page = walk.page;
    choose(page, "Staging").await;
    page.click(&button("Connect")).await;
    page.says("the connection was refused").await;
    walk.look("refused-unreachable").await;
    choose(page, "Wrong password").await;
    page.click(&button("Connect")).await;
    walk.layer("password-refused", dialog("Password of Wrong password")).await;
    desk.session().secret_tool(&["clear", "service", "dev.latchkey"]);
    choose(page, "Development").await;
    page.click(&button("Connect")).await;
    page.says("The system keychain has no password").await;
    walk.look("refused-keychain").await;
}

async fn settings(walk: &mut Walk<'_>) {
    walk.page.press("Control+,").await;
    walk.page.says("Using GNOME Keyring.").await;
    walk.layer("settings", dialog("Settings")).await;
}

/// Production, read-only, a lost line, a change of which nothing is known, a conflict.
async fn over_an_open_store(walk: &mut Walk<'_>, database: &Database, desk: &Desk) {
    let page = walk.page;
    let mut draft = database.draft("Looking");
    draft["read_only"] = json!(true);
    let id = save(page, &draft, &database.password).await;
    open(page, &id).await;
    walk.look("read-only").await;
    open_switcher(page).await;
    walk.look("switcher").await;
    page.press("Escape").await;
    open_key(page, "n8n").await;
    walk.look("read-only-key").await;

    let proxy = Proxy::before(database.port).await;
    let mut draft = database.draft("Breaking");
    for (field, value) in [
        ("port", json!(proxy.port)),
        ("host", json!("127.0.0.1")),
        ("encryption", json!("off")),
        ("ca_file", Value::Null),
        ("environment", json!("production")),
    ] {
        draft[field] = value;
    }
    let id = save(page, &draft, &database.password).await;
    open(page, &id).await;
    page.see(&row("n8n, ").part()).await;
    walk.look("production").await;
    open_key(page, "n8n").await;
    walk.open_and_look(button("Revoke"), "production-revoke", alert_dialog("Revoke n8n?")).await;
    let key = super::steps::key_id(desk, "n8n");
    let sheet = dialog("Edit n8n");
    let owner = textbox("Owner or contact").within(sheet.clone());
    page.click(&button("Edit")).await;
    page.fill(&owner, "Ann").await;
    desk.says(&["keys", "update", &key, "--owner", "Bob"]);
    page.click(&button("Save key").within(sheet.clone())).await;
    page.see(&button("Keep mine and save")).await;
    walk.look("conflict").await;
    page.click(&button("Use theirs")).await;
    page.fill(&owner, "lost-owner").await;
    proxy.lose(Loses::Change, "lost-owner");
    page.click(&button("Save key").within(sheet.clone())).await;
    page.says("The line broke before the answer came.").await;
    walk.look("unknown").await;
    page.press("Escape").await;
    page.see(&alert_dialog("Close before it is known?")).await;
    walk.look("unknown-leave").await;
    page.click(&button("Close anyway")).await;
    page.gone(&sheet).await;
    page.says("You can look around; changes are paused.").await;
    walk.look("lost-line").await;
    proxy.mend();
    page.says_no_more("You can look around; changes are paused.").await;
}

async fn lock(walk: &mut Walk<'_>, database: &Database) {
    let page = walk.page;
    let mut draft = database.draft("Asked");
    draft["keep"] = json!("session");
    let id = save(page, &draft, &database.password).await;
    open(page, &id).await;
    page.press("Control+l").await;
    page.see(&heading("Locked")).await;
    walk.look("locked").await;
    page.click(&button("Unlock")).await;
    walk.layer("locked-password", dialog("Password of Asked")).await;
    page.click(&button("All connections")).await;
    let sheet = add_another(page).await;
    page.press("Escape").await;
    page.gone(&sheet).await;
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_of_shared_databases_in_the_light_theme() {
    walk("light").await;
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_of_shared_databases_in_the_dark_theme() {
    walk("dark").await;
}
