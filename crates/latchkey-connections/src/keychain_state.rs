//! In which state the system keychain is, and the words for each, per operating system. Asks nothing.

use latchkey_core::{AdminError, ErrorCode};
use serde::Serialize;

/// What the keychain is called here, where it does not tell by itself.
const PRODUCT: &str = if cfg!(target_os = "macos") {
    "macOS Keychain"
} else if cfg!(windows) {
    "Windows Credential Manager"
} else {
    "the system keychain"
};
/// The program in which a person looks after it.
const TOOL: &str = if cfg!(target_os = "macos") {
    "“Keychain Access”"
} else if cfg!(windows) {
    "“Credential Manager”"
} else {
    "“Passwords and Keys”"
};

/// The state of the system keychain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeychainState {
    /// It answers.
    Available,
    /// None is running.
    NoService,
    /// It is locked.
    Locked,
    /// It runs and has no keyring to put anything in.
    NoDefaultCollection,
    /// The person refused, or closed, the system's prompt.
    PromptDismissed,
    /// It answers and holds nothing for this connection: it was taken out, or never put in on this computer.
    EntryGone,
    /// Two items claim to be this one.
    Ambiguous,
    /// It failed in another way.
    Failed,
}

impl KeychainState {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::NoService => "no_service",
            Self::Locked => "locked",
            Self::NoDefaultCollection => "no_default_collection",
            Self::PromptDismissed => "prompt_dismissed",
            Self::EntryGone => "entry_gone",
            Self::Ambiguous => "ambiguous",
            Self::Failed => "failed",
        }
    }
}

/// A state with what a person reads and the one thing to press.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeychainWords {
    /// Which state.
    pub state: KeychainState,
    /// What is the matter and what to do.
    pub message: String,
    /// The word on the button; none where nothing is to be done.
    pub action: Option<&'static str>,
}

impl KeychainWords {
    /// The words of a state.
    #[must_use]
    pub fn of(state: KeychainState) -> Self {
        let (message, action) = match state {
            KeychainState::Available => return Self::using(PRODUCT),
            KeychainState::NoService if cfg!(any(target_os = "macos", windows)) => {
                (format!("{PRODUCT} does not answer, so Latchkey asks for passwords each time."), "Retry")
            }
            KeychainState::NoService => (
                "No system keychain is running, so Latchkey asks for passwords each time. Install one (for example \
                 gnome-keyring) and press Retry."
                    .to_owned(),
                "Retry",
            ),
            KeychainState::Locked => ("The system keychain is locked.".to_owned(), "Unlock"),
            KeychainState::NoDefaultCollection => (
                format!(
                    "Your keychain has no default keyring yet. Open {TOOL} and create one named Login, then press Retry."
                ),
                "Retry",
            ),
            KeychainState::PromptDismissed => {
                ("Access was refused in the system prompt.".to_owned(), "Try again")
            }
            KeychainState::EntryGone => (
                "The system keychain has no password for this connection. Enter it.".to_owned(),
                "Enter the password",
            ),
            KeychainState::Ambiguous => (
                format!(
                    "The system keychain holds two entries for this connection, so Latchkey uses neither. Delete one in \
                     {TOOL}, or enter the password again to replace both."
                ),
                "Enter the password",
            ),
            KeychainState::Failed => {
                ("The system keychain failed. Try again; the log says more.".to_owned(), "Try again")
            }
        };
        Self { state, message, action: Some(action) }
    }

    /// It answers, and this is what it is called.
    pub(crate) fn using(product: &str) -> Self {
        let message = format!("Using {product}.");
        Self { state: KeychainState::Available, message, action: None }
    }

    /// Its prompt is open, and nobody has answered it yet.
    pub(crate) fn waiting() -> Self {
        let message = "The system keychain waits for its prompt. Answer it, then try again.".to_owned();
        Self { state: KeychainState::Locked, message, action: Some("Try again") }
    }

    /// What it holds cannot be a password.
    pub(crate) fn unreadable() -> Self {
        let message =
            "What the system keychain holds for this connection is not text. Enter the password again.";
        Self { state: KeychainState::Failed, message: message.to_owned(), action: Some("Enter the password") }
    }

    /// The password is longer than this keychain takes.
    pub(crate) fn too_long(most: u32) -> Self {
        let message =
            format!("{PRODUCT} takes at most {most} bytes. Let Latchkey ask for this password each time.");
        Self { state: KeychainState::Failed, message, action: None }
    }
}

/// `keychain`, with the words; `field` is the state as on the wire, so that a program can offer the action.
impl From<KeychainWords> for AdminError {
    fn from(words: KeychainWords) -> Self {
        Self::new(ErrorCode::Keychain, words.message).at_field(words.state.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [KeychainState; 8] = [
        KeychainState::Available,
        KeychainState::NoService,
        KeychainState::Locked,
        KeychainState::NoDefaultCollection,
        KeychainState::PromptDismissed,
        KeychainState::EntryGone,
        KeychainState::Ambiguous,
        KeychainState::Failed,
    ];

    #[test]
    fn each_state_has_words_of_its_own_and_one_action_where_one_helps() {
        let words: Vec<_> = ALL.into_iter().map(KeychainWords::of).collect();
        for (place, one) in words.iter().enumerate() {
            assert_eq!(one.state, ALL[place]);
            assert_eq!(serde_json::to_value(one.state).unwrap(), one.state.name());
            assert_eq!(one.action.is_none(), one.state == KeychainState::Available);
            assert!(words[..place].iter().all(|other| other.message != one.message), "{}", one.message);
        }
    }
}
