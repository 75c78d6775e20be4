//! The form of the encrypted file: a header with what argon2id needs, the secrets under XChaCha20-Poly1305
//! with the header as associated data, a digest over all of it that tells damage from a wrong passphrase.
//! Pure: reads and writes no file.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use latchkey_core::AdminError;
use latchkey_store::Password;
use rand::TryRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// What the file begins with, the form's version at its end.
const MAGIC: &[u8; 8] = b"LKCRED\x00\x01";
const SALT: usize = 16;
const NONCE: usize = 24;
const DIGEST: usize = 32;
const HEADER: usize = MAGIC.len() + 3 * 4 + SALT + NONCE;
/// A few thousand passwords; what is larger was not written by Latchkey.
pub(crate) const MAX_BYTES: u64 = 1024 * 1024;

/// How argon2id is run: its memory in KiB, its passes, its lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    memory: u32,
    passes: u32,
    lanes: u32,
}

/// What new files are made with: about a tenth of a second, as RFC 9106 says for 64 MiB.
const COST: Cost = Cost { memory: 64 * 1024, passes: 3, lanes: 1 };
/// A file that asks for more was made to keep the computer busy, one that asks for less to be guessed.
const LEAST: Cost = Cost { memory: 19 * 1024, passes: 2, lanes: 1 };
const MOST: Cost = Cost { memory: 256 * 1024, passes: 10, lanes: 8 };

/// What a passphrase becomes; opens the file it was derived for. Wiped when dropped.
pub(crate) struct Key {
    derived: Zeroizing<[u8; 32]>,
    cost: Cost,
    salt: [u8; SALT],
}

/// Secrets by connection. Wiped when dropped.
#[derive(Default)]
pub(crate) struct Secrets(BTreeMap<String, Zeroizing<String>>);

impl Secrets {
    pub(crate) fn get(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(|secret| secret.as_str())
    }

    pub(crate) fn set(&mut self, id: String, secret: &Password) {
        self.0.insert(id, Zeroizing::new(secret.expose().to_owned()));
    }

    pub(crate) fn remove(&mut self, id: &str) -> bool {
        self.0.remove(id).is_some()
    }

    /// Each part with its length before it, in one allocation: a buffer that grows leaves copies behind.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let parts = || self.0.iter().flat_map(|(id, secret)| [id.as_bytes(), secret.as_bytes()]);
        let mut bytes = Zeroizing::new(Vec::with_capacity(parts().map(|part| part.len() + 4).sum()));
        for part in parts() {
            bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }

    fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut secrets = Self::default();
        while !bytes.is_empty() {
            let id = part(&mut bytes)?.to_owned();
            let secret = Zeroizing::new(part(&mut bytes)?.to_owned());
            secrets.0.insert(id, secret);
        }
        Some(secrets)
    }
}

fn part<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (part, rest) = rest.split_at_checked(u32::from_be_bytes(*length).try_into().ok()?)?;
    *bytes = rest;
    std::str::from_utf8(part).ok()
}

/// Why a file does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is not whole, or never was such a file.
    Damaged,
    /// It was made with a cost that is not accepted.
    Cost,
    /// The passphrase is another, or somebody changed the file on purpose.
    Passphrase,
}

impl Key {
    /// For a new file.
    pub(crate) fn fresh(passphrase: &Password, randomness: &mut impl TryRng) -> Result<Self, AdminError> {
        let mut salt = [0; SALT];
        randomness.try_fill_bytes(&mut salt).map_err(|_| AdminError::internal())?;
        Self::derive(passphrase, COST, salt).ok_or_else(AdminError::internal)
    }

    /// For the file with these bytes.
    pub(crate) fn of(passphrase: &Password, file: &[u8]) -> Result<Self, Refused> {
        let (cost, salt) = header(whole(file)?)?;
        Self::derive(passphrase, cost, salt).ok_or(Refused::Cost)
    }

    fn derive(passphrase: &Password, cost: Cost, salt: [u8; SALT]) -> Option<Self> {
        let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32)).ok()?;
        let mut derived = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose().as_bytes(), &salt, derived.as_mut())
            .ok()?;
        Some(Self { derived, cost, salt })
    }

    /// The bytes of a file with these secrets.
    pub(crate) fn seal(
        &self,
        secrets: &Secrets,
        randomness: &mut impl TryRng,
    ) -> Result<Vec<u8>, AdminError> {
        let mut nonce = [0; NONCE];
        randomness.try_fill_bytes(&mut nonce).map_err(|_| AdminError::internal())?;
        let mut file = Vec::from(MAGIC);
        for number in [self.cost.memory, self.cost.passes, self.cost.lanes] {
            file.extend_from_slice(&number.to_be_bytes());
        }
        file.extend_from_slice(&self.salt);
        file.extend_from_slice(&nonce);
        let plain = secrets.to_bytes();
        let payload = Payload { msg: &plain, aad: &file };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        file.extend_from_slice(&sealed.map_err(|_| AdminError::internal())?);
        let digest = Sha256::digest(&file);
        file.extend_from_slice(&digest);
        Ok(file)
    }

    /// The secrets in a file.
    pub(crate) fn open(&self, file: &[u8]) -> Result<Secrets, Refused> {
        let file = whole(file)?;
        if header(file)? != (self.cost, self.salt) {
            return Err(Refused::Passphrase);
        }
        let (aad, sealed) = file.split_at(HEADER);
        let nonce: [u8; NONCE] = aad[HEADER - NONCE..].try_into().map_err(|_| Refused::Damaged)?;
        let payload = Payload { msg: sealed, aad };
        let opened = self.cipher().decrypt(&XNonce::from(nonce), payload);
        let mut plain = opened.map_err(|_| Refused::Passphrase)?;
        let secrets = Secrets::from_bytes(&plain).ok_or(Refused::Damaged);
        plain.zeroize();
        secrets
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.derived).into())
    }
}

