//! Searching the list of keys: part of a name, part of a tenant's name or slug, the visible beginning of a
//! key. What is looked for where it cannot be is left out before the keys are walked.

use latchkey_core::key_format::PUBLIC_LENGTH;

use super::pages::pattern;
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::statement::{Statement, sql};

/// What a person searches for.
pub(super) struct Search {
    /// Part of a name, as a LIKE pattern.
    pattern: String,
    /// Whether a tenant's name or slug has it.
    in_tenants: bool,
    /// The beginning of a key, where there is a key that begins so.
    beginning: Option<String>,
}

impl Search {
    /// Reads what was typed; nothing visible is no search.
    pub(super) async fn of(tx: &mut Tx, text: &str) -> Outcome<Option<Self>> {
        let Some(pattern) = pattern(text) else { return Ok(None) };
        let mut tenants = tenants_with(&pattern);
        tenants.push(" LIMIT 1");
        let tenant: Option<(String,)> = tenants.maybe(tx).await?;
        let mut beginning = beginning_of_key(text);
        if let Some(text) = &beginning {
            let mut statement = sql("SELECT f.key_id FROM (");
            push_beginning(&mut statement, text);
            statement.push(") AS f LIMIT 1");
            let key: Option<(String,)> = statement.maybe(tx).await?;
            beginning = beginning.filter(|_| key.is_some());
        }
        Ok(Some(Self { pattern, in_tenants: tenant.is_some(), beginning }))
    }

    /// Writes the condition into a statement over `keys k`.
    pub(super) fn apply(&self, statement: &mut Statement) {
        statement.push("(k.name_fold LIKE ").arg(&self.pattern).push(" ESCAPE '\\'");
        if self.in_tenants {
            statement.push(" OR k.tenant_id IN (SELECT t.id FROM tenants t WHERE t.slug LIKE ");
            statement.arg(&self.pattern).push(" ESCAPE '\\' OR t.name_fold LIKE ").arg(&self.pattern);
            statement.push(" ESCAPE '\\')");
        }
        if let Some(beginning) = &self.beginning {
            statement.push(" OR k.id IN (");
            push_beginning(statement, beginning);
            statement.push(")");
        }
        statement.push(")");
    }
}

fn tenants_with(pattern: &str) -> Statement {
    let mut statement = sql("SELECT t.id FROM tenants t WHERE t.slug LIKE ");
    statement.arg(pattern).push(" ESCAPE '\\' OR t.name_fold LIKE ").arg(pattern).push(" ESCAPE '\\'");
    statement
}

/// What was typed, where it can be the visible beginning of a key: `sk_live_8Qv2mT…`, `8Qv2`.
fn beginning_of_key(search: &str) -> Option<String> {
    let text = search.trim().trim_end_matches('…');
    let may_be = (1..=60).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    may_be.then(|| text.to_owned())
}

/// Keys with a secret whose public id, or head and public id, begins so. Every way in which the text can
/// be cut in two is a range of an index.
fn push_beginning(statement: &mut Statement, text: &str) {
    statement.push("SELECT s.key_id FROM secrets s WHERE s.public_id >= ").arg(text);
    statement.push(" AND s.public_id < ").arg(end_of(text));
    // Without an underscore it is more likely part of a name than the beginning of every key.
    if text.contains('_') {
        statement.push(" UNION ALL SELECT s.key_id FROM secrets s WHERE s.head >= ").arg(text);
        statement.push(" AND s.head < ").arg(end_of(text));
    }
    for length in 1..=PUBLIC_LENGTH.min(text.len()) {
        let (head, public) = text.split_at(text.len() - length);
        if !public.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            break;
        }
        statement.push(" UNION ALL SELECT s.key_id FROM secrets s WHERE s.head = ").arg(head);
        statement.push(" AND s.public_id >= ").arg(public).push(" AND s.public_id < ").arg(end_of(public));
    }
}

/// What comes after everything that begins with `text`: a brace follows every letter, digit and `_`.
fn end_of(text: &str) -> String {
    format!("{text}{{")
}
