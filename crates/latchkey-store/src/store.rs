//! A store: what is open, on which engine, with which clock, and the two ways to begin a transaction
//! with the time that counts in it. Opening and migrating are in rooms of their own.

use std::path::Path;
use std::sync::{Arc, Once, OnceLock};
use std::time::Duration;

use latchkey_core::tag::Pepper;
use latchkey_core::time::Floor;
use latchkey_core::{AdminError, Clock, Timestamp};
use tokio::sync::{Mutex, Notify, Semaphore};
use tokio::time::timeout;

use crate::access::ReadOnly;
use crate::audit::{self, Head};
use crate::engine::{Engine, Pool, Tx};
use crate::fault::{Fault, Outcome, no_answer, unusable_file};
use crate::notify::Listening;
use crate::perform::Totals;
use crate::rows::IS_A_CUSTOMERS;
use crate::standing::Standing;
use crate::statement::sql;
use crate::under_way::UnderWay;
use crate::{dialect, file};

/// How many argon2id computations run at once: each takes a core for about 13 ms and 7 MiB.
const LANE: usize = 2;

/// How many connections are kept for verifications.
const LOOKS: u32 = 3;

/// How long whoever asks waits for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// An open store. Cloning is cheap; all clones share their connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    floor: Arc<Floor>,
    /// Whether an operator is made only where there is none.
    pub(crate) first_operator: bool,
}

/// What all clones of a store share.
pub(crate) struct Shared {
    /// The connections.
    pub(crate) pool: Pool,
    /// A few more for verifications alone, so that administrators' work never keeps them waiting. Made when used.
    pub(crate) looks: Pool,
    /// The word at the head of the store's own keys.
    pub(crate) prefix: String,
    /// SQLite has one writer: those of this process queue here, fairly, instead of polling the file.
    pub(crate) turn: Arc<Mutex<()>>,
    /// The lane in which argon2id runs.
    pub(crate) lane: Arc<Semaphore>,
    /// The calls that this process has not carried to their end.
    pub(crate) under_way: Arc<UnderWay>,
    /// Told at every commit, for those who wait for changes.
    pub(crate) moved: Arc<Notify>,
    /// Who listens for the changes of other programs.
    pub(crate) listening: Listening,
    /// What this store is good for.
    standing: Standing,
    /// How many items the lists have, while nothing changes.
    pub(crate) totals: Totals,
    /// Under which minted keys get a tag and tags are checked.
    pub(crate) pepper: OnceLock<Pepper>,
    /// That this account leaves confirming by first use to others was said.
    pub(crate) told_of_first_use: Once,
}

/// From which schema version to which a store was brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The version before.
    pub from: i64,
    /// The version now.
    pub to: i64,
}

/// What a person wants to know about a store at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFacts {
    /// `SQLite 3.51.3` or `PostgreSQL 15.14`.
    pub engine: String,
    /// The schema's version.
    pub schema_version: i64,
    /// The word at the head of the store's own keys.
    pub prefix: String,
    /// How many tenants there are; the operators' is none.
    pub tenants: u64,
    /// How many keys customers have, whatever their status.
    pub keys: u64,
}

impl Store {
    pub(crate) fn over(pool: Pool, prefix: String, standing: Standing, clock: Arc<dyn Clock>) -> Self {
        let shared = Shared {
            looks: pool.beside(LOOKS),
            pool,
            prefix,
            turn: Arc::new(Mutex::new(())),
            lane: Arc::new(Semaphore::new(LANE)),
            under_way: Arc::default(),
            moved: Arc::new(Notify::new()),
            listening: Listening::default(),
            standing,
            totals: Totals::default(),
            pepper: OnceLock::new(),
            told_of_first_use: Once::new(),
        };
        Self { shared: Arc::new(shared), clock, floor: Arc::new(Floor::default()), first_operator: false }
    }