/// The file without its digest, where that is right.
fn whole(file: &[u8]) -> Result<&[u8], Refused> {
    let length = file.len().checked_sub(DIGEST).filter(|length| *length >= HEADER).ok_or(Refused::Damaged)?;
    let (rest, digest) = file.split_at(length);
    if !rest.starts_with(MAGIC) || Sha256::digest(rest).as_slice() != digest {
        return Err(Refused::Damaged);
    }
    Ok(rest)
}

fn header(file: &[u8]) -> Result<(Cost, [u8; SALT]), Refused> {
    let number = |place: usize| {
        let at = MAGIC.len() + 4 * place;
        let bytes = file.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_be_bytes).ok_or(Refused::Damaged)
    };
    let cost = Cost { memory: number(0)?, passes: number(1)?, lanes: number(2)? };
    let accepted = (LEAST.memory..=MOST.memory).contains(&cost.memory)
        && (LEAST.passes..=MOST.passes).contains(&cost.passes)
        && (LEAST.lanes..=MOST.lanes).contains(&cost.lanes);
    if !accepted {
        return Err(Refused::Cost);
    }
    let at = HEADER - NONCE - SALT;
    let salt = file.get(at..at + SALT).and_then(|bytes| bytes.try_into().ok()).ok_or(Refused::Damaged)?;
    Ok((cost, salt))
}

#[cfg(test)]
mod tests {
    use rand::rngs::SysRng;

    use super::*;

    fn passphrase(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    fn file() -> (Key, Vec<u8>) {
        let key = Key::fresh(&passphrase("correct horse"), &mut SysRng).unwrap();
        let mut secrets = Secrets::default();
        secrets.set("one".to_owned(), &passphrase("canary-1"));
        secrets.set("two".to_owned(), &passphrase(""));
        let file = key.seal(&secrets, &mut SysRng).unwrap();
        (key, file)
    }

    /// The same file with a digest that fits, as somebody makes it who changes it on purpose.
    fn again(mut file: Vec<u8>, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
        file.truncate(file.len() - DIGEST);
        change(&mut file);
        let digest = Sha256::digest(&file);
        file.extend_from_slice(&digest);
        file
    }

    #[test]
    fn what_was_sealed_is_opened_with_the_passphrase_alone() {
        let (_, file) = file();
        let key = Key::of(&passphrase("correct horse"), &file).ok().unwrap();
        let secrets = key.open(&file).ok().unwrap();
        assert_eq!(
            (secrets.get("one"), secrets.get("two"), secrets.get("three")),
            (Some("canary-1"), Some(""), None)
        );
        let other = Key::of(&passphrase("Correct horse"), &file).ok().unwrap();
        assert_eq!(other.open(&file).err(), Some(Refused::Passphrase));
        assert!(!file.windows(6).any(|bytes| bytes == b"canary"));
    }

    #[test]
    fn no_two_files_are_alike() {
        let (key, file) = file();
        let again = key.seal(&key.open(&file).ok().unwrap(), &mut SysRng).unwrap();
        assert_ne!(file[HEADER - NONCE..], again[HEADER - NONCE..]);
        assert_eq!(file.len(), again.len());
    }

    #[test]
    fn damage_anywhere_is_found_without_the_passphrase() {
        let (key, file) = file();
        for place in 0..file.len() {
            let mut damaged = file.clone();
            damaged[place] ^= 1;
            assert_eq!(key.open(&damaged).err(), Some(Refused::Damaged), "byte {place}");
            assert_eq!(key.open(&file[..place]).err(), Some(Refused::Damaged), "cut at {place}");
        }
    }

    #[test]
    fn a_change_on_purpose_does_not_open_either() {
        let (key, file) = file();
        for place in MAGIC.len()..file.len() - DIGEST {
            let changed = again(file.clone(), |bytes| bytes[place] ^= 1);
            assert!(key.open(&changed).is_err(), "byte {place}");
        }
    }

    #[test]
    fn a_cost_beyond_the_limits_is_refused_before_it_is_paid() {
        let (_, file) = file();
        for (place, number) in [(0, 4 * 1024 * 1024), (0, 8), (1, u32::MAX), (1, 1), (2, 4096), (2, 0)] {
            let at = MAGIC.len() + 4 * place;
            let changed =
                again(file.clone(), |bytes| bytes[at..at + 4].copy_from_slice(&u32::to_be_bytes(number)));
            assert_eq!(Key::of(&passphrase("correct horse"), &changed).err(), Some(Refused::Cost));
        }
    }
}
