//! What was found out about a store when it was opened: why it allows no change, and what a person should
//! always see while it is open. Asks; changes nothing.

use std::path::{Path, PathBuf};

use latchkey_core::AdminError;

use crate::access::{Access, ReadOnly};
use crate::fault::unusable;
use crate::line::{Reached, answered, warning};
use crate::place::PostgresPlace;
use crate::{dialect, file};

/// What was found out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// The file, where there is one.
    pub(crate) file: Option<PathBuf>,
    /// Which file that was when it was opened.
    pub(crate) identity: Option<(u64, u64)>,
    /// The schema, where there is one.
    pub(crate) schema: Option<String>,
    /// Whom the database knows, where there is one.
    pub(crate) account: Option<String>,
    /// Why it allows no change, where it does not.
    pub(crate) read_only: Option<ReadOnly>,
    /// Whether, although it allows no change, what verifications gather may be written: a verifier's account.
    pub(crate) gathers: bool,
    /// What a person should always see.
    pub(crate) warnings: Vec<String>,
}

/// Of a file.
pub(crate) fn of_file(path: &Path, access: Access) -> Standing {
    Standing {
        file: Some(path.to_owned()),
        identity: file::identity(path),
        schema: None,
        account: None,
        read_only: chosen(access),
        gathers: false,
        warnings: file::readable_by_others(path).into_iter().collect(),
    }
}

/// Of a database that holds a store of this version.
pub(crate) async fn of_database(
    reached: &mut Reached,
    place: &PostgresPlace,
    access: Access,
) -> Result<Standing, AdminError> {
    let (may_change, may_gather, owns) = answered(place, rights(reached)).await?.ok_or_else(|| {
        unusable("Latchkey's tables in this database are not whole. Restore a backup, or ask the database's administrator.")
    })?;
    let read_only = chosen(access)
        .or(reached.found.standby.then_some(ReadOnly::Standby))
        .or((!may_change).then_some(ReadOnly::Account));
    let mut warnings: Vec<String> = warning(place).map(str::to_owned).into_iter().collect();
    if reached.found.superuser || owns {
        let who = if reached.found.superuser { "a superuser" } else { "the owner of the tables" };
        warnings.push(format!(
            "You are connected as {}, {who}, who may change the audit's rows. Use an account with fewer rights; latchkey init --grants makes them.",
            reached.found.user
        ));
    }
    Ok(Standing {
        file: None,
        identity: None,
        schema: Some(place.schema.clone()),
        account: Some(reached.found.user.clone()),
        gathers: may_gather && read_only == Some(ReadOnly::Account),
        read_only,
        warnings,
    })
}

fn chosen(access: Access) -> Option<ReadOnly> {
    match access {
        Access::ReadOnly => Some(ReadOnly::Chosen),
        Access::ReadWrite => None,
    }
}

/// Whether the account may change anything, whether it may write what verifications gather, and whether it may
/// change the audit's rows; nothing where there is no audit.
async fn rights(reached: &mut Reached) -> sqlx::Result<Option<(bool, bool, bool)>> {
    let mut tx = reached.begin().await?;
    let found =
        sqlx::query_as(dialect::POSTGRES_MAY_CHANGE).persistent(false).fetch_optional(&mut *tx).await?;
    tx.rollback().await?;
    Ok(found)
}
