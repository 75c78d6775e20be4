//! Follows the store's changes, and knows how fresh memory is. Each change makes worthless what was read of the keys,
//! roles and tenants that it touched (`touched.rs`); they are read again when they are next asked for.
//!
//! **How soon a revocation holds.** In the process that made it: from the next request, since the server awaits
//! [`Feed::catch_up`] before it answers the change. In any other: as soon as the store tells of it, which takes
//! milliseconds over PostgreSQL's NOTIFY and up to 25 ms by looking at a SQLite file. Where nobody tells (the listener is
//! cut), by the next look: `poll_every` and one look-up, 2 s at most. Where the store is silent, memory is believed until
//! `strict_after` (5 s) has passed since the last look that succeeded *began*; from then on every request waits for a look,
//! all for the same one, and what cannot be told is told so. There is no stale yes beyond that.
//!
//! A history in which the known revision is not (each has the hash of everything before it) is another database, or this
//! one with its last changes lost: restored from a backup, or a standby that took over without them. Everything is
//! forgotten at the next look. A store that was silent for long may have been changed by hand meanwhile: everything is
//! read again, though what was proved stays proved.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use latchkey_core::id::TenantId;
use latchkey_core::operations::TenantSelector;
use latchkey_core::{AdminError, Timestamp};
use latchkey_store::{Moved, Revision, TOUCHED_MAX, TenantLook};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use crate::question::CannotTell;
use crate::settings::Settings;
use crate::shared::Shared;

/// How long one look at the store may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait after a look that failed.
const AGAIN: Duration = Duration::from_millis(200);
/// What a person is told while the store is away.
const AWAY: CannotTell = CannotTell {
    why: "The store does not answer, so nobody can say whether this key is still good. Try again in a moment.",
    retry_after: Duration::from_secs(1),
};

/// How fresh memory is.
pub(crate) struct Feed {
    started: Instant,
    strict_after: Duration,
    /// After how long a silence the store may have become another.
    away_after: Duration,
    /// When the last look that succeeded began: milliseconds since the start,
    looked: AtomicI64,
    /// and what the clock showed then, which goes on while a computer sleeps.
    shown: AtomicI64,
    /// The revision up to which everything is taken in; none before the first look.
    known: Mutex<Option<Revision>>,
    /// Numbers those who ask for a look.
    asked: AtomicU64,
    /// The last of them whose look must have succeeded before memory is believed again.
    needed: AtomicU64,
    /// The last of them for whom a look succeeded.
    served: AtomicU64,
    wake: Notify,
    ended: watch::Sender<Ended>,
    tenants: RwLock<Tenants>,
    /// How often tenants changed,
    tenants_changed: AtomicU64,
    /// and which of these changes are in what was read of them.
    tenants_read: AtomicU64,
}

/// The customers' tenants, as they are asked for.
#[derive(Default)]
struct Tenants {
    by_id: HashMap<TenantId, TenantLook>,
    by_slug: HashMap<String, TenantId>,
}

/// How the last look ended, and up to whom it was for.
#[derive(Clone, Copy, Default)]
struct Ended {
    up_to: u64,
    well: bool,
}

