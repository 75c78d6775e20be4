//! The command line, whole: nouns, verbs, what every command takes, how often a list's option takes
//! a value, and what a person is told when it does not read. Performs nothing.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command};
use latchkey_core::id::IdempotencyKey;
use latchkey_core::key_format::read_public_id;
use latchkey_core::{AdminError, ErrorCode, PlaintextKey};

use crate::own;
use crate::table::{Entry, Lists};

/// The option that names the store.
pub const STORE: &str = "store";
/// The option that names a saved connection.
pub const CONNECTION: &str = "connection";
/// The option that allows a change in production.
pub const PRODUCTION: &str = "production";
/// The option that names a file with an authority's certificate.
pub const CA_FILE: &str = "ca-file";
/// The option that names a file with a pepper.
pub const PEPPER_FILE: &str = "pepper-file";
/// The option that asks for JSON.
pub const JSON: &str = "json";
/// The option that makes a minting command repeatable.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Over these options in every help.
const EVERYWHERE: &str = "With every command";

/// What is not done because of the words themselves.
pub enum Unparsed {
    /// Help or version: the text belongs on standard output.
    Shown(Box<clap::Error>),
    /// The words do not read.
    Wrong(Box<clap::Error>),
    /// The words hold a whole key, so they are not repeated.
    KeyAmongThem,
}

/// Reads the words.
///
/// # Errors
/// What to show instead.
pub fn parse<P>(entries: &[Entry<P>], words: &[OsString]) -> Result<ArgMatches, Unparsed> {
    let read = |lists| command(entries, lists).try_get_matches_from(words);
    // `--permission a b` and `--permission a NAME` cannot both be read by one grammar; what the
    // strict one does not read, the generous one may.
    let error = match read(Lists::OneEach) {
        Ok(matches) => return Ok(matches),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return Err(Unparsed::Shown(Box::new(error))),
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand => {
            if let Ok(matches) = read(Lists::Several) {
                return Ok(matches);
            }
        }
        _ => {}
    }
    if words.iter().skip(1).any(|word| is_key(word)) {
        return Err(Unparsed::KeyAmongThem);
    }
    Err(Unparsed::Wrong(Box::new(error)))
}

/// The whole command line.
pub fn command<P>(entries: &[Entry<P>], lists: Lists) -> Command {
    let mut program = Command::new("latchkey")
        .about("Issues, rotates, verifies and revokes API keys")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .after_help(
            "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 denied, 5 conflict, 6 unreachable or cannot tell.\n\
             verify: 0 valid, 1 refused. audit verify: 0 intact, 1 broken.\n\n\
             Keys come in by standard input, never as an argument. A connection's password comes from the system \
             keychain or is asked for at a terminal; a store's URL with a password in it belongs in LATCHKEY_STORE, \
             a server's admin token in LATCHKEY_TOKEN.",
        )
        .args(everywhere());
    for entry in entries {
        let verb = entry.command(lists);
        let Some(noun) = entry.words.noun else {
            program = program.subcommand(verb);
            continue;
        };
        if program.find_subcommand(noun).is_none() {
            let group =
                Command::new(noun).about(about(noun)).subcommand_required(true).arg_required_else_help(true);
            program = program.subcommand(group);
        }
        program = program.mut_subcommand(noun, |group| group.subcommand(verb));
    }
    program.subcommands(own::commands())
}

fn everywhere() -> [Arg; 7] {
    [
        // The value may hold a password: it is parsed by us, so that no message repeats it.
        Arg::new(STORE)
            .long(STORE)
            .value_name("URL")
            .global(true)
            .help_heading(EVERYWHERE)
            .env("LATCHKEY_STORE")
            .hide_env_values(true)
            .help(
                "sqlite:PATH, postgres://USER@HOST/DATABASE, or https://HOST of a Latchkey server; not given: the \
                 desktop's local store",
            ),
        Arg::new(CONNECTION)
            .long(CONNECTION)
            .value_name("NAME")
            .global(true)
            .help_heading(EVERYWHERE)
            .env("LATCHKEY_CONNECTION")
            .hide_env_values(true)
            .help("A connection that was saved in the desktop, instead of --store"),
        Arg::new(PRODUCTION)
            .long(PRODUCTION)
            .global(true)
            .help_heading(EVERYWHERE)
            .action(ArgAction::SetTrue)
            .help("Allow a change on a connection that is tagged production"),
        Arg::new(CA_FILE)
            .long(CA_FILE)
            .value_name("FILE")
            .global(true)
            .help_heading(EVERYWHERE)
            .env("LATCHKEY_CA_FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help("The authority that signed the certificate of an https:// server, where this computer does not trust it"),
        Arg::new(PEPPER_FILE)
            .long(PEPPER_FILE)
            .value_name("FILE")
            .global(true)
            .help_heading(EVERYWHERE)
            .value_parser(clap::value_parser!(PathBuf))
            .help("The file with the store's pepper; not given: LATCHKEY_PEPPER_FILE, LATCHKEY_PEPPER, or the usual file"),
        Arg::new(JSON)
            .long(JSON)
            .global(true)
            .help_heading(EVERYWHERE)
            .action(ArgAction::SetTrue)
            .help("Print exactly the answer of the HTTP API; errors too, on standard error"),
        Arg::new(IDEMPOTENCY_KEY)
            .long(IDEMPOTENCY_KEY)
            .value_name("TEXT")
            .global(true)
            .help_heading(EVERYWHERE)
            .value_parser(clap::value_parser!(IdempotencyKey))
            .help("For issue, rotate and remint: the same text a second time makes no second key"),
    ]
}

fn about(noun: &str) -> &'static str {
    match noun {
        "tenants" => "Whose keys they are, and their policy",
        "roles" => "Named sets of permissions of a tenant",
        "keys" => "Issue, rotate, revoke and look at keys",
        "audit" => "What was done, by whom, and whether that record is whole",
        "changes" => "Follow what changes",
        "operators" => "Who may administer a server, and their tokens",
        "events" => "What deserves a look: dead secrets used, failures, limits hit",
        "usage" => "How often keys are used",
        _ => "More operations",
    }
}

