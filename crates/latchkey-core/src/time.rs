//! Instants and durations: milliseconds since 1970 in UTC, `90s 15m 24h 7d`, and the clock that
//! everybody is handed. Nothing here reads the computer's clock except `SystemClock`.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use crate::wire::travels_as_text;

/// An instant in UTC, whole milliseconds (PostgreSQL keeps microseconds, JavaScript
/// milliseconds: what is finer would not survive the journey). Shown as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct Timestamp(i64);

/// Milliseconds of one day.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Timestamp {
    /// The last instant an expiry may name: the end of 9999-12-30 (`interface.md`).
    pub const LAST: Self = Self(253_402_214_400_000);

    /// From milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This instant later by `span`; stops at the largest instant.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// How long from `earlier` to this instant; nothing when it lies before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0).max(0))
    }

    fn calendar(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// `2025-01-15 10:30:45`, as the Django seed prints it (UTC).
    #[must_use]
    pub fn to_plain_text(self) -> String {
        self.calendar().format("%Y-%m-%d %H:%M:%S").to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.calendar().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// What a text that names no instant is told.
#[derive(Debug, thiserror::Error)]
#[error(
    "write a date as YYYY-MM-DD (end of that day, UTC) or an instant as 2027-12-31T18:00:00Z, with its zone"
)]
pub struct BadTimestamp;

impl FromStr for Timestamp {
    type Err = BadTimestamp;

    /// RFC 3339 with a zone, or a date, which means the end of that day in UTC: 00:00:00.000 of
    /// the next (`domain.md`, Status).
    fn from_str(text: &str) -> Result<Self, BadTimestamp> {
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d")
            && text.len() == 10
        {
            let next = date.succ_opt().ok_or(BadTimestamp)?;
            let midnight = next.and_hms_opt(0, 0, 0).ok_or(BadTimestamp)?;
            return Ok(Self(midnight.and_utc().timestamp_millis()));
        }
        // A leap second would be folded into the next one without a word; say no instead.
        if text.contains(":60") {
            return Err(BadTimestamp);
        }
        DateTime::parse_from_rfc3339(text).map(|at| Self(at.timestamp_millis())).map_err(|_| BadTimestamp)
    }
}

/// A length of time, whole milliseconds, never negative. Written `90s`, `15m`, `24h`, `7d`, or `0`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct Span(i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many milliseconds; negative counts as none.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 { 0 } else { millis })
    }

    /// So many minutes.
    #[must_use]
    pub const fn minutes(minutes: i64) -> Self {
        Self::from_millis(minutes * 60 * 1000)
    }

    /// So many hours.
    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        Self::from_millis(hours * 60 * 60 * 1000)
    }

    /// So many days of 24 hours.
    #[must_use]
    pub const fn days(days: i64) -> Self {
        Self::from_millis(days * DAY_MS)
    }

    /// In milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        match self.0 {
            0 => f.write_str("0"),
            ms if ms % DAY_MS == 0 => write!(f, "{}d", ms / DAY_MS),
            ms if ms % 3_600_000 == 0 => write!(f, "{}h", ms / 3_600_000),
            ms if ms % 60_000 == 0 => write!(f, "{}m", ms / 60_000),
            _ => write!(f, "{seconds}s"),
        }
    }
}

/// What a text that names no duration is told.
#[derive(Debug, thiserror::Error)]
#[error("write a duration with its unit: 90s, 15m, 24h or 7d (at most ten years), or 0 for none")]
pub struct BadSpan;

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let unit = text.chars().last().ok_or(BadSpan)?;
        let millis = match unit {
            's' => 1000,
            'm' => 60 * 1000,
            'h' => 60 * 60 * 1000,
            'd' => DAY_MS,
            _ => return Err(BadSpan),
        };
        let digits = &text[..text.len() - 1];
        if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadSpan);
        }
        let count: i64 = digits.parse().map_err(|_| BadSpan)?;
        let total = count.checked_mul(millis).filter(|total| *total <= 3653 * DAY_MS).ok_or(BadSpan)?;
        Ok(Self(total))
    }
}

