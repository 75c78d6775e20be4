//! The only SQL of Latchkey. A [`Store`] is a SQLite file or a PostgreSQL database; it performs every
//! operation of the table in one transaction together with its audit entry. Rules are core's; this
//! crate loads, calls them, saves. Holds no HTTP, no window, and no plaintext longer than a call.

mod audit;
mod change;
mod diagnose;
mod dialect;
mod engine;
mod fault;
mod file;
mod idempotency;
mod migrate;
mod mint;
mod open;
mod perform;
mod rows;
mod samples;
mod schema;
mod statement;
mod store;
mod url;

pub use diagnose::Finding;
pub use samples::fill_with_samples;
pub use store::{Migrated, Store, StoreFacts};
pub use url::StoreUrl;

#[cfg(test)]
mod tests;