/// Whether a word is a whole key, which has no place among the arguments.
fn is_key(word: &OsStr) -> bool {
    let text = word.to_string_lossy();
    let value = text.rsplit('=').next().unwrap_or_default();
    read_public_id(&PlaintextKey::new(value.to_owned())).is_ok()
}

/// Words that do not read, for a person: what is wrong, and where help is.
pub fn as_text(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.trim_end();
    text.strip_prefix("error: ").map_or_else(|| text.to_owned(), |rest| format!("latchkey: {rest}"))
}

/// What a person is told who put a key among the arguments.
pub fn key_among_arguments() -> AdminError {
    AdminError::invalid(
        "key",
        "A key stands among the arguments, where others can see it. Give it on standard input (latchkey verify < FILE), and rotate this one.",
    )
}

/// Words that do not read, as the error every transport has.
pub fn as_admin_error(error: &clap::Error) -> AdminError {
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.trim_start_matches("error: ").split_whitespace().collect();
    let wrong = AdminError::new(ErrorCode::Invalid, words.join(" "));
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => wrong.at_field(&field_of(argument)),
        Some(ContextValue::Strings(arguments)) if arguments.len() == 1 => {
            wrong.at_field(&field_of(&arguments[0]))
        }
        _ => wrong,
    }
}

/// `--cut-old <…>` is the field `cut_old`, `<KEY>` is `key`.
fn field_of(argument: &str) -> String {
    let word = argument.split([' ', '=']).next().unwrap_or_default();
    word.trim_matches(['-', '<', '>', '[', ']', '.']).replace('-', "_").to_lowercase()
}

#[cfg(test)]
mod tests {
    use latchkey_connections::Admin;

    use super::*;
    use crate::table::entries;

    fn read(line: &str) -> Result<ArgMatches, Unparsed> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        parse(&entries::<Admin>(), &words)
    }

    #[test]
    fn the_command_line_is_sound() {
        command(&entries::<Admin>(), Lists::OneEach).debug_assert();
        command(&entries::<Admin>(), Lists::Several).debug_assert();
    }

    #[test]
    fn a_list_is_read_both_ways() {
        for line in [
            "latchkey roles create --tenant acme Integration --permission a.b c.d",
            "latchkey roles create --tenant acme Integration --permission a.b --permission c.d",
            "latchkey roles create --tenant acme --permission a.b --permission c.d Integration",
            "latchkey roles update --permission a.b --permission c.d --name Integration 5",
            "latchkey roles update 5 --name Integration --permission a.b c.d",
        ] {
            let matches = read(line).ok().unwrap();
            let (_, noun) = matches.subcommand().unwrap();
            let (_, verb) = noun.subcommand().unwrap();
            assert_eq!(verb.get_raw("permissions").unwrap().count(), 2, "{line}");
            assert_eq!(verb.get_raw("name").unwrap().next().unwrap(), "Integration");
        }
    }

    #[test]
    fn a_key_among_the_arguments_is_not_repeated() {
        let format = latchkey_core::key_format::KeyFormat::with_head("sk_live_");
        let mut randomness = rand::rand_core::UnwrapErr(rand::rngs::SysRng);
        let (key, _) = format.draw(&mut randomness);
        for line in
            [format!("latchkey verify {}", key.expose()), format!("latchkey verify --key={}", key.expose())]
        {
            assert!(matches!(read(&line), Err(Unparsed::KeyAmongThem)));
        }
    }

    #[test]
    fn a_value_that_does_not_read_names_its_field() {
        let Err(Unparsed::Wrong(error)) =
            read("latchkey keys rotate key_0190b5f0000070008000000000000000 --grace 24")
        else {
            panic!("24 has no unit");
        };
        let error = as_admin_error(&error);
        assert_eq!(error.field.as_deref(), Some("grace"));
        assert!(error.message.contains("90s, 15m, 24h or 7d"), "{}", error.message);
    }

    #[test]
    fn an_argument_is_the_field_of_the_request() {
        assert_eq!(field_of("--cut-old"), "cut_old");
        assert_eq!(field_of("--grace <GRACE>"), "grace");
        assert_eq!(field_of("<KEY>..."), "key");
    }
}
