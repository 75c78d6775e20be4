//! What a person reads when a shared database cannot be reached or trusted: exact words and one next step
//! each, with what was typed still there; and what is weak stays said while it is used.

use serde_json::{Value, json};
use xtask::certificates::Authority;

use super::by::{button, dialog, heading, radio, textbox};
use super::database::Database;
use super::desk::{Desk, Window};
use super::page::Page;
use super::shared::{add_another, choose, desk_beside, fill_in, open, save};

/// A window with one saved connection, changed as the test wants, after Connect was pressed.
async fn refused(database: &Database, change: impl FnOnce(&mut Value)) -> (Desk, Window) {
    let desk = desk_beside(database);
    let window = desk.open().await;
    let page = &window.page;
    let mut draft = database.draft("Acme platform");
    change(&mut draft);
    save(page, &draft, &database.password).await;
    choose(page, "Acme platform").await;
    page.click(&button("Connect")).await;
    page.says("“Acme platform” was not opened.").await;
    (desk, window)
}

/// Says these words and offers this step and no other.
async fn says_with(page: &Page, words: &str, step: &str) {
    page.says(words).await;
    page.see(&button(step)).await;
    for other in
        ["Retry", "Edit connection", "Enter the password", "Set up this database", "Update this database"]
    {
        assert!(other == step || !page.has(&button(other)).await, "{other} is offered beside {step}");
    }
    assert!(!page.source().await.contains("canary"), "the password is in the page");
}

#[tokio::test]
async fn a_wrong_password_is_asked_for_again_and_the_right_one_opens() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    let window = desk.open().await;
    let page = &window.page;
    save(page, &database.draft("Acme platform"), "wrong").await;
    choose(page, "Acme platform").await;
    page.click(&button("Connect")).await;
    let question = dialog("Password of Acme platform");
    page.see(&question).await;
    let field = textbox("Password").within(question.clone());
    assert!(page.complaint(&field).await.contains("The password was not accepted"));
    page.picture("password-refused").await;
    page.fill(&field, &database.password).await;
    page.click(&button("Connect").within(question.clone())).await;
    page.see(&heading("Keys")).await;
    // It was remembered: the next time nobody is asked.
    super::shared::all_connections(page).await;
    choose(page, "Acme platform").await;
    page.click(&button("Connect")).await;
    page.see(&heading("Keys")).await;
}

#[tokio::test]
async fn a_port_at_which_nobody_listens_is_named_with_what_to_check() {
    let database = Database::made().await;
    let (_desk, window) = refused(&database, |draft| draft["port"] = json!(1)).await;
    says_with(&window.page, "Nothing answers at localhost:1: the connection was refused.", "Retry").await;
    window.page.picture("connection-refused").await;
}

#[tokio::test]
async fn a_host_that_nobody_knows_is_named() {
    let database = Database::made().await;
    let (_desk, window) = refused(&database, |draft| draft["host"] = json!("db.invalid")).await;
    says_with(&window.page, "The name db.invalid is not known.", "Retry").await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let database = Database::made().await;
    let (_desk, window) = refused(&database, |draft| draft["database"] = json!("nowhere")).await;
    says_with(&window.page, "There is no database nowhere on the server.", "Retry").await;
}

#[tokio::test]
async fn a_server_with_another_authoritys_certificate_is_refused_before_any_password_is_sent() {
    let database = Database::made().await;
    let other = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(other.path(), Authority::new("Somebody else").unwrap().pem()).unwrap();
    let path = other.path().display().to_string();
    let (_desk, window) = refused(&database, |draft| draft["ca_file"] = json!(path)).await;
    let words = "The server's certificate was signed by another authority than that of this connection's CA file. No password was sent.";
    says_with(&window.page, words, "Edit connection").await;
    window.page.picture("certificate-refused").await;
}

#[tokio::test]
async fn a_server_under_another_name_than_its_certificates_is_refused() {
    let database = Database::made().await;
    // It leads to this computer too, and the certificate is not for it.
    let (_desk, window) = refused(&database, |draft| draft["host"] = json!("0.0.0.0")).await;
    says_with(
        &window.page,
        "The server's certificate is for another name. No password was sent.",
        "Edit connection",
    )
    .await;
}

#[tokio::test]
async fn a_line_that_is_not_verified_is_said_in_the_sheet_on_the_page_and_while_it_is_open() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    let window = desk.open().await;
    let page = &window.page;
    save(page, &database.draft("Another"), &database.password).await;
    let sheet = add_another(page).await;
    fill_in(page, &sheet, "Acme platform", &database).await;
    let weak = "Traffic to this production database is not verified.";
    // Not this computer as far as anybody can tell, and yet it is.
    page.fill(&textbox("Host").within(sheet.clone()), "0.0.0.0").await;
    page.tick(&radio("Production").within(sheet.clone())).await;
    assert!(!page.words().await.contains(weak));
    page.tick(&radio("Require, do not verify").within(sheet.clone())).await;
    page.says(weak).await;
    page.picture("weak-tls").await;
    page.click(&button("Save").within(sheet.clone())).await;
    page.gone(&sheet).await;
    choose(page, "Acme platform").await;
    page.says(weak).await;
    page.click(&button("Connect")).await;
    page.see(&heading("Keys")).await;
    let lasting =
        "The server's certificate is not verified: somebody on the way could read and change everything.";
    page.says(lasting).await;
    super::steps::go_to(page, "Tenants").await;
    page.says(lasting).await;
    page.picture("weak-tls-open").await;
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_said_at_its_field_and_what_was_typed_stays() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    let window = desk.open().await;
    let page = &window.page;
    let id = save(page, &database.draft("Acme platform"), &database.password).await;
    open(page, &id).await;
    super::shared::all_connections(page).await;
    let sheet = add_another(page).await;
    fill_in(page, &sheet, "Acme platform", &database).await;
    for (label, typed, wanted) in [
        ("Name", "Acme platform", "name"),
        ("Port", "70000", "Enter a port from 1 to 65535."),
        ("Host", "db, other", "Enter one server's name or address"),
        ("Lock after idle (minutes)", "0", "Enter 1 to 1440 minutes"),
        ("CA file", "/nowhere/ca.pem", "/nowhere/ca.pem"),
    ] {
        let field = textbox(label).within(sheet.clone());
        let good = page.value(&field).await;
        page.fill(&field, typed).await;
        // The file is only read when it is used.
        let press = if label == "CA file" { "Test connection" } else { "Save" };
        page.click(&button(press).within(sheet.clone())).await;
        let said = page.complaint(&field).await;
        println!("{label}: {said}");
        assert!(said.contains(wanted) || label == "CA file" && !said.is_empty(), "{label}: {said}");
        assert_eq!(page.value(&field).await, typed);
        page.fill(&field, if label == "Name" { "Another" } else { &good }).await;
    }
    page.click(&button("Test connection").within(sheet.clone())).await;
    page.says("Connected to PostgreSQL 15.").await;
    assert_eq!(page.value(&textbox("Password").within(sheet.clone())).await, database.password);
    page.click(&button("Save").within(sheet.clone())).await;
    page.gone(&sheet).await;
}
