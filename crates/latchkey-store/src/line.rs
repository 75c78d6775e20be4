//! The line to PostgreSQL: the first connection and what it finds out (direct or through a pooler, a standby,
//! encrypted), and the connections that are kept. How each is made stands in `options.rs`, what is said when
//! there is no line in `refusal.rs`.

use std::ops::{Deref, DerefMut};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use latchkey_core::{AdminError, ErrorCode};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres, SqlStr, Transaction};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::access::Access;
use crate::dialect::{self, Begin};
use crate::fault::{Fault, Outcome, is_broken_line, of_database, unreachable};
use crate::options::{of_session, options};
use crate::place::{Encryption, PostgresLogin, PostgresPlace, stays_on_this_computer};
use crate::refusal;

/// How long a database may take to let somebody in.
const CONNECT: Duration = Duration::from_secs(10);
/// How long somebody waits for a kept connection, and a kept connection may take to show that it lives.
pub(crate) const ACQUIRE: Duration = Duration::from_secs(3);
/// How long it may take until a transaction has begun, all tries together.
const BEGIN: Duration = Duration::from_secs(5);
/// The same for verifications, which have 2 s in all.
const BEGIN_LOOK: Duration = Duration::from_millis(1500);
/// How many connections are kept.
const CONNECTIONS: u32 = 8;

/// A connection that was made to find out what there is to know.
pub(crate) struct Reached {
    connection: PgConnection,
    begin: SqlStr,
    /// How further connections are made.
    options: PgConnectOptions,
    /// What it found.
    pub(crate) found: Surroundings,
}

/// What the first connection finds out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// Somebody stands between, who hands every transaction to another session: nothing of a session lasts.
    pub(crate) pooled: bool,
    /// The database is a standby.
    pub(crate) standby: bool,
    /// The account is a superuser.
    pub(crate) superuser: bool,
    /// Whom the database took us for.
    pub(crate) user: String,
    /// `PostgreSQL 15.14`.
    pub(crate) engine: String,
}

/// The connections that are kept to one database.
pub(crate) struct Line {
    /// The connections that are kept, and how often all of them were left behind for new ones.
    pool: RwLock<(u64, PgPool)>,
    options: PgConnectOptions,
    pooled: bool,
    read: SqlStr,
    long_read: SqlStr,
    write: SqlStr,
    gather: SqlStr,
    connections: u32,
    /// How long it may take until a transaction has begun, all tries together.
    patience: Duration,
}

/// A transaction, and whether its statements may be kept prepared.
pub(crate) struct PgTx {
    /// The transaction.
    pub(crate) tx: Transaction<'static, Postgres>,
    /// Whether statements may have names: a pooler's next transaction does not know them.
    pub(crate) named: bool,
}

impl Deref for PgTx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.tx
    }
}

impl DerefMut for PgTx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

/// Makes the first connection and finds out what kind of line it is: a pooler refuses the session's
/// options or forgets them, a direct line shows them.
///
/// # Errors
/// `unreachable`, `auth_failed`, `credential_needed`, `tls_untrusted`, `store_unusable`, `busy`;
/// `invalid` at a PEM file.
pub(crate) async fn reach(login: &PostgresLogin, access: Access) -> Result<Reached, AdminError> {
    let plain = options(login)?;
    let direct = of_session(plain.clone(), &login.place, access);
    let connection = match connect(login, &direct).await? {
        Ok(connection) => connection,
        Err(error) if refusal::is_of_session_options(&error) => {
            let again = connect(login, &plain.clone().statement_cache_capacity(0)).await?;
            match again {
                Ok(connection) => connection,
                Err(error) => return Err(refusal::of_connecting(login, &error).await),
            }
        }
        Err(error) => return Err(refusal::of_connecting(login, &error).await),
    };
    let begin = dialect::begin(&login.place.schema, Begin::Read);
    let mut reached = Reached { connection, begin, options: direct, found: Surroundings::default() };
    let (kind, encrypted) = answered(&login.place, reached.look_around()).await?;
    if kind != "1" {
        reached.found.pooled = true;
        reached.options = plain.statement_cache_capacity(0);
    }
    // Behind a pooler that row is about the pooler's own line to the database; ours was made by sqlx,
    // which does not go on without TLS in these modes.
    let must_be_encrypted = login.place.encryption != Encryption::Off;
    if must_be_encrypted && !reached.found.pooled && !encrypted {
        // Dropped, not closed: under TLS sqlx's closing waits for the other side, which is not to be trusted.
        drop(reached);
        let words = "The database says that this line is not encrypted, although it must be. Somebody may stand between; ask the database's administrator.";
        return Err(AdminError::new(ErrorCode::TlsUntrusted, words));
    }
    Ok(reached)
}

