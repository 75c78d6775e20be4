//! How a key may come with a request, and which requests are refused for how they carry one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use latchkey_tests::exchange::get;
use latchkey_tests::place::Place;
use serde_json::json;

fn basic(user: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:")))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_comes_as_bearer_as_header_or_as_basic_user() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({})).await;
    let key = key.expose();
    for (name, value) in [
        ("Authorization", format!("Bearer {key}")),
        ("authorization", format!("bearer {key}")),
        ("Authorization", format!("BEARER {key}")),
        ("X-Api-Key", key.to_owned()),
        ("x-api-key", key.to_owned()),
        ("Authorization", basic(key)),
    ] {
        assert_eq!(place.ask(get("/v1/check").with(name, &value)).await.status, 200, "{name}");
        assert_eq!(place.ask(get("/v1/self").with(name, &value)).await.status, 200, "{name}");
    }
}

/// What is wrong, the headers, and how that is answered.
type Case<'a> = (&'a str, Vec<(&'a str, String)>, u16, &'a str);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_doubled_malformed_or_in_the_address_is_refused() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({})).await;
    let key = key.expose();
    let bearer = format!("Bearer {key}");
    let long = "a".repeat(5000);
    let cases: [Case<'_>; 13] = [
        ("none", vec![], 401, "credential_needed"),
        ("empty", vec![("Authorization", "Bearer ".to_owned())], 401, "auth_failed"),
        ("no key", vec![("Authorization", "Bearer".to_owned())], 401, "auth_failed"),
        ("two spaces", vec![("Authorization", format!("Bearer  {key}"))], 401, "auth_failed"),
        ("a tab", vec![("Authorization", format!("Bearer\t{key}"))], 401, "auth_failed"),
        ("two keys", vec![("Authorization", format!("Bearer {key} {key}"))], 401, "auth_failed"),
        ("another scheme", vec![("Authorization", format!("Digest {key}"))], 401, "credential_needed"),
        (
            "twice",
            vec![("Authorization", bearer.clone()), ("Authorization", bearer.clone())],
            400,
            "credentials_conflict",
        ),
        (
            "twice the header",
            vec![("X-Api-Key", key.to_owned()), ("X-Api-Key", key.to_owned())],
            400,
            "credentials_conflict",
        ),
        (
            "both",
            vec![("Authorization", bearer.clone()), ("X-Api-Key", key.to_owned())],
            400,
            "credentials_conflict",
        ),
        ("not ASCII", vec![("X-Api-Key", format!("{key}é"))], 400, "unreadable"),
        ("long", vec![("X-Api-Key", long)], 400, "unreadable"),
        (
            "Basic without a colon",
            vec![("Authorization", format!("Basic {}", STANDARD.encode(key)))],
            401,
            "auth_failed",
        ),
    ];
    for (what, headers, status, code) in cases {
        for target in ["/v1/check", "/v1/self"] {
            let ask = headers.iter().fold(get(target), |ask, (name, value)| ask.with(name, value));
            let answer = place.ask(ask).await;
            assert_eq!(answer.status, status, "{what} at {target}: {answer:?}");
            assert_eq!(answer.json()["code"], code, "{what} at {target}");
            assert!(!answer.body.contains(key), "{what} at {target}");
        }
    }
    for target in [
        format!("/v1/check?api_key={key}"),
        format!("/v1/check?permission={key}"),
        format!("/v1/check?key={key}&tenant=acme"),
        format!("/v1/self?token={key}"),
        format!("/v1/self/scopes/{key}"),
    ] {
        let answer = place.ask(get(&target).bearer(key)).await;
        assert_eq!((answer.status, &answer.json()["code"]), (400, &json!("credential_in_url")), "{answer:?}");
        assert!(!format!("{answer:?}").contains(key));
    }
    let asked =
        latchkey_tests::exchange::post(&format!("/v1/keys/verify?api_key={key}"), &json!({"key": key}));
    assert_eq!(place.ask(asked).await.json()["code"], "credential_in_url");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_original_address_does_not_pass() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({})).await;
    for name in ["X-Original-URI", "X-Forwarded-Uri", "X-Envoy-Original-Path"] {
        let clean = get("/v1/check").bearer(key.expose()).with(name, "/orders?token=reset&key=cover");
        assert_eq!(place.ask(clean).await.status, 200, "{name}");
        let address = format!("/orders?x=1&session={}", key.expose());
        let answer = place.ask(get("/v1/check").bearer(key.expose()).with(name, &address)).await;
        assert_eq!((answer.status, &answer.json()["code"]), (400, &json!("credential_in_url")), "{name}");
        let nginx = place.ask(get("/v1/check?proxy=nginx").bearer(key.expose()).with(name, &address)).await;
        assert_eq!((nginx.status, nginx.header("x-latchkey-status")), (403, Some("400")), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_token_is_unknown_wherever_keys_are_asked_about() {
    let place = Place::new().await;
    let (_, token) = place.operator("dana", "admin").await;
    let token = token.expose();
    for target in ["/v1/check", "/v1/self", "/v1/self/scopes/a:b"] {
        let answer = place.ask(get(target).bearer(token)).await;
        assert_eq!((answer.status, &answer.json()["outcome"]), (401, &json!("not_found")), "{target}");
    }
    let asked = latchkey_tests::exchange::post("/v1/keys/verify", &json!({"key": token}));
    assert_eq!(place.ask(asked).await.json()["outcome"], "not_found");
}
