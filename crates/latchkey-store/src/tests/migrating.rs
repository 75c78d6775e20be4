//! Making and migrating a store: a step that fails leaves the version before whole, and nobody opens what is
//! older or newer. That real stores of version 1 keep their rows is shown by the contract's tests.

use std::sync::Arc;

use latchkey_core::ErrorCode;
use latchkey_core::operations::*;
use latchkey_core::time::ManualClock;
use serde_json::json;

use super::room::{Room, START, in_both_rooms, new_database, op, perform};
use crate::access::Access;
use crate::migrate::migrate_to;
use crate::schema::{STEPS, Step, latest};
use crate::statement::sql;
use crate::{Migrated, Store, StoreUrl};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(START))
}

/// Today's schema.
const NOW: i64 = 3;

/// The schema of a Latchkey to come, with these steps.
fn next_schema(texts: &[&'static str]) -> Vec<Step> {
    let copy = |step: &Step| Step { ..*step };
    let later = texts.iter().zip(NOW + 1..).map(|(text, version)| Step {
        version,
        name: "later",
        since: "9.1.0",
        about: "Adds something.",
        shared: text,
        sqlite: "",
        postgres: "",
    });
    STEPS.iter().map(copy).chain(later).collect()
}

const A_TABLE: &str = "CREATE TABLE later (\n    at BIGINT\n);\n";

in_both_rooms! {
    async fn the_steps_that_are_still_to_come_are_listed(room) {
        let found = Store::look(&room.url).await.unwrap();
        assert_eq!((found.schema_version, found.steps.len()), (Some(NOW), 0));
        let engine = room.store.facts().await.unwrap().engine;
        assert_eq!(found.engine, engine);
        assert!(STEPS.iter().all(|step| step.about.ends_with('.')), "sentences for people");
        assert_eq!(latest(STEPS), NOW);
    }

    async fn an_older_store_says_how_to_migrate_it_and_a_newer_one_is_refused(room) {
        let later = next_schema(&[A_TABLE]);
        let older = Store::open_at(&room.url, Access::ReadWrite, clock(), &later).await.err().unwrap();
        let words = format!(
            "This database was made by an older Latchkey. Bring it up to date with: latchkey --store {} migrate",
            room.url
        );
        assert_eq!((older.code, older.message), (ErrorCode::SchemaOlder, words));

        room.store.close().await;
        assert_eq!(migrate_to(&room.url, &later).await.unwrap(), Migrated { from: NOW, to: NOW + 1 });
        assert_eq!(migrate_to(&room.url, &later).await.unwrap(), Migrated { from: NOW + 1, to: NOW + 1 });
        Store::open_at(&room.url, Access::ReadWrite, clock(), &later).await.unwrap().close().await;
        for newer in [Store::open(&room.url, clock()).await.err(), Store::migrate(&room.url, clock()).await.err()] {
            let newer = newer.unwrap();
            let words = "This database was made by a newer Latchkey. Install Latchkey 9.1.0 or newer to open it.";
            assert_eq!((newer.code, newer.message.as_str()), (ErrorCode::SchemaNewer, words));
        }
        if let StoreUrl::Sqlite(path) = &room.url {
            let copy = crate::file::beside(path, &format!(".version-{NOW}"));
            Store::open(&StoreUrl::Sqlite(copy), clock()).await.unwrap().close().await;
        }
    }

    async fn a_step_that_fails_leaves_the_version_before_whole(room) {
        room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
        let broken = next_schema(&[A_TABLE, "CREATE TABLE last (\n    at BIGINT\n);\nDROP TABLE nothing;\n"]);
        migrate_to(&room.url, &broken).await.unwrap_err();
        let found = Store::look(&room.url).await.unwrap();
        assert_eq!((found.schema_version, found.steps.len()), (Some(NOW), 0));
        let again = room.second().await;
        let tenants = perform(&again, op::<TenantsList>(json!({}))).await.unwrap();
        assert_eq!(tenants.total, 1);
        again.close().await;
        // Nothing of the step that went well is left either: it goes well again.
        let mended = next_schema(&[A_TABLE, "CREATE TABLE last (\n    at BIGINT\n);\n"]);
        room.store.close().await;
        assert_eq!(migrate_to(&room.url, &mended).await.unwrap(), Migrated { from: NOW, to: NOW + 2 });
    }

    async fn a_store_is_made_once(room) {
        let error = Store::create(&room.url, "sk", clock()).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::StoreUnusable);
        let words = match &room.url {
            StoreUrl::Sqlite(path) => format!("{} exists already", path.display()),
            StoreUrl::Postgres(_) => format!("{} holds a Latchkey store already", room.url),
        };
        assert!(error.message.starts_with(&words), "{}", error.message);
    }
}

