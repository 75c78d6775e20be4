//! What goes back: bodies, JSON answers and problems, and the headers that every answer has. Knows no operation
//! and reads no request.

use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use hyper::body::{Frame, SizeHint};
use latchkey_core::id::{ID_LENGTH, RequestId};
use latchkey_core::problem::{PROBLEM_JSON, Problem};
use latchkey_core::{AdminError, ErrorCode};
use serde::Serialize;

/// An answer on its way.
pub(crate) type Response = http::Response<Body>;

/// The version of the admin API, in `Latchkey-Api`.
pub(crate) const API: &str = "1";
/// This program's version, in `Latchkey-Version`.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LATCHKEY_VERSION: HeaderName = HeaderName::from_static("latchkey-version");
const LATCHKEY_API: HeaderName = HeaderName::from_static("latchkey-api");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Nothing in between keeps an answer.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// When it is worth asking again where nobody knows better.
const SOON: Duration = Duration::from_secs(1);

/// An answer's body: one piece, or what another part of the house made.
pub(crate) struct Body(Inner);

enum Inner {
    Once(Option<Bytes>),
    Other(axum::body::Body),
}

impl Body {
    /// A body of one piece.
    pub(crate) fn once(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self(Inner::Once(Some(bytes).filter(|bytes| !bytes.is_empty())))
    }
}

impl From<axum::body::Body> for Body {
    fn from(body: axum::body::Body) -> Self {
        Self(Inner::Other(body))
    }
}

impl From<Body> for axum::body::Body {
    fn from(body: Body) -> Self {
        match body.0 {
            Inner::Once(bytes) => bytes.map_or_else(Self::empty, Self::from),
            Inner::Other(body) => body,
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut self.0 {
            Inner::Once(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Inner::Other(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Once(bytes) => bytes.is_none(),
            Inner::Other(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Once(bytes) => SizeHint::with_exact(
                bytes.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            ),
            Inner::Other(body) => body.size_hint(),
        }
    }
}

/// Why a request is not done, and when it is worth asking again.
pub(crate) struct Refusal {
    /// What is the matter.
    pub(crate) error: AdminError,
    /// When to try again, where that is known.
    pub(crate) retry_after: Option<Duration>,
}

impl From<AdminError> for Refusal {
    fn from(error: AdminError) -> Self {
        Self { error, retry_after: None }
    }
}

impl Refusal {
    /// A refusal that is over after `retry_after`.
    pub(crate) fn until(error: AdminError, retry_after: Duration) -> Self {
        Self { error, retry_after: Some(retry_after) }
    }

    /// As it travels: problem+json, with the headers that its status asks for.
    pub(crate) fn into_response(self, request_id: RequestId) -> Response {
        let problem = Problem::from(self.error.of_request(request_id));
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = in_json(status, &problem);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"latchkey\""));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, whole_seconds(self.retry_after.unwrap_or(SOON)));
            }
            _ => {}
        }
        response
    }
}

/// A time in whole seconds, never less than it and never 0: whoever asks again then is not refused again.
pub(crate) fn whole_seconds(time: Duration) -> HeaderValue {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    HeaderValue::from(seconds.max(1))
}

/// `value` as JSON. What cannot be written is a fault of ours.
pub(crate) fn in_json(status: StatusCode, value: &impl Serialize) -> Response {
    let (status, body) = match serde_json::to_vec(value) {
        Ok(body) => (status, body),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            let code = serde_json::json!({"code": ErrorCode::Internal, "status": 500});
            (StatusCode::INTERNAL_SERVER_ERROR, code.to_string().into_bytes())
        }
    };
    let mut response = http::Response::new(Body::once(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// What headers that are made once for many answers begin with: [`complete`] writes the request's id into its place, and
/// adds nothing else.
pub(crate) fn begin_complete() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(REQUEST_ID, HeaderValue::from_static(""));
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers
}

/// The headers of an answer in JSON that is given very often, whole but for the request's id.
pub(crate) fn of_json() -> HeaderMap {
    static MADE: OnceLock<HeaderMap> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let mut headers = begin_complete();
        add_what_is_the_same(&mut headers);
        headers.insert(CONTENT_TYPE, JSON);
        headers
    });
    made.clone()
}

fn add_what_is_the_same(headers: &mut HeaderMap) {
    headers.insert(LATCHKEY_VERSION, HeaderValue::from_static(VERSION));
    headers.insert(LATCHKEY_API, HeaderValue::from_static(API));
    headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
    headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
}

/// The headers that every answer has.
pub(crate) fn complete(headers: &mut HeaderMap, request_id: RequestId, encrypted: bool) {
    if headers.keys().next() != Some(&REQUEST_ID) {
        add_what_is_the_same(headers);
    }
    if let Ok(value) = HeaderValue::from_str(request_id.encode(&mut [0; ID_LENGTH])) {
        headers.insert(REQUEST_ID, value);
    }
    if encrypted {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
