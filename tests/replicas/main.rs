//! Two servers on one store, each a program of its own: how soon what one of them changes holds at the other, and what
//! they answer while the store, the line to it or a clock is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // tests fail loudly
#![cfg(target_os = "linux")] // a server is stopped with all its processes

mod away;
mod clocks;
mod database;
mod first_use;
mod listener;
mod revoking;
#[allow(dead_code)] // whoever tests the verifier itself needs more of it
#[path = "../verify/service.rs"]
mod service;
mod usage;
mod world;
