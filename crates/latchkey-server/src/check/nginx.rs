//! Answers as nginx can pass them on: its `auth_request` knows 2xx, 401 and 403, takes everything else for a failure
//! and drops bodies. So status, cause, time and body travel in headers, and the snippet beside renders them.

use http::{HeaderName, HeaderValue, StatusCode};
use latchkey_core::rate_limit::RateLimit;

use super::answers::Refusal;
use super::say_when;
use crate::answer::{Body, Response};

/// The true cause, for the gateway's own log.
const OUTCOME: HeaderName = HeaderName::from_static("x-latchkey-outcome");
/// The status that the client is to see.
const STATUS: HeaderName = HeaderName::from_static("x-latchkey-status");
/// In how many seconds the client may try again.
const RETRY_AFTER: HeaderName = HeaderName::from_static("x-latchkey-retry-after");
/// The body that the client is to read.
const BODY: HeaderName = HeaderName::from_static("x-latchkey-body");
/// Its media type.
const TYPE: HeaderName = HeaderName::from_static("x-latchkey-content-type");

/// A refusal in the headers of a 401 or 403.
pub(super) fn wrapped(refusal: &Refusal, cause: &'static str, limit: Option<&RateLimit>) -> Response {
    let mut response = http::Response::new(Body::once(bytes::Bytes::new()));
    *response.status_mut() = if refusal.status == StatusCode::UNAUTHORIZED {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::FORBIDDEN
    };
    let headers = response.headers_mut();
    headers.insert(OUTCOME, HeaderValue::from_static(cause));
    headers.insert(STATUS, HeaderValue::from(refusal.status.as_u16()));
    headers.insert(TYPE, HeaderValue::from_static(refusal.media_type));
    // One line of visible ASCII, as bodies are written.
    if let Ok(body) = HeaderValue::from_str(&refusal.body) {
        headers.insert(BODY, body);
    }
    say_when(headers, RETRY_AFTER, refusal.challenge, refusal.retry_after, limit);
    response
}
