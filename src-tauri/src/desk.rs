//! The desk where the window's calls are taken. What mints goes through the journal and the reveal slot,
//! because of its effect and never because of its name; the window gets a handle and no plaintext. Saving a
//! key is confirmed here. Holds no clipboard, no file and no Tauri.

use std::sync::Arc;

use latchkey_core::id::{IdempotencyKey, KeyId, RequestId};
use latchkey_core::key::SecretState;
use latchkey_core::operations::{KeyDetails, KeysConfirm, KeysGet, PerformsEvery};
use latchkey_core::{AdminError, Call, Caller, Clock, Effect, ErrorCode, Operation, Source};
use latchkey_core::{PlaintextKey, Timestamp};
use rand::Rng;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use serde_json::{Map, Value, json};

use crate::door::{Answered, Asked, Behind, Door, contained};
use crate::formats::About;
use crate::journal::{Entry, Journal};
use crate::place::{Place, PlaceId};
use crate::slot::{Held, Reveal, Slot, WAITS};

/// The desk. `P` is where operations are performed.
pub struct Desk<P> {
    /// The slot with the key that waits to be saved.
    pub slot: Slot,
    /// Which keys were minted and not saved.
    pub journal: Journal,
    door: Door<P>,
    /// One key is minted at a time: there is one slot.
    minting: tokio::sync::Mutex<()>,
    actor: String,
    clock: Arc<dyn Clock>,
}

impl<P: PerformsEvery + Clone> Desk<P> {
    /// A desk at which `actor`, the person of the OS session, asks.
    pub fn new(actor: String, journal: Journal, clock: Arc<dyn Clock>) -> Self {
        Self {
            slot: Slot::default(),
            journal,
            door: Door::new(),
            minting: tokio::sync::Mutex::default(),
            actor,
            clock,
        }
    }

    /// The time, as this window sees it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Performs the operation `name` and answers what the window may see.
    ///
    /// # Errors
    /// As the operation.
    pub async fn perform(
        &self,
        place: &Place<P>,
        name: &str,
        request: Value,
        idempotency_key: Option<String>,
    ) -> Result<Value, AdminError> {
        let idempotency_key = idempotency_key
            .map(|text| text.parse::<IdempotencyKey>())
            .transpose()
            .map_err(|error| AdminError::invalid("idempotency_key", error.to_string()))?;
        let behind = self.door.find(name)?;
        let asked =
            Asked { request, caller: self.caller(place), request_id: self.request_id(), idempotency_key };
        place.check_allows(behind.effect).map_err(|error| error.of_request(asked.request_id))?;
        match behind.effect {
            Effect::Reads | Effect::Changes => Ok(behind.perform(place.store.clone(), asked).await?.shown),
            Effect::Mints => {
                let request_id = asked.request_id;
                self.mint(place, behind, asked).await.map_err(|error| error.of_request(request_id))
            }
        }
    }

    /// Performs one known operation on the desk's own behalf.
    ///
    /// # Errors
    /// `read_only`; as the operation.
    pub async fn ask<O: Operation>(&self, place: &Place<P>, operation: O) -> Result<O::Answer, AdminError>
    where
        P: latchkey_core::Perform<O>,
    {
        let request_id = self.request_id();
        place.check_allows(O::EFFECT).map_err(|error| error.of_request(request_id))?;
        let call = Call { operation, caller: self.caller(place), request_id, idempotency_key: None };
        let store = place.store.clone();
        let performed = contained(async move { store.perform(call).await }).await;
        performed.map_err(|error| error.of_request(request_id))
    }

    /// Refuses to leave a store while a key of it waits to be saved or is being made.
    ///
    /// # Errors
    /// `secret_unconfirmed`.
    pub fn check_nothing_waits(&self) -> Result<(), AdminError> {
        self.leaving(|| ())
    }

    /// Wipes the slot before another store takes the place of this one.
    ///
    /// # Errors
    /// As [`Desk::check_nothing_waits`].
    pub fn leave(&self) -> Result<(), AdminError> {
        self.leaving(|| self.slot.wipe())
    }

    fn leaving(&self, then: impl FnOnce()) -> Result<(), AdminError> {
        // Held to the end, so that no key comes in behind the look into the slot.
        let minting = self.minting.try_lock();
        if minting.is_err() || self.slot.is_guarded(self.now()) {
            let words = "A key waits to be saved. Save it, or close it, first.";
            return Err(AdminError::new(ErrorCode::SecretUnconfirmed, words));
        }
        then();
        Ok(())
    }

    /// What the operation `name` does to a store; none where there is no such operation.
    pub fn effect_of(&self, name: &str) -> Option<Effect> {
        self.door.find(name).ok().map(|behind| behind.effect)
    }

    /// Tells the store that the key of `handle` is saved, and the journal that it needs no attention.
    ///
    /// # Errors
    /// `reveal_gone`; as `keys.confirm`.
    pub async fn confirm(&self, place: &Place<P>, handle: &str) -> Result<(), AdminError> {
        let now = self.now();
        let (key, of, confirmed) =
            self.slot.with(handle, now, |held| (held.key_id, held.place, held.confirmed))?;
        if confirmed {
            return Ok(());
        }
        if of != place.id {
            let words = "This key is of another key database than the one that is open. Open that one again.";
            return Err(AdminError::new(ErrorCode::RevealGone, words));
        }
        self.ask(place, KeysConfirm { key }).await?;
        self.slot.mark_confirmed(handle);
        self.journal.acknowledge_key(place.id, key, now);
        Ok(())
    }

