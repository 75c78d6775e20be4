//! The line to PostgreSQL under TLS: servers that must be refused before anything secret is sent, and a
//! real one that is let in. What a plain server shows is tested in the store's crate.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // tests fail loudly

mod bad_servers;
mod fake;
mod real_server;
mod variables;
