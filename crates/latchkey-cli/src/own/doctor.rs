//! `latchkey doctor`: what a store is, and whether it is sound. Changes nothing.

use clap::Command;
use latchkey_core::AdminError;
use latchkey_store::StoreUrl;

use crate::exit::Exit;
use crate::output::{self, harmless};
use crate::session::Session;
use crate::store_choice;

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
pub async fn run(url: &StoreUrl, session: &Session) -> Result<Exit, AdminError> {
    let store = store_choice::open(url).await?;
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
            "store": url.to_string(), "engine": facts.engine, "schema_version": facts.schema_version,
            "prefix": facts.prefix, "tenants": facts.tenants, "keys": facts.keys,
            "ok": sound, "findings": findings,
        }))?;
    } else {
        let mut text = format!(
            "{} · {} · schema version {} · {} tenants, {} keys\n",
            harmless(&url.to_string(), false),
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
