//! Failed attempts by address: who guesses too often is not heard for the rest of the minute, unless with a key that is
//! in memory. Bounded, so that nobody fills it up from many addresses. Raises no event itself.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use latchkey_core::{Span, Timestamp};

use crate::question::ClientIp;

/// How many addresses are counted at once; beyond that the one that was counted first is let go.
const ADDRESSES: usize = 10_000;
/// Within which time failures are counted together, from the first.
const WITHIN: Span = Span::minutes(1);

/// Failures of addresses.
pub(crate) struct Failures {
    /// How many are allowed; 0: any number.
    allowed: u32,
    /// At how many an event is due; 0: never.
    event_at: u32,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    counted: HashMap<IpAddr, Counted>,
    /// In the order in which counting began. An address that was let go and came back stands in it twice; the number
    /// says which is meant.
    order: VecDeque<(IpAddr, u64)>,
    next: u64,
}

struct Counted {
    since: Timestamp,
    failures: u32,
    number: u64,
}

impl Failures {
    pub(crate) fn new(allowed: u32, event_at: u32) -> Self {
        // What is refused unheard is not counted: an event that is due after that would never be.
        let event_at = if allowed == 0 { event_at } else { event_at.min(allowed) };
        Self { allowed, event_at, table: Mutex::default() }
    }

    /// Until when this address is refused unheard, where it is. An unknown address never is.
    pub(crate) fn refused_until(&self, from: ClientIp, now: Timestamp) -> Option<Timestamp> {
        if self.allowed == 0 {
            return None;
        }
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = table.counted.get(&whose(from?))?;
        let until = counted.since.plus(WITHIN);
        (counted.failures >= self.allowed && now < until).then_some(until)
    }

    /// Counts a failure. Answers how many it is by now where that is worth an event.
    pub(crate) fn count(&self, from: ClientIp, now: Timestamp) -> Option<u32> {
        let address = whose(from?);
        if self.allowed == 0 && self.event_at == 0 {
            return None;
        }
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = table.count(address, now);
        (failures == self.event_at).then_some(failures)
    }
}

impl Table {
    fn count(&mut self, address: IpAddr, now: Timestamp) -> u32 {
        if let Some(counted) = self.counted.get_mut(&address)
            && now < counted.since.plus(WITHIN)
        {
            counted.failures = counted.failures.saturating_add(1);
            return counted.failures;
        }
        self.next += 1;
        let number = self.next;
        self.counted.insert(address, Counted { since: now, failures: 1, number });
        self.order.push_back((address, number));
        while self.counted.len() > ADDRESSES || self.order.len() > 2 * ADDRESSES {
            let Some((oldest, number)) = self.order.pop_front() else { break };
            if self.counted.get(&oldest).is_some_and(|counted| counted.number == number) {
                self.counted.remove(&oldest);
            }
        }
        1
    }
}

/// Who stands behind an address: of version 6 a provider gives everybody a /64.
pub(crate) fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_262_400_000);

    fn ip(text: &str) -> ClientIp {
        text.parse().ok()
    }

    #[test]
    fn an_address_is_refused_for_a_minute_after_as_many_failures_as_are_allowed() {
        let failures = Failures::new(3, 2);
        let told: Vec<Option<u32>> = (0..4).map(|_| failures.count(ip("203.0.113.9"), NOW)).collect();
        assert_eq!(told, [None, Some(2), None, None]);
        let until = NOW.plus(Span::minutes(1));
        assert_eq!(failures.refused_until(ip("203.0.113.9"), NOW), Some(until));
        assert_eq!(failures.refused_until(ip("::ffff:203.0.113.9"), NOW), Some(until));
        assert_eq!(failures.refused_until(ip("203.0.113.8"), NOW), None);
        assert_eq!(failures.refused_until(None, NOW), None);
        assert_eq!(failures.refused_until(ip("203.0.113.9"), until), None);
        assert_eq!(failures.count(ip("203.0.113.9"), until), None);
        assert_eq!(failures.refused_until(ip("203.0.113.9"), until), None);
    }

    #[test]
    fn who_is_refused_before_an_event_was_due_is_told_of_when_that_begins() {
        let failures = Failures::new(3, 100);
        let mut told = Vec::new();
        while failures.refused_until(ip("203.0.113.9"), NOW).is_none() {
            told.extend(failures.count(ip("203.0.113.9"), NOW));
        }
        assert_eq!(told, [3]);
        let silent = Failures::new(3, 0);
        assert!((0..9).all(|_| silent.count(ip("203.0.113.9"), NOW).is_none()), "0 is never");
    }

    #[test]
    fn a_whole_network_of_version_six_counts_as_one() {
        let failures = Failures::new(2, 0);
        failures.count(ip("2001:db8:0:1::1"), NOW);
        failures.count(ip("2001:db8:0:1:ffff::2"), NOW);
        assert!(failures.refused_until(ip("2001:db8:0:1::3"), NOW).is_some());
        assert!(failures.refused_until(ip("2001:db8:0:2::1"), NOW).is_none());
    }

    #[test]
    fn so_many_addresses_are_kept_and_the_oldest_is_let_go() {
        let failures = Failures::new(1, 0);
        let address = |number: usize| IpAddr::from(u32::try_from(number).unwrap().to_be_bytes());
        for number in 0..=ADDRESSES {
            failures.count(Some(address(number)), NOW);
        }
        assert_eq!(failures.table.lock().unwrap().counted.len(), ADDRESSES);
        assert!(failures.refused_until(Some(address(0)), NOW).is_none());
        assert!(failures.refused_until(Some(address(1)), NOW).is_some());
        // Minute by minute the same ones: what is kept does not grow.
        for minute in 0..50 {
            for number in 0..1_000 {
                failures.count(Some(address(number)), NOW.plus(Span::minutes(minute)));
            }
        }
        assert!(failures.table.lock().unwrap().order.len() <= 2 * ADDRESSES);
    }
}
