//! Shared databases from the first start on, as a person connects to one: added with TLS, tested, saved,
//! opened, set up, found again after a restart without being asked; changed, copied, removed, switched.

use serde_json::{Value, json};

use super::by::{alert_dialog, button, dialog, heading, menu_item, option, textbox};
use super::database::Database;
use super::desk::{Desk, Window, copy_elsewhere};
use super::page::{Page, eventually};
use super::session::Session;
use super::shared::{
    add_first, all_connections, choose, desk_beside, fill_in, open, open_switcher, save, trust,
};
use super::steps::{issue, save_by_copy, seed};

#[tokio::test]
async fn a_shared_database_is_added_tested_saved_set_up_used_and_opened_again_without_being_asked() {
    let database = Database::new().await;
    let desk = desk_beside(&database).with("LATCHKEY_LOG", &"trace");
    let window = desk.open().await;
    let page = &window.page;
    let sheet = add_first(page).await;
    fill_in(page, &sheet, "Acme platform", &database).await;
    page.click(&button("Test connection").within(sheet.clone())).await;
    page.says("This database has no Latchkey tables").await;
    page.picture("connection-tested").await;
    page.click(&button("Save and connect").within(sheet.clone())).await;
    page.gone(&sheet).await;
    page.says("This database has no Latchkey tables").await;
    page.click(&button("Set up this database")).await;
    let question = alert_dialog("Set up this database?");
    page.fill(&textbox("Prefix of new keys").within(question.clone()), "sk").await;
    page.click(&button("Set up").within(question)).await;
    page.see(&heading("Keys")).await;
    seed(&desk);
    issue(page, "ACME Corp", "n8n", "Read-Only").await;
    let key = save_by_copy(page).await;
    assert!(desk.accepts(&key));
    leaks_nothing(&window, &desk, &database.password).await;
    is_in_the_keyring(&desk, "Acme platform", &database.password);
    window.close().await;

    let window = desk.open().await;
    window.page.see(&heading("Keys")).await;
    window.page.says("n8n").await;
    leaks_nothing(&window, &desk, &database.password).await;
    let mut answers = window.page.noted("answers").await;
    answers.retain(|answer| answer.to_string().contains(&database.password));
    assert!(answers.is_empty(), "the password came over IPC");
    window.page.is_quiet().await;
}

/// What `secret-tool` shows of the one item.
pub fn is_in_the_keyring(desk: &Desk, name: &str, password: &str) {
    let found = desk.session().secret_tool(&["search", "--all", "service", "dev.latchkey"]);
    assert!(found.contains(&format!("label = Latchkey: {name}")), "another label, or no item");
    assert!(found.contains(&format!("secret = {password}")), "another secret");
    assert_eq!(found.matches("label = ").count(), 1, "more than one item");
}

/// The password, or token, is in no file of the desk, not in what others see of the program, not in the page.
pub async fn leaks_nothing(window: &Window, desk: &Desk, password: &str) {
    for (path, bytes) in desk.files() {
        assert!(!holds(&bytes, password), "the secret is in {path}");
    }
    let names: Vec<String> = desk.files().into_iter().map(|(path, _)| path).collect();
    for searched in ["connections.json", "latchkey-desktop.log"] {
        assert!(names.iter().any(|path| path.ends_with(searched)), "{searched} was not searched");
    }
    let process = format!("/proc/{}", window.desktop().expect("the program runs").as_raw_nonzero());
    for part in ["environ", "cmdline"] {
        assert!(
            !holds(&std::fs::read(format!("{process}/{part}")).unwrap(), password),
            "the secret is in {part}"
        );
    }
    assert!(!window.page.source().await.contains(password), "the secret is in the page");
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_pasted_url_fills_the_form_and_its_password_leaves_the_shown_text_at_once() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    let window = desk.open().await;
    let page = &window.page;
    let sheet = add_first(page).await;
    let url = textbox("Paste a connection URL").within(sheet.clone());
    // Another computer as far as anybody can tell, and yet this one: it is never in the clear unasked.
    copy_elsewhere(&format!("{}?sslmode=disable", database.url().replace("localhost", "0.0.0.0")));
    page.click(&url).await;
    page.press("Control+v").await;
    let password = textbox("Password").within(sheet.clone());
    eventually("the password in its field", async || {
        (page.value(&password).await == database.password).then_some(())
    })
    .await;
    let elsewhere = "return [document.documentElement.outerHTML, document.body.innerText,
        ...[...document.querySelectorAll('input:not([type=password]),textarea')].map((field) => field.value)].join('\\n')";
    let elsewhere = page.run(elsewhere, vec![]).await;
    assert!(!elsewhere.as_str().unwrap().contains(&database.password), "the password is still shown");
    for (label, wanted) in [("Host", "0.0.0.0"), ("Database", &database.name), ("User", &database.user)] {
        assert_eq!(page.value(&textbox(label).within(sheet.clone())).await, wanted);
    }
    assert!(page.value(&url).await.contains(&format!("{}@0.0.0.0", database.user)));
    // A URL never weakens the line by itself.
    page.says("The URL asks for sslmode=disable.").await;
    page.says("The server must encrypt, and its certificate must be valid for its name.").await;
    page.picture("pasted-url").await;
    for (label, text) in [("Name", "Acme platform"), ("Host", "localhost")] {
        page.fill(&textbox(label).within(sheet.clone()), text).await;
    }
    page.tick(&super::by::radio("Require and verify (recommended)").within(sheet.clone())).await;
    trust(page, &sheet, &database).await;
    page.click(&button("Test connection").within(sheet.clone())).await;
    page.says("0 keys, schema version").await;
    page.click(&button("Save and connect").within(sheet.clone())).await;
    page.see(&heading("Keys")).await;
    copy_elsewhere("nothing");
}

