//! `latchkey init --grants`: who may do what in a PostgreSQL store, printed as SQL or applied. Its
//! arguments and what it says; the rights themselves are the store's.

use clap::{Arg, ArgAction, ArgMatches};
use latchkey_core::AdminError;
use latchkey_store::{GrantNames, Store, StoreUrl, grants};

use crate::exit::Exit;
use crate::output;
use crate::session::Session;

/// The word that asks for it.
pub const NAME: &str = "grants";
const APPLY: &str = "apply";
const ADMIN: &str = "admin";
const VIEWER: &str = "viewer";
const VERIFIER: &str = "verifier";

/// Its arguments, beside those of `init`.
pub fn arguments() -> [Arg; 5] {
    let named = |name, help| Arg::new(name).long(name).value_name("ROLE").requires(NAME).help(help);
    [
        Arg::new(NAME)
            .long(NAME)
            .action(ArgAction::SetTrue)
            .help("Of a PostgreSQL store that is there: prints the SQL that gives administrators, viewers and verifiers their rights"),
        Arg::new(APPLY)
            .long(APPLY)
            .action(ArgAction::SetTrue)
            .requires(NAME)
            .help("Applies it instead, as the owner of the tables, who may make roles"),
        named(ADMIN, "Who may do everything but change or delete audit entries [default: latchkey_admin]"),
        named(VIEWER, "Who may look at everything [default: latchkey_viewer]"),
        named(VERIFIER, "Who may verify keys [default: latchkey_verifier]"),
    ]
}

/// Prints or applies them.
///
/// # Errors
/// `invalid` at `store` for a file, or at a role's name; `forbidden`; as opening a store.
pub async fn run(url: &StoreUrl, matches: &ArgMatches, session: &Session) -> Result<Exit, AdminError> {
    let chosen =
        |argument: &str, usual: String| matches.get_one::<String>(argument).cloned().unwrap_or(usual);
    let usual = GrantNames::default();
    let names = GrantNames {
        admin: chosen(ADMIN, usual.admin),
        viewer: chosen(VIEWER, usual.viewer),
        verifier: chosen(VERIFIER, usual.verifier),
    };
    let applied = matches.get_flag(APPLY);
    if applied {
        Store::grant(url, &names).await?;
    }
    let sql = grants(url, &names)?;
    if session.json {
        let GrantNames { admin, viewer, verifier } = &names;
        output::json(&serde_json::json!({
            "applied": applied, "admin": admin, "viewer": viewer, "verifier": verifier, "sql": sql,
        }))?;
    } else if applied {
        let GrantNames { admin, viewer, verifier } = &names;
        output::out(&format!(
            "{admin} may do everything but change or delete audit entries, {viewer} may look at everything, \
             {verifier} may verify keys.\nGive a person's login one of them: GRANT {admin} TO dana;\n\
             Run this again after a migration.\n",
        ))?;
    } else {
        output::out(&sql)?;
    }
    Ok(Exit::Done)
}
