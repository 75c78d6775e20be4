//! Why there is no line to a PostgreSQL server, in words: each reason its own, with the server's name and
//! a next step. Reads errors; connects to nothing but the name service. Never shows a password or what a
//! server said.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::time::Duration;

use latchkey_core::distrust::{Distrust, KeptBack};
use latchkey_core::{AdminError, ErrorCode};
use rustls::{AlertDescription, CertificateError};
use tokio::time::timeout;

use crate::fault::{of_database, of_postgres, unusable};
use crate::place::{Encryption, PostgresLogin, PostgresPlace};

/// How long the name service may take to say that it does not know a name.
const LOOK_UP: Duration = Duration::from_secs(3);

/// Whether somebody between us and the database refuses the session's options, as poolers do: pgbouncer
/// by name, a hosted proxy as not supported.
pub(crate) fn is_of_session_options(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|cause| {
        cause.code().is_some_and(|code| code == "0A000") || cause.message().contains("startup parameter")
    })
}

/// Why the first connection was not made.
pub(crate) async fn of_connecting(login: &PostgresLogin, error: &sqlx::Error) -> AdminError {
    let place = &login.place;
    match error {
        sqlx::Error::Database(cause) => {
            let code = cause.code().map(Cow::into_owned).unwrap_or_default();
            let code = of_pooler(&code, cause.message()).unwrap_or(&code);
            of_login(login, code).or_else(|| of_postgres(code)).unwrap_or_else(|| of_database(error))
        }
        sqlx::Error::Io(cause) => match of_tls(cause) {
            Some(_) if place.ca_file.is_some() && is_of_another_authority(cause) => {
                Distrust::AnotherAuthority.told(KeptBack::Password)
            }
            Some(told) => told,
            None => of_network(place, cause).await,
        },
        sqlx::Error::Tls(cause) => {
            // sqlx has no kind of its own for a server without TLS.
            if cause.to_string().contains("does not support TLS") {
                return not_offered(place);
            }
            match cause.downcast_ref::<rustls::Error>() {
                Some(rustls::Error::InconsistentKeys(_)) => AdminError::invalid(
                    "client_key",
                    "This private key does not belong to the client certificate. Choose the key of this certificate.",
                ),
                Some(_) | None => AdminError::invalid(
                    "host",
                    "No certificate can be valid for this host name. Write it as it stands in the server's certificate.",
                ),
            }
        }
        sqlx::Error::Protocol(_) => not_postgres(place),
        sqlx::Error::Configuration(_) => AdminError::invalid(
            "client_key",
            "The client certificate and its private key cannot be used. Choose both as PEM files.",
        ),
        error => of_database(error),
    }
}

/// The database's own code for what pgbouncer calls a protocol violation, whatever it is. Its words are
/// never translated.
fn of_pooler(code: &str, message: &str) -> Option<&'static str> {
    if code != "08P01" {
        return None;
    }
    [
        ("authentication failed", "28P01"),
        ("no such user", "28P01"),
        ("no such database", "3D000"),
        // What the database said to pgbouncer, passed on.
        ("database \"", "3D000"),
        ("no more connections allowed", "53300"),
    ]
    .into_iter()
    .find_map(|(words, code)| message.contains(words).then_some(code))
}

/// What the server says about who wants in.
fn of_login(login: &PostgresLogin, code: &str) -> Option<AdminError> {
    let PostgresPlace { user, database, .. } = &login.place;
    let refused = |words: String| AdminError::new(ErrorCode::AuthFailed, words);
    Some(match (code, &login.password) {
        ("28P01", None) => {
            AdminError::new(ErrorCode::CredentialNeeded, "The database asks for a password. Enter it.")
                .at_field("password")
        }
        ("28P01", Some(_)) => refused(format!(
            "The password was not accepted for the user {user}. Check the user name and enter the password anew."
        )),
        // Which of the two it was, the server tells in words of its own language alone.
        ("28000", _) if login.place.encryption == Encryption::Off => refused(format!(
            "The server does not let the user {user} into the database {database} in the clear from here. Turn encryption on, check the user name, or ask the database's administrator for access from this computer (pg_hba.conf)."
        )),
        ("28000", _) => refused(format!(
            "The server does not let the user {user} into the database {database} from here. Check the user name, or ask the database's administrator for access from this computer (pg_hba.conf)."
        )),
        ("3D000", _) => unusable(format!(
            "There is no database {database} on the server. Check the name, or ask the database's administrator to make it."
        )),
        _ => return None,
    })
}

