//! `connections.json` as bytes: how it is read, which line is at fault, how it is written again with what a
//! newer version put into it. Knows no rule of connections but that no two have one id or one name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use latchkey_core::text::fold;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::connection::{Connection, ConnectionId};
use crate::file_words;

/// Its name.
pub(crate) const NAME: &str = "connections.json";
/// Thousands of connections; what is larger was not written by Latchkey.
pub(crate) const MAX_BYTES: u64 = 1024 * 1024;
/// The form that this version writes.
const VERSION: u32 = 1;
/// The member with the connections.
const LIST: &str = "connections";

/// In which state `connections.json` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It can be read and written, or is not there yet.
    Ok,
    /// It cannot be read; it is never written over.
    Damaged,
    /// It can be read and not written.
    Unwritable,
    /// Other accounts of this computer may read or write it.
    Loose,
}

/// What was read.
pub(crate) struct Read {
    pub(crate) connections: Vec<Connection>,
    /// The same with everything that this version does not know.
    whole: Map<String, Value>,
}

/// What this version understands of the file.
#[derive(Deserialize)]
struct Known {
    #[serde(default = "version")]
    version: u32,
    #[serde(default)]
    connections: Vec<Connection>,
}

const fn version() -> u32 {
    VERSION
}

impl Read {
    /// Reads the file; one that is not there has no connections.
    ///
    /// # Errors
    /// The sentence for a person. Nothing that stands in the file is repeated.
    pub(crate) fn from(path: &Path) -> Result<Self, String> {
        let facts = match fs::metadata(path) {
            Ok(facts) => facts,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { connections: Vec::new(), whole: Map::new() });
            }
            Err(error) => return Err(damaged(&error.to_string())),
        };
        if !facts.is_file() {
            return Err(damaged("it is not a file"));
        }
        if facts.len() > MAX_BYTES {
            return Err(damaged("it is larger than 1 MB"));
        }
        let bytes = fs::read(path).map_err(|error| damaged(&error.to_string()))?;
        Self::of(&bytes)
    }

    fn of(bytes: &[u8]) -> Result<Self, String> {
        let known = known(bytes)?;
        if known.version > VERSION {
            return Err(format!(
                "{NAME} was written by a newer Latchkey. Update this program, or move the file away; it was not touched."
            ));
        }
        for (place, one) in known.connections.iter().enumerate() {
            let others = &known.connections[..place];
            if others.iter().any(|other| other.id == one.id) {
                return Err(damaged(&format!(
                    "connection {} and an earlier one have the same id",
                    place + 1
                )));
            }
            if others.iter().any(|other| fold(&other.name) == fold(&one.name)) {
                return Err(damaged(&format!(
                    "connection {} and an earlier one have the same name",
                    place + 1
                )));
            }
        }
        let whole = serde_json::from_slice(bytes).map_err(|error| damaged_at(&error, ""))?;
        Ok(Self { connections: known.connections, whole })
    }

    /// The bytes of the file with `connections` instead: what this version does not know of them stays.
    pub(crate) fn with(mut self, connections: &[Connection]) -> io::Result<Vec<u8>> {
        let mut items = Vec::new();
        for connection in connections {
            let mut item = self.unknown_of(connection.id)?;
            item.extend(members(connection)?);
            items.push(Value::Object(item));
        }
        self.whole.insert("version".to_owned(), VERSION.into());
        self.whole.insert(LIST.to_owned(), Value::Array(items));
        let mut bytes = serde_json::to_vec_pretty(&self.whole)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The members of a connection that this version does not know.
    fn unknown_of(&self, id: ConnectionId) -> io::Result<Map<String, Value>> {
        let Some(place) = self.connections.iter().position(|old| old.id == id) else {
            return Ok(Map::new());
        };
        let mut item = match self.whole.get(LIST).and_then(|list| list.get(place)) {
            Some(Value::Object(item)) => item.clone(),
            _ => Map::new(),
        };
        for known in members(&self.connections[place])?.keys() {
            item.remove(known);
        }
        Ok(item)
    }
}

fn members(connection: &Connection) -> io::Result<Map<String, Value>> {
    match serde_json::to_value(connection)? {
        Value::Object(members) => Ok(members),
        _ => Ok(Map::new()),
    }
}

fn known(bytes: &[u8]) -> Result<Known, String> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let known = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| damaged_at(error.inner(), &error.path().to_string()))?;
    reader.end().map_err(|error| damaged_at(&error, ""))?;
    Ok(known)
}

fn damaged_at(error: &serde_json::Error, path: &str) -> String {
    let at = match path {
        "" | "." | "?" => format!("line {}", error.line()),
        path => format!("line {}, {path}", error.line()),
    };
    damaged(&at)
}

fn damaged(why: &str) -> String {
    file_words::damaged(NAME, why)
}

/// Where the bytes lie: behind a link, if it is one.
pub(crate) fn behind_links(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
