//! `latchkey pepper create|export|import`: the pepper of a store, moved between those who hold it. Opens no store;
//! where peppers are kept is `latchkey-connections`'.

use std::io::{self, IsTerminal};

use clap::{Arg, ArgAction, ArgMatches, Command};
use latchkey_connections::{PepperPlace, draw_pepper};
use latchkey_core::tag::Pepper;
use latchkey_core::{AdminError, Effect, ErrorCode};

use crate::exit::Exit;
use crate::incoming;
use crate::output;
use crate::session::Session;
use crate::store_choice::Choice;

/// Its word.
pub const NAME: &str = "pepper";
const CREATE: &str = "create";
const EXPORT: &str = "export";
const IMPORT: &str = "import";
const FORCE: &str = "force";
const REPLACE: &str = "replace";

/// Its arguments.
pub fn command() -> Command {
    let flag = |name, help| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new(NAME)
        .about("The secret under which keys are found without argon2id; it is kept outside the store")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new(CREATE).about("Makes one for a store that has none"))
        .subcommand(
            Command::new(EXPORT)
                .about("Prints it, for another holder: 64 hexadecimal digits")
                .arg(flag(FORCE, "Also on a terminal, where it can be read and scrolled back to")),
        )
        .subcommand(
            Command::new(IMPORT)
                .about("Takes one from standard input")
                .arg(flag(REPLACE, "Also in the place of another one, whose tags are of no more use then")),
        )
}

/// Does it.
///
/// # Errors
/// `not_found` where there is none; `conflict` where there is another one; `invalid` at `force` or `pepper`; as
/// [`PepperPlace::read`].
pub fn run(choice: &Choice, matches: &ArgMatches, session: &Session) -> Result<Exit, AdminError> {
    match matches.subcommand() {
        Some((EXPORT, inner)) => {
            let place = choice.pepper(&choice.url_without_secret(Effect::Reads)?)?;
            export(&place, inner.get_flag(FORCE), session)
        }
        Some((IMPORT, inner)) => {
            let place = choice.pepper(&choice.url_without_secret(Effect::Changes)?)?;
            import(&place, inner.get_flag(REPLACE), session)
        }
        _ => {
            let place = choice.pepper(&choice.url_without_secret(Effect::Changes)?)?;
            keep(&place, &draw_pepper(), false, session)
        }
    }
}

fn export(place: &PepperPlace, force: bool, session: &Session) -> Result<Exit, AdminError> {
    if io::stdout().is_terminal() && !force {
        let words = "A terminal remembers what it shows. Send it to a file or a pipe, or say --force.";
        return Err(AdminError::invalid(FORCE, words));
    }
    let Some(pepper) = place.read()? else {
        let words = "This store has no pepper here. Make one with “latchkey pepper create”, or import the one of another holder.";
        return Err(AdminError::new(ErrorCode::NotFound, words));
    };
    let text = pepper.expose();
    let line = if session.json {
        output::joined(&["{\"pepper_id\":\"", pepper.id().as_str(), "\",\"pepper\":\"", &text, "\"}\n"])
    } else {
        output::joined(&[&text, "\n"])
    };
    output::write(line.as_bytes()).map_err(|error| output::not_written(&error))?;
    Ok(Exit::Done)
}

fn import(place: &PepperPlace, replace: bool, session: &Session) -> Result<Exit, AdminError> {
    let text = incoming::secret_line("Pepper")?;
    let pepper = Pepper::read(&text).map_err(|error| AdminError::invalid(NAME, error.to_string()))?;
    keep(place, &pepper, replace, session)
}

fn keep(place: &PepperPlace, pepper: &Pepper, replace: bool, session: &Session) -> Result<Exit, AdminError> {
    let kept = match place.look()? {
        Some(there) if there.id() == pepper.id() => true,
        Some(_) if replace => place.replace(pepper).map(|()| true)?,
        Some(_) => false,
        // Somebody may be first.
        None => place.keep_first(pepper)?,
    };
    if !kept {
        let words = "There is another pepper here. What was tagged with it would be checked by argon2id again; to put \
                     this one in its place all the same: latchkey pepper import --replace.";
        return Err(AdminError::new(ErrorCode::Conflict, words));
    }
    let file = place.file().map(|path| path.display().to_string()).unwrap_or_default();
    if session.json {
        output::json(&serde_json::json!({"pepper_id": pepper.id().as_str(), "file": file}))?;
    } else {
        let file = output::harmless(&file, false);
        output::out(&format!(
            "The pepper {} is kept in {file}. Keep a copy where the store's backups are not.\n",
            pepper.id()
        ))?;
    }
    Ok(Exit::Done)
}
