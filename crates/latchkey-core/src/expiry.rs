//! When a key ends, as people ask for it: `never`, `90d`, `2027-12-31`, an instant; at a rotation
//! also `keep` and `same-span`. The range that is allowed stands here.

use std::fmt;
use std::str::FromStr;

use crate::error::AdminError;
use crate::time::{Span, Timestamp};
use crate::wire::travels_as_text;

/// An expiry that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub enum Expiry {
    /// No end.
    Never,
    /// So long from now.
    In(Span),
    /// At that instant.
    At(Timestamp),
}

/// The expiry a rotated key gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub enum RotationExpiry {
    /// The one it has.
    Keep,
    /// Its whole life once more, from now.
    SameSpan,
    /// Another one.
    New(Expiry),
}

/// What a text that names no expiry is told.
#[derive(Debug, thiserror::Error)]
#[error(
    "write never, a duration (90d), a date (2027-12-31: the end of that day, UTC) or an instant with its zone"
)]
pub struct BadExpiry;

impl Expiry {
    /// The instant meant, when it is `now`.
    ///
    /// # Errors
    /// `invalid` at `expires` when it lies less than a minute ahead or after 9999-12-30.
    pub fn resolve(self, now: Timestamp) -> Result<Option<Timestamp>, AdminError> {
        let at = match self {
            Self::Never => return Ok(None),
            Self::In(span) => now.plus(span),
            Self::At(at) => at,
        };
        if at < now.plus(Span::minutes(1)) {
            return Err(AdminError::invalid(
                "expires",
                "This lies in the past. Choose an expiry at least one minute ahead.",
            ));
        }
        if at > Timestamp::LAST {
            return Err(AdminError::invalid(
                "expires",
                "The latest expiry is 9999-12-30. Choose never for no end.",
            ));
        }
        Ok(Some(at))
    }
}

impl FromStr for Expiry {
    type Err = BadExpiry;

    fn from_str(text: &str) -> Result<Self, BadExpiry> {
        match text {
            "never" => Ok(Self::Never),
            _ => text.parse().map(Self::In).or_else(|_| text.parse().map(Self::At)).map_err(|_| BadExpiry),
        }
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::In(span) => span.fmt(f),
            Self::At(at) => at.fmt(f),
        }
    }
}

impl FromStr for RotationExpiry {
    type Err = BadExpiry;

    fn from_str(text: &str) -> Result<Self, BadExpiry> {
        match text {
            "keep" => Ok(Self::Keep),
            "same-span" => Ok(Self::SameSpan),
            _ => text.parse().map(Self::New),
        }
    }
}

impl fmt::Display for RotationExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep => f.write_str("keep"),
            Self::SameSpan => f.write_str("same-span"),
            Self::New(expiry) => expiry.fmt(f),
        }
    }
}

travels_as_text!(
    Expiry: {
        "description": "never, a duration from now, a date (the end of that day, UTC) or an instant.",
        "minLength": 1,
        "examples": ["never", "90d", "2027-12-31", "2027-12-31T18:00:00Z"]
    },
    RotationExpiry: {
        "description": "keep, same-span (the key's whole life once more, from now), never, a duration, a date or an instant.",
        "minLength": 1,
        "examples": ["keep", "same-span", "never", "90d", "2027-12-31", "2027-12-31T18:00:00Z"]
    },
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiries_lie_between_a_minute_ahead_and_the_end_of_the_calendar() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let at = |text: &str| text.parse::<Expiry>().unwrap().resolve(now);
        assert_eq!(at("never").unwrap(), None);
        assert_eq!(at("90d").unwrap(), Some(now.plus(Span::days(90))));
        assert_eq!(at("60s").unwrap(), Some(now.plus(Span::minutes(1))));
        assert!(at("9999-12-30").is_ok());
        for bad in ["59s", "2026-11-20", "2025-12-31", "9999-12-31", "2026-11-21T12:00:30Z"] {
            assert_eq!(at(bad).unwrap_err().field.as_deref(), Some("expires"), "{bad}");
        }
        for bad in ["2026-02-30", "soon", "", "-1d", "90"] {
            assert!(bad.parse::<Expiry>().is_err(), "{bad}");
        }
    }
}
