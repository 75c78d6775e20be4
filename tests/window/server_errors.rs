//! What a person reads of a server when something is refused: the same words as on a local store where the store
//! refuses, and words of its own with one next step where no server is reached, or not the right one.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::by::{By, alert_dialog, button, dialog, heading, radio, textbox};
use super::desk::{Desk, Window};
use super::page::Page;
use super::proxy::Proxy;
use super::served::{Operator, Served};
use super::shared::{choose, open, save};
use super::steps::{first_start, go_to, open_key, seed, seed_key};

/// Opens the window and the server in it, as `operator`.
pub async fn signed_in(desk: &Desk, served: &Served, operator: &Operator) -> Window {
    let window = desk.open().await;
    let id = save(&window.page, &served.draft("Acme server"), &operator.token).await;
    open(&window.page, &id).await;
    window
}

/// Makes what the refusals are tried on.
fn ready(desk: &Desk) {
    seed(desk);
    desk.says(&["tenants", "update", "acme", "--max-grace", "1d"]);
    seed_key(desk, "n8n");
}

/// Tries what is refused, screen by screen; what is said each time.
async fn refused(desk: &Desk, page: &Page) -> Vec<String> {
    vec![
        a_name_that_is_taken(page).await,
        a_grace_period_beyond_the_policy(page).await,
        a_conflict_with_somebody_else(desk, page).await,
        an_operation_that_is_refused(
            page,
            "keys.get",
            json!({ "key": "key_00000000000000000000000000000000" }),
        )
        .await,
        an_operation_that_is_refused(page, "keys.list", json!({ "cursor": "forged" })).await,
        an_operation_that_is_refused(page, "keys.issue", json!({ "tenant": "acme", "name": "" })).await,
        an_operation_that_is_refused(page, "keys.issue", json!({ "tenant": "acme", "nmae": "x" })).await,
        an_operation_that_is_refused(page, "roles.delete", json!({ "tenant": "acme", "role": "Read-Only" }))
            .await,
    ]
}

async fn a_name_that_is_taken(page: &Page) -> String {
    go_to(page, "Tenants").await;
    page.click(&button("Create tenant")).await;
    let sheet = dialog("Create tenant");
    page.fill(&textbox("Name").within(sheet.clone()), "Another").await;
    page.fill(&textbox("Short name").within(sheet.clone()), "acme").await;
    page.click(&button("Create tenant").within(sheet.clone())).await;
    let said = page.complaint(&textbox("Short name").within(sheet.clone())).await;
    leave(page, &sheet).await;
    said
}

async fn leave(page: &Page, sheet: &By) {
    page.press("Escape").await;
    page.click(&button("Discard changes").within(alert_dialog("Discard what you typed?"))).await;
    page.gone(sheet).await;
}

async fn a_grace_period_beyond_the_policy(page: &Page) -> String {
    open_key(page, "n8n").await;
    let key = key_in_sight(page).await;
    page.click(&button("Rotate")).await;
    let rotate = dialog("Rotate key");
    // What is offered stays within the policy, so the call is made past the page.
    page.see(&radio("24 hours").within(rotate.clone())).await;
    page.press("Escape").await;
    page.gone(&rotate).await;
    an_operation_that_is_refused(page, "keys.rotate", json!({ "key": key, "grace": "7d" })).await
}

async fn key_in_sight(page: &Page) -> Value {
    let keys = page.perform("keys.list", json!({ "search": "n8n" })).await.unwrap();
    keys["items"][0]["id"].clone()
}

async fn a_conflict_with_somebody_else(desk: &Desk, page: &Page) -> String {
    let key = key_in_sight(page).await;
    open_key(page, "n8n").await;
    page.click(&button("Edit")).await;
    let sheet = dialog("Edit n8n");
    let owner = textbox("Owner or contact").within(sheet.clone());
    page.fill(&owner, "Ann").await;
    desk.says(&["keys", "update", key.as_str().unwrap(), "--owner", "Bob"]);
    page.click(&button("Save key").within(sheet.clone())).await;
    page.see(&button("Keep mine and save")).await;
    page.says("What you typed stays.").await;
    page.says("Bob").await;
    assert_eq!(page.value(&owner).await, "Ann");
    let said = "return document.querySelector('[role=dialog]').innerText.split('\\n').find((line) => line.includes('changed this'))";
    let said = page.run(said, vec![]).await.as_str().unwrap_or_default().to_owned();
    page.click(&button("Keep mine and save")).await;
    page.gone(&sheet).await;
    page.says("Key saved").await;
    said
}

/// Code, field and message, without what is another each time.
async fn an_operation_that_is_refused(page: &Page, name: &str, request: Value) -> String {
    let error = page.perform(name, request).await.unwrap_err();
    format!("{name}: {} {} {}", error["code"], error["field"], error["message"])
}

