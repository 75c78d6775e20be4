//! Rate limits as clients see them: the headers of every answer while the clock moves, to the request.

use latchkey_core::operations::KeysUpdate;
use latchkey_core::{PlaintextKey, Span};
use latchkey_tests::Room;
use latchkey_tests::exchange::{Answer, get, post};
use latchkey_tests::place::Place;
use serde_json::json;

/// Noon of the day on which every room's clock starts, in seconds.
const NOON: i64 = 1_795_262_400;

async fn check(place: &Place, key: &PlaintextKey) -> Answer {
    place.ask(get("/v1/check").bearer(key.expose())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn several_windows_count_at_once_and_the_tightest_is_told() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({"tier": "small"})).await;
    // 5 a minute, 8 an hour.
    for remaining in (0..5).rev() {
        let answer = check(&place, &key).await;
        assert_eq!((answer.status, answer.limits()), (200, Some((5, remaining, NOON + 60))));
    }
    place.room.clock.advance(Span::from_millis(14_500));
    for _ in 0..2 {
        let answer = check(&place, &key).await;
        assert_eq!((answer.status, answer.limits()), (429, Some((5, 0, NOON + 60))));
        assert_eq!(answer.header("retry-after"), Some("46"), "45.5 s are left");
    }
    // What was refused did not count: 5 of the hour's 8 are used.
    place.room.clock.advance(Span::from_millis(45_499));
    assert_eq!(check(&place, &key).await.header("retry-after"), Some("1"), "a millisecond is left");
    place.room.clock.advance(Span::from_millis(1));
    for remaining in (0..3).rev() {
        let answer = check(&place, &key).await;
        assert_eq!((answer.status, answer.limits()), (200, Some((8, remaining, NOON + 3600))));
    }
    let answer = check(&place, &key).await;
    assert_eq!((answer.status, answer.limits()), (429, Some((8, 0, NOON + 3600))));
    assert_eq!(answer.header("retry-after"), Some("3540"));
    assert_eq!(answer.json()["outcome"], "rate_limited");
    // The next hour.
    place.room.clock.advance(Span::from_millis(3_540_000));
    let answer = check(&place, &key).await;
    assert_eq!((answer.status, answer.limits()), (200, Some((5, 4, NOON + 3660))));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_ways_in_count_together_and_a_changed_key_keeps_its_count() {
    let place = Place::new().await;
    let (details, key) = place.key(json!({"tier": "small"})).await;
    assert_eq!(check(&place, &key).await.limits(), Some((5, 4, NOON + 60)));
    let asked = place.ask(post("/v1/keys/verify", &json!({"key": key.expose()}))).await;
    assert_eq!(
        asked.json()["rate_limit"],
        json!({"limit": 5, "remaining": 3, "reset_at": "2026-11-21T12:01:00.000Z"})
    );
    let own = place.ask(get("/v1/self").bearer(key.expose())).await;
    assert_eq!(own.json()["rate_limit"]["remaining"], 2);
    assert_eq!(own.limits(), Some((5, 2, NOON + 60)));
    place.call::<KeysUpdate>(json!({"key": details.id, "scopes": ["a:b"]})).await.unwrap();
    assert_eq!(check(&place, &key).await.limits(), Some((5, 1, NOON + 60)));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_about_their_own_key_too_often_is_told_the_limit_too() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({"tier": "small"})).await;
    for path in ["/v1/self", "/v1/self/scopes/a:b"] {
        for _ in 0..5 {
            place.ask(get(path).bearer(key.expose())).await;
        }
        let answer = place.ask(get(path).bearer(key.expose())).await;
        assert_eq!((answer.status, answer.limits()), (429, Some((5, 0, NOON + 60))), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_to_try_again_goes_by_the_databases_clock_where_this_computers_is_wrong() {
    // The room's clock stands hours or years before the database's.
    let place = Place::on(Room::postgres().await, |settings| settings.verify.follow_clock = true).await;
    let (_, key) = place.key(json!({"tier": "small"})).await;
    for path in ["/v1/check", "/v1/self"] {
        let mut answer = place.ask(get(path).bearer(key.expose())).await;
        for _ in 0..8 {
            answer = place.ask(get(path).bearer(key.expose())).await;
        }
        let seconds: i64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert_eq!(answer.status, 429);
        assert!((1..=60).contains(&seconds), "{path}: {seconds}");
    }
    let asked = place.ask(post("/v1/keys/verify", &json!({"key": key.expose()}))).await;
    let seconds: i64 = asked.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_among_several_tells_its_own_share() {
    let place = Place::with(|settings| settings.verify.replicas = 5).await;
    let (_, key) = place.key(json!({"tier": "small"})).await;
    // Both windows are used up; the one that lasts longer says when there is something left.
    assert_eq!(check(&place, &key).await.limits(), Some((1, 0, NOON + 3600)));
    assert_eq!(check(&place, &key).await.status, 429);
    let (_, unlimited) = place.key(json!({"name": "large", "tier": "enterprise"})).await;
    assert_eq!(check(&place, &unlimited).await.limits(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_only_fails_is_not_heard_but_known_keys_are() {
    let place = Place::with(|settings| settings.verify.failures_per_minute = 3).await;
    let (_, key) = place.key(json!({})).await;
    let (_, stranger) = Place::new().await.key(json!({})).await;
    let from = |key: &PlaintextKey, address: &str| get("/v1/check").bearer(key.expose()).from(address);
    assert_eq!(place.ask(from(&key, "203.0.113.9")).await.status, 200);
    for _ in 0..3 {
        assert_eq!(place.ask(from(&stranger, "203.0.113.9")).await.status, 401);
    }
    let answer = place.ask(from(&stranger, "203.0.113.9")).await;
    assert_eq!(answer.status, 429, "{answer:?}");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(place.ask(from(&key, "203.0.113.9")).await.status, 200);
    assert_eq!(place.ask(from(&stranger, "203.0.113.10")).await.status, 401);
    place.room.clock.advance(Span::minutes(2));
    assert_eq!(place.ask(from(&stranger, "203.0.113.9")).await.status, 401);
}
