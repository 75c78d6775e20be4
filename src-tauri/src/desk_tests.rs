//! The desk over a store that answers what a test tells it: the slot, the journal, confirming, panics.
//! What the store itself does is the contract tests' business. No SQL, no window.

use std::sync::{Arc, Mutex};

use latchkey_core::id::IdempotencyKey;
use latchkey_core::operations::NAMES;
use latchkey_core::time::ManualClock;
use latchkey_core::{AdminError, Answer, Call, ErrorCode, Operation, Perform, PlaintextKey, Span};
use serde_json::{Value, json};

use super::Desk;
use crate::journal::{Journal, tests::folder};
use crate::place::{Place, PlaceId};

const KEY: &str = "key_0190b5f0aaaabbbbccccddddeeeeffff";
/// Forty characters like a real key's, but no key: its checksum is wrong.
const STAND_IN: &str = "sk_live_8Qv2mT00000000000000000000000000";

/// What a store answers: the part that is shown, and a plaintext.
type Told = Result<(Value, Option<&'static str>), AdminError>;
type Telling = dyn Fn(&str, &Value) -> Told + Send + Sync;
type Asked = (String, Value, Option<IdempotencyKey>);

/// A store that answers by operation name and remembers what it was asked.
#[derive(Clone)]
struct Canned {
    tell: Arc<Telling>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl<O: Operation> Perform<O> for Canned {
    async fn perform(&self, call: Call<O>) -> Result<O::Answer, AdminError> {
        let request = serde_json::to_value(&call.operation).unwrap();
        self.asked.lock().unwrap().push((O::NAME.to_owned(), request.clone(), call.idempotency_key));
        let (shown, plaintext) = (self.tell)(O::NAME, &request)?;
        let shown = serde_json::from_value(shown).unwrap();
        Ok(O::Answer::put_together(shown, plaintext.map(|text| PlaintextKey::new(text.to_owned()))))
    }
}

/// A key as the store shows it; `confirmed` says whether its only secret is.
fn key(confirmed: bool) -> Value {
    let usage = json!({ "last_used_at": null, "last_used_ip": null, "count": 0 });
    let at = "2026-11-21T10:00:00.000Z";
    let mut secret = json!({
        "id": "sec_0190b5f0aaaabbbbccccddddeeeeffff", "hint": "sk_live_8Qv2mT…", "created_at": at,
        "confirmed_at": null, "ended_at": null, "usage": usage, "state": "unconfirmed",
        "until": "2026-11-21T10:15:00.000Z",
    });
    if confirmed {
        secret["state"] = json!("current");
        secret["confirmed_at"] = json!(at);
    }
    json!({
        "id": KEY, "name": "n8n", "notes": "", "owner": "", "environment": "live",
        "tenant": { "id": "ten_0190b5f0aaaabbbbccccddddeeeeffff", "slug": "acme", "name": "ACME" },
        "status": if confirmed { "active" } else { "unconfirmed" }, "hint": "sk_live_8Qv2mT…", "role": null,
        "scopes": [], "permissions": [], "identity": null, "integration": null, "tags": [], "tier": null,
        "ip": [], "grace": null, "expires_at": null, "suspended_at": null, "tenant_suspended": false,
        "revocation": null, "reactivable": false, "old_until": null, "unsaved": !confirmed,
        "created_at": at, "created_by": "ann", "updated_at": at, "updated_by": "ann", "version": 1,
        "usage": usage, "secrets": [secret],
    })
}

struct Room {
    desk: Desk<Canned>,
    place: Place<Canned>,
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

fn room(tell: impl Fn(&str, &Value) -> Told + Send + Sync + 'static) -> Room {
    let (outer, data) = folder();
    let clock = Arc::new(ManualClock::at("2026-11-21T10:00:00Z".parse().unwrap()));
    let desk = Desk::new("ann".into(), Journal::open(&data).unwrap(), clock.clone());
    let store = Canned { tell: Arc::new(tell), asked: Arc::default() };
    Room {
        desk,
        place: Place { store, id: PlaceId::Local, account: None, read_only: None },
        clock,
        folder: outer,
    }
}

/// What the store knows of the call that issued the key.
fn made() -> Value {
    json!({ "operation": "keys.issue", "noun": "key", "id": KEY, "at": "2026-11-21T10:00:00Z" })
}

/// A store in which everything works.
fn willing(name: &str, _: &Value) -> Told {
    match name {
        "keys.issue" | "keys.remint" => Ok((json!({ "key": key(false) }), Some(STAND_IN))),
        "keys.rotate" => Ok((json!({ "key": key(false), "old_until": null }), Some(STAND_IN))),
        "keys.get" => Ok((key(false), None)),
        "keys.confirm" | "keys.revoke" => Ok((key(true), None)),
        "changes.made" => Ok((json!({ "made": made() }), None)),
        _ => Err(AdminError::internal()),
    }
}

impl Room {
    async fn issue(&self, idempotency_key: Option<&str>) -> Result<Value, AdminError> {
        let request = json!({ "tenant": "acme", "name": "n8n" });
        self.desk.perform(&self.place, "keys.issue", request, idempotency_key.map(Into::into)).await
    }

    fn asked(&self) -> Vec<String> {
        self.place.store.asked.lock().unwrap().iter().map(|(name, _, _)| name.clone()).collect()
    }

    fn open_entries(&self) -> usize {
        self.desk.journal.unacknowledged(PlaceId::Local).len()
    }

    fn handle(answer: &Value) -> String {
        answer["reveal"]["handle"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn every_operation_of_the_table_is_behind_the_door_and_nothing_else() {
    let room = room(willing);
    for name in NAMES {
        assert_eq!(room.desk.door.find(name).unwrap().name, *name);
    }
    let error = room.desk.perform(&room.place, "keys.steal", json!({}), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_place_that_may_not_be_changed_is_asked_for_reading_alone() {
    let mut room = room(willing);
    room.place.read_only = Some("This connection is read-only.");
    let error = room.issue(None).await.unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::ReadOnly, "This connection is read-only."));
    assert!(error.request_id.is_some());
    let revoke = room.desk.perform(&room.place, "keys.revoke", json!({ "key": KEY }), None).await;
    assert_eq!(revoke.unwrap_err().code, ErrorCode::ReadOnly);
    let confirm = latchkey_core::operations::KeysConfirm { key: KEY.parse().unwrap() };
    let error = room.desk.ask(&room.place, confirm).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReadOnly, "nor on the desk's own behalf");
    room.desk.perform(&room.place, "keys.get", json!({ "key": KEY }), None).await.unwrap();
    assert_eq!(room.asked(), ["keys.get"], "the store is not even asked");
    assert_eq!(room.open_entries(), 0);
}

#[tokio::test]
async fn a_change_goes_out_under_the_pages_idempotency_key() {
    let room = room(willing);
    let request = json!({ "key": KEY });
    room.desk.perform(&room.place, "keys.revoke", request, Some("once".into())).await.unwrap();
    let asked = room.place.store.asked.lock().unwrap();
    assert_eq!(asked[0].2, Some("once".parse().unwrap()));
}

#[tokio::test]
async fn a_key_is_confirmed_in_its_own_store_alone() {
    let mut room = room(willing);
    let handle = Room::handle(&room.issue(None).await.unwrap());
    room.place.id = PlaceId::Sample;
    assert_eq!(room.desk.confirm(&room.place, &handle).await.unwrap_err().code, ErrorCode::RevealGone);
    assert_eq!(room.asked(), ["keys.issue"]);
    assert!(room.desk.check_nothing_waits().is_err() && room.desk.leave().is_err());
}

#[tokio::test]
async fn a_key_that_comes_back_after_the_lock_is_wiped_and_noted() {
    let wiping: Arc<Mutex<Option<Arc<Desk<Canned>>>>> = Arc::default();
    let wipe = wiping.clone();
    let room = room(move |name, request| {
        if let Some(desk) = wipe.lock().unwrap().take() {
            desk.slot.wipe();
        }
        willing(name, request)
    });
    let Room { desk, place, .. } = room;
    let desk = Arc::new(desk);
    *wiping.lock().unwrap() = Some(desk.clone());
    let request = json!({ "tenant": "acme", "name": "n8n" });
    let answer = desk.perform(&place, "keys.issue", request, None).await.unwrap();
    assert!(answer["reveal"].is_null());
    assert!(!desk.slot.is_guarded(desk.now()));
    assert_eq!(desk.unsaved(&place).await.len(), 1);
}

#[tokio::test]
async fn a_minted_key_waits_in_the_slot_and_the_window_gets_a_handle() {
    let room = room(willing);
    let answer = room.issue(None).await.unwrap();
    assert!(!answer.to_string().contains(STAND_IN));
    assert_eq!(answer["reveal"]["preview"], format!("sk_live_8Qv2mT{}", "•".repeat(26)));
    assert_eq!(answer["reveal"]["until"], "2026-11-21T10:15:00.000Z");
    let asked = room.place.store.asked.lock().unwrap();
    assert_eq!(asked[0].1["confirm"], "later", "the person says what is saved");
    assert!(asked[0].2.is_some(), "minting is repeated without a second effect");
}

#[tokio::test]
async fn the_journal_knows_of_a_call_before_it_is_made_and_holds_no_plaintext() {
    let path = Arc::new(Mutex::new(std::path::PathBuf::new()));
    let seen = Arc::new(Mutex::new(String::new()));
    let (see, at) = (seen.clone(), path.clone());
    let room = room(move |name, request| {
        if name == "keys.issue" {
            *see.lock().unwrap() = std::fs::read_to_string(&*at.lock().unwrap()).unwrap();
        }
        willing(name, request)
    });
    let journal = room.folder.path().join("data").join("journal.json");
    path.lock().unwrap().clone_from(&journal);
    room.issue(None).await.unwrap();
    assert!(seen.lock().unwrap().contains("\"name\": \"n8n\""));
    let after = std::fs::read_to_string(journal).unwrap();
    assert!(after.contains(KEY) && !after.contains(STAND_IN));
}

#[tokio::test]
async fn a_refused_call_leaves_nothing_to_look_after() {
    let room = room(|_, _| Err(AdminError::new(ErrorCode::NameTaken, "taken")));
    let error = room.issue(None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NameTaken);
    assert!(error.request_id.is_some());
    assert_eq!(room.open_entries(), 0);
}

#[tokio::test]
async fn a_panic_in_an_operation_is_an_error_and_the_next_call_works() {
    let room = room(|name, request| {
        assert!(name != "tenants.get", "an operation went wrong");
        willing(name, request)
    });
    let error =
        room.desk.perform(&room.place, "tenants.get", json!({ "tenant": "acme" }), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Internal);
    assert!(error.request_id.is_some());
    assert!(room.desk.perform(&room.place, "keys.get", json!({ "key": KEY }), None).await.is_ok());
}

#[tokio::test]
async fn confirming_tells_the_store_once_and_closes_the_journals_entry() {
    let room = room(willing);
    let handle = Room::handle(&room.issue(None).await.unwrap());
    assert!(room.desk.slot.is_guarded(room.desk.now()));
    room.desk.confirm(&room.place, &handle).await.unwrap();
    room.desk.confirm(&room.place, &handle).await.unwrap();
    assert_eq!(room.asked(), ["keys.issue", "keys.confirm"]);
    assert!(!room.desk.slot.is_guarded(room.desk.now()));
    assert_eq!(room.open_entries(), 0);
}

#[tokio::test]
async fn a_confirm_the_store_did_not_take_leaves_the_guard_up() {
    let room = room(|name, request| match name {
        "keys.confirm" => Err(AdminError::new(ErrorCode::Busy, "busy")),
        _ => willing(name, request),
    });
    let handle = Room::handle(&room.issue(None).await.unwrap());
    assert_eq!(room.desk.confirm(&room.place, &handle).await.unwrap_err().code, ErrorCode::Busy);
    assert!(room.desk.slot.is_guarded(room.desk.now()));
    assert_eq!(room.open_entries(), 1);
}

#[tokio::test]
async fn a_second_key_is_not_minted_while_the_first_waits() {
    let room = room(willing);
    room.issue(None).await.unwrap();
    assert_eq!(room.issue(None).await.unwrap_err().code, ErrorCode::SecretUnconfirmed);
    assert_eq!(room.asked(), ["keys.issue"]);
    let again = room.desk.perform(&room.place, "keys.remint", json!({ "key": KEY }), None).await.unwrap();
    assert!(again["reveal"].is_object(), "minting the same key again takes its own place");
    room.clock.advance(Span::minutes(15));
    assert!(room.issue(None).await.is_ok());
}

#[tokio::test]
async fn a_repeated_call_gets_the_same_handle_and_after_that_none() {
    let first = Mutex::new(true);
    let room = room(move |name, request| {
        let (shown, plaintext) = willing(name, request)?;
        Ok((shown, plaintext.filter(|_| std::mem::take(&mut *first.lock().unwrap()))))
    });
    let handle = Room::handle(&room.issue(Some("once")).await.unwrap());
    assert_eq!(Room::handle(&room.issue(Some("once")).await.unwrap()), handle);
    room.desk.slot.drop_handle(&handle);
    assert!(room.issue(Some("once")).await.unwrap()["reveal"].is_null());
}

#[tokio::test]
async fn bad_requests_are_refused_at_the_field_before_the_store_is_asked() {
    let room = room(willing);
    let extra = json!({ "tenant": "acme", "name": "n8n", "digest": "x" });
    let error = room.desk.perform(&room.place, "keys.issue", extra, None).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::UnknownField, Some("digest")));
    let error = room.desk.perform(&room.place, "keys.issue", json!("text"), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    let error = room.issue(Some("two words")).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("idempotency_key"));
    assert_eq!(room.asked(), [""; 0]);
    assert_eq!(room.open_entries(), 0);
}

#[tokio::test]
async fn after_a_crash_the_unsaved_key_is_named_and_after_saving_it_is_not() {
    let room = room(willing);
    let handle = Room::handle(&room.issue(None).await.unwrap());
    assert_eq!(room.desk.unsaved(&room.place).await, [], "what is on the screen is not lost");
    room.desk.slot.wipe();
    let unsaved = room.desk.unsaved(&room.place).await;
    assert_eq!(unsaved.len(), 1);
    assert_eq!((unsaved[0].name.as_str(), unsaved[0].tenant.as_str()), ("n8n", "acme"));
    assert_eq!(unsaved[0].operation, "keys.issue");
    assert!(room.desk.confirm(&room.place, &handle).await.is_err());
    let reminted = room.desk.perform(&room.place, "keys.remint", json!({ "key": KEY }), None).await.unwrap();
    room.desk.confirm(&room.place, &Room::handle(&reminted)).await.unwrap();
    assert_eq!(room.open_entries(), 0, "the issue and the remint are both done");
}

#[tokio::test]
async fn a_call_that_was_never_answered_is_looked_up_and_forgotten_if_nothing_came_of_it() {
    for (found, expected) in [(Some(key(false)), 1), (Some(key(true)), 0), (None, 0)] {
        let is_made = found.is_some();
        let room = room(move |name, _| match (name, &found) {
            ("keys.issue", _) => Err(AdminError::new(ErrorCode::Unreachable, "no answer")),
            ("changes.made", _) => Ok((json!({ "made": is_made.then(made) }), None)),
            (_, Some(key)) => Ok((key.clone(), None)),
            (_, None) => Err(AdminError::not_found("key")),
        });
        room.issue(None).await.unwrap_err();
        assert_eq!(room.open_entries(), 1);
        assert_eq!(room.desk.unsaved(&room.place).await.len(), expected);
        assert_eq!(room.open_entries(), expected);
        let looked_up: &[&str] = if is_made { &["keys.get"] } else { &[] };
        assert_eq!(
            room.asked(),
            [&["keys.issue", "changes.made"], looked_up].concat(),
            "nothing is minted to find out"
        );
    }
}

#[tokio::test]
async fn discarding_revokes_a_key_nobody_ever_had_and_leaves_a_rotated_one_alone() {
    let never = room(willing);
    never.issue(None).await.unwrap();
    let shown = never.desk.journal.unacknowledged(PlaceId::Local)[0].id.clone();
    let error = never.desk.discard_unsaved(&never.place, &shown).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SecretUnconfirmed, "what is on the screen is not discarded");
    never.desk.slot.wipe();
    let id = never.desk.unsaved(&never.place).await[0].id.clone();
    never.desk.discard_unsaved(&never.place, &id).await.unwrap();
    let asked = never.place.store.asked.lock().unwrap().clone();
    let (name, request, _) = asked.last().unwrap();
    assert_eq!((name.as_str(), &request["reason"]), ("keys.revoke", &json!("never saved")));
    assert_eq!(never.open_entries(), 0);
    assert_eq!(never.desk.discard_unsaved(&never.place, &id).await.unwrap_err().code, ErrorCode::NotFound);

    let rotated = room(|name, request| {
        let (mut shown, plaintext) = willing(name, request)?;
        if name == "keys.get" {
            let mut old = key(true)["secrets"][0].clone();
            old["id"] = json!("sec_0190b5f0aaaabbbbccccddddeeeeff00");
            shown["secrets"].as_array_mut().unwrap().push(old);
        }
        Ok((shown, plaintext))
    });
    rotated.desk.perform(&rotated.place, "keys.rotate", json!({ "key": KEY }), None).await.unwrap();
    rotated.desk.slot.wipe();
    let id = rotated.desk.unsaved(&rotated.place).await[0].id.clone();
    rotated.desk.discard_unsaved(&rotated.place, &id).await.unwrap();
    assert!(!rotated.asked().contains(&"keys.revoke".to_owned()));
    assert_eq!(rotated.open_entries(), 0);
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_now_loses_no_entry() {
    let room = room(|name, request| match name {
        "keys.get" => Err(AdminError::new(ErrorCode::Busy, "busy")),
        _ => willing(name, request),
    });
    room.issue(None).await.unwrap();
    room.desk.slot.wipe();
    assert_eq!(room.desk.unsaved(&room.place).await, []);
    assert_eq!(room.open_entries(), 1);
}
