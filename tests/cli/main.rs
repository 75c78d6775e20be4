//! The `latchkey` program as scripts and people use it: the built binary, its words, its streams and
//! its exit codes. What operations do is the contract's; here it is how they go in and come out.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // tests fail loudly

mod connections;
mod exits;
#[cfg(unix)]
mod hostile;
mod input;
mod lines;
mod minting;
mod pepper;
mod program;
mod seed;
#[cfg(unix)]
mod served;
mod setting_up;
mod streams;
#[cfg(target_os = "linux")]
mod terminal;
mod together;
#[cfg(target_os = "linux")]
mod unit;
