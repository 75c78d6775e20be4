//! How long nobody has used the window. Told by the page when somebody moves or types, and by changes that
//! are made. Reading does not count: the page reads by itself when somebody else changes something.

use std::sync::{Mutex, PoisonError};

use latchkey_core::{Span, Timestamp};

/// When somebody was there last.
pub struct Idle {
    since: Mutex<Timestamp>,
    minute: Span,
}

impl Idle {
    /// Somebody starts the program.
    pub fn new(now: Timestamp) -> Self {
        Self { since: Mutex::new(now), minute: minute() }
    }

    /// Somebody is there.
    pub fn begin_anew(&self, now: Timestamp) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Whether nobody was there for `minutes`. By the computer's clock, so that the time it slept counts too.
    pub fn is_over(&self, now: Timestamp, minutes: u32) -> bool {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was turned back must not keep the window open for as long.
        *since = since.min(now);
        now.since(*since).as_millis() >= self.minute.as_millis().saturating_mul(i64::from(minutes))
    }
}

/// The window tests may make a minute shorter.
fn minute() -> Span {
    #[cfg(feature = "e2e")]
    if let Some(seconds) =
        std::env::var("LATCHKEY_IDLE_SECONDS").ok().and_then(|text| text.parse::<i64>().ok())
    {
        return Span::from_millis(seconds.clamp(1, 60) * 1000);
    }
    Span::minutes(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_over_after_its_minutes_and_begins_anew() {
        let at = |minutes: i64| Timestamp::from_millis(minutes * 60_000);
        let idle = Idle::new(at(0));
        assert!(!idle.is_over(Timestamp::from_millis(5 * 60_000 - 1), 5));
        assert!(idle.is_over(at(5), 5));
        idle.begin_anew(at(4));
        assert!(!idle.is_over(at(5), 5));
        assert!(idle.is_over(at(600), 5), "a computer that slept");
        idle.begin_anew(at(600));
        assert!(!idle.is_over(at(10), 5), "the clock was turned back");
        assert!(idle.is_over(at(15), 5));
    }
}
