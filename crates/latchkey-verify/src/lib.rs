//! The hot path: is this key good? A [`Verifier`] finds secrets by their public ids in memory, checks them, decides
//! by core's one function, counts and rate-limits, and follows the store's changes. A hit costs no I/O, no
//! argon2id and no allocation. Holds no administration, no SQL and (but for the layer) no HTTP.

#[cfg(feature = "http")]
pub mod client_ip;
#[cfg(feature = "http")]
pub mod credentials;
mod question;
mod settings;
mod verifier;

pub use question::{Audience, CannotTell, Question, Verdict};
pub use settings::Settings;
pub use verifier::Verifier;
