//! One request from its head to its answer: who answers it, what it is called in the log, and what happens when the
//! answer panics. Holds no operation.

use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::Router;
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use latchkey_core::id::RequestId;
use latchkey_core::{AdminError, ErrorCode};
use latchkey_verify::credentials;
use tower::Service as _;

use crate::admin::Noted;
use crate::answer::{Body, Refusal, Response, complete};
use crate::server::{Asking, Peer, Server};
use crate::{admin, hot, openapi, own_routes};

/// How requests to no route of an operation are counted.
const OTHER: &str = "other";

/// The answer, and for a verification its route.
type Answered = (Response, Option<&'static str>);

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
        let shown = openapi::routes().method_not_allowed_fallback(shown_only);
        let router = admin::routes().merge(own_routes::routes()).merge(shown).fallback(unknown);
        Self { router: router.with_state(Arc::clone(&server)), server }
    }

    /// Answers one request, whatever happens inside; and says when.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: Peer,
        request_id: RequestId,
    ) -> (Response, Instant) {
        let begun = Instant::now();
        let method = request.method().clone();
        // What memory knows is answered before anything is made that could wait.
        let warm = catch_unwind(AssertUnwindSafe(|| self.answer_warm(&request, peer, request_id)));
        let answered = match warm {
            Ok(Some(answered)) => Some(answered),
            // A service that asks about a key should not pay for the room that administration takes.
            Ok(None) if hot::is_asked(&request) => {
                let route = hot::route(request.uri().path());
                let answer = unless_it_panics(Box::pin(hot::answer(&self.server, request, peer, request_id)));
                answer.await.map(|response| (response, Some(route)))
            }
            Ok(None) => {
                let answer = unless_it_panics(Box::pin(self.answer_by_router(request, peer, request_id)));
                answer.await.map(|response| (response, None))
            }
            Err(_) => None,
        };
        let (mut response, hot) = answered.unwrap_or_else(|| {
            tracing::error!(%request_id, "answering a request panicked");
            (Refusal::from(AdminError::internal()).into_response(request_id), None)
        });
        complete(response.headers_mut(), request_id, peer.encrypted);
        let ended = Instant::now();
        let done = Done { request_id, method, peer, took: ended - begun, status: response.status() };
        match hot {
            Some(route) => done.note_hot(&self.server, route),
            None => done.note(&self.server, response.extensions().get::<Noted>()),
        }
        (response, ended)
    }

    fn answer_warm(
        &self,
        request: &Request<Incoming>,
        peer: Peer,
        request_id: RequestId,
    ) -> Option<Answered> {
        let response = hot::answer_warm(&self.server, request, peer, request_id)?;
        Some((response, Some(hot::route(request.uri().path()))))
    }

    async fn answer_by_router(
        &self,
        mut request: Request<Incoming>,
        peer: Peer,
        request_id: RequestId,
    ) -> Response {
        if let Err(bad) = credentials::refuse_in_url(request.uri()) {
            let error = AdminError::new(bad.code(), bad.to_string());
            return Refusal::from(error).into_response(request_id);
        }
        request.extensions_mut().insert(Known { peer, request_id });
        let routed: Result<_, Infallible> = self.router.clone().call(request).await;
        match routed {
            Ok(response) => response.map(Body::from),
            Err(never) => match never {},
        }
    }
}

/// A request that was answered.
struct Done {
    request_id: RequestId,
    method: Method,
    peer: Peer,
    took: Duration,
    status: StatusCode,
}

impl Done {
    /// Counts a verification; each alone is written down only where somebody looks for a fault.
    fn note_hot(&self, server: &Server, route: &'static str) {
        server.metrics.verified(route, &self.method, self.status, self.took);
        tracing::debug!(
            request_id = %self.request_id, route, status = self.status.as_u16(),
            milliseconds = self.milliseconds(), "verified"
        );
    }

    /// Counts a request and writes it down: never its address or body, which are the caller's words.
    fn note(&self, server: &Server, noted: Option<&Noted>) {
        server.metrics.answered(
            noted.map_or(OTHER, |noted| noted.route),
            &self.method,
            self.status,
            self.took,
        );
        let Some(noted) = noted else {
            tracing::debug!(
                request_id = %self.request_id, status = self.status.as_u16(),
                milliseconds = self.milliseconds(), "answered"
            );
            return;
        };
        let operator = noted.operator.as_ref();
        tracing::info!(
            request_id = %self.request_id,
            operation = noted.operation,
            operator = operator.map(|(_, name)| name.as_str()),
            operator_id = operator.map(|(id, _)| tracing::field::display(id)),
            client = %noted.client.unwrap_or_else(|| self.peer.address.ip()),
            status = self.status.as_u16(),
            // As the answer calls it, so that one is found by the other.
            code = noted.code.map(ErrorCode::word),
            milliseconds = self.milliseconds(),
            "answered"
        );
    }

    fn milliseconds(&self) -> f64 {
        (self.took.as_secs_f64() * 1e6).round() / 1e3
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

/// Nothing is here; or no address is meant at all, by who asks for a line to somebody else or for the server as a whole.
async fn unknown(request: axum::extract::Request) -> Response {
    let asking = Asking::of(request);
    let (method, path) = (&asking.parts.method, asking.parts.uri.path());
    if *method == Method::CONNECT || (*method == Method::OPTIONS && path == "*") {
        return admin::not_allowed(
            [Method::GET, Method::POST, Method::PATCH, Method::DELETE].iter(),
            &asking,
        );
    }
    let words = "There is nothing at this address. The addresses are listed at /docs.";
    Refusal::from(AdminError::new(ErrorCode::NotFound, words)).into_response(asking.request_id)
}

/// What is there to be looked at knows no other method.
async fn shown_only(request: axum::extract::Request) -> Response {
    admin::not_allowed([http::Method::GET].iter(), &Asking::of(request))
}

/// What a future comes to; none where it panics, which the panic hook has told of. What it holds is dropped then:
/// nothing of it is looked at.
async fn unless_it_panics<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(polled) => polled.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_answer_and_nothing_else() {
        let panics = async {
            tokio::task::yield_now().await;
            assert!(std::hint::black_box(false), "canary");
        };
        assert_eq!(unless_it_panics(panics).await, None);
        assert_eq!(unless_it_panics(async { 7 }).await, Some(7));
    }
}
