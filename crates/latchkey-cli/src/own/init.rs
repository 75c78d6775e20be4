//! `latchkey init`: makes a store, its pepper and its first operator, whose token is printed once. At a terminal it
//! proposes a prefix of one's own, because scanners take `sk_live_` for Stripe's; without a terminal it keeps `sk`.
//! `--grants` is in `grants.rs`.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Command};
use latchkey_connections::draw_pepper;
use latchkey_core::key_format::is_prefix;
use latchkey_core::operations::{ConfirmWhen, OperatorsCreate};
use latchkey_core::operator::OperatorRole;
use latchkey_core::text::check_name;
use latchkey_core::{AdminError, Effect, ErrorCode, SystemClock};
use latchkey_store::{Store, StoreFacts, StoreUrl};
use serde_json::json;

use super::grants;
use crate::exit::Exit;
use crate::mint_output::{Minting, mint};
use crate::output;
use crate::session::{self, Session};
use crate::store_choice::Choice;

/// Its word.
pub const NAME: &str = "init";
const PREFIX: &str = "prefix";
const OPERATOR: &str = "operator";
const NO_OPERATOR: &str = "no-operator";
/// What keys begin with when nobody is there to choose.
const DEFAULT_PREFIX: &str = "sk";
/// Of several programs that make the first operator at once, one does.
const FIRST_OPERATOR: &str = "latchkey-init-first-operator";

/// Its arguments.
pub fn command() -> Command {
    Command::new(NAME)
        .about("Makes a store, a file that is not there yet or the tables of an empty database, and its first operator")
        .arg(
            Arg::new(PREFIX)
                .long(PREFIX)
                .value_name("WORD")
                .value_parser(prefix)
                .conflicts_with(grants::NAME)
                .help("What the keys of this store begin with, 2 to 12 of a-z and 0-9: sk makes sk_live_…"),
        )
        .arg(
            Arg::new(OPERATOR)
                .long(OPERATOR)
                .value_name("NAME")
                .conflicts_with(grants::NAME)
                .help("What the first operator is called [default: your user name]; its token is printed once"),
        )
        .arg(
            Arg::new(NO_OPERATOR)
                .long(NO_OPERATOR)
                .action(ArgAction::SetTrue)
                .conflicts_with_all([OPERATOR, grants::NAME])
                .help("Make no operator: nobody can administer a server on this store until there is one"),
        )
        .args(grants::arguments())
}

/// Makes it, or says who may do what in it. Of a store that is there and has no operator, makes the operator.
///
/// # Errors
/// `store_unusable` when something is there already; `invalid` at `prefix` or `operator`; `forbidden`; as
/// [`grants::run`].
pub async fn run(choice: &Choice, matches: &ArgMatches, session: &Session) -> Result<Exit, AdminError> {
    let url = choice.url_for(Effect::Changes).await?;
    if matches.get_flag(grants::NAME) {
        return grants::run(&url, matches, session).await;
    }
    let operator = if matches.get_flag(NO_OPERATOR) {
        None
    } else {
        let name = matches.get_one::<String>(OPERATOR).cloned().unwrap_or_else(session::user);
        // Before anything is made.
        check_name(OPERATOR, &name)?;
        Some(name)
    };
    let chosen = matches.get_one::<String>(PREFIX);
    let (store, made) = if operator.is_some() && chosen.is_none() && is_there(&url).await {
        (choice.open_store_for(Effect::Changes).await?, false)
    } else {
        (create(choice, &url, chosen, session).await?, true)
    };
    let outcome = finish(&store, &url, operator, made, session).await;
    store.close().await;
    outcome
}

/// Whether a store can be opened there; what is wrong with anything else, making one says.
async fn is_there(url: &StoreUrl) -> bool {
    match url {
        StoreUrl::Sqlite(path) => {
            path.exists() && Store::look(url).await.is_ok_and(|found| found.schema_version.is_some())
        }
        StoreUrl::Postgres(_) => Store::look(url).await.is_ok_and(|found| found.schema_version.is_some()),
    }
}

async fn create(
    choice: &Choice,
    url: &StoreUrl,
    chosen: Option<&String>,
    session: &Session,
) -> Result<Store, AdminError> {
    let prefix = match chosen {
        Some(prefix) => prefix.clone(),
        None if io::stdin().is_terminal() && io::stderr().is_terminal() && !session.json => ask()?,
        None => DEFAULT_PREFIX.to_owned(),
    };
    if let StoreUrl::Sqlite(path) = url {
        make_folder(path)?;
    }
    let place = choice.pepper(url)?;
    // What is there and cannot be used is said before anything is made.
    let there = place.look()?;
    let store = Store::create(url, &prefix, Arc::new(SystemClock)).await?;
    if there.is_none() {
        // A store without a pepper works; the reason why there is none is worth a word.
        if let Err(error) = place.keep_first(&draw_pepper()) {
            output::warn(&format!("the store has no pepper: {}", error.message));
        }
    }
    if let Some(pepper) = place.look()? {
        store.use_pepper(pepper);
    }
    Ok(store)
}

