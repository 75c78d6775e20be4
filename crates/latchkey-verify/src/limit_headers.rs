//! How a client is told over HTTP of the limit that is closest to being used up: `X-RateLimit-*`. Shared by the server
//! and the layer, so that both say it alike. Limits nothing.

use http::{HeaderMap, HeaderName, HeaderValue};
use latchkey_core::rate_limit::RateLimit;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Writes the limit into an answer's headers; its beginning anew in seconds since 1970.
pub fn write(headers: &mut HeaderMap, limit: &RateLimit) {
    headers.insert(LIMIT, HeaderValue::from(limit.limit));
    headers.insert(REMAINING, HeaderValue::from(limit.remaining));
    headers.insert(RESET, HeaderValue::from(seconds_up(limit.reset_at.as_millis())));
}

/// Milliseconds in whole seconds, never less than they are: whoever waits for them has waited long enough.
#[must_use]
pub const fn seconds_up(millis: i64) -> i64 {
    millis.div_euclid(1000) + if millis.rem_euclid(1000) > 0 { 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_never_round_down() {
        for (millis, seconds) in [(0, 0), (1, 1), (1000, 1), (1001, 2), (-1500, -1)] {
            assert_eq!(seconds_up(millis), seconds);
        }
    }
}
