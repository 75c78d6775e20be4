//! The rights that `latchkey init --grants` gives, tried by real accounts: administrators can perform every
//! operation, viewers every reading one, verifiers a verification, and none of them can touch what was done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use latchkey_core::ErrorCode;
use latchkey_core::operation::{Answer, Effect, Operation};
use latchkey_core::operations::*;
use latchkey_core::{Perform, PlaintextKey};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection, PgConnection};

use super::room::{Room, op, perform};
use crate::access::ReadOnly;
use crate::{GrantNames, Password, PostgresLogin, Store, StoreUrl, grants};

/// Every account of these tests has it; the server forgets them with its data.
const PASSWORD: &str = "of a test";
static LOGINS: AtomicU32 = AtomicU32::new(0);

pub(super) fn password() -> Arc<Password> {
    Arc::new(Password::new(PASSWORD.to_owned()))
}

/// Groups that no other test has: roles belong to the whole server.
pub(super) fn names(owner: &PostgresLogin) -> GrantNames {
    let database = &owner.place.database;
    GrantNames {
        admin: format!("{database}_admin"),
        viewer: format!("{database}_viewer"),
        verifier: format!("{database}_verifier"),
    }
}

async fn connected(login: &PostgresLogin) -> PgConnection {
    let place = &login.place;
    let options = PgConnectOptions::new_without_pgpass()
        .host(&place.host)
        .port(place.port)
        .username(&place.user)
        .password(PASSWORD)
        .database(&place.database)
        .ssl_mode(PgSslMode::Disable);
    PgConnection::connect_with(&options).await.unwrap()
}

async fn run(connection: &mut PgConnection, text: &str) -> sqlx::Result<()> {
    let text = sqlx::QueryBuilder::<sqlx::Postgres>::new(text).into_sql();
    sqlx::raw_sql(text).execute(connection).await.map(drop)
}

/// A new account that is in these groups.
pub(super) async fn login_of(owner: &PostgresLogin, groups: &[&str]) -> String {
    let name = format!("{}_{}", owner.place.database, LOGINS.fetch_add(1, Ordering::SeqCst));
    let mut connection = connected(owner).await;
    run(&mut connection, &format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")).await.unwrap();
    for group in groups {
        run(&mut connection, &format!("GRANT {group} TO {name}")).await.unwrap();
    }
    name
}

/// A store with its groups, and one account in each.
pub(super) struct Granted {
    pub(super) room: Room,
    pub(super) admin: PostgresLogin,
    pub(super) viewer: PostgresLogin,
    pub(super) verifier: PostgresLogin,
}

impl Granted {
    pub(super) async fn new() -> Self {
        let room = Room::postgres().await;
        let StoreUrl::Postgres(owner) = room.url.clone() else { unreachable!() };
        let names = names(&owner);
        Store::grant(&room.url, &names).await.unwrap();
        // A second time changes nothing.
        Store::grant(&room.url, &names).await.unwrap();
        let login = async |group: &str| {
            let mut login = owner.clone();
            login.place.user = login_of(&owner, &[group]).await;
            login.password = Some(password());
            login
        };
        Self {
            admin: login(&names.admin).await,
            viewer: login(&names.viewer).await,
            verifier: login(&names.verifier).await,
            room,
        }
    }

    pub(super) async fn open(&self, login: &PostgresLogin) -> Store {
        Store::open(&StoreUrl::Postgres(login.clone()), self.room.clock.clone()).await.unwrap()
    }
}

/// Operations performed one after another, and which they were.
struct Doing<'a> {
    store: &'a Store,
    done: Vec<&'static str>,
}

impl Doing<'_> {
    async fn does<O: Operation>(&mut self, request: Value) -> (Value, Option<PlaintextKey>)
    where
        Store: Perform<O>,
    {
        self.done.push(O::NAME);
        let answer = perform(self.store, op::<O>(request)).await;
        let answer = answer.unwrap_or_else(|error| panic!("{}: {error:?}", O::NAME));
        let (shown, plaintext) = answer.take_apart();
        (serde_json::to_value(shown).unwrap(), plaintext)
    }
}