impl Feed {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { strict_after, poll_every, .. } = *settings;
        Self {
            started: Instant::now(),
            strict_after,
            // A look may take as long as it may without the store being away.
            away_after: strict_after.max(poll_every + PATIENCE),
            looked: AtomicI64::new(i64::MIN),
            shown: AtomicI64::new(i64::MIN),
            known: Mutex::default(),
            asked: AtomicU64::new(0),
            needed: AtomicU64::new(0),
            served: AtomicU64::new(0),
            wake: Notify::new(),
            ended: watch::Sender::new(Ended::default()),
            tenants: RwLock::default(),
            tenants_changed: AtomicU64::new(1),
            tenants_read: AtomicU64::new(0),
        }
    }

    /// Whether memory must not be believed before another look, when the clock shows this.
    #[inline]
    pub(crate) fn is_strict(&self, shown: Timestamp) -> bool {
        self.was_silent(self.strict_after, self.since_start(), shown)
            || self.served.load(Ordering::Acquire) < self.needed.load(Ordering::Acquire)
    }

    /// Whether the last look that succeeded lies longer than this before that time, when the clock shows this.
    #[inline]
    fn was_silent(&self, bound: Duration, time: i64, shown: Timestamp) -> bool {
        let bound = i64::try_from(bound.as_millis()).unwrap_or(i64::MAX);
        let by_time = time.saturating_sub(self.looked.load(Ordering::Acquire));
        let by_clock = shown.as_millis().saturating_sub(self.shown.load(Ordering::Acquire));
        by_time > bound || by_clock > bound
    }

    /// How long ago the last look that succeeded began.
    pub(crate) fn age(&self) -> Duration {
        let age = self.since_start().saturating_sub(self.looked.load(Ordering::Acquire));
        Duration::from_millis(u64::try_from(age).unwrap_or(0))
    }

    /// The number of the revision up to which everything is taken in.
    pub(crate) fn revision(&self) -> i64 {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map_or(0, |known| known.number)
    }

    /// Which reading of the tenants stands. Whoever asks this before a tenant finds that of this reading or of a later
    /// one: the number is written under the lock that the tenants are.
    pub(crate) fn tenants_reading(&self) -> u64 {
        self.tenants_read.load(Ordering::Acquire)
    }

    fn known(&self) -> Option<Revision> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_known(&self, revision: Revision) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(revision);
    }

    fn since_start(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Waits for a look that began after this call; all who wait at once share one.
    ///
    /// # Errors
    /// [`CannotTell`] where it fails.
    pub(crate) async fn look(&self) -> Result<(), CannotTell> {
        let mine = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        let mut ended = self.ended.subscribe();
        self.wake.notify_one();
        let done = timeout(PATIENCE * 3, ended.wait_for(|ended| ended.up_to >= mine)).await;
        match done {
            Ok(Ok(ended)) if ended.well => Ok(()),
            _ => Err(AWAY),
        }
    }

    /// The same after a change that was made here: should it fail, memory is not believed until a later one succeeds.
    ///
    /// # Errors
    /// [`CannotTell`].
    pub(crate) async fn catch_up(&self) -> Result<(), CannotTell> {
        let done = self.look().await;
        if done.is_err() {
            self.needed.fetch_max(self.asked.load(Ordering::Acquire), Ordering::AcqRel);
        }
        done
    }

    /// The tenant that is meant.
    pub(crate) fn tenant(&self, selector: &TenantSelector) -> Option<TenantLook> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        let id = match selector {
            TenantSelector::Slug(slug) => tenants.by_slug.get(slug)?,
            TenantSelector::Id(id) => id,
        };
        tenants.by_id.get(id).cloned()
    }
}

impl Shared {
    /// The first look, without which a verifier does not start.
    pub(crate) async fn first_look(&self) -> Result<(), AdminError> {
        let (began, shown) = (self.feed.since_start(), self.hands.shown());
        let revision = self.store.revision().await?;
        // A process before this one may have seen a later time than the clock shows now.
        self.hands.is_past(self.store.last_change().await?);
        self.read_tenants().await?;
        self.feed.is_known(revision);
        self.looked(began, shown, 0);
        Ok(())
    }

    /// Follows until the end.
    pub(crate) async fn follow(&self) {
        loop {
            let listening = self.listen();
            tokio::pin!(listening);
            let heard = loop {
                tokio::select! {
                    biased;
                    () = self.feed.wake.notified() => self.look_now().await,
                    heard = &mut listening => break heard,
                }
            };
            if !heard {
                tokio::select! {
                    () = self.feed.wake.notified() => self.look_now().await,
                    () = sleep(AGAIN.min(self.settings.poll_every)) => {}
                }
            }
        }
    }

