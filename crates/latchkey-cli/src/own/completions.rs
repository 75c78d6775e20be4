//! `latchkey completions SHELL`: the completion script of a shell. Opens no store.

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use latchkey_connections::Admin;
use latchkey_core::{AdminError, ErrorCode};

use crate::exit::Exit;
use crate::table::{self, Lists};
use crate::{output, parse};

/// Its word.
pub const NAME: &str = "completions";
const SHELL: &str = "shell";

/// Its arguments.
pub fn command() -> Command {
    Command::new(NAME)
        .about("Prints the completion script of a shell")
        .arg(Arg::new(SHELL).value_name("SHELL").required(true).value_parser(value_parser!(Shell)))
}

/// Prints it.
///
/// # Errors
/// As writing the output.
pub fn run(matches: &ArgMatches) -> Result<Exit, AdminError> {
    let shell = *matches.get_one::<Shell>(SHELL).ok_or_else(AdminError::internal)?;
    let mut command = parse::command(&table::entries::<Admin>(), Lists::OneEach);
    // Into memory first: the generator panics when it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "latchkey", &mut script);
    let script = String::from_utf8(script)
        .map_err(|_| AdminError::new(ErrorCode::Internal, "The completion script is not text."))?;
    output::out(&script)?;
    Ok(Exit::Done)
}
