//! A store: what is open, on which engine, with which clock. Opening, creating and migrating are in
//! their own rooms; operations are under `perform`.

use std::sync::Arc;

use latchkey_core::{AdminError, Clock};

use crate::url::StoreUrl;

/// An open store. Cloning is cheap; all clones share their connections.
#[derive(Clone)]
pub struct Store {
    #[allow(dead_code)]
    clock: Arc<dyn Clock>,
}

/// From which schema version to which a store was brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The version before.
    pub from: i64,
    /// The version now.
    pub to: i64,
}

/// What a person wants to know about a store at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFacts {
    /// `SQLite 3.51.3` or `PostgreSQL 15.14`.
    pub engine: String,
    /// The schema's version.
    pub schema_version: i64,
    /// The word at the head of the store's own keys.
    pub prefix: String,
    /// How many tenants there are.
    pub tenants: u64,
    /// How many keys there are, whatever their status.
    pub keys: u64,
}

/// One thing that was looked at by [`Store::diagnose`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `integrity`, `audit`, `rows`, `file mode`.
    pub check: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, and what to do where it is not.
    pub words: String,
}

impl Store {
    /// Opens what is there. Never creates, never migrates.
    ///
    /// # Errors
    /// `store_unusable` with the exact reason; `unreachable`.
    pub async fn open(_url: &StoreUrl, _clock: Arc<dyn Clock>) -> Result<Self, AdminError> {
        Err(AdminError::internal())
    }

    /// Makes a new store: a file that did not exist, or the tables in an empty database.
    ///
    /// # Errors
    /// `invalid` at `prefix`; `store_unusable` when something is there already.
    pub async fn create(_url: &StoreUrl, _prefix: &str, _clock: Arc<dyn Clock>) -> Result<Self, AdminError> {
        Err(AdminError::internal())
    }

    /// Brings an older store to this version's schema. A file is copied beside itself first.
    ///
    /// # Errors
    /// As [`Store::open`], but for the older schema.
    pub async fn migrate(_url: &StoreUrl, _clock: Arc<dyn Clock>) -> Result<Migrated, AdminError> {
        Err(AdminError::internal())
    }

    /// What there is to know at a glance.
    ///
    /// # Errors
    /// `busy`, `unreachable`, `internal`.
    pub async fn facts(&self) -> Result<StoreFacts, AdminError> {
        Err(AdminError::internal())
    }

    /// Looks for damage. Changes nothing.
    ///
    /// # Errors
    /// `busy`, `unreachable`, `internal`.
    pub async fn diagnose(&self) -> Result<Vec<Finding>, AdminError> {
        Err(AdminError::internal())
    }

    /// Lets the connections go, after what is under way.
    pub async fn close(&self) {}
}

/// Fills a new store with tenants, roles, keys and history to look around in.
///
/// # Errors
/// As the operations it performs.
pub async fn fill_with_samples(_store: &Store) -> Result<(), AdminError> {
    Err(AdminError::internal())
}
