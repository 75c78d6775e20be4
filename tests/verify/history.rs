//! A store that loses its last changes while it is verified against, faster than anybody could miss it: a standby that
//! took over without them, a backup that was brought back. Its numbers may be what they were, its history is not.

use latchkey_core::PlaintextKey;
use latchkey_core::operations::{KeyDetails, KeysRevoke};
use latchkey_core::verification::Outcome;
use latchkey_store::StoreUrl;
use latchkey_tests::Room;
use latchkey_tests::exchange::get;
use latchkey_tests::place::Place;
use latchkey_verify::Verifier;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection, Postgres, QueryBuilder, Sqlite, SqliteConnection};

use crate::service::{begin, outcome, settings, until};

in_both_rooms! {
    async fn a_store_that_lost_its_last_change_is_read_anew_at_the_next_look(room) {
        let story = Story::tell(&room, &[]).await;
        assert_eq!(story.outcomes().await, [Outcome::Revoked, Outcome::Valid]);
        bring_back(&room.url, "other").await;
        story.verifier.look().await.unwrap();
        assert_eq!(story.outcomes().await, [Outcome::Valid, Outcome::Valid]);
        assert_eq!(story.verifier.stats().revision, story.before);
    }

    async fn a_store_that_lost_a_change_and_made_as_many_others_is_read_anew(room) {
        let story = Story::tell(&room, &["second"]).await;
        assert_eq!(story.outcomes().await, [Outcome::Revoked, Outcome::Valid]);
        let known = story.verifier.stats().revision;
        bring_back(&room.url, "other").await;
        story.verifier.look().await.unwrap();
        assert_eq!(story.verifier.stats().revision, known, "by its number nothing has happened");
        assert_eq!(story.outcomes().await, [Outcome::Valid, Outcome::Revoked]);
    }

    async fn a_store_that_lost_a_change_and_went_on_beyond_it_is_read_anew_whoever_looks(room) {
        let story = Story::tell(&room, &["third", "second", "fourth"]).await;
        assert_eq!(story.outcomes().await, [Outcome::Revoked, Outcome::Valid]);
        bring_back(&room.url, "other").await;
        // Nobody asks for a look, and nobody tells of a change.
        until("what is lost is noticed", async || {
            story.outcomes().await == [Outcome::Valid, Outcome::Revoked]
        })
        .await;
        assert_eq!(story.verifier.stats().revision, story.before + 3);
    }

    async fn a_gateways_question_is_about_the_tenant_of_the_history_that_stands(room) {
        keep(&room.url, "before").await;
        let place = Place::on(room, |_| {}).await;
        let check = async |key: &PlaintextKey| {
            place.ask(get("/v1/check?tenant=globex").bearer(key.expose())).await.status
        };
        place.tenant("globex", "latchkey").await;
        let (_, old) = place.key(json!({"tenant": "globex"})).await;
        assert_eq!(check(&old).await, 200);
        bring_back(&place.room.url, "before").await;
        place.tenant("globex", "latchkey").await;
        let (_, new) = place.key(json!({"tenant": "globex"})).await;
        assert_eq!((check(&old).await, check(&new).await), (401, 200));
    }

    async fn a_history_that_goes_on_forgets_nothing_that_was_proved(room) {
        let story = Story::tell(&room, &[]).await;
        let (_, more) = room.key("more").await;
        assert_eq!(outcome(&story.verifier, &more).await, Outcome::Valid);
        let runs = story.verifier.stats().argon2_runs;
        room.key("yet another").await;
        story.verifier.look().await.unwrap();
        assert_eq!(outcome(&story.verifier, &more).await, Outcome::Valid);
        assert_eq!(story.verifier.stats().argon2_runs, runs);
    }
}

/// Two keys, a history in which the first was revoked, which a verifier has seen, and the copy `other` of the store, in
/// which that never happened, but other keys were revoked.
struct Story {
    keys: [PlaintextKey; 2],
    verifier: Verifier,
    /// The revision before any was revoked.
    before: i64,
}

