//! Looking for damage: the file's pages, references, the audit's chain, rows that core could not have
//! written, the file's mode. Finds and says; changes nothing.

use latchkey_core::AdminError;

use crate::audit::prove;
use crate::engine::{Engine, Tx};
use crate::fault::{Fault, Outcome};
use crate::rows::{
    KEY_COLUMNS, KEY_JOINS, KeyRow, ROLE_COLUMNS, RoleRow, TENANT_COLUMNS, TenantRow, assemble,
};
use crate::statement::sql;
use crate::store::Store;

/// Rows that are read at once.
const CHUNK: i64 = 500;
/// Damaged rows that are named one by one.
const NAMED_MAX: usize = 20;

/// One thing that was looked at by [`Store::diagnose`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `integrity`, `references`, `audit`, `rows`, `file`.
    pub check: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, and what to do where it is not as it should be.
    pub words: String,
}

fn finding(check: &str, ok: bool, words: impl Into<String>) -> Finding {
    Finding { check: check.to_owned(), ok, words: words.into() }
}

impl Store {
    /// Looks for damage. Changes nothing. Reads everything, so it takes seconds on a large store.
    ///
    /// # Errors
    /// `busy`, `unreachable`, `internal`.
    pub async fn diagnose(&self) -> Result<Vec<Finding>, AdminError> {
        self.examine().await.map_err(Fault::into_admin_error)
    }

    async fn examine(&self) -> Outcome<Vec<Finding>> {
        let mut findings = Vec::new();
        let mut tx = self.shared.pool.begin_long_read().await?;
        if let Engine::Sqlite(_) = tx {
            let pages: Vec<(String,)> = sql("PRAGMA integrity_check(20)").all(&mut tx).await?;
            findings.push(match pages.as_slice() {
                [(verdict,)] if verdict == "ok" => {
                    finding("integrity", true, "Every page and index is whole.")
                }
                bad => {
                    let words = format!("{} faults in the file. Restore a backup.", bad.len());
                    finding("integrity", false, words)
                }
            });
            let (broken,): (i64,) = sql("SELECT COUNT(*) FROM pragma_foreign_key_check").one(&mut tx).await?;
            findings.push(match broken {
                0 => finding("references", true, "Every row refers to rows that are there."),
                broken => finding("references", false, format!("{broken} rows refer to rows that are gone.")),
            });
        }
        findings.push(audit_finding(&mut tx).await?);
        findings.push(rows_finding(&mut tx).await?);
        drop(tx);
        if let Some(path) = self.file() {
            findings.push(file_finding(path));
        }
        Ok(findings)
    }
}

async fn audit_finding(tx: &mut Tx) -> Outcome<Finding> {
    let verdict = match prove(tx).await {
        Err(Fault::Damaged { .. }) => {
            return Ok(finding("audit", false, "The audit's head is missing: the history was changed."));
        }
        verdict => verdict?,
    };
    Ok(match verdict.first_bad {
        None => finding("audit", true, format!("All {} entries are as they were written.", verdict.entries)),
        Some(seq) => finding(
            "audit",
            false,
            format!("The history was changed: entry {seq} is missing or is not what was written."),
        ),
    })
}

async fn rows_finding(tx: &mut Tx) -> Outcome<Finding> {
    let mut damaged = Vec::new();
    let mut read = 0;
    let tenants: Vec<TenantRow> = sql(TENANT_COLUMNS).all(tx).await?;
    read += tenants.len();
    note(&mut damaged, tenants.into_iter().map(TenantRow::read))?;
    let roles: Vec<RoleRow> = sql(ROLE_COLUMNS).all(tx).await?;
    read += roles.len();
    note(&mut damaged, roles.into_iter().map(RoleRow::read))?;
    let mut after = String::new();
    loop {
        let mut statement = sql(KEY_COLUMNS);
        statement.push(" FROM keys k").push(KEY_JOINS).push(" WHERE k.id > ").arg(&after);
        statement.push(" ORDER BY k.id LIMIT ").arg(CHUNK);
        let rows: Vec<KeyRow> = statement.all(tx).await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.id);
        read += rows.len();
        note(&mut damaged, assemble(tx, rows).await?.into_iter())?;
    }
    if damaged.is_empty() {
        return Ok(finding("rows", true, format!("All {read} tenants, roles and keys can be read.")));
    }
    let named = damaged.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    let words = format!(
        "{} rows are damaged and refused: {named}. Issue these keys anew, or restore a backup.",
        damaged.len()
    );
    Ok(finding("rows", false, words))
}

fn note<T>(damaged: &mut Vec<String>, rows: impl Iterator<Item = Outcome<T>>) -> Outcome<()> {
    for row in rows {
        match row {
            Ok(_) => {}
            Err(Fault::Damaged { noun, id }) => damaged.push(format!("{noun} {id}")),
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

fn file_finding(path: &std::path::Path) -> Finding {
    match crate::file::readable_by_others(path) {
        Some(words) => finding("file", false, words),
        None => finding("file", path.exists(), "Only you may read the file."),
    }
}
