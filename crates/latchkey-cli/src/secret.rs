//! How a command comes by the secret of a connection: from where the connection keeps it, else from the person
//! at the terminal, without an echo. Never from an argument, which others can read; an operator's token also from
//! `LATCHKEY_TOKEN`, for scripts. Standard input is left alone: keys come in there.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use latchkey_connections::{Connection, Credentials, Kind};
use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::Password;
use zeroize::Zeroizing;

use crate::output;

/// Holds an operator's token.
const TOKEN_VARIABLE: &str = "LATCHKEY_TOKEN";

/// The token for a server that no connection leads to.
///
/// # Errors
/// `credential_needed` where there is nobody to ask.
pub fn token(address: &str) -> Result<Arc<Password>, AdminError> {
    match token_variable() {
        Some(token) => Ok(token),
        None => ask(&format!("Token for {address}"), "token", None).map(Arc::new),
    }
}

fn token_variable() -> Option<Arc<Password>> {
    let text = std::env::var(TOKEN_VARIABLE).ok().map(Zeroizing::new)?;
    let text = text.trim();
    (!text.is_empty()).then(|| Arc::new(Password::new(text.to_owned())))
}

/// The secret of a connection; none where it needs none, or may need none and nobody can be asked: then the
/// server says whether it does.
///
/// # Errors
/// `credential_needed` where there is nobody to ask, with why it is not known; `auth_failed` for a wrong
/// passphrase; `store_unusable` for a damaged encrypted file.
pub async fn of(
    connection: &Connection,
    credentials: &Credentials,
) -> Result<Option<Arc<Password>>, AdminError> {
    if connection.is_server()
        && let Some(token) = token_variable()
    {
        return Ok(Some(token));
    }
    match found(connection, credentials).await {
        Err(error) if error.code == ErrorCode::CredentialNeeded && connection.may_need_no_secret() => {
            Ok(None)
        }
        other => other,
    }
}

async fn found(
    connection: &Connection,
    credentials: &Credentials,
) -> Result<Option<Arc<Password>>, AdminError> {
    match credentials.get(connection).await {
        Ok(None) if connection.wants_secret() => ask_for_secret(connection, None).map(Some),
        Ok(found) => Ok(found),
        Err(error) if error.code == ErrorCode::Keychain => {
            ask_for_secret(connection, Some(&error.message)).map(Some)
        }
        Err(error) if error.code == ErrorCode::CredentialNeeded => {
            let passphrase = ask("Passphrase of the encrypted file", "passphrase", None)?;
            credentials.open_encrypted_file(passphrase).await?;
            match credentials.get(connection).await? {
                None => ask_for_secret(connection, None).map(Some),
                found => Ok(found),
            }
        }
        Err(error) => Err(error),
    }
}

fn ask_for_secret(connection: &Connection, why: Option<&str>) -> Result<Arc<Password>, AdminError> {
    let (what, field) = match connection.kind {
        Kind::Local { .. } | Kind::Postgres(_) => ("Password", "password"),
        Kind::Server { .. } => ("Token", "token"),
    };
    ask(&format!("{what} of “{}”", connection.name), field, why).map(Arc::new)
}

/// Asks at the terminal, after saying why it has to.
fn ask(what: &str, field: &str, why: Option<&str>) -> Result<Password, AdminError> {
    if !io::stderr().is_terminal() {
        return Err(nobody_to_ask(field, why));
    }
    if let Some(why) = why {
        output::note(why);
    }
    let typed = rpassword::prompt_password(format!("{} (does not show): ", output::harmless(what, false)));
    typed.map(Password::new).map_err(|_| nobody_to_ask(field, why))
}

fn nobody_to_ask(field: &str, why: Option<&str>) -> AdminError {
    let why = why.map(|why| format!("{why} ")).unwrap_or_default();
    let or = if field == "token" { format!(", or put it into {TOKEN_VARIABLE}") } else { String::new() };
    let words = format!(
        "{why}The {field} has to be asked for, and there is no terminal to ask at. Run this at a terminal{or}, or let \
         a connection keep it in the system keychain."
    );
    AdminError::new(ErrorCode::CredentialNeeded, words).at_field(field)
}