    async fn mint(
        &self,
        place: &Place<P>,
        behind: &Behind<P>,
        mut asked: Asked,
    ) -> Result<Value, AdminError> {
        let _one = self.minting.lock().await;
        // Before the call: a lock that comes in between wipes what the call brings.
        let wipes = self.slot.wipes();
        let now = self.now();
        let idempotency_key = asked
            .idempotency_key
            .get_or_insert_with(|| IdempotencyKey::new(now, &mut UnwrapErr(SysRng)))
            .clone();
        let again = self.slot.minted_by(&idempotency_key, now);
        let Value::Object(request) = &mut asked.request else {
            return Err(AdminError::new(ErrorCode::Invalid, "A request is an object."));
        };
        // Saved is what the person says is saved, never what this process was told.
        request.insert("confirm".to_owned(), json!("later"));
        // An operator's token is a key too, and named so where it gets a new secret.
        let about_key = id_in(request, "key").or_else(|| id_in(request, "operator"));
        if again.is_none() {
            self.slot.check_free(about_key, now)?;
        }
        let entry = self.entry(place, behind.name, request, about_key, &idempotency_key, now).await;
        let entry_id = self.journal.begin(entry)?;
        match behind.perform(place.store.clone(), asked).await {
            Ok(answered) => {
                let asked = AskedFor { entry_id, idempotency_key, place: place.id, wipes, at: now };
                Ok(self.reveal(answered, asked, again))
            }
            Err(error) => {
                // Refused is refused. What may have happened all the same stays noted and is looked at again.
                if !matches!(error.code, ErrorCode::Unreachable | ErrorCode::Internal | ErrorCode::Busy)
                    && again.is_none()
                {
                    self.journal.acknowledge(&entry_id, now);
                }
                Err(error)
            }
        }
    }

    async fn entry(
        &self,
        place: &Place<P>,
        operation: &str,
        request: &Map<String, Value>,
        about_key: Option<KeyId>,
        idempotency_key: &IdempotencyKey,
        now: Timestamp,
    ) -> Entry {
        let mut entry = Entry {
            id: random_handle(),
            idempotency_key: idempotency_key.clone(),
            operation: operation.to_owned(),
            name: text_in(request, "name"),
            tenant: text_in(request, "tenant"),
            store: place.id,
            key_id: about_key,
            at: now,
            acknowledged_at: None,
        };
        // Where the request names a key that is there, its names make the note readable.
        if let Some(key) = about_key
            && let Ok(details) = self.ask(place, KeysGet { key }).await
        {
            entry.name = details.name;
            entry.tenant = details.tenant.slug;
        }
        entry
    }

    /// Puts what was minted into the slot; adds `reveal` to what the window sees.
    fn reveal(&self, answered: Answered, asked: AskedFor, again: Option<Reveal>) -> Value {
        let Answered { mut shown, plaintext } = answered;
        let key: Option<KeyDetails> =
            shown.get("key").and_then(|key| serde_json::from_value(key.clone()).ok());
        let reveal = match (key, plaintext) {
            (Some(key), Some(plaintext)) => {
                self.journal.complete(&asked.entry_id, key.id, &key.name, &key.tenant.slug);
                let wipes = asked.wipes;
                self.slot.hold(held(&key, plaintext, asked), wipes)
            }
            // Seen before: what it minted is in the slot still, or can only be minted again.
            (Some(key), None) => {
                self.journal.complete(&asked.entry_id, key.id, &key.name, &key.tenant.slug);
                again
            }
            (None, _) => None,
        };
        if let Value::Object(fields) = &mut shown {
            fields.insert("reveal".to_owned(), json!(reveal));
        }
        shown
    }

    fn caller(&self, place: &Place<P>) -> Caller {
        Caller::with_the_account(&self.actor, place.account.as_deref(), Source::Desktop)
    }

    /// A new id for a request.
    pub fn request_id(&self) -> RequestId {
        RequestId::new(self.now(), &mut UnwrapErr(SysRng))
    }
}

/// A minting call, as far as what it mints has to know of it.
struct AskedFor {
    entry_id: String,
    idempotency_key: IdempotencyKey,
    place: PlaceId,
    wipes: u64,
    at: Timestamp,
}

fn held(key: &KeyDetails, plaintext: PlaintextKey, asked: AskedFor) -> Held {
    let latest = asked.at.plus(WAITS);
    let newest = key.secrets.first();
    let lapses = newest.and_then(|secret| match secret.state {
        SecretState::Unconfirmed { until } => Some(until),
        SecretState::Current | SecretState::Retiring { .. } | SecretState::Dead => None,
    });
    Held {
        handle: random_handle(),
        plaintext,
        hint: newest.map_or_else(String::new, |secret| secret.hint.clone()),
        key_id: key.id,
        place: asked.place,
        about: About { key_id: key.id.to_string(), name: key.name.clone(), tenant: key.tenant.slug.clone() },
        idempotency_key: asked.idempotency_key,
        until: lapses.unwrap_or(latest).min(latest),
        confirmed: false,
    }
}

/// 128 random bits as text.
fn random_handle() -> String {
    let mut bytes = [0u8; 16];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}

fn text_in(request: &Map<String, Value>, field: &str) -> String {
    request.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn id_in(request: &Map<String, Value>, field: &str) -> Option<KeyId> {
    request.get(field)?.as_str()?.parse().ok()
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
