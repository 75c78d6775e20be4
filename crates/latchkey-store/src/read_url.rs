//! Reads a `postgres://` URL into a place and a password. What would redirect the connection or run
//! something is refused; what would weaken it is told to the caller. Never repeats the text.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use latchkey_core::{AdminError, ErrorCode};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::place::{Encryption, PORT, Password, PostgresLogin, PostgresPlace, SCHEMA};

/// What a URL says.
pub struct ReadUrl {
    /// The place with the encryption that its host has by default, and the password.
    pub login: PostgresLogin,
    /// The `sslmode` that the URL asks for, where that is weaker than the place's.
    pub weaker: Option<String>,
}

/// Parameters that mean nothing here and do no harm.
const HARMLESS: &[&str] = &["application_name", "connect_timeout", "channel_binding", "target_session_attrs"];

/// Reads a URL.
///
/// # Errors
/// `invalid` at `url` for what is no PostgreSQL URL and for parameters that would redirect the connection
/// (`hostaddr`, `service`, `passfile`, a second host …); `invalid` as [`PostgresPlace::check`].
pub fn read_url(text: &str) -> Result<ReadUrl, AdminError> {
    let url = Url::parse(text.trim()).map_err(|_| not_a_url())?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(not_a_url());
    }
    let decoded =
        |text: &str| percent_decode_str(text).decode_utf8().map(Cow::into_owned).map_err(|_| not_a_url());
    let host = url.host_str().unwrap_or_default();
    let host = decoded(host.trim_start_matches('[').trim_end_matches(']'))?;
    let mut place = PostgresPlace {
        encryption: Encryption::VerifyFull,
        host,
        port: url.port().unwrap_or(PORT),
        database: decoded(url.path().trim_start_matches('/'))?,
        user: decoded(url.username())?,
        schema: SCHEMA.to_owned(),
        ca_file: None,
        client_certificate: None,
        client_key: None,
    };
    let mut password = url.password().map(decoded).transpose()?;
    let mut asked = None;
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "sslmode" => asked = Some(value.into_owned()),
            "schema" => place.schema = value.into_owned(),
            "sslrootcert" if value != "system" => place.ca_file = Some(PathBuf::from(value.as_ref())),
            "sslrootcert" => {}
            "sslcert" => place.client_certificate = Some(PathBuf::from(value.as_ref())),
            "sslkey" => place.client_key = Some(PathBuf::from(value.as_ref())),
            "user" if place.user.is_empty() => place.user = value.into_owned(),
            "password" if password.is_none() => password = Some(value.into_owned()),
            "dbname" if place.database.is_empty() => place.database = value.into_owned(),
            "port" if url.port().is_none() => {
                place.port = value
                    .parse()
                    .map_err(|_| AdminError::invalid("port", "Enter a port from 1 to 65535."))?;
            }
            // A socket's folder can only be written so; a second server cannot come in by this way.
            "host" if place.host.is_empty() && value.starts_with('/') => place.host = value.into_owned(),
            harmless if HARMLESS.contains(&harmless) => {}
            other => return Err(refused(other)),
        }
    }
    if place.user.is_empty() {
        return Err(AdminError::invalid("user", "The URL names no user: postgres://USER@HOST/DATABASE."));
    }
    if place.database.is_empty() {
        place.database.clone_from(&place.user);
    }
    place.encryption = Encryption::default_for(&place.host);
    let weaker = match asked.as_deref() {
        None => None,
        Some("verify-full" | "verify-ca") => {
            place.encryption = Encryption::VerifyFull;
            None
        }
        Some("require") if place.encryption == Encryption::Off => {
            place.encryption = Encryption::Require;
            None
        }
        Some("disable") if place.encryption == Encryption::Off => None,
        Some(mode @ ("require" | "disable" | "allow" | "prefer")) => Some(mode.to_owned()),
        Some(_) => return Err(refused("sslmode")),
    };
    place.check()?;
    let password = password.filter(|text| !text.is_empty()).map(|text| Arc::new(Password::new(text)));
    Ok(ReadUrl { login: PostgresLogin { place, password }, weaker })
}

fn not_a_url() -> AdminError {
    AdminError::invalid(
        "url",
        "This is not a PostgreSQL URL. Write postgres://USER@HOST/DATABASE, special characters as %40.",
    )
}

/// The name of a parameter may be repeated, its value never.
fn refused(name: &str) -> AdminError {
    let known: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
    AdminError::new(
        ErrorCode::Invalid,
        format!("Latchkey does not follow the option “{known}” in a URL. Take it out, then try again."),
    )
    .at_field("url")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> PostgresPlace {
        read_url(text).ok().unwrap().login.place
    }

    #[test]
    fn a_url_becomes_a_place_and_a_password() {
        let read = read_url("postgres://ann:can%40ry@db.example:5433/keys?schema=prod").ok().unwrap();
        let PostgresLogin { place, password } = read.login;
        assert_eq!(
            (place.host.as_str(), place.port, place.database.as_str(), place.user.as_str()),
            ("db.example", 5433, "keys", "ann")
        );
        assert_eq!((place.schema.as_str(), place.encryption), ("prod", Encryption::VerifyFull));
        assert_eq!(password.unwrap().expose(), "can@ry");
        assert_eq!(place.to_string(), "ann@db.example:5433/keys");
    }

    #[test]
    fn in_the_clear_is_the_default_only_where_nothing_leaves_the_computer() {
        for (url, encryption) in [
            ("postgres://ann@db.example/keys", Encryption::VerifyFull),
            ("postgres://ann@10.0.0.1/keys", Encryption::VerifyFull),
            ("postgres://ann@localhost/keys", Encryption::Off),
            ("postgres://ann@127.0.0.1/keys", Encryption::Off),
            ("postgres://ann@[::1]/keys", Encryption::Off),
            ("postgres://ann@%2Frun%2Fpostgresql/keys", Encryption::Off),
            ("postgres:///keys?host=/run/postgresql&user=ann", Encryption::Off),
            ("postgres://ann@localhost/keys?sslmode=verify-full", Encryption::VerifyFull),
            ("postgres://ann@localhost/keys?sslmode=require", Encryption::Require),
        ] {
            assert_eq!(place(url).encryption, encryption, "{url}");
        }
    }

    #[test]
    fn a_weaker_line_is_told_and_not_taken() {
        for mode in ["disable", "allow", "prefer", "require"] {
            let read = read_url(&format!("postgres://ann@db.example/keys?sslmode={mode}")).ok().unwrap();
            assert_eq!(read.login.place.encryption, Encryption::VerifyFull);
            assert_eq!(read.weaker.as_deref(), Some(mode));
        }
    }

    #[test]
    fn what_would_redirect_is_refused_and_its_value_is_not_repeated() {
        for query in [
            "hostaddr=10.6.6.6",
            "host=evil.example",
            "service=canary",
            "passfile=canary",
            "options=-c%20search_path%3Dcanary",
            "sslmode=canary",
            "requiressl=0",
            "krbsrvname=canary",
            "user=canary",
        ] {
            let error = read_url(&format!("postgres://ann:canary@db.example/keys?{query}")).err();
            let error = error.unwrap_or_else(|| panic!("{query} is taken"));
            assert_eq!(error.field.as_deref(), Some("url"), "{query}");
            assert!(!error.message.contains("canary") && !error.message.contains("evil"));
        }
        for text in
            ["", "mysql://ann:canary@db/keys", "postgres:canary", "db.example", "postgres://a,b@h,i/keys"]
        {
            assert!(read_url(text).is_err(), "{text}");
        }
    }
}