#[tokio::test]
async fn a_file_is_chosen_in_the_dialog_of_the_desktop() {
    let database = Database::made().await;
    let desk = desk_beside(&database).with("LATCHKEY_CHOOSE_PATH", &database.authority.display());
    let window = desk.open().await;
    let page = &window.page;
    let sheet = add_first(page).await;
    page.click(&button("Certificates and schema").within(sheet.clone())).await;
    page.click(&button("Choose: CA file").within(sheet.clone())).await;
    let file = textbox("CA file").within(sheet.clone());
    let chosen = database.authority.display().to_string();
    eventually("the chosen file", async || (page.value(&file).await == chosen).then_some(())).await;
}

/// A window with two saved connections to two databases; neither is open.
async fn two_saved() -> (Desk, Window, [Database; 2], [String; 2]) {
    let databases = [Database::made().await, Database::made().await];
    let desk = desk_beside(&databases[0]);
    let window = desk.open().await;
    let mut ids = Vec::new();
    for (database, name) in databases.iter().zip(["Acme platform", "Globex"]) {
        ids.push(save(&window.page, &database.draft(name), &database.password).await);
    }
    let ids = ids.try_into().unwrap();
    (desk, window, databases, ids)
}

#[tokio::test]
async fn a_connection_is_renamed_without_its_password_being_typed_again() {
    let (desk, window, databases, _) = two_saved().await;
    let page = &window.page;
    choose(page, "Acme platform").await;
    page.click(&button("Edit")).await;
    let sheet = dialog("Edit Acme platform");
    assert_eq!(page.value(&textbox("Password").within(sheet.clone())).await, "");
    page.says("Saved in the system keychain. Type to replace it.").await;
    page.fill(&textbox("Name").within(sheet.clone()), "Globex").await;
    page.click(&button("Save").within(sheet.clone())).await;
    let said = page.complaint(&textbox("Name").within(sheet.clone())).await;
    assert!(said.contains("Globex") || said.contains("name"), "{said}");
    page.fill(&textbox("Name").within(sheet.clone()), "Acme production").await;
    page.click(&button("Save").within(sheet.clone())).await;
    page.gone(&sheet).await;
    choose(page, "Acme production").await;
    let found = desk.session().secret_tool(&["search", "--all", "service", "dev.latchkey"]);
    assert!(
        found.contains("label = Latchkey: Acme production") && !found.contains("Latchkey: Acme platform")
    );
    page.click(&button("Connect")).await;
    page.see(&heading("Keys")).await;
    assert!(!page.source().await.contains(&databases[0].password));
}

#[tokio::test]
async fn a_copy_of_a_connection_has_everything_but_the_password() {
    let (desk, window, databases, _) = two_saved().await;
    let page = &window.page;
    choose(page, "Acme platform").await;
    page.click(&button("Duplicate")).await;
    let sheet = super::shared::add_sheet();
    assert_eq!(page.value(&textbox("Database").within(sheet.clone())).await, databases[0].name);
    assert_eq!(page.value(&textbox("Password").within(sheet.clone())).await, "");
    page.fill(&textbox("Name").within(sheet.clone()), "Third").await;
    page.click(&button("Save").within(sheet.clone())).await;
    page.gone(&sheet).await;
    choose(page, "Third").await;
    page.click(&button("Connect")).await;
    page.click(&button("Enter the password")).await;
    page.see(&dialog("Password of Third")).await;
    let found = desk.session().secret_tool(&["search", "--all", "service", "dev.latchkey"]);
    assert_eq!(found.matches("label = ").count(), 2);
}

