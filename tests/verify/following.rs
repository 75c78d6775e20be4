//! How soon a change holds, and what is answered while the store is away: never a yes that is too old, never a no that
//! nobody can know.

use latchkey_core::Span;
use latchkey_core::operations::{
    KeysRevoke, KeysUpdate, RolesCreate, RolesUpdate, TenantsResume, TenantsSuspend,
};
use latchkey_core::permission::Requirement;
use latchkey_core::verification::Outcome;
use latchkey_store::StoreUrl;
use latchkey_verify::Question;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::service::{begin, outcome, settings, until, verify};

in_both_rooms! {
    async fn a_change_made_here_holds_from_the_next_verification(room) {
        let (details, key) = room.key("n8n").await;
        let verifier = begin(&room, settings()).await;
        let asked = Question {
            requirement: Requirement { all: vec!["posts:read".parse().unwrap()], any: Vec::new() },
            ..Question::default()
        };
        let ask = async |from: &str| {
            verifier.catch_up().await.unwrap();
            verifier.verify(key.expose(), &asked, from.parse().ok()).await.unwrap().outcome
        };
        assert_eq!(ask("10.0.0.1").await, Outcome::InsufficientPermissions);
        room.call::<KeysUpdate>(json!({"key": details.id, "scopes": ["posts:*"]})).await.unwrap();
        assert_eq!(ask("10.0.0.1").await, Outcome::Valid);
        room.call::<KeysUpdate>(json!({"key": details.id, "ip": ["11.0.0.0/8"]})).await.unwrap();
        assert_eq!(ask("10.0.0.1").await, Outcome::IpDenied);
        room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Reader", "permissions": ["posts:read"]})).await.unwrap();
        room.call::<KeysUpdate>(json!({"key": details.id, "scopes": [], "ip": [], "role": "Reader"})).await.unwrap();
        assert_eq!(ask("10.0.0.1").await, Outcome::Valid);
        room.call::<RolesUpdate>(json!({"tenant": "acme", "role": "Reader", "permissions": ["users:read"]})).await.unwrap();
        assert_eq!(ask("10.0.0.1").await, Outcome::InsufficientPermissions, "a change of its role");
        room.call::<TenantsSuspend>(json!({"tenant": "acme"})).await.unwrap();
        assert_eq!(ask("10.0.0.1").await, Outcome::Suspended);
        room.call::<TenantsResume>(json!({"tenant": "acme"})).await.unwrap();
        let old = outcome(&verifier, &key).await;
        assert!(matches!(old, Outcome::Valid | Outcome::Suspended), "before catching up: either");
        verifier.catch_up().await.unwrap();
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        let new = room.rotate(&room.get(&details).await, "0").await;
        verifier.catch_up().await.unwrap();
        assert_eq!(outcome(&verifier, &key).await, Outcome::Retired, "zero grace");
        assert_eq!(outcome(&verifier, &new).await, Outcome::Valid);
        room.call::<KeysRevoke>(json!({"key": details.id})).await.unwrap();
        verifier.catch_up().await.unwrap();
        assert_eq!(outcome(&verifier, &new).await, Outcome::Revoked);
        // Its text was proved once; nothing that changed about it since cost argon2id again.
        assert_eq!(verifier.stats().argon2_runs, 2);
        verifier.stop().await;
    }

    async fn a_change_made_by_another_program_is_heard_of(room) {
        let (details, key) = room.key("n8n").await;
        let other = room.another().await;
        let verifier = begin(&room, settings()).await;
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        other.call::<KeysRevoke>(json!({"key": details.id})).await.unwrap();
        until("the revocation holds here", async || outcome(&verifier, &key).await == Outcome::Revoked).await;
        verifier.stop().await;
    }

    async fn a_secret_dies_at_its_instant_without_the_store_and_stays_dead(room) {
        let (details, old) = room.key("n8n").await;
        let new = room.rotate(&details, "1h").await;
        let verifier = begin(&room, settings()).await;
        for key in [&old, &new] {
            assert_eq!(outcome(&verifier, key).await, Outcome::Valid);
        }
        let start = room.now();
        room.clock.set(start.plus(Span::from_millis(3_599_999)));
        assert_eq!(outcome(&verifier, &old).await, Outcome::Valid);
        room.clock.set(start.plus(Span::hours(1)));
        assert_eq!(outcome(&verifier, &old).await, Outcome::Retired);
        room.clock.set(start);
        assert_eq!(outcome(&verifier, &old).await, Outcome::Retired, "a clock that goes back revives nothing");
        assert_eq!(outcome(&verifier, &new).await, Outcome::Valid);
        verifier.stop().await;
    }

    async fn while_the_store_is_away_memory_answers_for_as_long_as_the_bound_and_then_nobody(room) {
        let (_, key) = room.key("n8n").await;
        let (_, cold) = room.key("cold").await;
        let verifier = begin(&room, settings()).await;
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        room.store.close().await;
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid, "it was heard of a moment ago");
        assert!(verify(&verifier, &cold).await.is_err(), "what is not in memory cannot be told");
        room.clock.advance(Span::from_millis(5_001));
        assert!(verifier.verify_warm(key.expose(), &Question::default(), None).is_none());
        let untold = verify(&verifier, &key).await.err().unwrap();
        assert!(untold.retry_after.as_millis() > 0 && !untold.why.is_empty());
        assert!(verifier.stats().strict);
        // A typo needs no store.
        let typo = latchkey_core::PlaintextKey::new("sk_live_typo".to_owned());
        assert_eq!(outcome(&verifier, &typo).await, Outcome::Malformed);
    }

    async fn after_a_catching_up_that_failed_memory_is_not_believed(room) {
        let (_, key) = room.key("n8n").await;
        let verifier = begin(&room, settings()).await;
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        room.store.close().await;
        assert!(verifier.catch_up().await.is_err());
        assert!(verifier.verify_warm(key.expose(), &Question::default(), None).is_none());
        assert!(verify(&verifier, &key).await.is_err());
    }

    async fn a_store_that_was_away_for_long_is_read_again_whatever_its_numbers_say(room) {
        let (_, key) = room.key("n8n").await;
        let verifier = begin(&room, settings()).await;
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        // As after a backup was restored and as many changes were made again, this one among them.
        without_a_trace(&room.url, "UPDATE keys SET suspended_at = 1").await;
        room.clock.advance(Span::from_millis(5_001));
        assert_eq!(outcome(&verifier, &key).await, Outcome::Suspended);
        assert_eq!(verifier.stats().argon2_runs, 1, "what was proved stays proved");
        verifier.stop().await;
    }

    async fn a_computer_that_slept_asks_once_and_goes_on(room) {
        let (_, key) = room.key("n8n").await;
        let verifier = begin(&room, settings()).await;
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        room.clock.advance(Span::hours(3));
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        assert!(verifier.verify_warm(key.expose(), &Question::default(), None).unwrap().is_valid());
        verifier.stop().await;
    }
}

/// Changes the store beside everything that would tell of it.
async fn without_a_trace(url: &StoreUrl, statement: &'static str) {
    match url {
        StoreUrl::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path);
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
        StoreUrl::Postgres(_) => {
            let mut connection = PgConnection::connect(&url.to_string()).await.unwrap();
            sqlx::raw_sql("SET search_path TO latchkey").execute(&mut connection).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
    }
}
