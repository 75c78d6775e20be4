//! Operators for people: in a list, by themselves, changed, and as whom one asks.

use latchkey_core::operations::{CurrentOperator, OperatorDetails};

use super::{Facts, end, expiry, joined, keys};

/// The heads of a list of operators.
pub(super) const HEADS: [&str; 7] =
    ["ID", "NAME", "ROLE", "STATUS", "TOKEN", "EXPIRES (UTC)", "LAST USED (UTC)"];

/// An operator in a list.
pub(super) fn row(operator: &OperatorDetails) -> Vec<String> {
    let key = &operator.key;
    vec![
        key.id.to_string(),
        key.name.clone(),
        operator.role.word().to_owned(),
        key.status.word().to_owned(),
        key.hint.clone(),
        expiry(key.expires_at),
        keys::last_used(key),
    ]
}

/// An operator by itself.
pub(super) fn facts_of(operator: &OperatorDetails) -> Facts {
    let key = &operator.key;
    vec![
        ("id", key.id.to_string()),
        ("name", key.name.clone()),
        ("role", operator.role.word().to_owned()),
        ("may hand out", joined(&operator.grants)),
        ("status", key.status.word().to_owned()),
        ("token", key.hint.clone()),
        ("expires", end(key.expires_at)),
        ("last used", keys::last_used(key)),
        ("version", key.version.to_string()),
    ]
}

/// An operator that was changed.
pub(super) fn line(operator: &OperatorDetails) -> [String; 4] {
    let key = &operator.key;
    [key.id.to_string(), key.name.clone(), operator.role.word().to_owned(), key.status.word().to_owned()]
}

/// As whom one asks.
pub(super) fn current_facts(current: &CurrentOperator) -> Facts {
    let operator = current.operator.as_ref();
    let text = |text: Option<String>| text.unwrap_or_default();
    vec![
        ("as", current.actor.clone()),
        ("operator", text(operator.map(|operator| operator.id.to_string()))),
        ("role", text(operator.map(|operator| operator.role.word().to_owned()))),
        ("token expires", text(operator.map(|operator| end(operator.expires_at)))),
        ("may", joined(&current.permissions)),
    ]
}
