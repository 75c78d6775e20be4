//! How a token may come with a request, what is said of one that is no good, and what whoever guesses meets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::operations::{EventsList, OperatorsRotate, OperatorsUpdate};
use latchkey_tests::exchange::{Ask, get};
use latchkey_tests::place::Place;
use serde_json::json;

/// Headers, the status they are answered with, and the error's code; none where there is no error.
type Case = (Vec<(&'static str, String)>, u16, &'static str);

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_as_one_bearer_and_in_no_other_way() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "viewer").await;
    let (_, key) = place.key(json!({"name": "n"})).await;
    let token = token.expose();
    let basic = format!("Basic {}", STANDARD.encode(format!("{token}:")));
    let cases: Vec<Case> = vec![
        (vec![("Authorization", format!("Bearer {token}"))], 200, ""),
        (vec![("authorization", format!("bearer {token}"))], 200, ""),
        (vec![("Authorization", format!("BEARER {token}"))], 200, ""),
        (vec![], 401, "credential_needed"),
        (vec![("Authorization", String::new())], 401, "credential_needed"),
        (vec![("Authorization", basic)], 401, "credential_needed"),
        (vec![("X-Api-Key", token.to_owned())], 401, "credential_needed"),
        (vec![("Cookie", format!("token={token}"))], 401, "credential_needed"),
        (vec![("Authorization", "Bearer".to_owned())], 401, "auth_failed"),
        (vec![("Authorization", "Bearer ".to_owned())], 401, "auth_failed"),
        (vec![("Authorization", format!("Bearer  {token}"))], 401, "auth_failed"),
        (vec![("Authorization", format!("Bearer\t{token}"))], 401, "auth_failed"),
        (vec![("Authorization", format!("Bearer {token} x"))], 401, "auth_failed"),
        (vec![("Authorization", format!("Bearer \"{token}\""))], 401, "auth_failed"),
        (vec![("Authorization", format!("Bearer {}", key.expose()))], 401, "auth_failed"),
        (vec![("Authorization", format!("Bearer {}", &token[..token.len() - 1]))], 401, "auth_failed"),
        (vec![("Authorization", format!("Bearer {}", token.to_uppercase()))], 401, "auth_failed"),
        (vec![("Authorization", format!("Bearer {token}é"))], 400, "unreadable"),
        (vec![("Authorization", format!("Bearer {}", "a".repeat(20_000)))], 400, "unreadable"),
        (
            vec![("Authorization", format!("Bearer {token}")), ("Authorization", format!("Bearer {token}"))],
            400,
            "credentials_conflict",
        ),
        (
            vec![("Authorization", format!("Bearer {token}")), ("X-Api-Key", key.expose().to_owned())],
            400,
            "credentials_conflict",
        ),
    ];
    for (number, (headers, status, code)) in cases.into_iter().enumerate() {
        let ask = headers.iter().fold(get("/v1/tenants"), |ask, (name, value)| ask.with(name, value));
        let answer = place.ask(ask).await;
        assert_eq!(answer.status, status, "case {number}: {}", answer.json());
        if status != 200 {
            assert_eq!(answer.json()["code"], code, "case {number}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_in_the_address_is_refused_wherever_it_stands() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    let (key, plaintext) = place.key(json!({"name": "n"})).await;
    let (token, plaintext) = (token.expose(), plaintext.expose());
    for target in [
        format!("/v1/tenants?api_key={token}"),
        "/v1/tenants?token=x".to_owned(),
        format!("/v1/keys?search={plaintext}"),
        format!("/v1/keys/{plaintext}"),
        format!("/v1/audit?key={plaintext}"),
        format!("/v1/keys/{}/revoke?access_token={token}", key.id),
        format!("/v1/nothing/here?x={token}"),
        format!("/v1/keys/verify?key={plaintext}"),
        format!("/v1/check?api_key={plaintext}"),
        format!("/v1/self?key={plaintext}"),
        format!("/livez?key={plaintext}"),
    ] {
        let method = if target.contains("revoke") || target.contains("verify") { "POST" } else { "GET" };
        let answer = place.ask(Ask::new(method, &target).bearer(token)).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (400, &json!("credential_in_url")),
            "{method} {}",
            &target[..12]
        );
        assert!(!answer.body.contains(token) && !answer.body.contains(plaintext));
    }
    let fine = place.ask(get(&format!("/v1/audit?key={}", key.id)).bearer(token)).await;
    assert_eq!(fine.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_with_its_operators_rotation_expiry_and_removal_and_keeps_to_its_role() {
    let place = Place::new().await;
    let (ann, first) = place.operator("ann", "admin").await;
    let _ = place.operator("lee", "admin").await;
    let now = |token: &str| place.ask(get("/v1/operators/current").bearer(token));
    assert_eq!(now(first.expose()).await.json()["operator"]["role"], "admin");
    let second = place.call::<OperatorsRotate>(json!({"operator": ann.id, "grace": "1h"})).await.unwrap();
    let second = second.plaintext.unwrap();
    assert_eq!(now(first.expose()).await.status, 200);
    place.room.clock.advance(latchkey_core::Span::hours(1));
    assert_eq!(now(first.expose()).await.status, 401);
    assert_eq!(now(second.expose()).await.status, 200);
    place.call::<OperatorsUpdate>(json!({"operator": ann.id, "role": "viewer"})).await.unwrap();
    assert_eq!(now(second.expose()).await.json()["operator"]["role"], "viewer");
    let tenant = latchkey_tests::exchange::post("/v1/tenants", &json!({"slug": "x", "name": "X"}))
        .bearer(second.expose());
    assert_eq!(place.ask(tenant).await.status, 403);
    place.call::<OperatorsUpdate>(json!({"operator": ann.id, "expires": "2026-12-31"})).await.unwrap();
    place.room.clock.advance(latchkey_core::Span::days(60));
    assert_eq!(now(second.expose()).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_tokens_are_security_events_with_the_address_that_counts() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({"name": "n"})).await;
    for _ in 0..3 {
        let ask = get("/v1/tenants").bearer(key.expose()).from("198.51.100.1, 203.0.113.9");
        assert_eq!(place.ask(ask).await.status, 401);
    }
    let room = place.room;
    place.server.stop().await;
    let events = room.call::<EventsList>(json!({"kind": "operator_refused"})).await.unwrap().items;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!((events[0].ip.as_deref(), events[0].count), (Some("203.0.113.9"), 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_is_refused_unheard_and_others_are_not() {
    let place = Place::with(|settings| settings.verify.failures_per_minute = 5).await;
    let (_, token) = place.operator("ann", "viewer").await;
    let from = |address: &'static str, token: &str| place.ask(get("/v1/tenants").bearer(token).from(address));
    assert_eq!(from("203.0.113.1", token.expose()).await.status, 200);
    let mut limited = 0;
    for number in 0..20 {
        let answer = from("203.0.113.9", &format!("lka_live_{number:032}")).await;
        match answer.status {
            401 => {}
            429 => {
                limited += 1;
                let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
                assert!((1..=60).contains(&seconds), "{seconds}");
                assert_eq!(answer.json()["code"], "rate_limited");
            }
            status => panic!("{status}"),
        }
    }
    assert!(limited > 10, "{limited}");
    // What cannot be a token counts as well.
    let mut limited = 0;
    for _ in 0..20 {
        let none = get("/v1/tenants").with("Authorization", "Bearer a b").from("203.0.113.20");
        limited += u32::from(place.ask(none).await.status == 429);
    }
    assert_eq!(limited, 15);
    // A header that no trusted proxy wrote moves nobody, and whoever is known is heard from anywhere.
    assert_eq!(from("203.0.113.1, 203.0.113.9", "lka_live_x").await.status, 429);
    assert_eq!(from("203.0.113.9", token.expose()).await.status, 200);
    assert_eq!(from("203.0.113.10", "lka_live_x").await.status, 401);
}
