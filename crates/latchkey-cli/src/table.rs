//! The adapter: one command for each operation of the table, from its name, its arguments and its
//! effect. Names no operation but where `interface.md` gives it words of its own.

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use clap::{Arg, ArgAction, ArgMatches, Command};
use latchkey_core::operations::{PerformsEvery, Visitor, every_operation};
use latchkey_core::{AdminError, Answer, Effect, ErrorCode, Operation, Perform};

use crate::exit::Exit;
use crate::output;
use crate::session::Session;
use crate::{incoming, mint_output, views};

/// Operations that take several keys at once, as in `keys revoke KEY…`; one call for each.
const TAKE_SEVERAL: &[&str] = &["keys.revoke", "keys.suspend", "keys.resume", "keys.reactivate"];
/// The argument that names the key.
const KEY: &str = "key";

/// What a command does once it is parsed and the store is open.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Exit, AdminError>> + 'a>>;

/// How often a list's option takes a value: `--scope a --scope b` or `--scope a b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// One value for each time the option is written.
    OneEach,
    /// As many as follow.
    Several,
}

/// One operation as a command.
pub struct Entry<P> {
    /// Its words.
    pub words: Words,
    /// What it does to the store.
    pub effect: Effect,
    command: fn(&'static str, Words, Lists) -> Command,
    name: &'static str,
    /// Performs it and prints its answer.
    pub run: for<'a> fn(&'a P, ArgMatches, &'a Session) -> Running<'a>,
}

impl<P> Entry<P> {
    /// Its part of the command line.
    pub fn command(&self, lists: Lists) -> Command {
        (self.command)(self.name, self.words.clone(), lists)
    }
}

/// The words of an operation on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// `keys`; none where the verb stands alone.
    pub noun: Option<&'static str>,
    /// `retire-old`
    pub verb: String,
}

impl Words {
    /// The words of `noun.verb`: `keys.retire_old` is `keys retire-old`, what gets one thing is
    /// `show`, and verifying, the one command of services, stands alone.
    pub fn of(name: &'static str) -> Self {
        let (noun, verb) = name.split_once('.').unwrap_or(("", name));
        match (noun, verb) {
            ("keys", "verify") | ("", _) => Self { noun: None, verb: verb.replace('_', "-") },
            (_, "get") => Self { noun: Some(noun), verb: "show".to_owned() },
            _ => Self { noun: Some(noun), verb: verb.replace('_', "-") },
        }
    }
}

/// Every operation as a command, in the table's order.
pub fn entries<P: PerformsEvery>() -> Vec<Entry<P>> {
    let mut collector = Collector(Vec::new(), PhantomData);
    every_operation::<P>(&mut collector);
    collector.0
}

struct Collector<P>(Vec<Entry<P>>, PhantomData<P>);

impl<P: PerformsEvery> Visitor<P> for Collector<P> {
    fn visit<O: Operation>(&mut self)
    where
        P: Perform<O>,
    {
        self.0.push(Entry {
            words: Words::of(O::NAME),
            effect: O::EFFECT,
            command: command::<O>,
            name: O::NAME,
            run: |place, matches, session| Box::pin(run::<O, P>(place, matches, session)),
        });
    }
}

fn command<O: Operation>(name: &'static str, words: Words, lists: Lists) -> Command {
    let mut command = O::augment_args(Command::new(words.verb));
    if TAKE_SEVERAL.contains(&name) {
        command = command.mut_arg(KEY, |key| {
            key.num_args(1..)
                .action(ArgAction::Append)
                .help("Which keys, one or more; they are taken one by one")
        });
    }
    command = command.mut_args(|arg| option(arg, lists));
    match O::EFFECT {
        Effect::Mints => mint_output::with_arguments(command, name),
        Effect::Reads | Effect::Changes => command,
    }
}

/// An option's value is called what the option is called (the fields of lists are plurals), and a
/// list takes its values as `lists` says. One that may be emptied has its number of values set.
fn option(arg: Arg, lists: Lists) -> Arg {
    let Some(word) = arg.get_long().map(|long| long.replace('-', "_").to_uppercase()) else { return arg };
    match (arg.get_action(), arg.get_num_args().is_some(), lists) {
        (ArgAction::Append, false, Lists::Several) => arg.num_args(1..).value_name(word),
        (ArgAction::Append, true, Lists::OneEach) => arg.num_args(0..=1).value_name(word),
        (ArgAction::Append | ArgAction::Set, _, _) => arg.value_name(word),
        _ => arg,
    }
}

