//! The options of a connection to PostgreSQL: every one of them set by name. Variables and password files of other
//! programs count for nothing. Connects to nothing.

use latchkey_core::{AdminError, ErrorCode};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::access::Access;
use crate::place::{Encryption, PostgresLogin, PostgresPlace};
use crate::{dialect, pem};

/// Variables that sqlx reads and offers no way to overrule: what they hold cannot be taken back.
const ALWAYS_IN_THE_WAY: &[&str] = &["PGOPTIONS"];
/// The same, where the line is encrypted and no certificate of our own overrules them.
const IN_THE_WAY_OF_TLS: &[&str] = &["PGSSLCERT", "PGSSLKEY"];

/// The options of every connection, without those of the session.
///
/// A server may ask for the password in the clear, and sqlx answers. So the password is safe where the
/// server was verified or nothing leaves the computer; with `Require` and `Off` to elsewhere, that is
/// what the person chose and is warned of.
///
/// # Errors
/// `invalid` at the PEM file that cannot be used; `store_unusable` while a variable is in the way.
pub(crate) fn options(login: &PostgresLogin) -> Result<PgConnectOptions, AdminError> {
    let place = &login.place;
    refuse_variables(place, |name| std::env::var_os(name).is_some())?;
    let options = PgConnectOptions::new_without_pgpass()
        .host(&place.host)
        .port(place.port)
        .username(&place.user)
        .database(&place.database)
        .ssl_mode(match place.encryption {
            Encryption::VerifyFull => PgSslMode::VerifyFull,
            Encryption::Require => PgSslMode::Require,
            Encryption::Off => PgSslMode::Disable,
        })
        .application_name("latchkey")
        // Poolers refuse it, and no column is a float.
        .extra_float_digits(None)
        // Overrules PGPASSWORD also where there is no password.
        .password(login.password.as_ref().map_or("", |password| password.expose()))
        .disable_statement_logging();
    // Read here, so that the words name the field. Overrules PGSSLROOTCERT also where there is no file:
    // an empty text adds no authority. A private authority is trusted beside those of the computer, as
    // sqlx has no way to trust it alone; the certificate must be valid for the host's name either way.
    let authority = place.ca_file.as_deref().map(pem::authority).transpose()?.unwrap_or_default();
    let options = options.ssl_root_cert_from_pem(authority);
    Ok(match (&place.client_certificate, &place.client_key) {
        (Some(certificate), Some(key)) => options
            .ssl_client_cert_from_pem(pem::client_certificate(certificate)?)
            .ssl_client_key_from_pem(pem::client_key(key)?),
        (Some(_) | None, None) | (None, Some(_)) => options,
    })
}

/// Refuses to connect while a variable is set that would count and cannot be overruled.
fn refuse_variables(place: &PostgresPlace, is_set: impl Fn(&str) -> bool) -> Result<(), AdminError> {
    let own_certificate = place.client_certificate.is_some() && place.client_key.is_some();
    let of_tls = if place.encryption == Encryption::Off || own_certificate { &[] } else { IN_THE_WAY_OF_TLS };
    match ALWAYS_IN_THE_WAY.iter().chain(of_tls).find(|name| is_set(name)) {
        None => Ok(()),
        Some(name) => Err(AdminError::new(
            ErrorCode::StoreUnusable,
            format!(
                "The environment variable {name} is set and would change the line to the database. Unset it, then start Latchkey again."
            ),
        )),
    }
}

/// The options with those of a session that lasts as long as the connection.
pub(crate) fn of_session(
    options: PgConnectOptions,
    place: &PostgresPlace,
    access: Access,
) -> PgConnectOptions {
    let options = options.options([(dialect::DIRECT, "1"), ("search_path", place.schema.as_str())]);
    match access {
        Access::ReadOnly => options.options([("default_transaction_read_only", "on")]),
        Access::ReadWrite => options,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str) -> PostgresPlace {
        crate::read_url::read_url(url).ok().unwrap().login.place
    }

    #[test]
    fn a_variable_that_cannot_be_overruled_is_refused_only_where_it_would_count() {
        let local = place("postgres://ann@localhost/keys");
        let remote = place("postgres://ann@db.example/keys");
        let certified = PostgresPlace {
            client_certificate: Some("ann.crt".into()),
            client_key: Some("ann.key".into()),
            ..remote.clone()
        };
        for (place, name, refused) in [
            (&local, "PGOPTIONS", true),
            (&remote, "PGOPTIONS", true),
            (&local, "PGSSLCERT", false),
            (&remote, "PGSSLCERT", true),
            (&remote, "PGSSLKEY", true),
            (&certified, "PGSSLKEY", false),
            (&remote, "PGHOST", false),
            (&remote, "PGPASSWORD", false),
        ] {
            let outcome = refuse_variables(place, |set| set == name);
            assert_eq!(outcome.is_err(), refused, "{name}");
            if let Err(error) = outcome {
                assert!(error.message.contains(name) && error.message.contains("Unset it"));
            }
        }
    }
}
