//! In which state the system keychain is, and the words for each, per operating system. Asks nothing.

use serde::Serialize;

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
    /// What was saved in it is not there any more.
    EntryGone,
    /// Two items claim to be this one.
    Ambiguous,
    /// It failed in another way.
    Failed,
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
