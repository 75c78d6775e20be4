//! Where a server is: https, or http on this computer, and who vouches for its certificate.

use std::fmt;
use std::path::PathBuf;

use latchkey_core::AdminError;

/// A server's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    url: url::Url,
    ca_file: Option<PathBuf>,
}

impl ServerAddress {
    /// Reads an address: `https://keys.example.com`, with a path before `/v1` where a proxy puts one.
    ///
    /// # Errors
    /// `invalid` at `url`: another scheme, http to another computer, a user or password in it, a query.
    pub fn read(text: &str, ca_file: Option<PathBuf>) -> Result<Self, AdminError> {
        let url = text.parse().map_err(|_| {
            AdminError::invalid("url", "Enter the server's address, for example https://keys.example.com.")
        })?;
        Ok(Self { url, ca_file })
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.url, f)
    }
}
