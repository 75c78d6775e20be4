//! The remote admin API as somewhere operations can be performed: one generic adapter over reqwest. Holds no rule,
//! saves nothing, and never follows a redirect with a token.

mod address;
mod answer;
mod client;
mod facts;
mod refusal;
mod request;
mod trust;

pub use address::ServerAddress;
pub use client::Client;
pub use facts::ServerFacts;

#[cfg(test)]
mod tests;
