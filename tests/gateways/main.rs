//! Whether a key opens, over HTTP: what gateways, services and holders of keys are answered by a server of ours, and
//! real nginx, Caddy and `HAProxy` with our snippets in front of a sample service; and by the layer in a service. A missing
//! program makes its tests fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)] // tests fail loudly

mod check;
mod configurations;
mod credentials;
mod layer;
mod limits;
mod profiles;
mod programs;
mod proxied;
mod recorded;
mod self_view;
mod service;
mod verify;
