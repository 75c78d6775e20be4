//! The server: every operation over HTTP by one adapter, verification, forward-auth, metrics. Holds no SQL and no
//! rule.

mod admin;
mod answer;
mod body;
mod check;
mod check;
mod docs;
mod docs;
mod hot;
mod line;
mod listen;
pub mod openapi;
pub mod openapi;
mod operators;
mod own_routes;
mod query;
mod self_view;
mod serve;
mod server;
mod service;
mod settings;
mod strict_json;
mod verify_api;

pub use serve::{CannotServe, Serving, serve};
pub use settings::{Limits, Settings, TlsFiles, VerifyToken};
