//! A saved connection: everything about it but its secret, and what may stand in its fields. Saves nothing.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use latchkey_client::{Client, ServerAddress};
use latchkey_core::{AdminError, ErrorCode, PlaintextKey, Source, Timestamp};
use latchkey_store::{Access, Password, PostgresLogin, PostgresPlace, StoreUrl};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The longest name of a connection.
const NAME_MAX: usize = 60;
/// The longest time after which an idle window locks.
const LOCK_MAX_MINUTES: u32 = 24 * 60;

/// Names a connection for as long as it is saved, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(Uuid);

impl ConnectionId {
    /// A new one, from the operating system's randomness.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for ConnectionId {
    type Err = AdminError;

    fn from_str(text: &str) -> Result<Self, AdminError> {
        text.parse().map(Self).map_err(|_| AdminError::not_found("connection"))
    }
}

/// What a connection leads to, for the person's eye: a colour and a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Not said.
    #[default]
    None,
    /// A developer's own.
    Development,
    /// Before production.
    Staging,
    /// What customers use: changes are confirmed by typing a name.
    Production,
}

/// Where a connection leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A SQLite file on this computer.
    Local {
        /// The file.
        path: PathBuf,
    },
    /// A PostgreSQL database.
    Postgres(PostgresPlace),
    /// A Latchkey server.
    Server {
        /// Its address, https.
        url: String,
        /// A PEM file of the authority that signed its certificate.
        #[serde(default)]
        ca_file: Option<PathBuf>,
    },
}

/// Where it leads, as a person reads it: nothing in it is secret.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { path } => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(place) => write!(f, "postgres://{place}"),
            // A name with a letter that only looks like another shows as what it is.
            Self::Server { url, .. } => match ServerAddress::read(url, None) {
                Ok(address) => address.fmt(f),
                Err(_) => f.write_str(url),
            },
        }
    }
}

/// Where a connection's secret is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// In the system keychain.
    #[default]
    Keychain,
    /// Nowhere: it is asked for and kept in memory until the window locks or ends.
    Session,
    /// In the encrypted file, under a passphrase.
    File,
}

/// A saved connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Names it.
    pub id: ConnectionId,
    /// What the person calls it; no two are called the same.
    pub name: String,
    /// What it leads to, for the eye.
    #[serde(default)]
    pub environment: Environment,
    /// Where it leads.
    #[serde(flatten)]
    pub kind: Kind,
    /// Where its secret is kept.
    #[serde(default)]
    pub keep: Keep,
    /// Whether every change is refused.
    #[serde(default)]
    pub read_only: bool,
    /// After how many idle minutes the window locks; none: never.
    #[serde(default)]
    pub lock_after_minutes: Option<u32>,
    /// When it was opened last.
    #[serde(default)]
    pub last_used_at: Option<Timestamp>,
}

impl Connection {
    /// Refuses what cannot be a connection.
    ///
    /// # Errors
    /// `invalid` at `name`, `path`, `url`, `lock_after_minutes`, or as [`PostgresPlace::check`].
    pub fn check(&self) -> Result<(), AdminError> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            let words = format!("Enter a name of at most {NAME_MAX} characters.");
            return Err(AdminError::invalid("name", words));
        }
        if self.lock_after_minutes.is_some_and(|minutes| minutes == 0 || minutes > LOCK_MAX_MINUTES) {
            let words = "Enter 1 to 1440 minutes, or leave it empty.";
            return Err(AdminError::invalid("lock_after_minutes", words));
        }
        match &self.kind {
            Kind::Local { path } if path.as_os_str().is_empty() || !path.is_absolute() => {
                Err(AdminError::invalid("path", "Choose the store's file."))
            }
            Kind::Local { .. } => Ok(()),
            Kind::Postgres(place) => place.check(),
            Kind::Server { url, ca_file } => ServerAddress::read(url, ca_file.clone()).map(drop),
        }
    }

    /// Where its store lies, with the secret that opens it; an empty one is none.
    ///
    /// # Errors
    /// As [`Connection::check`], for the file may have been written by hand; `store_unusable` for a server.
    pub fn store_url(&self, secret: Option<Arc<Password>>) -> Result<StoreUrl, AdminError> {
        self.check()?;
        match &self.kind {
            Kind::Local { path } => Ok(StoreUrl::Sqlite(path.clone())),
            Kind::Postgres(place) => {
                let password = secret.filter(|secret| !secret.expose().is_empty());
                Ok(StoreUrl::Postgres(PostgresLogin { place: place.clone(), password }))
            }
            Kind::Server { .. } => Err(AdminError::new(
                ErrorCode::StoreUnusable,
                "This is a server: its store is opened where it runs. Do this there.",
            )),
        }
    }

    /// The server it leads to, asked with this token from `source`; for looking only where the connection is
    /// read-only. None for a file or a database.
    ///
    /// # Errors
    /// As [`Connection::check`]; `credential_needed` at `token` without one; as [`Client::new`].
    pub fn server(&self, token: Option<&Password>, source: Source) -> Result<Option<Client>, AdminError> {
        self.check()?;
        let Kind::Server { url, ca_file } = &self.kind else { return Ok(None) };
        let address = ServerAddress::read(url, ca_file.clone())?;
        let Some(token) = token.filter(|token| !token.expose().is_empty()) else {
            let words = "The server asks for an admin token. Enter it.";
            return Err(AdminError::new(ErrorCode::CredentialNeeded, words).at_field("token"));
        };
        let client = Client::new(address, PlaintextKey::new(token.expose().trim().to_owned()), source)?;
        Ok(Some(if self.read_only { client.looking_only() } else { client }))
    }

    /// What its store is opened for.
    #[must_use]
    pub const fn access(&self) -> Access {
        if self.read_only { Access::ReadOnly } else { Access::ReadWrite }
    }

    /// Whether it leads to a server, which opens its store itself.
    #[must_use]
    pub const fn is_server(&self) -> bool {
        matches!(self.kind, Kind::Server { .. })
    }

    /// Whether opening it needs a secret that somebody has to give.
    #[must_use]
    pub const fn wants_secret(&self) -> bool {
        match self.kind {
            Kind::Local { .. } => false,
            Kind::Postgres(_) | Kind::Server { .. } => true,
        }
    }

    /// Whether it is worth a try without a secret where none is known: a server on this computer may know the
    /// person without one, and a client certificate may do for one. Anywhere else a log full of refused log-ins
    /// helps nobody.
    #[must_use]
    pub fn may_need_no_secret(&self) -> bool {
        match &self.kind {
            Kind::Postgres(place) => {
                latchkey_store::stays_on_this_computer(&place.host) || place.client_certificate.is_some()
            }
            Kind::Local { .. } | Kind::Server { .. } => false,
        }
    }

    /// Whether the secret of this connection opens the other one too: the same server lets the same account in.
    #[must_use]
    pub fn shares_secret_with(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Postgres(one), Kind::Postgres(other)) => {
                (&one.host, one.port, &one.user) == (&other.host, other.port, &other.user)
            }
            (Kind::Server { url: one, .. }, Kind::Server { url: other, .. }) => one == other,
            (Kind::Local { .. }, Kind::Local { .. }) => true,
            (Kind::Local { .. } | Kind::Postgres(_) | Kind::Server { .. }, _) => false,
        }
    }
}
