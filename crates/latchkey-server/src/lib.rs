//! The server: every operation over HTTP by one adapter, verification, forward-auth, metrics. Holds no SQL and no
//! rule.

mod admin;
mod answer;
mod body;
mod check;
mod docs;
mod durations;
mod hot;
mod line;
mod listen;
mod log;
mod metrics;
pub mod openapi;
mod operators;
mod own_routes;
mod query;
mod self_view;
mod serve;
mod server;
mod service;
mod settings;
mod settings_file;
mod strict_json;
mod tls;
mod verify_api;

pub use log::{BadLogFormat, LogFormat, ServerLog};
pub use serve::{CannotServe, Serving, serve};
pub use settings::{Limits, Settings, TlsFiles, VerifyToken};
pub use settings_file::{BadSettings, SettingsFile};
