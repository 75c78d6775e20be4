//! Steps with a shared database: a connection saved and opened over the commands that the page uses, for
//! tests whose subject is what comes after. Asserts nothing but that each step can be taken.

use serde_json::{Value, json};

use super::by::{By, button, dialog, heading, link, menu_item, option, radio, textbox};
use super::database::Database;
use super::desk::{Desk, Window};
use super::page::Page;
use super::session::Session;

/// A desk in a session of its own, with an unlocked keyring; its command line works on `database`.
pub fn desk_beside(database: &Database) -> Desk {
    Desk::in_session(Session::unlocked()).beside(&database.owner_url())
}

/// Saves a connection and lets the page read the list anew, as it had not saved it itself; its id.
pub async fn save(page: &Page, draft: &Value, password: &str) -> String {
    let secret = json!({ "change": "set", "text": password });
    let answer =
        page.invoke("connection_save", json!({ "connection": draft, "secret": secret })).await.unwrap();
    assert_eq!(answer.get("secret_error").unwrap_or(&Value::Null), &Value::Null);
    page.begin_anew().await;
    answer["saved"].as_str().unwrap().to_owned()
}

/// Opens a saved connection and waits until its keys are shown. The page that is in sight stays when the store
/// is changed behind its back, so it is left first.
pub async fn open(page: &Page, id: &str) {
    let keys = link("Keys").part();
    if page.has(&keys).await {
        page.click(&keys).await;
    }
    page.invoke("connection_open", json!({ "id": id })).await.unwrap();
    page.see(&heading("Keys")).await;
}

/// Opens the window, saves the connection and opens it.
pub async fn connected(desk: &Desk, database: &Database, draft: &Value) -> Window {
    let window = desk.open().await;
    let id = save(&window.page, draft, &database.password).await;
    open(&window.page, &id).await;
    window
}

/// Chooses a connection on the start page.
pub async fn choose(page: &Page, name: &str) {
    page.click(&option(name).part()).await;
    page.see(&heading(name)).await;
}

/// The sheet in which a connection is added.
pub fn add_sheet() -> By {
    dialog("Add connection")
}

/// Opens that sheet from the first start's card.
pub async fn add_first(page: &Page) -> By {
    page.click(&button("Connect to a shared database")).await;
    page.see(&add_sheet()).await;
    add_sheet()
}

/// Opens that sheet from the list of connections.
pub async fn add_another(page: &Page) -> By {
    page.click(&button("Add connection")).await;
    page.see(&add_sheet()).await;
    add_sheet()
}

/// Fills in where `database` is, and what opens it, by hand.
pub async fn fill_in(page: &Page, sheet: &By, name: &str, database: &Database) {
    for (label, text) in [
        ("Name", name),
        ("Host", "localhost"),
        ("Port", &database.port.to_string()),
        ("Database", &database.name),
        ("User", &database.user),
        ("Password", &database.password),
    ] {
        page.fill(&textbox(label).within(sheet.clone()), text).await;
    }
    page.tick(&radio("Require and verify (recommended)").within(sheet.clone())).await;
    trust(page, sheet, database).await;
}

/// Names the authority that signed the server's certificate, by its path.
pub async fn trust(page: &Page, sheet: &By, database: &Database) {
    let file = textbox("CA file").within(sheet.clone());
    if !page.has(&file).await {
        page.click(&button("Certificates and schema").within(sheet.clone())).await;
    }
    page.fill(&file, &database.authority.display().to_string()).await;
}

/// Opens the list of connections in the sidebar.
pub async fn open_switcher(page: &Page) {
    let state = page.invoke("start_state", json!({})).await.unwrap();
    page.click(&button(state["store"]["name"].as_str().unwrap()).part()).await;
    page.see(&menu_item("All connections")).await;
}

/// Closes what is open and goes back to the list of connections.
pub async fn all_connections(page: &Page) {
    open_switcher(page).await;
    page.click(&menu_item("All connections")).await;
    page.see(&button("Add connection")).await;
}