    /// The same store by another clock, as sample data needs it to tell its past.
    pub(crate) fn by_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, floor: Arc::new(Floor::default()), ..self.clone() }
    }

    /// The same store for making its first operator: `operators.create` is a `conflict` here as soon as there is one who
    /// may administer operators. Of several who make the first one at once, one does.
    #[must_use]
    pub fn for_the_first_operator(&self) -> Self {
        Self { first_operator: true, ..self.clone() }
    }

    /// What this process's own clock shows, which is not the time that counts.
    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What the clock shows by which this store goes: the database's where there is one, so that all who share it go
    /// by the same; a clock that was made to show a time stays what it is.
    pub(crate) fn shown(&self, head: &Head) -> Timestamp {
        head.clock.filter(|_| self.clock.is_the_computers()).unwrap_or_else(|| self.clock.now())
    }

    /// The time that counts: never before the last change, nor before one that counted in this process.
    pub(crate) fn time_after(&self, head: &Head) -> Timestamp {
        self.floor.raise(self.shown(head).max(head.at))
    }

    /// A reading transaction and the time that counts in it.
    pub(crate) async fn read(&self) -> Outcome<(Tx, Timestamp)> {
        let (tx, now, _) = self.read_at_revision().await?;
        Ok((tx, now))
    }

    /// The same for what reads everything and takes its time.
    pub(crate) async fn read_long(&self) -> Outcome<(Tx, Timestamp)> {
        let mut tx = self.shared.pool.begin_long_read().await?;
        let head = audit::head(&mut tx, dialect::Lock::None).await?;
        Ok((tx, self.time_after(&head)))
    }

    /// The same, with the revision that it sees.
    pub(crate) async fn read_at_revision(&self) -> Outcome<(Tx, Timestamp, i64)> {
        let mut tx = self.shared.pool.begin_read().await?;
        let head = audit::head(&mut tx, dialect::Lock::None).await?;
        Ok((tx, self.time_after(&head), head.seq))
    }

    /// Why this store allows no change, where it does not.
    #[must_use]
    pub fn read_only(&self) -> Option<ReadOnly> {
        self.shared.standing.read_only
    }

    /// The account that the database knows, where it knows any: a file does not.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.shared.standing.account.as_deref()
    }

    /// What a person should always see while this store is open: a line that is not verified, an account
    /// that may do more than it needs. Sentences.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.shared.standing.warnings
    }

    /// Whether what verifications gather may be written: use, events, tags.
    pub(crate) fn gathers(&self) -> bool {
        self.shared.standing.read_only.is_none() || self.shared.standing.gathers
    }

    /// The file, where the store is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.shared.standing.file.as_deref()
    }

    /// Refuses a file that was replaced or taken away since it was opened: what is read of it nobody else reads.
    pub(crate) fn check_same_file(&self) -> Result<(), AdminError> {
        match &self.shared.standing {
            Standing { file: Some(path), identity, .. } if file::identity(path) != *identity => {
                Err(unusable_file(
                    path,
                    "is not the file that was opened: it was replaced or taken away. Start this program again.",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Waits for changes to be told of, from now on.
    pub(crate) fn listen(&self) {
        let Shared { listening, pool, standing, moved, .. } = self.shared.as_ref();
        listening.begin(pool, standing.schema.as_deref(), moved);
    }

    /// What there is to know at a glance.
    ///
    /// # Errors
    /// `busy`, `unreachable`, `internal`.
    pub async fn facts(&self) -> Result<StoreFacts, AdminError> {
        let asked = timeout(PATIENCE, self.ask()).await.map_err(|_| no_answer(PATIENCE))?;
        asked.map_err(Fault::into_admin_error)
    }

    async fn ask(&self) -> Outcome<StoreFacts> {
        let (mut tx, _) = self.read().await?;
        let engine = match self.shared.pool {
            Engine::Sqlite(_) => {
                let (version,): (String,) = sql(dialect::SQLITE_VERSION).one(&mut tx).await?;
                dialect::sqlite_engine(&version)
            }
            Engine::Postgres(_) => {
                let (version,): (String,) = sql(dialect::POSTGRES_VERSION).one(&mut tx).await?;
                dialect::postgres_engine(&version)
            }
        };
        let (schema_version,): (i64,) =
            sql("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations").one(&mut tx).await?;
        let mut tenants = sql("SELECT COUNT(*) FROM tenants t WHERE t.id");
        tenants.push(IS_A_CUSTOMERS);
        let (tenants,): (i64,) = tenants.one(&mut tx).await?;
        let mut keys = sql("SELECT COUNT(*) FROM keys k WHERE k.tenant_id");
        keys.push(IS_A_CUSTOMERS);
        let (keys,): (i64,) = keys.one(&mut tx).await?;
        Ok(StoreFacts {
            engine,
            schema_version,
            prefix: self.shared.prefix.clone(),
            tenants: tenants.unsigned_abs(),
            keys: keys.unsigned_abs(),
        })
    }

    /// Lets the connections go, after what is under way.
    pub async fn close(&self) {
        self.shared.listening.end();
        self.shared.pool.close().await;
        self.shared.looks.close().await;
        // Whoever waits for changes finds that out at once, and lets go of the rest.
        self.shared.moved.notify_waiters();
    }
}
