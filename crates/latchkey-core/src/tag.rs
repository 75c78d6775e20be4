//! The tag of a key: HMAC-SHA-256 under a pepper that is never in the database (`domain.md`, Digest). It finds
//! and checks a cold key without argon2id. Where peppers live is not said here.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::audit::to_hex;
use crate::plaintext::PlaintextKey;

/// Bytes of a pepper.
pub const PEPPER_LENGTH: usize = 32;

/// A secret of the installation: 32 random bytes, kept outside every database. No `Debug`, wiped when dropped.
#[derive(Clone)]
pub struct Pepper {
    bytes: Zeroizing<[u8; PEPPER_LENGTH]>,
    id: PepperId,
}

/// Which pepper a tag was made with: the beginning of a hash of it, as 16 hexadecimal digits. Says nothing
/// about the pepper.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PepperId(String);

/// The tag of one key under one pepper.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag([u8; 32]);

/// A text that is no pepper.
#[derive(Debug, thiserror::Error)]
#[error("A pepper is 64 hexadecimal digits.")]
pub struct BadPepper;

impl Pepper {
    /// The pepper of these bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; PEPPER_LENGTH]>) -> Self {
        let hash =
            Sha256::new().chain_update(b"latchkey pepper id").chain_update(bytes.as_slice()).finalize();
        Self { bytes, id: PepperId(to_hex(&hash[..8])) }
    }

    /// A new one.
    pub fn draw(randomness: &mut impl rand::CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; PEPPER_LENGTH]);
        randomness.fill_bytes(bytes.as_mut_slice());
        Self::new(bytes)
    }

    /// Reads 64 hexadecimal digits, with white space around them.
    ///
    /// # Errors
    /// [`BadPepper`].
    pub fn read(text: &str) -> Result<Self, BadPepper> {
        let text = text.trim().as_bytes();
        if text.len() != PEPPER_LENGTH * 2 {
            return Err(BadPepper);
        }
        let mut bytes = Zeroizing::new([0; PEPPER_LENGTH]);
        for (byte, digits) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
            let (Some(high), Some(low)) = (digit(digits[0]), digit(digits[1])) else { return Err(BadPepper) };
            *byte = high << 4 | low;
        }
        Ok(Self::new(bytes))
    }

    /// As 64 hexadecimal digits. Every use of this name is a place where a pepper can leak.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(to_hex(self.bytes.as_slice()))
    }

    /// Which one it is.
    #[must_use]
    pub fn id(&self) -> &PepperId {
        &self.id
    }

    /// The tag of `key`.
    #[must_use]
    pub fn tag(&self, key: &PlaintextKey) -> Tag {
        self.tag_of(key.expose())
    }

    /// The tag of a key that still lies in the request it came with.
    #[must_use]
    pub fn tag_of(&self, key: &str) -> Tag {
        Tag(self.mac(key).finalize().into_bytes().into())
    }

    /// Whether `tag` was made of this key under this pepper; takes as long whichever bytes differ.
    #[must_use]
    pub fn made(&self, tag: &Tag, key: &str) -> bool {
        self.mac(key).verify_slice(&tag.0).is_ok()
    }

    fn mac(&self, key: &str) -> Hmac<Sha256> {
        // As `new_from_slice`, which takes keys of every length and so has an error that never is.
        let mut block = Zeroizing::new([0; 64]);
        block[..PEPPER_LENGTH].copy_from_slice(self.bytes.as_slice());
        <Hmac<Sha256> as KeyInit>::new((&*block).into()).chain_update(key.as_bytes())
    }
}

impl PepperId {
    /// One that was stored before.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PepperId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Tag {
    /// One that was stored before; `None` where it has another length.
    #[must_use]
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_hmac_sha_256_and_depends_on_key_and_pepper() {
        let pepper = Pepper::read(&"0b".repeat(32)).unwrap();
        let other = Pepper::read(&"0c".repeat(32)).unwrap();
        assert!(pepper.tag_of("Hi There") == pepper.tag_of("Hi There"));
        assert!(pepper.tag_of("Hi There") != other.tag_of("Hi There"));
        assert!(pepper.tag_of("Hi There") != pepper.tag_of("Hi there"));
        assert_ne!(pepper.id(), other.id());
        let tag = pepper.tag_of("Hi There");
        assert!(pepper.made(&tag, "Hi There"));
        assert!(!pepper.made(&tag, "Hi there") && !other.made(&tag, "Hi There"));
        assert_eq!(Pepper::read(&pepper.expose()).unwrap().id(), pepper.id());
        // RFC 4231 pads keys with zeros to the block, so that case 1's 20-byte key is another one than ours;
        // this figure is from an independent implementation (openssl dgst -mac HMAC).
        assert_eq!(to_hex(pepper.tag_of("Hi There").as_bytes()), HI_THERE);
        for bad in ["", "0b", &"zz".repeat(32), &"0b".repeat(33), &"é".repeat(32)] {
            assert!(Pepper::read(bad).is_err());
        }
    }

    const HI_THERE: &str = "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7";
}
