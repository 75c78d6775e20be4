//! What the window says about keys that were minted and never saved: the journal's open entries, each
//! checked with the store, which alone knows. Mints nothing; revokes only what was never saved at all.

use latchkey_core::id::KeyId;
use latchkey_core::operations::{
    ChangesMade, KeyDetails, KeysGet, KeysRevoke, OperatorsRemove, PerformsEvery,
};
use latchkey_core::operator::reserved_tenant;
use latchkey_core::{AdminError, ErrorCode, Timestamp};
use serde::Serialize;

use crate::desk::Desk;
use crate::journal::Entry;
use crate::place::Place;

/// The reason under which a key that nobody ever had is revoked.
const NEVER_SAVED: &str = "never saved";

/// A key with a secret that was never saved, for the start of the window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unsaved {
    /// The journal's entry, for `discard_unsaved`.
    pub id: String,
    /// Which key.
    pub key_id: Option<KeyId>,
    /// What it is called.
    pub name: String,
    /// Its tenant's short name.
    pub tenant: String,
    /// What minted it.
    pub operation: String,
    /// When.
    pub at: Timestamp,
}

impl<P: PerformsEvery + Clone> Desk<P> {
    /// The keys of this store whose newest secret was minted here and never saved, the latest first, each
    /// once. What turns out to need nothing is acknowledged in the journal; what cannot be looked up now
    /// stays in it.
    pub async fn unsaved(&self, place: &Place<P>) -> Vec<Unsaved> {
        let mut unsaved: Vec<Unsaved> = Vec::new();
        // The key on the screen is not lost.
        let shown = self.slot.key(self.now());
        for entry in self.journal.unacknowledged(place.id).into_iter().rev() {
            let key = match self.look_up(place, &entry).await {
                Ok(Some(key)) => key,
                Ok(None) => {
                    self.journal.acknowledge(&entry.id, self.now());
                    continue;
                }
                Err(_) => continue,
            };
            if shown == Some(key.id) || unsaved.iter().any(|known| known.key_id == Some(key.id)) {
                continue;
            }
            unsaved.push(Unsaved {
                id: entry.id,
                key_id: Some(key.id),
                name: key.name,
                tenant: key.tenant.slug,
                operation: entry.operation,
                at: entry.at,
            });
        }
        unsaved
    }

    /// The key of an entry, if its newest secret really waits to be saved.
    async fn look_up(&self, place: &Place<P>, entry: &Entry) -> Result<Option<KeyDetails>, AdminError> {
        let found = match entry.key_id {
            Some(key) => self.ask(place, KeysGet { key }).await.map(Some),
            None => self.look_for(place, entry).await,
        };
        match found {
            Ok(key) => Ok(key.filter(|key| key.unsaved)),
            Err(error) if error.code == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A call that was never answered is not repeated; the store is asked what became of it.
    async fn look_for(&self, place: &Place<P>, entry: &Entry) -> Result<Option<KeyDetails>, AdminError> {
        let idempotency_key = entry.idempotency_key.clone();
        let Some(made) = self.ask(place, ChangesMade { idempotency_key }).await?.made else {
            return Ok(None);
        };
        // What mints is made to a key; an id that is none is as good as nothing made.
        let Ok(key) = made.id.parse() else { return Ok(None) };
        let key = self.ask(place, KeysGet { key }).await?;
        self.journal.complete(&entry.id, key.id, &key.name, &key.tenant.slug);
        Ok(Some(key))
    }

    /// Ends the waiting of an entry: a key of which no secret was ever saved is revoked (an operator is removed),
    /// since nobody has it; a rotation that was not saved only lapses, and the old secret goes on.
    ///
    /// # Errors
    /// As `keys.get` and `keys.revoke`; `not_found` for an entry that is not there; `secret_unconfirmed` while
    /// the key is on the screen.
    pub async fn discard_unsaved(&self, place: &Place<P>, id: &str) -> Result<(), AdminError> {
        let entry = self.journal.unacknowledged(place.id).into_iter().find(|entry| entry.id == id);
        let Some(entry) = entry else {
            return Err(AdminError::new(ErrorCode::NotFound, "This key does not wait to be saved any more."));
        };
        let Some(key) = self.look_up(place, &entry).await? else {
            self.journal.acknowledge(id, self.now());
            return Ok(());
        };
        if self.slot.key(self.now()) == Some(key.id) {
            let words = "This key is being shown. Save it, or close it, before you discard it.";
            return Err(AdminError::new(ErrorCode::SecretUnconfirmed, words));
        }
        if key.secrets.iter().all(|secret| secret.confirmed_at.is_none()) {
            if key.tenant.id == reserved_tenant() {
                let version = Some(key.version);
                self.ask(place, OperatorsRemove { operator: key.id, version }).await?;
            } else {
                self.ask(place, revoke(&key)).await?;
            }
        }
        self.journal.acknowledge_key(place.id, key.id, self.now());
        Ok(())
    }
}

fn revoke(key: &KeyDetails) -> KeysRevoke {
    KeysRevoke { key: key.id, reason: Some(NEVER_SAVED.to_owned()), version: Some(key.version) }
}

#[cfg(test)]
#[path = "unsaved_tests.rs"]
mod tests;
