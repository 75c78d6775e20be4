//! The whole story of one key on a remote server in a real window: the server is added by hand with its CA file and
//! an operator's token, which goes to the keyring; everything is still there after a restart, unasked. What the
//! server takes is asked of the server itself.

use super::by::{By, button, heading, textbox};
use super::connections::{is_in_the_keyring, leaks_nothing};
use super::desk::Window;
use super::page::Page;
use super::served::{Operator, Served};
use super::shared::{add_sheet, choose};
use super::story::{ACTIONS, actions, is_still_told, tell, with_a_file};

/// What the connection is called.
const NAME: &str = "Acme server";

/// Opens the sheet from the first start's card and fills in where the server is and what opens it.
async fn add(page: &Page, served: &Served, operator: &Operator) -> By {
    page.click(&button("Connect to a Latchkey server")).await;
    let sheet = add_sheet();
    page.see(&sheet).await;
    for (label, text) in [("Name", NAME), ("Server address", &served.url()), ("Admin token", &operator.token)]
    {
        page.fill(&textbox(label).within(sheet.clone()), text).await;
    }
    page.click(&button("Certificate authority").within(sheet.clone())).await;
    let authority = served.authority.as_ref().unwrap().display().to_string();
    page.fill(&textbox("CA file").within(sheet.clone()), &authority).await;
    sheet
}

#[tokio::test]
async fn the_whole_story_of_one_key_on_a_remote_server() {
    let served = Served::encrypted().await;
    let dana = served.operator("dana", "admin", "never").await;
    let desk = with_a_file(served.desk_beside().with("LATCHKEY_LOG", &"trace"));
    let window = desk.open().await;
    let page = &window.page;
    let sheet = add(page, &served, &dana).await;
    page.click(&button("Test connection").within(sheet.clone())).await;
    page.says("Connected to Latchkey server ").await;
    page.says("You are dana (admin).").await;
    page.picture("server-tested").await;
    page.click(&button("Save and connect").within(sheet.clone())).await;
    page.gone(&sheet).await;
    page.see(&heading("Keys")).await;
    page.picture("server-open").await;

    tell(&desk, &window, async |key| served.accepts(key).await).await;
    page.picture("server-activity").await;
    leaks_nothing(&window, &desk, &dana.token).await;
    is_in_the_keyring(&desk, NAME, &dana.token);
    window.close().await;

    let window = is_still_told(&desk).await;
    leaks_nothing(&window, &desk, &dana.token).await;
    the_token_came_over_no_ipc(&window, &dana).await;
    assert_eq!(actions(&desk), ACTIONS);
    // Every step was taken by the operator, at the server.
    let audit = desk.json(&["audit", "list", "--limit", "100"]);
    for entry in audit["items"].as_array().unwrap() {
        if ACTIONS.contains(&entry["action"].as_str().unwrap()) {
            assert_eq!((&entry["actor"], &entry["source"]), (&"dana".into(), &"server".into()), "{entry}");
        }
    }
}

async fn the_token_came_over_no_ipc(window: &Window, operator: &Operator) {
    let mut answers = window.page.noted("answers").await;
    answers.retain(|answer| answer.to_string().contains(&operator.token));
    assert!(answers.is_empty(), "the token came over IPC");
    window.page.is_quiet().await;
}

#[tokio::test]
async fn a_token_that_is_not_kept_is_asked_for_and_a_wrong_one_is_refused_at_its_field() {
    let served = Served::plain().await;
    let dana = served.operator("dana", "admin", "never").await;
    let desk = served.desk_beside();
    let window = desk.open().await;
    let page = &window.page;
    let mut draft = served.draft(NAME);
    draft["keep"] = "session".into();
    let saved = serde_json::json!({ "connection": draft, "secret": { "change": "clear" } });
    page.invoke("connection_save", saved).await.unwrap();
    page.begin_anew().await;
    choose(page, NAME).await;
    page.click(&button("Connect")).await;
    let question = super::by::dialog(&format!("Admin token of {NAME}"));
    page.see(&question).await;
    let field = textbox("Admin token").within(question.clone());
    let wrong = format!("{}0", &dana.token[..dana.token.len() - 1]);
    for typed in ["not a token", wrong.as_str()] {
        page.fill(&field, typed).await;
        page.click(&button("Connect").within(question.clone())).await;
        let said = page.complaint(&field).await;
        assert!(said.contains("token"), "{said}");
    }
    page.picture("token-refused").await;
    page.fill(&field, &dana.token).await;
    page.click(&button("Connect").within(question.clone())).await;
    page.see(&heading("Keys")).await;
    page.is_quiet().await;
}
