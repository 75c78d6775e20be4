//! What differs between operating systems: how the keychain is reached, looked at and unlocked, how an item
//! is labelled, what an error means. And the calls themselves, which are the same everywhere.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyring_core::{CredentialStore, Entry, Error};
use latchkey_store::Password;
use zeroize::Zeroize;

use crate::connection::ConnectionId;
use crate::keychain_state::{KeychainState, KeychainWords};

/// Every item of Latchkey's is of this service; its user is the connection's id.
const SERVICE: &str = "dev.latchkey";
/// Nobody dismisses a prompt faster: the system said no for want of a screen to ask on.
const FASTER_THAN_A_PERSON: Duration = Duration::from_millis(150);

/// One operating system's keychain.
pub(crate) trait Platform: Send {
    /// Connects to it.
    fn store(&self) -> keyring_core::Result<Arc<CredentialStore>>;
    /// In which state it is, without any prompt.
    fn look(&self) -> KeychainWords;
    /// Unlocks it; the system may ask.
    fn unlock(&self) -> keyring_core::Result<()>;
    /// What is said about a new item, for the person and the system, by names that the store knows.
    fn modifiers<'a>(&self, label: &'a str) -> HashMap<&'a str, &'a str>;
    /// Shows an item under another label, where the system has labels.
    fn relabel(&self, entry: &Entry, label: &str) -> keyring_core::Result<()>;
    /// What an error of the system's own means.
    fn state_of(&self, error: &(dyn std::error::Error + 'static)) -> KeychainState;
}

/// The keychain on its thread: the platform and the store that was made last.
pub(crate) struct Desk {
    platform: Box<dyn Platform>,
    store: Option<Arc<CredentialStore>>,
}

impl Desk {
    pub(crate) fn new(platform: Box<dyn Platform>) -> Self {
        Self { platform, store: None }
    }

    pub(crate) fn look(&self) -> KeychainWords {
        self.platform.look()
    }

    pub(crate) fn retry(&mut self) -> KeychainWords {
        self.store = None;
        let looked = self.platform.look();
        if looked.state != KeychainState::Locked {
            return looked;
        }
        let asked = Instant::now();
        match self.platform.unlock() {
            Ok(()) => self.platform.look(),
            Err(error) => self.words_of(&error, asked.elapsed()),
        }
    }

    pub(crate) fn get(&mut self, id: ConnectionId) -> Result<Arc<Password>, KeychainWords> {
        let found = self.call(id, "", Entry::get_secret);
        let bytes = found.map_err(|words| self.gone_or_why(words))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            error.into_bytes().zeroize();
            KeychainWords::unreadable()
        })?;
        Ok(Arc::new(Password::new(text)))
    }

    pub(crate) fn set(
        &mut self,
        id: ConnectionId,
        name: &str,
        secret: &Password,
    ) -> Result<(), KeychainWords> {
        let label = label(name);
        let put = |entry: &Entry| match entry.set_secret(secret.expose().as_bytes()) {
            Err(Error::Ambiguous(all)) => {
                // Both claim to be this connection's; the person just said what the secret is.
                all.iter().try_for_each(Entry::delete_credential)?;
                entry.set_secret(secret.expose().as_bytes())
            }
            other => other,
        };
        self.call(id, &label, put)?;
        // An item that was there keeps its label; what it is called is not worth a failure.
        let _ = self.rename(id, name);
        Ok(())
    }

    pub(crate) fn rename(&mut self, id: ConnectionId, name: &str) -> Result<(), KeychainWords> {
        let looked = self.platform.look();
        if !looked.state.is_available() {
            return Err(looked);
        }
        let label = label(name);
        let entry = self.entry(id, &label).map_err(|error| self.words_of(&error, Duration::MAX))?;
        self.platform.relabel(&entry, &label).map_err(|error| self.words_of(&error, Duration::MAX))
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Result<(), KeychainWords> {
        let remove = |entry: &Entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            Err(Error::Ambiguous(all)) => all.iter().try_for_each(Entry::delete_credential),
            other => other,
        };
        self.call(id, "", remove)
    }

    /// One call. A store that was made for an earlier call may have lost its service since: then it is made
    /// anew and the call is made once more, which changes nothing where the first had been done.
    fn call<T>(
        &mut self,
        id: ConnectionId,
        label: &str,
        call: impl Fn(&Entry) -> keyring_core::Result<T>,
    ) -> Result<T, KeychainWords> {
        let had_a_store = self.store.is_some();
        let asked = Instant::now();
        let mut done = self.entry(id, label).and_then(|entry| call(&entry));
        if had_a_store && matches!(done, Err(Error::PlatformFailure(_))) {
            self.store = None;
            done = self.entry(id, label).and_then(|entry| call(&entry));
        }
        done.map_err(|error| self.words_of(&error, asked.elapsed()))
    }

    fn entry(&mut self, id: ConnectionId, label: &str) -> keyring_core::Result<Entry> {
        let store = match &self.store {
            Some(store) => Arc::clone(store),
            None => Arc::clone(self.store.insert(self.platform.store()?)),
        };
        let modifiers = self.platform.modifiers(label);
        let modifiers = Some(&modifiers).filter(|modifiers| !modifiers.is_empty());
        store.build(SERVICE, &id.to_string(), modifiers)
    }

    /// Nothing was found: in a keychain that is not there, or locked away, nothing ever is.
    fn gone_or_why(&self, words: KeychainWords) -> KeychainWords {
        if words.state != KeychainState::EntryGone {
            return words;
        }
        let looked = self.platform.look();
        if looked.state.is_available() { words } else { looked }
    }

    fn words_of(&self, error: &Error, after: Duration) -> KeychainWords {
        // Never `{:?}` and never the whole error: some carry what the keychain holds.
        let state = match error {
            Error::NoEntry => KeychainState::EntryGone,
            Error::Ambiguous(_) => KeychainState::Ambiguous,
            Error::NoDefaultStore => KeychainState::NoService,
            Error::BadEncoding(_) | Error::BadDataFormat(..) => return KeychainWords::unreadable(),
            Error::TooLong(_, most) => return KeychainWords::too_long(*most),
            Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => {
                tracing::warn!(%cause, "the system keychain refused");
                self.platform.state_of(cause.as_ref())
            }
            _ => {
                tracing::warn!("the system keychain refused for a reason that has no name here");
                KeychainState::Failed
            }
        };
        match state {
            KeychainState::PromptDismissed if after < FASTER_THAN_A_PERSON => {
                KeychainWords::of(KeychainState::Locked)
            }
            state => KeychainWords::of(state),
        }
    }
}

/// What a person reads in the program that looks after the keychain.
fn label(name: &str) -> String {
    format!("Latchkey: {name}")
}
