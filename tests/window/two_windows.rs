//! Two real windows on one PostgreSQL database, as two administrators have them: what one does the other
//! sees within a second, and of two changes at once one is made and the other is told who was first.

use std::time::{Duration, Instant};

use latchkey_core::{Clock as _, SystemClock};
use latchkey_tests::rounds;
use serde_json::{Value, json};

use super::by::{button, dialog, row, textbox};
use super::database::Database;
use super::desk::{Desk, Window};
use super::page::{Page, within};
use super::shared::{connected, desk_beside};
use super::steps::{go_to, open_key, seed, seed_key};

/// “Within a second”, and what a busy computer adds.
const SOON: Duration = Duration::from_millis(2500);

/// A window and the desk it stands on, in the order in which they end.
struct Seat {
    window: Window,
    desk: Desk,
}

impl Seat {
    fn page(&self) -> &Page {
        &self.window.page
    }
}

/// Two windows on one database with a tenant, a role and nothing else.
async fn two() -> (Database, Seat, Seat) {
    let database = Database::made().await;
    let left = seat(&database).await;
    let right = seat(&database).await;
    seed(&left.desk);
    (database, left, right)
}

async fn seat(database: &Database) -> Seat {
    let desk = desk_beside(database);
    let window = connected(&desk, database, &database.draft("Acme platform")).await;
    Seat { window, desk }
}

/// Lets both pages perform an operation at the same moment of the computer's clock.
async fn at_once(left: &Page, right: &Page, name: &str, requests: [Value; 2]) -> [Result<Value, Value>; 2] {
    let script = "const [at, name, request, done] = arguments;
        setTimeout(() => window.__TAURI_INTERNALS__.invoke('perform', { name, request })
            .then((answer) => done([true, answer]), (error) => done([false, error])), at - Date.now());";
    let at = json!(SystemClock.now().as_millis() + 80);
    let [one, two] = requests.map(|request| vec![at.clone(), name.into(), request]);
    let (one, two) =
        tokio::join!(left.client.execute_async(script, one), right.client.execute_async(script, two));
    [one, two].map(|answer| {
        let answer = answer.unwrap();
        if answer[0] == true { Ok(answer[1].clone()) } else { Err(answer[1].clone()) }
    })
}

/// Of two answers one is a success and the other a conflict that says who was first and when: which page won,
/// and what it was answered.
fn one_winner(answers: [Result<Value, Value>; 2], version: i64) -> (usize, Value) {
    let (place, won, lost) = match answers {
        [Ok(won), Err(lost)] => (0, won, lost),
        [Err(lost), Ok(won)] => (1, won, lost),
        [Ok(_), Ok(_)] => panic!("both won"),
        [Err(one), Err(two)] => panic!("neither won: {one} {two}"),
    };
    assert_eq!(lost["code"], "conflict", "{lost}");
    assert!(lost["by"].is_string() && lost["at"].is_string(), "{lost}");
    assert_eq!(lost["version"], json!(version + 1), "{lost}");
    (place, won)
}

async fn get(page: &Page, id: &str) -> Value {
    page.perform("keys.get", json!({ "key": id })).await.unwrap()
}

fn version(key: &Value) -> i64 {
    key["version"].as_i64().unwrap()
}

/// The secrets that verify now or will.
fn live(key: &Value) -> usize {
    key["secrets"].as_array().unwrap().iter().filter(|secret| secret["state"] != "dead").count()
}

#[tokio::test]
async fn what_one_window_changes_appears_in_the_other_within_a_second() {
    let (_database, left, right) = two().await;
    let (id, _) = seed_key(&left.desk, "n8n");
    go_to(right.page(), "Keys").await;
    right.page().see(&row("n8n, acme, Active")).await;
    for (operation, status) in
        [("keys.suspend", "Suspended"), ("keys.resume", "Active"), ("keys.revoke", "Revoked")]
    {
        left.page().perform(operation, json!({ "key": id })).await.unwrap();
        let done = Instant::now();
        let wanted = row(&format!("n8n, acme, {status}"));
        let seen = within(SOON, async || right.page().has(&wanted).await.then_some(())).await;
        assert!(seen.is_some(), "{status} did not appear in {SOON:?}");
        println!("{status} appeared in the other window after {:?}", done.elapsed());
    }
    // A person's hand in one, and the other follows: a tenant.
    super::steps::create_tenant(left.page(), "Globex", "globex").await;
    go_to(right.page(), "Tenants").await;
    right.page().see(&row("Globex").part()).await;
    left.page().is_quiet().await;
    right.page().is_quiet().await;
}

#[tokio::test]
async fn of_concurrent_edits_rotations_and_revocations_one_wins_each_and_no_update_is_lost() {
    let (database, left, right) = two().await;
    let pages = [left.page(), right.page()];
    let mut made = [0_u32; 3];
    let mut won = [0_u32; 2];
    let (mut id, _) = seed_key(&left.desk, "key 0");
    for round in 0..rounds(200) {
        let before = get(left.page(), &id).await;
        let winner = match round % 3 {
            0 => edit(pages, &before, round).await,
            1 => rotate(pages, &before).await,
            _ => {
                let winner = revoke(pages, &before).await;
                // The next rounds are about another one.
                id = seed_key(&left.desk, &format!("key {round}")).0;
                winner
            }
        };
        made[round % 3] += 1;
        won[winner] += 1;
    }
    let [edits, rotations, revocations] = made;
    println!("{edits} edits, {rotations} rotations, {revocations} revocations; won by {won:?}");
    for (action, times) in [("keys.update", edits), ("keys.rotate", rotations), ("keys.revoke", revocations)]
    {
        let noted =
            database.ask(&format!("SELECT count(*) FROM latchkey.audit WHERE action = '{action}'")).await;
        assert_eq!(noted, times.to_string(), "{action} in the audit");
    }
    for page in pages {
        assert_eq!(page.perform("audit.verify", json!({})).await.unwrap()["intact"], true);
    }
}