#[tokio::test]
async fn what_a_store_refuses_is_said_in_the_same_words_on_a_server() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    ready(&desk);
    let local = refused(&desk, &window.page).await;
    window.close().await;

    let served = Served::plain().await;
    let dana = served.operator("dana", "admin", "never").await;
    let desk = served.desk_beside();
    ready(&desk);
    let window = signed_in(&desk, &served, &dana).await;
    let remote = refused(&desk, &window.page).await;
    println!("{remote:#?}");
    assert_eq!(remote, local);
    window.page.is_quiet().await;
}

/// A window with one saved connection, changed as the test wants, after Connect was pressed.
async fn not_opened(served: &Served, change: impl FnOnce(&mut Value)) -> (Desk, Window) {
    let dana = served.operator("dana", "admin", "never").await;
    let desk = served.desk_beside();
    let window = desk.open().await;
    let page = &window.page;
    let mut draft = served.draft("Acme server");
    change(&mut draft);
    save(page, &draft, &dana.token).await;
    choose(page, "Acme server").await;
    page.click(&button("Connect")).await;
    page.says("“Acme server” was not opened.").await;
    assert!(!page.source().await.contains(&dana.token), "the token is in the page");
    (desk, window)
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_no_token() {
    let served = Served::encrypted().await;
    let (_desk, window) = not_opened(&served, |draft| draft["ca_file"] = Value::Null).await;
    window.page.says("No token was sent.").await;
    window.page.see(&button("Edit connection")).await;
    window.page.picture("server-untrusted").await;
}

#[tokio::test]
async fn a_server_that_does_not_run_is_named() {
    let mut served = Served::plain().await;
    served.stop().await;
    let words = format!("Nothing answers at localhost:{}: the connection was refused.", served.port);
    let (_desk, window) = not_opened(&served, |_| ()).await;
    window.page.says(&words).await;
    served.start_again().await;
    window.page.click(&button("Retry")).await;
    window.page.see(&heading("Keys")).await;
}

#[tokio::test]
async fn something_else_that_answers_is_not_taken_for_a_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answering = tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\nhello";
            let _ = client.write_all(page.as_bytes()).await;
        }
    });
    let served = Served::plain().await;
    let url = format!("http://localhost:{port}");
    let (_desk, window) = not_opened(&served, |draft| draft["url"] = json!(url)).await;
    window.page.says("answered, but not as a Latchkey server.").await;
    answering.abort();
}

#[tokio::test]
async fn another_version_is_said_while_it_is_open_and_another_api_opens_nothing() {
    let served = Served::plain().await;
    let ours = env!("CARGO_PKG_VERSION");
    let newer = "9.9.9";
    assert_eq!(ours.len(), newer.len(), "the proxy changes no length");
    let proxy = Proxy::rewriting(served.port, &[(ours, newer)]).await;
    let dana = served.operator("dana", "admin", "never").await;
    let desk = served.desk_beside();
    let window = desk.open().await;
    let page = &window.page;
    let mut draft = served.draft("Acme server");
    draft["url"] = json!(format!("http://localhost:{}", proxy.port));
    let id = save(page, &draft, &dana.token).await;
    open(page, &id).await;
    let said = format!("The server's version is {newer}, this program's {ours}.");
    page.says(&said).await;
    go_to(page, "Tenants").await;
    page.says(&said).await;
    page.picture("version-skew").await;
    super::shared::all_connections(page).await;

    let proxy =
        Proxy::rewriting(served.port, &[("latchkey-api: 1", "latchkey-api: 2"), ("\"api\":1", "\"api\":2")])
            .await;
    draft["name"] = json!("Newer server");
    draft["url"] = json!(format!("http://localhost:{}", proxy.port));
    save(page, &draft, &dana.token).await;
    choose(page, "Newer server").await;
    page.click(&button("Connect")).await;
    page.says("speaks another version of the admin API").await;
    page.picture("version-refused").await;
}

#[tokio::test]
async fn a_token_near_its_end_says_so_on_every_screen() {
    let served = Served::plain().await;
    let dana = served.operator("dana", "admin", "7d").await;
    let desk = served.desk_beside();
    let window = signed_in(&desk, &served, &dana).await;
    let page = &window.page;
    page.says("Your admin token ends on ").await;
    go_to(page, "Tenants").await;
    page.says("Your admin token ends on ").await;
    page.picture("token-ends").await;
    let state = page.invoke("start_state", json!({})).await.unwrap();
    assert_eq!(state["store"]["operator"]["name"], "dana");
    assert!(state["store"]["operator"]["expires_at"].is_string(), "{state}");
}
