//! `latchkey init`: makes a store. At a terminal it proposes a prefix of one's own, because scanners
//! take `sk_live_` for Stripe's; without a terminal it keeps `sk`. `--grants` is in `grants.rs`.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use clap::{Arg, ArgMatches, Command};
use latchkey_core::key_format::is_prefix;
use latchkey_core::{AdminError, ErrorCode, SystemClock};
use latchkey_store::{Store, StoreUrl};

use super::grants;
use crate::exit::Exit;
use crate::output;
use crate::session::{self, Session};

/// Its word.
pub const NAME: &str = "init";
const PREFIX: &str = "prefix";
/// What keys begin with when nobody is there to choose.
const DEFAULT_PREFIX: &str = "sk";

/// Its arguments.
pub fn command() -> Command {
    Command::new(NAME)
        .about("Makes a store: a file that is not there yet, or the tables of an empty database")
        .arg(
            Arg::new(PREFIX)
                .long(PREFIX)
                .value_name("WORD")
                .value_parser(prefix)
                .conflicts_with(grants::NAME)
                .help("What the keys of this store begin with, 2 to 12 of a-z and 0-9: sk makes sk_live_…"),
        )
        .args(grants::arguments())
}

/// Makes it, or says who may do what in it.
///
/// # Errors
/// `store_unusable` when something is there already; `invalid` at `prefix`; `forbidden`; as [`grants::run`].
pub async fn run(url: &StoreUrl, matches: &ArgMatches, session: &Session) -> Result<Exit, AdminError> {
    if matches.get_flag(grants::NAME) {
        return grants::run(url, matches, session).await;
    }
    let prefix = match matches.get_one::<String>(PREFIX) {
        Some(prefix) => prefix.clone(),
        None if io::stdin().is_terminal() && io::stderr().is_terminal() && !session.json => ask()?,
        None => DEFAULT_PREFIX.to_owned(),
    };
    if let StoreUrl::Sqlite(path) = url {
        make_folder(path)?;
    }
    let store = Store::create(url, &prefix, Arc::new(SystemClock)).await?;
    let facts = store.facts().await;
    store.close().await;
    let facts = facts?;
    if session.json {
        output::json(&serde_json::json!({
            "store": url.to_string(), "engine": facts.engine,
            "schema_version": facts.schema_version, "prefix": facts.prefix,
        }))?;
    } else {
        output::out(&format!(
            "Made the store {}. Its keys begin with {}_live_ and {}_test_.\n",
            output::harmless(&url.to_string(), false),
            facts.prefix,
            facts.prefix
        ))?;
    }
    Ok(Exit::Done)
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
