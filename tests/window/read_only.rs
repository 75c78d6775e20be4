//! A read-only connection in the real window: it says so, every control that would change something is off
//! with the reason, and every changing operation of the table is refused when it is called past the page.

use latchkey_core::operations::{Visitor, every_operation};
use latchkey_core::{Effect, Operation, Perform};
use latchkey_store::Store;
use serde_json::{Value, json};

use super::by::{By, button, heading, row, tab};
use super::database::Database;
use super::desk::{Desk, Window};
use super::page::Page;
use super::shared::{connected, desk_beside, open, save};
use super::steps::{go_to, open_key, seed, seed_key};

const WORDS: &str = "This connection is read-only.";

/// The operations that change or mint, by name, in the table's order.
#[derive(Default)]
struct Changing(Vec<&'static str>);

impl Visitor<Store> for Changing {
    fn visit<O: Operation>(&mut self)
    where
        Store: Perform<O>,
    {
        match O::EFFECT {
            Effect::Reads => {}
            Effect::Changes | Effect::Mints => self.0.push(O::NAME),
        }
    }
}

fn changing() -> Vec<&'static str> {
    let mut walk = Changing::default();
    every_operation::<Store>(&mut walk);
    walk.0
}

/// A request that would be granted if the connection were not read-only. An operation that is new has none
/// here, and fails the test until it has.
fn plausible(name: &str, key: &str) -> Value {
    let key = json!({ "key": key });
    let with = |more: Value| {
        let mut request = key.clone();
        request.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        request
    };
    match name {
        "tenants.create" => json!({ "slug": "globex", "name": "Globex" }),
        "tenants.update" => json!({ "tenant": "acme", "notes": "changed" }),
        "tenants.suspend" | "tenants.resume" => json!({ "tenant": "acme" }),
        "roles.create" => json!({ "tenant": "acme", "name": "Writer", "permissions": ["posts:write"] }),
        "roles.update" => json!({ "tenant": "acme", "role": "Read-Only", "description": "changed" }),
        "roles.delete" => json!({ "tenant": "acme", "role": "Spare" }),
        "keys.issue" => json!({ "tenant": "acme", "name": "another", "role": "Read-Only" }),
        "keys.update" => with(json!({ "notes": "changed" })),
        "keys.rotate" => with(json!({ "grace": "1h" })),
        "keys.extend_grace" => with(json!({ "by": "1h" })),
        "keys.confirm" | "keys.remint" | "keys.retire_old" | "keys.undo_rotation" | "keys.revoke"
        | "keys.suspend" | "keys.resume" | "keys.reactivate" => key,
        "operators.create" => json!({ "name": "eve", "role": "viewer" }),
        "operators.update" => json!({ "operator": key["key"], "name": "eve" }),
        "operators.rotate" => json!({ "operator": key["key"], "grace": "1h" }),
        "operators.remove" => json!({ "operator": key["key"] }),
        new => panic!("{new} changes something and has no request in this test yet"),
    }
}

/// Calls every changing operation as the page could, and nothing has changed then.
pub async fn every_change_is_refused(desk: &Desk, page: &Page, key: &str, words: &str) {
    let before = desk.json(&["audit", "list", "--limit", "500"]);
    let names = changing();
    assert!(names.len() > 15, "the table was walked: {names:?}");
    for name in names {
        let refused = page.perform(name, plausible(name, key)).await.unwrap_err();
        assert_eq!(
            (refused["code"].as_str(), refused["message"].as_str()),
            (Some("read_only"), Some(words)),
            "{name}"
        );
    }
    assert_eq!(desk.json(&["audit", "list", "--limit", "500"]), before, "the audit is as it was");
    let state = page.invoke("start_state", json!({})).await.unwrap();
    assert_eq!(state["unsaved"], json!([]), "nothing was noted as minted");
}

