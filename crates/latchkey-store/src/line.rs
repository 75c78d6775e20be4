//! The line to PostgreSQL: every option of it set by name, the first connection, and what a person is
//! told when there is none. Environment variables and password files of other programs count for nothing.

use std::borrow::Cow;
use std::time::Duration;

use latchkey_core::{AdminError, ErrorCode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::fault::{of_database, unreachable};
use crate::place::{Encryption, PostgresLogin};

/// How long a database may take to answer at all.
const CONNECT: Duration = Duration::from_secs(10);

/// The options of every connection.
pub(crate) fn options(login: &PostgresLogin) -> PgConnectOptions {
    let place = &login.place;
    let mut options = PgConnectOptions::new_without_pgpass()
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
        .options([("search_path", place.schema.as_str())])
        .disable_statement_logging();
    if let Some(password) = &login.password {
        options = options.password(password.expose());
    }
    if let Some(file) = &place.ca_file {
        options = options.ssl_root_cert(file);
    }
    if let (Some(certificate), Some(key)) = (&place.client_certificate, &place.client_key) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    options
}

/// A connection by itself, and why there is none.
///
/// # Errors
/// `unreachable`, `auth_failed`, `tls_untrusted`, `store_unusable`.
pub(crate) async fn connect_once(login: &PostgresLogin) -> Result<PgConnection, AdminError> {
    let options = options(login);
    let connecting = PgConnection::connect_with(&options);
    let connected = tokio::time::timeout(CONNECT, connecting).await.map_err(|_| unreachable())?;
    connected.map_err(|error| {
        let code = error.as_database_error().and_then(|error| error.code().map(Cow::into_owned));
        match code.as_deref() {
            Some("28P01" | "28000") => {
                AdminError::new(ErrorCode::AuthFailed, "The database refuses this user name or password.")
            }
            Some("3D000") => crate::fault::unusable("There is no database of this name on the server."),
            Some(_) => of_database(&error),
            None => unreachable(),
        }
    })
}
