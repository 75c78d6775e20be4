//! Faults of PostgreSQL and of the way to it: cut lines, killed servers, standbys. What was acknowledged is
//! stored, what was not is resolved by its idempotency key, and nothing is done twice.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // tests fail loudly
#![cfg(target_os = "linux")] // a server is killed with all its processes

mod cutting;
mod ledger;
mod power;
mod server;
