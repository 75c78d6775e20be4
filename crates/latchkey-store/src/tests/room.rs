//! A store to test in, on either engine, with a clock that is moved by hand. PostgreSQL is where
//! `LATCHKEY_TEST_POSTGRES` says; without it the tests that need it fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use latchkey_core::id::RequestId;
use latchkey_core::operation::{Answer, Operation};
use latchkey_core::time::ManualClock;
use latchkey_core::{AdminError, Call, Caller, Perform, PlaintextKey, Source, Timestamp};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::mint::randomness;
use crate::{PostgresLogin, PostgresPlace, Store, StoreUrl};

/// Where every test's time begins.
pub(super) const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A store, its clock and its place.
pub(super) struct Room {
    pub(super) store: Store,
    pub(super) clock: Arc<ManualClock>,
    pub(super) url: StoreUrl,
    _folder: Option<TempDir>,
}

impl Room {
    pub(super) async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = StoreUrl::Sqlite(folder.path().join("store.db"));
        Self::at(url, Some(folder)).await
    }

    pub(super) async fn postgres() -> Self {
        Self::at(new_database().await, None).await
    }

    async fn at(url: StoreUrl, folder: Option<TempDir>) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let store = Store::create(&url, "sk", clock.clone()).await.unwrap();
        Self { store, clock, url, _folder: folder }
    }

    /// Another program on the same store, with the same clock.
    pub(super) async fn second(&self) -> Store {
        Store::open(&self.url, self.clock.clone()).await.unwrap()
    }

    pub(super) async fn does<O: Operation>(&self, operation: O) -> O::Answer
    where
        Store: Perform<O>,
    {
        perform(&self.store, operation).await.unwrap()
    }

    /// Takes apart what a minting operation answers.
    pub(super) async fn mints<O: Operation>(
        &self,
        operation: O,
    ) -> (<O::Answer as Answer>::Shown, PlaintextKey)
    where
        Store: Perform<O>,
    {
        let (shown, plaintext) = self.does(operation).await.take_apart();
        (shown, plaintext.unwrap())
    }
}

/// An empty database that nobody else uses.
pub(super) async fn new_database() -> StoreUrl {
    let server = std::env::var("LATCHKEY_TEST_POSTGRES")
        .expect("LATCHKEY_TEST_POSTGRES names no server; cargo xtask test starts one");
    // Under this name those who test in rooms drop it, once this process has ended.
    let name = format!("room_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::SeqCst));
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = sqlx::QueryBuilder::<sqlx::Postgres>::new(format!("CREATE DATABASE {name}")).into_sql();
    sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
    let (place, _) = server.rsplit_once('/').unwrap();
    format!("{place}/{name}").parse().unwrap()
}

/// Who logs in where.
pub(super) fn login(url: &StoreUrl) -> &PostgresLogin {
    match url {
        StoreUrl::Postgres(login) => login,
        StoreUrl::Sqlite(_) => panic!("a PostgreSQL room"),
    }
}

/// The same server, otherwise.
pub(super) fn at(url: &StoreUrl, change: impl FnOnce(&mut PostgresPlace)) -> StoreUrl {
    let mut login = login(url).clone();
    change(&mut login.place);
    StoreUrl::Postgres(login)
}

/// A connection past the store, as the database's administrator has it.
pub(super) async fn beside(url: &StoreUrl) -> PgConnection {
    let place = &login(url).place;
    let options = PgConnectOptions::new_without_pgpass()
        .host(&place.host)
        .port(place.port)
        .username(&place.user)
        .database(&place.database)
        .ssl_mode(PgSslMode::Disable);
    PgConnection::connect_with(&options).await.unwrap()
}

/// Runs statements past the store.
pub(super) async fn run(url: &StoreUrl, text: &'static str) {
    sqlx::raw_sql(text).execute(&mut beside(url).await).await.unwrap();
}

pub(super) async fn perform<O: Operation>(store: &Store, operation: O) -> Result<O::Answer, AdminError>
where
    Store: Perform<O>,
{
    perform_once(store, operation, None).await
}

/// The same under an idempotency key.
pub(super) async fn perform_once<O: Operation>(
    store: &Store,
    operation: O,
    idempotency_key: Option<&str>,
) -> Result<O::Answer, AdminError>
where
    Store: Perform<O>,
{
    let call = Call {
        operation,
        caller: Caller::with_the_store("ann", Source::Cli),
        request_id: RequestId::new(START, &mut randomness()),
        idempotency_key: idempotency_key.map(|name| name.parse().unwrap()),
    };
    store.perform(call).await
}

/// Reads an operation from JSON, as a transport does.
pub(super) fn op<O: Operation>(json: serde_json::Value) -> O {
    latchkey_core::operation::read_request(json).unwrap()
}

/// The same test in both rooms.
macro_rules! in_both_rooms {
    ($(async fn $name:ident($room:ident) $body:block)+) => {
        mod sqlite {
            use super::*;
            $(#[tokio::test] async fn $name() { super::$name(Room::sqlite().await).await; })+
        }
        mod postgres {
            use super::*;
            $(#[tokio::test] async fn $name() { super::$name(Room::postgres().await).await; })+
        }
        $(async fn $name($room: Room) $body)+
    };
}
pub(super) use in_both_rooms;
