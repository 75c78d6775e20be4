//! What an administrator does to a server, and what the store's callers are told: a statement cancelled, a
//! connection ended, a restart, a standby, a full disk.

use std::sync::Arc;
use std::time::Duration;

use latchkey_core::operations::{KeysIssue, KeysList, TenantsGet};
use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::{Access, Encryption, ReadOnly, Store, StoreUrl};
use latchkey_tests::{Room, at_port};
use latchkey_verify::{Settings, Verifier};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::task::{JoinHandle, JoinSet};
use xtask::servers::postgres::Postgres;
use xtask::servers::room as folder_for;

use crate::power::a_server;
use latchkey_tests::line::Line;

/// The database as its administrator sees it.
async fn administrator(room: &Room) -> PgConnection {
    PgConnection::connect(&room.url.to_string()).await.unwrap()
}

async fn run(connection: &mut PgConnection, statements: &'static str) {
    sqlx::raw_sql(statements).execute(connection).await.unwrap();
}

/// Somebody who holds a lock that every change needs, a change that waits for it, and an administrator.
struct Waiting {
    holder: PgConnection,
    administrator: PgConnection,
    issuing: JoinHandle<Result<(), AdminError>>,
}

impl Waiting {
    async fn new(room: &Room) -> Self {
        let other = room.another().await;
        let mut holder = administrator(room).await;
        run(&mut holder, "BEGIN; LOCK TABLE latchkey.audit_head IN ACCESS EXCLUSIVE MODE").await;
        let issuing = tokio::spawn(async move {
            let request = json!({"tenant": "acme", "name": "n8n"});
            other.call_as::<KeysIssue>("dana", Some("k1"), request).await.map(drop)
        });
        // Not the holder's: within its transaction it would see the same state for ever.
        let mut administrator = administrator(room).await;
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        loop {
            let (count,): (i64,) = sqlx::query_as(waiting).fetch_one(&mut administrator).await.unwrap();
            if count > 0 {
                return Self { holder, administrator, issuing };
            }
            assert!(!issuing.is_finished(), "nothing waits for the lock");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What the caller is told after the administrator did this.
    async fn told(mut self, what: &'static str) -> AdminError {
        run(&mut self.administrator, what).await;
        let error = self.issuing.await.unwrap().unwrap_err();
        run(&mut self.holder, "ROLLBACK").await;
        error
    }
}

/// The same request again makes one key, whatever became of the first.
async fn asked_again_there_is_one_key(room: &Room) {
    let request = json!({"tenant": "acme", "name": "n8n"});
    room.call_as::<KeysIssue>("dana", Some("k1"), request).await.unwrap();
    assert_eq!(room.call::<KeysList>(json!({})).await.unwrap().total, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_an_administrator_cancels_changes_nothing_and_says_so() {
    let room = Room::postgres().await;
    room.tenant().await;
    let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
                  WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let error = Waiting::new(&room).await.told(cancel).await;
    assert_eq!(error.code, ErrorCode::Busy, "{}", error.message);
    assert!(error.message.contains("cancelled") && error.message.contains("gain"), "{}", error.message);
    assert_eq!(room.call::<KeysList>(json!({})).await.unwrap().total, 0);
    asked_again_there_is_one_key(&room).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_an_administrator_ends_leaves_nothing_half_done() {
    let room = Room::postgres().await;
    room.tenant().await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let error = Waiting::new(&room).await.told(end).await;
    assert_eq!(error.code, ErrorCode::Unreachable, "{}", error.message);
    asked_again_there_is_one_key(&room).await;
    // Those that nobody used just then are replaced without a word.
    let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    run(&mut administrator(&room).await, all).await;
    room.call::<TenantsGet>(json!({"tenant": "acme"})).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_and_started_is_missed_only_while_it_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, room) = a_server(folder.path()).await;
    let ask = async || room.call::<TenantsGet>(json!({"tenant": "acme"})).await.map(drop);
    ask().await.unwrap();
    server.stop();
    let error = ask().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unreachable, "{}", error.message);
    assert!(error.message.contains("try again"), "{}", error.message);
    let opened = Store::open(&room.url, room.clock.clone()).await.map(|_| ()).unwrap_err();
    assert_eq!(opened.code, ErrorCode::Unreachable, "{}", opened.message);
    assert!(opened.message.contains("the connection was refused"), "{}", opened.message);
    server.start_again().unwrap();
    ask().await.unwrap();
    let request = json!({"tenant": "acme", "name": "n8n"});
    room.call::<KeysIssue>(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_is_opened_read_only_and_refuses_changes_until_it_is_the_primary() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, room) = a_server(folder.path()).await;
    let standby = server.standby(&folder_for(folder.path(), "standby").unwrap()).unwrap();
    let url = at_port(&room.url, standby.port());
    let follower = room.by_port(standby.port()).await;
    assert_eq!(room.store.read_only(), None);
    assert_eq!(follower.store.read_only(), Some(ReadOnly::Standby));
    follower.call::<TenantsGet>(json!({"tenant": "acme"})).await.unwrap();
    let request = json!({"tenant": "acme", "name": "n8n"});
    let error = follower.call::<KeysIssue>(request.clone()).await.map(drop).unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::ReadOnly, ReadOnly::Standby.words()));
    let chosen = Store::open_as(&url, Access::ReadOnly, room.clock.clone()).await.unwrap();
    assert!(chosen.read_only().is_some());
    // A key that was revoked on the primary may look good here for any time.
    let error = follower.store.revision().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::StoreUnusable, "{}", error.message);
    let verifier = Verifier::start(follower.store.clone(), room.clock.clone(), Settings::default()).await;
    assert_eq!(verifier.map(|_| ()).unwrap_err().message, error.message);
    assert!(error.message.contains("Verify keys against the primary"), "{}", error.message);
    // What is set up or migrated is set up or migrated on the primary.
    let empty = latchkey_tests::new_database_on(&server.url()).await;
    let error =
        Store::create(&at_port(&empty.parse().unwrap(), standby.port()), "sk", room.clock.clone()).await;
    assert!(error.map(|_| ()).is_err());
    server.stop();
    let mut promoted = administrator(&follower).await;
    run(&mut promoted, "SELECT pg_promote()").await;
    let primary = room.by_port(standby.port()).await;
    assert_eq!(primary.store.read_only(), None);
    primary.store.revision().await.unwrap();
    primary.call::<KeysIssue>(request).await.unwrap();
}