/// The names of the operations whose effect is one of these, from the table.
fn named(effects: &[Effect]) -> Vec<&'static str> {
    struct Names<'a>(&'a [Effect], Vec<&'static str>);
    impl Visitor<Store> for Names<'_> {
        fn visit<O: Operation>(&mut self)
        where
            Store: Perform<O>,
        {
            if self.0.contains(&O::EFFECT) {
                self.1.push(O::NAME);
            }
        }
    }
    let mut names = Names(effects, Vec::new());
    every_operation::<Store>(&mut names);
    names.1.sort_unstable();
    names.1
}

/// Every operation that changes something, in an order in which each is allowed.
async fn change_everything(store: &Store) -> Vec<&'static str> {
    let mut doing = Doing { store, done: Vec::new() };
    let id = |answer: &Value| answer["id"].clone();
    doing.does::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme", "allow_reactivate": true })).await;
    doing.does::<TenantsUpdate>(json!({ "tenant": "acme", "notes": "hello" })).await;
    doing.does::<TenantsSuspend>(json!({ "tenant": "acme" })).await;
    doing.does::<TenantsResume>(json!({ "tenant": "acme" })).await;
    let (role, _) = doing.does::<RolesCreate>(json!({ "tenant": "acme", "name": "Reader" })).await;
    doing.does::<RolesUpdate>(json!({ "role": id(&role), "name": "Writer" })).await;
    doing.does::<RolesDelete>(json!({ "role": id(&role) })).await;
    let (key, _) =
        doing.does::<KeysIssue>(json!({ "tenant": "acme", "name": "n8n", "confirm": "later" })).await;
    let key = id(&key["key"]);
    doing.does::<KeysRemint>(json!({ "key": key, "confirm": "later" })).await;
    doing.does::<KeysConfirm>(json!({ "key": key })).await;
    doing.does::<KeysUpdate>(json!({ "key": key, "notes": "hello" })).await;
    doing.does::<KeysRotate>(json!({ "key": key, "grace": "1h" })).await;
    doing.does::<KeysExtendGrace>(json!({ "key": key, "by": "1h" })).await;
    doing.does::<KeysUndoRotation>(json!({ "key": key })).await;
    doing.does::<KeysRotate>(json!({ "key": key, "grace": "1h" })).await;
    doing.does::<KeysRetireOld>(json!({ "key": key })).await;
    doing.does::<KeysSuspend>(json!({ "key": key })).await;
    doing.does::<KeysResume>(json!({ "key": key })).await;
    doing.does::<KeysRevoke>(json!({ "key": key, "reason": "unused" })).await;
    doing.does::<KeysReactivate>(json!({ "key": key })).await;
    let (operator, _) = doing.does::<OperatorsCreate>(json!({ "name": "ops", "role": "admin" })).await;
    let operator = id(&operator["key"]);
    doing.does::<OperatorsCreate>(json!({ "name": "other", "role": "admin" })).await;
    doing.does::<OperatorsUpdate>(json!({ "operator": operator, "role": "viewer" })).await;
    doing.does::<OperatorsRotate>(json!({ "operator": operator })).await;
    doing.does::<OperatorsRemove>(json!({ "operator": operator })).await;
    doing.done.sort_unstable();
    doing.done.dedup();
    doing.done
}

/// Every operation that reads.
async fn read_everything(store: &Store, key: &Value, plaintext: &PlaintextKey) -> Vec<&'static str> {
    let mut doing = Doing { store, done: Vec::new() };
    doing.does::<TenantsList>(json!({})).await;
    doing.does::<TenantsGet>(json!({ "tenant": "beta" })).await;
    doing.does::<RolesList>(json!({})).await;
    doing.does::<RolesGet>(json!({ "role": "Keeper", "tenant": "beta" })).await;
    doing.does::<KeysList>(json!({ "search": "flow" })).await;
    doing.does::<KeysGet>(json!({ "key": key })).await;
    let (found, _) = doing.does::<KeysFind>(json!({ "candidates": [plaintext.expose()] })).await;
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    let (verified, _) = doing.does::<KeysVerify>(json!({ "key": plaintext.expose() })).await;
    assert_eq!(verified["valid"], true);
    doing.does::<AuditList>(json!({})).await;
    let (verdict, _) = doing.does::<AuditVerify>(json!({})).await;
    assert_eq!(verdict["intact"], true);
    doing.does::<ChangesSince>(json!({ "revision": 1 })).await;
    doing.does::<ChangesMade>(json!({ "idempotency_key": "k1" })).await;
    doing.does::<OperatorsList>(json!({})).await;
    doing.does::<OperatorsCurrent>(json!({})).await;
    doing.does::<EventsList>(json!({})).await;
    doing.does::<UsageGet>(json!({ "key": key })).await;
    doing.does::<UsageGet>(json!({ "tenant": "beta" })).await;
    doing.does::<UsageGet>(json!({})).await;
    doing.done.sort_unstable();
    doing.done.dedup();
    doing.done
}

