//! The verifier over real stores: what it answers, what that costs, how soon a change holds, what is left behind. Its
//! rooms alone are tested in its crate.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests fail loudly

#[macro_use]
extern crate latchkey_tests;

mod answering;
mod floods;
mod following;
mod gathering;
mod history;
mod limits;
mod random;
mod service;
