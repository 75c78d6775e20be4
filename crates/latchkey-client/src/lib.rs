//! The remote admin API as somewhere operations can be performed: one generic adapter over reqwest. Holds no rule,
//! saves nothing, and never follows a redirect with a token.

mod address;
mod client;

pub use address::ServerAddress;
pub use client::{Client, ServerFacts};
