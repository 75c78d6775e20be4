//! How a change is told to other programs on the same PostgreSQL database, and how this one hears of
//! theirs: NOTIFY at every commit, LISTEN on one connection while somebody waits. Where nobody can listen
//! (SQLite, a pooler, a line that is lost) changes are looked for instead. Never carries what was changed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::dialect;
use crate::engine::{Engine, Pool, Tx};
use crate::fault::Outcome;
use crate::line::Line;
use crate::statement::sql;

/// The channel; which schema's store changed stands in the message.
const CHANNEL: &str = "latchkey";
/// How often changes are looked for where nobody tells of them.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often they are looked for nevertheless: a line that swallows everything looks like silence.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);
/// How long until the first try to listen again, and the longest.
const AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// Tells of this change when it is committed. SQLite has no such thing.
pub(crate) async fn tell(tx: &mut Tx) -> Outcome<()> {
    match tx {
        Engine::Sqlite(_) => Ok(()),
        Engine::Postgres(_) => sql(dialect::POSTGRES_TELL).run(tx).await.map(drop),
    }
}

/// Who listens for the changes of other programs, where there is anything to listen to.
#[derive(Default)]
pub(crate) struct Listening {
    hears: Arc<AtomicBool>,
    task: Mutex<Option<AbortHandle>>,
}

impl Listening {
    /// Begins to listen, the first time somebody waits; wakes `moved` at every change.
    pub(crate) fn begin(&self, pool: &Pool, schema: Option<&str>, moved: &Arc<Notify>) {
        let (Engine::Postgres(line), Some(schema)) = (pool, schema) else { return };
        if line.is_pooled() {
            return;
        }
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.is_none() {
            let listening = listen(line, schema.to_owned(), Arc::clone(moved), Arc::clone(&self.hears));
            *task = Some(listening);
        }
    }

    /// How long to wait until changes are looked for again, should nobody tell of one.
    pub(crate) fn pause(&self) -> Duration {
        if self.hears.load(Ordering::SeqCst) { LOOK_ANYWAY } else { LOOK_EVERY }
    }

    /// Listens no more.
    pub(crate) fn end(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            task.abort();
        }
        self.hears.store(false, Ordering::SeqCst);
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.end();
    }
}

fn listen(line: &Line, schema: String, moved: Arc<Notify>, hears: Arc<AtomicBool>) -> AbortHandle {
    let pool = line.for_listening();
    let listening = tokio::spawn(async move {
        let (first, longest) = AGAIN;
        let mut pause = first;
        loop {
            if let Ok(mut listener) = PgListener::connect_with(&pool).await {
                // What is lost is begun anew below, after looking for what was missed.
                listener.eager_reconnect(false);
                if listener.listen(CHANNEL).await.is_ok() {
                    pause = first;
                    hears.store(true, Ordering::SeqCst);
                    moved.notify_waiters();
                    while let Ok(Some(told)) = listener.try_recv().await {
                        if told.payload() == schema {
                            moved.notify_waiters();
                        }
                    }
                    hears.store(false, Ordering::SeqCst);
                    moved.notify_waiters();
                }
            }
            tracing::debug!("nobody tells of changes; they are looked for");
            sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    });
    listening.abort_handle()
}
