//! How long a change takes until another server refuses what was good before, and what many such times come to.

use std::fmt;
use std::time::{Duration, Instant};

use latchkey_core::PlaintextKey;
use tokio::time::sleep;

use super::{Admin, Asker, Change, Said};

/// How often the other server is asked meanwhile.
const ASKED_EVERY: Duration = Duration::from_millis(1);
/// When to give up: something is broken, not slow.
const GIVE_UP: Duration = Duration::from_secs(30);

/// Times of the same thing.
#[derive(Default)]
pub struct Delays(Vec<Duration>);

impl Delays {
    /// One round: a key that both servers know to be good, the change through the first, and the time from its
    /// acknowledgement until the other server's first refusal was read.
    ///
    /// # Panics
    /// Where the first server does not refuse the very next request, or the other ever says yes again.
    pub async fn measure(
        &mut self,
        admin: &Admin,
        first: &mut Asker,
        other: &mut Asker,
        change: Change,
        tenant: &str,
    ) -> Duration {
        let (key, plaintext) = change.subject(admin, tenant).await;
        for asker in [&mut *first, &mut *other] {
            assert_eq!(asker.ask(&plaintext).await, Said::Yes, "before {change:?}");
        }
        change.make(admin, &key).await;
        let acknowledged = Instant::now();
        let (here, delay) = tokio::join!(first.ask(&plaintext), refused(other, &plaintext, acknowledged));
        assert_eq!(here, Said::No, "the next request after {change:?} at the server that made it");
        assert_eq!(other.ask(&plaintext).await, Said::No, "{change:?} was taken back");
        self.0.push(delay);
        delay
    }

    /// The time within which so many of a hundred were done (nearest rank). Of none: nothing.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or_default()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |percent| self.percentile(percent).as_secs_f64() * 1e3;
        let (half, most, all) = (of(50), of(99), of(100));
        write!(f, "{} rounds: p50 {half:.1} ms, p99 {most:.1} ms, max {all:.1} ms", self.count())
    }
}

async fn refused(asker: &mut Asker, key: &PlaintextKey, since: Instant) -> Duration {
    loop {
        let said = asker.ask(key).await;
        let delay = since.elapsed();
        match said {
            Said::No => return delay,
            Said::CannotTell => panic!("a store that answers is said to be away after {delay:?}"),
            Said::Yes => assert!(delay < GIVE_UP, "it is never refused"),
        }
        sleep(ASKED_EVERY).await;
    }
}
