//! What the commands share: the desk, the stores, the clipboard, the lock. Holds no window and no command.

use std::sync::Arc;

use latchkey_connections::Admin;
use latchkey_core::{AdminError, Effect};
use serde_json::Value;

use crate::clipboard_thread::ClipboardThread;
use crate::desk::Desk;
use crate::idle::Idle;
use crate::settings::SettingsFile;
use crate::stores::Stores;

/// The program behind the window.
pub struct Desktop {
    /// Where calls are taken.
    pub desk: Arc<Desk<Admin>>,
    /// Which store is open.
    pub stores: Stores,
    /// Where keys are copied to.
    pub clipboard: ClipboardThread,
    /// What is remembered.
    pub settings: Arc<SettingsFile>,
    /// How long nobody was there.
    pub idle: Idle,
}

impl Desktop {
    /// Performs an operation in the open store.
    ///
    /// # Errors
    /// As the operation; `locked` where the window is, also when it was locked in the meantime.
    pub async fn perform(
        &self,
        name: &str,
        request: Value,
        idempotency_key: Option<String>,
    ) -> Result<Value, AdminError> {
        let place = self.stores.current().map_err(|error| error.of_request(self.desk.request_id()))?;
        match self.desk.effect_of(name) {
            Some(Effect::Changes | Effect::Mints) => self.idle.begin_anew(self.desk.now()),
            Some(Effect::Reads) | None => {}
        }
        let performed = self.desk.perform(&place, name, request, idempotency_key).await;
        if self.stores.is_locked() {
            self.stores.current()?;
        }
        match performed {
            Err(error) => Err(self.stores.heed(&place, error).await),
            performed => performed,
        }
    }

    /// Tells the store that the key of `handle` is saved.
    ///
    /// # Errors
    /// As [`Desk::confirm`].
    pub async fn confirm(&self, handle: &str) -> Result<(), AdminError> {
        let place = self.stores.current()?;
        match self.desk.confirm(&place, handle).await {
            Err(error) => Err(self.stores.heed(&place, error).await),
            confirmed => confirmed,
        }
    }

    /// Locks the window: the store and what was typed go, the slot and the clipboard are wiped. A key on the
    /// screen that was not saved goes too: whoever finds the desk empty must not find a key on it. It is not
    /// lost: the journal knows of it, and a new secret is offered after unlocking.
    pub fn lock(&self) {
        self.stores.lock();
        self.desk.slot.wipe();
        self.clipboard.clear();
        tracing::info!("locked");
    }

    /// Looks at the time. Called every few seconds.
    pub fn tick(&self) {
        let now = self.desk.now();
        self.desk.slot.sweep(now);
        if self.stores.locks_after().is_some_and(|minutes| self.idle.is_over(now, minutes)) {
            self.lock();
        }
    }

    /// The program ends: no key outlives it, in memory or on the clipboard.
    pub fn leave(&self) {
        self.desk.slot.wipe();
        self.clipboard.leave();
    }
}

#[cfg(test)]
#[path = "desktop_tests.rs"]
pub mod tests;
