//! How a key is spelled: `{head}{6 public}{secret}{4 checksum}`, all base62 after the head
//! (`domain.md`, Format). Pure: randomness is passed in. Holds no digest and no storage.

use std::fmt;
use std::str::FromStr;

use rand::CryptoRng;

use crate::plaintext::{PLAINTEXT_MAX, PlaintextKey};
use crate::wire::travels_as_text;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of the random part that stay visible and are looked up.
pub const PUBLIC_LENGTH: usize = 6;
/// Characters at the end that tell a typo from an unknown key.
pub const CHECKSUM_LENGTH: usize = 4;
/// The default length of the random part: 6 public, 22 secret (131 bits), 4 checksum.
pub const RANDOM_LENGTH: usize = 32;
/// The shortest random part that keeps 128 bits secret.
const SHORTEST_RANDOM: usize = PUBLIC_LENGTH + 22 + CHECKSUM_LENGTH;

/// How the keys of one tenant and environment look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFormat {
    /// What stands before the random part, with its underscores: `sk_live_`. May be empty.
    pub head: String,
    /// Characters after the head, 32 or more.
    pub random_length: usize,
}

/// The public id of a secret: its first six base62 characters, unique in a store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct PublicId(String);

impl PublicId {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a text that is no public id is told.
#[derive(Debug, thiserror::Error)]
#[error("a public id is 6 letters and digits")]
pub struct BadPublicId;

impl FromStr for PublicId {
    type Err = BadPublicId;

    fn from_str(text: &str) -> Result<Self, BadPublicId> {
        let fits = text.len() == PUBLIC_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(Self(text.to_owned())) } else { Err(BadPublicId) }
    }
}

travels_as_text!(PublicId: { "pattern": "^[A-Za-z0-9]{6}$" });

impl KeyFormat {
    /// A format with `head` and the default random part.
    #[must_use]
    pub fn with_head(head: impl Into<String>) -> Self {
        Self { head: head.into(), random_length: RANDOM_LENGTH }
    }

    /// Draws a new key and its public id.
    pub fn draw(&self, randomness: &mut impl CryptoRng) -> (PlaintextKey, PublicId) {
        let length = self.random_length.max(SHORTEST_RANDOM);
        // The whole capacity at once: a growing String would leave copies behind in memory.
        let mut text = String::with_capacity(self.head.len() + length);
        text.push_str(&self.head);
        for _ in 0..length - CHECKSUM_LENGTH {
            text.push(draw_character(randomness));
        }
        let public = PublicId(text[self.head.len()..self.head.len() + PUBLIC_LENGTH].to_owned());
        for character in checksum(&text) {
            text.push(char::from(character));
        }
        (PlaintextKey::new(text), public)
    }
}

/// The hint that stays visible: `sk_live_8Qv2mT…`, never the end of a key.
#[must_use]
pub fn hint(head: &str, public_id: &PublicId) -> String {
    format!("{head}{public_id}…")
}

/// Whether a name may stand at the head of keys: 2 to 12 of `a-z 0-9`, a letter first.
#[must_use]
pub fn is_prefix(text: &str) -> bool {
    (2..=12).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// Reads the public id of a well-spelled key, without a store. The random part is what follows the
/// last underscore (base62 has none); the head is never parsed.
///
/// # Errors
/// [`Malformed`] when it cannot be one of ours: a typo, a cut, something else.
pub fn read_public_id(key: &PlaintextKey) -> Result<PublicId, Malformed> {
    let text = key.expose();
    if !is_well_spelled(text) {
        return Err(Malformed);
    }
    let public = public_part(text).ok_or(Malformed)?;
    Ok(PublicId(public.iter().copied().map(char::from).collect()))
}

/// Where a public id would stand in this text, unread: to look for it before spending time on the spelling. Only what
/// [`is_well_spelled`] is a key.
#[must_use]
pub fn public_part(text: &str) -> Option<[u8; PUBLIC_LENGTH]> {
    let bytes = text.as_bytes();
    // In what is well spelled the last underscore stands before the shortest random part.
    let before = bytes.get(..bytes.len().checked_sub(SHORTEST_RANDOM)?)?;
    let start = before.iter().rposition(|byte| *byte == b'_').map_or(0, |underscore| underscore + 1);
    bytes.get(start..)?.first_chunk().copied()
}

/// Whether a text can be one of our keys: its shape and its checksum are right.
#[must_use]
pub fn is_well_spelled(text: &str) -> bool {
    if text.len() > PLAINTEXT_MAX || !text.is_ascii() {
        return false;
    }
    let random = text.rsplit('_').next().unwrap_or(text);
    if random.len() < SHORTEST_RANDOM || !random.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return false;
    }
    let (body, given) = text.split_at(text.len() - CHECKSUM_LENGTH);
    checksum(body) == given.as_bytes()
}