/// A key of a tenant `beta` with a role, made by the owner.
pub(super) async fn with_a_key(room: &Room) -> (Value, PlaintextKey) {
    room.does(op::<TenantsCreate>(json!({ "slug": "beta", "name": "Beta" }))).await;
    room.does(op::<RolesCreate>(json!({ "tenant": "beta", "name": "Keeper" }))).await;
    let issue = json!({ "tenant": "beta", "name": "flow", "role": "Keeper", "confirm": "now" });
    let (issued, plaintext) = room.mints(op::<KeysIssue>(issue)).await;
    (json!(issued.key.id), plaintext)
}

#[tokio::test]
async fn an_administrator_can_perform_every_operation_and_nobody_else_a_changing_one() {
    let granted = Granted::new().await;
    let (key, plaintext) = with_a_key(&granted.room).await;
    let admin = granted.open(&granted.admin).await;
    assert_eq!(admin.read_only(), None);
    assert_eq!(admin.warnings(), [""; 0], "no warning for the account that is meant to be used");
    assert_eq!(change_everything(&admin).await, named(&[Effect::Changes, Effect::Mints]));
    assert_eq!(read_everything(&admin, &key, &plaintext).await, named(&[Effect::Reads]));
    for login in [&granted.viewer, &granted.verifier] {
        let store = granted.open(login).await;
        assert_eq!(store.read_only(), Some(ReadOnly::Account));
        let refused = perform(&store, op::<KeysRevoke>(json!({ "key": key }))).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::ReadOnly);
    }
}

#[tokio::test]
async fn a_viewer_can_perform_every_reading_operation() {
    let granted = Granted::new().await;
    let (key, plaintext) = with_a_key(&granted.room).await;
    let viewer = granted.open(&granted.viewer).await;
    assert_eq!(read_everything(&viewer, &key, &plaintext).await, named(&[Effect::Reads]));
    assert!(viewer.diagnose().await.unwrap().iter().all(|finding| finding.ok));
    assert_eq!(viewer.facts().await.unwrap().keys, 1);
}

