//! The server over HTTP: who may do what, what odd requests are told, how it stops, what it keeps to itself. A server of
//! ours in this process on a port of its own; requests are written byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)] // tests fail loudly

mod away;
mod bodies;
mod called;
mod connections;
mod credentials;
mod headers;
mod matrix;
mod raw;
mod requests;
mod secrets;
mod stopping;
mod tls;
mod waiting;
