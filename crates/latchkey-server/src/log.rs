//! The server's log: one line an event, as text or JSON. Only the fields that are listed here are written down, and
//! what looks like a key or a URL's credentials is taken out of each. Holds no request.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use latchkey_core::redaction::redact;
use latchkey_core::{Clock as _, SystemClock};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// The fields that may be written down. None of them holds what a caller wrote, but the operator's name, which another
/// operator gave.
const FIELDS: &[&str] = &[
    "address",
    "client",
    "code",
    "count",
    "error",
    "file",
    "id",
    "kind",
    "metrics",
    "method",
    "milliseconds",
    "noun",
    "operation",
    "operator",
    "operator_id",
    "path",
    "place",
    "reason",
    "request_id",
    "route",
    "seconds",
    "status",
    "store",
    "uncertainty",
    "warning",
    "what",
];

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// What a word that is no format is told.
#[derive(Debug, thiserror::Error)]
#[error("write text or json")]
pub struct BadLogFormat;

impl FromStr for LogFormat {
    type Err = BadLogFormat;

    fn from_str(word: &str) -> Result<Self, BadLogFormat> {
        match word {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(BadLogFormat),
        }
    }
}

/// Writes the log.
pub struct ServerLog<W> {
    format: LogFormat,
    writer: Mutex<W>,
}

impl<W: Write> ServerLog<W> {
    /// To `writer`, which gets each line in one call.
    pub const fn new(format: LogFormat, writer: W) -> Self {
        Self { format, writer: Mutex::new(writer) }
    }
}

impl<S: Subscriber, W: Write + Send + 'static> Layer<S> for ServerLog<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let (level, target) = (event.metadata().level().as_str(), event.metadata().target());
        let mut line = match self.format {
            LogFormat::Text => said.text(level, target),
            LogFormat::Json => said.json(level, target),
        };
        line.push('\n');
        // A log that nobody reads any more stops nothing.
        let _ = self.writer.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
    }
}

/// What an event says, without secrets.
#[derive(Default)]
struct Said {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Said {
    fn text(&self, level: &str, target: &str) -> String {
        let mut line = format!("{} {level:5} {target}: {}", SystemClock.now(), self.message);
        for (name, value) in &self.fields {
            // Writing to a text does not fail.
            let _ = match value.as_str() {
                Some(text) if !text.contains([' ', '"', '=']) => write!(line, " {name}={text}"),
                Some(_) | None => write!(line, " {name}={value}"),
            };
        }
        line
    }

    fn json(self, level: &str, target: &str) -> String {
        let mut whole = Map::new();
        whole.insert("at".to_owned(), SystemClock.now().to_string().into());
        whole.insert("level".to_owned(), level.into());
        whole.insert("target".to_owned(), target.into());
        whole.insert("message".to_owned(), self.message.into());
        whole.extend(self.fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Value::Object(whole).to_string()
    }

    fn keep(&mut self, field: &Field, value: Value) {
        if FIELDS.contains(&field.name()) {
            self.fields.push((field.name(), value));
        }
    }

    fn keep_text(&mut self, field: &Field, text: &str) {
        let clean: String = redact(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if field.name() == "message" {
            self.message = clean;
        } else {
            self.keep(field, clean.into());
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep_text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep_text(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat) -> String {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::registry().with(ServerLog::new(format, kept.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let key = format!("sk_live_{}", "Aa1".repeat(11));
            let name = "dana\nroot";
            tracing::info!(status = 200, operator = name, token = "canary", error = %format!("bad {key}"), "answered");
        });
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn only_listed_fields_are_written_down_and_no_key_among_them() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let line = logged(format);
            assert!(
                line.contains("answered") && line.contains("dana root") && line.contains("200"),
                "{line}"
            );
            assert!(!line.contains("canary") && !line.contains("token") && !line.contains("Aa1"), "{line}");
            assert_eq!(line.matches('\n').count(), 1);
        }
        let line: Value = serde_json::from_str(&logged(LogFormat::Json)).unwrap();
        assert_eq!((&line["status"], &line["level"]), (&200.into(), &"INFO".into()));
    }
}
