//! One request from its head to its answer: who answers it, what it is called in the log, and what happens when the
//! answer panics. Holds no operation.

use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::Router;
use http::Request;
use hyper::body::Incoming;
use latchkey_core::id::RequestId;
use latchkey_core::{AdminError, ErrorCode};
use latchkey_verify::credentials;
use tower::Service as _;

use crate::answer::{Body, Refusal, Response, complete};
use crate::server::{Asking, Peer, Server};
use crate::{admin, hot, openapi, own_routes};

/// Everything that answers.
#[derive(Clone)]
pub(crate) struct Service {
    /// What requests share.
    pub(crate) server: Arc<Server>,
    router: Router,
}

impl Service {
    /// With the routes of all operations and the server's own.
    pub(crate) fn new(server: Arc<Server>) -> Self {
        let router = admin::routes().merge(own_routes::routes()).merge(openapi::routes()).fallback(unknown);
        Self { router: router.with_state(Arc::clone(&server)), server }
    }

    /// Answers one request, whatever happens inside.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: Peer,
        request_id: RequestId,
    ) -> Response {
        let mut answering = pin!(self.answer_inside(request, peer, request_id));
        let answered = poll_fn(|context| {
            // What the future holds is dropped with the request: nothing of it is looked at after a panic.
            match catch_unwind(AssertUnwindSafe(|| answering.as_mut().poll(context))) {
                Ok(polled) => polled.map(Some),
                Err(_) => Poll::Ready(None),
            }
        });
        let mut response = answered.await.unwrap_or_else(|| {
            tracing::error!(%request_id, "answering a request panicked");
            Refusal::from(AdminError::internal()).into_response(request_id)
        });
        complete(response.headers_mut(), request_id, peer.encrypted);
        response
    }

    async fn answer_inside(&self, request: Request<Incoming>, peer: Peer, request_id: RequestId) -> Response {
        let mut request = match hot::answer(&self.server, request, peer, request_id).await {
            Ok(response) => return response,
            Err(request) => request,
        };
        if let Err(bad) = credentials::refuse_in_url(request.uri()) {
            return Refusal::from(AdminError::new(bad.code(), bad.to_string())).into_response(request_id);
        }
        request.extensions_mut().insert(Known { peer, request_id });
        let routed: Result<_, Infallible> = self.router.clone().call(request).await;
        match routed {
            Ok(response) => response.map(Body::from),
            Err(never) => match never {},
        }
    }
}

/// What the connection knows of a request, on its way through the router.
#[derive(Clone, Copy)]
struct Known {
    peer: Peer,
    request_id: RequestId,
}

impl Asking {
    /// A request that came through [`Service::answer`], as every one does.
    pub(crate) fn of(request: axum::extract::Request) -> Self {
        let (parts, body) = request.into_parts();
        let known = parts.extensions.get::<Known>().copied();
        let Known { peer, request_id } = known.unwrap_or(Known {
            peer: Peer { address: std::net::SocketAddr::from(([0, 0, 0, 0], 0)), encrypted: false },
            request_id: RequestId::nil(),
        });
        Self { parts, body, peer, request_id }
    }
}

/// Nothing is here.
async fn unknown(request: axum::extract::Request) -> Response {
    let words = "There is nothing at this address. The addresses are listed at /docs.";
    Refusal::from(AdminError::new(ErrorCode::NotFound, words)).into_response(Asking::of(request).request_id)
}

/// What is there to be looked at knows no other method.
async fn shown_only(request: axum::extract::Request) -> Response {
    admin::not_allowed([http::Method::GET].iter(), &Asking::of(request))
}
