//! The digest of a key: argon2id over the whole key, kept as a PHC string (RFC 9106, OWASP's
//! m=7168 t=5 p=1). Pure and slow on purpose (about 13 ms, 7 MiB): whoever calls it does so before a
//! transaction opens and off the async threads.

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand::CryptoRng;

use crate::plaintext::PlaintextKey;

/// An argon2id digest as a PHC string: `$argon2id$v=19$m=7168,t=5,p=1$…`. Safe to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(String);

/// The memory of one computation after the other, so that not each takes 7 MiB anew.
#[derive(Default)]
pub struct Workspace(Vec<Block>);

/// The most memory that a stored digest may ask for, in KiB: 256 MiB.
const MEMORY_MAX: u32 = 256 * 1024;

/// A digest that could not be made: the parameters or the salt were refused.
#[derive(Debug, thiserror::Error)]
#[error("argon2id could not make a digest")]
pub struct NoDigest;

impl Digest {
    /// The digest of `key` under a new salt.
    ///
    /// # Errors
    /// [`NoDigest`] when argon2id refuses its parameters, which fixed ones never do.
    pub fn of(key: &PlaintextKey, randomness: &mut impl CryptoRng) -> Result<Self, NoDigest> {
        let mut salt = [0u8; 16];
        randomness.fill_bytes(&mut salt);
        let params = Params::new(7168, 5, 1, None).map_err(|_| NoDigest)?;
        let hash: PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(key.expose().as_bytes(), &salt)
            .map_err(|_| NoDigest)?;
        Ok(Self(hash.to_string()))
    }

    /// A digest that was stored before.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `key` is the one this digest was made of. A damaged digest matches nothing.
    #[must_use]
    pub fn matches(&self, key: &PlaintextKey) -> bool {
        self.matches_in(key, &mut Workspace::default())
    }

    /// The same in memory that is used again.
    #[must_use]
    pub fn matches_in(&self, key: &PlaintextKey, workspace: &mut Workspace) -> bool {
        PasswordHash::new(&self.0)
            .is_ok_and(|hash| same(&hash, key.expose().as_bytes(), workspace).unwrap_or(false))
    }
}

/// Computes again what stands in `hash`, and compares in constant time. `None`: it is damaged.
fn same(hash: &PasswordHash, text: &[u8], workspace: &mut Workspace) -> Option<bool> {
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map(Version::try_from).transpose().ok()?.unwrap_or_default();
    let params = Params::try_from(hash).ok().filter(|params| params.m_cost() <= MEMORY_MAX)?;
    workspace.0.resize(params.block_count().max(workspace.0.len()), Block::default());
    let mut computed = [0; Output::MAX_LENGTH];
    let computed = computed.get_mut(..expected.len())?;
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(text, salt.as_ref(), computed, &mut workspace.0)
        .ok()?;
    Some(Output::new(computed).ok()? == *expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_format::KeyFormat;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn a_digest_matches_its_key_alone_and_holds_owasps_parameters() {
        let mut randomness = StdRng::seed_from_u64(1);
        let (key, _) = KeyFormat::with_head("sk_live_").draw(&mut randomness);
        let (other, _) = KeyFormat::with_head("sk_live_").draw(&mut randomness);
        let digest = Digest::of(&key, &mut randomness).unwrap();
        assert!(digest.as_str().starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{}", digest.as_str());
        assert!(digest.matches(&key));
        assert!(!digest.matches(&other));
        let mut workspace = Workspace::default();
        assert!(!digest.matches_in(&other, &mut workspace) && digest.matches_in(&key, &mut workspace));
        for damaged in
            ["garbage", "$argon2id$v=19$m=7168,t=5,p=1$", "$argon2id$v=19$m=4194304,t=5,p=1$c2FsdHNhbHQ$AAAA"]
        {
            assert!(!Digest::stored(damaged.to_owned()).matches(&key));
        }
        assert_ne!(digest, Digest::of(&key, &mut randomness).unwrap(), "the salt is new each time");
    }
}
