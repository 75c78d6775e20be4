//! The line to PostgreSQL and to a Latchkey server under TLS: servers that must be refused before anything secret is
//! sent, and real ones that are let in. What a plain server shows is tested in the crates.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // tests fail loudly

mod bad_servers;
mod fake;
mod real_server;
mod remote;
mod variables;
