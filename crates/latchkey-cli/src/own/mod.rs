//! The program's own commands: what has no operation because it makes, mends or looks at the store
//! as a whole, or is another's name for an operation. Each has a file; this one lists them.

mod completions;
mod connections;
mod doctor;
mod generate_api_key;
mod grants;
mod init;
mod man;
mod migrate;
mod pepper;
pub mod serve;

use clap::{ArgMatches, Command};
use latchkey_core::{AdminError, Effect};

use crate::exit::Exit;
use crate::session::Session;
use crate::store_choice::Given;

/// Their part of the command line.
pub fn commands() -> [Command; 9] {
    [
        init::command(),
        serve::command(),
        migrate::command(),
        doctor::command(),
        connections::command(),
        generate_api_key::command(),
        pepper::command(),
        completions::command(),
        man::command(),
    ]
}

/// Whether a word is one of them.
pub fn is_own(name: &str) -> bool {
    commands().iter().any(|command| command.get_name() == name)
}

/// Runs one. `given` says which store.
///
/// # Errors
/// As the command.
pub async fn run(
    name: &str,
    matches: ArgMatches,
    given: &Given,
    session: &Session,
) -> Result<Exit, AdminError> {
    if name == generate_api_key::NAME {
        let admin = given.choose()?.open_for(Effect::Mints).await?;
        let outcome = generate_api_key::run(&admin, &matches, &session.with_account(admin.account())).await;
        admin.close().await;
        return outcome;
    }
    session.check_idempotency(Effect::Reads)?;
    match name {
        completions::NAME => completions::run(&matches),
        connections::NAME => connections::run(&matches, session),
        man::NAME => man::run(),
        serve::NAME => serve::run(given, &matches).await,
        init::NAME => init::run(&given.choose()?, &matches, session).await,
        pepper::NAME => pepper::run(&given.choose()?, &matches, session),
        migrate::NAME => migrate::run(&given.choose()?.url_for(Effect::Changes).await?, session).await,
        doctor::NAME => doctor::run(&given.choose()?, session).await,
        _ => Err(AdminError::internal()),
    }
}
