//! Where this window's operations are performed: which of its stores is open. Opens none.

use serde::{Deserialize, Serialize};

/// The stores this window knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// `keys.db` in the data folder.
    Local,
    /// Made up tenants and keys to look around in.
    Sample,
}

impl StoreKind {
    /// What the window calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "Local keys",
            Self::Sample => "Sample data",
        }
    }
}

/// An open store, as the desk needs it.
#[derive(Clone)]
pub struct Place<P> {
    /// Where operations are performed.
    pub store: P,
    /// Which store that is; the journal keeps them apart.
    pub kind: StoreKind,
}
