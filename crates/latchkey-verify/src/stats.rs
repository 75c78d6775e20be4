//! What a verifier tells about itself, for metrics. Cheap to count and cheap to read; no key, address or name in it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use latchkey_core::verification::Outcome;

/// Counts since the start, and how things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// How many verifications ended how, in the order of [`Outcome::ALL`].
    pub outcomes: [(Outcome, u64); Outcome::ALL.len()],
    /// How many of them were answered from memory at once.
    pub hits: u64,
    /// How many waited for the store or argon2id.
    pub cold: u64,
    /// How many were told that nobody can tell.
    pub cannot_tell: u64,
    /// How many look-ups the store was asked for, each for up to 500 ids.
    pub look_ups: u64,
    /// How often argon2id ran.
    pub argon2_runs: u64,
    /// How many keys wait for it.
    pub lane_queue: usize,
    /// How many secrets are in memory.
    pub entries: usize,
    /// How long ago the last look at the store's changes that succeeded began.
    pub feed_age: Duration,
    /// Whether that is too long, so that every request asks the store.
    pub strict: bool,
    /// The revision up to which changes are taken in.
    pub revision: i64,
    /// What is added to this computer's clock, in milliseconds.
    pub clock_offset: i64,
    /// Security events that did not fit.
    pub events_dropped: u64,
    /// Uses that were not counted, for a store that was away too long.
    pub usage_dropped: u64,
}

/// The counts. Every verification writes here, so what others only read lies on no line of memory with it.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Counters {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    cold: AtomicU64,
    cannot_tell: AtomicU64,
    look_ups: AtomicU64,
}

impl Counters {
    pub(crate) fn ended(&self, outcome: Outcome) {
        // In the order of `Outcome::ALL`, which is the declaration's.
        if let Some(count) = self.outcomes.get(outcome as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn was_cold(&self) {
        self.cold.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn could_not_tell(&self) {
        self.cannot_tell.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn looked_up(&self) {
        self.look_ups.fetch_add(1, Ordering::Relaxed);
    }

    /// The counts, with the rest at nothing.
    pub(crate) fn read(&self) -> Stats {
        let count = |outcome: Outcome| {
            let count = self.outcomes.get(outcome as usize).map_or(0, |count| count.load(Ordering::Relaxed));
            (outcome, count)
        };
        let outcomes = Outcome::ALL.map(count);
        let cold = self.cold.load(Ordering::Relaxed);
        let all: u64 = outcomes.iter().map(|(_, count)| count).sum();
        Stats {
            outcomes,
            hits: all.saturating_sub(cold),
            cold,
            cannot_tell: self.cannot_tell.load(Ordering::Relaxed),
            look_ups: self.look_ups.load(Ordering::Relaxed),
            argon2_runs: 0,
            lane_queue: 0,
            entries: 0,
            feed_age: Duration::ZERO,
            strict: false,
            revision: 0,
            clock_offset: 0,
            events_dropped: 0,
            usage_dropped: 0,
        }
    }
}
