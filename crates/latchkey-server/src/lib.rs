//! The server: every operation over HTTP by one adapter, verification, forward-auth, metrics. Holds no SQL and no
//! rule.

mod admin;
mod answer;
mod body;
mod hot;
mod line;
mod listen;
mod operators;
mod own_routes;
mod query;
mod serve;
mod server;
mod service;
mod settings;
mod strict_json;

pub use serve::{CannotServe, Serving, serve};
pub use settings::{Limits, Settings, TlsFiles, VerifyToken};