travels_as_text!(
    Timestamp: {
        "description": "An instant with its zone; answers are in UTC, in milliseconds. Requests may also say a date: the end of that day, UTC.",
        "format": "date-time",
        "examples": ["2027-12-31T18:00:00.000Z"]
    },
    Span: {
        "description": "A length of time with its unit, at most ten years; 0 is none.",
        "pattern": "^(?:0|[0-9]{1,9}[smhd])$",
        "examples": ["0", "90s", "15m", "24h", "7d"]
    },
);

/// Where the time comes from. Rules take the time as an argument; only what performs asks a clock.
pub trait Clock: Send + Sync + 'static {
    /// The instant now.
    fn now(&self) -> Timestamp;

    /// Whether this is the computer's own clock, which may be wrong: where several computers share a database they
    /// all go by that one's. A clock that is made to show a time is followed.
    fn is_the_computers(&self) -> bool {
        false
    }
}

/// The computer's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place that reads it
    fn now(&self) -> Timestamp {
        // Not by way of a calendar, which costs more than the reading: every verification asks.
        let millis = match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Timestamp(millis)
    }

    fn is_the_computers(&self) -> bool {
        true
    }
}

/// A clock that tests and sample data set by hand.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub const fn at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Lets `span` pass.
    pub fn advance(&self, span: Span) {
        self.0.fetch_add(span.0, Ordering::SeqCst);
    }

    /// Sets the hands, forwards or backwards.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

impl<C: Clock> Clock for std::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        self.as_ref().now()
    }

    fn is_the_computers(&self) -> bool {
        self.as_ref().is_the_computers()
    }
}

/// The latest instant this process has seen. A clock that is turned back does not take the rules
/// back with it: what has died stays dead (`domain.md`, Rotation rule 13).
#[derive(Debug)]
pub struct Floor(AtomicI64);

impl Default for Floor {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Floor {
    /// The time that counts when the clock shows `now`: never before one that counted already.
    pub fn raise(&self, now: Timestamp) -> Timestamp {
        // Most often it stands there already: reading does not take the line away from other cores.
        let seen = self.0.load(Ordering::SeqCst);
        if seen >= now.0 {
            return Timestamp(seen);
        }
        Timestamp(self.0.fetch_max(now.0, Ordering::SeqCst).max(now.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_means_the_end_of_that_day_in_utc() {
        let at: Timestamp = "2027-12-31".parse().unwrap();
        assert_eq!(at.to_string(), "2028-01-01T00:00:00.000Z");
    }

    #[test]
    fn instants_need_a_zone_and_exist() {
        for bad in [
            "2026-02-30",
            "2027-02-29",
            "2026-13-01",
            "2026-01-01T10:00:00",
            "24:00",
            "2026-01-01T24:00:00Z",
            "2026-06-30T23:59:60Z",
            "",
            "tomorrow",
            "2026-1-1",
            "+275760-01-01",
        ] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
        let offset: Timestamp = "2026-01-01T00:00:00.5+14:00".parse().unwrap();
        assert_eq!(offset.to_string(), "2025-12-31T10:00:00.500Z");
    }

    #[test]
    fn durations_need_a_unit_and_a_sane_size() {
        for (text, millis) in
            [("0", 0), ("90s", 90_000), ("15m", 900_000), ("24h", DAY_MS), ("7d", 7 * DAY_MS)]
        {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.as_millis(), millis);
        }
        for bad in ["24", "-1h", "1.5h", "1e3s", "∞", "1000000000d", "99999d", "", "h", "1 h", "１h"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
        assert_eq!(Span::hours(36).to_string(), "36h");
    }

    #[test]
    fn the_floor_never_sinks() {
        let floor = Floor::default();
        assert_eq!(floor.raise(Timestamp(10)), Timestamp(10));
        assert_eq!(floor.raise(Timestamp(5)), Timestamp(10));
        assert_eq!(floor.raise(Timestamp(11)), Timestamp(11));
    }
}