impl Story {
    async fn tell(room: &Room, others: &[&str]) -> Self {
        let mut keys = Vec::new();
        for name in ["first", "second", "third", "fourth"] {
            keys.push(room.key(name).await);
        }
        let revoke = async |name: &str| {
            let named = |(key, _): &&(KeyDetails, PlaintextKey)| key.name == name;
            let id = keys.iter().find(named).unwrap().0.id;
            room.call::<KeysRevoke>(json!({"key": id})).await.unwrap();
        };
        let before = room.store.revision().await.unwrap().number;
        keep(&room.url, "before").await;
        for name in others {
            revoke(name).await;
        }
        keep(&room.url, "other").await;
        bring_back(&room.url, "before").await;
        let verifier = begin(room, settings()).await;
        revoke("first").await;
        verifier.catch_up().await.unwrap();
        let [first, second, ..]: [PlaintextKey; 4] =
            keys.into_iter().map(|(_, plaintext)| plaintext).collect::<Vec<_>>().try_into().ok().unwrap();
        Self { keys: [first, second], verifier, before }
    }

    async fn outcomes(&self) -> [Outcome; 2] {
        let [first, second] = &self.keys;
        [outcome(&self.verifier, first).await, outcome(&self.verifier, second).await]
    }
}

/// Copies every table of the store.
async fn keep(url: &StoreUrl, copy: &str) {
    match url {
        StoreUrl::Sqlite(path) => {
            let into = path.with_extension(copy);
            let mut file = file(url).await;
            sqlx::query("VACUUM INTO $1").bind(into.to_string_lossy()).execute(&mut file).await.unwrap();
        }
        StoreUrl::Postgres(_) => {
            let mut database = PgConnection::connect(&url.to_string()).await.unwrap();
            let mut text = QueryBuilder::<Postgres>::new(format!("CREATE SCHEMA {copy};"));
            for table in tables(&mut database).await {
                text.push(format!("CREATE TABLE {copy}.{table} AS TABLE latchkey.{table};"));
            }
            sqlx::raw_sql(text.into_sql()).execute(&mut database).await.unwrap();
        }
    }
}

/// Makes the store what it was when the copy was made, all at once and telling nobody.
async fn bring_back(url: &StoreUrl, copy: &str) {
    match url {
        StoreUrl::Sqlite(path) => {
            let mut file = file(url).await;
            let of_tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'";
            let tables: Vec<String> = sqlx::query_scalar(of_tables).fetch_all(&mut file).await.unwrap();
            let guards = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
            let guards: Vec<(String, String)> = sqlx::query_as(guards).fetch_all(&mut file).await.unwrap();
            let from = path.with_extension(copy);
            sqlx::query("ATTACH $1 AS copy").bind(from.to_string_lossy()).execute(&mut file).await.unwrap();
            let mut text = QueryBuilder::<Sqlite>::new("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE;");
            for (name, _) in &guards {
                text.push(format!("DROP TRIGGER {name};"));
            }
            for table in tables {
                text.push(refilled(&format!("main.{table}"), &format!("copy.{table}")));
            }
            for (_, guard) in &guards {
                text.push(guard).push(";");
            }
            text.push("COMMIT;");
            sqlx::raw_sql(text.into_sql()).execute(&mut file).await.unwrap();
        }
        StoreUrl::Postgres(_) => {
            let mut database = PgConnection::connect(&url.to_string()).await.unwrap();
            // Without the guards of the audit and of what refers to what, as replication writes.
            let mut text = QueryBuilder::<Postgres>::new("SET session_replication_role = replica; BEGIN;");
            for table in tables(&mut database).await {
                text.push(refilled(&format!("latchkey.{table}"), &format!("{copy}.{table}")));
            }
            text.push("COMMIT;");
            sqlx::raw_sql(text.into_sql()).execute(&mut database).await.unwrap();
        }
    }
}

/// Makes a table hold what another does.
fn refilled(table: &str, from: &str) -> String {
    format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM {from};")
}

async fn file(url: &StoreUrl) -> SqliteConnection {
    let StoreUrl::Sqlite(path) = url else { panic!("{url} is no file") };
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap()
}

async fn tables(database: &mut PgConnection) -> Vec<String> {
    let all = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relname NOT LIKE '\\_sqlx%' \
               AND relnamespace = 'latchkey'::regnamespace";
    sqlx::query_scalar(all).fetch_all(database).await.unwrap()
}
