//! Where a server is: https, or http on this computer, and who vouches for its certificate. Decides what may stand
//! in an address, for saved connections and for the command line alike. Connects to nothing.

use std::fmt;
use std::path::{Path, PathBuf};

use latchkey_core::AdminError;
use url::{Host, Url};

/// What an address looks like.
const EXAMPLE: &str = "Enter the server's address, for example https://keys.example.com.";

/// A server's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    url: Url,
    ca_file: Option<PathBuf>,
}

impl ServerAddress {
    /// Reads an address: `https://keys.example.com`, with a path before `/v1` where a proxy puts one.
    ///
    /// # Errors
    /// `invalid` at `url`: another scheme, http to another computer, a user or password in it, a query. The text is
    /// never repeated: it may hold a token.
    pub fn read(text: &str, ca_file: Option<PathBuf>) -> Result<Self, AdminError> {
        let refuse = |words: &str| Err(AdminError::invalid("url", words));
        // Where `url` would repair something, nobody knows what was meant.
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') || !text.contains("://") {
            return refuse(EXAMPLE);
        }
        let Ok(url) = text.parse::<Url>() else { return refuse(EXAMPLE) };
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("Latchkey only sends your admin token over https.");
        }
        if url.host().is_none() || url.port() == Some(0) {
            return refuse(EXAMPLE);
        }
        if !url.username().is_empty() || url.password().is_some() || names_a_user(text) {
            return refuse("Leave user and password out of the address; the token has a field of its own.");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("Leave out what follows ? and # in the address.");
        }
        if url.scheme() == "http" && !stays_here(&url) {
            return refuse("Latchkey only sends your admin token over https.");
        }
        Ok(Self { url, ca_file })
    }

    /// A path of the server: its own part for each of `segments`.
    ///
    /// # Errors
    /// `not_found` for a segment that cannot stand in a path.
    pub(crate) fn path(&self, segments: &[String]) -> Result<Url, AdminError> {
        // Everything on the way would take these for directions.
        if segments.iter().any(|segment| segment.is_empty() || segment == "." || segment == "..") {
            return Err(AdminError::not_found("thing"));
        }
        let mut url = self.url.clone();
        url.path_segments_mut().map_err(|()| AdminError::internal())?.pop_if_empty().extend(segments);
        Ok(url)
    }

    /// `keys.example.com:8443`, as an error names it.
    pub(crate) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The file of the authority that signed the server's certificate.
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }
}

/// As it is written in the bar of a browser, names in their ASCII form: a letter that only looks like another shows.
impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

/// `https://@host` reads as no user at all.
fn names_a_user(text: &str) -> bool {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().contains('@')
}

/// Whether nothing that is sent there leaves this computer.
fn stays_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_stays_on_this_computer() {
        for (text, shown) in [
            ("https://keys.example.com", "https://keys.example.com"),
            ("https://keys.example.com:8443/admin/", "https://keys.example.com:8443/admin"),
            ("HTTPS://Keys.Example.com:443", "https://keys.example.com"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1", "http://127.0.0.1"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://kеys.example.com", "https://xn--kys-rdd.example.com"),
        ] {
            let address = ServerAddress::read(text, None).map_err(|error| error.message);
            assert_eq!(address.map(|address| address.to_string()).as_deref(), Ok(shown), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_and_not_repeated() {
        for text in [
            "",
            "canary",
            "https://",
            "keys.canary.example",
            "http://keys.canary.example",
            "http://localhost.canary.example",
            "http://128.0.0.1/canary",
            "ftp://localhost/canary",
            "https://canary@keys.example.com",
            "https://ann:canary@keys.example.com",
            "https://@keys.example.com",
            "https://keys.example.com?token=canary",
            "https://keys.example.com#canary",
            "https://keys.example.com/ canary",
            "https:\\\\keys.example.com",
            "https://keys.example.com:canary",
            "sqlite:canary",
        ] {
            let error = ServerAddress::read(text, None).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("url"), "{text}");
            assert!(!error.message.contains("canary"));
        }
    }

    #[test]
    fn a_path_is_made_of_whole_parts() {
        let address = ServerAddress::read("https://keys.example.com/admin", None).unwrap();
        let path = |last: &str| {
            let segments = ["v1", "roles", last].map(str::to_owned);
            address.path(&segments).map(|url| url.to_string()).ok()
        };
        assert_eq!(path("5").as_deref(), Some("https://keys.example.com/admin/v1/roles/5"));
        assert_eq!(
            path("a/b?c#d%").as_deref(),
            Some("https://keys.example.com/admin/v1/roles/a%2Fb%3Fc%23d%25")
        );
        assert_eq!((path(".."), path("."), path("")), (None, None, None));
    }
}