/// Makes the first operator, and says what was made.
async fn finish(
    store: &Store,
    url: &StoreUrl,
    operator: Option<String>,
    made: bool,
    session: &Session,
) -> Result<Exit, AdminError> {
    let facts = store.facts().await?;
    let Some(name) = operator else {
        if session.json {
            output::json(&facts_of(url, &facts))?;
        } else {
            output::out(&format!("{}\n", made_words(url, &facts)))?;
        }
        return Ok(Exit::Done);
    };
    if store.operator_count().await? > 0 {
        return Err(has_one(url));
    }
    if made && !session.json {
        output::note(&made_words(url, &facts));
    }
    let session = session
        .with_account(store.account())
        .under(FIRST_OPERATOR.parse().map_err(|_| AdminError::internal())?);
    let minting = Minting::of_first_operator(&session, facts_of(url, &facts));
    let create = OperatorsCreate {
        name,
        role: OperatorRole::Admin,
        expires: None,
        confirm: Some(ConfirmWhen::Later),
        grants: None,
    };
    mint(&store.for_the_first_operator(), create, &session, &minting).await.map_err(|error| {
        match error.code {
            // Another program made it in the same moment.
            ErrorCode::Conflict | ErrorCode::IdempotencyKeyReused => has_one(url),
            _ => error,
        }
    })
}

fn has_one(url: &StoreUrl) -> AdminError {
    let words = format!(
        "{url} holds a Latchkey store already, and it has an operator. For another: latchkey operators create; for a \
         new token: latchkey operators rotate."
    );
    AdminError::new(ErrorCode::StoreUnusable, words)
}

fn facts_of(url: &StoreUrl, facts: &StoreFacts) -> serde_json::Value {
    json!({
        "store": url.to_string(), "engine": facts.engine,
        "schema_version": facts.schema_version, "prefix": facts.prefix,
    })
}

fn made_words(url: &StoreUrl, facts: &StoreFacts) -> String {
    format!(
        "Made the store {}. Its keys begin with {}_live_ and {}_test_.",
        output::harmless(&url.to_string(), false),
        facts.prefix,
        facts.prefix
    )
}

/// Asks until the answer can stand at the head of keys.
fn ask() -> Result<String, AdminError> {
    let proposal = proposal(&session::user());
    output::note(
        "What should the keys of this store begin with? Secret scanners take sk_live_ for Stripe's; a word of \
         your own tells whose keys they are.",
    );
    loop {
        let mut stderr = io::stderr();
        // A person who does not see the question still sees the proposal taken in the answer.
        let _ = write!(stderr, "Prefix [{proposal}]: ").and_then(|()| stderr.flush());
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).map_err(|error| {
            AdminError::new(ErrorCode::Internal, format!("Standard input could not be read: {error}."))
        })?;
        match (read, line.trim()) {
            (0, _) => return Err(AdminError::invalid(PREFIX, "No prefix was chosen, so no store was made.")),
            (_, "") => return Ok(proposal),
            (_, word) if is_prefix(word) => return Ok(word.to_owned()),
            (_, _) => output::note("Use 2 to 12 of a-z and 0-9, a letter first."),
        }
    }
}

/// A prefix of one's own: the person's name where it can be one.
fn proposal(user: &str) -> String {
    let word: String = user
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        .take(12)
        .collect();
    if is_prefix(&word) && word != DEFAULT_PREFIX && word != "root" { word } else { "lk".to_owned() }
}

fn prefix(text: &str) -> Result<String, String> {
    if is_prefix(text) {
        Ok(text.to_owned())
    } else {
        Err("use 2 to 12 of a-z and 0-9, a letter first".to_owned())
    }
}

/// The folder of a new file, for its owner alone.
fn make_folder(file: &Path) -> Result<(), AdminError> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        AdminError::new(ErrorCode::StoreUnusable, format!("{} cannot be made: {error}.", folder.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proposal_is_a_prefix_of_ones_own() {
        for (user, proposal_) in
            [("ann", "ann"), ("Ann.Lee", "annlee"), ("root", "lk"), ("sk", "lk"), ("", "lk"), ("7up", "lk")]
        {
            assert_eq!(proposal(user), proposal_);
            assert!(is_prefix(&proposal(user)));
        }
    }
}
