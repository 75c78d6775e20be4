//! What was asked of a store while something broke, what its callers heard, and the proof that both agree
//! with what is stored: acknowledged is stored, unanswered is resolved by its idempotency key, a repetition
//! has no second effect, and every change has one audit entry.

use std::collections::BTreeSet;
use std::fmt;

use latchkey_core::id::KeyId;
use latchkey_core::key::SecretState;
use latchkey_core::operation::Minted;
use latchkey_core::operations::{
    AuditList, AuditVerify, ChangesMade, KeyDetails, KeysIssue, KeysList, KeysRotate,
};
use latchkey_core::{AdminError, ErrorCode};
use latchkey_tests::Room;
use serde_json::{Value, json};

/// Who asks.
const ACTOR: &str = "dana";

/// What is asked.
#[derive(Clone, Debug)]
pub enum Wish {
    /// A new key of this name.
    Issue(String),
    /// A new secret of this key, whose old one goes on.
    Rotate(KeyId),
}

/// A change that was tried while something broke.
pub struct Tried {
    wish: Wish,
    idempotency_key: String,
    /// The key as it was answered, if there was an answer.
    pub answer: Option<KeyDetails>,
}

/// What came of all that was tried.
#[derive(Debug, Default)]
pub struct Ledger {
    rotated: BTreeSet<KeyId>,
    tried: usize,
    acknowledged: usize,
    unanswered_and_made: usize,
    unanswered_and_not_made: usize,
    duplicates: usize,
}

impl Wish {
    /// Asks for it; answers the key, and whether it was done just now.
    async fn ask(&self, room: &Room, idempotency_key: &str) -> Result<(KeyDetails, bool), AdminError> {
        let key = Some(idempotency_key);
        Ok(match self {
            Self::Issue(name) => {
                let request = json!({"tenant": "acme", "name": name});
                let Minted { value, plaintext } = room.call_as::<KeysIssue>(ACTOR, key, request).await?;
                (value.key, plaintext.is_some())
            }
            Self::Rotate(id) => {
                let request = json!({"key": id, "grace": "1h"});
                let Minted { value, plaintext } = room.call_as::<KeysRotate>(ACTOR, key, request).await?;
                (value.key, plaintext.is_some())
            }
        })
    }

    /// Asks while something breaks. Whatever is answered but success must be that there is no answer.
    pub async fn try_at(self, room: &Room, idempotency_key: String) -> Tried {
        let heard = self.ask(room, &idempotency_key).await;
        if let Err(error) = &heard {
            assert_eq!(error.code, ErrorCode::Unreachable, "{self:?} under {idempotency_key}: {error:?}");
            let promised = error.message.contains("othing was changed");
            assert!(!promised, "nobody can promise that: {}", error.message);
        }
        Tried { wish: self, idempotency_key, answer: heard.ok().map(|(key, _)| key) }
    }
}

impl Tried {
    /// Whether a key was to be issued.
    pub fn is_of_issue(&self) -> bool {
        matches!(self.wish, Wish::Issue(_))
    }
}

impl Ledger {
    /// Finds out what became of a change, and asks for it once more.
    pub async fn resolve(&mut self, room: &Room, tried: &Tried) {
        let Tried { wish, idempotency_key, answer } = tried;
        let asked = json!({"idempotency_key": idempotency_key});
        let found = room.call_as::<ChangesMade>(ACTOR, None, asked).await.unwrap().made;
        assert!(answer.is_none() || found.is_some(), "{wish:?} was acknowledged and is not stored");
        let (key, done_now) = wish.ask(room, idempotency_key).await.unwrap();
        if matches!(wish, Wish::Rotate(_)) {
            self.rotated.insert(key.id);
        }
        self.tried += 1;
        match (&found, answer.is_some()) {
            (Some(_), true) => self.acknowledged += 1,
            (Some(_), false) => self.unanswered_and_made += 1,
            (None, _) => self.unanswered_and_not_made += 1,
        }
        if let Some(found) = found {
            assert_eq!(found.id, key.id.to_string(), "{wish:?} was resolved to another key");
            self.duplicates += usize::from(done_now);
        }
    }

    /// Proves the store as a whole: what every key went through is what was asked for, once.
    pub async fn prove(&self, room: &Room) {
        assert_eq!(self.duplicates, 0, "a change was done twice: {self}");
        let mut entries = 1; // the tenant's
        for key in keys(room).await {
            let asked = json!({"key": key.id});
            let audited = room.call::<AuditList>(asked).await.unwrap().items;
            assert_eq!(
                i64::try_from(audited.len()).unwrap(),
                key.version,
                "one entry a change of {}",
                key.name
            );
            let issued = audited.iter().filter(|entry| entry.action == "keys.issue").count();
            let rotated = audited.iter().filter(|entry| entry.action == "keys.rotate").count();
            assert_eq!(issued, 1, "{} was issued once", key.name);
            assert_eq!(rotated, usize::from(self.rotated.contains(&key.id)), "rotations of {}", key.name);
            let live = key.secrets.iter().filter(|secret| secret.state != SecretState::Dead).count();
            assert_eq!(live, 1 + rotated, "the live secrets of {}", key.name);
            entries += audited.len();
        }
        let verdict = room.call::<AuditVerify>(json!({})).await.unwrap();
        assert!(verdict.intact, "the chain is broken at {:?}", verdict.first_bad);
        assert_eq!(verdict.entries, entries as u64, "audit entries and changes are one to one");
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tried, acknowledged, unanswered_and_made, unanswered_and_not_made, duplicates, .. } = self;
        write!(
            f,
            "{tried} changes: {acknowledged} acknowledged and stored, {unanswered_and_made} unanswered and found made, \
             {unanswered_and_not_made} unanswered and made by the repetition, {duplicates} duplicates"
        )
    }
}

/// Every key there is.
async fn keys(room: &Room) -> Vec<KeyDetails> {
    let mut keys = Vec::new();
    let mut request = json!({"limit": 500});
    loop {
        let page = room.call::<KeysList>(request.clone()).await.unwrap();
        keys.extend(page.items);
        match page.next_cursor {
            Some(cursor) => request["cursor"] = Value::from(cursor),
            None => return keys,
        }
    }
}
