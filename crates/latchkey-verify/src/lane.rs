//! Where argon2id runs: a few threads of their own at the lowest priority, so that keys seen for the first time do not
//! take the processor away from those that are known. Bounded: what does not fit is told that nobody can tell.
//!
//! The priority is a thread's own on Linux alone. Elsewhere `setpriority` is about the whole process, so the threads run
//! at the normal one, and only their number bounds what they take.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use latchkey_core::PlaintextKey;
use latchkey_core::digest::Workspace;
use latchkey_store::VerifyEntry;
use siphasher::sip128::Hash128;
use tokio::sync::oneshot;

use crate::entry::Lasting;
use crate::question::CannotTell;

/// One text to be checked.
pub(crate) struct Job {
    /// The text. A copy, wiped when the job is done.
    pub(crate) key: PlaintextKey,
    /// Its print in memory.
    pub(crate) print: Hash128,
    /// Whose digest it is checked against.
    pub(crate) look: Arc<VerifyEntry>,
    /// Where the result stands from then on.
    pub(crate) lasting: Arc<Lasting>,
    /// Told whether it matches.
    pub(crate) done: oneshot::Sender<bool>,
}

/// The lane. Dropped, it ends after what is at work.
pub(crate) struct Lane {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    room: usize,
    runs: AtomicU64,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    ended: bool,
}

impl Lane {
    /// Starts `threads` threads, one at least, before which `room` jobs may wait.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(threads: usize, room: usize) -> io::Result<Self> {
        let shared =
            Arc::new(Shared { queue: Mutex::default(), wake: Condvar::new(), room, runs: AtomicU64::new(0) });
        let start = |_| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new().name("argon2id".to_owned()).spawn(move || shared.work())
        };
        let threads = (0..threads.max(1)).map(start).collect::<io::Result<_>>()?;
        Ok(Self { shared, threads })
    }

    /// Puts a job at the end.
    ///
    /// # Errors
    /// [`CannotTell`]: the queue is full.
    pub(crate) fn submit(&self, job: Job) -> Result<(), CannotTell> {
        let mut queue = self.shared.held();
        if queue.jobs.len() >= self.shared.room {
            return Err(CannotTell {
                why: "Too many keys are seen for the first time at once. Try again in a moment.",
                retry_after: Duration::from_secs(1),
            });
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.held().jobs.len()
    }

    /// How often argon2id ran.
    pub(crate) fn runs(&self) -> u64 {
        self.shared.runs.load(Ordering::Relaxed)
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let mut queue = self.shared.held();
        queue.ended = true;
        queue.jobs.clear();
        drop(queue);
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            // A computation takes a few milliseconds, or the thread has ended already.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        step_back();
        let mut workspace = Workspace::default();
        while let Some(job) = self.next() {
            // Whoever asked may have gone.
            if job.done.is_closed() {
                continue;
            }
            self.runs.fetch_add(1, Ordering::Relaxed);
            let matches = job.look.secret.digest.matches_in(&job.key, &mut workspace);
            if matches {
                let _ = job.lasting.proof.set(job.print);
            } else {
                *job.lasting.wrong.lock().unwrap_or_else(PoisonError::into_inner) = Some(job.print);
            }
            let _ = job.done.send(matches);
        }
    }

    fn next(&self) -> Option<Job> {
        let mut queue = self.held();
        loop {
            if queue.ended {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Gives this thread the lowest priority, where a thread has one of its own.
#[cfg(target_os = "linux")]
fn step_back() {
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::warn!(%error, "the threads of argon2id keep the normal priority");
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}