async fn run<O, P>(place: &P, matches: ArgMatches, session: &Session) -> Result<Exit, AdminError>
where
    O: Operation,
    P: PerformsEvery + Perform<O>,
{
    let keys = several_keys(&matches, O::NAME);
    let minting = match O::EFFECT {
        Effect::Mints => Some(mint_output::Minting::of(&matches, session)?),
        Effect::Reads | Effect::Changes => None,
    };
    let mut operation = O::from_arg_matches(&matches).map_err(|error| not_read(&error))?;
    incoming::take(operation.incoming())?;
    match minting {
        Some(minting) => mint_output::mint(place, operation, session, &minting).await,
        None if keys.len() > 1 => each(place, &operation, &keys, session).await,
        None => once(place, operation, session).await,
    }
}

/// One call, and its answer printed.
async fn once<O: Operation, P: Perform<O>>(
    place: &P,
    operation: O,
    session: &Session,
) -> Result<Exit, AdminError> {
    let (shown, _) = place.perform(session.call(operation)).await?.take_apart();
    if session.json {
        output::json(&shown)?;
    } else {
        views::print(&shown as &dyn Any, &shown, O::EFFECT)?;
    }
    Ok(Exit::of_answer(&shown))
}

/// The same request for each of `keys`. One that fails is reported and the others go on.
async fn each<O: Operation, P: Perform<O>>(
    place: &P,
    operation: &O,
    keys: &[String],
    session: &Session,
) -> Result<Exit, AdminError> {
    let mut request = serde_json::to_value(operation).map_err(|_| AdminError::internal())?;
    if request.get("version").is_some_and(|version| !version.is_null()) {
        return Err(AdminError::invalid(
            "version",
            "A version belongs to one key. Name one key, or leave it out.",
        ));
    }
    let mut exit = Exit::Done;
    for key in keys {
        request[KEY] = key.as_str().into();
        let operation: O = latchkey_core::operation::read_request(request.clone())?;
        let outcome = match once(place, operation, session).await {
            Ok(outcome) => outcome,
            Err(error) => {
                if !session.json {
                    output::note(&format!("{key}:"));
                }
                output::error(&error, session.json)
            }
        };
        exit = exit.or(outcome);
    }
    Ok(exit)
}

/// The keys that were named, each once, where the command takes several.
fn several_keys(matches: &ArgMatches, name: &str) -> Vec<String> {
    if !TAKE_SEVERAL.contains(&name) {
        return Vec::new();
    }
    let mut keys: Vec<String> = Vec::new();
    for key in matches.get_raw(KEY).into_iter().flatten() {
        let key = key.to_string_lossy().into_owned();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// What clap accepted and the type did not.
fn not_read(error: &clap::Error) -> AdminError {
    AdminError::new(ErrorCode::Invalid, error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use latchkey_core::operations::NAMES;

    use super::*;

    #[test]
    fn names_become_the_words_of_the_interface() {
        for (name, noun, verb) in [
            ("keys.issue", Some("keys"), "issue"),
            ("keys.get", Some("keys"), "show"),
            ("keys.retire_old", Some("keys"), "retire-old"),
            ("keys.extend_grace", Some("keys"), "extend-grace"),
            ("keys.undo_rotation", Some("keys"), "undo-rotation"),
            ("keys.verify", None, "verify"),
            ("tenants.get", Some("tenants"), "show"),
            ("changes.since", Some("changes"), "since"),
        ] {
            assert_eq!(Words::of(name), Words { noun, verb: verb.to_owned() });
        }
    }

    #[test]
    fn no_two_operations_have_the_same_words() {
        let words: Vec<_> = NAMES.iter().map(|name| Words::of(name)).collect();
        for (place, one) in words.iter().enumerate() {
            assert!(!words[..place].contains(one), "{one:?}");
        }
    }

    #[test]
    fn what_takes_several_keys_is_in_the_table() {
        assert!(TAKE_SEVERAL.iter().all(|name| NAMES.contains(name)));
    }
}