pub fn seeded(desk: &Desk) -> String {
    seed(desk);
    desk.says(&["roles", "create", "--tenant", "acme", "Spare", "--permission", "posts:read"]);
    seed_key(desk, "n8n").0
}

/// The page says that it is read-only, and no control changes anything.
async fn shows_that_it_is_read_only(window: &Window, words: &str) {
    let page = &window.page;
    page.says("Read-only").await;
    page.see(&row("n8n, ").part()).await;
    is_off(page, "Create key", words).await;
    for key in ["n", "Control+n"] {
        page.press(key).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert!(!page.has(&super::by::dialog("Create key")).await, "a shortcut opens the form all the same");
    go_to(page, "Tenants").await;
    is_off(page, "Create tenant", words).await;
    go_to(page, "Roles").await;
    is_off(page, "Create role", words).await;
    open_key(page, "n8n").await;
    for control in ["Rotate", "Edit", "Revoke"] {
        is_off(page, control, words).await;
    }
    // Looking goes on working.
    page.click(&tab("Activity")).await;
    page.says("created n8n").await;
    page.picture("read-only-key").await;
}

/// A button that cannot be pressed and says why to whoever points at it.
pub async fn is_off(page: &Page, name: &str, words: &str) {
    page.says_no_more(words).await;
    assert!(page.is_disabled(&button(name)).await, "{name} is not disabled");
    page.point_at(&button(name)).await;
    page.says(words).await;
    page.point_at(&heading_of_the_page()).await;
}

/// Where nothing is to be pressed.
fn heading_of_the_page() -> By {
    heading("").part()
}

#[tokio::test]
async fn a_read_only_connection_refuses_every_change_called_past_the_page_and_shows_none() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    let key = seeded(&desk);
    let mut draft = database.draft("Acme platform");
    draft["read_only"] = json!(true);
    let window = connected(&desk, &database, &draft).await;
    shows_that_it_is_read_only(&window, WORDS).await;
    every_change_is_refused(&desk, &window.page, &key, WORDS).await;
    window.page.is_quiet().await;
}

#[tokio::test]
async fn a_connection_made_read_only_while_it_is_open_refuses_at_once() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    let key = seeded(&desk);
    let mut draft = database.draft("Acme platform");
    let window = desk.open().await;
    let page = &window.page;
    let id = save(page, &draft, &database.password).await;
    open(page, &id).await;
    draft["id"] = json!(id);
    draft["read_only"] = json!(true);
    let keep = json!({ "connection": draft, "secret": { "change": "keep" } });
    page.invoke("connection_save", keep).await.unwrap();
    every_change_is_refused(&desk, page, &key, WORDS).await;
}

#[tokio::test]
async fn an_account_that_may_only_look_gets_a_read_only_console() {
    let database = Database::made().await;
    let desk = desk_beside(&database);
    let key = seeded(&desk);
    let viewers = format!("{}_viewers", database.name);
    let names = ["admin", "viewer", "verifier"]
        .map(|role| (format!("--{role}"), format!("{}_{role}s", database.name)));
    let mut arguments = vec!["init", "--grants", "--apply"];
    arguments.extend(names.iter().flat_map(|(option, name)| [option.as_str(), name.as_str()]));
    desk.says(&arguments);
    let viewer = database.with_another_login(&viewers).await;
    let window = connected(&desk, &viewer, &viewer.draft("Acme platform")).await;
    let words = "This database account may only look. Ask for an administrator's account to change anything.";
    shows_that_it_is_read_only(&window, words).await;
    every_change_is_refused(&desk, &window.page, &key, words).await;
    let page = &window.page;
    for (name, request) in [
        ("tenants.list", json!({})),
        ("roles.list", json!({})),
        ("keys.list", json!({})),
        ("keys.get", json!({ "key": key })),
        ("audit.list", json!({})),
        ("audit.verify", json!({})),
        ("changes.since", json!({})),
    ] {
        page.perform(name, request).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    page.see(&heading("n8n")).await;
    page.is_quiet().await;
}
