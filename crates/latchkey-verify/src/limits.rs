//! Rate limits of one key: fixed windows that begin at whole multiples of their length since 1970, all counted or none.
//! Which windows a tier has is core's; nothing here waits or allocates.
//!
//! Fixed and aligned rather than sliding: `X-RateLimit-Reset` is then an exact promise, the same in every process, and
//! one word of memory holds a window. The price is known: around a reset a key may do twice its limit.

use std::sync::atomic::{AtomicU64, Ordering};

use latchkey_core::rate_limit::{RateLimit, Window};
use latchkey_core::{Span, Timestamp};

/// The windows of one key with what was let through in each.
pub(crate) struct Limits(Box<[Counted]>);

struct Counted {
    window: Window,
    /// Which window since 1970 (the upper half), and how many were let through in it (the lower).
    state: AtomicU64,
}

/// Whether a request is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Whether it is.
    pub(crate) through: bool,
    /// The window that is closest to being used up: the fewest left, and of equals the one that lasts longer.
    pub(crate) closest: RateLimit,
}

impl Limits {
    /// Nothing counted yet, but for what `before` counted in windows of the same length. `None` without a window.
    pub(crate) fn new(windows: Vec<Window>, before: Option<&Self>) -> Option<Self> {
        let counted = |window: Window| {
            let old = before.and_then(|old| old.0.iter().find(|old| old.window.per == window.per));
            let state = old.map_or(0, |old| old.state.load(Ordering::Acquire));
            Counted { window, state: AtomicU64::new(state) }
        };
        let counted: Box<[Counted]> = windows.into_iter().map(counted).collect();
        if counted.is_empty() { None } else { Some(Self(counted)) }
    }

    /// Whether these are the windows.
    pub(crate) fn are(&self, windows: &[Window]) -> bool {
        self.0.iter().map(|counted| counted.window).eq(windows.iter().copied())
    }

    /// Counts one request in every window, or, where one of them is used up, in none.
    pub(crate) fn take(&self, now: Timestamp) -> Taken {
        let mut closest: Option<RateLimit> = None;
        for (place, counted) in self.0.iter().enumerate() {
            let Some(limit) = counted.count(now) else {
                for before in &self.0[..place] {
                    before.give_back(now);
                }
                return self.refused(now, counted);
            };
            closest = Some(closest.map_or(limit, |closest| closer(closest, limit)));
        }
        let nothing = RateLimit { limit: 0, remaining: 0, reset_at: now };
        Taken { through: true, closest: closest.unwrap_or(nothing) }
    }

    /// Of all windows that are used up, the one that lasts longest: before that, trying again is in vain.
    fn refused(&self, now: Timestamp, first: &Counted) -> Taken {
        let used_up = self.0.iter().map(|counted| counted.seen(now)).filter(|limit| limit.remaining == 0);
        let longest = used_up.max_by_key(|limit| limit.reset_at).unwrap_or_else(|| first.seen(now));
        Taken { through: false, closest: longest }
    }
}

/// The number of a window modulo 2^32.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // that is meant
const fn short(index: i64) -> u32 {
    index as u32
}

#[allow(clippy::cast_possible_truncation)] // the upper half
const fn high(state: u64) -> u32 {
    (state >> 32) as u32
}

#[allow(clippy::cast_possible_truncation)] // the lower half
const fn low(state: u64) -> u32 {
    state as u32
}

fn joined(index: i64, count: u32) -> u64 {
    u64::from(short(index)) << 32 | u64::from(count)
}

fn closer(one: RateLimit, other: RateLimit) -> RateLimit {
    let key = |limit: &RateLimit| (limit.remaining, std::cmp::Reverse(limit.reset_at));
    if key(&other) < key(&one) { other } else { one }
}

impl Counted {
    /// What is told of this window.
    fn told(&self, index: i64, count: u32) -> RateLimit {
        let Window { limit, per } = self.window;
        let reset_at = Timestamp::from_millis(index.saturating_add(1).saturating_mul(per.as_millis()));
        RateLimit { limit, remaining: limit.saturating_sub(count), reset_at }
    }

    fn index(&self, now: Timestamp) -> i64 {
        now.as_millis().div_euclid(self.window.per.as_millis().max(Span::from_millis(1).as_millis()))
    }

    /// The window that `state` is about, and its count. Windows are numbered modulo 2^32: with the shortest, one second,
    /// that is 136 years.
    fn read(&self, state: u64, now: Timestamp) -> (i64, u32) {
        let index = self.index(now);
        let (told, count) = (high(state), low(state));
        // How far the counted window lies from now's: behind it nothing is counted yet; ahead of it, another thread
        // was later and begun a new one already.
        let ahead = i64::from(told.wrapping_sub(short(index)).cast_signed());
        if (0..1_000).contains(&ahead) { (index + ahead, count) } else { (index, 0) }
    }

