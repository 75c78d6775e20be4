//! `GET /v1/check`: what a gateway is told of a request.

use latchkey_core::operations::{
    KeysRevoke, KeysRotate, KeysSuspend, KeysUpdate, RolesCreate, TenantsSuspend,
};
use latchkey_core::{PlaintextKey, Span};
use latchkey_tests::exchange::{Answer, Ask, get};
use latchkey_tests::place::Place;
use serde_json::{Value, json};

async fn check(place: &Place, query: &str, key: &PlaintextKey) -> Answer {
    place.ask(get(&format!("/v1/check{query}")).bearer(key.expose())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_key_passes_with_its_identity() {
    let place = Place::new().await;
    place.tenant("acme", "latchkey").await;
    let role =
        json!({"tenant": "acme", "name": "Read, \"only\" 100% ✓", "permissions": ["posts:read", "users:*"]});
    place.call::<RolesCreate>(role).await.unwrap();
    let request = json!({"tenant": "acme", "name": "n8n", "role": "Read, \"only\" 100% ✓", "scopes": ["a:b"],
        "identity": "ann\u{e9} smith", "environment": "test"});
    let (key, plaintext) = place.key(request).await;
    let answer = check(&place, "?permission=posts:read&permission=users:write&tenant=acme", &plaintext).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    let id = key.id.to_string();
    for (name, value) in [
        ("x-latchkey-key-id", id.as_str()),
        ("x-latchkey-tenant", "acme"),
        ("x-latchkey-role", "Read%2C%20%22only%22%20100%25%20%E2%9C%93"),
        ("x-latchkey-scopes", "a:b posts:read users:*"),
        ("x-latchkey-identity", "ann%C3%A9%20smith"),
        ("x-latchkey-environment", "test"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert!(answer.header("x-request-id").unwrap().starts_with("req_"));
    assert_eq!(answer.limits(), None, "a key without a tier has no limit");
    assert_eq!(answer.header("x-latchkey-outcome"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_identity_header_is_there_even_where_it_is_empty() {
    let place = Place::new().await;
    let (_, plaintext) = place.key(json!({})).await;
    for _ in 0..2 {
        let answer = check(&place, "", &plaintext).await;
        for name in ["x-latchkey-role", "x-latchkey-scopes", "x-latchkey-scopes-cut", "x-latchkey-identity"] {
            assert_eq!(answer.header(name), Some(""), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_holds_from_the_next_request() {
    let place = Place::new().await;
    let (key, plaintext) = place.key(json!({"scopes": ["posts:*"]})).await;
    let query = "?permission=posts:read";
    assert_eq!(check(&place, query, &plaintext).await.status, 200);
    place.call::<KeysUpdate>(json!({"key": key.id, "scopes": ["posts:write", "a:b"]})).await.unwrap();
    assert_eq!(check(&place, query, &plaintext).await.status, 403);
    let answer = check(&place, "", &plaintext).await;
    assert_eq!(answer.header("x-latchkey-scopes"), Some("a:b posts:write"));
    place.call::<KeysRevoke>(json!({"key": key.id, "reason": "leaked"})).await.unwrap();
    let answer = check(&place, "", &plaintext).await;
    assert_eq!((answer.status, answer.json()["outcome"].as_str()), (401, Some("revoked")));
}

/// A key that ends in a way of its own, the question that is asked, and how it ends.
struct Case {
    outcome: &'static str,
    status: u16,
    query: &'static str,
    key: PlaintextKey,
}

async fn every_case(place: &Place) -> Vec<Case> {
    place.tenant("acme", "latchkey").await;
    place.tenant("other", "latchkey").await;
    let mut cases = Vec::new();
    let mut add = |outcome, status, query, key| cases.push(Case { outcome, status, query, key });
    add("malformed", 401, "", PlaintextKey::new("sk_live_typo".to_owned()));
    let (_, unknown) = Place::new().await.key(json!({})).await;
    add("not_found", 401, "", unknown);
    let (_, key) = place.key(json!({"name": "foreign"})).await;
    add("not_found", 401, "?tenant=other", key);
    let (details, key) = place.key(json!({"name": "revoked"})).await;
    place.call::<KeysRevoke>(json!({"key": details.id, "reason": "unused"})).await.unwrap();
    add("revoked", 401, "", key);
    let (details, key) = place.key(json!({"name": "suspended"})).await;
    place.call::<KeysSuspend>(json!({"key": details.id})).await.unwrap();
    add("suspended", 401, "", key);
    let (_, key) = place.key(json!({"name": "of a suspended tenant", "tenant": "other"})).await;
    place.call::<TenantsSuspend>(json!({"tenant": "other"})).await.unwrap();
    add("suspended", 401, "", key);
    let (details, key) = place.key(json!({"name": "rotated"})).await;
    place.call::<KeysRotate>(json!({"key": details.id, "grace": "0"})).await.unwrap();
    add("retired", 401, "", key);
    let (_, key) = place.key(json!({"name": "for testing", "environment": "test"})).await;
    add("wrong_environment", 403, "?environment=live", key);
    let (_, key) = place.key(json!({"name": "from elsewhere", "ip": ["10.0.0.0/8"]})).await;
    add("ip_denied", 403, "", key);
    let (_, key) = place.key(json!({"name": "of little use", "scopes": ["posts:read"]})).await;
    add("insufficient_permissions", 403, "?permission=posts:read&permission=posts:write", key);
    let (_, key) = place.key(json!({"name": "busy", "tier": "small"})).await;
    for _ in 0..5 {
        check(place, "", &key).await;
    }
    add("rate_limited", 429, "", key);
    let (_, key) = place.key(json!({"name": "short", "expires": "2026-11-21T12:10:00Z"})).await;
    place.room.clock.advance(Span::minutes(10));
    add("expired", 401, "", key);
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cause_has_its_status_and_its_words() {
    let place = Place::new().await;
    let mut seen = Vec::new();
    let mut cases = every_case(&place).await;
    // The limit of the minute is over when the others are looked at.
    let (_, busy) = place.key(json!({"name": "busy again", "tier": "small"})).await;
    for _ in 0..5 {
        check(&place, "", &busy).await;
    }
    cases
        .iter_mut()
        .filter(|case| case.outcome == "rate_limited")
        .for_each(|case| case.key = PlaintextKey::new(busy.expose().to_owned()));
    for Case { outcome, status, query, key } in &cases {
        let answer = check(&place, query, key).await;
        assert_eq!(answer.status, *status, "{outcome}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let problem = answer.json();
        assert_eq!(problem["outcome"], *outcome);
        assert_eq!(problem["status"], *status);
        assert_eq!(problem["request_id"].as_str(), answer.header("x-request-id"));
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        assert_eq!(answer.header("www-authenticate").is_some(), *status == 401, "{outcome}");
        assert_eq!(answer.header("retry-after").is_some(), *status == 429, "{outcome}");
        assert_eq!(answer.header("x-latchkey-key-id"), None, "{outcome}");
        assert_eq!(answer.header("x-latchkey-outcome"), None, "{outcome}");
        seen.push(*outcome);
        // The same for nginx: 401 or 403, and everything else in headers.
        let nginx = if query.is_empty() { "?proxy=nginx".to_owned() } else { format!("{query}&proxy=nginx") };
        let nginx = check(&place, &nginx, key).await;
        assert_eq!(nginx.status, if *status == 401 { 401 } else { 403 }, "{outcome}");
        assert_eq!(nginx.header("x-latchkey-status"), Some(status.to_string().as_str()));
        let told = nginx.header("x-latchkey-outcome").unwrap();
        assert!(told == *outcome || (told == "wrong_tenant" && *outcome == "not_found"), "{told}");
        let body: Value = serde_json::from_str(nginx.header("x-latchkey-body").unwrap()).unwrap();
        assert_eq!(body["detail"], problem["detail"], "{outcome}");
        assert_eq!(nginx.header("x-latchkey-content-type"), Some("application/problem+json"));
        assert_eq!(nginx.header("x-latchkey-retry-after").is_some(), *status == 429, "{outcome}");
        assert_eq!(nginx.body, "");
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 10, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_and_any_are_asked_for_together() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({"scopes": ["posts:read", "users:*"]})).await;
    for (query, status, needed) in [
        ("?permission=posts:read&permission=users:write", 200, ""),
        ("?any=posts:write&any=users:read", 200, ""),
        ("?permission=posts:read&any=posts:write&any=users:read", 200, ""),
        ("?permission=posts:write&any=users:read", 403, "posts:write"),
        ("?permission=posts:read&any=posts:write&any=a:b", 403, "posts:write or a:b"),
        ("?permission=latchkey:keys", 403, "latchkey:keys"),
    ] {
        let answer = check(&place, query, &key).await;
        assert_eq!(answer.status, status, "{query}");
        assert!(answer.body.contains(needed), "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_those_that_a_trusted_proxy_saw() {
    let place = Place::new().await;
    let ip = json!(["10.0.0.0/8", "2001:db8::/32"]);
    let (_, key) = place.key(json!({"ip": ip})).await;
    for (said, status) in [
        (Some("10.1.2.3"), 200),
        (Some("::ffff:10.1.2.3"), 200),
        (Some("2001:db8::7"), 200),
        (Some("[2001:db8::7]:4711"), 200),
        (Some("11.1.2.3"), 403),
        (Some("2001:db9::7"), 403),
        (Some("10.1.2.3, 203.0.113.9"), 403),
        (Some("203.0.113.9, 10.1.2.3"), 200),
        (Some("10.1.2.3, 127.0.0.1"), 200),
        (Some("unknown"), 403),
        (None, 403),
    ] {
        let mut ask = get("/v1/check").bearer(key.expose());
        if let Some(said) = said {
            ask = ask.from(said);
        }
        assert_eq!(place.ask(ask).await.status, status, "{said:?}");
    }
    // Nobody is trusted: what is said counts for nothing.
    let alone = Place::with(|settings| settings.trusted_proxies.clear()).await;
    let (_, key) = alone.key(json!({"ip": ["10.0.0.0/8"]})).await;
    assert_eq!(alone.ask(get("/v1/check").bearer(key.expose()).from("10.1.2.3")).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_behind_which_the_address_follows_is_answered_by_its_own_question() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({"scopes": ["posts:read"]})).await;
    for (method, target, status) in [
        ("GET", "/v1/check/permission=posts:read/orders/7?x=1", 200),
        ("POST", "/v1/check/permission=posts:read/", 200),
        ("DELETE", "/v1/check/permission=posts:read/orders?permission=posts:write&tenant=none", 200),
        ("PUT", "/v1/check/permission=posts:write/orders?permission=posts:read", 403),
        ("GET", "/v1/check/profile=latchkey/orders", 200),
        // A slash too many must not drop the question.
        ("GET", "/v1/check//orders", 404),
        ("GET", "/v1/check/?permission=posts:write", 404),
        ("GET", "/v1/check/permission=posts:write", 404),
        ("GET", "/v1/check/nonsense/orders", 422),
        ("GET", "/v1/check/permission=posts:read/orders?api_key=x", 400),
    ] {
        let answer = place.ask(Ask::new(method, target).bearer(key.expose())).await;
        assert_eq!(answer.status, status, "{method} {target}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_makes_no_sense_is_a_mistake_of_the_gateway() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({})).await;
    for (query, status, field) in [
        ("?permissions=a", 422, Some("permissions")),
        ("?permission=a%20b", 422, Some("permission")),
        ("?tenant=nobody", 422, Some("tenant")),
        ("?tenant=latchkey", 422, Some("tenant")),
        ("?tenant=acme&tenant=acme", 422, Some("tenant")),
        ("?profile=mine", 422, Some("profile")),
        ("?environment=", 422, Some("environment")),
        ("?proxy=squid", 422, Some("proxy")),
        ("?key=abc", 400, None),
        ("?api_key=abc", 400, None),
    ] {
        let answer = check(&place, query, &key).await;
        assert_eq!(answer.status, status, "{query}: {answer:?}");
        assert_eq!(answer.json()["field"].as_str(), field, "{query}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = place.ask(Ask::new(method, "/v1/check").bearer(key.expose())).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_is_no_refusal() {
    let place = Place::new().await;
    let (_, cold) = place.key(json!({})).await;
    place.lose_the_store().await;
    let answer = check(&place, "", &cold).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    assert_eq!(answer.header("www-authenticate"), None);
    let nginx = check(&place, "?proxy=nginx", &cold).await;
    assert_eq!((nginx.status, nginx.header("x-latchkey-status")), (403, Some("503")));
    assert_eq!(nginx.header("x-latchkey-outcome"), Some("cannot_tell"));
    assert!(nginx.header("x-latchkey-retry-after").is_some());
}
