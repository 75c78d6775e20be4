//! Each profile's own words, where they are read from a request and what a client is told, to the letter of the systems
//! that they come from.

use latchkey_core::PlaintextKey;
use latchkey_core::Span;
use latchkey_core::operations::{KeysRevoke, KeysRotate};
use latchkey_tests::exchange::{Answer, get};
use latchkey_tests::place::Place;
use serde_json::{Value, json};

const PROFILES: [&str; 6] =
    ["latchkey", "django-tenant", "funtime-partner", "ticket-003", "core-php", "chatapi"];

/// Presents a key as the clients of this profile do.
async fn present(place: &Place, profile: &str, more: &str, key: &PlaintextKey) -> Answer {
    let ask = get(&format!("/v1/check?tenant={profile}-t{more}"));
    let by_header = matches!(profile, "funtime-partner" | "ticket-003");
    let ask = if by_header { ask.with("X-Api-Key", key.expose()) } else { ask.bearer(key.expose()) };
    place.ask(ask).await
}

async fn place_of_all() -> Place {
    let place = Place::new().await;
    for profile in PROFILES {
        place.tenant(&format!("{profile}-t"), profile).await;
    }
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_read_from_where_each_system_has_it() {
    let place = place_of_all().await;
    for profile in PROFILES {
        let (_, key) = place.key(json!({"tenant": format!("{profile}-t")})).await;
        assert_eq!(present(&place, profile, "", &key).await.status, 200, "{profile}");
        let target = format!("/v1/check?tenant={profile}-t");
        let bearer = matches!(profile, "latchkey" | "django-tenant" | "core-php" | "chatapi");
        let answer = place.ask(get(&target).bearer(key.expose())).await;
        assert_eq!(answer.status, if bearer { 200 } else { 401 }, "{profile}");
        let header = matches!(profile, "latchkey" | "funtime-partner" | "ticket-003");
        let answer = place.ask(get(&target).with("X-Api-Key", key.expose())).await;
        assert_eq!(answer.status, if header { 200 } else { 401 }, "{profile}");
        // A token of another kind beside the key is none of ours where the key has a header of its own.
        let both = place.ask(get(&target).with("X-Api-Key", key.expose()).bearer("eyJ.a.b")).await;
        assert_eq!(
            both.status,
            if !header {
                401
            } else if profile == "latchkey" {
                400
            } else {
                200
            },
            "{profile}"
        );
    }
}

fn body(answer: &Answer) -> (u16, Value) {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    (answer.status, answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_key_is_told_what_each_system_says() {
    let place = place_of_all().await;
    for (profile, expected, challenge) in [
        (
            "django-tenant",
            json!({"detail": "Wrong format: Missing \"Bearer \" prefix in Authorization header"}),
            "Bearer",
        ),
        (
            "funtime-partner",
            json!({"message": "Authentication required. Provide X-Api-Key header or valid JWT Bearer token."}),
            "ApiKey",
        ),
        ("ticket-003", json!({"detail": "Not authenticated"}), "ApiKey"),
        ("core-php", json!({"error": "API key required"}), "Bearer"),
        (
            "chatapi",
            json!({"detail": "Authentication required", "error_code": "AUTHENTICATION_REQUIRED", "status_code": 401}),
            "Bearer",
        ),
    ] {
        for target in [format!("/v1/check?tenant={profile}-t"), format!("/v1/check?profile={profile}")] {
            let answer = place.ask(get(&target)).await;
            assert_eq!(body(&answer), (401, expected.clone()), "{target}");
            assert!(answer.header("www-authenticate").unwrap().starts_with(challenge), "{target}");
        }
    }
}

/// What is done to a key before it is shown, and how the clients of each profile but our own are answered.
type Told = (&'static str, u16, [Value; 5]);

fn invalid() -> [Value; 5] {
    [
        json!({"detail": "Invalid key: The API key is incorrect or has a typo"}),
        json!({"message": "Invalid or expired API key."}),
        json!({"detail": "Invalid API key"}),
        json!({"error": "Invalid API key"}),
        json!({"detail": "Invalid authentication credentials", "error_code": "INVALID_CREDENTIALS", "status_code": 401}),
    ]
}

fn ended(ticket: &str, php: &str) -> [Value; 5] {
    [
        json!({"detail": "Inactive key: The key has been revoked"}),
        json!({"message": "Invalid or expired API key."}),
        json!({"detail": ticket}),
        json!({"error": php}),
        json!({"detail": "Invalid authentication credentials", "error_code": "INVALID_CREDENTIALS", "status_code": 401}),
    ]
}

fn told() -> Vec<Told> {
    vec![
        ("typo", 401, invalid()),
        ("unknown", 401, invalid()),
        ("revoked", 401, ended("API key is revoked", "API key revoked")),
        ("retired", 401, ended("API key is revoked", "API key revoked")),
        (
            "expired",
            401,
            [
                json!({"detail": "Expired key: The key has passed its expiration date"}),
                json!({"message": "Invalid or expired API key."}),
                json!({"detail": "API key has expired"}),
                json!({"error": "API key expired"}),
                json!({"detail": "API key has expired", "error_code": "KEY_EXPIRED", "status_code": 401}),
            ],
        ),
        (
            "weak",
            403,
            [
                json!({"detail": "Insufficient permissions: The API key's role doesn't have required permission"}),
                json!({"message": "This API key does not have the required scope: assets:write"}),
                json!({"detail": "Insufficient permissions"}),
                json!({"error": "Insufficient permissions", "required_scope": "assets:write"}),
                json!({"detail": "Insufficient permissions for this operation", "error_code": "INSUFFICIENT_PERMISSIONS", "status_code": 403}),
            ],
        ),
        (
            "elsewhere",
            403,
            [
                json!({"detail": "IP not allowed: The key may not be used from this address"}),
                json!({"message": "Access denied from this IP address."}),
                json!({"detail": "API key may not be used from this address"}),
                json!({"error": "API key may not be used from this address"}),
                json!({"detail": "API key may not be used from this address", "error_code": "IP_DENIED", "status_code": 403}),
            ],
        ),
        (
            "busy",
            429,
            [
                json!({"detail": "Too Many Requests"}),
                json!({"message": "Too many requests."}),
                json!({"detail": "Too many requests"}),
                json!({"error": "Too many requests"}),
                json!({"detail": "Too many requests", "error_code": "RATE_LIMITED", "status_code": 429}),
            ],
        ),
    ]
}

/// A key of this profile in the state that is named.
async fn key_that_is(place: &Place, profile: &str, state: &str) -> PlaintextKey {
    let mut request = json!({"tenant": format!("{profile}-t"), "name": state, "scopes": ["assets:read"]});
    match state {
        "typo" => return PlaintextKey::new("sk_live_x".to_owned()),
        "unknown" => return Place::new().await.key(json!({})).await.1,
        "expired" => request["expires"] = "1m".into(),
        "elsewhere" => request["ip"] = json!(["10.0.0.0/8"]),
        "busy" => request["tier"] = "small".into(),
        _ => {}
    }
    let (details, key) = place.key(request).await;
    match state {
        "revoked" => {
            place.call::<KeysRevoke>(json!({"key": details.id, "reason": "unused"})).await.unwrap();
        }
        "retired" => {
            place.call::<KeysRotate>(json!({"key": details.id, "grace": "0"})).await.unwrap();
        }
        "expired" => place.room.clock.advance(Span::minutes(1)),
        "busy" => {
            for _ in 0..5 {
                assert_eq!(present(place, profile, "", &key).await.status, 200);
            }
        }
        _ => {}
    }
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn each_cause_is_told_in_each_systems_words() {
    let place = place_of_all().await;
    for (state, status, expected) in told() {
        for (profile, expected) in PROFILES.iter().skip(1).zip(expected) {
            let key = key_that_is(&place, profile, state).await;
            let more = if state == "weak" { "&permission=assets:write" } else { "" };
            let answer = present(&place, profile, more, &key).await;
            assert_eq!(body(&answer), (status, expected), "{profile}: {state}");
            assert_eq!(answer.header("retry-after").is_some(), status == 429);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_key_is_unknown_but_where_the_system_says_otherwise() {
    let place = place_of_all().await;
    for (profile, expected) in PROFILES.iter().skip(1).zip(invalid()) {
        let (_, key) = place.key(json!({"name": *profile})).await;
        let answer = present(&place, profile, "", &key).await;
        if *profile == "django-tenant" {
            let words = "Wrong tenant: The resource belongs to a different tenant";
            assert_eq!(body(&answer), (403, json!({"detail": words})));
        } else {
            assert_eq!(body(&answer), (401, expected), "{profile}");
        }
    }
}
