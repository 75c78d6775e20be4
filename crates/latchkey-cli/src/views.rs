//! Answers for people: lists as tables, one thing as its facts, a change as a line. Scripts read
//! `--json`; nothing here is an interface. Everything that came from outside is made harmless.

use std::any::Any;

use comfy_table::{ContentArrangement, Table, presets};
use latchkey_core::audit::AuditEntry;
use latchkey_core::key::SecretState;
use latchkey_core::operations::{
    AuditVerdict, Changes, FoundKeys, KeyDetails, RoleDetails, TenantDetails, Verification,
};
use latchkey_core::page::Page;
use latchkey_core::permission::Permissions;
use latchkey_core::time::DAY_MS;
use latchkey_core::{AdminError, Effect, Timestamp};
use serde::Serialize;

use crate::output::{self, harmless};

/// Facts about one thing: what each is called and what it is.
pub type Facts = Vec<(&'static str, String)>;

/// Prints an answer. An answer of a type that is not known here is printed as JSON.
///
/// # Errors
/// As writing the output.
pub fn print(answer: &dyn Any, json: &impl Serialize, effect: Effect) -> Result<(), AdminError> {
    if let Some(keys) = answer.downcast_ref::<Page<KeyDetails>>() {
        page(keys, &KEYS, key_row)
    } else if let Some(tenants) = answer.downcast_ref::<Page<TenantDetails>>() {
        page(tenants, &["SLUG", "NAME", "PROFILE", "STATUS", "KEYS", "ID"], tenant_row)
    } else if let Some(roles) = answer.downcast_ref::<Page<RoleDetails>>() {
        page(roles, &["NUMBER", "NAME", "TENANT", "PERMISSIONS", "KEYS", "ID"], role_row)
    } else if let Some(entries) = answer.downcast_ref::<Page<AuditEntry>>() {
        page(entries, &["SEQ", "AT (UTC)", "ACTION", "TARGET", "ACTOR", "SOURCE"], audit_row)
    } else if let Some(key) = answer.downcast_ref::<KeyDetails>() {
        one(effect, &key_facts(key), &[key.id.to_string(), key.name.clone(), key.status.word().to_owned()])
    } else if let Some(tenant) = answer.downcast_ref::<TenantDetails>() {
        let line = [tenant.tenant.slug.clone(), tenant.tenant.name.clone(), tenant_status(tenant).to_owned()];
        one(effect, &tenant_facts(tenant), &line)
    } else if let Some(role) = answer.downcast_ref::<RoleDetails>() {
        let line = [role.role.number.to_string(), role.role.name.clone(), role.role.id.to_string()];
        one(effect, &role_facts(role), &line)
    } else if let Some(verification) = answer.downcast_ref::<Verification>() {
        output::out(&facts(&verification_facts(verification)))
    } else if let Some(verdict) = answer.downcast_ref::<AuditVerdict>() {
        output::out(&verdict_words(verdict))
    } else if let Some(found) = answer.downcast_ref::<FoundKeys>() {
        found_keys(found)
    } else if let Some(changes) = answer.downcast_ref::<Changes>() {
        let touched = changes.touched.iter().map(|touched| format!("{} {}\n", touched.noun, touched.id));
        output::out(&format!("{}revision {}\n", touched.collect::<String>(), changes.revision))
    } else {
        output::json(json)
    }
}

/// What a person at a terminal is told about a key that was just minted, without the key.
pub fn minted(key: &KeyDetails) -> String {
    let until =
        key.old_until.map(|at| format!("\nThe old secret works until {}.", utc(at))).unwrap_or_default();
    format!(
        "{} · {} ({}) · {} · expires {}\n{}\nCopy the key now: it is not shown again.{until}",
        harmless(&key.name, false),
        harmless(&key.tenant.name, false),
        key.tenant.slug,
        key.environment.word(),
        end(key.expires_at),
        key.id
    )
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

const KEYS: [&str; 9] =
    ["ID", "NAME", "TENANT", "ENV", "STATUS", "ROLE", "KEY", "EXPIRES (UTC)", "LAST USED (UTC)"];

fn key_row(key: &KeyDetails) -> Vec<String> {
    vec![
        key.id.to_string(),
        key.name.clone(),
        key.tenant.slug.clone(),
        key.environment.word().to_owned(),
        key.status.word().to_owned(),
        key.role.as_ref().map_or_else(|| "–".to_owned(), |role| role.name.clone()),
        key.hint.clone(),
        expiry(key.expires_at),
        key.usage.last_used_at.map_or_else(|| "never".to_owned(), Timestamp::to_plain_text),
    ]
}

fn key_facts(key: &KeyDetails) -> Facts {
    let role = key.role.as_ref().map(|role| format!("{} ({})", role.name, role.number)).unwrap_or_default();
    let revoked = key
        .revocation
        .as_ref()
        .map(|revocation| format!("{} by {}: {}", utc(revocation.at), revocation.by, revocation.reason));
    let ip: Vec<String> = key.ip.iter().map(ToString::to_string).collect();
    let mut facts = vec![
        ("id", key.id.to_string()),
        ("name", key.name.clone()),
        ("tenant", format!("{} ({})", key.tenant.name, key.tenant.slug)),
        ("status", key.status.word().to_owned()),
        ("tenant status", if key.tenant_suspended { "suspended".to_owned() } else { String::new() }),
        ("environment", key.environment.word().to_owned()),
        ("key", key.hint.clone()),
        ("role", role),
        ("scopes", joined(&key.scopes)),
        ("grants", joined(&key.permissions)),
        ("addresses", ip.join(" ")),
        ("expires", end(key.expires_at)),
        ("old secret until", instant(key.old_until)),
        ("grace", key.grace.map(|grace| grace.to_string()).unwrap_or_default()),
        ("suspended", instant(key.suspended_at)),
        ("revoked", revoked.unwrap_or_default()),
        ("owner", key.owner.clone()),
        ("identity", key.identity.clone().unwrap_or_default()),
        ("integration", key.integration.clone().unwrap_or_default()),
        ("tier", key.tier.clone().unwrap_or_default()),
        ("tags", key.tags.join(", ")),
        ("notes", key.notes.clone()),
        ("last used", instant(key.usage.last_used_at)),
        ("used", key.usage.count.to_string()),
        ("issued", format!("{} by {}", utc(key.created_at), key.created_by)),
        ("changed", format!("{} by {}", utc(key.updated_at), key.updated_by)),
        ("version", key.version.to_string()),
    ];
    for secret in &key.secrets {
        let state = match secret.state {
            SecretState::Unconfirmed { until } => format!("not confirmed, lapses {}", utc(until)),
            SecretState::Current => "in use".to_owned(),
            SecretState::Retiring { until } => format!("works until {}", utc(until)),
            SecretState::Dead => format!("stopped {}", instant(secret.ended_at)),
        };
        facts.push(("secret", format!("{}  {state}", secret.hint)));
    }
    facts
}

const fn tenant_status(tenant: &TenantDetails) -> &'static str {
    if tenant.tenant.suspended_at.is_some() { "suspended" } else { "active" }
}

fn tenant_row(tenant: &TenantDetails) -> Vec<String> {
    vec![
        tenant.tenant.slug.clone(),
        tenant.tenant.name.clone(),
        tenant.tenant.profile.word().to_owned(),
        tenant_status(tenant).to_owned(),
        format!("{} of {} active", tenant.keys_active, tenant.keys_total),
        tenant.tenant.id.to_string(),
    ]
}

fn tenant_facts(details: &TenantDetails) -> Facts {
    let (tenant, policy) = (&details.tenant, &details.tenant.policy);
    let environments: Vec<_> = policy.environments.iter().map(|environment| environment.word()).collect();
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    vec![
        ("id", tenant.id.to_string()),
        ("slug", tenant.slug.clone()),
        ("name", tenant.name.clone()),
        ("profile", tenant.profile.word().to_owned()),
        ("status", tenant_status(details).to_owned()),
        ("keys", format!("{} of {} active", details.keys_active, details.keys_total)),
        ("last used", instant(details.last_used_at)),
        ("grace", format!("{}, at most {}", policy.default_grace, policy.max_grace)),
        ("longest life", policy.max_lifetime.map_or_else(|| "no limit".to_owned(), |life| life.to_string())),
        ("environments", environments.join(" ")),
        ("addresses asked for", yes(policy.ip_required)),
        ("may reactivate", yes(policy.allow_reactivate)),
        ("notes", tenant.notes.clone()),
        ("made", utc(tenant.created_at)),
        ("changed", format!("{} by {}", utc(tenant.updated_at), tenant.updated_by)),
        ("version", tenant.version.to_string()),
    ]
}

fn role_row(role: &RoleDetails) -> Vec<String> {
    vec![
        role.role.number.to_string(),
        role.role.name.clone(),
        role.tenant.slug.clone(),
        joined(&role.role.permissions),
        role.keys.to_string(),
        role.role.id.to_string(),
    ]
}

fn role_facts(details: &RoleDetails) -> Facts {
    let role = &details.role;
    vec![
        ("id", role.id.to_string()),
        ("number", role.number.to_string()),
        ("name", role.name.clone()),
        ("tenant", format!("{} ({})", details.tenant.name, details.tenant.slug)),
        ("description", role.description.clone()),
        ("permissions", joined(&role.permissions)),
        ("keys", details.keys.to_string()),
        ("made", utc(role.created_at)),
        ("changed", format!("{} by {}", utc(role.updated_at), role.updated_by)),
        ("version", role.version.to_string()),
    ]
}

fn audit_row(entry: &AuditEntry) -> Vec<String> {
    vec![
        entry.seq.to_string(),
        entry.at.to_plain_text(),
        entry.action.clone(),
        format!("{} {} “{}”", entry.target.noun, entry.target.id, entry.target.name),
        entry.actor.clone(),
        entry.source.word().to_owned(),
    ]
}

fn verification_facts(verification: &Verification) -> Facts {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        ("outcome", verification.outcome.word().to_owned()),
        ("key", verification.key_id.map(|id| id.to_string()).unwrap_or_default()),
        (
            "tenant",
            verification.tenant.as_ref().map(|it| format!("{} ({})", it.name, it.slug)).unwrap_or_default(),
        ),
        ("role", text(&verification.role)),
        ("grants", joined(&verification.permissions)),
        ("identity", text(&verification.identity)),
        ("environment", verification.environment.map(|it| it.word().to_owned()).unwrap_or_default()),
        ("expires", verification.expires_at.map(|at| end(Some(at))).unwrap_or_default()),
    ]
}

fn verdict_words(verdict: &AuditVerdict) -> String {
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

fn found_keys(found: &FoundKeys) -> Result<(), AdminError> {
    if found.items.is_empty() {
        output::note("None of them is a key of this store.");
        return Ok(());
    }
    let rows = found.items.iter().map(|found| {
        let mut row = vec![(found.candidate + 1).to_string()];
        row.extend(key_row(&found.key));
        row
    });
    let mut heads = vec!["LINE"];
    heads.extend(KEYS);
    output::out(&table(&heads, rows))
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

    #[test]
    fn a_broken_chain_says_where() {
        let verdict = AuditVerdict { intact: false, entries: 9, first_bad: Some(4), head: "ab".into() };
        assert!(verdict_words(&verdict).starts_with("BROKEN: entry 4"));
    }
}
