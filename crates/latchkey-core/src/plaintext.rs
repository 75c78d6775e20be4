//! The one type in which a plaintext key lives. It has no `Debug`, no `Clone`, no `Serialize`; it is
//! wiped when dropped. What may see the text asks for it by a name that is easy to search for.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A whole key in the clear: freshly minted, or handed in to be verified or found.
#[derive(Default)]
pub struct PlaintextKey(Zeroizing<String>);

/// The longest text that is looked at as a key; what is longer is malformed.
pub const PLAINTEXT_MAX: usize = 512;

impl PlaintextKey {
    /// Takes the text over; the caller keeps no copy.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Every use of this name is a place where a key can leak.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for PlaintextKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl From<String> for PlaintextKey {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// A minting answer as HTTP and `--json` show it: the answer's fields and the plaintext beside them.
/// Only the HTTP and CLI adapters make one.
#[derive(Serialize)]
pub struct WithPlaintext<'a, T> {
    #[serde(flatten)]
    shown: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    plaintext: Option<&'a str>,
}

impl<'a, T: Serialize> WithPlaintext<'a, T> {
    /// Puts the plaintext beside what may be shown.
    #[must_use]
    pub fn new(shown: &'a T, plaintext: Option<&'a PlaintextKey>) -> Self {
        Self { shown, plaintext: plaintext.map(PlaintextKey::expose) }
    }
}

/// How a key that comes *in* with a request goes out again in the remote client: as its text.
/// Requests that carry one never reach the audit or the idempotency record.
pub(crate) mod incoming {
    use super::PlaintextKey;
    use serde::ser::SerializeSeq;

    pub fn serialize<S: serde::Serializer>(key: &PlaintextKey, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(key.expose())
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<PlaintextKey, D::Error> {
        serde::Deserialize::deserialize(deserializer)
    }

    pub mod list {
        use super::{PlaintextKey, SerializeSeq};

        pub fn serialize<S: serde::Serializer>(
            keys: &[PlaintextKey],
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            let mut list = serializer.serialize_seq(Some(keys.len()))?;
            for key in keys {
                list.serialize_element(key.expose())?;
            }
            list.end()
        }

        pub fn deserialize<'de, D: serde::Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Vec<PlaintextKey>, D::Error> {
            serde::Deserialize::deserialize(deserializer)
        }
    }
}
