//! The verifier: the one thing that services, the server and the tower layer ask.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use latchkey_core::operations::{EventKind, TenantSelector};
use latchkey_core::verification::Outcome;
use latchkey_core::{AdminError, Clock, Timestamp};
use latchkey_store::{Store, TenantLook, VerifyEntry};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::addresses::Failures;
use crate::clock::Hands;
use crate::cold::LookUps;
use crate::counting::Usage;
use crate::deciding::Said;
use crate::events::Events;
use crate::feed::Feed;
use crate::lane::Lane;
use crate::memory::Memory;
use crate::question::{CannotTell, ClientIp, Question, Verdict};
use crate::settings::Settings;
use crate::shared::Shared;
use crate::stats::{Counters, Stats};
use crate::writing::Errands;

/// How often a key is looked up anew because it changed while it was looked up.
const ROUNDS: usize = 16;

/// Says whether keys are good. Cloning is cheap; all clones share one memory.
#[derive(Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
    life: Arc<Life>,
}

/// The tasks behind a verifier. They end with its last clone.
struct Life {
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
}

impl Verifier {
    /// Begins to follow `store`, by `clock`. Needs a tokio runtime.
    ///
    /// # Errors
    /// `busy`, `unreachable`: the first look at the store failed. `store_unusable`: it is a standby, which may lie any
    /// time behind. `internal`: the system gives no thread.
    pub async fn start(store: Store, clock: Arc<dyn Clock>, settings: Settings) -> Result<Self, AdminError> {
        let lane = Lane::start(settings.lane_threads, settings.lane_queue).map_err(|error| {
            tracing::error!(%error, "no thread for argon2id");
            AdminError::internal()
        })?;
        let shared = Arc::new(Shared {
            store,
            hands: Hands::new(clock),
            memory: Memory::new(&mut UnwrapErr(SysRng)),
            feed: Feed::new(&settings),
            look_ups: LookUps::new(),
            lane,
            failures: Failures::new(settings.failures_per_minute, settings.failures_event),
            usage: Usage::default(),
            events: Events::default(),
            errands: Errands::new(),
            counters: Counters::default(),
            settings,
        });
        shared.set_clock().await;
        shared.first_look().await?;
        let life = Life { stop: watch::Sender::new(false), tasks: Mutex::default() };
        let verifier = Self { shared, life: Arc::new(life) };
        verifier.begin();
        Ok(verifier)
    }

    fn begin(&self) {
        let mut tasks = self.life.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut until_the_end = |work: fn(Arc<Shared>) -> Work| {
            let mut stopped = self.life.stop.subscribe();
            let work = work(Arc::clone(&self.shared));
            tasks.spawn(async move {
                tokio::select! {
                    // Told to stop, or the last clone is gone.
                    _ = stopped.wait_for(|stop| *stop) => {}
                    () = work => {}
                }
            });
        };
        until_the_end(|shared| Box::pin(async move { Box::pin(shared.follow()).await }));
        until_the_end(|shared| Box::pin(async move { shared.make_look_ups().await }));
        until_the_end(|shared| Box::pin(async move { shared.write_regularly().await }));
        if self.shared.settings.follow_clock {
            until_the_end(|shared| Box::pin(async move { shared.follow_clock().await }));
        }
        let (shared, stopped) = (Arc::clone(&self.shared), self.life.stop.subscribe());
        tasks.spawn(async move { shared.run_errands(stopped).await });
    }

    /// Answers from memory alone, recorded and counted; `None` where the store or argon2id must be asked.
    #[must_use]
    pub fn verify_warm(&self, key: &str, question: &Question, from: ClientIp) -> Option<Verdict> {
        match self.shared.ask(key, question, from) {
            Said::Verdict(verdict) => Some(verdict),
            Said::Strict | Said::Cold(_) | Said::Unproven(..) => None,
        }
    }

    /// Says whether `key` is good for what is asked; recorded, counted and limited.
    ///
    /// # Errors
    /// [`CannotTell`].
    pub async fn verify(
        &self,
        key: &str,
        question: &Question,
        from: ClientIp,
    ) -> Result<Verdict, CannotTell> {
        if let Some(verdict) = self.verify_warm(key, question, from) {
            return Ok(verdict);
        }
        // Apart, so that who is answered from memory carries no room for waiting.
        let verdict = Box::pin(self.verify_cold(key, question, from)).await;
        match verdict {
            Ok(_) => self.shared.counters.was_cold(),
            Err(_) => self.shared.counters.could_not_tell(),
        }
        verdict
    }

