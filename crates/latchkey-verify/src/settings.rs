//! What a verifier may be told when it starts, with the reason for each default.

use std::time::Duration;

use latchkey_core::rate_limit::Tiers;
use latchkey_core::tag::Pepper;

/// How a verifier works.
#[derive(Clone)]
pub struct Settings {
    /// The windows of each tier.
    pub tiers: Tiers,
    /// Among how many processes limits are divided; 1 or more.
    pub replicas: u32,
    /// How many failed attempts one address may make within a minute before it is refused unheard (a key that is in
    /// memory is always heard); 0: no limit.
    pub failures_per_minute: u32,
    /// After how many failures of one address within a minute a security event is raised; 0: never.
    pub failures_event: u32,
    /// Finds and checks a cold key without argon2id.
    pub pepper: Option<Pepper>,
    /// How many argon2id computations run at once, on threads of the lowest priority.
    pub lane_threads: usize,
    /// How many keys may wait for one; more are told that nobody can tell (503).
    pub lane_queue: usize,
    /// How often usage and events are written.
    pub flush_every: Duration,
    /// How often the store is asked for changes even where nobody tells of one; the bound for a replica whose
    /// listener is cut is this and one look-up.
    pub poll_every: Duration,
    /// After how long without a word from the store every request asks it.
    pub strict_after: Duration,
    /// Whether this computer's clock is set against the database's.
    pub follow_clock: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tiers: Tiers::default(),
            replicas: 1,
            failures_per_minute: 600,
            failures_event: 100,
            pepper: None,
            lane_threads: 1,
            lane_queue: 256,
            flush_every: Duration::from_secs(5),
            poll_every: Duration::from_secs(1),
            strict_after: Duration::from_secs(5),
            follow_clock: true,
        }
    }
}
