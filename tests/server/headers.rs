//! What every answer says about itself, which methods addresses know, and what the server's own addresses tell.

use latchkey_core::operations::TenantsCreate;
use latchkey_tests::exchange::{Ask, get};
use latchkey_tests::place::Place;
use serde_json::json;

use crate::called::operations;

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_names_its_request_and_the_version_and_is_kept_nowhere() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    let (_, key) = place.key(json!({"name": "n"})).await;
    let mut seen = std::collections::BTreeSet::new();
    for (ask, status) in [
        (get("/livez"), 200),
        (get("/readyz"), 200),
        (get("/version"), 200),
        (get("/v1/tenants").bearer(token.expose()), 200),
        (get("/v1/tenants").bearer("nobody"), 401),
        (get("/v1/nothing"), 404),
        (Ask::new("PUT", "/v1/tenants"), 405),
        (get("/v1/check"), 401),
        (get("/v1/self").bearer(key.expose()), 200),
        (get("/v1/tenants?limit=0").bearer(token.expose()), 422),
    ] {
        // A caller's own id is not taken over.
        let answer =
            place.ask(ask.with("X-Request-Id", "req_mine").with("Origin", "https://evil.example")).await;
        assert_eq!(answer.status, status, "{answer:?}");
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert!(id.starts_with("req_") && id.len() == 36 && seen.insert(id.clone()), "{id}");
        assert_eq!(answer.header("latchkey-version"), Some(env!("CARGO_PKG_VERSION")));
        assert_eq!(answer.header("latchkey-api"), Some("1"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.headers.iter().all(|(name, _)| !name.to_lowercase().starts_with("access-control-")));
        if answer.status >= 400 && answer.header("content-type") == Some("application/problem+json") {
            let problem = answer.json();
            assert_eq!((&problem["status"], &problem["request_id"]), (&json!(status), &json!(id)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lets_a_request_pass_says_whose_key_it_is_and_little_else() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({"name": "n"})).await;
    let mut seen = std::collections::BTreeSet::new();
    // The first answer is made from the store, those after it from memory.
    for _ in 0..3 {
        let answer = place.ask(get("/v1/check").bearer(key.expose()).with("X-Request-Id", "req_mine")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert!(id.starts_with("req_") && id.len() == 36 && seen.insert(id.clone()), "{id}");
        let names: Vec<String> = answer.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
        let others = names.iter().map(String::as_str).filter(|name| !name.starts_with("x-latchkey-"));
        assert_eq!(
            others.collect::<std::collections::BTreeSet<_>>(),
            ["cache-control", "connection", "content-length", "date", "x-request-id"].into()
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_that_an_address_does_not_know_are_told_which_it_does() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    for (path, known) in [
        ("/v1/tenants", "POST, GET"),
        ("/v1/tenants/acme", "GET, PATCH"),
        ("/v1/roles/1", "GET, PATCH, DELETE"),
        ("/v1/keys/find", "POST"),
        ("/v1/operators/current", "GET"),
        ("/livez", "GET"),
        ("/openapi.json", "GET"),
    ] {
        for method in ["HEAD", "OPTIONS", "TRACE", "PUT", "BREW"] {
            let answer = place.ask(Ask::new(method, path).bearer(token.expose())).await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some(known)), "{method} {path}");
            if method != "HEAD" {
                assert_eq!(answer.json()["code"], "method_not_allowed", "{method} {path}");
            }
        }
    }
    let declared: std::collections::BTreeSet<_> = operations()
        .into_iter()
        .map(|operation| (operation.route.path, operation.route.method.word()))
        .collect();
    assert_eq!(declared.len(), operations().len(), "two operations at one method and path");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_says_what_it_is_and_whether_it_can_tell() {
    let place =
        Place::with(|settings| settings.verify.strict_after = std::time::Duration::from_mins(10)).await;
    assert_eq!(place.ask(get("/livez")).await.json(), json!({"status": "ok"}));
    assert_eq!(place.ask(get("/readyz")).await.json(), json!({"status": "ready"}));
    let version = place.ask(get("/version")).await.json();
    assert_eq!(version, json!({"name": "latchkey", "version": env!("CARGO_PKG_VERSION"), "api": 1}));
    let (_, key) = place.key(json!({"name": "n"})).await;
    assert_eq!(place.ask(get("/v1/check").bearer(key.expose())).await.status, 200);
    place.lose_the_store().await;
    let answer = place.ask(get("/readyz")).await;
    assert_eq!((answer.status, &answer.json()["status"]), (503, &json!("not ready")));
    // Whoever asks whether the server is ready takes nothing away from the time for which memory is believed.
    assert_eq!(place.ask(get("/v1/check").bearer(key.expose())).await.status, 200);
    assert!(!answer.json()["reason"].as_str().unwrap().is_empty());
    assert_eq!(place.ask(get("/livez")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_by_route_and_outcome_and_name_nobody() {
    let place = Place::with(|settings| settings.metrics_listen = Some("127.0.0.1:0".parse().unwrap())).await;
    let (operator, token) = place.operator("ann-the-admin", "admin").await;
    let (key, plaintext) = place.key(json!({"name": "secret-name"})).await;
    for _ in 0..3 {
        place.ask(get("/v1/check").bearer(plaintext.expose())).await;
    }
    place.ask(get(&format!("/v1/keys/{}", key.id)).bearer(token.expose())).await;
    place.ask(get("/v1/check").bearer("nobody")).await;
    place.ask(get("/somewhere/else")).await;
    let answer = get("/metrics").to(place.server.metrics.unwrap()).await;
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    for line in [
        "latchkey_requests_total{route=\"/v1/check\",method=\"GET\",status=\"200\"} 3",
        "latchkey_requests_total{route=\"/v1/check\",method=\"GET\",status=\"401\"} 1",
        "latchkey_requests_total{route=\"/v1/keys/{key}\",method=\"GET\",status=\"200\"} 1",
        "latchkey_requests_total{route=\"other\",method=\"GET\",status=\"404\"} 1",
        "latchkey_request_seconds_count{route=\"/v1/check\"} 4",
        "latchkey_verifications_total{outcome=\"malformed\"} 1",
        "latchkey_verify_strict 0",
    ] {
        assert!(answer.body.lines().any(|found| found == line), "{line} is not in\n{}", answer.body);
    }
    for name in
        ["latchkey_verify_entries", "latchkey_verify_argon2_runs_total", "latchkey_verify_feed_age_seconds"]
    {
        assert!(answer.body.contains(name), "{name}");
    }
    let named = [operator.name, operator.id.to_string(), key.id.to_string(), key.name, "acme".to_owned()];
    assert!(named.iter().all(|name| !answer.body.contains(name)), "{}", answer.body);
    assert_eq!(get("/").to(place.server.metrics.unwrap()).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_something_is_answered_201_and_its_repetition_200_without_the_plaintext() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    place.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME"})).await.unwrap();
    let issue = |body: &serde_json::Value| {
        latchkey_tests::exchange::post("/v1/keys", body)
            .bearer(token.expose())
            .with("Idempotency-Key", "once")
    };
    let body = json!({"tenant": "acme", "name": "n8n"});
    let first = place.ask(issue(&body)).await;
    assert_eq!(first.status, 201);
    assert!(first.json()["plaintext"].as_str().unwrap().starts_with("sk_live_"));
    let again = place.ask(issue(&body)).await;
    assert_eq!((again.status, again.json().get("plaintext")), (200, None));
    assert_eq!(again.json()["key"]["id"], first.json()["key"]["id"]);
    // Another request under the same name; another operator's own name.
    let other = place.ask(issue(&json!({"tenant": "acme", "name": "other"}))).await;
    assert_eq!((other.status, &other.json()["code"]), (422, &json!("idempotency_key_reused")));
    let (_, lee) = place.operator("lee", "admin").await;
    let lees = latchkey_tests::exchange::post("/v1/keys", &json!({"tenant": "acme", "name": "lee's"}));
    let lees = place.ask(lees.bearer(lee.expose()).with("Idempotency-Key", "once")).await;
    assert_eq!(lees.status, 201);
    for bad in ["", "a b", &"x".repeat(101)] {
        let ask = latchkey_tests::exchange::post("/v1/keys", &json!({"tenant": "acme", "name": "bad"}));
        let answer = place.ask(ask.bearer(token.expose()).with("Idempotency-Key", bad)).await;
        assert_eq!((answer.status, &answer.json()["field"]), (422, &json!("idempotency_key")), "{bad:?}");
    }
}
