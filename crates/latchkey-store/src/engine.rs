//! Two engines behind one door: a pool, a transaction, and the macro that turns to whichever is
//! there, at statement level. What differs in SQL is in `dialect.rs`; holds no query of its own.

use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::dialect;
use crate::fault::{Fault, Outcome, is_broken_line, outcome_unknown};
use crate::line::{ACQUIRE, Line, PgTx};

/// One of the two engines, or what belongs to it.
pub(crate) enum Engine<S, P> {
    /// A SQLite file.
    Sqlite(S),
    /// A PostgreSQL database.
    Postgres(P),
}

/// Connections that are kept open.
pub(crate) type Pool = Engine<SqlitePool, Line>;
/// A transaction. Dropped without a commit, it never was.
pub(crate) type Tx = Engine<Transaction<'static, Sqlite>, PgTx>;

/// The same expression for whichever engine is there.
macro_rules! on {
    ($engine:expr, $db:ident => $body:expr) => {
        match $engine {
            $crate::engine::Engine::Sqlite($db) => $body,
            $crate::engine::Engine::Postgres($db) => $body,
        }
    };
}

impl Pool {
    /// A transaction that changes nothing and sees one state throughout.
    pub(crate) async fn begin_read(&self) -> Outcome<Tx> {
        Ok(match self {
            Self::Sqlite(pool) => Engine::Sqlite(pool.begin_with(dialect::SQLITE_READ).await?),
            Self::Postgres(line) => Engine::Postgres(line.begin_read().await?),
        })
    }

    /// The same, for what reads everything: its statements may take a minute.
    pub(crate) async fn begin_long_read(&self) -> Outcome<Tx> {
        match self {
            Self::Sqlite(_) => self.begin_read().await,
            Self::Postgres(line) => Ok(Engine::Postgres(line.begin_long_read().await?)),
        }
    }

    /// A transaction that changes something.
    pub(crate) async fn begin_write(&self) -> Outcome<Tx> {
        Ok(match self {
            Self::Sqlite(pool) => Engine::Sqlite(pool.begin_with(dialect::SQLITE_WRITE).await?),
            Self::Postgres(line) => Engine::Postgres(line.begin_write().await?),
        })
    }

    /// A transaction that writes what verifications gather.
    pub(crate) async fn begin_gather(&self) -> Outcome<Tx> {
        match self {
            Self::Sqlite(_) => self.begin_write().await,
            Self::Postgres(line) => Ok(Engine::Postgres(line.begin_gather().await?)),
        }
    }

    /// So many other connections to the same place, made when they are used.
    pub(crate) fn beside(&self, connections: u32) -> Self {
        match self {
            Self::Sqlite(pool) => {
                // A connection to a file does not die by itself, and asking it first would cost as much as
                // what is asked.
                let options = SqlitePoolOptions::new()
                    .max_connections(connections)
                    .acquire_timeout(ACQUIRE)
                    .test_before_acquire(false);
                Engine::Sqlite(options.connect_lazy_with(pool.connect_options().as_ref().clone()))
            }
            Self::Postgres(line) => Engine::Postgres(line.beside(connections)),
        }
    }

    /// Lets the connections go.
    pub(crate) async fn close(&self) {
        on!(self, pool => pool.close().await);
    }
}

impl Tx {
    /// Makes it so.
    ///
    /// # Errors
    /// `unreachable` where the line broke before the answer: it may be so or not.
    pub(crate) async fn commit(self) -> Outcome<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.tx.commit().await.map_err(|error| match error {
                error if is_broken_line(&error) => Fault::Refused(outcome_unknown()),
                error => error.into(),
            })?,
        }
        Ok(())
    }
}
