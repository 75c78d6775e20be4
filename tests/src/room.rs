//! A room: somewhere operations can be performed, with a clock that tests move by hand. A SQLite file, a
//! PostgreSQL database, one behind a pooler, and a server on either; a missing database makes its rooms fail, never
//! skip.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use latchkey_core::id::{IdempotencyKey, RequestId};
use latchkey_core::operation::Minted;
use latchkey_core::operation::read_request;
use latchkey_core::operations::{
    AuditVerify, Issued, KeyDetails, KeysGet, KeysIssue, KeysRotate, KeysVerify, OperatorsCreate,
    TenantsCreate, Verification,
};
use latchkey_core::operator::{OperatorRef, OperatorRole};
use latchkey_core::tag::Pepper;
use latchkey_core::time::ManualClock;
use latchkey_core::verification::Outcome;
use latchkey_core::{AdminError, Call, Caller, Clock, Operation, Perform, PlaintextKey, Source, Timestamp};
use latchkey_store::{Store, StoreUrl};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use sqlx::Connection;
use tempfile::TempDir;

use crate::served::Served;

/// Somewhere operations can be performed.
pub struct Room {
    /// The store under test; in a room behind a server, the server's.
    pub store: Store,
    /// Where it lies, for a second program on it.
    pub url: StoreUrl,
    /// Its time.
    pub clock: Arc<ManualClock>,
    /// How many changes there were before the test began: behind a server, whoever asks had to be made first.
    pub begun: u64,
    served: Option<Served>,
    _directory: Option<TempDir>,
}

/// Who asks, beside the one with the store: an operator, and its token.
pub struct Operator {
    /// As it was made.
    pub key: KeyDetails,
    /// What it shows.
    pub token: PlaintextKey,
    caller: Caller,
}

static DATABASES: AtomicU32 = AtomicU32::new(0);
static REQUESTS: AtomicU32 = AtomicU32::new(0);

/// When every room's clock starts: 2026-11-21T12:00:00Z.
pub const START: Timestamp = Timestamp::from_millis(1_795_262_400_000);

/// Who asks in the tests. Behind a server each is an administrator.
const ACTORS: [&str; 2] = ["dana", "lee"];

