//! Waiting for changes: whoever waits is told of them, and no longer once they are no operator any more.

use std::time::Duration;

use latchkey_core::operations::{OperatorsRemove, TenantsCreate};
use latchkey_tests::exchange::get;
use latchkey_tests::place::Place;
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::raw::Raw;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_wakes_whoever_waits_and_a_change_over_http_is_seen_by_the_next_verification() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    let (key, plaintext) = place.key(json!({"name": "n"})).await;
    let now = place.ask(get("/v1/changes").bearer(token.expose())).await.json()["revision"].as_i64().unwrap();
    let waiting = get(&format!("/v1/changes?revision={now}&wait_ms=25000")).bearer(token.expose());
    let waiting = tokio::spawn(waiting.to(place.address));
    for round in 0..10 {
        assert_eq!(place.ask(get("/v1/check").bearer(plaintext.expose())).await.status, 200, "{round}");
        let to = |verb: &str| {
            let path = format!("/v1/keys/{}/{verb}", key.id);
            place.ask(latchkey_tests::exchange::post(&path, &json!({})).bearer(token.expose()))
        };
        assert_eq!(to("suspend").await.status, 200);
        assert_eq!(place.ask(get("/v1/check").bearer(plaintext.expose())).await.status, 401, "{round}");
        assert_eq!(to("resume").await.status, 200);
    }
    let told = waiting.await.unwrap();
    assert_eq!(told.status, 200);
    assert!(told.json()["touched"].as_array().unwrap().iter().any(|touched| touched["id"] == json!(key.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_removed_while_waiting_is_told_401_and_no_change() {
    let place = Place::new().await;
    let (ann, token) = place.operator("ann", "viewer").await;
    let now = place.ask(get("/v1/changes").bearer(token.expose())).await.json()["revision"].as_i64().unwrap();
    let waiting = get(&format!("/v1/changes?revision={now}&wait_ms=25000")).bearer(token.expose());
    let waiting = tokio::spawn(waiting.to(place.address));
    tokio::time::sleep(Duration::from_millis(200)).await;
    // The very change that wakes it.
    place.call::<OperatorsRemove>(json!({"operator": ann.id})).await.unwrap();
    let told = timeout(Duration::from_secs(20), waiting).await.unwrap().unwrap();
    assert_eq!((told.status, &told.json()["code"]), (401, &json!("auth_failed")), "{}", told.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_by_its_time_ends_the_wait_too() {
    let place = Place::new().await;
    let request = json!({"name": "short", "role": "viewer", "expires": "1h"});
    let minted = place.call::<latchkey_core::operations::OperatorsCreate>(request).await.unwrap();
    let token = minted.plaintext.unwrap();
    let now = place.ask(get("/v1/changes").bearer(token.expose())).await.json()["revision"].as_i64().unwrap();
    let waiting = get(&format!("/v1/changes?revision={now}&wait_ms=25000")).bearer(token.expose());
    let (waiting, begun) = (tokio::spawn(waiting.to(place.address)), Instant::now());
    tokio::time::sleep(Duration::from_millis(200)).await;
    place.room.clock.advance(latchkey_core::Span::hours(2));
    let told = waiting.await.unwrap();
    assert_eq!(told.status, 401);
    assert!(begun.elapsed() < Duration::from_secs(20), "it is looked again every few seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_wait_as_may_and_nobody_longer_than_they_asked() {
    let place = Place::with(|settings| settings.limits.waiting_at_once = 2).await;
    let (_, token) = place.operator("ann", "viewer").await;
    let now = place.ask(get("/v1/changes").bearer(token.expose())).await.json()["revision"].as_i64().unwrap();
    let wait =
        |millis: u32| get(&format!("/v1/changes?revision={now}&wait_ms={millis}")).bearer(token.expose());
    let two = [tokio::spawn(wait(2_000).to(place.address)), tokio::spawn(wait(2_000).to(place.address))];
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(place.ask(wait(0)).await.status, 503);
    for waiting in two {
        let told = waiting.await.unwrap();
        assert_eq!(
            (told.status, &told.json()["revision"], &told.json()["touched"]),
            (200, &json!(now), &json!([]))
        );
    }
    assert_eq!(place.ask(wait(25_001)).await.status, 422);
    place.call::<TenantsCreate>(json!({"slug": "x", "name": "X"})).await.unwrap();
    let told = place.ask(wait(25_000)).await.json();
    assert_eq!(told["touched"][0]["noun"], "tenant");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_removed_while_their_body_comes_slowly_changes_nothing() {
    let place = Place::new().await;
    let (ann, token) = place.operator("ann", "admin").await;
    let _ = place.operator("lee", "admin").await;
    let (mut slow, rest) = Raw::with_half_a_tenant(place.address, &token).await;
    // The head is read; the rest comes as soon as the removal was answered.
    tokio::time::sleep(Duration::from_millis(300)).await;
    place.call::<OperatorsRemove>(json!({"operator": ann.id})).await.unwrap();
    slow.write(rest).await;
    let told = slow.answer().await.unwrap();
    assert_eq!(told.status, 401, "{}", told.body);
    let tenants = place.call::<latchkey_core::operations::TenantsList>(json!({})).await.unwrap();
    assert_eq!(tenants.total, 0);
}