/// Whether a text has only characters that keys of ours have, so that it can stand in a line, in quotes or in a shell's
/// file without ending it.
#[must_use]
pub fn has_only_key_characters(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A text that is no key of ours: wrong shape or wrong checksum.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a key: it was cut, mistyped, or is something else")]
pub struct Malformed;

/// CRC-32 of everything before, modulo 62⁴, in base62: one typo in 14 million passes, which the
/// digest then catches.
fn checksum(body: &str) -> [u8; CHECKSUM_LENGTH] {
    let mut rest = crc32fast::hash(body.as_bytes()) % 62u32.pow(4);
    let mut characters = [0; CHECKSUM_LENGTH];
    for place in characters.iter_mut().rev() {
        *place = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    characters
}

/// One character, each of the 62 equally likely: six bits, and again when they say 62 or 63.
fn draw_character(randomness: &mut impl CryptoRng) -> char {
    loop {
        let mut byte = [0u8; 1];
        randomness.fill_bytes(&mut byte);
        if let Some(character) = ALPHABET.get(usize::from(byte[0] >> 2)) {
            return char::from(*character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn format() -> impl Strategy<Value = KeyFormat> {
        ("[a-z]{0,8}", prop_oneof![Just("live_"), Just("test_"), Just("")], 32usize..80).prop_map(
            |(prefix, word, random_length)| {
                let head = if prefix.is_empty() { String::new() } else { format!("{prefix}_{word}") };
                KeyFormat { head, random_length }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_key_reads_back_as_its_own_public_id(format in format(), seed: u64) {
            let (key, public) = format.draw(&mut StdRng::seed_from_u64(seed));
            prop_assert_eq!(key.expose().len(), format.head.len() + format.random_length);
            prop_assert!(has_only_key_characters(key.expose()));
            prop_assert!(key.expose().starts_with(&hint(&format.head, &public).replace('…', "")));
            prop_assert_eq!(read_public_id(&key).unwrap(), public);
        }

        #[test]
        fn a_typo_is_told_as_malformed(format in format(), seed: u64, place: prop::sample::Index, typed in "[0-9A-Za-z_ -]") {
            let (key, _) = format.draw(&mut StdRng::seed_from_u64(seed));
            let mut text = key.expose().to_owned();
            let place = place.index(text.len());
            prop_assume!(text[place..=place] != typed);
            text.replace_range(place..=place, &typed);
            prop_assert_eq!(read_public_id(&PlaintextKey::new(text)), Err(Malformed));
        }

        #[test]
        fn swapped_and_cut_keys_are_malformed(seed: u64, place in 8usize..38) {
            let (key, _) = KeyFormat::with_head("sk_live_").draw(&mut StdRng::seed_from_u64(seed));
            let text = key.expose();
            let cut = PlaintextKey::new(text[..place].to_owned());
            prop_assert_eq!(read_public_id(&cut), Err(Malformed));
            let mut swapped = text.as_bytes().to_vec();
            swapped.swap(place, place + 1);
            prop_assume!(swapped != text.as_bytes());
            let swapped = PlaintextKey::new(String::from_utf8(swapped).unwrap());
            prop_assert_eq!(read_public_id(&swapped), Err(Malformed));
        }
    }

    #[test]
    fn every_character_is_drawn_about_equally_often() {
        let mut randomness = StdRng::seed_from_u64(7);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..62_000 {
            *counts.entry(draw_character(&mut randomness)).or_insert(0u32) += 1;
        }
        assert_eq!(counts.len(), 62);
        assert!(counts.values().all(|count| (800..1200).contains(count)), "{counts:?}");
    }

    #[test]
    fn odd_texts_are_malformed_and_do_not_panic() {
        for text in [
            "",
            "_",
            "é",
            "sk_live_",
            "sk_live_\0",
            &"a".repeat(600),
            "sk_live_日本語日本語日本語日本語日本語日本語",
        ] {
            assert_eq!(read_public_id(&PlaintextKey::new(text.to_owned())), Err(Malformed));
        }
    }
}
