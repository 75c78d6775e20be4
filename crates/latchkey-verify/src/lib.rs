//! The hot path: is this key good? A [`Verifier`] finds secrets by their public ids in memory, checks them, decides
//! by core's one function, counts and rate-limits, and follows the store's changes. A hit costs no I/O, no
//! argon2id and no allocation. Holds no administration, no SQL and (but for the features) no HTTP.

mod addresses;
#[cfg(feature = "http")]
pub mod client_ip;
mod clock;
mod cold;
mod counting;
#[cfg(feature = "http")]
pub mod credentials;
mod deciding;
mod entry;
mod events;
mod feed;
mod lane;
#[cfg(feature = "layer")]
pub mod layer;
#[cfg(feature = "http")]
pub mod limit_headers;
mod limits;
mod memory;
mod question;
#[cfg(feature = "http")]
pub mod refusal;
#[cfg(test)]
mod samples;
mod settings;
mod shared;
mod stats;
mod touched;
mod verifier;
mod writing;

pub use question::{Audience, CannotTell, ClientIp, Question, Verdict};
pub use settings::Settings;
pub use stats::Stats;
pub use verifier::Verifier;
