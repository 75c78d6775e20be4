//! The line to a server breaks while the window is open, an answer is lost on it, or the server takes the token no
//! more: what is on the screen stays, changes pause and say why, and there is a way back.

use std::time::Duration;

use serde_json::json;

use super::by::{button, combobox, dialog, row, textbox};
use super::page::{eventually, within};
use super::proxy::{Loses, Proxy};
use super::served::Served;
use super::server_errors::signed_in;
use super::shared::{open, save};
use super::steps::{go_to, open_key, save_by_copy, seed, seed_key};
use latchkey_core::operations::OperatorsRemove;

const BANNER: &str = "Connection to Acme server was lost. You can look around; changes are paused.";

#[tokio::test]
async fn the_window_stays_useful_while_the_server_is_stopped_and_finds_back_when_it_is_started() {
    let mut served = Served::plain().await;
    let dana = served.operator("dana", "admin", "never").await;
    let desk = served.desk_beside();
    seed(&desk);
    let (id, _) = seed_key(&desk, "n8n");
    let window = signed_in(&desk, &served, &dana).await;
    let page = &window.page;
    page.see(&row("n8n, acme, Active")).await;
    // What others do is told by the server.
    desk.says(&["keys", "suspend", &id]);
    page.see(&row("n8n, acme, Suspended")).await;

    served.stop().await;
    page.says(BANNER).await;
    page.see(&row("n8n, acme, Suspended")).await;
    assert!(page.is_disabled(&button("Create key")).await);
    page.picture("server-lost").await;

    served.start_again().await;
    page.says_no_more_after(Duration::from_mins(1), BANNER).await;
    page.perform("keys.resume", json!({ "key": id })).await.unwrap();
    page.see(&row("n8n, acme, Active")).await;
    assert!(!page.is_disabled(&button("Create key")).await);
    page.is_quiet().await;
}

#[tokio::test]
async fn a_key_whose_answer_from_the_server_was_lost_is_found_offered_again_and_not_made_twice() {
    let served = Served::plain().await;
    let dana = served.operator("dana", "admin", "never").await;
    let desk = served.desk_beside();
    seed(&desk);
    let proxy = Proxy::before_latchkey(served.port).await;
    let window = desk.open().await;
    let page = &window.page;
    let mut draft = served.draft("Acme server");
    draft["url"] = json!(format!("http://localhost:{}", proxy.port));
    let id = save(page, &draft, &dana.token).await;
    open(page, &id).await;
    page.click(&button("Create key")).await;
    let sheet = dialog("Create key");
    page.pick(&combobox("Tenant").within(sheet.clone()), "ACME Corp").await;
    page.fill(&textbox("Name").within(sheet.clone()), "lost-key").await;
    page.pick(&combobox("Role").within(sheet.clone()), "Read-Only").await;
    proxy.lose(Loses::Answer, "lost-key");
    page.click(&button("Create key").within(sheet.clone())).await;
    eventually("the change on the line", async || proxy.has_lost_it().then_some(())).await;
    page.says("The line broke before the answer came.").await;
    page.picture("server-unknown-issue").await;
    proxy.mend();
    page.gone(&sheet).await;
    page.says("1 key was created but never saved: lost-key.").await;
    page.click(&button("Show a new secret")).await;
    page.see(&dialog("Save the new key now")).await;
    let key = save_by_copy(page).await;
    assert!(served.accepts(&key).await);
    let list = desk.json(&["keys", "list", "--search", "lost-key"]);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_operator_who_is_removed_while_the_window_is_open_is_signed_out_and_may_sign_in_as_another() {
    let served = Served::plain().await;
    served.operator("keeper", "admin", "never").await;
    let dana = served.operator("dana", "admin", "never").await;
    let lee = served.operator("lee", "admin", "never").await;
    let desk = served.desk_beside();
    seed(&desk);
    let (id, _) = seed_key(&desk, "n8n");
    let window = signed_in(&desk, &served, &dana).await;
    let page = &window.page;
    page.see(&row("n8n, acme, Active")).await;
    open_key(page, "n8n").await;

    served.perform::<OperatorsRemove>(json!({ "operator": dana.id })).await;
    let refused = page.perform("keys.suspend", json!({ "key": id })).await.unwrap_err();
    assert_eq!((&refused["code"], &refused["field"]), (&json!("auth_failed"), &json!("token")));
    page.says("The server takes your admin token no more").await;
    // What was on the screen stays; nothing can be changed.
    page.says("n8n").await;
    page.picture("signed-out").await;
    for control in ["Rotate", "Edit", "Revoke"] {
        let off = async || page.is_disabled(&button(control)).await.then_some(());
        assert!(within(super::page::PATIENCE, off).await.is_some(), "{control} can still be pressed");
    }

    page.click(&button("Enter another token")).await;
    let question = dialog("Admin token of Acme server");
    page.fill(&textbox("Admin token").within(question.clone()), &lee.token).await;
    page.picture("signed-out-question").await;
    page.click(&button("Connect").within(question.clone())).await;
    page.gone(&question).await;
    page.says_no_more("The server takes your admin token no more").await;
    go_to(page, "Keys").await;
    page.perform("keys.suspend", json!({ "key": id })).await.unwrap();
    page.see(&row("n8n, acme, Suspended")).await;
    let state = page.invoke("start_state", json!({})).await.unwrap();
    assert_eq!(state["store"]["operator"]["name"], "lee");
    let audit = desk.json(&["audit", "list", "--limit", "1"]);
    assert_eq!(
        (&audit["items"][0]["action"], &audit["items"][0]["actor"]),
        (&json!("keys.suspend"), &json!("lee"))
    );
}