/// One connection, within the time that there is.
async fn connect(
    login: &PostgresLogin,
    options: &PgConnectOptions,
) -> Result<sqlx::Result<PgConnection>, AdminError> {
    let options = options.clone();
    // A task of its own, as sqlx panics over some answers that no PostgreSQL gives; ends with this set.
    let mut connecting = JoinSet::new();
    connecting.spawn(async move { PgConnection::connect_with(&options).await });
    match timeout(CONNECT, connecting.join_next()).await {
        Ok(Some(Ok(connected))) => Ok(connected),
        Ok(Some(Err(_)) | None) => Err(refusal::not_postgres(&login.place)),
        Err(_) => Err(refusal::no_answer(&login.place)),
    }
}

/// What the database answers to the first questions, if it does in time.
///
/// # Errors
/// `unreachable`, and whatever the database says.
pub(crate) async fn answered<T>(
    place: &PostgresPlace,
    asking: impl Future<Output = sqlx::Result<T>>,
) -> Result<T, AdminError> {
    match timeout(CONNECT, asking).await {
        Ok(answer) => answer.map_err(|error| of_database(&error)),
        Err(_) => Err(refusal::no_answer(place)),
    }
}

impl Reached {
    /// A transaction that changes nothing.
    pub(crate) async fn begin(&mut self) -> sqlx::Result<Transaction<'_, Postgres>> {
        self.connection.begin_with(self.begin.clone()).await
    }

    async fn look_around(&mut self) -> sqlx::Result<(String, bool)> {
        let mut tx = self.begin().await?;
        let (kind, encrypted, standby, superuser, user, version): (String, bool, bool, bool, String, String) =
            sqlx::query_as(dialect::POSTGRES_LINE).persistent(false).fetch_one(&mut *tx).await?;
        tx.rollback().await?;
        let engine = dialect::postgres_engine(&version);
        self.found = Surroundings { pooled: false, standby, superuser, user, engine };
        Ok((kind, encrypted))
    }

    /// Lets this connection go; answers how others are kept.
    pub(crate) async fn keep(self, place: &PostgresPlace, access: Access) -> Line {
        // The answers are known; how the good-bye goes changes nothing.
        let _ = timeout(ACQUIRE, self.connection.close()).await;
        let write = match access {
            Access::ReadWrite => Begin::Write,
            Access::ReadOnly => Begin::WriteOfReadOnly,
        };
        Line {
            pool: RwLock::new((0, kept(CONNECTIONS).connect_lazy_with(self.options.clone()))),
            options: self.options,
            pooled: self.found.pooled,
            read: dialect::begin(&place.schema, Begin::Read),
            long_read: dialect::begin(&place.schema, Begin::LongRead),
            write: dialect::begin(&place.schema, write),
            gather: dialect::begin(&place.schema, Begin::Gather),
            connections: CONNECTIONS,
            patience: BEGIN,
        }
    }

    /// Lets this connection go.
    pub(crate) async fn let_go(self) {
        let _ = timeout(ACQUIRE, self.connection.close()).await;
    }
}

/// Connections are not tried when they are taken, as [`Line::begin`] asks another one when the first is
/// dead. They are tried when they come back: one on a line that swallows everything would never come
/// back and block a place.
fn kept(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .after_release(|connection, _| {
            Box::pin(async move {
                match timeout(ACQUIRE, connection.ping()).await {
                    Ok(alive) => alive.map(|()| true),
                    Err(_) => Err(sqlx::Error::PoolTimedOut),
                }
            })
        })
}

