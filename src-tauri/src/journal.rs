//! `journal.json`: which keys were minted from this window and not yet said to be saved, so that a crash
//! between minting and saving is noticed at the next start. Written before a minting call and after it.
//! Never holds a plaintext key.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use latchkey_core::id::{IdempotencyKey, KeyId};
use latchkey_core::{AdminError, ErrorCode, Timestamp};
use serde::{Deserialize, Serialize};

use crate::place::PlaceId;
use latchkey_connections::{DataFolder, replace_file};

/// Acknowledged entries that are kept for looking back.
const KEPT: usize = 50;

/// One minting call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Names it to the window.
    pub id: String,
    /// Under which the store knows the call.
    pub idempotency_key: IdempotencyKey,
    /// `keys.issue`, `keys.rotate`, `keys.remint`.
    pub operation: String,
    /// What the key is called.
    pub name: String,
    /// Its tenant, by id or slug.
    pub tenant: String,
    /// In which store.
    pub store: PlaceId,
    /// Which key; none while an issue has not been answered.
    pub key_id: Option<KeyId>,
    /// When the call was made.
    pub at: Timestamp,
    /// When the secret was saved, or needed no saving any more.
    pub acknowledged_at: Option<Timestamp>,
}

/// The journal and its file.
pub struct Journal {
    path: PathBuf,
    entries: Mutex<Vec<Entry>>,
}

