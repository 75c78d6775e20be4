//! `latchkey connections list|show`: what the desktop saved, without any secret. Opens no store and asks no
//! keychain.

use clap::{Arg, ArgMatches, Command};
use latchkey_connections::{Connection, Connections, Environment, FileState, Keep};
use latchkey_core::{AdminError, ErrorCode};

use crate::exit::Exit;
use crate::session::Session;
use crate::{output, store_choice, views};

/// Its word.
pub const NAME: &str = "connections";
const LIST: &str = "list";
const SHOW: &str = "show";
const WHICH: &str = "name";

/// Its arguments.
pub fn command() -> Command {
    let name = Arg::new(WHICH).value_name("NAME").required(true).help("What the connection is called");
    Command::new(NAME)
        .about("The connections that are saved, for --connection NAME")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new(LIST).about("Lists them; passwords are never shown"))
        .subcommand(Command::new(SHOW).about("Shows one; its password is never shown").arg(name))
}

/// Prints them.
///
/// # Errors
/// `store_unusable` where they cannot be read; `not_found`.
pub fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, AdminError> {
    let connections = Connections::open(&store_choice::data_folder()?);
    let file = connections.state();
    match (file.state, file.message) {
        (FileState::Damaged, Some(words)) => return Err(AdminError::new(ErrorCode::StoreUnusable, words)),
        (FileState::Loose, Some(words)) => output::warn(&words),
        (FileState::Ok | FileState::Damaged | FileState::Loose | FileState::Unwritable, _) => {}
    }
    match matches.subcommand() {
        Some((SHOW, inner)) => {
            let name = inner.get_one::<String>(WHICH).ok_or_else(AdminError::internal)?;
            show(&connections.named(name)?, session)?;
        }
        _ => list(&connections.list(), session)?,
    }
    Ok(Exit::Done)
}

fn list(connections: &[Connection], session: &Session) -> Result<(), AdminError> {
    if session.json {
        return output::json(&serde_json::json!({"items": connections, "next_cursor": null}));
    }
    if connections.is_empty() {
        output::note("No connections are saved. Add one in the desktop.");
        return Ok(());
    }
    let row = |connection: &Connection| {
        vec![
            connection.name.clone(),
            environment(connection.environment).to_owned(),
            connection.kind.to_string(),
            access(connection).to_owned(),
            last_used(connection),
        ]
    };
    let heads = ["NAME", "ENVIRONMENT", "PLACE", "ACCESS", "LAST USED"];
    output::out(&views::table(&heads, connections.iter().map(row)))
}

fn show(connection: &Connection, session: &Session) -> Result<(), AdminError> {
    if session.json {
        return output::json(connection);
    }
    let lock = connection.lock_after_minutes;
    output::out(&views::facts(&vec![
        ("name", connection.name.clone()),
        ("environment", environment(connection.environment).to_owned()),
        ("place", connection.kind.to_string()),
        ("access", access(connection).to_owned()),
        ("password", keep(connection).to_owned()),
        ("locks", lock.map_or_else(|| "never".to_owned(), |minutes| format!("after {minutes} idle minutes"))),
        ("last used", last_used(connection)),
        ("id", connection.id.to_string()),
    ]))
}

const fn environment(environment: Environment) -> &'static str {
    match environment {
        Environment::None => "-",
        Environment::Development => "development",
        Environment::Staging => "staging",
        Environment::Production => "production",
    }
}

const fn access(connection: &Connection) -> &'static str {
    if connection.read_only { "read-only" } else { "read and write" }
}

const fn keep(connection: &Connection) -> &'static str {
    match connection.keep {
        _ if !connection.wants_secret() => "needs none",
        Keep::Keychain => "in the system keychain",
        Keep::Session => "asked for each time",
        Keep::File => "in the encrypted file",
    }
}

fn last_used(connection: &Connection) -> String {
    connection.last_used_at.map_or_else(|| "never".to_owned(), views::utc)
}
