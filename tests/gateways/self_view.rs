//! `GET /v1/self`: what whoever holds a key learns about it.

use latchkey_core::operations::{KeysRevoke, KeysUpdate};
use latchkey_tests::exchange::{Ask, get};
use latchkey_tests::place::Place;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_learns_what_its_key_may_do_and_nothing_of_its_tenant() {
    let place = Place::new().await;
    let request = json!({"name": "n8n", "scopes": ["posts:*"], "identity": "ann", "tier": "small",
        "notes": "of the accountant", "owner": "dana", "tags": ["inner"], "integration": "n8n-7"});
    let (key, plaintext) = place.key(request).await;
    let answer = place.ask(get("/v1/self").bearer(plaintext.expose()).from("203.0.113.9")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let expected = json!({
        "valid": true, "outcome": "valid", "ip": "203.0.113.9", "key_id": key.id, "name": "n8n",
        "environment": "live", "scopes": ["posts:*"], "identity": "ann", "tier": "small", "expires_at": null,
        "rate_limit": {"limit": 5, "remaining": 4, "reset_at": "2026-11-21T12:01:00.000Z"},
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_asks_for_one_scope() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({"scopes": ["posts:*"]})).await;
    for (scope, granted) in
        [("posts:read", true), ("posts%3Aread", true), ("users:read", false), ("*", false)]
    {
        let answer = place.ask(get(&format!("/v1/self/scopes/{scope}")).bearer(key.expose())).await;
        assert_eq!((answer.status, &answer.json()["granted"]), (200, &json!(granted)), "{scope}");
    }
    let bad = place.ask(get("/v1/self/scopes/po%20sts").bearer(key.expose())).await;
    assert_eq!((bad.status, &bad.json()["field"]), (422, &json!("scope")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_who_is_kept_out_is_told_from_where_it_is_seen() {
    let place = Place::new().await;
    let (details, key) = place.key(json!({"scopes": ["posts:*"]})).await;
    place.call::<KeysUpdate>(json!({"key": details.id, "ip": ["10.0.0.0/8"]})).await.unwrap();
    let own = place.ask(get("/v1/self").bearer(key.expose()).from("203.0.113.9")).await;
    assert_eq!(
        (own.status, own.json()),
        (200, json!({"valid": false, "outcome": "ip_denied", "ip": "203.0.113.9"}))
    );
    let scope = place.ask(get("/v1/self/scopes/posts:read").bearer(key.expose()).from("203.0.113.9")).await;
    assert_eq!(scope.json()["granted"], false);
    place.call::<KeysRevoke>(json!({"key": details.id, "reason": "unused"})).await.unwrap();
    let own = place.ask(get("/v1/self").bearer(key.expose())).await;
    assert_eq!((&own.json()["outcome"], own.json().get("scopes")), (&json!("revoked"), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_no_key_learns_nothing() {
    let place = Place::new().await;
    let (_, stranger) = Place::new().await.key(json!({})).await;
    assert_eq!(place.ask(get("/v1/self")).await.json()["code"], "credential_needed");
    let answer = place.ask(get("/v1/self").bearer(stranger.expose())).await;
    assert_eq!((answer.status, &answer.json()["outcome"]), (401, &json!("not_found")));
    // A system that tells no invalid key from an expired one does not do so here.
    place.tenant("partner", "funtime-partner").await;
    let (details, key) = place.key(json!({"tenant": "partner"})).await;
    place.call::<KeysRevoke>(json!({"key": details.id, "reason": "unused"})).await.unwrap();
    let answer = place.ask(get("/v1/self").with("X-Api-Key", key.expose())).await;
    assert_eq!((answer.status, &answer.json()["outcome"]), (401, &json!("not_found")));
    for method in ["POST", "DELETE", "PUT"] {
        assert_eq!(place.ask(Ask::new(method, "/v1/self")).await.status, 405, "{method}");
    }
    assert_eq!(place.ask(get("/v1/self?scopes=a").bearer(stranger.expose())).await.status, 422);
}
