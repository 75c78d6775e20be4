//! A guard around a service, as a tower layer for HTTP requests: it reads the key, asks the verifier, and lets through
//! what is good, with whose key it was beside the request. Works with axum and whatever else speaks tower; decides
//! nothing itself.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Extensions, HeaderValue, Request, Response, StatusCode};
use latchkey_core::AdminError;
use latchkey_core::problem::{PROBLEM_JSON, Problem};
use latchkey_core::rate_limit::RateLimit;
use tower::{Layer, Service};

use crate::client_ip::TrustedProxies;
use crate::credentials::{self, Ways};
use crate::question::{Question, Verdict};
use crate::verifier::Verifier;
use crate::{limit_headers, refusal};

/// Where the address of whoever is at the other end of the connection stands among a request's extensions.
type Peer = Arc<dyn Fn(&Extensions) -> Option<IpAddr> + Send + Sync>;

/// Lets requests through whose key is good for one question. The service finds the [`latchkey_store::VerifyEntry`] of
/// the key among the request's extensions, as an `Arc`.
#[derive(Clone)]
pub struct Guard {
    verifier: Verifier,
    question: Arc<Question>,
    ways: Ways,
    proxies: Arc<TrustedProxies>,
    peer: Peer,
}

impl Guard {
    /// Asks `verifier` this question about every request's key, which may come in any of the ways.
    #[must_use]
    pub fn new(verifier: Verifier, question: Question) -> Self {
        Self {
            verifier,
            question: Arc::new(question),
            ways: Ways::ALL,
            proxies: Arc::default(),
            peer: Arc::new(|extensions| extensions.get::<SocketAddr>().map(SocketAddr::ip)),
        }
    }

    /// Takes keys in these ways alone.
    #[must_use]
    pub fn with_ways(mut self, ways: Ways) -> Self {
        self.ways = ways;
        self
    }

    /// Believes these proxies for whom they ask.
    #[must_use]
    pub fn behind(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = Arc::new(proxies);
        self
    }

    /// Says where the address at the other end of the connection is found; else a `SocketAddr` is looked for. Without
    /// one, keys that are kept to a list of addresses stay out.
    #[must_use]
    pub fn with_peer(mut self, peer: impl Fn(&Extensions) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.peer = Arc::new(peer);
        self
    }

    async fn ask(&self, request: &Parts) -> Result<Verdict, Refusal> {
        credentials::refuse_in_url(&request.uri).map_err(Refusal::of)?;
        let given = credentials::read(&request.headers, self.ways).map_err(Refusal::of)?;
        let client = self.proxies.client_ip((self.peer)(&request.extensions), &request.headers);
        let verdict = match self.verifier.verify_warm(given.expose(), &self.question, client) {
            Some(verdict) => verdict,
            None => self.verifier.verify(given.expose(), &self.question, client).await.map_err(|untold| {
                let retry_after = untold.retry_after;
                Refusal { retry_after: Some(retry_after), ..Refusal::of(untold) }
            })?,
        };
        if verdict.is_valid() {
            return Ok(verdict);
        }
        let retry_after = verdict.retry_at.map(|at| self.verifier.until(at));
        let error = refusal::of_verdict(&verdict, &self.question);
        Err(Refusal { error, rate_limit: verdict.rate_limit, retry_after })
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.clone(), inner }
    }
}

/// A service behind a [`Guard`].
#[derive(Clone)]
pub struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let guard = self.guard.clone();
        // The one that is ready does the work; its copy waits for the next request.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let verdict = match guard.ask(&parts).await {
                Ok(verdict) => verdict,
                Err(refusal) => return Ok(refusal.response()),
            };
            if let Some(entry) = verdict.entry {
                parts.extensions.insert(entry);
            }
            let mut response = inner.call(Request::from_parts(parts, body)).await?;
            if let Some(limit) = &verdict.rate_limit {
                limit_headers::write(response.headers_mut(), limit);
            }
            Ok(response)
        })
    }
}

/// Why a request is not let through.
struct Refusal {
    error: AdminError,
    rate_limit: Option<RateLimit>,
    retry_after: Option<Duration>,
}

impl Refusal {
    fn of(error: impl Into<AdminError>) -> Self {
        Self { error: error.into(), rate_limit: None, retry_after: None }
    }

    fn response<R: From<String>>(self) -> Response<R> {
        let problem = Problem::from(self.error);
        let body = serde_json::to_string(&problem).unwrap_or_default();
        let mut response = Response::new(R::from(body));
        *response.status_mut() =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if problem.status == StatusCode::UNAUTHORIZED.as_u16() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"api\""));
        }
        if let Some(wait) = self.retry_after {
            // A part of a second is a whole one: before that, trying again is in vain.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if let Some(limit) = &self.rate_limit {
            limit_headers::write(headers, limit);
        }
        response
    }
}