#[tokio::test]
async fn an_account_that_may_not_make_tables_is_told_whom_to_ask_and_leaves_nothing() {
    let url = new_database().await;
    let StoreUrl::Postgres(owner) = &url else { unreachable!() };
    let mut login = owner.clone();
    login.place.user = super::grants::login_of(owner, &[]).await;
    login.password = Some(super::grants::password());
    let url = StoreUrl::Postgres(login.clone());
    let error = Store::create(&url, "sk", clock()).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::Forbidden);
    assert!(error.message.starts_with("This account may not create tables in the schema latchkey."));
    let found = Store::look(&url).await.unwrap();
    assert_eq!(found.schema_version, None);
    assert!(found.engine.starts_with("PostgreSQL 1"), "{}", found.engine);

    Store::create(&StoreUrl::Postgres(owner.clone()), "sk", clock()).await.unwrap().close().await;
    let names = super::grants::names(owner);
    Store::grant(&StoreUrl::Postgres(owner.clone()), &names).await.unwrap();
    login.place.user = super::grants::login_of(owner, &[&names.admin]).await;
    let url = StoreUrl::Postgres(login);
    let error = migrate_to(&url, &next_schema(&[A_TABLE])).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Forbidden);
    assert!(error.message.contains("Ask the database's owner to run latchkey migrate"), "{}", error.message);
    Store::open(&url, clock()).await.unwrap().close().await;
}

/// Stores of version 2 in which customers' tenants have these short names, brought to today's.
async fn renamed(slugs: [&str; 2]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    for url in [StoreUrl::Sqlite(folder.path().join("store.db")), new_database().await] {
        let store = Store::create_at(&url, "sk", clock(), &STEPS[..2]).await.unwrap();
        let mut tx = store.shared.pool.begin_write().await.unwrap();
        for (slug, number) in slugs.into_iter().zip(1..) {
            let id = format!("ten_{number:032}");
            sql("INSERT INTO tenants (id, slug, name, name_fold, notes, profile, default_grace_ms, max_grace_ms, \
                 environments, ip_required, allow_reactivate, created_at, updated_at, updated_by, version) \
                 VALUES ($1, $2, $2, $2, '', 'latchkey', 0, 0, '[\"live\"]', 0, 0, 1, 1, 'ann', 1)")
            .bind(id)
            .bind(slug)
            .run(&mut tx)
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        store.close().await;
        assert_eq!(Store::migrate(&url, clock()).await.unwrap(), Migrated { from: 2, to: NOW });
        let store = Store::open(&url, clock()).await.unwrap();
        let tenants = perform(&store, op::<TenantsList>(json!({}))).await.unwrap().items;
        assert!(tenants.iter().all(|tenant| tenant.tenant.policy.ip.is_empty()));
        found.push(tenants.into_iter().map(|tenant| tenant.tenant.slug).collect());
        store.close().await;
    }
    found
}

#[tokio::test]
async fn a_customer_who_has_the_operators_short_name_gets_another() {
    for slugs in renamed(["latchkey", "acme"]).await {
        assert_eq!(slugs, ["acme", "latchkey-tenant"]);
    }
    for slugs in renamed(["latchkey", "latchkey-tenant"]).await {
        assert_eq!(slugs, [format!("latchkey-{:032}", 1).as_str(), "latchkey-tenant"]);
    }
}