/// Why there is no line at all.
async fn of_network(place: &PostgresPlace, cause: &std::io::Error) -> AdminError {
    let at = address(place);
    let words = match cause.kind() {
        ErrorKind::ConnectionRefused => format!(
            "Nothing answers at {at}: the connection was refused. Check the address and the port, and that PostgreSQL runs there."
        ),
        ErrorKind::NotFound if place.host.starts_with('/') => format!(
            "There is no socket {at}. Check the folder and the port, and that PostgreSQL runs on this computer."
        ),
        ErrorKind::PermissionDenied => {
            format!("The system does not allow a connection to {at}. Check the permissions or the firewall.")
        }
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            return no_answer(place);
        }
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => format!(
            "{at} closed the line without an answer as PostgreSQL gives one. Check that a PostgreSQL server listens there, then try again."
        ),
        _ if !is_known(place).await => {
            format!(
                "The name {} is not known. Check it for typing errors, and that you are on the right network.",
                place.host
            )
        }
        _ => return no_answer(place),
    };
    AdminError::new(ErrorCode::Unreachable, words)
}

/// Whether the name service knows the host; an answer that does not come is none.
async fn is_known(place: &PostgresPlace) -> bool {
    let looking = tokio::net::lookup_host((place.host.as_str(), place.port));
    timeout(LOOK_UP, looking).await.is_ok_and(|found| found.is_ok_and(|mut found| found.next().is_some()))
}

/// Nobody answered in time.
pub(crate) fn no_answer(place: &PostgresPlace) -> AdminError {
    let words = format!(
        "No answer from {}. Check the address and that you are on the right network.",
        address(place)
    );
    AdminError::new(ErrorCode::Unreachable, words)
}

/// Somebody answered, in another language.
pub(crate) fn not_postgres(place: &PostgresPlace) -> AdminError {
    unusable(format!(
        "What answers at {} is not a PostgreSQL server. Check the address and the port.",
        address(place)
    ))
}

fn not_offered(place: &PostgresPlace) -> AdminError {
    untrusted(format!(
        "The server at {} does not offer an encrypted line. Nothing was sent. Ask its administrator to turn on TLS.",
        address(place)
    ))
}

/// The same where the server is not at hand.
pub(crate) fn not_encrypted() -> AdminError {
    untrusted(
        "The server no longer offers an encrypted line. Nothing was sent. Ask its administrator to turn on TLS.",
    )
}

fn is_of_another_authority(cause: &std::io::Error) -> bool {
    let error = cause.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    matches!(error, Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)))
}

/// What is wrong with the server's certificate or its TLS, where that is why the line broke.
pub(crate) fn of_tls(cause: &std::io::Error) -> Option<AdminError> {
    let error = cause.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match error {
        rustls::Error::InvalidCertificate(wrong) => of_certificate(wrong).told(KeptBack::Password),
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied,
        ) => AdminError::new(
            ErrorCode::AuthFailed,
            "The server does not accept the client certificate, or asks for one. Choose the one that its administrator gave you.",
        ),
        rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
        )
        | rustls::Error::PeerIncompatible(_) => Distrust::Outdated.told(KeptBack::Password),
        _ => Distrust::NotTls.told(KeptBack::Password),
    })
}

const fn of_certificate(wrong: &CertificateError) -> Distrust {
    match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Distrust::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Distrust::NotYetValid,
        CertificateError::UnknownIssuer => Distrust::UnknownAuthority,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Distrust::AnotherName
        }
        CertificateError::Revoked => Distrust::Revoked,
        CertificateError::BadSignature => Distrust::Forged,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Distrust::NotForServers
        }
        _ => Distrust::NotVerified,
    }
}

fn untrusted(words: impl Into<String>) -> AdminError {
    AdminError::new(ErrorCode::TlsUntrusted, words)
}

/// `db.internal:5432`, or the socket's path.
fn address(place: &PostgresPlace) -> String {
    let PostgresPlace { host, port, .. } = place;
    if host.starts_with('/') {
        return format!("{host}/.s.PGSQL.{port}");
    }
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pooler_says_is_told_as_what_the_database_would_say() {
        for (message, meant) in [
            ("SASL authentication failed", Some("28P01")),
            ("no such user: ann", Some("28P01")),
            ("no such database: keys", Some("3D000")),
            ("database \"keys\" does not exist", Some("3D000")),
            ("no more connections allowed (max_client_conn)", Some("53300")),
            ("server conn crashed?", None),
        ] {
            assert_eq!(of_pooler("08P01", message), meant, "{message}");
            // The same words under another code are the database's own and may be in any language.
            assert_eq!(of_pooler("XX000", message), None);
        }
    }
}