impl Journal {
    /// Reads `journal.json` of `data`. One that cannot be read is put aside under another name: keys can be
    /// minted again, and nothing is lost.
    ///
    /// # Errors
    /// When it can be neither read nor put aside.
    pub fn open(data: &DataFolder) -> io::Result<Self> {
        let path = data.path("journal.json");
        let entries = match std::fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(entries) => entries,
                Err(error) => {
                    tracing::warn!(%error, "journal.json cannot be read; it is kept as journal.damaged.json");
                    std::fs::rename(&path, data.path("journal.damaged.json"))?;
                    Vec::new()
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, entries: Mutex::new(entries) })
    }

    /// Notes a call that is about to be made. One with the same idempotency key is noted already.
    ///
    /// # Errors
    /// When it cannot be written: then nothing may be minted.
    pub fn begin(&self, entry: Entry) -> Result<String, AdminError> {
        let mut entries = self.lock();
        let mut next = entries.clone();
        let noted = next.iter_mut().find(|noted| noted.idempotency_key == entry.idempotency_key);
        let id = if let Some(noted) = noted {
            // A call that was refused before may succeed now.
            noted.acknowledged_at = None;
            noted.id.clone()
        } else {
            let id = entry.id.clone();
            next.push(entry);
            id
        };
        self.write(&mut entries, next)?;
        Ok(id)
    }

    /// Notes which key the call was about.
    pub fn complete(&self, id: &str, key: KeyId, name: &str, tenant: &str) {
        self.change("completed", |entry| {
            if entry.id == id {
                entry.key_id = Some(key);
                name.clone_into(&mut entry.name);
                tenant.clone_into(&mut entry.tenant);
            }
        });
    }

    /// Notes that an entry needs no attention any more.
    pub fn acknowledge(&self, id: &str, now: Timestamp) {
        self.change("acknowledged", |entry| {
            if entry.id == id {
                entry.acknowledged_at.get_or_insert(now);
            }
        });
    }

    /// Notes that the newest secret of `key` is saved: every entry about it is done.
    pub fn acknowledge_key(&self, store: PlaceId, key: KeyId, now: Timestamp) {
        self.change("acknowledged", |entry| {
            if entry.store == store && entry.key_id == Some(key) {
                entry.acknowledged_at.get_or_insert(now);
            }
        });
    }

    /// What was not acknowledged in this store, oldest first.
    pub fn unacknowledged(&self, store: PlaceId) -> Vec<Entry> {
        let open = |entry: &&Entry| entry.store == store && entry.acknowledged_at.is_none();
        self.lock().iter().filter(open).cloned().collect()
    }

    /// Forgets a store that is no more.
    pub fn forget(&self, store: PlaceId) {
        let mut entries = self.lock();
        let next: Vec<Entry> = entries.iter().filter(|entry| entry.store != store).cloned().collect();
        if next.len() != entries.len()
            && let Err(error) = self.write(&mut entries, next)
        {
            tracing::error!(%error, "the journal could not forget");
        }
    }

    /// A change after which a failed write only means that the window asks once more at the next start.
    fn change(&self, what: &'static str, change: impl Fn(&mut Entry)) {
        let mut entries = self.lock();
        let mut next = entries.clone();
        next.iter_mut().for_each(change);
        if next == *entries {
            return;
        }
        let done = next.iter().filter(|entry| entry.acknowledged_at.is_some()).count();
        let mut surplus = done.saturating_sub(KEPT);
        next.retain(|entry| {
            let goes = surplus > 0 && entry.acknowledged_at.is_some();
            surplus -= usize::from(goes);
            !goes
        });
        if let Err(error) = self.write(&mut entries, next) {
            tracing::error!(%error, what, "the journal could not be written");
        }
    }

    fn write(&self, entries: &mut Vec<Entry>, next: Vec<Entry>) -> Result<(), AdminError> {
        let written = serde_json::to_vec_pretty(&next)
            .map_err(io::Error::from)
            .and_then(|bytes| replace_file(&self.path, &bytes));
        match written {
            Ok(()) => {
                *entries = next;
                Ok(())
            }
            Err(error) => Err(refusal(&error)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refusal(error: &io::Error) -> AdminError {
    let (code, cause) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorCode::StorageFull, "The disk is full.".to_owned())
        }
        _ => (ErrorCode::Internal, format!("journal.json in the data folder cannot be written: {error}.")),
    };
    AdminError::new(code, format!("No key was made: {cause} Mend that and try again."))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn folder() -> (tempfile::TempDir, DataFolder) {
        let outer = tempfile::tempdir().unwrap();
        let data = DataFolder::at(outer.path().join("data")).unwrap();
        (outer, data)
    }

    fn entry(id: &str) -> Entry {
        Entry {
            id: id.into(),
            idempotency_key: format!("idem-{id}").parse().unwrap(),
            operation: "keys.issue".into(),
            name: "n8n".into(),
            tenant: "acme".into(),
            store: PlaceId::Local,
            key_id: None,
            at: Timestamp::from_millis(1_000),
            acknowledged_at: None,
        }
    }

    fn key() -> KeyId {
        "key_0190b5f0aaaabbbbccccddddeeeeffff".parse().unwrap()
    }

    #[test]
    fn an_entry_is_on_the_disk_before_the_call_and_survives_a_crash() {
        let (_outer, data) = folder();
        Journal::open(&data).unwrap().begin(entry("a")).unwrap();
        let again = Journal::open(&data).unwrap();
        assert_eq!(again.unacknowledged(PlaceId::Local), [entry("a")]);
        assert_eq!(again.unacknowledged(PlaceId::Sample), []);
    }

    #[test]
    fn repeating_a_call_notes_it_once() {
        let (_outer, data) = folder();
        let journal = Journal::open(&data).unwrap();
        assert_eq!(journal.begin(entry("a")).unwrap(), "a");
        let again = Entry { id: "b".into(), ..entry("a") };
        assert_eq!(journal.begin(again).unwrap(), "a");
        assert_eq!(journal.unacknowledged(PlaceId::Local).len(), 1);
    }

    #[test]
    fn saving_a_key_acknowledges_every_entry_about_it() {
        let (_outer, data) = folder();
        let journal = Journal::open(&data).unwrap();
        for id in ["a", "b", "c"] {
            journal.begin(entry(id)).unwrap();
        }
        journal.complete("a", key(), "n8n", "acme");
        journal.complete("b", key(), "n8n", "acme");
        journal.acknowledge_key(PlaceId::Local, key(), Timestamp::from_millis(2_000));
        let left: Vec<String> =
            Journal::open(&data).unwrap().unacknowledged(PlaceId::Local).into_iter().map(|e| e.id).collect();
        assert_eq!(left, ["c"]);
    }

    #[test]
    fn a_damaged_journal_is_put_aside_and_minting_goes_on() {
        let (_outer, data) = folder();
        std::fs::write(data.path("journal.json"), "[{").unwrap();
        let journal = Journal::open(&data).unwrap();
        journal.begin(entry("a")).unwrap();
        assert_eq!(std::fs::read_to_string(data.path("journal.damaged.json")).unwrap(), "[{");
    }

    #[test]
    fn what_cannot_be_noted_is_not_minted() {
        let (_outer, data) = folder();
        let journal = Journal::open(&data).unwrap();
        // A folder where the new file would be written.
        std::fs::create_dir(data.path("journal.json.new")).unwrap();
        let error = journal.begin(entry("a")).unwrap_err();
        assert!(error.message.starts_with("No key was made"), "{}", error.message);
        assert_eq!(journal.unacknowledged(PlaceId::Local), []);
    }

    #[test]
    fn old_acknowledged_entries_go_and_open_ones_stay() {
        let (_outer, data) = folder();
        let journal = Journal::open(&data).unwrap();
        journal.begin(entry("open")).unwrap();
        for count in 0..KEPT + 5 {
            let id = format!("done-{count}");
            journal.begin(entry(&id)).unwrap();
            journal.acknowledge(&id, Timestamp::from_millis(9));
        }
        assert_eq!(journal.lock().len(), KEPT + 1);
        assert_eq!(journal.unacknowledged(PlaceId::Local).len(), 1);
    }
}
