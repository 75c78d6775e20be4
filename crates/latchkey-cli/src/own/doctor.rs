//! `latchkey doctor`: what a store or a server is, and whether it is sound. Changes nothing.

use clap::Command;
use latchkey_client::Client;
use latchkey_core::operation::OPERATORS;
use latchkey_core::permission::Dialect;
use latchkey_core::{AdminError, Effect};
use latchkey_store::Finding;
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::output::{self, harmless};
use crate::session::Session;
use crate::store_choice::Choice;
use crate::views;

/// Its word.
pub const NAME: &str = "doctor";

/// Its arguments.
pub fn command() -> Command {
    Command::new(NAME)
        .about("Looks at a store for damage, or at a server, and says what it finds (exit 1 when something is wrong)")
}

/// Looks.
///
/// # Errors
/// As opening a store: what cannot be opened is said with its reason.
pub async fn run(choice: &Choice, session: &Session) -> Result<Exit, AdminError> {
    match choice.server_for(Effect::Reads).await? {
        Some(client) => server(choice, &client, session).await,
        None => store(choice, session).await,
    }
}

async fn store(choice: &Choice, session: &Session) -> Result<Exit, AdminError> {
    let place = choice.place();
    let store = choice.open_store_for(Effect::Reads).await?;
    let found = match store.facts().await {
        Ok(facts) => store.diagnose().await.map(|findings| (facts, findings)),
        Err(error) => Err(error),
    };
    let operators = store.operator_count().await;
    store.close().await;
    let (facts, findings) = found?;
    let operators = operators?;
    let head = format!(
        "{} · {} · schema version {} · {} tenants, {} keys, {operators} administrators of a server\n",
        harmless(&place, false),
        facts.engine,
        facts.schema_version,
        facts.tenants,
        facts.keys
    );
    let known = json!({
        "store": place, "engine": facts.engine, "schema_version": facts.schema_version,
        "prefix": facts.prefix, "tenants": facts.tenants, "keys": facts.keys, "operators": operators,
    });
    say(&head, known, &findings, session)
}

async fn server(choice: &Choice, client: &Client, session: &Session) -> Result<Exit, AdminError> {
    let place = choice.place();
    let facts = client.look().await?;
    let unready = client.unready().await?;
    let operator = facts.operator.operator.as_ref();
    let ends = operator.and_then(|operator| operator.expires_at);
    let who = match operator {
        Some(operator) => format!("{} ({})", operator.name, operator.role.word()),
        None => facts.operator.actor.clone(),
    };
    let token = ends.map_or_else(|| "has no end".to_owned(), |at| format!("ends {}", views::utc(at)));
    let administers = facts.operator.permissions.cover(&OPERATORS, Dialect::default());
    let ready = unready.is_none();
    let readiness = unready.unwrap_or_else(|| "answers everything".to_owned());
    let mut findings = vec![
        finding(
            "operator",
            true,
            format!("{who}, who may {}administer operators", if administers { "" } else { "not " }),
        ),
        finding("token", true, token),
        finding("ready", ready, readiness),
    ];
    findings.extend(facts.warnings.iter().map(|warning| finding("warning", true, warning.clone())));
    let head = format!("{} · Latchkey server {}\n", harmless(&place, false), harmless(&facts.version, false));
    let known = json!({
        "server": place, "version": facts.version, "operator": facts.operator.operator,
        "token_expires_at": ends, "ready": ready, "warnings": facts.warnings,
    });
    say(&head, known, &findings, session)
}

fn finding(check: &str, ok: bool, words: String) -> Finding {
    Finding { check: check.to_owned(), ok, words }
}

fn say(head: &str, mut known: Value, findings: &[Finding], session: &Session) -> Result<Exit, AdminError> {
    let sound = findings.iter().all(|finding| finding.ok);
    if session.json {
        known["ok"] = sound.into();
        known["findings"] = findings
            .iter()
            .map(|finding| json!({"check": finding.check, "ok": finding.ok, "words": finding.words}))
            .collect();
        output::json(&known)?;
    } else {
        let mut text = head.to_owned();
        for finding in findings {
            let mark = if finding.ok { "ok   " } else { "WRONG" };
            text.extend([mark, "  ", &finding.check, ": ", &harmless(&finding.words, false), "\n"]);
        }
        output::out(&text)?;
    }
    Ok(if sound { Exit::Done } else { Exit::Failed })
}
