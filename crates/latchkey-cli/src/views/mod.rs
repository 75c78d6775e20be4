//! Answers for people: lists as tables, one thing as its facts, a change as a line; a file for each noun. Scripts read
//! `--json`; nothing here is an interface. Everything that came from outside is made harmless.

mod audit;
mod keys;
mod operators;
mod tenants;
mod usage;

use std::any::Any;

use comfy_table::{ContentArrangement, Table, presets};
use latchkey_core::audit::AuditEntry;
use latchkey_core::operations::{
    AuditVerdict, Changes, CurrentOperator, FoundKeys, KeyDetails, OperatorDetails, RoleDetails,
    SecurityEvent, TenantDetails, UsageReport, Verification,
};
use latchkey_core::page::Page;
use latchkey_core::permission::Permissions;
use latchkey_core::time::DAY_MS;
use latchkey_core::{AdminError, Effect, Timestamp};
use serde::Serialize;

use crate::output::{self, harmless};

pub use keys::minted;

/// Facts about one thing: what each is called and what it is.
pub type Facts = Vec<(&'static str, String)>;

/// Prints an answer. An answer of a type that is not known here is printed as JSON.
///
/// # Errors
/// As writing the output.
pub fn print(answer: &dyn Any, json: &impl Serialize, effect: Effect) -> Result<(), AdminError> {
    if let Some(keys) = answer.downcast_ref::<Page<KeyDetails>>() {
        page(keys, &keys::HEADS, keys::row)
    } else if let Some(tenants) = answer.downcast_ref::<Page<TenantDetails>>() {
        page(tenants, &tenants::TENANTS, tenants::tenant_row)
    } else if let Some(roles) = answer.downcast_ref::<Page<RoleDetails>>() {
        page(roles, &tenants::ROLES, tenants::role_row)
    } else if let Some(entries) = answer.downcast_ref::<Page<AuditEntry>>() {
        page(entries, &audit::HEADS, audit::row)
    } else if let Some(operators) = answer.downcast_ref::<Page<OperatorDetails>>() {
        page(operators, &operators::HEADS, operators::row)
    } else if let Some(events) = answer.downcast_ref::<Page<SecurityEvent>>() {
        page(events, &usage::EVENTS, usage::event_row)
    } else if let Some(key) = answer.downcast_ref::<KeyDetails>() {
        one(effect, &keys::facts_of(key), &keys::line(key))
    } else if let Some(tenant) = answer.downcast_ref::<TenantDetails>() {
        one(effect, &tenants::tenant_facts(tenant), &tenants::tenant_line(tenant))
    } else if let Some(role) = answer.downcast_ref::<RoleDetails>() {
        one(effect, &tenants::role_facts(role), &tenants::role_line(role))
    } else if let Some(operator) = answer.downcast_ref::<OperatorDetails>() {
        one(effect, &operators::facts_of(operator), &operators::line(operator))
    } else {
        special(answer, json)
    }
}

/// What is neither a list nor a thing.
fn special(answer: &dyn Any, json: &impl Serialize) -> Result<(), AdminError> {
    if let Some(verification) = answer.downcast_ref::<Verification>() {
        output::out(&facts(&keys::verification_facts(verification)))
    } else if let Some(verdict) = answer.downcast_ref::<AuditVerdict>() {
        output::out(&audit::verdict_words(verdict))
    } else if let Some(found) = answer.downcast_ref::<FoundKeys>() {
        keys::found(found)
    } else if let Some(current) = answer.downcast_ref::<CurrentOperator>() {
        output::out(&facts(&operators::current_facts(current)))
    } else if let Some(report) = answer.downcast_ref::<UsageReport>() {
        usage::report(report)
    } else if let Some(changes) = answer.downcast_ref::<Changes>() {
        let touched = changes.touched.iter().map(|touched| format!("{} {}\n", touched.noun, touched.id));
        output::out(&format!("{}revision {}\n", touched.collect::<String>(), changes.revision))
    } else {
        output::json(json)
    }
}

fn page<T>(page: &Page<T>, heads: &[&str], row: fn(&T) -> Vec<String>) -> Result<(), AdminError> {
    if page.items.is_empty() {
        output::note("Nothing found.");
        return Ok(());
    }
    output::out(&table(heads, page.items.iter().map(row)))?;
    if let Some(cursor) = &page.next_cursor {
        output::note(&format!(
            "{} of {}. For those that follow: --cursor {cursor}",
            page.items.len(),
            page.total
        ));
    }
    Ok(())
}

/// Columns with nothing drawn around them, so that they can be read by eye and by `grep`. Cells are
/// never wrapped: an id that is cut in two cannot be copied.
pub fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heads);
    for row in rows {
        table.add_row(row.iter().map(|cell| harmless(cell, false)));
    }
    // Every cell has a space on both sides; the first needs none.
    table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned() + "\n").collect()
}

/// A change is told in a line, what was asked for with all its facts.
fn one(effect: Effect, all: &Facts, line: &[String]) -> Result<(), AdminError> {
    match effect {
        Effect::Reads => output::out(&facts(all)),
        Effect::Changes | Effect::Mints => {
            let line: Vec<_> = line.iter().map(|word| harmless(word, false)).collect();
            output::out(&format!("{}\n", line.join("  ")))
        }
    }
}

/// One thing, a fact a line; what is empty is left out.
pub fn facts(facts: &Facts) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        let padding = " ".repeat(width - name.len() + 2);
        text.extend([name, padding.as_str(), &harmless(fact, false), "\n"]);
    }
    text
}

fn joined(permissions: &Permissions) -> String {
    permissions.iter().map(latchkey_core::permission::Permission::as_str).collect::<Vec<_>>().join(" ")
}

fn instant(at: Option<Timestamp>) -> String {
    at.map(utc).unwrap_or_default()
}

/// An instant.
pub fn utc(at: Timestamp) -> String {
    format!("{} UTC", at.to_plain_text())
}

/// An expiry by itself: under no heading that says UTC.
fn end(at: Option<Timestamp>) -> String {
    let text = expiry(at);
    if text.contains(':') { text + " UTC" } else { text }
}

/// An expiry at midnight is the date before it, whose end was meant.
fn expiry(at: Option<Timestamp>) -> String {
    match at {
        None => "never".to_owned(),
        Some(at) if at.as_millis() % DAY_MS == 0 => Timestamp::from_millis(at.as_millis() - 1)
            .to_plain_text()
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned(),
        Some(at) => at.to_plain_text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_given_as_a_date_is_shown_as_that_date() {
        assert_eq!(expiry(Some("2027-12-31".parse().unwrap())), "2027-12-31");
        assert_eq!(expiry(Some("2027-12-31T18:00:00Z".parse().unwrap())), "2027-12-31 18:00:00");
        assert_eq!(expiry(None), "never");
    }

    #[test]
    fn cells_cannot_break_the_table() {
        let text = table(&["NAME", "ID"], [vec!["\u{1b}[2Jx\ny".to_owned(), "1".to_owned()]].into_iter());
        assert!(text.contains("\\u{1b}[2Jx\\ny"), "{text}");
        assert_eq!(text.lines().count(), 2);
    }
}