/// The room over TLS and a line that a test breaks.
async fn over_tls(room: &Room, server: &Postgres) -> (Line, Room) {
    let line = Line::before(server.port()).await;
    let StoreUrl::Postgres(mut login) = at_port(&room.url, line.port) else { panic!("not on PostgreSQL") };
    login.place.encryption = Encryption::VerifyFull;
    login.place.ca_file = Some(server.authority());
    (line, room.at(StoreUrl::Postgres(login)).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_balancer_that_hangs_up_for_a_server_that_is_away_is_a_lost_line_under_tls_too() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, room) = a_server(folder.path()).await;
    let (_line, secure) = over_tls(&room, &server).await;
    server.stop();
    let ask = async || secure.call::<TenantsGet>(json!({"tenant": "acme"})).await.map(drop);
    let error = ask().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unreachable, "{}", error.message);
    server.start_again().unwrap();
    ask().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_swallow_everything_block_nobody_once_the_line_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let (server, room) = a_server(folder.path()).await;
    let (line, secure) = over_tls(&room, &server).await;
    let secure = Arc::new(secure);
    let ask = || {
        let secure = Arc::clone(&secure);
        async move { secure.call::<TenantsGet>(json!({"tenant": "acme"})).await.map(drop) }
    };
    // As many as are kept, all of them in use at once.
    let all = async || (0..8).map(|_| ask()).collect::<JoinSet<_>>().join_all().await;
    assert!(all().await.iter().all(Result::is_ok));
    line.swallow();
    let _whatever_they_hear = all().await;
    for _ in 0..3 {
        if ask().await.is_ok() {
            return;
        }
    }
    panic!("the store does not find the way back: {:?}", ask().await);
}

/// The server's own answer to a full disk, given by a trigger: filling a real disk needs one to mount.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_server_is_told_and_nothing_is_half_done() {
    let room = Room::postgres().await;
    room.tenant().await;
    let mut administrator = administrator(&room).await;
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$; \
                CREATE TRIGGER full_disk BEFORE INSERT ON latchkey.audit \
                FOR EACH ROW EXECUTE FUNCTION full_disk()";
    run(&mut administrator, full).await;
    let request = json!({"tenant": "acme", "name": "n8n"});
    let error = room.call_as::<KeysIssue>("dana", Some("k1"), request).await.map(drop).unwrap_err();
    assert_eq!(error.code, ErrorCode::StorageFull);
    assert!(error.message.contains("disk is full") && error.message.contains("Nothing was changed"));
    assert_eq!(room.call::<KeysList>(json!({})).await.unwrap().total, 0);
    run(&mut administrator, "DROP TRIGGER full_disk ON latchkey.audit").await;
    asked_again_there_is_one_key(&room).await;
}
