//! What free text may hold: names, notes, slugs, reasons. One set of rules for every field, so the
//! screen, the CLI and HTTP refuse the same things. Holds no noun.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::error::AdminError;

/// The most characters of a name.
pub const NAME_MAX: usize = 100;
/// The most characters of notes and reasons.
pub const NOTES_MAX: usize = 2000;
/// The most tags of a key, and scopes of a key or role.
pub const LIST_MAX: usize = 256;

/// The characters that [`check_line`] lets through, for those who only have a pattern.
#[cfg(feature = "openapi")]
pub(crate) const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$";
/// The same of [`check_notes`].
#[cfg(feature = "openapi")]
pub(crate) const LINES: &str =
    r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$";

/// A name that a person gave: 1 to 100 characters, at most 400 bytes, something visible, no control
/// characters. Kept as typed.
///
/// # Errors
/// `invalid` at `field`, with what to do.
pub fn check_name(field: &str, text: &str) -> Result<(), AdminError> {
    if !text.chars().any(is_visible) {
        return Err(AdminError::invalid(field, "Give it a name."));
    }
    check_line(field, text, NAME_MAX)
}

/// One line of optional text, up to `max` characters.
///
/// # Errors
/// `invalid` at `field`, with what to do.
pub fn check_line(field: &str, text: &str, max: usize) -> Result<(), AdminError> {
    check_length(field, text, max)?;
    check_characters(field, text, false)
}

/// Text of several lines, up to 2,000 characters.
///
/// # Errors
/// `invalid` at `field`, with what to do.
pub fn check_notes(field: &str, text: &str) -> Result<(), AdminError> {
    check_length(field, text, NOTES_MAX)?;
    check_characters(field, text, true)
}

/// A tenant's slug: 1 to 63 of `a-z 0-9 -`, starting and ending with a letter or digit, as in a
/// host name, because the Django seed's `--tenant` is a subdomain.
///
/// # Errors
/// `invalid` at `field`.
pub fn check_slug(field: &str, text: &str) -> Result<(), AdminError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let edges = !text.starts_with('-') && !text.ends_with('-');
    if (1..=63).contains(&text.len()) && text.bytes().all(allowed) && edges {
        return Ok(());
    }
    Err(AdminError::invalid(
        field,
        "Use 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.",
    ))
}

/// The form in which names are compared, searched and sorted: NFC, lower case, single spaces.
#[must_use]
pub fn fold(text: &str) -> String {
    let lower: String = text.nfc().collect::<String>().to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check_length(field: &str, text: &str, max: usize) -> Result<(), AdminError> {
    let count = text.chars().count();
    if count > max || text.len() > max * 4 {
        return Err(AdminError::invalid(field, format!("At most {max} characters; this has {count}.")));
    }
    Ok(())
}

fn check_characters(field: &str, text: &str, lines: bool) -> Result<(), AdminError> {
    let mut marks = 0;
    for (position, character) in text.chars().enumerate() {
        let line_break = lines && matches!(character, '\n' | '\t');
        if !line_break && misleads(character) {
            return Err(AdminError::invalid(
                field,
                format!(
                    "Character {} (U+{:04X}) is invisible and changes how text reads. Remove it.",
                    position + 1,
                    u32::from(character)
                ),
            ));
        }
        marks = if is_combining_mark(character) { marks + 1 } else { 0 };
        if marks > 8 {
            return Err(AdminError::invalid(field, "Too many accents on one letter."));
        }
    }
    Ok(())
}

/// Whether a character is invisible and changes how text reads: controls, line separators and the bidirectional
/// controls (CVE-2021-42574, "Trojan Source"). No field of ours takes one, and no program of ours shows one as it is.
#[must_use]
pub fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}

fn is_visible(character: char) -> bool {
    !character.is_whitespace()
        && !misleads(character)
        && !matches!(character, '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{3164}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_hide_or_overflow_are_refused() {
        for bad in
            ["", "   ", "\u{a0}", "\u{200b}\u{200b}", "a\u{202e}gnp.exe", "line\nbreak", "nul\0", "\u{7f}"]
        {
            assert!(check_name("name", bad).is_err(), "{bad:?}");
        }
        assert!(check_name("name", &"a".repeat(101)).is_err());
        assert!(check_name("name", &format!("e{}", "\u{301}".repeat(9))).is_err());
        let error = check_name("name", "ab\u{202e}").unwrap_err();
        assert_eq!(error.field.as_deref(), Some("name"));
        assert!(error.message.contains("Character 3 (U+202E)"), "{}", error.message);
    }

    #[test]
    fn markup_emoji_and_other_scripts_are_names() {
        for good in ["<img src=x onerror=alert(1)>", "'; DROP TABLE key;--", "👩‍👩‍👧‍👦", "مفتاح", "n8n production"]
        {
            assert!(check_name("name", good).is_ok(), "{good}");
        }
        assert!(check_name("name", &"a".repeat(100)).is_ok());
        assert!(check_notes("notes", "two\nlines").is_ok());
    }

    #[test]
    fn names_compare_without_case_and_in_one_normal_form() {
        assert_eq!(fold("Cafe\u{301}  Bar"), fold("café bar"));
    }
}
