//! The time that counts for verifications: the given clock set against the database's, and never before a time that
//! counted already. Measures nothing itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use latchkey_core::time::Floor;
use latchkey_core::{Clock, Timestamp};
use latchkey_store::ClockOffset;

/// From here on the difference is said loudly, in milliseconds.
const LOUD: i64 = 2_000;

/// The clock of one verifier.
pub(crate) struct Hands {
    clock: Arc<dyn Clock>,
    /// Milliseconds to add to it.
    add: AtomicI64,
    floor: Floor,
}

impl Hands {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, add: AtomicI64::new(0), floor: Floor::default() }
    }

    /// The time that counts.
    pub(crate) fn now(&self) -> Timestamp {
        self.counted(self.shown())
    }

    /// What the clock shows, which may go back.
    pub(crate) fn shown(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time that counts when the clock shows this.
    pub(crate) fn counted(&self, shown: Timestamp) -> Timestamp {
        let add = self.add.load(Ordering::Relaxed);
        self.floor.raise(Timestamp::from_millis(shown.as_millis().saturating_add(add)))
    }

    /// It is not earlier than this: something that the store holds was written then.
    pub(crate) fn is_past(&self, written: Timestamp) {
        self.floor.raise(written);
    }

    /// Sets it against the database's clock. A measurement that is not exact enough to say that the last one was wrong
    /// changes nothing: a database that was slow to answer moves nobody's deadline.
    pub(crate) fn set(&self, offset: ClockOffset) {
        let millis = offset.add.as_millis();
        let add = if offset.behind { -millis } else { millis };
        let before = self.offset();
        if (add - before).abs() <= offset.uncertainty.as_millis() {
            return;
        }
        self.add.store(add, Ordering::Relaxed);
        if add.abs() > LOUD && (add - before).abs() > LOUD {
            tracing::error!(
                milliseconds = add,
                uncertainty = offset.uncertainty.as_millis(),
                "this computer's clock differs from the database's; verifications go by the database's. Set the clock"
            );
        }
    }

    /// Milliseconds that are added to the clock.
    pub(crate) fn offset(&self) -> i64 {
        self.add.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_core::Span;
    use latchkey_core::time::ManualClock;

    const START: Timestamp = Timestamp::from_millis(1_795_262_400_000);

    fn offset(millis: i64) -> ClockOffset {
        ClockOffset {
            add: Span::from_millis(millis.abs()),
            behind: millis < 0,
            uncertainty: Span::from_millis(1),
        }
    }

    #[test]
    fn the_databases_clock_counts_and_neither_clock_takes_the_time_back() {
        let clock = Arc::new(ManualClock::at(START));
        let hands = Hands::new(clock.clone());
        assert_eq!(hands.now(), START);
        hands.set(offset(-3_000));
        assert_eq!(hands.now(), START, "what counted already stays");
        clock.advance(Span::from_millis(4_000));
        assert_eq!(hands.now(), START.plus(Span::from_millis(1_000)));
        hands.set(offset(5_000));
        assert_eq!(hands.now(), START.plus(Span::from_millis(9_000)));
        hands.set(ClockOffset { uncertainty: Span::from_millis(900), ..offset(5_900) });
        assert_eq!(hands.offset(), 5_000, "it may as well be what was measured before");
        hands.set(ClockOffset { uncertainty: Span::from_millis(900), ..offset(6_000) });
        assert_eq!(hands.offset(), 6_000);
        hands.set(offset(5_000));
        clock.set(START);
        assert_eq!(hands.now(), START.plus(Span::from_millis(9_000)));
        hands.is_past(START.plus(Span::hours(1)));
        assert_eq!(hands.now(), START.plus(Span::hours(1)));
    }
}
