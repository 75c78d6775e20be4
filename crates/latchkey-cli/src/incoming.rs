//! Plaintext keys that come in by standard input: read, cut into lines, wiped. At a terminal they
//! are asked for without showing. Never reads one from the arguments.

use std::io::{self, IsTerminal, Read};

use latchkey_core::operation::Incoming;
use latchkey_core::plaintext::PLAINTEXT_MAX;
use latchkey_core::{AdminError, ErrorCode, PlaintextKey};
use zeroize::Zeroizing;

/// A hundred keys of the longest kind, with their line ends.
const INPUT_MAX: usize = 100 * (PLAINTEXT_MAX + 2);

/// Fills in what a request wants to have from standard input.
///
/// # Errors
/// `invalid` at `key` when nothing came, or more than a hundred keys can be.
pub fn take(wanted: Incoming<'_>) -> Result<(), AdminError> {
    match wanted {
        Incoming::None => Ok(()),
        Incoming::One(key) => {
            let text = if io::stdin().is_terminal() { ask("Key")? } else { read()? };
            let text = text.trim();
            if text.is_empty() {
                return Err(nothing(
                    "Give the key on standard input, for example: latchkey verify < key.txt",
                ));
            }
            *key = PlaintextKey::new(text.to_owned());
            Ok(())
        }
        Incoming::Many(keys) => {
            let text = read()?;
            if text.len() > INPUT_MAX {
                return Err(nothing("This is more than 100 keys. Give at most 100, one a line."));
            }
            if text.trim().is_empty() {
                return Err(nothing("Give the keys on standard input, one a line."));
            }
            // Empty lines stay, so that a candidate's number is its line, counted from 0.
            *keys = text.lines().map(|line| PlaintextKey::new(line.trim().to_owned())).collect();
            Ok(())
        }
    }
}

/// One secret that is no key, on a line of its own.
///
/// # Errors
/// `invalid` at its name when nothing came.
pub fn secret_line(what: &str) -> Result<Zeroizing<String>, AdminError> {
    let text = if io::stdin().is_terminal() { ask(what)? } else { read()? };
    if text.trim().is_empty() {
        return Err(AdminError::invalid(&what.to_lowercase(), "Give it on standard input."));
    }
    Ok(Zeroizing::new(text.trim().to_owned()))
}

fn nothing(words: &str) -> AdminError {
    AdminError::invalid("key", words)
}

fn ask(what: &str) -> Result<Zeroizing<String>, AdminError> {
    rpassword::prompt_password(format!("{what} (does not show): "))
        .map(Zeroizing::new)
        .map_err(|error| unreadable(&error))
}

fn read() -> Result<Zeroizing<String>, AdminError> {
    // The whole capacity at once: a growing buffer would leave copies behind in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(INPUT_MAX + 1));
    let limit = u64::try_from(INPUT_MAX + 1).unwrap_or(u64::MAX);
    io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    // What is not UTF-8 is no key; it stays in place to be told so. What is longer than it may be
    // is cut: a single key of that length is malformed either way.
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

fn unreadable(error: &io::Error) -> AdminError {
    AdminError::new(ErrorCode::Internal, format!("Standard input could not be read: {error}."))
}