impl Room {
    /// A new SQLite file.
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = StoreUrl::Sqlite(directory.path().join("keys.db"));
        Self::create(url, Some(directory)).await
    }

    /// A new PostgreSQL database on the server that `LATCHKEY_TEST_POSTGRES` names.
    pub async fn postgres() -> Self {
        Self::in_database(&new_database().await).await
    }

    /// The same, opened through the pooler that `LATCHKEY_TEST_PGBOUNCER` names. It is set up directly, since a
    /// pooler refuses that.
    pub async fn pgbouncer() -> Self {
        let direct = Self::postgres().await;
        let pooled = direct.by_port(pooler_port()).await;
        direct.store.close().await;
        pooled
    }

    /// A server on a new SQLite file, without a pepper.
    pub async fn server_sqlite() -> Self {
        Self::sqlite().await.behind_a_server(None).await
    }

    /// A server on a new PostgreSQL database, with a pepper.
    pub async fn server_postgres() -> Self {
        let pepper = Pepper::draw(&mut StdRng::seed_from_u64(7));
        Self::postgres().await.behind_a_server(Some(pepper)).await
    }

    async fn behind_a_server(mut self, pepper: Option<Pepper>) -> Self {
        if let Some(pepper) = pepper.clone() {
            self.store.use_pepper(pepper);
        }
        let mut tokens = BTreeMap::new();
        for name in ACTORS {
            let request = json!({"name": name, "role": "admin"});
            tokens.insert(
                name.to_owned(),
                self.call::<OperatorsCreate>(request).await.unwrap().plaintext.unwrap(),
            );
        }
        self.begun = self.call::<AuditVerify>(json!({})).await.unwrap().entries;
        let served = Served::begin(&self.store, self.clock.clone(), pepper, Arc::new(tokens)).await;
        Self { served: Some(served), ..self }
    }

    /// A store in a database that is empty.
    pub async fn in_database(url: &str) -> Self {
        Self::create(url.parse().unwrap(), None).await
    }

    /// The same database reached by another port of this computer: through whatever stands between there.
    pub async fn by_port(&self, port: u16) -> Self {
        self.at(at_port(&self.url, port)).await
    }

    /// The same database reached in another way.
    pub async fn at(&self, url: StoreUrl) -> Self {
        let store = Store::open(&url, self.clock.clone()).await.unwrap();
        Self { store, url, clock: self.clock.clone(), begun: 0, served: None, _directory: None }
    }

    async fn create(url: StoreUrl, directory: Option<TempDir>) -> Self {
        // What went wrong inside goes to the log; a failing test shows it.
        let _ = tracing_subscriber::fmt().with_test_writer().try_init();
        let clock = Arc::new(ManualClock::at(START));
        let store = Store::create(&url, "sk", clock.clone()).await.unwrap();
        Self { store, url, clock, begun: 0, served: None, _directory: directory }
    }

    /// The same file or database opened a second time, as another program would, with the same clock; behind a
    /// server, by another server.
    pub async fn another(&self) -> Self {
        let store = Store::open(&self.url, self.clock.clone()).await.unwrap();
        let served = match &self.served {
            Some(served) => Some(served.another(&store, self.clock.clone()).await),
            None => None,
        };
        Self {
            store,
            url: self.url.clone(),
            clock: self.clock.clone(),
            begun: self.begun,
            served,
            _directory: None,
        }
    }

    /// From where the audit says that calls come.
    #[must_use]
    pub const fn source(&self) -> Source {
        if self.served.is_some() { Source::Server } else { Source::Cli }
    }

    /// The time here.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Performs an operation read from JSON, as every transport reads it.
    pub async fn call<O: Operation>(&self, request: Value) -> Result<O::Answer, AdminError>
    where
        Store: Perform<O>,
    {
        self.call_as::<O>("dana", None, request).await
    }

    /// The same by a named caller and under an idempotency key.
    pub async fn call_as<O: Operation>(
        &self,
        actor: &str,
        key: Option<&str>,
        request: Value,
    ) -> Result<O::Answer, AdminError>
    where
        Store: Perform<O>,
    {
        let call = self.ask(Caller::with_the_store(actor, Source::Cli), key, request)?;
        match &self.served {
            Some(served) => served.named(actor).perform(call).await,
            None => self.store.perform(call).await,
        }
    }

    /// Makes an operator with this role and these grants, as `dana`; none given: everything.
    pub async fn operator(&self, name: &str, role: OperatorRole, grants: Option<&[&str]>) -> Operator {
        let request = json!({"name": name, "role": role, "grants": grants});
        let request = if grants.is_none() { json!({"name": name, "role": role}) } else { request };
        let Minted { value: Issued { key }, plaintext } =
            self.call::<OperatorsCreate>(request).await.unwrap();
        let id = key.id;
        let operator = OperatorRef { id, name: name.to_owned(), role, expires_at: key.expires_at };
        let caller = Caller::with_a_token(operator, key.permissions.clone());
        Operator { key, token: plaintext.expect("a new operator comes with its token"), caller }
    }

    /// Performs an operation as an operator: behind a server with its token, elsewhere as the caller that a server
    /// makes of it.
    pub async fn call_by<O: Operation>(
        &self,
        operator: &Operator,
        key: Option<&str>,
        request: Value,
    ) -> Result<O::Answer, AdminError>
    where
        Store: Perform<O>,
    {
        let call = self.ask(operator.caller.clone(), key, request)?;
        match &self.served {
            Some(served) => served.with(&operator.token).perform(call).await,
            None => self.store.perform(call).await,
        }
    }

    /// A call as every transport reads it.
    fn ask<O: Operation>(
        &self,
        caller: Caller,
        key: Option<&str>,
        request: Value,
    ) -> Result<Call<O>, AdminError> {
        let operation: O = read_request(request)?;
        let idempotency_key: Option<IdempotencyKey> = key.map(|key| key.parse().unwrap());
        let mut randomness = StdRng::seed_from_u64(REQUESTS.fetch_add(1, Ordering::SeqCst).into());
        let request_id = RequestId::new(self.now(), &mut randomness);
        Ok(Call { operation, caller, request_id, idempotency_key })
    }

    /// A tenant `acme`.
    pub async fn tenant(&self) {
        self.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME Corp"})).await.unwrap();
    }

    /// A confirmed key of a tenant `acme`, which is made if it is not there.
    pub async fn key(&self, name: &str) -> (KeyDetails, PlaintextKey) {
        let _ = self.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME Corp"})).await;
        self.issue(json!({"tenant": "acme", "name": name})).await
    }

    /// A key as asked for.
    pub async fn issue(&self, request: Value) -> (KeyDetails, PlaintextKey) {
        let Minted { value: Issued { key }, plaintext } = self.call::<KeysIssue>(request).await.unwrap();
        (key, plaintext.expect("a new key comes with its plaintext"))
    }

    /// Rotates with a grace and confirms at once.
    pub async fn rotate(&self, key: &KeyDetails, grace: &str) -> PlaintextKey {
        let request = json!({"key": key.id, "grace": grace});
        self.call::<KeysRotate>(request)
            .await
            .unwrap()
            .plaintext
            .expect("a new secret comes with its plaintext")
    }

    /// The key as it is now.
    pub async fn get(&self, key: &KeyDetails) -> KeyDetails {
        self.call::<KeysGet>(json!({"key": key.id})).await.unwrap()
    }

    /// How a verification of `key` ends.
    pub async fn outcome(&self, key: &PlaintextKey) -> Outcome {
        self.verify(key, json!({})).await.outcome
    }

    /// A verification with more asked.
    pub async fn verify(&self, key: &PlaintextKey, mut asked: Value) -> Verification {
        asked["key"] = key.expose().into();
        self.call::<KeysVerify>(asked).await.unwrap()
    }
}

