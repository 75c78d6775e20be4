//! Verification over HTTP: recognised by method and path before any router, so that it costs nothing else. Holds no
//! administration.

use std::sync::Arc;

use http::Request;
use hyper::body::Incoming;
use latchkey_core::id::RequestId;

use crate::answer::Response;
use crate::server::{Peer, Server};

/// Answers a request for a verification; gives back any other. The headers of every answer (`answer::complete`) are
/// the caller's.
///
/// # Errors
/// The request itself, where it asks for something else.
pub(crate) async fn answer(
    server: &Arc<Server>,
    request: Request<Incoming>,
    peer: Peer,
    request_id: RequestId,
) -> Result<Response, Request<Incoming>> {
    let _ = (server, peer, request_id);
    Err(request)
}
