//! `latchkey doctor`: what a store is, and whether it is sound. Changes nothing.

use clap::Command;
use latchkey_core::{AdminError, Effect};

use crate::exit::Exit;
use crate::output::{self, harmless};
use crate::session::Session;
use crate::store_choice::Choice;

/// Its word.
pub const NAME: &str = "doctor";

/// Its arguments.
pub fn command() -> Command {
    Command::new(NAME)
        .about("Looks at a store for damage and says what it finds (exit 1 when something is wrong)")
}

/// Looks.
///
/// # Errors
/// As opening a store: what cannot be opened is said with its reason.
pub async fn run(choice: Choice, session: &Session) -> Result<Exit, AdminError> {
    let place = choice.place();
    let store = choice.open_for(Effect::Reads).await?;
    let found = match store.facts().await {
        Ok(facts) => store.diagnose().await.map(|findings| (facts, findings)),
        Err(error) => Err(error),
    };
    store.close().await;
    let (facts, findings) = found?;
    let sound = findings.iter().all(|finding| finding.ok);
    if session.json {
        let findings: Vec<_> = findings
            .iter()
            .map(|finding| serde_json::json!({"check": finding.check, "ok": finding.ok, "words": finding.words}))
            .collect();
        output::json(&serde_json::json!({
            "store": place, "engine": facts.engine, "schema_version": facts.schema_version,
            "prefix": facts.prefix, "tenants": facts.tenants, "keys": facts.keys,
            "ok": sound, "findings": findings,
        }))?;
    } else {
        let mut text = format!(
            "{} · {} · schema version {} · {} tenants, {} keys\n",
            harmless(&place, false),
            facts.engine,
            facts.schema_version,
            facts.tenants,
            facts.keys
        );
        for finding in &findings {
            let mark = if finding.ok { "ok   " } else { "WRONG" };
            text.extend([mark, "  ", &finding.check, ": ", &harmless(&finding.words, false), "\n"]);
        }
        output::out(&text)?;
    }
    Ok(if sound { Exit::Done } else { Exit::Failed })
}
