//! What must never reach a log: whatever looks like a key, and the user part of URLs, is taken out of a text. Pure;
//! writes nothing down itself.

/// The shortest run of letters and digits that is taken for the secret part of a key.
const SECRET_LENGTH: usize = 24;
/// What stands in the place of what was taken out.
pub const REDACTED: &str = "[redacted]";

/// The text without what looks like a key or the credentials of a URL.
#[must_use]
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
    use crate::key_format::KeyFormat;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn no_key_of_any_format_reaches_the_log() {
        for head in ["sk_live_", "pk_comm_", "", "acme_test_"] {
            let (key, _) = KeyFormat::with_head(head).draw(&mut StdRng::seed_from_u64(7));
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
