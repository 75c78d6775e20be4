//! The server: every operation over HTTP by one adapter, verification, forward-auth, metrics. Holds no SQL and no
//! rule.

mod serve;
mod settings;

pub use serve::{CannotServe, Serving, serve};
pub use settings::Settings;
