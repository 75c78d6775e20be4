//! The keychains of macOS and Windows: always there, unlocked with the person's session, and asking by
//! themselves where they want to. Neither tells its state without a call, so looking finds them available.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry};

use super::platform::Platform;
use crate::keychain_state::{KeychainState, KeychainWords};

/// The keychain of the operating system.
pub(crate) struct NativePlatform;

impl Platform for NativePlatform {
    fn store(&self) -> keyring_core::Result<Arc<CredentialStore>> {
        #[cfg(target_os = "macos")]
        let store = apple_native_keyring_store::keychain::Store::new()?;
        #[cfg(windows)]
        let store = windows_native_keyring_store::Store::new()?;
        Ok(store)
    }

    fn look(&self) -> KeychainWords {
        KeychainWords::of(KeychainState::Available)
    }

    fn unlock(&self) -> keyring_core::Result<()> {
        Ok(())
    }

    fn modifiers<'a>(&self, _label: &'a str) -> HashMap<&'a str, &'a str> {
        // Windows otherwise copies items to the person's other computers.
        if cfg!(windows) { HashMap::from([("persistence", "Local")]) } else { HashMap::new() }
    }

    fn relabel(&self, _entry: &Entry, _label: &str) -> keyring_core::Result<()> {
        // Both show the service's name, and neither lets it be changed.
        Ok(())
    }

    fn state_of(&self, error: &(dyn std::error::Error + 'static)) -> KeychainState {
        // Each says it in a sentence alone: -128 and 1223 are a dismissed prompt, -25308 a locked keychain.
        let text = error.to_string();
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if says(&["-128", "1223", "canceled", "cancelled"]) {
            KeychainState::PromptDismissed
        } else if says(&["-25308", "not allowed"]) {
            KeychainState::Locked
        } else {
            KeychainState::Failed
        }
    }
}
