//! Keys that are not in memory: looked up in batches, many who wait for one id sharing one reading, and proved by the tag
//! or by argon2id, one text at a time for a secret. Nothing is decided here; memory answers when they are done.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use latchkey_core::PlaintextKey;
use latchkey_core::key_format::PublicId;
use latchkey_store::{BATCH_MAX, LookedUp, VerifyEntry};
use siphasher::sip128::Hash128;
use subtle::ConstantTimeEq;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::entry::Lasting;
use crate::feed::PATIENCE;
use crate::lane::Job;
use crate::memory::Id;
use crate::question::CannotTell;
use crate::shared::Shared;

/// How many requests may wait for look-ups at once.
const WAITING_MAX: usize = 10_000;

const TOO_MANY: CannotTell = CannotTell {
    why: "Too many keys are asked for at once. Try again in a moment.",
    retry_after: Duration::from_secs(1),
};
const NOT_FOUND_OUT: CannotTell = CannotTell {
    why: "The store does not answer, so nobody can say whether this key is good. Try again in a moment.",
    retry_after: Duration::from_secs(1),
};

/// Where look-ups wait to be made together.
pub(crate) struct LookUps {
    asks: mpsc::Sender<Ask>,
    /// Taken by the one task that makes them.
    asked: Mutex<Option<mpsc::Receiver<Ask>>>,
}

struct Ask {
    id: Id,
    done: oneshot::Sender<bool>,
}

/// A secret whose text was never proved in this process.
pub(crate) struct Unproven {
    pub(crate) look: Arc<VerifyEntry>,
    pub(crate) lasting: Arc<Lasting>,
}

impl LookUps {
    pub(crate) fn new() -> Self {
        let (asks, asked) = mpsc::channel(WAITING_MAX);
        Self { asks, asked: Mutex::new(Some(asked)) }
    }
}

impl Shared {
    /// Has an id read from the store, together with all others that wait.
    ///
    /// # Errors
    /// [`CannotTell`].
    pub(crate) async fn look_up(&self, id: Id) -> Result<(), CannotTell> {
        let (done, read) = oneshot::channel();
        self.look_ups.asks.try_send(Ask { id, done }).map_err(|_| TOO_MANY)?;
        match read.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(NOT_FOUND_OUT),
        }
    }

    /// Makes look-ups until the end.
    pub(crate) async fn make_look_ups(&self) {
        let asked = self.look_ups.asked.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut asked) = asked else { return };
        let mut asks = Vec::new();
        while asked.recv_many(&mut asks, BATCH_MAX).await > 0 {
            let mut waiting: HashMap<Id, Vec<oneshot::Sender<bool>>> = HashMap::new();
            for Ask { id, done } in asks.drain(..) {
                waiting.entry(id).or_default().push(done);
            }
            // The batch before may have answered for these already.
            let is_known = |id: &Id| self.memory.is_unknown(*id) || self.memory.with(*id, |_| ()).is_some();
            let ids: Vec<Id> = waiting.keys().copied().filter(|id| !is_known(id)).collect();
            let untold = if ids.is_empty() { Vec::new() } else { self.read_batch(&ids).await };
            for (id, waiting) in waiting {
                for done in waiting {
                    let _ = done.send(!untold.contains(&id));
                }
            }
        }
    }

    /// Reads what the store says of these ids. Answers those of which it says nothing that can be read: all, where it
    /// does not answer; else those whose rows are damaged, which are somebody's all the same.
    async fn read_batch(&self, ids: &[Id]) -> Vec<Id> {
        self.counters.looked_up();
        let began = self.memory.numbers.begin();
        let public: Vec<PublicId> = ids.iter().filter_map(|id| id.public()).collect();
        let LookedUp { entries: looks, damaged } = match timeout(PATIENCE, self.store.entries(&public)).await
        {
            Ok(Ok(looked_up)) => looked_up,
            Ok(Err(error)) => {
                tracing::warn!(%error, "keys could not be looked up");
                return ids.to_vec();
            }
            Err(_) => {
                tracing::warn!("the store took too long to look up keys");
                return ids.to_vec();
            }
        };
        let damaged: Vec<Id> = damaged.iter().filter_map(Id::of).collect();
        if let Some(written) = looks.iter().map(|look| look.key.updated_at).max() {
            self.hands.is_past(written);
        }
        let windows = |look: &VerifyEntry| {
            let (tier, environment) = (look.key.tier.as_deref(), look.key.environment);
            self.settings.tiers.windows(tier, environment, self.settings.replicas)
        };
        let told: Vec<Id> = ids.iter().copied().filter(|id| !damaged.contains(id)).collect();
        self.memory.take_in(&told, began, looks, windows);
        self.usage.reserve(self.memory.len());
        damaged
    }

    /// Whether the tag says that this is the text of the secret, where it has one under our pepper: final either way.
    pub(crate) fn prove_by_tag(
        &self,
        key: &str,
        print: Hash128,
        look: &VerifyEntry,
        lasting: &Lasting,
    ) -> Option<bool> {
        let pepper = self.settings.pepper.as_ref()?;
        let (_, tag) = look.tag.as_ref().filter(|(id, _)| id == pepper.id())?;
        let matches = bool::from(pepper.tag_of(key).as_bytes().ct_eq(tag.as_bytes()));
        if matches {
            let _ = lasting.proof.set(print);
        }
        Some(matches)
    }

    /// The same by argon2id, one text after the other.
    ///
    /// # Errors
    /// [`CannotTell`]: too many wait.
    pub(crate) async fn prove(
        &self,
        key: &str,
        print: Hash128,
        unproven: Unproven,
    ) -> Result<bool, CannotTell> {
        let Unproven { look, lasting } = unproven;
        let _waits = Waiting::beside(&lasting, self.settings.lane_queue).ok_or(TOO_MANY)?;
        let _turn = lasting.proving.lock().await;
        // Whoever was before may have found it out.
        if let Some(proof) = lasting.proof.get() {
            return Ok(*proof == print);
        }
        if *lasting.wrong.lock().unwrap_or_else(PoisonError::into_inner) == Some(print) {
            return Ok(false);
        }
        let (done, checked) = oneshot::channel();
        let text = PlaintextKey::new(key.to_owned());
        self.lane.submit(Job {
            key: text,
            print,
            look: Arc::clone(&look),
            lasting: Arc::clone(&lasting),
            done,
        })?;
        let matches = checked.await.map_err(|_| NOT_FOUND_OUT)?;
        if matches && let Some(pepper) = &self.settings.pepper {
            self.errands.fill_tag(lasting.secret, pepper.tag_of(key));
        }
        Ok(matches)
    }
}

/// One who waits for a secret to be proved.
struct Waiting<'a>(&'a Lasting);

impl<'a> Waiting<'a> {
    fn beside(lasting: &'a Lasting, room: usize) -> Option<Self> {
        let before = lasting.waiting.fetch_add(1, Ordering::AcqRel);
        let waiting = Self(lasting);
        // One is at work, the others wait.
        (usize::try_from(before).is_ok_and(|before| before <= room)).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}