    /// Waits for changes and takes them in. False where the store does not answer.
    async fn listen(&self) -> bool {
        let wait = self.settings.poll_every;
        let (began, shown) = (self.feed.since_start(), self.hands.shown());
        let up_to = self.feed.asked.load(Ordering::Acquire);
        let Some(known) = self.feed.known() else { return false };
        let heard = timeout(wait + PATIENCE, self.store.moved_since(&known, wait)).await;
        let moved = match heard {
            Ok(Ok(moved)) => moved,
            Ok(Err(error)) => {
                tracing::debug!(%error, "changes cannot be followed");
                return false;
            }
            Err(_) => return false,
        };
        let is_complete = moved.touched.len() < TOUCHED_MAX;
        self.take_in(&known, moved);
        let well = self.read_tenants().await.is_ok();
        // Where there is more than one answer names, memory is as old as before until the rest is taken in.
        if well && is_complete {
            self.looked(began, shown, up_to);
        }
        well
    }

    /// Looks at once, for everybody who has asked by now.
    async fn look_now(&self) {
        let (began, shown) = (self.feed.since_start(), self.hands.shown());
        let up_to = self.feed.asked.load(Ordering::Acquire);
        let well = timeout(PATIENCE, self.look_through()).await.unwrap_or(false);
        if well {
            self.looked(began, shown, up_to);
        }
        self.feed.ended.send_replace(Ended { up_to, well });
    }

    /// Takes in everything that is committed by now.
    async fn look_through(&self) -> bool {
        let Ok(stands) = self.store.revision().await else { return false };
        while let Some(known) = self.feed.known().filter(|known| *known != stands) {
            let Ok(moved) = self.store.moved_since(&known, Duration::ZERO).await else { return false };
            let to = moved.to.number;
            self.take_in(&known, moved);
            // One answer does not name everything where very much has changed. What went back meanwhile is forgotten.
            if to >= stands.number || to <= known.number {
                break;
            }
        }
        self.read_tenants().await.is_ok()
    }

    fn looked(&self, began: i64, shown: Timestamp, up_to: u64) {
        if self.feed.was_silent(self.feed.away_after, began, shown) {
            self.memory.numbers.forget();
        }
        // The time that counted by then never comes again, even where nobody asked in between.
        self.hands.counted(shown);
        self.feed.looked.fetch_max(began, Ordering::AcqRel);
        self.feed.shown.store(shown.as_millis(), Ordering::Release);
        self.feed.served.fetch_max(up_to, Ordering::AcqRel);
    }

    /// Notes what changed after `known`.
    fn take_in(&self, known: &Revision, moved: Moved) {
        if self.feed.known().as_ref() != Some(known) {
            // A look in between has come further, or has found another history.
            return;
        }
        let Moved { to, touched, other_history } = moved;
        if other_history {
            tracing::warn!(
                known = known.number,
                revision = to.number,
                "the store has lost changes that were known here: it went back, or it is another; everything is read again"
            );
            self.memory.forget();
        } else {
            self.memory.numbers.note(&touched);
        }
        let is_tenant = |noun: &str| noun != "key" && noun != "role";
        if other_history || touched.iter().any(|touched| is_tenant(&touched.noun)) {
            self.feed.tenants_changed.fetch_add(1, Ordering::AcqRel);
        }
        self.feed.is_known(to);
    }

    /// Reads the tenants, where they have changed since they were read. What fails is due at the next look.
    async fn read_tenants(&self) -> Result<(), AdminError> {
        let changed = self.feed.tenants_changed.load(Ordering::Acquire);
        if self.feed.tenants_read.load(Ordering::Acquire) >= changed {
            return Ok(());
        }
        let looks = self.store.tenant_looks().await?;
        let by_slug = looks.iter().map(|look| (look.tenant.slug.clone(), look.tenant.id)).collect();
        let by_id = looks.into_iter().map(|look| (look.tenant.id, look)).collect();
        let mut tenants = self.feed.tenants.write().unwrap_or_else(PoisonError::into_inner);
        // A look in between may have read a later state.
        if self.feed.tenants_read.fetch_max(changed, Ordering::AcqRel) < changed {
            *tenants = Tenants { by_id, by_slug };
        }
        Ok(())
    }
}
