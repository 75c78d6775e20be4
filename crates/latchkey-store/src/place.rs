//! How a PostgreSQL database is reached: every option by name, nothing taken from the environment, the
//! password beside it in a type that is never shown. Connects to nothing.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use latchkey_core::AdminError;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// PostgreSQL's port.
pub const PORT: u16 = 5432;
/// The schema in which Latchkey's tables stand, unless the person says otherwise.
pub const SCHEMA: &str = "latchkey";

/// How the line to a database is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// Encrypted, and the server's certificate must be valid for its name: `sslmode=verify-full`.
    VerifyFull,
    /// Encrypted, to whoever answers: `sslmode=require`. Somebody on the way can read along.
    Require,
    /// In the clear: `sslmode=disable`.
    Off,
}

impl Encryption {
    /// What a person gets who chooses nothing: in the clear only where nothing leaves the computer.
    #[must_use]
    pub fn default_for(host: &str) -> Self {
        if stays_on_this_computer(host) { Self::Off } else { Self::VerifyFull }
    }

    /// PostgreSQL's word.
    #[must_use]
    pub const fn sslmode(self) -> &'static str {
        match self {
            Self::VerifyFull => "verify-full",
            Self::Require => "require",
            Self::Off => "disable",
        }
    }
}

/// Whether `host` is a socket's folder or a loopback address.
#[must_use]
pub fn stays_on_this_computer(host: &str) -> bool {
    host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A database and how it is reached, without the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostgresPlace {
    /// A name, an address, or the folder of a Unix socket (begins with `/`).
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The role that logs in.
    pub user: String,
    /// The schema in which the tables stand.
    #[serde(default = "schema")]
    pub schema: String,
    /// How the line is protected.
    pub encryption: Encryption,
    /// A PEM file of the authority that signed the server's certificate; it is trusted beside those that
    /// this computer trusts.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// A PEM file of the certificate that the client shows.
    #[serde(default)]
    pub client_certificate: Option<PathBuf>,
    /// A PEM file of its private key.
    #[serde(default)]
    pub client_key: Option<PathBuf>,
}

fn schema() -> String {
    SCHEMA.to_owned()
}

impl PostgresPlace {
    /// Refuses what cannot be a database's place.
    ///
    /// # Errors
    /// `invalid` at `host`, `port`, `database`, `user`, `schema`, `client_certificate` or `client_key`.
    pub fn check(&self) -> Result<(), AdminError> {
        for (field, text, words) in [
            ("host", &self.host, "Enter the server's name or address, for example db.example.com."),
            ("database", &self.database, "Enter the database's name."),
            ("user", &self.user, "Enter the name of the role that logs in."),
        ] {
            if text.is_empty() || text.len() > 255 || text.chars().any(char::is_control) {
                return Err(AdminError::invalid(field, words));
            }
        }
        if self.host.contains([',', ' ', '@', '?']) {
            return Err(AdminError::invalid("host", "Enter one server's name or address, nothing else."));
        }
        if self.port == 0 {
            return Err(AdminError::invalid("port", "Enter a port from 1 to 65535."));
        }
        if !is_plain_name(&self.schema) {
            let words = "Use small letters, digits and _, a letter first, at most 63 characters.";
            return Err(AdminError::invalid("schema", words));
        }
        match (&self.client_certificate, &self.client_key) {
            (Some(_), None) => {
                Err(AdminError::invalid("client_key", "The client certificate needs its private key."))
            }
            (None, Some(_)) => {
                Err(AdminError::invalid("client_certificate", "The private key needs its certificate."))
            }
            (Some(_), Some(_)) | (None, None) => Ok(()),
        }
    }

    /// Whether the line is weaker than what a person gets who chooses nothing.
    #[must_use]
    pub fn is_weaker_than_default(&self) -> bool {
        !stays_on_this_computer(&self.host) && self.encryption != Encryption::VerifyFull
    }
}

/// A name that can stand in SQL without quotes: so a schema's or a role's name can never be anything else.
pub(crate) fn is_plain_name(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.starts_with("pg_")
}

/// `USER@HOST:PORT/DATABASE`.
impl fmt::Display for PostgresPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, database, user, .. } = self;
        if host.starts_with('/') {
            return write!(f, "{user}@/{database}?host={host}");
        }
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        write!(f, "{user}@{host}")?;
        if *port != PORT {
            write!(f, ":{port}")?;
        }
        write!(f, "/{database}")
    }
}

/// A password, token or passphrase. Wiped when dropped; has no `Debug` and no `Clone`.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the line to the server and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A place and what opens it.
#[derive(Clone)]
pub struct PostgresLogin {
    /// Where.
    pub place: PostgresPlace,
    /// The password, where one is known.
    pub password: Option<Arc<Password>>,
}

impl fmt::Debug for PostgresLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.place, f)
    }
}
