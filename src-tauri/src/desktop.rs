//! What the commands share: the desk, the stores, the clipboard. Holds no window and no command.

use std::sync::Arc;

use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::Store;

use crate::clipboard_thread::ClipboardThread;
use crate::desk::Desk;
use crate::settings::SettingsFile;
use crate::start::Stores;

/// The program behind the window.
pub struct Desktop {
    /// Where calls are taken.
    pub desk: Desk<Store>,
    /// Which store is open.
    pub stores: Stores,
    /// Where keys are copied to.
    pub clipboard: ClipboardThread,
    /// What is remembered.
    pub settings: Arc<SettingsFile>,
}

impl Desktop {
    /// Tells the store that the key of `handle` is saved.
    ///
    /// # Errors
    /// As [`Desk::confirm`].
    pub async fn confirm(&self, handle: &str) -> Result<(), AdminError> {
        let place = self.stores.current().await?;
        self.desk.confirm(&place, handle).await
    }

    /// Refuses to leave a store while a key of it waits to be saved.
    ///
    /// # Errors
    /// `secret_unconfirmed`.
    pub fn check_nothing_waits(&self) -> Result<(), AdminError> {
        if self.desk.slot.is_guarded(self.desk.now()) {
            let words = "A key waits to be saved. Save it, or close it, before you open another store.";
            return Err(AdminError::new(ErrorCode::SecretUnconfirmed, words));
        }
        Ok(())
    }

    /// The program ends: no key outlives it, in memory or on the clipboard.
    pub fn leave(&self) {
        self.desk.slot.wipe();
        self.clipboard.leave();
    }
}