/// The same database on another port of this computer.
///
/// # Panics
/// For a SQLite file.
#[must_use]
pub fn at_port(url: &StoreUrl, port: u16) -> StoreUrl {
    let StoreUrl::Postgres(login) = url else { panic!("{url} has no port") };
    let mut login = login.clone();
    login.place.port = port;
    StoreUrl::Postgres(login)
}

/// Where the pooler of the tests listens.
///
/// # Panics
/// When there is none: its room fails.
#[must_use]
pub fn pooler_port() -> u16 {
    let pooler = std::env::var("LATCHKEY_TEST_PGBOUNCER")
        .expect("LATCHKEY_TEST_PGBOUNCER names no pooler; `cargo xtask test` starts one");
    let port = url::Url::parse(&pooler).ok().and_then(|url| url.port());
    port.expect("LATCHKEY_TEST_PGBOUNCER is a URL with a port")
}

/// An empty database of its own on the test server.
///
/// # Panics
/// When there is no server: a room without one fails.
pub async fn new_database() -> String {
    let server = std::env::var("LATCHKEY_TEST_POSTGRES")
        .expect("LATCHKEY_TEST_POSTGRES names no server; `cargo xtask test` starts one");
    new_database_on(&server).await
}

/// An empty database of its own on this server.
///
/// # Panics
/// When it does not answer.
pub async fn new_database_on(server: &str) -> String {
    let number = DATABASES.fetch_add(1, Ordering::SeqCst);
    let name = format!("room_{}_{number}", std::process::id());
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    drop_abandoned(&mut connection).await;
    let create: &'static str = Box::leak(format!("CREATE DATABASE {name}").into_boxed_str());
    sqlx::query(create).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{base}/{name}")
}

/// Drops a few of the databases whose tests have ended: each takes 8 MB, and a run makes hundreds.
async fn drop_abandoned(connection: &mut sqlx::PgConnection) {
    const AT_A_TIME: usize = 4;
    let processes = std::path::Path::new("/proc");
    if !processes.join("self").exists() {
        return;
    }
    let all = "SELECT datname::text FROM pg_database WHERE datname LIKE 'room\\_%'";
    let names: Vec<String> = sqlx::query_scalar(all).fetch_all(&mut *connection).await.unwrap();
    let ended = |name: &&String| {
        let process = name.split('_').nth(1).expect("a room's database names its process");
        !processes.join(process).exists()
    };
    for name in names.iter().filter(ended).take(AT_A_TIME) {
        // Another test may drop it first, and a server that outlives its test may still hold it.
        let drop = sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"));
        sqlx::query(drop).execute(&mut *connection).await.ok();
    }
}
