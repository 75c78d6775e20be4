//! The line to the database breaks while the window is open: what is on the screen stays, changes pause and
//! say why, the window finds back by itself; a change whose answer was lost is looked up, never made twice.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::servers::postgres::Postgres;
use xtask::servers::room;

use super::by::{By, button, combobox, dialog, row, textbox};
use super::database::Database;
use super::desk::{Desk, Window};
use super::page::{Page, eventually, within};
use super::proxy::{Loses, Proxy};
use super::read_only::is_off;
use super::shared::{connected, desk_beside};
use super::steps::{go_to, open_key, save_by_copy, seed, seed_key};

const BANNER: &str = "Connection to Acme platform was lost. You can look around; changes are paused.";
const PAUSED: &str = "The connection was lost. Changes are paused until the store answers again.";
const UNKNOWN: &str = "The line broke before the answer came. Latchkey finds out what became of it as soon as the store answers.";

#[tokio::test]
async fn the_window_stays_useful_while_the_database_is_stopped_and_finds_back_when_it_is_started() {
    let folder = TempDir::new().unwrap();
    let mut cluster = Postgres::start(&room(folder.path(), "postgres").unwrap(), false).unwrap();
    let database = Database::on_cluster(&cluster).await;
    database.make().await;
    let desk = desk_beside(&database);
    seed(&desk);
    let (id, _) = seed_key(&desk, "n8n");
    let window = connected(&desk, &database, &database.draft("Acme platform")).await;
    let page = &window.page;
    page.see(&row("n8n, acme, Active")).await;

    cluster.stop();
    page.says(BANNER).await;
    page.says("Reconnecting… try").await;
    page.see(&row("n8n, acme, Active")).await;
    is_off(page, "Create key", PAUSED).await;
    page.picture("lost-line").await;
    // A page that was not open before can say nothing; one that was is still there.
    go_to(page, "Keys").await;
    page.see(&row("n8n, acme, Active")).await;
    let offline = async || {
        page.click(&button("Reconnect now")).await;
        page.words().await.contains("Offline, showing data from").then_some(())
    };
    // Each try takes as long as a program waits for a database.
    assert!(within(Duration::from_mins(1), offline).await.is_some(), "it is not called offline");
    page.picture("offline").await;

    cluster.start_again().unwrap();
    // Who is offline tries again every half minute.
    page.says_no_more_after(Duration::from_mins(1), BANNER).await;
    page.says("Read and write").await;
    // What happened meanwhile is there, and changes are possible.
    desk.says(&["keys", "suspend", &id]);
    page.see(&row("n8n, acme, Suspended")).await;
    page.perform("keys.resume", json!({ "key": id })).await.unwrap();
    page.see(&row("n8n, acme, Active")).await;
    assert!(!page.is_disabled(&button("Create key")).await);
}

/// A window whose line goes through a proxy.
struct Thread {
    window: Window,
    desk: Desk,
    proxy: Proxy,
    database: Database,
}

impl Thread {
    async fn new() -> Self {
        let database = Database::made().await;
        let desk = desk_beside(&database);
        seed(&desk);
        seed_key(&desk, "n8n");
        let proxy = Proxy::before(database.port).await;
        let mut draft = database.draft("Acme platform");
        // In the clear, so that the proxy knows a change when it passes.
        draft["port"] = json!(proxy.port);
        draft["host"] = json!("127.0.0.1");
        draft["encryption"] = json!("off");
        draft["ca_file"] = Value::Null;
        let window = connected(&desk, &database, &draft).await;
        Self { window, desk, proxy, database }
    }

    fn page(&self) -> &Page {
        &self.window.page
    }

    /// Waits until the line broke in the middle of the change, and the form says that nothing is known.
    async fn broke(&self) {
        eventually("the change on the line", async || self.proxy.has_lost_it().then_some(())).await;
        self.page().says(UNKNOWN).await;
    }

    /// How often an operation is in the audit.
    async fn noted(&self, action: &str) -> String {
        self.database.ask(&format!("SELECT count(*) FROM latchkey.audit WHERE action = '{action}'")).await
    }
}

async fn fill_new_key(page: &Page, name: &str) -> By {
    go_to(page, "Keys").await;
    page.click(&button("Create key")).await;
    let sheet = dialog("Create key");
    page.pick(&combobox("Tenant").within(sheet.clone()), "ACME Corp").await;
    page.fill(&textbox("Name").within(sheet.clone()), name).await;
    page.pick(&combobox("Role").within(sheet.clone()), "Read-Only").await;
    sheet
}

#[tokio::test]
async fn a_key_whose_answer_was_lost_is_found_offered_again_and_not_made_twice() {
    let thread = Thread::new().await;
    let page = thread.page();
    let sheet = fill_new_key(page, "lost-key").await;
    thread.proxy.lose(Loses::Answer, "lost-key");
    page.click(&button("Create key").within(sheet.clone())).await;
    thread.broke().await;
    page.picture("unknown-issue").await;
    // What was typed stays, and cannot be sent a second time meanwhile.
    assert!(page.source().await.contains("lost-key"));
    assert!(!page.has(&button("Create key").within(sheet.clone())).await);
    thread.proxy.mend();
    page.gone(&sheet).await;
    page.says("1 key was created but never saved: lost-key.").await;
    page.click(&button("Show a new secret")).await;
    page.see(&dialog("Save the new key now")).await;
    let key = save_by_copy(page).await;
    assert!(thread.desk.accepts(&key));
    let issued = "SELECT count(*) FROM latchkey.keys WHERE name = 'lost-key'";
    assert_eq!(thread.database.ask(issued).await, "1");
    assert_eq!(page.perform("audit.verify", json!({})).await.unwrap()["intact"], true);
}

async fn edit_owner(page: &Page, owner: &str) -> By {
    open_key(page, "n8n").await;
    page.click(&button("Edit")).await;
    let sheet = dialog("Edit n8n");
    page.fill(&textbox("Owner or contact").within(sheet.clone()), owner).await;
    sheet
}

#[tokio::test]
async fn an_edit_whose_answer_was_lost_is_told_as_made_once_the_database_answers() {
    let thread = Thread::new().await;
    let page = thread.page();
    let sheet = edit_owner(page, "lost-owner").await;
    thread.proxy.lose(Loses::Answer, "lost-owner");
    page.click(&button("Save key").within(sheet.clone())).await;
    thread.broke().await;
    page.picture("unknown-edit").await;
    thread.proxy.mend();
    page.gone(&sheet).await;
    page.says("Key saved").await;
    page.says("lost-owner").await;
    assert_eq!(thread.noted("keys.update").await, "1");
}

#[tokio::test]
async fn an_edit_that_never_arrived_is_told_as_not_made_and_is_made_once_when_it_is_sent_again() {
    let thread = Thread::new().await;
    let page = thread.page();
    let sheet = edit_owner(page, "lost-owner").await;
    thread.proxy.lose(Loses::Change, "lost-owner");
    page.click(&button("Save key").within(sheet.clone())).await;
    thread.broke().await;
    assert_eq!(thread.noted("keys.update").await, "0");
    thread.proxy.mend();
    page.says("It was not done. Nothing was changed. Try again.").await;
    page.picture("not-done").await;
    assert_eq!(page.value(&textbox("Owner or contact").within(sheet.clone())).await, "lost-owner");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(thread.noted("keys.update").await, "0", "it was repeated by itself");
    page.click(&button("Save key").within(sheet.clone())).await;
    page.gone(&sheet).await;
    assert_eq!(thread.noted("keys.update").await, "1");
    page.says("lost-owner").await;
}
