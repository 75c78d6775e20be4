//! The audit for people: its entries, and whether it is whole.

use latchkey_core::audit::AuditEntry;
use latchkey_core::operations::AuditVerdict;

/// The heads of a list of entries.
pub(super) const HEADS: [&str; 6] = ["SEQ", "AT (UTC)", "ACTION", "TARGET", "ACTOR", "SOURCE"];

/// An entry in a list.
pub(super) fn row(entry: &AuditEntry) -> Vec<String> {
    vec![
        entry.seq.to_string(),
        entry.at.to_plain_text(),
        entry.action.clone(),
        format!("{} {} “{}”", entry.target.noun, entry.target.id, entry.target.name),
        entry.actor.clone(),
        entry.source.word().to_owned(),
    ]
}

/// Whether the chain is whole.
pub(super) fn verdict_words(verdict: &AuditVerdict) -> String {
    let entries = verdict.entries;
    match (verdict.intact, verdict.first_bad) {
        (true, _) => format!("intact: {entries} of {entries} entries, head {}\n", verdict.head),
        (false, Some(bad)) => {
            format!("BROKEN: entry {bad} is missing or was changed ({entries} read), head {}\n", verdict.head)
        }
        (false, None) => {
            format!("BROKEN: the end was cut off or changed ({entries} read), head {}\n", verdict.head)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_chain_says_where() {
        let verdict = AuditVerdict { intact: false, entries: 9, first_bad: Some(4), head: "ab".into() };
        assert!(verdict_words(&verdict).starts_with("BROKEN: entry 4"));
    }
}
