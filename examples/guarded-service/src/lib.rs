//! A service behind a guard: one route for keys that hold `tickets:read`, one for everybody. Shows how the layer is
//! used; holds nothing that a real service would not have.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::Extensions;
use axum::routing::get;
use axum::{Extension, Router};
use latchkey_core::permission::{Permission, Requirement};
use latchkey_store::VerifyEntry;
use latchkey_verify::layer::Guard;
use latchkey_verify::{Question, Verifier};

/// The service's routes.
pub fn routes(verifier: Verifier) -> Router {
    // Made once: a question costs nothing when it is asked.
    let reads = Question {
        requirement: Requirement { all: vec![Permission::known("tickets:read")], any: Vec::new() },
        ..Question::default()
    };
    let guard = Guard::new(verifier, reads).with_peer(|extensions: &Extensions| {
        extensions.get::<ConnectInfo<SocketAddr>>().map(|connected| connected.0.ip())
    });
    Router::new()
        .route("/tickets", get(tickets))
        .layer(guard)
        .route("/", get(async || "Anybody may read this.\n"))
}

async fn tickets(Extension(entry): Extension<Arc<VerifyEntry>>) -> String {
    format!("Tickets of {}, read by {}.\n", entry.tenant.name, entry.key.name)
}
