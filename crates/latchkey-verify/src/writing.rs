//! What is written behind the answers: usage and events every few seconds, tags, and first uses until they are confirmed
//! or too late. A store that is away delays it; no answer waits for any of it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use latchkey_core::id::{KeyId, SecretId};
use latchkey_core::tag::Tag;
use latchkey_core::{AdminError, ErrorCode, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::entry::Lasting;
use crate::shared::Shared;

/// How many errands of a kind wait at once. What does not fit is tried again at the next use.
const ROOM: usize = 10_000;
/// Rows of one transaction.
const ROWS: usize = 500;
/// How long until an errand that failed is tried again: at first, and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// How long first uses that wait may take at the end.
const LAST: Duration = Duration::from_secs(5);
/// How often what is old is looked for.
const FORGET_EVERY: Duration = Duration::from_hours(1);
/// How often the database's clock is asked.
const CLOCK_EVERY: Duration = Duration::from_secs(30);

/// What is to be done in the store.
pub(crate) struct Errands {
    first_uses: mpsc::Sender<FirstUse>,
    tags: mpsc::Sender<(SecretId, Tag)>,
    /// Taken by the tasks that run them.
    taken: Mutex<Option<Taken>>,
}

struct Taken {
    first_uses: mpsc::Receiver<FirstUse>,
    tags: mpsc::Receiver<(SecretId, Tag)>,
}

/// The first use of a secret that nobody had confirmed.
struct FirstUse {
    key: KeyId,
    secret: SecretId,
    used_at: Timestamp,
    /// From then on it has lapsed.
    until: Timestamp,
}

impl Errands {
    pub(crate) fn new() -> Self {
        let (first_uses, first_uses_taken) = mpsc::channel(ROOM);
        let (tags, tags_taken) = mpsc::channel(ROOM);
        let taken = Taken { first_uses: first_uses_taken, tags: tags_taken };
        Self { first_uses, tags, taken: Mutex::new(Some(taken)) }
    }

    /// Has a secret confirmed by its first use. False where there is no room.
    pub(crate) fn confirm(&self, lasting: &Lasting, used_at: Timestamp, until: Timestamp) -> bool {
        let first = FirstUse { key: lasting.key, secret: lasting.secret, used_at, until };
        self.first_uses.try_send(first).is_ok()
    }

    /// Has a tag kept. Without room it is found again at another process's first use.
    pub(crate) fn fill_tag(&self, secret: SecretId, tag: Tag) {
        let _ = self.tags.try_send((secret, tag));
    }
}

impl Shared {
    /// Runs the errands until `stopped` says so; the first uses that wait then are confirmed before it ends, within
    /// [`LAST`], for nobody will know of them afterwards.
    pub(crate) async fn run_errands(&self, mut stopped: watch::Receiver<bool>) {
        let taken = self.errands.taken.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Taken { mut first_uses, tags }) = taken else { return };
        let mut waiting = Vec::new();
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => {}
            ((), ()) = async {
                tokio::join!(self.confirm_first_uses(&mut first_uses, &mut waiting), self.fill_tags(tags))
            } => {}
        }
        let _ = timeout(LAST, self.confirm_the_last(&mut first_uses, &mut waiting)).await;
        if !waiting.is_empty() {
            let count = waiting.len();
            tracing::warn!(
                count,
                "first uses could not be confirmed before the end; unless used again in time these secrets lapse"
            );
        }
    }

    /// Confirms each until the store took it or it is too late. What waits stays in `waiting` until then.
    async fn confirm_first_uses(&self, coming: &mut mpsc::Receiver<FirstUse>, waiting: &mut Vec<FirstUse>) {
        let mut pause = AGAIN.0;
        loop {
            if waiting.is_empty() {
                let Some(first) = coming.recv().await else { return };
                waiting.push(first);
                pause = AGAIN.0;
            } else {
                sleep(pause).await;
                pause = (pause * 2).min(AGAIN.1);
            }
            self.confirm_all(coming, waiting).await;
        }
    }

    /// Confirms until none waits.
    async fn confirm_the_last(&self, coming: &mut mpsc::Receiver<FirstUse>, waiting: &mut Vec<FirstUse>) {
        self.confirm_all(coming, waiting).await;
        while !waiting.is_empty() {
            sleep(AGAIN.0).await;
            self.confirm_all(coming, waiting).await;
        }
    }

    /// Tries each that waits once. One that is under way when this is given up still waits.
    async fn confirm_all(&self, coming: &mut mpsc::Receiver<FirstUse>, waiting: &mut Vec<FirstUse>) {
        while let Ok(first) = coming.try_recv() {
            waiting.push(first);
        }
        let mut place = 0;
        while let Some(first) = waiting.get(place) {
            if self.confirm(first).await {
                waiting.remove(place);
            } else {
                place += 1;
            }
        }
    }

    /// Whether nothing is left to do about it.
    async fn confirm(&self, first: &FirstUse) -> bool {
        let FirstUse { key, secret, used_at, until } = *first;
        match self.store.confirm_first_use(key, secret, used_at).await {
            Ok(()) => true,
            Err(error) if is_final(&error) => {
                tracing::warn!(%secret, %error, "a first use cannot be confirmed from here");
                true
            }
            Err(_) if self.hands.now() >= until => {
                tracing::warn!(%secret, "a first use could not be confirmed before the secret lapsed");
                true
            }
            Err(error) => {
                tracing::debug!(%secret, %error, "a first use is confirmed later");
                false
            }
        }
    }

    async fn fill_tags(&self, mut coming: mpsc::Receiver<(SecretId, Tag)>) {
        let Some(pepper) = &self.settings.pepper else { return };
        let mut refused = false;
        while let Some((secret, tag)) = coming.recv().await {
            // One that is not kept costs argon2id again in the next process, no more.
            if let Err(error) = self.store.fill_tag(secret, pepper.id(), &tag).await
                && !refused
            {
                tracing::warn!(%error, "tags cannot be kept; keys without one are checked by argon2id at each start");
                refused = is_final(&error);
            }
        }
    }

    /// Writes what was gathered, every now and then, until the end; and has what is old forgotten.
    pub(crate) async fn write_regularly(&self) {
        let mut ticks = interval(self.settings.flush_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = HashSet::new();
        let mut forget_at = Instant::now();
        loop {
            ticks.tick().await;
            self.write(false, &mut told).await;
            // A little each time: what was left to grow for long keeps nobody waiting.
            if Instant::now() >= forget_at && !self.forget_old(&mut told).await {
                forget_at = Instant::now() + FORGET_EVERY;
            }
        }
    }

    /// Whether there may be more to forget.
    async fn forget_old(&self, told: &mut HashSet<ErrorCode>) -> bool {
        let forgotten = self.store.forget_old().await;
        forgotten.unwrap_or_else(|error| {
            say_once(told, &error, "what is old cannot be taken away");
            false
        })
    }

    /// Writes what was gathered by now, what is quiet as well.
    pub(crate) async fn write_everything(&self) {
        self.write(true, &mut HashSet::new()).await;
    }

    async fn write(&self, everything: bool, told: &mut HashSet<ErrorCode>) {
        let mut used = self.usage.collect();
        // What lies side by side in the store is written together: in any other order each row finds its page anew.
        used.sort_unstable_by_key(|used| (used.key, used.secret));
        while !used.is_empty() {
            let rest = used.split_off(used.len().min(ROWS));
            if let Err(error) = self.store.record_usage(&used).await {
                say_once(told, &error, "usage is gathered and cannot be written");
                self.usage.keep(used);
                self.usage.keep(rest);
                break;
            }
            used = rest;
        }
        let mut events = self.events.collect(self.hands.now(), everything);
        while !events.is_empty() {
            let rest = events.split_off(events.len().min(ROWS));
            if let Err(error) = self.store.record_events(&events).await {
                say_once(told, &error, "security events are gathered and cannot be written");
                self.events.give_back(events);
                self.events.give_back(rest);
                break;
            }
            events = rest;
        }
    }

    /// Sets the clock against the database's, every now and then, until the end.
    pub(crate) async fn follow_clock(&self) {
        loop {
            sleep(CLOCK_EVERY).await;
            self.set_clock().await;
        }
    }

    /// Sets the clock against the database's, where it has one and that is wanted.
    pub(crate) async fn set_clock(&self) {
        if !self.settings.follow_clock {
            return;
        }
        match self.store.clock_offset().await {
            Ok(Some(offset)) => self.hands.set(offset),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "the database's clock cannot be asked"),
        }
    }
}

/// Whether trying again is in vain.
fn is_final(error: &AdminError) -> bool {
    matches!(
        error.code,
        ErrorCode::ReadOnly | ErrorCode::Forbidden | ErrorCode::NotFound | ErrorCode::Invalid
    )
}

fn say_once(told: &mut HashSet<ErrorCode>, error: &AdminError, what: &'static str) {
    if told.insert(error.code) {
        tracing::warn!(%error, "{what}");
    }
}
