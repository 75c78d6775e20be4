//! `latchkey migrate`: brings an older store to this version's schema. Nothing else does, so that no
//! administrator changes a shared database without knowing.

use std::sync::Arc;

use clap::Command;
use latchkey_core::{AdminError, SystemClock};
use latchkey_store::{Store, StoreUrl};

use crate::exit::Exit;
use crate::output;
use crate::session::Session;

/// Its word.
pub const NAME: &str = "migrate";

/// Its arguments.
pub fn command() -> Command {
    Command::new(NAME).about("Brings a store of an older Latchkey to this version; a file is copied first")
}

/// Does it.
///
/// # Errors
/// As opening a store.
pub async fn run(url: &StoreUrl, session: &Session) -> Result<Exit, AdminError> {
    let migrated = Store::migrate(url, Arc::new(SystemClock)).await?;
    if session.json {
        output::json(&serde_json::json!({"from": migrated.from, "to": migrated.to}))?;
    } else if migrated.from == migrated.to {
        output::out(&format!("Nothing to do: the schema is at version {} already.\n", migrated.to))?;
    } else {
        output::out(&format!("Migrated from schema version {} to {}.\n", migrated.from, migrated.to))?;
        if let StoreUrl::Postgres(_) = url {
            output::note(
                "Where accounts have their rights from latchkey init --grants, run it again for the new tables.",
            );
        }
    }
    Ok(Exit::Done)
}
