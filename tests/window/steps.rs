//! What a person does often, with the words of the screens: making a store, a tenant, a role and a key,
//! and saving a key that is shown once. Asserts nothing but that each step can be taken.

use latchkey_core::operator::TOKEN_HEAD;
use serde_json::Value;

use super::by::{By, alert_dialog, button, combobox, dialog, heading, link, option, row, textbox};
use super::desk::{Desk, Window, clipboard};
use super::page::{Page, eventually};

/// Opens the window and makes the local store with the prefix `sk`.
pub async fn first_start(desk: &Desk) -> Window {
    let window = desk.open().await;
    let page = &window.page;
    page.fill(&textbox("Prefix of new keys"), "sk").await;
    page.click(&button("Open a local key database")).await;
    page.see(&heading("Keys")).await;
    window
}

/// Goes to a section by the sidebar.
pub async fn go_to(page: &Page, section: &str) {
    page.click(&link(section).part()).await;
    page.see(&heading(section)).await;
}

/// Makes a tenant.
pub async fn create_tenant(page: &Page, name: &str, slug: &str) {
    go_to(page, "Tenants").await;
    page.click(&button("Create tenant")).await;
    let sheet = dialog("Create tenant");
    page.fill(&textbox("Name").within(sheet.clone()), name).await;
    page.fill(&textbox("Short name").within(sheet.clone()), slug).await;
    page.click(&button("Create tenant").within(sheet.clone())).await;
    page.gone(&sheet).await;
    page.see(&heading(name)).await;
}

/// Makes a role from a template.
pub async fn create_role(page: &Page, tenant: &str, template: &str) {
    go_to(page, "Roles").await;
    page.click(&button("Create role")).await;
    let sheet = dialog("Create role");
    page.pick(&combobox("Tenant").within(sheet.clone()), tenant).await;
    choose(page, &combobox("Start from a template").within(sheet.clone()), template).await;
    page.click(&button("Create role").within(sheet.clone())).await;
    page.gone(&sheet).await;
    page.see(&row(template).part()).await;
}

/// Chooses in a list that opens from a button.
pub async fn choose(page: &Page, list: &By, name: &str) {
    page.click(list).await;
    page.click(&option(name).part()).await;
}

/// Fills the sheet that creates a key and sends it; ends at the dialog that shows the key once.
pub async fn issue(page: &Page, tenant: &str, name: &str, role: &str) {
    go_to(page, "Keys").await;
    page.click(&button("Create key")).await;
    let sheet = dialog("Create key");
    page.pick(&combobox("Tenant").within(sheet.clone()), tenant).await;
    page.fill(&textbox("Name").within(sheet.clone()), name).await;
    page.pick(&combobox("Role").within(sheet.clone()), role).await;
    page.click(&button("Create key").within(sheet)).await;
    page.see(&dialog("Save this key now")).await;
}

/// Copies the key that is shown once and reads it from the clipboard as another program does.
pub async fn copy(page: &Page) -> String {
    copy_by(page, "Copy key", "sk_").await
}

/// The same for an operator's token.
pub async fn copy_token(page: &Page) -> String {
    copy_by(page, "Copy token", TOKEN_HEAD).await
}

async fn copy_by(page: &Page, press: &str, head: &str) -> String {
    let before = clipboard();
    page.click(&button(press)).await;
    eventually("what is shown once on the clipboard", async || {
        let text = clipboard();
        (text != before && text.starts_with(head)).then_some(text)
    })
    .await
}

/// Copies the key, reads it from the clipboard and closes the dialog.
pub async fn save_by_copy(page: &Page) -> String {
    let key = copy(page).await;
    done(page).await;
    key
}

/// Closes the dialog of a key that is saved.
pub async fn done(page: &Page) {
    page.click(&button("Done")).await;
    for title in
        ["Save this key now", "Save the new key now", "Save this token now", "Save the new token now"]
    {
        page.gone(&dialog(title)).await;
    }
}

/// Opens a key's page from the table.
pub async fn open_key(page: &Page, name: &str) {
    go_to(page, "Keys").await;
    page.click(&row(&format!("{name}, ")).part()).await;
    page.see(&heading(name)).await;
}

/// Answers a question.
pub async fn answer(page: &Page, question: &str, with: &str) {
    let question = alert_dialog(question);
    page.click(&button(with).within(question.clone())).await;
    page.gone(&question).await;
}

/// A tenant `acme` with the role `Read-Only`, made by the command line; the store must be there.
pub fn seed(desk: &Desk) {
    desk.says(&["tenants", "create", "acme", "--name", "ACME Corp"]);
    desk.says(&["roles", "create", "--tenant", "acme", "Read-Only", "--permission", "posts:read"]);
}

/// A confirmed key of `acme`, made by the command line: its id and its plaintext.
pub fn seed_key(desk: &Desk, name: &str) -> (String, String) {
    let plaintext = desk.says(&["keys", "issue", "--tenant", "acme", "--name", name, "--role", "Read-Only"]);
    (key_id(desk, name), plaintext)
}

/// The id of the key of this name.
pub fn key_id(desk: &Desk, name: &str) -> String {
    let list = desk.json(&["keys", "list", "--search", name]);
    let items = list["items"].as_array().unwrap();
    let named = |item: &&Value| item["name"] == name;
    items.iter().find(named).unwrap()["id"].as_str().unwrap().to_owned()
}

/// The part of a key that no hint shows.
pub fn secret_part(key: &str) -> &str {
    &key[key.len() - 26..]
}
