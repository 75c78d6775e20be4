//! A store that is away: what nobody can tell is told so, and is never a no.

use std::time::Duration;

use latchkey_core::Span;
use latchkey_core::operations::TenantsCreate;
use latchkey_tests::exchange::{Ask, get, post};
use latchkey_tests::place::Place;
use serde_json::json;

/// Both ways to ask about a key of a tenant's; the key does not matter.
fn both(tenant: &str) -> [Ask; 2] {
    let key = format!("sk_live_{}", "0".repeat(32));
    [
        get(&format!("/v1/check?tenant={tenant}")).bearer(&key),
        post("/v1/keys/verify", &json!({"key": key, "tenant": tenant})),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_there_is_a_tenant_cannot_be_told_once_memory_is_old() {
    let place = Place::new().await;
    place.tenant("acme", "latchkey").await;
    place.lose_the_store().await;
    place.room.clock.advance(Span::minutes(1));
    for ask in both("new") {
        let answer = place.ask(ask).await;
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
        assert!(["busy", "unreachable"].contains(&answer.json()["code"].as_str().unwrap()));
    }
    let nginx = place.ask(get("/v1/check?tenant=new&proxy=nginx&profile=chatapi")).await;
    assert_eq!((nginx.status, nginx.header("x-latchkey-status")), (403, Some("503")));
    assert!(nginx.header("x-latchkey-retry-after").is_some());
    assert!(nginx.header("x-latchkey-body").unwrap().contains("UNAVAILABLE"), "{nginx:?}");
    // What was read once holds for good, and these are judged as far as anybody can.
    for ask in both("acme") {
        assert_ne!(place.ask(ask).await.status, 503, "a text that is no key needs no store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_memory_is_fresh_a_made_up_name_costs_the_store_nothing() {
    let place = Place::with(|settings| settings.verify.strict_after = Duration::from_mins(10)).await;
    place.lose_the_store().await;
    let [check, verify] = both("made-up");
    assert_eq!(place.ask(check).await.status, 422);
    assert_eq!(place.ask(verify).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_was_made_elsewhere_is_found_once_memory_is_old() {
    let place = Place::new().await;
    place.room.call::<TenantsCreate>(json!({"slug": "new", "name": "New"})).await.unwrap();
    place.room.clock.advance(Span::minutes(1));
    let [check, verify] = both("new");
    assert_eq!(place.ask(verify).await.json()["outcome"], "malformed");
    assert_eq!(place.ask(check).await.status, 401);
}