impl Line {
    /// Other connections to the same database, so many, on which nobody waits long.
    pub(crate) fn beside(&self, connections: u32) -> Self {
        Self {
            pool: RwLock::new((0, kept(connections).connect_lazy_with(self.options.clone()))),
            options: self.options.clone(),
            pooled: self.pooled,
            read: self.read.clone(),
            long_read: self.long_read.clone(),
            write: self.write.clone(),
            gather: self.gather.clone(),
            connections,
            patience: BEGIN_LOOK,
        }
    }

    /// A transaction that changes nothing and sees one state throughout.
    pub(crate) async fn begin_read(&self) -> Outcome<PgTx> {
        self.begin(&self.read).await
    }

    /// The same, for what reads everything.
    pub(crate) async fn begin_long_read(&self) -> Outcome<PgTx> {
        self.begin(&self.long_read).await
    }

    /// A transaction that changes something; where the store is read-only, the database refuses that.
    pub(crate) async fn begin_write(&self) -> Outcome<PgTx> {
        self.begin(&self.write).await
    }

    /// A transaction that writes what verifications gather.
    pub(crate) async fn begin_gather(&self) -> Outcome<PgTx> {
        self.begin(&self.gather).await
    }

    /// After a restart of the server every kept connection is dead. Nothing but BEGIN was asked of it,
    /// so that asking the next one repeats nothing.
    async fn begin(&self, text: &SqlStr) -> Outcome<PgTx> {
        let (time, pool) = self.pool();
        let trying = async {
            let mut dead = 0;
            loop {
                match pool.begin_with(text.clone()).await {
                    Ok(tx) => return Some(Ok(PgTx { tx, named: !self.pooled })),
                    Err(error) if is_broken_line(&error) && dead < self.connections => dead += 1,
                    // The pool tries a server that refuses connections until its time is up.
                    Err(sqlx::Error::PoolTimedOut) => return None,
                    Err(error) => return Some(Err(error.into())),
                }
            }
        };
        timeout(self.patience, trying).await.ok().flatten().unwrap_or_else(|| {
            self.leave_behind(time);
            Err(Fault::Refused(unreachable()))
        })
    }

    fn pool(&self) -> (u64, PgPool) {
        self.pool.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes on with new connections, unless somebody did so since this `time`. Old ones on a line that
    /// swallows everything would keep their places until the system gives them up, which takes a quarter of
    /// an hour: under TLS sqlx's closing waits for the other side. Those in use are used to their end.
    fn leave_behind(&self, time: u64) {
        let mut pool = self.pool.write().unwrap_or_else(PoisonError::into_inner);
        if pool.0 == time && !pool.1.is_closed() {
            *pool = (time + 1, kept(self.connections).connect_lazy_with(self.options.clone()));
        }
    }

    /// Whether somebody stands between, so that nothing of a session lasts.
    pub(crate) fn is_pooled(&self) -> bool {
        self.pooled
    }

    /// One more connection, kept for as long as somebody listens on it.
    pub(crate) fn for_listening(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(CONNECT)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(self.options.clone())
    }

    /// Lets the connections go.
    pub(crate) async fn close(&self) {
        self.pool().1.close().await;
    }
}

/// What a person should always see while this line is open.
pub(crate) fn warning(place: &PostgresPlace) -> Option<&'static str> {
    if stays_on_this_computer(&place.host) {
        return None;
    }
    match place.encryption {
        Encryption::VerifyFull => None,
        Encryption::Require => Some(
            "The server's certificate is not verified: somebody on the way could read and change everything.",
        ),
        Encryption::Off => Some(
            "The line to the database is not encrypted: everybody on the way can read and change everything.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str) -> PostgresPlace {
        crate::read_url::read_url(url).ok().unwrap().login.place
    }

    #[test]
    fn only_a_weak_line_to_elsewhere_is_warned_of() {
        let remote = place("postgres://ann@db.example/keys");
        let weaker = |encryption| PostgresPlace { encryption, ..remote.clone() };
        assert_eq!(warning(&remote), None);
        assert_eq!(warning(&place("postgres://ann@[::1]/keys")), None);
        assert!(warning(&weaker(Encryption::Require)).unwrap().contains("not verified"));
        assert!(warning(&weaker(Encryption::Off)).unwrap().contains("not encrypted"));
    }
}
