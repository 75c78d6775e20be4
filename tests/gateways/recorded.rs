//! What is left of verifications over HTTP once the server has written it: uses by hour and outcome, security events, and
//! a new secret that its first use confirmed.

use std::time::Duration;

use latchkey_core::key::KeyStatus;
use latchkey_core::operations::{
    EventsList, KeyDetails, KeysConfirm, KeysRevoke, KeysRotate, SecurityEvent, UsageGet,
};
use latchkey_core::{Clock as _, PlaintextKey, Span};
use latchkey_store::StoreUrl;
use latchkey_tests::Room;
use latchkey_tests::exchange::{Ask, get, post};
use latchkey_tests::place::Place;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

/// What the store knows of a key's uses: the outcome's word and how often.
async fn uses(room: &Room, key: &KeyDetails) -> Vec<(&'static str, u64)> {
    let report = room.call::<UsageGet>(json!({"key": key.id})).await.unwrap();
    assert!(report.gathered);
    let mut uses: Vec<_> =
        report.buckets.iter().map(|bucket| (bucket.outcome.word(), bucket.count)).collect();
    uses.sort_unstable();
    uses
}

async fn events(room: &Room, kind: &str) -> Vec<SecurityEvent> {
    room.call::<EventsList>(json!({"kind": kind})).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_ask_is_a_use_and_a_try_is_none() {
    let place = Place::new().await;
    let (key, plaintext) = place.key(json!({"scopes": ["posts:read"]})).await;
    let (_, token) = place.operator("dana", "viewer").await;
    let shown = plaintext.expose();
    let ask = |ask: Ask| place.ask(ask.from("203.0.113.9"));
    assert_eq!(ask(get("/v1/check").bearer(shown)).await.status, 200);
    assert_eq!(ask(get("/v1/check?permission=posts:write&proxy=nginx").bearer(shown)).await.status, 403);
    assert_eq!(ask(get("/v1/self").bearer(shown)).await.status, 200);
    assert_eq!(ask(get("/v1/self/scopes/posts:write").bearer(shown)).await.status, 200);
    let verify = || post("/v1/keys/verify", &json!({"key": shown}));
    let a_try = verify().bearer(token.expose()).with("Latchkey-Source", "desktop");
    assert_eq!(ask(a_try).await.status, 200);
    place.room.clock.advance(Span::minutes(1));
    assert_eq!(ask(verify()).await.status, 200);
    let room = place.stop().await;
    assert_eq!(uses(&room, &key).await, [("insufficient_permissions", 1), ("valid", 4)]);
    let used = room.get(&key).await.usage;
    assert_eq!((used.last_used_at, used.count), (Some(room.clock.now()), 4));
    assert_eq!(used.last_used_ip.as_deref(), Some("203.0.113.9"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_secret_and_a_used_up_limit_are_events() {
    let place = Place::new().await;
    let (rotated, old) = place.key(json!({"name": "rotated"})).await;
    place.call::<KeysRotate>(json!({"key": rotated.id, "grace": "0"})).await.unwrap();
    let (revoked, gone) = place.key(json!({"name": "revoked"})).await;
    place.call::<KeysRevoke>(json!({"key": revoked.id, "reason": "leaked"})).await.unwrap();
    let (busy, small) = place.key(json!({"name": "busy", "tier": "small"})).await;
    let check = |key: &str| place.ask(get("/v1/check").bearer(key).from("203.0.113.9"));
    for _ in 0..3 {
        assert_eq!(check(old.expose()).await.status, 401);
    }
    assert_eq!(check(gone.expose()).await.status, 401);
    for _ in 0..7 {
        check(small.expose()).await;
    }
    let room = place.stop().await;
    let dead = events(&room, "dead_secret_used").await;
    let of = |key: &KeyDetails| dead.iter().find(|event| event.key_id == Some(key.id)).unwrap();
    assert_eq!((dead.len(), of(&rotated).outcome.as_str(), of(&rotated).count), (2, "retired", 3));
    assert_eq!((of(&revoked).outcome.as_str(), of(&revoked).ip.as_deref()), ("revoked", Some("203.0.113.9")));
    let limits = events(&room, "limit_hit").await;
    assert_eq!((limits.len(), limits[0].key_id, limits[0].count), (1, Some(busy.id), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_without_a_token_is_recorded_by_their_own_address_and_a_known_service_by_its_clients() {
    let place = Place::new().await;
    let (used, good) = place.key(json!({"name": "good"})).await;
    let (revoked, gone) = place.key(json!({"name": "revoked"})).await;
    place.call::<KeysRevoke>(json!({"key": revoked.id})).await.unwrap();
    let (_, token) = place.operator("dana", "viewer").await;
    let ask = |key: &PlaintextKey, client_ip: &str| {
        post("/v1/keys/verify", &json!({"key": key.expose(), "client_ip": client_ip})).from("203.0.113.9")
    };
    for number in 0..30 {
        for key in [&good, &gone] {
            assert_eq!(place.ask(ask(key, &format!("198.51.100.{number}"))).await.status, 200);
        }
    }
    place.ask(ask(&gone, "192.0.2.7").bearer(token.expose())).await;
    let room = place.stop().await;
    let dead = events(&room, "dead_secret_used").await;
    let mut told: Vec<_> = dead.iter().map(|event| (event.ip.as_deref(), event.count)).collect();
    told.sort_unstable();
    assert_eq!(told, [(Some("192.0.2.7"), 1), (Some("203.0.113.9"), 30)]);
    assert_eq!(room.get(&used).await.usage.last_used_ip.as_deref(), Some("203.0.113.9"));
}

#[tokio::test(flavor = "multi_thread")]
async fn first_uses_that_wait_for_the_store_are_confirmed_before_the_server_ends() {
    let place = Place::new().await;
    let mut keys = Vec::new();
    for name in ["one", "two", "three"] {
        let (key, _) = place.key(json!({"name": name})).await;
        let rotate = json!({"key": key.id, "grace": "1h", "confirm": "later"});
        let new = place.call::<KeysRotate>(rotate).await.unwrap().plaintext.unwrap();
        keys.push((key, new));
    }
    let StoreUrl::Sqlite(path) = &place.room.url else { panic!("a file") };
    let mut other =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    for (_, new) in &keys {
        assert_eq!(place.ask(get("/v1/check").bearer(new.expose())).await.status, 200);
    }
    let stopping = tokio::spawn(place.stop());
    tokio::time::sleep(Duration::from_secs(1)).await;
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    let room = stopping.await.unwrap();
    for (key, _) in &keys {
        assert_eq!(room.get(key).await.status, KeyStatus::Rotating, "{}", key.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_use_confirms_a_new_secret() {
    let place = Place::new().await;
    let (key, _) = place.key(json!({})).await;
    let rotate = json!({"key": key.id, "grace": "1h", "confirm": "later"});
    let new = place.call::<KeysRotate>(rotate).await.unwrap().plaintext.unwrap();
    assert_eq!(place.ask(get("/v1/check").bearer(new.expose())).await.status, 200);
    let used_at = place.room.clock.now();
    let room = place.stop().await;
    let now = room.get(&key).await;
    assert_eq!((now.status, now.old_until), (KeyStatus::Rotating, Some(used_at.plus(Span::hours(1)))));
    // Confirming it again changes nothing.
    room.call::<KeysConfirm>(json!({"key": key.id})).await.unwrap();
    assert_eq!(room.get(&key).await.old_until, now.old_until);
}
