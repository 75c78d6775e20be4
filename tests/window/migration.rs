//! A store of another version behind a connection: an empty database and an older schema are offered, with
//! their steps, and never touched unasked; a newer one is refused with what to do.

use serde_json::{Value, json};

use super::by::{By, alert_dialog, button, heading, row, textbox};
use super::database::Database;
use super::desk::{Desk, Window};
use super::page::Page;
use super::shared::{desk_beside, save};
use super::steps::{go_to, seed};

/// How the table that step 2 replaces is made: in step 1, as it was released. What step 3 adds is dropped by name.
const FIRST_STEP: &str = include_str!("../../crates/latchkey-store/migrations/0001_init.sql");

/// Makes the store one of version 1, as an older Latchkey left it.
pub async fn make_older(database: &Database) {
    let (_, from) = FIRST_STEP.split_once("CREATE TABLE idempotency").unwrap();
    let (table, rest) = from.split_once(';').unwrap();
    let index = rest.split(';').find(|text| text.contains("idempotency_by_age")).unwrap();
    let name = &database.name;
    database
        .run(&format!(
            "SET ROLE {name}; SET search_path TO latchkey; DROP TABLE idempotency, usage_hours, tenant_hours, events;
             ALTER TABLE tenants DROP COLUMN ip;
             CREATE TABLE idempotency{table}; {index}; DELETE FROM _sqlx_migrations WHERE version > 1"
        ))
        .await;
}

/// Everything that is in the schema, by name, and its version.
async fn schema(database: &Database) -> (String, String) {
    let tables = "SELECT string_agg(table_name || ' ' || column_name, ',' ORDER BY 1) FROM (SELECT table_name, column_name
        FROM information_schema.columns WHERE table_schema = 'latchkey' ORDER BY 1, 2) AS columns";
    let there = database.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'latchkey'").await;
    let version = if there == "0" {
        String::new()
    } else {
        database.ask("SELECT max(version) FROM latchkey._sqlx_migrations").await
    };
    (database.ask(tables).await, version)
}

/// The window with the connection saved and selected, and Connect pressed.
async fn connect(desk: &Desk, database: &Database, change: impl FnOnce(&mut Value)) -> Window {
    let window = desk.open().await;
    let mut draft = database.draft("Acme platform");
    change(&mut draft);
    save(&window.page, &draft, &database.password).await;
    super::shared::choose(&window.page, "Acme platform").await;
    window.page.click(&button("Connect")).await;
    window
}

async fn accept(page: &Page, question: &By, with: &str) {
    page.click(&button(with).within(question.clone())).await;
    page.see(&heading("Keys")).await;
}

#[tokio::test]
async fn an_empty_database_is_offered_to_be_set_up_and_asked_once() {
    let database = Database::new().await;
    let desk = desk_beside(&database);
    let window = connect(&desk, &database, |_| {}).await;
    let page = &window.page;
    page.says("This database has no Latchkey tables").await;
    page.picture("store-empty").await;
    assert_eq!(schema(&database).await, (String::new(), String::new()), "connecting made something");
    page.click(&button("Set up this database")).await;
    let question = alert_dialog("Set up this database?");
    page.see(&question).await;
    page.says("Makes the tables for tenants, roles, keys, their secrets and the audit.").await;
    page.picture("set-up-question").await;
    assert_eq!(schema(&database).await, (String::new(), String::new()), "asking made something");
    page.fill(&textbox("Prefix of new keys").within(question.clone()), "acme").await;
    accept(page, &question, "Set up").await;
    seed(&desk);
    go_to(page, "Tenants").await;
    page.see(&row("ACME Corp").part()).await;
    page.is_quiet().await;
}

#[tokio::test]
async fn an_empty_database_is_not_offered_to_be_set_up_over_a_read_only_connection() {
    let database = Database::new().await;
    let desk = desk_beside(&database);
    let window = connect(&desk, &database, |draft| draft["read_only"] = json!(true)).await;
    let page = &window.page;
    page.says("This database has no Latchkey tables").await;
    assert!(!page.has(&button("Set up this database")).await);
    let id = page.invoke("connections_list", json!({})).await.unwrap()["connections"][0]["id"].clone();
    let refused = page.invoke("connection_set_up", json!({ "id": id, "prefix": "acme" })).await.unwrap_err();
    assert_eq!(refused["code"], "read_only");
    assert_eq!(schema(&database).await, (String::new(), String::new()));
}

#[tokio::test]
async fn an_older_schema_is_offered_to_be_updated_and_is_never_updated_unasked() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    seed(&desk);
    let newest = schema(&database).await;
    make_older(&database).await;
    let older = schema(&database).await;
    assert_eq!(older.1, "1");
    let window = connect(&desk, &database, |_| {}).await;
    let page = &window.page;
    page.see(&button("Update this database")).await;
    page.picture("schema-older").await;
    assert_eq!(schema(&database).await, older, "connecting updated it");
    page.click(&button("Update this database")).await;
    let question = alert_dialog("Update this database?");
    page.see(&question).await;
    page.says("Remembers every change for a day").await;
    page.picture("update-question").await;
    assert_eq!(schema(&database).await, older, "asking updated it");
    accept(page, &question, "Update").await;
    assert_eq!(schema(&database).await, newest);
    go_to(page, "Tenants").await;
    page.see(&row("ACME Corp").part()).await;
    page.is_quiet().await;
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    database
        .run(
            "INSERT INTO latchkey._sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', true, '\\x00', 0)",
        )
        .await;
    let before = schema(&database).await;
    let window = connect(&desk, &database, |_| {}).await;
    window.page.says("This database was made by a newer Latchkey. Update the app to open it.").await;
    for offered in ["Update this database", "Set up this database"] {
        assert!(!window.page.has(&button(offered)).await, "{offered}");
    }
    assert_eq!(schema(&database).await, before);
    assert!(!window.page.has(&alert_dialog("").part()).await);
}
