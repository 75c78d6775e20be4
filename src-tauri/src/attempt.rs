//! What a person can give up on: an opening, a test. Whatever begins ends the waiting for what began before
//! it. Knows no store.

use std::future::Future;
use std::pin::Pin;

use latchkey_core::{AdminError, ErrorCode};
use tokio::sync::watch;

/// Work that goes on whoever waits for it.
pub type Work<T> = Pin<Box<dyn Future<Output = Result<T, AdminError>> + Send>>;

/// Attempts of one kind, of which the last one counts.
pub struct Attempts(watch::Sender<u64>);

impl Attempts {
    /// None has begun.
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Begins one; the one before is cancelled.
    pub fn begin(&self) -> Attempt {
        let mut number = 0;
        // In one go: of two that begin in the same moment one counts, not both.
        self.0.send_modify(|count| {
            *count += 1;
            number = *count;
        });
        Attempt { number, counts: self.0.subscribe() }
    }

    /// Cancels what is under way.
    pub fn cancel(&self) {
        self.0.send_modify(|count| *count += 1);
    }
}

/// One attempt.
pub struct Attempt {
    number: u64,
    counts: watch::Receiver<u64>,
}

impl Attempt {
    /// Its number; no other of its kind has it.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Whether it was neither cancelled nor followed by another.
    pub fn is_wanted(&self) -> bool {
        *self.counts.borrow() == self.number
    }

    /// Waits for `work` as long as it is wanted; then drops it.
    ///
    /// # Errors
    /// As the work; `busy` when it was cancelled.
    pub async fn wait<T>(&self, work: impl Future<Output = Result<T, AdminError>>) -> Result<T, AdminError> {
        let mut counts = self.counts.clone();
        let ended = async move {
            // An error means that there is nobody left who could cancel; nobody waits then either.
            let _ = counts.wait_for(|count| *count != self.number).await;
        };
        tokio::select! {
            biased;
            () = ended => Err(cancelled()),
            result = work => result,
        }
    }

    /// Waits for `work`, which goes on to its end whoever waits: it changes something. What comes after it was
    /// cancelled goes to `late`.
    ///
    /// # Errors
    /// As the work; `busy` when it was cancelled; `internal` when it panicked.
    pub async fn see_through<T: Send + 'static, L: Future<Output = ()> + Send>(
        &self,
        work: Work<T>,
        late: impl FnOnce(T) -> L + Send + 'static,
    ) -> Result<T, AdminError> {
        let (say, answer) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            // Nobody takes it: it came late.
            if let Err(Ok(value)) = say.send(work.await) {
                late(value).await;
            }
        });
        self.wait(async { answer.await.unwrap_or_else(|_| Err(AdminError::internal())) }).await
    }
}

/// Nobody waits for it any more.
pub fn cancelled() -> AdminError {
    AdminError::new(ErrorCode::Busy, "Cancelled.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_cancelled_or_followed_is_dropped_and_the_last_one_counts() {
        let attempts = Attempts::new();
        let (_never_said, never) = tokio::sync::oneshot::channel::<()>();
        let first = attempts.begin();
        assert!(first.is_wanted());
        let second = attempts.begin();
        let waited = first.wait(async { never.await.map_err(|_| AdminError::internal()) }).await;
        assert_eq!(waited.unwrap_err(), cancelled());
        assert!(!first.is_wanted());
        assert_eq!(second.wait(async { Ok(7) }).await, Ok(7));
        attempts.cancel();
        assert_eq!(second.wait(async { Ok(7) }).await, Err(cancelled()));
    }

    #[test]
    fn of_those_that_begin_in_the_same_moment_one_counts() {
        let attempts = Attempts::new();
        for round in 0..500 {
            let together = std::sync::Barrier::new(2);
            let begin = || {
                together.wait();
                attempts.begin()
            };
            let (one, other) = std::thread::scope(|threads| {
                let one = threads.spawn(begin);
                (begin(), one.join().unwrap())
            });
            assert_ne!(one.is_wanted(), other.is_wanted(), "round {round}");
        }
    }

    #[tokio::test]
    async fn what_is_seen_through_goes_on_when_cancelled_and_its_result_goes_to_who_clears_up() {
        let attempts = Attempts::new();
        let attempt = attempts.begin();
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let (tell, told) = tokio::sync::oneshot::channel();
        let work = Box::pin(async move {
            gone.await.map_err(|_| AdminError::internal())?;
            Ok(7)
        });
        let late = |value| async move { tell.send(value).unwrap() };
        attempts.cancel();
        assert_eq!(attempt.see_through(work, late).await, Err(cancelled()));
        go.send(()).unwrap();
        assert_eq!(told.await, Ok(7));
        assert_eq!(attempts.begin().see_through(Box::pin(async { Ok(8) }), |_| async {}).await, Ok(8));
    }
}
