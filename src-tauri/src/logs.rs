//! The log file in the data folder; what must never reach it is taken out of every line by core's redaction. Also
//! what a panic says. Holds no request and no answer.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use latchkey_connections::{DataFolder, private_file};
use latchkey_core::redaction::redact;

/// A log that has grown to this many bytes is kept aside at the next start, once.
const LARGE: u64 = 4 * 1024 * 1024;

/// Starts logging to `latchkey-desktop.log` and makes panics say where, never what.
///
/// # Errors
/// When the file cannot be opened.
pub fn start(data: &DataFolder) -> io::Result<()> {
    let path = data.path("latchkey-desktop.log");
    if std::fs::metadata(&path).is_ok_and(|file| file.len() > LARGE) {
        std::fs::rename(&path, data.path("latchkey-desktop.old.log"))?;
    }
    let file = private_file().append(true).create(true).open(&path)?;
    let filter = EnvFilter::new(directives(std::env::var("LATCHKEY_LOG").ok().as_deref()));
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_env_filter(filter)
        .with_writer(Mutex::new(Redacting(file)))
        .finish();
    // Fails only when a subscriber is there already, and there is none before this.
    let _ = tracing::subscriber::set_global_default(subscriber);
    std::panic::set_hook(Box::new(|panic| {
        // The message may hold anything, a key too.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    Ok(())
}

/// What is written down. A word alone is about our own crates: others, asked for everything, write down what
/// passes over the session bus.
fn directives(asked: Option<&str>) -> String {
    match asked.map(str::trim).filter(|text| !text.is_empty()) {
        None => "warn,latchkey=info".to_owned(),
        Some("off") => "off".to_owned(),
        Some(level) if level.chars().all(|c| c.is_ascii_alphabetic()) => format!("warn,latchkey={level}"),
        Some(directives) => directives.to_owned(),
    }
}

/// Writes lines without secrets. A line comes in one call.
struct Redacting(File);

impl Write for Redacting {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(redact(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_written_down_of_our_own_crates_alone_unless_others_are_named() {
        for (asked, directives_) in [
            (None, "warn,latchkey=info"),
            (Some(" "), "warn,latchkey=info"),
            (Some("trace"), "warn,latchkey=trace"),
            (Some("off"), "off"),
            (Some("zbus=debug"), "zbus=debug"),
        ] {
            assert_eq!(directives(asked), directives_);
        }
    }
}
