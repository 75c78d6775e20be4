//! What secrets were used for, gathered in memory by the hour and outcome until it is written. A process that dies loses
//! what it gathered since the last writing, a store that is away longer than memory is set aside for loses counts, and
//! neither ever loses or delays an answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_core::id::SecretId;
use latchkey_core::verification::Outcome;
use latchkey_core::{Span, Timestamp};
use latchkey_store::Used;

use crate::entry::Lasting;
use crate::question::ClientIp;

/// How many rows wait for a store that is away; what is used beyond them is not counted.
const WAITING_MAX: usize = 100_000;

/// What one secret was used for within one hour.
#[derive(Default)]
pub(crate) struct Gathered {
    /// Which hour since 1970.
    hour: i64,
    counts: [u32; Outcome::ALL.len()],
    accepted: Option<(Timestamp, ClientIp)>,
    /// Whether it stands in the list of what is to be collected.
    listed: bool,
}

/// What all secrets were used for.
#[derive(Default)]
pub(crate) struct Usage {
    /// Those with something to collect. Has room for every entry, so that counting never allocates.
    listed: Mutex<Vec<Arc<Lasting>>>,
    /// What was collected and not yet written.
    waiting: Mutex<HashMap<(SecretId, i64, Outcome), Used>>,
    dropped: AtomicU64,
}

impl Usage {
    /// Counts one use.
    pub(crate) fn count(&self, lasting: &Arc<Lasting>, outcome: Outcome, now: Timestamp, from: ClientIp) {
        let hour = hour_of(now);
        let mut gathered = held(&lasting.gathered);
        if gathered.hour != hour {
            self.turn(lasting, &mut gathered, hour);
        }
        // In the order of `Outcome::ALL`, which is the declaration's.
        if let Some(count) = gathered.counts.get_mut(outcome as usize) {
            *count = count.saturating_add(1);
        }
        if outcome == Outcome::Valid {
            gathered.accepted = Some((now, from));
        }
        if !gathered.listed {
            gathered.listed = true;
            drop(gathered);
            held(&self.listed).push(Arc::clone(lasting));
        }
    }

    /// Puts aside what was counted in another hour.
    fn turn(&self, lasting: &Lasting, gathered: &mut Gathered, hour: i64) {
        if gathered.listed {
            self.keep(rows(lasting, gathered));
        }
        let listed = gathered.listed;
        *gathered = Gathered { hour, listed, ..Gathered::default() };
    }

    /// Makes room for as many entries.
    pub(crate) fn reserve(&self, entries: usize) {
        let mut listed = held(&self.listed);
        let missing = entries.saturating_sub(listed.len());
        listed.reserve(missing);
    }

    /// Takes what there is to write.
    pub(crate) fn collect(&self) -> Vec<Used> {
        let listed: Vec<Arc<Lasting>> = held(&self.listed).drain(..).collect();
        for lasting in listed {
            let mut gathered = held(&lasting.gathered);
            let used = rows(&lasting, &gathered);
            *gathered = Gathered { hour: gathered.hour, ..Gathered::default() };
            drop(gathered);
            self.keep(used);
        }
        held(&self.waiting).drain().map(|(_, used)| used).collect()
    }

    /// Takes rows, new ones or those that could not be written, to be written later.
    pub(crate) fn keep(&self, rows: Vec<Used>) {
        let mut waiting = held(&self.waiting);
        for used in rows {
            let name = (used.secret, hour_of(used.hour), used.outcome);
            if let Some(before) = waiting.get_mut(&name) {
                before.count += used.count;
                before.accepted = later(before.accepted, used.accepted);
            } else if waiting.len() < WAITING_MAX {
                waiting.insert(name, used);
            } else {
                self.dropped.fetch_add(used.count, Ordering::Relaxed);
            }
        }
    }

    /// How many uses were not counted.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

fn later(
    one: Option<(Timestamp, ClientIp)>,
    other: Option<(Timestamp, ClientIp)>,
) -> Option<(Timestamp, ClientIp)> {
    [one, other].into_iter().flatten().max_by_key(|(at, _)| *at)
}

fn rows(lasting: &Lasting, gathered: &Gathered) -> Vec<Used> {
    let counted = Outcome::ALL.into_iter().zip(gathered.counts).filter(|(_, count)| *count > 0);
    let used = |(outcome, count): (Outcome, u32)| Used {
        secret: lasting.secret,
        key: lasting.key,
        hour: Timestamp::from_millis(gathered.hour.saturating_mul(Span::hours(1).as_millis())),
        outcome,
        count: count.into(),
        accepted: if outcome == Outcome::Valid { gathered.accepted } else { None },
    };
    counted.map(used).collect()
}

fn hour_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(Span::hours(1).as_millis())
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn told(used: &[Used]) -> Vec<(i64, &'static str, u64, bool)> {
        let mut told: Vec<_> = used
            .iter()
            .map(|used| {
                let hour = hour_of(used.hour) - hour_of(samples::NOW);
                (hour, used.outcome.word(), used.count, used.accepted.is_some())
            })
            .collect();
        told.sort_unstable();
        told
    }

    #[test]
    fn uses_are_counted_by_hour_and_outcome_and_collected_once() {
        let usage = Usage::default();
        let lasting = Arc::new(Lasting::of(&samples::entry()));
        let later = samples::NOW.plus(Span::hours(2));
        let from = "203.0.113.9".parse().ok();
        usage.count(&lasting, Outcome::Valid, samples::NOW, None);
        usage.count(&lasting, Outcome::Valid, samples::NOW.plus(Span::minutes(1)), from);
        usage.count(&lasting, Outcome::IpDenied, samples::NOW, None);
        usage.count(&lasting, Outcome::Valid, later, from);
        let used = usage.collect();
        assert_eq!(told(&used), [(0, "ip_denied", 1, false), (0, "valid", 2, true), (2, "valid", 1, true)]);
        let first = used.iter().find(|used| used.count == 2).unwrap();
        assert_eq!(first.accepted, Some((samples::NOW.plus(Span::minutes(1)), from)));
        assert!(usage.collect().is_empty());
        usage.count(&lasting, Outcome::Retired, later, None);
        assert_eq!(told(&usage.collect()), [(2, "retired", 1, false)]);
    }

    #[test]
    fn what_could_not_be_written_is_added_to_what_comes_after() {
        let usage = Usage::default();
        let lasting = Arc::new(Lasting::of(&samples::entry()));
        usage.count(&lasting, Outcome::Valid, samples::NOW, None);
        let failed = usage.collect();
        usage.count(&lasting, Outcome::Valid, samples::NOW.plus(Span::minutes(3)), None);
        usage.keep(failed);
        let used = usage.collect();
        assert_eq!(told(&used), [(0, "valid", 2, true)]);
        assert_eq!(used.first().unwrap().accepted, Some((samples::NOW.plus(Span::minutes(3)), None)));
        assert_eq!(usage.dropped(), 0);
    }
}
