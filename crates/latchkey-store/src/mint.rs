//! Drawing a secret and checking one: the operating system's randomness and argon2id, off the async
//! threads, two at a time, always before a transaction opens. Stores nothing.

use latchkey_core::digest::Digest;
use latchkey_core::id::SecretId;
use latchkey_core::key_format::KeyFormat;
use latchkey_core::rotation::Minted;
use latchkey_core::tag::Pepper;
use latchkey_core::{AdminError, PlaintextKey, Timestamp};
use rand::CryptoRng;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;

use crate::fault::Outcome;
use crate::rows::Tagged;
use crate::store::Store;

/// How often a public id is drawn before giving up. With a million secrets one draw in 57,000 clashes.
pub(crate) const DRAWS: usize = 5;

/// A secret just drawn.
pub(crate) struct Drawn {
    /// What may be stored of it.
    pub(crate) minted: Minted,
    /// Its tag, where this process has a pepper.
    pub(crate) tag: Option<Tagged>,
    /// The whole key.
    pub(crate) plaintext: PlaintextKey,
}

/// The operating system's randomness. It fails only where the system has none at all, and then nothing
/// may be drawn.
pub(crate) fn randomness() -> impl CryptoRng {
    UnwrapErr(SysRng)
}

impl Store {
    /// Draws a key of `format` and makes its digest, and its tag where there is a pepper.
    pub(crate) async fn draw(&self, format: KeyFormat) -> Outcome<Drawn> {
        let now = self.clock_now();
        let pepper = self.shared.pepper.get().cloned();
        self.in_the_lane(move || draw_now(&format, pepper.as_ref(), now)).await?
    }

    /// Whether `plaintext` is the key that `digest` was made of. A tag under this process's pepper decides
    /// alone and at once; otherwise argon2id does.
    pub(crate) async fn matches(
        &self,
        digest: Digest,
        tag: Option<&Tagged>,
        plaintext: PlaintextKey,
    ) -> Outcome<bool> {
        match (self.shared.pepper.get(), tag) {
            (Some(pepper), Some((of, tag))) if pepper.id() == of => Ok(pepper.made(tag, plaintext.expose())),
            _ => self.in_the_lane(move || digest.matches(&plaintext)).await,
        }
    }

    async fn in_the_lane<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Outcome<T> {
        let place = self.shared.lane.clone().acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let answer = work();
            drop(place);
            answer
        });
        Ok(done.await.map_err(|_| AdminError::internal())?)
    }
}

fn draw_now(format: &KeyFormat, pepper: Option<&Pepper>, now: Timestamp) -> Outcome<Drawn> {
    let mut randomness = randomness();
    let (plaintext, public_id) = format.draw(&mut randomness);
    let digest = Digest::of(&plaintext, &mut randomness).map_err(|_| AdminError::internal())?;
    let id = SecretId::new(now, &mut randomness);
    let tag = pepper.map(|pepper| (pepper.id().clone(), pepper.tag(&plaintext)));
    Ok(Drawn { minted: Minted { id, public_id, head: format.head.clone(), digest }, tag, plaintext })
}
