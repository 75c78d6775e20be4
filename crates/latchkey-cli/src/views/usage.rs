//! Usage and security events for people.

use latchkey_core::AdminError;
use latchkey_core::operations::{SecurityEvent, UsageReport};

use super::{table, utc};
use crate::output;

/// The heads of a list of events.
pub(super) const EVENTS: [&str; 6] = ["AT (UTC)", "EVENT", "OUTCOME", "TIMES", "KEY", "FROM"];

/// An event in a list.
pub(super) fn event_row(event: &SecurityEvent) -> Vec<String> {
    let key = match (&event.key_id, &event.key_name) {
        (Some(id), Some(name)) => format!("{id} “{name}”"),
        (Some(id), None) => id.to_string(),
        (None, _) => "–".to_owned(),
    };
    vec![
        event.at.to_plain_text(),
        event.kind.word().replace('_', " "),
        event.outcome.clone(),
        event.count.to_string(),
        key,
        event.ip.clone().unwrap_or_else(|| "–".to_owned()),
    ]
}

/// A report, by hour.
pub(super) fn report(report: &UsageReport) -> Result<(), AdminError> {
    if !report.gathered {
        output::note("Nothing was gathered yet: usage comes from a server or service that verifies keys.");
        return Ok(());
    }
    if report.buckets.is_empty() {
        output::note(&format!("Not used from {} to {}.", utc(report.since), utc(report.until)));
        return Ok(());
    }
    let rows = report.buckets.iter().map(|bucket| {
        vec![
            bucket.hour.to_plain_text(),
            bucket.outcome.word().to_owned(),
            bucket.count.to_string(),
            bucket.secret_id.map_or_else(|| "–".to_owned(), |id| id.to_string()),
        ]
    });
    output::out(&table(&["HOUR (UTC)", "OUTCOME", "TIMES", "SECRET"], rows))
}
