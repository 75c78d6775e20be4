//! Where text goes out: answers to standard output, notes and errors to standard error, with
//! everything made harmless that a terminal would obey. Knows no operation.

use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use latchkey_core::text::misleads;
use latchkey_core::{AdminError, ErrorCode};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use tracing_subscriber::EnvFilter;
use zeroize::Zeroizing;

use crate::exit::Exit;

/// Shows the causes of what goes wrong inside, which no answer carries, on standard error;
/// `LATCHKEY_LOG=debug` shows more, `off` nothing.
pub fn show_causes() {
    let filter = EnvFilter::try_from_env("LATCHKEY_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(io::stderr);
    // It fails only where one is set already, and nobody else sets one.
    let _ = log.without_time().log_internal_errors(false).try_init();
}

/// Writes an answer to standard output, whole. A reader that went away (`| head`) has what it wants.
///
/// # Errors
/// `storage_full` or `internal` when the output cannot be written.
pub fn out(text: &str) -> Result<(), AdminError> {
    match write(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(not_written(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes an answer as one line of JSON.
///
/// # Errors
/// As [`out`].
pub fn json(answer: &impl Serialize) -> Result<(), AdminError> {
    out(&json_line(answer)?)
}

/// One line of JSON, wiped when dropped: a minting answer holds a key. What a terminal would obey is escaped: a server
/// may answer with texts that no store of ours takes.
///
/// # Errors
/// `internal` for what cannot be JSON.
pub fn json_line(answer: &impl Serialize) -> Result<Zeroizing<String>, AdminError> {
    // Room for one answer with a key, so that growing leaves no copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(16 * 1024));
    let mut serializer = Serializer::with_formatter(&mut *bytes, Escaping);
    answer.serialize(&mut serializer).map_err(|_| AdminError::internal())?;
    bytes.push(b'\n');
    String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|_| AdminError::internal())
}

/// Compact JSON in which nothing that misleads stands as it is; the same text for whoever reads it as JSON.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(misleads) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut characters = after.chars();
            if let Some(character) = characters.next() {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Writes to standard output and makes sure that it arrived: a full disk or a reader that is gone
/// is an error.
///
/// # Errors
/// What the operating system says.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    sync(&stdout)
}

/// A file is on the disk before a key in it counts as saved.
#[cfg(unix)]
fn sync(stdout: &io::StdoutLock<'_>) -> io::Result<()> {
    use std::os::fd::AsFd;
    let file = std::fs::File::from(stdout.as_fd().try_clone_to_owned()?);
    if file.metadata()?.is_file() { file.sync_all() } else { Ok(()) }
}

/// A file is on the disk before a key in it counts as saved.
#[cfg(windows)]
fn sync(stdout: &io::StdoutLock<'_>) -> io::Result<()> {
    use std::os::windows::io::AsHandle;
    let file = std::fs::File::from(stdout.as_handle().try_clone_to_owned()?);
    match file.metadata() {
        Ok(facts) if facts.is_file() => file.sync_all(),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// What the operating system said about the output, as an error of ours.
pub fn not_written(error: &io::Error) -> AdminError {
    let code =
        if error.kind() == io::ErrorKind::StorageFull { ErrorCode::StorageFull } else { ErrorCode::Internal };
    AdminError::new(code, format!("The output could not be written: {error}."))
}

/// Says something beside the answer, on standard error.
pub fn note(text: &str) {
    say(&harmless(text, true));
}

/// Standard error keeps colour only where a terminal shows it. When nobody can be told, nobody is.
fn say(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// Says that something deserves a second look.
pub fn warn(text: &str) {
    let style = Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold();
    say(&format!("{style}latchkey: warning:{style:#} {}", harmless(text, false)));
}

/// Says why something was not done, and with which exit code the program ends for it.
pub fn error(error: &AdminError, json: bool) -> Exit {
    if json && let Ok(line) = json_line(error) {
        say(line.trim_end());
    } else {
        let style = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
        // The keychain's field is its state, which the words say already.
        let field = error.field.as_deref().filter(|_| error.code != ErrorCode::Keychain);
        let field = field.map(|field| format!("{field}: ")).unwrap_or_default();
        let more = what_to_do(error.code).map(|words| format!(" {words}")).unwrap_or_default();
        let words = format!("{field}{}{more}", error.message);
        say(&format!("{style}latchkey:{style:#} {}", harmless(&words, false)));
    }
    Exit::of_error(error.code)
}

/// The command that helps, where the message, which is the same in the window, names none.
const fn what_to_do(code: ErrorCode) -> Option<&'static str> {
    match code {
        ErrorCode::RotationInGrace => Some("(--cut-old ends it; or first: latchkey keys retire-old KEY)"),
        ErrorCode::SecretUnconfirmed => Some("(latchkey keys confirm KEY, or latchkey keys remint KEY)"),
        ErrorCode::SecretLapsed => Some("(latchkey keys remint KEY)"),
        ErrorCode::KeyExpired => Some("(latchkey keys rotate KEY --expires 90d)"),
        ErrorCode::ExpiresSoon => Some("(--expires keep, same-span, 90d or a date)"),
        ErrorCode::Invalid
        | ErrorCode::UnknownField
        | ErrorCode::BadCursor
        | ErrorCode::NotFound
        | ErrorCode::NameTaken
        | ErrorCode::Conflict
        | ErrorCode::NoSuchSecret
        | ErrorCode::KeyRevoked
        | ErrorCode::KeySuspended
        | ErrorCode::PolicyLifetime
        | ErrorCode::PolicyGrace
        | ErrorCode::PolicyDenied
        | ErrorCode::RoleInUse
        | ErrorCode::Forbidden
        | ErrorCode::ReadOnly
        | ErrorCode::IdempotencyKeyReused
        | ErrorCode::ClockWentBack
        | ErrorCode::Busy
        | ErrorCode::Unreachable
        | ErrorCode::StoreUnusable
        | ErrorCode::StoreEmpty
        | ErrorCode::SchemaOlder
        | ErrorCode::SchemaNewer
        | ErrorCode::AuthFailed
        | ErrorCode::TlsUntrusted
        | ErrorCode::CredentialNeeded
        | ErrorCode::Keychain
        | ErrorCode::Locked
        | ErrorCode::AlreadyMade
        | ErrorCode::StorageFull
        | ErrorCode::RevealGone
        | ErrorCode::Unreadable
        | ErrorCode::CredentialInUrl
        | ErrorCode::CredentialsConflict
        | ErrorCode::TooLarge
        | ErrorCode::TooSlow
        | ErrorCode::UnsupportedMedia
        | ErrorCode::MethodNotAllowed
        | ErrorCode::RateLimited
        | ErrorCode::LastAdmin
        | ErrorCode::VersionSkew
        | ErrorCode::Internal => None,
    }
}

/// Text as a terminal may have it: controls and what turns the direction of text round are written
/// out (`\u{1b}`), so that no name can paint, move or hide anything. `lines` keeps line ends.
pub fn harmless(text: &str, lines: bool) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        if (lines && character == '\n') || !misleads(character) {
            harmless.push(character);
        } else {
            harmless.extend(character.escape_default());
        }
    }
    harmless
}

/// Parts of which one may be a key, in one allocation: a text that grows leaves copies behind.
pub fn joined(parts: &[&str]) -> Zeroizing<String> {
    Zeroizing::new(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_would_obey_goes_out() {
        assert_eq!(harmless("\u{1b}[31mred\u{7}\r\n\t", false), "\\u{1b}[31mred\\u{7}\\r\\n\\t");
        assert_eq!(harmless("a\u{202e}gnp.exe\u{9b}2J", false), "a\\u{202e}gnp.exe\\u{9b}2J");
        assert_eq!(harmless("two\nlines", true), "two\nlines");
        assert_eq!(harmless("<b>ü 👩‍👩‍👧 مفتاح", false), "<b>ü 👩‍👩‍👧 مفتاح");
    }

    #[test]
    fn an_answer_is_one_line_of_json() {
        let line = json_line(&serde_json::json!({"name": "two\nlines"})).unwrap();
        assert_eq!(line.as_str(), "{\"name\":\"two\\nlines\"}\n");
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped_in_json_and_reads_back() {
        let text = "a\u{202e}gnp\u{9b}2J\u{7f}\u{2028}\u{1b}[31m ü 👩‍👧 \u{61c}";
        let line = json_line(&serde_json::json!({text: [text]})).unwrap();
        let escaped = "a\\u202egnp\\u009b2J\\u007f\\u2028\\u001b[31m ü 👩‍👧 \\u061c";
        assert_eq!(line.as_str(), format!("{{\"{escaped}\":[\"{escaped}\"]}}\n"));
        let back: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(back[text][0], text);
    }
}
