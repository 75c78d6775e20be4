//! The contract: one behaviour a test, in every room. Written against "somewhere operations can be
//! performed"; time moves only by `clock.advance`. What is one engine's own is tested in its crate.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // tests fail loudly

#[macro_use]
extern crate latchkey_tests;

mod audit;
mod bad_input;
mod events;
mod grants_held;
mod idempotency;
mod issuing;
mod listing;
mod migrating;
mod operators;
mod pooler;
mod racing;
mod revocation;
mod roles;
mod rotation;
mod tenant_ip;
mod tenants;
mod usage;
mod verification;
