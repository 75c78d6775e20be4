//! The only SQL of Latchkey. A [`Store`] is a SQLite file or a PostgreSQL database; it performs every
//! operation of the table in one transaction together with its audit entry. Rules are core's; this
//! crate loads, calls them, saves. Holds no HTTP, no window, no plaintext.

mod perform;
mod store;
mod url;

pub use store::{Finding, Migrated, Store, StoreFacts, fill_with_samples};
pub use url::StoreUrl;