    /// Counts one, unless the window is used up.
    fn count(&self, now: Timestamp) -> Option<RateLimit> {
        let mut state = self.state.load(Ordering::Acquire);
        loop {
            let (index, count) = self.read(state, now);
            if count >= self.window.limit {
                return None;
            }
            let next = joined(index, count + 1);
            match self.state.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(self.told(index, count + 1)),
                Err(other) => state = other,
            }
        }
    }

    fn give_back(&self, now: Timestamp) {
        let mut state = self.state.load(Ordering::Acquire);
        loop {
            let (index, count) = self.read(state, now);
            let next = joined(index, count.saturating_sub(1));
            match self.state.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(other) => state = other,
            }
        }
    }

    fn seen(&self, now: Timestamp) -> RateLimit {
        let (index, count) = self.read(self.state.load(Ordering::Acquire), now);
        self.told(index, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    /// The beginning of an hour.
    const START: i64 = 1_795_262_400_000;

    fn limits(windows: &[(u32, i64)]) -> Limits {
        Limits::new(windows.iter().map(|(limit, per)| window(*limit, *per)).collect(), None).unwrap()
    }

    fn window(limit: u32, per: i64) -> Window {
        Window { limit, per: Span::from_millis(per) }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(START + millis)
    }

    fn told(limits: &Limits, millis: i64) -> (bool, u32, u32, i64) {
        let Taken { through, closest } = limits.take(at(millis));
        (through, closest.limit, closest.remaining, closest.reset_at.as_millis() - START)
    }

    #[test]
    fn a_window_lets_so_many_through_and_begins_anew_at_its_end() {
        let limits = limits(&[(2, MINUTE)]);
        assert_eq!(told(&limits, 10), (true, 2, 1, MINUTE));
        assert_eq!(told(&limits, 59_999), (true, 2, 0, MINUTE));
        assert_eq!(told(&limits, 59_999), (false, 2, 0, MINUTE));
        assert_eq!(told(&limits, MINUTE), (true, 2, 1, 2 * MINUTE));
    }

    #[test]
    fn the_window_closest_to_its_end_is_told_and_a_refusal_uses_up_nothing() {
        let limits = limits(&[(3, MINUTE), (4, HOUR)]);
        assert_eq!(told(&limits, 0), (true, 3, 2, MINUTE));
        assert_eq!(told(&limits, 1), (true, 3, 1, MINUTE));
        assert_eq!(told(&limits, 2), (true, 3, 0, MINUTE));
        for _ in 0..10 {
            assert_eq!(told(&limits, 3), (false, 3, 0, MINUTE));
        }
        // The hour counted three and lets one more through.
        assert_eq!(told(&limits, MINUTE), (true, 4, 0, HOUR));
        assert_eq!(told(&limits, MINUTE), (false, 4, 0, HOUR));
        assert_eq!(told(&limits, HOUR), (true, 3, 2, HOUR + MINUTE));
    }

    #[test]
    fn of_equals_the_longer_window_is_told() {
        assert_eq!(told(&limits(&[(3, MINUTE), (3, HOUR)]), 0), (true, 3, 2, HOUR));
    }

    #[test]
    fn a_thread_that_is_a_little_late_counts_in_the_window_that_has_begun() {
        let limits = limits(&[(2, MINUTE)]);
        assert_eq!(told(&limits, MINUTE), (true, 2, 1, 2 * MINUTE));
        assert_eq!(told(&limits, MINUTE - 1), (true, 2, 0, 2 * MINUTE));
        assert_eq!(told(&limits, MINUTE - 1), (false, 2, 0, 2 * MINUTE));
    }

    #[test]
    fn counts_go_on_where_a_tier_changes_and_the_length_stays() {
        let first = limits(&[(2, MINUTE), (9, HOUR)]);
        assert!(first.take(at(0)).through && first.take(at(0)).through);
        let second = Limits::new(vec![window(3, MINUTE)], Some(&first)).unwrap();
        assert_eq!(told(&second, 0), (true, 3, 0, MINUTE));
        assert_eq!(told(&second, 0), (false, 3, 0, MINUTE));
        assert!(second.are(&[window(3, MINUTE)]) && !second.are(&[window(2, MINUTE)]));
    }

    #[test]
    fn of_many_at_once_exactly_as_many_as_the_limit_come_through() {
        let limits = limits(&[(1_000, MINUTE)]);
        let through = std::thread::scope(|scope| {
            let one = || (0..500).filter(|_| limits.take(at(5)).through).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(through, 1_000);
    }
}
