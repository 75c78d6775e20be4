//! Identifiers: a prefix that names the noun and a UUIDv7 that sorts by time. They are made from a
//! clock and randomness that are passed in. Holds no noun.

use std::fmt;
use std::str::FromStr;

use rand::Rng;
use uuid::Uuid;

use crate::time::Timestamp;
use crate::wire::travels_as_text;

/// What a text that is no identifier is told.
#[derive(Debug, thiserror::Error)]
#[error("this is not an identifier; it looks like {0}0190b5f0…, 32 hexadecimal digits after the underscore")]
pub struct BadId(&'static str);

/// How long every identifier's text is: a prefix of four characters and 32 digits.
pub const ID_LENGTH: usize = 36;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
        pub struct $name(Uuid);

        impl $name {
            /// The one of all zeros, which is never drawn.
            #[must_use]
            pub const fn nil() -> Self {
                Self(Uuid::nil())
            }

            /// A new one for `now`.
            pub fn new(now: Timestamp, randomness: &mut impl Rng) -> Self {
                let mut bytes = [0u8; 10];
                randomness.fill_bytes(&mut bytes);
                let millis = u64::try_from(now.as_millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
            }

            /// Its text, written into `place`, for where that is done too often to go through a formatter.
            #[must_use]
            pub fn encode<'a>(&self, place: &'a mut [u8; ID_LENGTH]) -> &'a str {
                let (prefix, digits) = place.split_at_mut($prefix.len());
                prefix.copy_from_slice($prefix.as_bytes());
                self.0.simple().encode_lower(digits);
                // Everything in it is ASCII.
                std::str::from_utf8(place).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.encode(&mut [0; ID_LENGTH]))
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let hex = text.strip_prefix($prefix).filter(|hex| hex.len() == 32).ok_or(BadId($prefix))?;
                if hex.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return Err(BadId($prefix));
                }
                Uuid::try_parse(hex).map(Self).map_err(|_| BadId($prefix))
            }
        }

        travels_as_text!($name: { "pattern": concat!("^", $prefix, "[0-9a-f]{32}$") });
    )+};
}

ids! {
    /// A tenant.
    TenantId = "ten_";
    /// A role.
    RoleId = "rol_";
    /// A key: stable through every rotation.
    KeyId = "key_";
    /// One secret of a key.
    SecretId = "sec_";
    /// One request, for finding it in logs and in the audit.
    RequestId = "req_";
    /// A security event.
    EventId = "evt_";
}

/// A name the caller gives to a change, so that repeating it has no second effect.
/// 1 to 100 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct IdempotencyKey(String);

/// What a text that cannot be an idempotency key is told.
#[derive(Debug, thiserror::Error)]
#[error("an idempotency key is 1 to 100 visible ASCII characters")]
pub struct BadIdempotencyKey;

impl IdempotencyKey {
    /// A new one that nobody else has.
    pub fn new(now: Timestamp, randomness: &mut impl Rng) -> Self {
        Self(RequestId::new(now, randomness).to_string())
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for IdempotencyKey {
    type Err = BadIdempotencyKey;

    fn from_str(text: &str) -> Result<Self, BadIdempotencyKey> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=100).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadIdempotencyKey)
        }
    }
}

travels_as_text!(IdempotencyKey: {
    "description": "A name the caller gives to a change, so that repeating it has no second effect.",
    "pattern": "^[!-~]{1,100}$"
});
