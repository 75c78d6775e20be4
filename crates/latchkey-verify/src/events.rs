//! Security events, gathered until they are written: the first of a kind with a key from an address at once, what repeats
//! it at most once a minute with its count. Bounded; what does not fit is counted as dropped. Decides nothing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use latchkey_core::id::KeyId;
use latchkey_core::operations::EventKind;
use latchkey_core::{Span, Timestamp};
use latchkey_store::Happened;

use crate::addresses::whose;

/// How many different ones are gathered at once.
const GATHERED_MAX: usize = 10_000;
/// How long the same is counted before it is told again.
const QUIET: Span = Span::minutes(1);

/// What happened and was not yet written.
#[derive(Default)]
pub(crate) struct Events {
    gathered: Mutex<HashMap<Same, Told>>,
    dropped: AtomicU64,
}

/// What counts as the same. An address stands for whoever has it, so that nobody takes the places of all others by turns.
type Same = (EventKind, Option<KeyId>, Option<IpAddr>);

struct Told {
    /// What happened since it was told last; none: nothing.
    since: Option<Happened>,
    /// Until when it is not told again.
    quiet_until: Option<Timestamp>,
}

impl Events {
    /// Takes one in.
    pub(crate) fn raise(&self, happened: Happened) {
        let same = same(&happened);
        let mut gathered = self.held();
        if let Some(told) = gathered.get_mut(&same) {
            match &mut told.since {
                Some(since) => {
                    since.count += happened.count;
                    since.at = since.at.min(happened.at);
                }
                None => told.since = Some(happened),
            }
        } else if gathered.len() < GATHERED_MAX {
            gathered.insert(same, Told { since: Some(happened), quiet_until: None });
        } else {
            self.dropped.fetch_add(happened.count, Ordering::Relaxed);
        }
    }

    /// Those that are to be written by now; with `all`, everything.
    pub(crate) fn collect(&self, now: Timestamp, all: bool) -> Vec<Happened> {
        let mut due = Vec::new();
        self.held().retain(|_, told| {
            if !all && told.quiet_until.is_some_and(|until| now < until) {
                return true;
            }
            let happened = told.since.take();
            told.quiet_until = Some(now.plus(QUIET));
            let keep = happened.is_some();
            due.extend(happened);
            keep
        });
        due
    }

    /// Takes those back that could not be written.
    pub(crate) fn give_back(&self, events: Vec<Happened>) {
        for happened in events {
            let same = same(&happened);
            self.raise(happened);
            if let Some(told) = self.held().get_mut(&same) {
                told.quiet_until = None;
            }
        }
    }

    /// How many were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Same, Told>> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn same(happened: &Happened) -> Same {
    (happened.kind, happened.key, happened.ip.map(whose))
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_core::verification::Outcome;

    const NOW: Timestamp = Timestamp::from_millis(1_795_262_400_000);

    fn happened(kind: EventKind, ip: &str, at: Timestamp) -> Happened {
        let outcome = Outcome::Retired.word();
        Happened { at, kind, tenant: None, key: None, secret: None, ip: ip.parse().ok(), outcome, count: 1 }
    }

    fn counts(events: &[Happened]) -> Vec<u64> {
        events.iter().map(|event| event.count).collect()
    }

    #[test]
    fn the_first_is_told_at_once_and_the_same_again_once_a_minute_with_its_count() {
        let events = Events::default();
        let used = |seconds: i64| {
            let at = NOW.plus(Span::from_millis(seconds * 1_000));
            events.raise(happened(EventKind::DeadSecretUsed, "203.0.113.9", at));
            at
        };
        used(0);
        used(1);
        assert_eq!(counts(&events.collect(NOW, false)), [2]);
        let third = used(2);
        used(3);
        events.raise(happened(EventKind::DeadSecretUsed, "203.0.113.8", NOW));
        events.raise(happened(EventKind::LimitHit, "203.0.113.9", NOW));
        assert_eq!(counts(&events.collect(NOW.plus(Span::from_millis(5_000)), false)), [1, 1]);
        let due = events.collect(NOW.plus(Span::minutes(1)), false);
        assert_eq!((counts(&due), due.first().unwrap().at), (vec![2], third));
        assert!(events.collect(NOW.plus(Span::minutes(2)), false).is_empty());
        assert!(events.held().len() <= 3);
        assert!(events.collect(NOW.plus(Span::minutes(3)), false).is_empty());
        assert!(events.held().is_empty(), "what is over is forgotten");
    }

    #[test]
    fn a_network_of_version_six_is_told_once_whichever_of_its_addresses_it_shows() {
        let events = Events::default();
        for number in 0..50 {
            events.raise(happened(EventKind::DeadSecretUsed, &format!("2001:db8:0:1::{number}"), NOW));
        }
        events.raise(happened(EventKind::DeadSecretUsed, "2001:db8:0:2::1", NOW));
        let mut told = events.collect(NOW, false);
        told.sort_unstable_by_key(|event| event.ip);
        assert_eq!(counts(&told), [50, 1]);
        assert_eq!(told.first().unwrap().ip, "2001:db8:0:1::".parse().ok(), "the first that was seen");
    }

    #[test]
    fn what_could_not_be_written_is_told_with_what_came_after_and_the_end_tells_everything() {
        let events = Events::default();
        events.raise(happened(EventKind::LimitHit, "203.0.113.9", NOW));
        let failed = events.collect(NOW, false);
        events.raise(happened(EventKind::LimitHit, "203.0.113.9", NOW));
        events.give_back(failed);
        assert_eq!(counts(&events.collect(NOW, false)), [2]);
        events.raise(happened(EventKind::LimitHit, "203.0.113.9", NOW));
        assert!(events.collect(NOW, false).is_empty());
        assert_eq!(counts(&events.collect(NOW, true)), [1]);
    }

    #[test]
    fn more_than_fit_are_dropped_and_counted() {
        let events = Events::default();
        for number in 0..u32::try_from(GATHERED_MAX).unwrap() + 5 {
            let address = std::net::Ipv4Addr::from_bits(number).to_string();
            events.raise(happened(EventKind::FailuresByAddress, &address, NOW));
        }
        assert_eq!(events.dropped(), 5);
        assert_eq!(events.collect(NOW, false).len(), GATHERED_MAX);
    }
}
