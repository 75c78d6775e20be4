//! Verification over HTTP: recognised by method and path before any router, so that it costs nothing else. Holds no
//! administration.

use std::sync::Arc;

use http::{Method, Request};
use hyper::body::Incoming;
use latchkey_core::id::RequestId;

use crate::answer::Response;
use crate::server::{Peer, Server};
use crate::{check, self_view, verify_api};

/// Answers a request for a verification from memory alone, where that can be done.
pub(crate) fn answer_warm(
    server: &Server,
    request: &Request<Incoming>,
    peer: Peer,
    request_id: RequestId,
) -> Option<Response> {
    if !check::is_asked(request.uri().path()) {
        return None;
    }
    check::answer_warm(server, request.into(), peer, request_id)
}

/// Whether a request is for a verification.
pub(crate) fn is_asked(request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    check::is_asked(path) || self_view::is_asked(path) || is_from_a_service(request)
}

fn is_from_a_service(request: &Request<Incoming>) -> bool {
    request.uri().path() == verify_api::PATH
        && request.method() == Method::POST
        && !verify_api::is_a_try(request.headers())
}

/// Answers a request for a verification, which it [is](is_asked). The headers of every answer (`answer::complete`) are
/// the caller's.
pub(crate) async fn answer(
    server: &Arc<Server>,
    request: Request<Incoming>,
    peer: Peer,
    request_id: RequestId,
) -> Response {
    if is_from_a_service(&request) {
        return verify_api::answer(server, request, peer, request_id).await;
    }
    let (parts, _) = request.into_parts();
    if check::is_asked(parts.uri.path()) {
        Box::pin(check::answer(server, &parts, peer, request_id)).await
    } else {
        Box::pin(self_view::answer(server, &parts, peer, request_id)).await
    }
}

/// The routes that are answered here, as metrics name them.
pub(crate) const ROUTES: [(&str, Method); 4] = [
    (check::PATH, Method::GET),
    (verify_api::PATH, Method::POST),
    (self_view::PATH, Method::GET),
    ("/v1/self/scopes/{scope}", Method::GET),
];

/// The one of them that a path is on.
pub(crate) fn route(path: &str) -> &'static str {
    let [check, verify, own, scopes] = ROUTES;
    if check::is_asked(path) {
        check.0
    } else if path == verify_api::PATH {
        verify.0
    } else if path == self_view::PATH {
        own.0
    } else {
        scopes.0
    }
}