#[tokio::test]
async fn nobody_of_the_three_can_change_what_was_done_or_what_guards_it() {
    let granted = Granted::new().await;
    with_a_key(&granted.room).await;
    let everybody = [
        "UPDATE latchkey.audit SET actor = 'somebody' WHERE seq = 1",
        "UPDATE latchkey.audit_targets SET id = id",
        "DELETE FROM latchkey.audit WHERE seq = 1",
        "DELETE FROM latchkey.audit_targets",
        "TRUNCATE latchkey.audit CASCADE",
        "TRUNCATE latchkey.keys CASCADE",
        "DELETE FROM latchkey.keys",
        "DELETE FROM latchkey.audit_head",
        "INSERT INTO latchkey._sqlx_migrations SELECT 99, '', now(), true, '', 0",
        "UPDATE latchkey.meta SET value = 'other'",
        "ALTER TABLE latchkey.audit DISABLE TRIGGER USER",
        "DROP TRIGGER audit_stays ON latchkey.audit",
        "CREATE OR REPLACE FUNCTION latchkey.audit_stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER mine BEFORE INSERT ON latchkey.keys FOR EACH ROW EXECUTE FUNCTION latchkey.audit_stays()",
        "CREATE RULE mine AS ON INSERT TO latchkey.audit DO INSTEAD NOTHING",
        "CREATE TABLE latchkey.mine (x BIGINT)",
        "DROP TABLE latchkey.audit",
        "DROP SCHEMA latchkey CASCADE",
        "SET session_replication_role = replica",
        "ALTER TABLE latchkey.audit OWNER TO CURRENT_USER",
    ];
    let those_who_look = [
        "INSERT INTO latchkey.audit SELECT seq + 100, at, action, actor, source, noun, target_id, target_name, \
         tenant_id, request_id, before_json, after_json, prev_hash, hash FROM latchkey.audit",
        "INSERT INTO latchkey.audit_targets VALUES ('key', repeat('x', 36), 1)",
        "UPDATE latchkey.audit_head SET seq = 0",
        "UPDATE latchkey.keys SET revoked_at = NULL",
        "UPDATE latchkey.secrets SET killed_at = NULL",
        "UPDATE latchkey.secrets SET digest = ''",
        "DELETE FROM latchkey.usage_hours",
        "DELETE FROM latchkey.events",
        "UPDATE latchkey.events SET count = 1",
        "DELETE FROM latchkey.idempotency",
        "SELECT * FROM latchkey.keys FOR UPDATE",
    ];
    for login in [&granted.admin, &granted.viewer, &granted.verifier] {
        let looks_only = login.place.user != granted.admin.place.user;
        let mut connection = connected(login).await;
        // PostgreSQL only warns of rights that are not one's own to give; that none came of it is seen next.
        run(&mut connection, "GRANT ALL ON latchkey.audit, latchkey.audit_targets TO CURRENT_USER")
            .await
            .unwrap_or_default();
        for text in everybody.iter().chain(those_who_look.iter().filter(|_| looks_only)) {
            let denied = run(&mut connection, text).await.expect_err(text);
            let code =
                denied.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap().into_owned();
            // Rights; where PostgreSQL looks at somebody's own list first, ownership says the same.
            assert_eq!(code, "42501", "{}: {text}: {denied}", login.place.user);
        }
    }
    assert!(granted.room.does(op::<AuditVerify>(json!({}))).await.intact);
}

#[tokio::test]
async fn an_account_without_rights_is_told_where_they_come_from() {
    let granted = Granted::new().await;
    let StoreUrl::Postgres(owner) = &granted.room.url else { unreachable!() };
    let mut stranger = granted.admin.clone();
    stranger.place.user = login_of(owner, &[]).await;
    let url = StoreUrl::Postgres(stranger);
    let refused = Store::open(&url, granted.room.clock.clone()).await.err().unwrap();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    assert!(refused.message.contains("latchkey init --grants"), "{}", refused.message);
    let names = names(owner);
    for login in [&granted.admin, &granted.viewer] {
        let url = StoreUrl::Postgres(login.clone());
        let refused = Store::grant(&url, &names).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert!(refused.message.contains("as the owner of its tables"), "{}", refused.message);
    }
    let of_a_file = Store::grant(&StoreUrl::Sqlite("keys.db".into()), &names).await.unwrap_err();
    assert_eq!(of_a_file.field.as_deref(), Some("store"));
}

#[tokio::test]
async fn the_rights_name_every_table_and_take_back_what_was_given_beside_them() {
    let granted = Granted::new().await;
    let StoreUrl::Postgres(owner) = &granted.room.url else { unreachable!() };
    let names = names(owner);
    let text = grants(&granted.room.url, &names).unwrap();
    let mut connection = connected(owner).await;
    let tables: Vec<(String,)> =
        sqlx::query_as("SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = 'latchkey'")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert!(tables.len() > 10);
    for (table,) in tables {
        assert!(text.contains(&format!("ON \"latchkey\".\"{table}\" TO")), "{table}");
    }
    let viewer = &names.viewer;
    run(&mut connection, &format!("GRANT ALL ON latchkey.audit TO {viewer}, PUBLIC")).await.unwrap();
    Store::grant(&granted.room.url, &names).await.unwrap();
    let mut looking = connected(&granted.viewer).await;
    run(&mut looking, "DELETE FROM latchkey.idempotency").await.unwrap_err();
    run(&mut looking, "INSERT INTO latchkey.audit_targets VALUES ('key', repeat('x', 36), 1)")
        .await
        .unwrap_err();
    let (may,): (bool,) =
        sqlx::query_as("SELECT has_table_privilege('latchkey.audit', 'INSERT, UPDATE, DELETE')")
            .fetch_one(&mut looking)
            .await
            .unwrap();
    assert!(!may);
}
