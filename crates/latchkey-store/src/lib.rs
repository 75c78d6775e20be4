//! The only SQL of Latchkey. A [`Store`] is a SQLite file or a PostgreSQL database; it performs every
//! operation of the table in one transaction together with its audit entry. Rules are core's; this
//! crate loads, calls them, saves. Holds no HTTP, no window, and no plaintext longer than a call.

mod access;
mod audit;
mod change;
mod create;
mod diagnose;
mod dialect;
mod engine;
mod fault;
mod file;
mod grants;
mod idempotency;
mod line;
mod migrate;
mod mint;
mod notify;
mod open;
mod options;
mod pem;
mod perform;
mod place;
mod read_url;
mod refusal;
mod rows;
mod samples;
mod schema;
mod standing;
mod statement;
mod store;
mod under_way;
mod url;
mod verifying;

pub use access::{Access, Found, NextStep, ReadOnly};
pub use diagnose::Finding;
pub use grants::{GrantNames, grants};
pub use place::{Encryption, PORT, Password, PostgresLogin, PostgresPlace, SCHEMA, stays_on_this_computer};
pub use read_url::{ReadUrl, read_url};
pub use samples::fill_with_samples;
pub use store::{Migrated, Store, StoreFacts};
pub use url::StoreUrl;
pub use verifying::{
    BATCH_MAX, ClockOffset, EVENTS_KEPT, HOURS_KEPT, Happened, LookedUp, Moved, Revision, TOUCHED_MAX,
    TenantLook, Used, VerifyEntry,
};

#[cfg(test)]
mod tests;
