//! Two engines behind one door: a pool, a transaction, and the macro that turns to whichever is
//! there, at statement level. What differs in SQL is in `dialect.rs`; holds no query of its own.

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::dialect;
use crate::fault::{Fault, Outcome, unreachable};

/// One of the two engines, or what belongs to it.
pub(crate) enum Engine<S, P> {
    /// A SQLite file.
    Sqlite(S),
    /// A PostgreSQL database.
    Postgres(P),
}

/// Connections that are kept open.
pub(crate) type Pool = Engine<SqlitePool, PgPool>;
/// A transaction. Dropped without a commit, it never was.
pub(crate) type Tx = Engine<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>;

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
            Self::Postgres(pool) => {
                Engine::Postgres(pool.begin_with(dialect::POSTGRES_READ).await.map_err(no_answer)?)
            }
        })
    }

    /// A transaction that changes something.
    pub(crate) async fn begin_write(&self) -> Outcome<Tx> {
        Ok(match self {
            Self::Sqlite(pool) => Engine::Sqlite(pool.begin_with(dialect::SQLITE_WRITE).await?),
            Self::Postgres(pool) => {
                Engine::Postgres(pool.begin_with(dialect::POSTGRES_WRITE).await.map_err(no_answer)?)
            }
        })
    }

    /// Lets the connections go.
    pub(crate) async fn close(&self) {
        on!(self, pool => pool.close().await);
    }
}

impl Tx {
    /// Makes it so.
    pub(crate) async fn commit(self) -> Outcome<()> {
        on!(self, tx => tx.commit().await?);
        Ok(())
    }
}

/// A pool keeps trying a server that refuses connections until its time is up: no connection in time
/// means that the server does not answer, not that somebody else writes.
fn no_answer(error: sqlx::Error) -> Fault {
    match error {
        sqlx::Error::PoolTimedOut => Fault::Refused(unreachable()),
        error => error.into(),
    }
}
