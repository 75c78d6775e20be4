//! `latchkey man`: the manual page. Opens no store.

use clap::Command;
use latchkey_connections::Admin;
use latchkey_core::{AdminError, ErrorCode};

use crate::exit::Exit;
use crate::table::{self, Lists};
use crate::{output, parse};

/// Its word.
pub const NAME: &str = "man";

/// Its arguments.
pub fn command() -> Command {
    Command::new(NAME).about("Prints the manual page, in roff: latchkey man | man -l -")
}

/// Prints it: the program's own page, and a section for each command.
///
/// # Errors
/// As writing the output.
pub fn run() -> Result<Exit, AdminError> {
    let mut command = parse::command(&table::entries::<Admin>(), Lists::OneEach);
    command.build();
    let page = page(&command).ok().and_then(|page| String::from_utf8(page).ok());
    let page = page.ok_or_else(|| AdminError::new(ErrorCode::Internal, "The manual page is not text."))?;
    output::out(&page)?;
    Ok(Exit::Done)
}

fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let manual = clap_mangen::Man::new(command.clone());
    manual.render(&mut page)?;
    for noun in command.get_subcommands().filter(|noun| noun.get_name() != "help") {
        let verbs: Vec<_> = noun.get_subcommands().filter(|verb| verb.get_name() != "help").collect();
        if verbs.is_empty() {
            section(&mut page, noun)?;
        }
        for verb in verbs {
            section(&mut page, verb)?;
        }
    }
    Ok(page)
}

/// What a command does and takes, without what every command takes.
fn section(page: &mut Vec<u8>, command: &Command) -> std::io::Result<()> {
    let own = command.clone().mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
    let name = own.get_bin_name().unwrap_or(own.get_name()).to_uppercase();
    let manual = clap_mangen::Man::new(own);
    page.extend(format!(".SH \"{name}\"\n").into_bytes());
    manual.render_description_section(page)?;
    manual.render_options_section(page)
}
