//! One run of the program, from its words to its exit code: parse, choose the store, hand over to
//! an operation's command or to one of the program's own.

use std::ffi::OsString;

use clap::ArgMatches;
use latchkey_connections::Admin;
use latchkey_core::{AdminError, ErrorCode};

use crate::exit::Exit;
use crate::parse::{self, Unparsed};
use crate::session::Session;
use crate::store_choice::Given;
use crate::table::{self, Entry};
use crate::{output, own};

/// Runs the words of a command line.
pub fn run(words: &[OsString]) -> Exit {
    let entries = table::entries::<Admin>();
    let wants_json = words.iter().any(|word| word == "--json");
    let matches = match parse::parse(&entries, words) {
        Ok(matches) => matches,
        Err(Unparsed::Shown(text)) => {
            // Clap knows which stream and whether it takes colour. A reader that is gone is fine.
            let _ = text.print();
            return Exit::Done;
        }
        Err(Unparsed::KeyAmongThem) => return output::error(&parse::key_among_arguments(), wants_json),
        Err(Unparsed::Wrong(error)) if wants_json => {
            return output::error(&parse::as_admin_error(&error), true);
        }
        Err(Unparsed::Wrong(error)) => {
            output::note(&parse::as_text(&error));
            return Exit::Usage;
        }
    };
    // The server writes a log of its own.
    if matches.subcommand_name() != Some(own::serve::NAME) {
        output::show_causes();
    }
    let session = Session::of_this_user(
        matches.get_flag(parse::JSON),
        matches.get_one(parse::IDEMPOTENCY_KEY).cloned(),
    );
    perform(entries, matches, &session).unwrap_or_else(|error| output::error(&error, session.json))
}

fn perform(
    entries: Vec<Entry<Admin>>,
    mut matches: ArgMatches,
    session: &Session,
) -> Result<Exit, AdminError> {
    let given = Given::of(&matches);
    let (noun, mut matches) = matches.remove_subcommand().ok_or_else(AdminError::internal)?;
    // The connections live on the same thread, but for a server; argon2id has threads of its own.
    let mut runtime = match noun.as_str() {
        own::serve::NAME => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = runtime.enable_all().build().map_err(|error| {
        AdminError::new(ErrorCode::Internal, format!("This computer refuses to start another task: {error}."))
    })?;
    if own::is_own(&noun) {
        return runtime.block_on(own::run(&noun, matches, &given, session));
    }
    let verb = match matches.remove_subcommand() {
        Some((verb, inner)) => {
            matches = inner;
            Some(verb)
        }
        None => None,
    };
    let entry = entries
        .into_iter()
        .find(|entry| match (entry.words.noun, &verb) {
            (Some(n), Some(v)) => n == noun && entry.words.verb == *v,
            (None, None) => entry.words.verb == noun,
            _ => false,
        })
        .ok_or_else(AdminError::internal)?;
    session.check_idempotency(entry.effect)?;
    runtime.block_on(async {
        let admin = given.choose()?.open_for(entry.effect).await?;
        let outcome = (entry.run)(&admin, matches, &session.with_account(admin.account())).await;
        admin.close().await;
        outcome
    })
}
