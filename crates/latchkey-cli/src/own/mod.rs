//! The program's own commands: what has no operation because it makes, mends or looks at the store
//! as a whole, or is another's name for an operation. Each has a file; this one lists them.

mod completions;
mod doctor;
mod generate_api_key;
mod init;
mod migrate;

use clap::{ArgMatches, Command};
use latchkey_core::AdminError;

use crate::exit::Exit;
use crate::session::Session;
use crate::store_choice;

/// Their part of the command line.
pub fn commands() -> [Command; 5] {
    [
        init::command(),
        migrate::command(),
        doctor::command(),
        generate_api_key::command(),
        completions::command(),
    ]
}

/// Whether a word is one of them.
pub fn is_own(name: &str) -> bool {
    commands().iter().any(|command| command.get_name() == name)
}

/// Runs one. `store` is what `--store` or `LATCHKEY_STORE` says.
///
/// # Errors
/// As the command.
pub async fn run(
    name: &str,
    matches: ArgMatches,
    store: Option<&str>,
    session: &Session,
) -> Result<Exit, AdminError> {
    if name == generate_api_key::NAME {
        let store = store_choice::open(&store_choice::choose(store)?).await?;
        let outcome = generate_api_key::run(&store, &matches, session).await;
        store.close().await;
        return outcome;
    }
    session.check_idempotency(latchkey_core::Effect::Reads)?;
    if name == completions::NAME {
        return completions::run(&matches);
    }
    let url = store_choice::choose(store)?;
    match name {
        init::NAME => init::run(&url, &matches, session).await,
        migrate::NAME => migrate::run(&url, session).await,
        doctor::NAME => doctor::run(&url, session).await,
        _ => Err(AdminError::internal()),
    }
}
