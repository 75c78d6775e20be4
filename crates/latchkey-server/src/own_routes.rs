//! The server's own addresses: whether it lives, whether it can tell, what it is. Needs no token and shows nothing of
//! the store.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::any;
use http::{Method, StatusCode};
use serde_json::json;
use tokio::time::timeout;

use crate::admin::not_allowed;
use crate::answer::{API, Response, VERSION, in_json};
use crate::server::{Asking, Server};

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Their routes.
pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new().route("/livez", any(livez)).route("/readyz", any(readyz)).route("/version", any(version))
}

fn refuse_others(request: Request) -> Option<Response> {
    let asking = Asking::of(request);
    (asking.parts.method != Method::GET).then(|| not_allowed([Method::GET].iter(), &asking))
}

async fn livez(request: Request) -> Response {
    refuse_others(request).unwrap_or_else(|| in_json(StatusCode::OK, &json!({"status": "ok"})))
}

/// Ready: it is not stopping, the store answers, and what it answers is taken in.
async fn readyz(State(server): State<Arc<Server>>, request: Request) -> Response {
    if let Some(refused) = refuse_others(request) {
        return refused;
    }
    let reason = if server.is_stopping() {
        Some("the server stops".to_owned())
    } else {
        match timeout(PATIENCE, server.verifier.look()).await {
            Ok(Ok(())) => None,
            Ok(Err(cannot_tell)) => Some(cannot_tell.why.to_owned()),
            Err(_) => Some("the store does not answer".to_owned()),
        }
    };
    match reason {
        None => in_json(StatusCode::OK, &json!({"status": "ready"})),
        Some(reason) => {
            in_json(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "not ready", "reason": reason}))
        }
    }
}

async fn version(request: Request) -> Response {
    let api: u32 = API.parse().unwrap_or_default();
    refuse_others(request).unwrap_or_else(|| {
        in_json(StatusCode::OK, &json!({"name": "latchkey", "version": VERSION, "api": api}))
    })
}