    async fn verify_cold(
        &self,
        key: &str,
        question: &Question,
        from: ClientIp,
    ) -> Result<Verdict, CannotTell> {
        for _ in 0..ROUNDS {
            match self.shared.ask(key, question, from) {
                Said::Verdict(verdict) => return Ok(verdict),
                Said::Strict => self.shared.feed.look().await?,
                Said::Cold(id) => self.shared.look_up(id).await?,
                Said::Unproven(unproven, print) => {
                    if !self.shared.prove(key, print, unproven).await? {
                        let now = self.shared.hands.now();
                        return Ok(self.shared.refuse(Outcome::NotFound, question.blames(from), now));
                    }
                }
            }
        }
        Err(CannotTell {
            why: "The key changes faster than it can be read. Try again in a moment.",
            retry_after: Duration::from_secs(1),
        })
    }

    /// The tenant that a service means, from memory.
    #[must_use]
    pub fn tenant(&self, selector: &TenantSelector) -> Option<TenantLook> {
        self.shared.feed.tenant(selector)
    }

    /// The same for sure: where memory is too old to say that there is no such tenant, after a look at the store, which
    /// all who ask at once share. While memory is fresh a name costs the store nothing, since anybody may make one up.
    ///
    /// # Errors
    /// [`CannotTell`] where the store does not answer.
    pub async fn find_tenant(&self, selector: &TenantSelector) -> Result<Option<TenantLook>, CannotTell> {
        let known = self.tenant(selector);
        if known.is_some() || !self.shared.feed.is_strict(self.shared.hands.shown()) {
            return Ok(known);
        }
        Box::pin(self.look()).await?;
        Ok(self.tenant(selector))
    }

    /// Takes in every change that is committed by now, for whoever wants to know whether the store answers, or what
    /// somebody else changed. Where it does not answer, memory is believed for as long as before.
    ///
    /// # Errors
    /// [`CannotTell`] where the store does not answer.
    pub async fn look(&self) -> Result<(), CannotTell> {
        self.shared.feed.look().await
    }

    /// The same after a change that was made in this process: after it, no verification in this process answers by what
    /// stood before. The server awaits it before it answers a change.
    ///
    /// # Errors
    /// [`CannotTell`] where the store does not answer; the verifier then refuses to answer from memory until it has
    /// caught up.
    pub async fn catch_up(&self) -> Result<(), CannotTell> {
        self.shared.feed.catch_up().await
    }

    /// Raises the event that somebody was refused by the admin API, from this address: with the entry of the verdict
    /// where there is one, which says whose key it was. The verifier does not raise it by itself.
    pub fn raise_operator_refused(&self, from: ClientIp, outcome: Outcome, entry: Option<&VerifyEntry>) {
        let now = self.shared.hands.now();
        self.shared.raise(EventKind::OperatorRefused, outcome, from, now, entry, 1);
    }

    /// The time that counts for verifications: the store's, where it has a clock, and never earlier than before.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.hands.now()
    }

    /// A number that is another one after the tenants were read anew: they changed, or the store has another history. Who
    /// keeps a tenant keeps it with the number that stood before it was looked for, and looks again when that has changed.
    #[must_use]
    pub fn tenants_reading(&self) -> u64 {
        self.shared.feed.tenants_reading()
    }

    /// The number of the revision up to which changes are taken in.
    #[must_use]
    pub fn revision(&self) -> i64 {
        self.shared.feed.revision()
    }

    /// How long it is until then, by the time that counts for verifications.
    #[must_use]
    pub fn until(&self, at: Timestamp) -> Duration {
        let span = at.since(self.now());
        Duration::from_millis(span.as_millis().unsigned_abs())
    }

    /// How it stands, for metrics.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let Shared { memory, feed, hands, lane, usage, events, counters, .. } = self.shared.as_ref();
        Stats {
            argon2_runs: lane.runs(),
            lane_queue: lane.waiting(),
            entries: memory.len(),
            feed_age: feed.age(),
            strict: feed.is_strict(hands.shown()),
            revision: feed.revision(),
            clock_offset: hands.offset(),
            events_dropped: events.dropped(),
            usage_dropped: usage.dropped(),
            ..counters.read()
        }
    }

    /// Writes what was gathered, confirms the first uses that wait (for 5 s at most), and ends: no change is followed any more, so that memory is believed for as long as
    /// `strict_after` says and no longer.
    pub async fn stop(&self) {
        self.life.stop.send_replace(true);
        let mut tasks = std::mem::take(&mut *self.life.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        while tasks.join_next().await.is_some() {}
        self.shared.write_everything().await;
    }
}

type Work = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
