//! What is true while services ask and faults happen: which keys are good, dead, nobody's or die meanwhile, and since
//! when the store is away. Judges every answer by it. Makes no fault.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use latchkey_core::PlaintextKey;
use latchkey_core::key_format::KeyFormat;
use latchkey_tests::replicas::{Asker, Said};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// From then on memory is not believed: docs/server.md, `strict_after`.
pub const STRICT_AFTER: Duration = Duration::from_secs(5);
/// Within this, memory is surely believed: what it holds was looked at within the second before.
const SURELY_BELIEVED: Duration = Duration::from_secs(3);

/// A key that dies during the test.
#[derive(Clone)]
pub struct Doomed {
    pub key: Arc<PlaintextKey>,
    /// Since when it may be refused.
    pub asked_to_die: Option<Instant>,
    /// When its death was acknowledged.
    pub died: Option<Instant>,
}

/// The truth.
pub struct World {
    pub good: Vec<Arc<PlaintextKey>>,
    pub dead: Arc<PlaintextKey>,
    pub doomed: Mutex<Option<Doomed>>,
    /// Since when the store has been away.
    pub away: Mutex<Option<Instant>>,
    unknown: AtomicU64,
    pub counted: Counted,
}

/// What was said.
#[derive(Default)]
pub struct Counted {
    pub all: AtomicUsize,
    pub untold: AtomicUsize,
    /// Good keys, while the store was away and memory was believed.
    pub yes_from_memory: AtomicUsize,
}

impl World {
    pub fn new(good: Vec<PlaintextKey>, dead: PlaintextKey) -> Self {
        Self {
            good: good.into_iter().map(Arc::new).collect(),
            dead: Arc::new(dead),
            doomed: Mutex::default(),
            away: Mutex::default(),
            unknown: AtomicU64::default(),
            counted: Counted::default(),
        }
    }

    /// A well-spelled key that is nobody's and was never asked for.
    pub fn unknown(&self) -> PlaintextKey {
        let number = self.unknown.fetch_add(1, Ordering::SeqCst);
        KeyFormat::with_head("sk_live_").draw(&mut StdRng::seed_from_u64(number)).0
    }

    /// Asks for a key of the next kind in turn, and judges what is said.
    pub async fn ask(&self, asker: &mut Asker, turn: usize) {
        let (before, sent) = (self.since(), Instant::now());
        let doomed = self.doomed.lock().unwrap().clone();
        let said = match (turn % 4, &doomed) {
            (0, _) => asker.ask(&self.dead).await,
            (1, _) => asker.ask(&self.unknown()).await,
            (2, Some(doomed)) => asker.ask(&doomed.key).await,
            _ => asker.ask(&self.good[turn % self.good.len()]).await,
        };
        // While it was asked the store did not come or go.
        let away = before.filter(|since| self.since() == Some(*since));
        let away = away.map(|since| sent.duration_since(since));
        match (turn % 4, &doomed) {
            (0, _) => assert_ne!(said, Said::Yes, "a dead key"),
            (1, _) => {
                assert_ne!(said, Said::Yes, "nobody's key");
                assert!(away.is_none() || said == Said::CannotTell, "nobody could look for this key");
            }
            (2, Some(doomed)) => Self::judge(&self.now(doomed), sent, said),
            _ => {
                assert_ne!(said, Said::No, "a good key, with the store away for {away:?}");
                if away.is_some_and(|away| away < SURELY_BELIEVED) && said == Said::Yes {
                    self.counted.yes_from_memory.fetch_add(1, Ordering::SeqCst);
                }
            }
        }
        if away.is_some_and(|away| away > STRICT_AFTER) {
            assert_eq!(said, Said::CannotTell, "nobody could know this");
        }
        self.counted.all.fetch_add(1, Ordering::SeqCst);
        self.counted.untold.fetch_add(usize::from(said == Said::CannotTell), Ordering::SeqCst);
    }

    fn since(&self) -> Option<Instant> {
        *self.away.lock().unwrap()
    }

    /// The same key as it stands now, where it is still asked for: what was done meanwhile counts in favour of a no.
    fn now(&self, doomed: &Doomed) -> Doomed {
        let now = self.doomed.lock().unwrap().clone();
        now.filter(|now| Arc::ptr_eq(&now.key, &doomed.key)).unwrap_or_else(|| doomed.clone())
    }

    fn judge(doomed: &Doomed, sent: Instant, said: Said) {
        match said {
            Said::Yes => {
                let stale = doomed.died.map(|died| sent.saturating_duration_since(died));
                assert!(stale.is_none_or(|stale| stale <= STRICT_AFTER), "a yes, stale for {stale:?}");
            }
            Said::No => assert!(doomed.asked_to_die.is_some(), "a key that nobody had killed"),
            Said::CannotTell => {}
        }
    }
}
