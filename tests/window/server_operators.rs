//! Operators in the window: one who is made there signs in with the token that was shown once; a rotated token is
//! taken no more, a removed operator signs in no more, and the last admin stays.

use latchkey_core::operations::OperatorsList;
use latchkey_core::page::Page as Items;
use serde_json::json;

use super::by::{By, alert_dialog, button, dialog, menu_item, radio, row, textbox};
use super::page::Page;
use super::served::Served;
use super::server_errors::signed_in;
use super::steps::{copy_token, done, go_to};

/// Makes an issuer in the window; the token that is shown.
async fn create(page: &Page, name: &str) -> String {
    go_to(page, "Operators").await;
    page.click(&button("New operator")).await;
    let sheet = dialog("New operator");
    page.fill(&textbox("Name").within(sheet.clone()), name).await;
    page.tick(&radio("Issuer").part().within(sheet.clone())).await;
    page.picture("operator-new").await;
    page.click(&button("Create operator").within(sheet.clone())).await;
    page.see(&dialog("Save this token now")).await;
    page.picture("operator-token").await;
    let token = copy_token(page).await;
    done(page).await;
    token
}

/// Chooses in the menu of an operator's row.
async fn choose(page: &Page, operator: &str, what: &str) {
    go_to(page, "Operators").await;
    let line: By = row(&format!("{operator}, ")).part();
    page.click(&button("More actions").within(line)).await;
    page.click(&menu_item(what).part()).await;
}

/// Signs in with a token past the page; as whom the server knows it then.
async fn sign_in(page: &Page, token: &str) -> Result<String, String> {
    let state = page.invoke("start_state", json!({})).await.unwrap();
    let id = state["store"]["connection"]["id"].clone();
    match page.invoke("connection_open", json!({ "id": id, "secret": token })).await {
        Ok(state) => Ok(state["store"]["operator"]["name"].as_str().unwrap().to_owned()),
        Err(error) => Err(error["code"].as_str().unwrap().to_owned()),
    }
}

async fn remove(page: &Page, name: &str) -> By {
    choose(page, name, "Remove").await;
    let question = alert_dialog(&format!("Remove {name}?"));
    page.see(&question).await;
    let typed = textbox(&format!("Type {name} to confirm")).within(question.clone());
    // Asked where the token was used in the last day.
    if page.has(&typed).await {
        page.fill(&typed, name).await;
    }
    page.click(&button("Remove operator").within(question.clone())).await;
    question
}

#[tokio::test]
async fn an_operator_made_in_the_window_signs_in_until_the_token_is_rotated_or_the_operator_removed() {
    let served = Served::plain().await;
    let dana = served.operator("dana", "admin", "never").await;
    let desk = served.desk_beside();
    let window = signed_in(&desk, &served, &dana).await;
    let page = &window.page;
    let first = create(page, "lee").await;
    page.see(&row("lee, Issuer, Active")).await;
    page.picture("operators").await;
    assert_eq!(sign_in(page, &first).await.unwrap(), "lee");
    assert_eq!(sign_in(page, &dana.token).await.unwrap(), "dana");

    choose(page, "lee", "Rotate token").await;
    let rotate = dialog("Rotate the token of lee?");
    page.tick(&radio("Stop now").within(rotate.clone())).await;
    page.click(&button("Rotate token").within(rotate.clone())).await;
    page.see(&dialog("Save the new token now")).await;
    let second = copy_token(page).await;
    done(page).await;
    assert_eq!(sign_in(page, &second).await.unwrap(), "lee");
    assert_eq!(sign_in(page, &dana.token).await.unwrap(), "dana");
    assert_eq!(sign_in(page, &first).await.unwrap_err(), "auth_failed");
    assert_eq!(sign_in(page, &dana.token).await.unwrap(), "dana");

    let question = remove(page, "lee").await;
    page.gone(&question).await;
    page.see(&row("lee, Issuer, Removed")).await;
    assert_eq!(sign_in(page, &second).await.unwrap_err(), "auth_failed");
    assert_eq!(sign_in(page, &dana.token).await.unwrap(), "dana");

    let question = remove(page, "dana").await;
    page.says("Make another operator an admin first").await;
    page.picture("operator-last").await;
    page.press("Escape").await;
    page.gone(&question).await;
    let Items { items, .. } = served.perform::<OperatorsList>(json!({})).await;
    assert_eq!(items.len(), 2);
    // Neither token is anywhere but on the screen that was closed and on the clipboard.
    let source = page.source().await;
    assert!(!source.contains(&first) && !source.contains(&second), "a token is in the page");
    for (path, bytes) in desk.files() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&first) && !text.contains(&second), "a token is in {path}");
    }
    super::desk::copy_elsewhere("nothing");
    page.is_quiet().await;
}
