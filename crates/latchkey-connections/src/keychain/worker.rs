//! The one thread on which the keychain is called, and how callers wait for it: a short while for their turn,
//! longer for a person. A call that nobody waits for any more is not made.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::platform::{Desk, Platform};
use crate::keychain_state::{KeychainState, KeychainWords};

type Job = Box<dyn FnOnce(&mut Desk) + Send>;
type Said<T> = Result<T, KeychainWords>;

/// Where calls are handed to the thread, which starts with the first.
pub(super) struct Worker {
    jobs: Mutex<Jobs>,
    turn_within: Duration,
    answered_within: Duration,
}

enum Jobs {
    NotStarted(Box<dyn Platform>),
    To(Sender<Job>),
    Gone,
}

impl Worker {
    pub(super) const fn new(
        platform: Box<dyn Platform>,
        turn_within: Duration,
        answered_within: Duration,
    ) -> Self {
        Self { jobs: Mutex::new(Jobs::NotStarted(platform)), turn_within, answered_within }
    }

    /// Makes a call on the thread.
    pub(super) async fn run<T, F>(&self, call: F) -> Said<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Desk) -> Said<T> + Send + 'static,
    {
        let (begins, begun) = oneshot::channel::<()>();
        let (answers, answer) = oneshot::channel();
        self.hand_over(Box::new(move |desk| {
            // Whoever gave up before its turn wants nothing any more.
            if begins.send(()).is_ok() && !answers.is_closed() {
                let _ = answers.send(call(desk));
            }
        }))?;
        match tokio::time::timeout(self.turn_within, begun).await {
            Err(_) => return Err(KeychainWords::waiting()),
            Ok(Err(_)) => return Err(failed()),
            Ok(Ok(())) => {}
        }
        match tokio::time::timeout(self.answered_within, answer).await {
            Err(_) => Err(KeychainWords::waiting()),
            Ok(Err(_)) => Err(failed()),
            Ok(Ok(said)) => said,
        }
    }

    fn hand_over(&self, job: Job) -> Said<()> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*jobs, Jobs::NotStarted(_))
            && let Jobs::NotStarted(platform) = std::mem::replace(&mut *jobs, Jobs::Gone)
        {
            *jobs = Jobs::To(start(platform)?);
        }
        match &*jobs {
            Jobs::To(sender) => sender.send(job).map_err(|_| failed()),
            Jobs::NotStarted(_) | Jobs::Gone => Err(failed()),
        }
    }
}

fn start(platform: Box<dyn Platform>) -> Said<Sender<Job>> {
    let (sender, jobs) = channel::<Job>();
    let thread = thread::Builder::new().name("keychain".to_owned());
    let started = thread.spawn(move || {
        let mut desk = Desk::new(platform);
        while let Ok(job) = jobs.recv() {
            job(&mut desk);
        }
    });
    started.map(|_| sender).map_err(|error| {
        tracing::error!(%error, "the keychain's thread does not start");
        failed()
    })
}

fn failed() -> KeychainWords {
    KeychainWords::of(KeychainState::Failed)
}
