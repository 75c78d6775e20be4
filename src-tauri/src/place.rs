//! Where this window's operations are performed: which of the stores it knows, and what may be done there.
//! Opens none.

use std::fmt;
use std::str::FromStr;

use latchkey_connections::ConnectionId;
use latchkey_core::{AdminError, Effect, ErrorCode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The stores this window knows. Written as `local`, `sample` or the connection's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceId {
    /// `keys.db` in the data folder.
    Local,
    /// Made up tenants and keys to look around in.
    Sample,
    /// Where a saved connection leads.
    Connection(ConnectionId),
}

impl fmt::Display for PlaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Sample => f.write_str("sample"),
            Self::Connection(id) => fmt::Display::fmt(id, f),
        }
    }
}

impl FromStr for PlaceId {
    type Err = AdminError;

    fn from_str(text: &str) -> Result<Self, AdminError> {
        Ok(match text {
            "local" => Self::Local,
            "sample" => Self::Sample,
            id => Self::Connection(id.parse()?),
        })
    }
}

impl Serialize for PlaceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlaceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An open store, as the desk needs it.
#[derive(Clone)]
pub struct Place<P> {
    /// Where operations are performed.
    pub store: P,
    /// Which store that is; the journal and the slot keep them apart.
    pub id: PlaceId,
    /// The account that its database knows.
    pub account: Option<String>,
    /// Why nothing may be changed there, as a sentence.
    pub read_only: Option<&'static str>,
}

impl<P> Place<P> {
    /// Refuses what would change something where nothing may be changed.
    ///
    /// # Errors
    /// `read_only`.
    pub fn check_allows(&self, effect: Effect) -> Result<(), AdminError> {
        match (effect, self.read_only) {
            (Effect::Changes | Effect::Mints, Some(words)) => {
                Err(AdminError::new(ErrorCode::ReadOnly, words))
            }
            (Effect::Reads, _) | (Effect::Changes | Effect::Mints, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_it_was_before_there_were_connections() {
        let id: ConnectionId = "6f0c7c52-8a6b-4b8e-9d38-0e0c8f6d7a11".parse().unwrap();
        for (place, text) in [
            (PlaceId::Local, "\"local\""),
            (PlaceId::Sample, "\"sample\""),
            (PlaceId::Connection(id), "\"6f0c7c52-8a6b-4b8e-9d38-0e0c8f6d7a11\""),
        ] {
            assert_eq!(serde_json::to_string(&place).unwrap(), text);
            assert_eq!(serde_json::from_str::<PlaceId>(text).unwrap(), place);
        }
        assert!(serde_json::from_str::<PlaceId>("\"elsewhere\"").is_err());
    }
}