#[tokio::test]
async fn a_removed_connection_takes_its_password_from_the_keyring_and_leaves_the_database_alone() {
    let (desk, window, databases, _) = two_saved().await;
    let page = &window.page;
    choose(page, "Acme platform").await;
    page.press("Delete").await;
    let question = alert_dialog("Remove connection “Acme platform”?");
    page.see(&question).await;
    page.says("The database itself is not touched.").await;
    page.says("Its saved password is deleted from the system keychain.").await;
    page.focused("Cancel").await;
    page.picture("remove-connection").await;
    page.click(&button("Remove connection").within(question.clone())).await;
    page.gone(&question).await;
    page.gone(&option("Acme platform").part()).await;
    let found = desk.session().secret_tool(&["search", "--all", "service", "dev.latchkey"]);
    assert!(!found.contains(&databases[0].password), "its password is still in the keyring");
    assert!(found.contains("label = Latchkey: Globex"));
    let there = databases[0].ask("SELECT count(*) FROM latchkey.meta").await;
    assert_ne!(there, "0", "the store was touched");
}

#[tokio::test]
async fn the_window_goes_from_one_database_to_another_and_back() {
    let (desk, window, databases, ids) = two_saved().await;
    let page = &window.page;
    seed(&desk);
    open(page, &ids[0]).await;
    page.says("Acme platform").await;
    page.press("Control+2").await;
    eventually("the other store", async || (standing(page).await == json!(["open", "Globex"])).then_some(()))
        .await;
    let tenants = page.perform("tenants.list", json!({})).await.unwrap();
    assert_eq!(tenants["items"], json!([]), "the other database is empty");
    open_switcher(page).await;
    page.click(&menu_item("Acme platform").part()).await;
    eventually("the first store", async || {
        (standing(page).await == json!(["open", "Acme platform"])).then_some(())
    })
    .await;
    all_connections(page).await;
    page.see(&option("Globex").part()).await;
    let ends = format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{}'", databases[1].user);
    eventually("the end of the other's connections", async || {
        (databases[1].ask(&ends).await == "0").then_some(())
    })
    .await;
    page.is_quiet().await;
}

async fn standing(page: &Page) -> Value {
    let state = page.invoke("start_state", json!({})).await.unwrap();
    json!([state["store"]["state"], state["store"]["name"]])
}

#[tokio::test]
async fn connecting_can_be_given_up_and_the_window_goes_on() {
    let (silent, _holding) = super::proxy::silent_server().await;
    let database = Database::made().await;
    let desk = desk_beside(&database);
    let window = desk.open().await;
    let page = &window.page;
    let mut draft = database.draft("Silent");
    draft["port"] = json!(silent);
    save(page, &draft, &database.password).await;
    save(page, &database.draft("Acme platform"), &database.password).await;
    choose(page, "Silent").await;
    page.click(&button("Connect")).await;
    page.see(&button("Connecting…")).await;
    page.click(&button("Cancel")).await;
    page.see(&button("Connect")).await;
    choose(page, "Acme platform").await;
    page.click(&button("Connect")).await;
    page.see(&heading("Keys")).await;
    // What was given up does not come back.
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert_eq!(standing(page).await, json!(["open", "Acme platform"]));
}

#[tokio::test]
async fn the_list_is_used_by_keys_alone() {
    let (_desk, window, ..) = two_saved().await;
    let page = &window.page;
    choose(page, "Acme platform").await;
    page.press("Down").await;
    page.see(&heading("Globex")).await;
    page.press("F2").await;
    let sheet = dialog("Edit Globex");
    page.see(&sheet).await;
    page.press("Escape").await;
    page.gone(&sheet).await;
    page.press("Up").await;
    page.see(&heading("Acme platform")).await;
    page.press("Enter").await;
    page.see(&heading("Keys")).await;
}

#[tokio::test]
async fn a_connection_that_is_being_typed_is_not_lost_by_leaving_the_sheet() {
    let desk = Desk::in_session(Session::unlocked());
    let window = desk.open().await;
    let page = &window.page;
    let sheet = add_first(page).await;
    page.fill(&textbox("Name").within(sheet.clone()), "Acme platform").await;
    page.press("Escape").await;
    let question = alert_dialog("Discard what you typed?");
    page.click(&button("Keep editing").within(question.clone())).await;
    page.gone(&question).await;
    assert_eq!(page.value(&textbox("Name").within(sheet.clone())).await, "Acme platform");
    page.click(&button("Save").within(sheet.clone())).await;
    let said = page.complaint(&textbox("Host").within(sheet.clone())).await;
    assert!(!said.is_empty());
}
