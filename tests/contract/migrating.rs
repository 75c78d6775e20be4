//! Bringing a store of the schema's first version to this one, and making a store: on both engines, alone and
//! with several starters at once. The stores of version 1 are those that Latchkey 0.1.0 made.

use std::sync::Arc;

use latchkey_core::id::RequestId;
use latchkey_core::operation::read_request;
use latchkey_core::operations::{
    AuditList, AuditVerify, ChangesMade, KeysList, KeysRotate, KeysSuspend, RolesList,
};
use latchkey_core::time::ManualClock;
use latchkey_core::{AdminError, Call, Caller, Clock, ErrorCode, Operation, Perform, Source};
use latchkey_store::{Migrated, Store, StoreUrl};
use latchkey_tests::{rounds, version_1};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tempfile::TempDir;

/// This program's version of the schema.
const NOW: i64 = 3;
const STARTERS: usize = 4;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(version_1::AFTERWARDS))
}

/// Performs an operation as the one who made these stores.
async fn call<O: Operation>(store: &Store, key: Option<&str>, request: Value) -> Result<O::Answer, AdminError>
where
    Store: Perform<O>,
{
    let call = Call {
        operation: read_request::<O, _>(request)?,
        caller: Caller::with_the_store("dana", Source::Cli),
        request_id: RequestId::new(clock().now(), &mut StdRng::seed_from_u64(1)),
        idempotency_key: key.map(|key| key.parse().unwrap()),
    };
    store.perform(call).await
}

async fn keeps_everything(url: &StoreUrl) {
    let older = Store::open(url, clock()).await.err().unwrap();
    assert_eq!(older.code, ErrorCode::SchemaOlder);
    let found = Store::look(url).await.unwrap();
    let steps: Vec<_> = found.steps.iter().map(|step| step.version).collect();
    assert_eq!((found.schema_version, steps), (Some(1), (2..=NOW).collect()));
    assert_eq!(Store::migrate(url, clock()).await.unwrap(), Migrated { from: 1, to: NOW });
    assert_eq!(Store::migrate(url, clock()).await.unwrap(), Migrated { from: NOW, to: NOW });

    let store = Store::open(url, clock()).await.unwrap();
    assert_eq!(store.facts().await.unwrap().schema_version, NOW);
    for finding in store.diagnose().await.unwrap() {
        // A copy of the tests lies where others may look.
        assert!(finding.ok || finding.check == "file", "{}", finding.words);
    }
    let verdict = call::<AuditVerify>(&store, None, json!({})).await.unwrap();
    assert_eq!((verdict.intact, verdict.entries), (true, 8));
    let history = call::<AuditList>(&store, None, json!({})).await.unwrap();
    assert!(history.items.iter().all(|entry| entry.actor == "dana"));
    assert_eq!(call::<RolesList>(&store, None, json!({})).await.unwrap().items[0].role.name, "Reader");
    let keys = call::<KeysList>(&store, None, json!({})).await.unwrap().items;
    let [backup, n8n] = keys.as_slice() else { panic!("{} keys", keys.len()) };
    assert_eq!((backup.name.as_str(), n8n.name.as_str()), ("backup", "n8n"));
    assert!(backup.revocation.is_some() && n8n.old_until.is_some() && n8n.role.is_some());

    // What was remembered of the minting calls is remembered still, now by noun and id.
    for (name, operation) in [("once", "keys.issue"), ("twice", "keys.rotate")] {
        let made =
            call::<ChangesMade>(&store, None, json!({"idempotency_key": name})).await.unwrap().made.unwrap();
        assert_eq!(
            (made.operation.as_str(), made.noun.as_str(), made.id),
            (operation, "key", n8n.id.to_string())
        );
    }
    let again = json!({"key": n8n.id, "grace": "24h", "confirm": "later"});
    let again = call::<KeysRotate>(&store, Some("twice"), again).await.unwrap();
    assert!(again.plaintext.is_none() && again.value.key.version == n8n.version, "a replay");
    call::<KeysSuspend>(&store, Some("later"), json!({"key": n8n.id})).await.unwrap();
    let made =
        call::<ChangesMade>(&store, None, json!({"idempotency_key": "later"})).await.unwrap().made.unwrap();
    assert_eq!(made.operation, "keys.suspend");
    store.close().await;
}

/// Several programs' worth of migrations at once.
async fn one_migrates(url: &StoreUrl) {
    let starters = (0..STARTERS).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Store::migrate(&url, clock()).await })
    });
    let mut happened = 0;
    for starter in starters.collect::<Vec<_>>() {
        match starter.await.unwrap() {
            Ok(Migrated { from: 1, to: NOW }) => happened += 1,
            Ok(migrated) => assert_eq!(migrated, Migrated { from: NOW, to: NOW }),
            Err(error) => assert_eq!(error.code, ErrorCode::Busy, "{}", error.message),
        }
    }
    assert_eq!(happened, 1);
    is_whole(url).await;
}

/// Several programs that make a store in one place at once.
async fn one_makes(url: &StoreUrl) {
    let starters = ["one", "two", "three", "four"].map(|prefix| {
        let url = url.clone();
        tokio::spawn(async move { (prefix, Store::create(&url, prefix, clock()).await) })
    });
    let mut made = Vec::new();
    for starter in starters {
        match starter.await.unwrap() {
            (prefix, Ok(store)) => {
                store.close().await;
                made.push(prefix);
            }
            (_, Err(error)) => {
                assert!(
                    error.code == ErrorCode::Busy
                        || (error.code == ErrorCode::StoreUnusable && error.message.contains("already")),
                    "{error:?}"
                );
            }
        }
    }
    let store = is_whole(url).await;
    assert_eq!(made, [store.facts().await.unwrap().prefix]);
    store.close().await;
}

async fn is_whole(url: &StoreUrl) -> Store {
    let store = Store::open(url, clock()).await.unwrap();
    assert!(store.diagnose().await.unwrap().iter().all(|finding| finding.ok || finding.check == "file"));
    store
}

async fn version_1_of_postgres() -> StoreUrl {
    version_1::postgres().await.parse().unwrap()
}

#[tokio::test]
async fn a_sqlite_store_of_version_1_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    keeps_everything(&version_1::sqlite(&folder).await).await;
    let copy = StoreUrl::Sqlite(folder.path().join("keys.db.version-1"));
    assert_eq!(Store::look(&copy).await.unwrap().schema_version, Some(1), "the copy is as it was");
}

#[tokio::test]
async fn a_postgres_store_of_version_1_keeps_everything() {
    keeps_everything(&version_1_of_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_four_migrations_at_once_one_happens() {
    for _ in 0..rounds(50) {
        let folder = tempfile::tempdir().unwrap();
        one_migrates(&version_1::sqlite(&folder).await).await;
        one_migrates(&version_1_of_postgres().await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_four_stores_made_at_once_in_one_place_one_is_made() {
    for _ in 0..rounds(50) {
        let folder: TempDir = tempfile::tempdir().unwrap();
        one_makes(&StoreUrl::Sqlite(folder.path().join("keys.db"))).await;
        one_makes(&latchkey_tests::new_database().await.parse().unwrap()).await;
    }
}
