//! The log file in the data folder, and what must never reach it: whatever looks like a key, and the
//! user part of URLs, is taken out of every line. Also what a panic says. Holds no request and no answer.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use latchkey_connections::{DataFolder, private_file};

/// A log that has grown to this many bytes is kept aside at the next start, once.
const LARGE: u64 = 4 * 1024 * 1024;
/// The shortest run of letters and digits that is taken for the secret part of a key.
const SECRET_LENGTH: usize = 24;
const REDACTED: &str = "[redacted]";

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

/// The text without what looks like a key or the credentials of a URL.
pub fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut word = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || character == '_' {
            word.push(character);
            continue;
        }
        push_word(&mut clean, &word);
        word.clear();
        clean.push(character);
    }
    push_word(&mut clean, &word);
    without_credentials(&clean)
}

fn push_word(clean: &mut String, word: &str) {
    clean.push_str(if looks_secret(word) { REDACTED } else { word });
}

/// A long run of base62 in which letters of both cases meet: our own identifiers are hexadecimal.
fn looks_secret(word: &str) -> bool {
    word.split('_').any(|run| {
        let has = |kind: fn(&u8) -> bool| run.as_bytes().iter().any(kind);
        run.len() >= SECRET_LENGTH
            && (has(u8::is_ascii_uppercase) || run.bytes().any(|byte| (b'g'..=b'z').contains(&byte)))
            && (has(u8::is_ascii_digit) || has(u8::is_ascii_uppercase))
    })
}

fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        clean.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(after.len());
        let (address, tail) = after.split_at(end);
        match address.rsplit_once('@') {
            Some((_, place)) => {
                clean.push_str(REDACTED);
                clean.push('@');
                clean.push_str(place);
            }
            None => clean.push_str(address),
        }
        rest = tail;
    }
    clean.push_str(rest);
    clean
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
    use latchkey_core::key_format::KeyFormat;
    use rand::rand_core::UnwrapErr;
    use rand::rngs::SysRng;

    #[test]
    fn no_key_of_any_format_reaches_the_log() {
        for head in ["sk_live_", "pk_comm_", "", "acme_test_"] {
            let (key, _) = KeyFormat::with_head(head).draw(&mut UnwrapErr(SysRng));
            for line in [
                format!("failed: {}\n", key.expose()),
                format!("{{\"key\":\"{}\"}}", key.expose()),
                format!("LATCHKEY_API_KEY={}", key.expose()),
            ] {
                let clean = redact(&line);
                assert!(!clean.contains(key.expose()) && clean.contains(REDACTED), "{head}");
            }
        }
    }

    #[test]
    fn credentials_in_a_url_do_not_reach_the_log_and_the_host_does() {
        let clean = redact("cannot open postgres://ann:c@nary@db.example/keys now");
        assert_eq!(clean, "cannot open postgres://[redacted]@db.example/keys now");
    }

    #[test]
    fn identifiers_places_and_words_stay_readable() {
        for line in [
            "req_0190b5f0aaaabbbbccccddddeeeeffff keys.rotate failed code=conflict",
            "panic place=src-tauri/src/door.rs:12:5",
            "a_very_long_name_of_a_function_in_a_module and https://docs.example/a/b",
        ] {
            assert_eq!(redact(line), line);
        }
    }
}