/// Both rename: one name stands whole, and the other window reads the same.
async fn edit(pages: [&Page; 2], before: &Value, round: usize) -> usize {
    let typed = ["left", "right"].map(|side| format!("{side} {round}"));
    let requests = typed.clone().map(
        |words| json!({ "key": before["id"], "version": before["version"], "notes": words, "owner": words }),
    );
    let answers = at_once(pages[0], pages[1], "keys.update", requests).await;
    let (winner, _) = one_winner(answers, version(before));
    for page in pages {
        let now = get(page, before["id"].as_str().unwrap()).await;
        assert_eq!(
            (now["notes"].as_str(), now["owner"].as_str()),
            (Some(&*typed[winner]), Some(&*typed[winner]))
        );
        assert_eq!(version(&now), version(before) + 1);
    }
    winner
}

/// Both rotate: one new secret, saved by whoever got it.
async fn rotate(pages: [&Page; 2], before: &Value) -> usize {
    let id = before["id"].as_str().unwrap();
    let request = json!({ "key": id, "version": before["version"], "grace": "1h" });
    let answers = at_once(pages[0], pages[1], "keys.rotate", [request.clone(), request]).await;
    let (winner, answer) = one_winner(answers, version(before));
    assert!(live(&get(pages[1 - winner], id).await) <= 2);
    let handle = json!({ "handle": answer["reveal"]["handle"] });
    assert_eq!(pages[winner].invoke("reveal_confirm", handle.clone()).await.unwrap()["confirmed"], true);
    pages[winner].invoke("reveal_drop", handle).await.unwrap();
    assert_eq!(live(&get(pages[1 - winner], id).await), 2, "the old one in its grace, and the new one");
    pages[1 - winner].perform("keys.retire_old", json!({ "key": id })).await.unwrap();
    assert_eq!(live(&get(pages[winner], id).await), 1);
    winner
}

/// Both revoke for a reason of their own: one reason stands, and whoever came second is told the first one's,
/// for what is revoked is done.
async fn revoke(pages: [&Page; 2], before: &Value) -> usize {
    let reasons = ["unused", "leaked"];
    let requests =
        reasons.map(|reason| json!({ "key": before["id"], "version": before["version"], "reason": reason }));
    let answers = at_once(pages[0], pages[1], "keys.revoke", requests).await;
    let told = answers.map(|answer| answer.unwrap()["revocation"].clone());
    assert_eq!(told[0], told[1], "two revocations stand");
    let now = get(pages[0], before["id"].as_str().unwrap()).await;
    assert_eq!((&now["revocation"], version(&now)), (&told[0], version(before) + 1));
    reasons.iter().position(|reason| told[0]["reason"] == *reason).unwrap()
}

#[tokio::test]
async fn an_edit_over_somebody_elses_keeps_what_was_typed_and_shows_who_changed_what() {
    let (_database, left, right) = two().await;
    let (id, _) = seed_key(&left.desk, "n8n");
    let page = left.page();
    open_key(page, "n8n").await;
    page.click(&button("Edit")).await;
    let sheet = dialog("Edit n8n");
    page.fill(&textbox("Owner or contact").within(sheet.clone()), "Ann").await;
    // Meanwhile, in the other window:
    right
        .page()
        .perform("keys.update", json!({ "key": id, "owner": "Bob", "notes": "Moved." }))
        .await
        .unwrap();
    page.click(&button("Save key").within(sheet.clone())).await;
    let who = get(page, &id).await["updated_by"].as_str().unwrap().to_owned();
    page.says(&format!("{who} changed this")).await;
    page.says("What you typed stays.").await;
    page.says("Bob").await;
    page.says("Moved.").await;
    assert_eq!(page.value(&textbox("Owner or contact").within(sheet.clone())).await, "Ann");
    page.picture("conflict-fields").await;
    assert_eq!(get(page, &id).await["owner"], "Bob", "nothing was written over");
    page.click(&button("Keep mine and save").within(sheet.clone())).await;
    page.gone(&sheet).await;
    let now = get(right.page(), &id).await;
    assert_eq!(
        (now["owner"].as_str(), now["notes"].as_str()),
        (Some("Ann"), Some("Moved.")),
        "both were kept"
    );
}

#[tokio::test]
async fn a_form_over_somebody_elses_edit_can_take_theirs() {
    let (_database, left, right) = two().await;
    let (id, _) = seed_key(&left.desk, "n8n");
    let page = left.page();
    open_key(page, "n8n").await;
    page.click(&button("Edit")).await;
    let sheet = dialog("Edit n8n");
    let owner = textbox("Owner or contact").within(sheet.clone());
    page.fill(&owner, "Ann").await;
    right.page().perform("keys.update", json!({ "key": id, "owner": "Bob" })).await.unwrap();
    page.click(&button("Save key").within(sheet.clone())).await;
    page.click(&button("Use theirs").within(sheet.clone())).await;
    super::page::eventually("their words in the form", async || {
        (page.value(&owner).await == "Bob").then_some(())
    })
    .await;
    assert_eq!(get(page, &id).await["owner"], "Bob");
}
