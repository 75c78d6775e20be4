//! The three gateways in front of a sample service: what passes, what does not and what the client is told, and that
//! nobody gets an identity in by writing it. Each test runs with each gateway.

use latchkey_core::PlaintextKey;
use latchkey_core::operations::KeysRevoke;
use latchkey_tests::exchange::{Answer, Ask, get};
use latchkey_tests::place::Place;
use serde_json::{Value, json};

use crate::programs::{Gateway, Kind, Told};
use crate::service::Service;

/// A server, a service and a gateway before it.
struct Scene {
    place: Place,
    service: Service,
    gateway: Gateway,
    kind: Kind,
}

impl Scene {
    async fn new(kind: Kind) -> Self {
        Self::asking(kind, "permission=posts:read").await
    }

    async fn asking(kind: Kind, question: &str) -> Self {
        let place = Place::new().await;
        place.tenant("acme", "latchkey").await;
        place.tenant("partner", "funtime-partner").await;
        let service = Service::start().await;
        let told = Told { latchkey: place.address, service: service.address, question };
        let gateway = tokio::task::block_in_place(|| Gateway::start(kind, told));
        Self { place, service, gateway, kind }
    }

    async fn ask(&self, ask: Ask) -> Answer {
        ask.to(self.gateway.address).await
    }

    async fn show(&self, key: &PlaintextKey) -> Answer {
        self.ask(get("/orders?x=1").bearer(key.expose())).await
    }
}

/// What reached the service under a name, however it is spelled: as CGI and WSGI read headers.
fn reached(answer: &Answer, name: &str) -> Vec<String> {
    let same = |known: &str| known.replace('_', "-").eq_ignore_ascii_case(name);
    let headers = answer.json()["headers"].clone();
    let pairs: Vec<(String, String)> = serde_json::from_value(headers).unwrap();
    pairs.into_iter().filter(|(known, _)| same(known)).map(|(_, value)| value).collect()
}

async fn a_good_key_passes_with_its_identity_and_its_limits(kind: Kind) {
    let scene = Scene::new(kind).await;
    let request =
        json!({"name": "n8n", "scopes": ["posts:*", "a:b"], "identity": "ann\u{e9} smith", "tier": "small"});
    let (key, plaintext) = scene.place.key(request).await;
    let answer = scene.show(&plaintext).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let said = answer.json();
    assert_eq!((&said["method"], &said["target"]), (&json!("GET"), &json!("/orders?x=1")));
    let id = key.id.to_string();
    for (name, value) in [
        ("x-latchkey-key-id", id.as_str()),
        ("x-latchkey-tenant", "acme"),
        ("x-latchkey-scopes", "a:b posts:*"),
        ("x-latchkey-identity", "ann%C3%A9%20smith"),
        ("x-latchkey-environment", "live"),
    ] {
        assert_eq!(reached(&answer, name), [value], "{name}");
    }
    assert!(reached(&answer, "x-latchkey-role").concat().is_empty());
    let (limit, remaining, _) = answer.limits().expect("the client sees its limits");
    assert_eq!((limit, remaining), (5, 4));
    for name in ["x-latchkey-key-id", "x-latchkey-scopes", "x-latchkey-outcome", "x-latchkey-status"] {
        assert_eq!(answer.header(name), None, "{name} is for the service");
    }
    // What the service itself refuses is the service's answer.
    let refused = scene.ask(get("/teapot").bearer(plaintext.expose())).await;
    assert_eq!((refused.status, &refused.json()["target"]), (403, &json!("/teapot")));
    let posted = scene.ask(Ask::new("POST", "/orders").with("X-Api-Key", plaintext.expose())).await;
    assert_eq!((posted.status, &posted.json()["method"]), (200, &json!("POST")));
}

async fn a_client_cannot_forge_an_identity(kind: Kind) {
    let scene = Scene::new(kind).await;
    let (key, plaintext) = scene.place.key(json!({"scopes": ["posts:read"]})).await;
    let mut ask = get("/orders").bearer(plaintext.expose());
    for field in ["Key-Id", "Tenant", "Role", "Scopes", "Scopes-Cut", "Identity", "Environment"] {
        let name = format!("X-Latchkey-{field}");
        for spelling in [
            name.clone(),
            name.to_uppercase(),
            name.to_lowercase(),
            name.replace('-', "_"),
            name.replacen('-', "_", 1),
            format!("X-Latchkey_{field}"),
            name.to_lowercase().replace('-', "_"),
            name.clone(),
        ] {
            ask = ask.with(&spelling, "forged");
        }
    }
    let answer = scene.ask(ask).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!answer.body.contains("forged"), "{}", answer.body);
    assert_eq!(reached(&answer, "x-latchkey-key-id"), [key.id.to_string()]);
    // Nor does it help to ask for a verdict, or to say who one is without a key.
    let bare = get("/orders").with("X-Latchkey-Key-Id", "forged").with("X-Latchkey-Status", "200");
    assert_eq!(scene.ask(bare).await.status, 401);
}

async fn a_client_cannot_take_an_identity_away(kind: Kind) {
    let scene = Scene::new(kind).await;
    let (key, plaintext) = scene.place.key(json!({"scopes": ["posts:read"]})).await;
    // What stands in Connection is for the next hop alone, so proxies drop it before the one after that.
    for named in ["X-Latchkey-Key-Id", "x-latchkey-key-id, X-Latchkey-Tenant , X-LATCHKEY-SCOPES"] {
        let answer = scene.ask(get("/orders").bearer(plaintext.expose()).with("Connection", named)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(reached(&answer, "x-latchkey-key-id"), [key.id.to_string()], "{named}");
        assert_eq!(reached(&answer, "x-latchkey-scopes"), ["posts:read"], "{named}");
    }
}

async fn a_key_that_holds_much_passes_with_all_of_it(kind: Kind) {
    let scene = Scene::new(kind).await;
    let mut scopes: Vec<String> =
        (10..60).map(|number| format!("posts{number}:{}", "r".repeat(70))).collect();
    scopes.push("posts:read".to_owned());
    let request = json!({
        "scopes": scopes,
        "identity": "\u{e9}".repeat(100),
        "tier": "small",
    });
    let (_, plaintext) = scene.place.key(request).await;
    let answer = scene.show(&plaintext).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(reached(&answer, "x-latchkey-scopes").concat().split(' ').count(), 51);
    assert_eq!(reached(&answer, "x-latchkey-scopes-cut").concat(), "");
    assert_eq!(reached(&answer, "x-latchkey-identity"), ["%C3%A9".repeat(100)]);
    // As much from the client itself: either the whole identity arrives, or nothing does.
    for size in [8_000, 15_000, 20_000, 22_000, 22_400, 24_000] {
        let padded = get("/orders").bearer(plaintext.expose()).with("X-Much", &"a".repeat(size));
        let answer = scene.ask(padded).await;
        if answer.status == 200 {
            assert_eq!(reached(&answer, "x-latchkey-identity"), ["%C3%A9".repeat(100)], "{size}");
            assert_eq!(reached(&answer, "x-latchkey-environment"), ["live"], "{size}");
        }
        assert_ne!(answer.status, 401, "{size}");
    }
}

async fn a_key_that_holds_too_much_says_that_its_scopes_are_cut(kind: Kind) {
    let scene = Scene::new(kind).await;
    let mut scopes: Vec<String> =
        (10..90).map(|number| format!("posts{number}:{}", "r".repeat(70))).collect();
    scopes.push("posts:read".to_owned());
    let (_, plaintext) = scene.place.key(json!({"scopes": scopes})).await;
    let answer = scene.show(&plaintext).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(reached(&answer, "x-latchkey-scopes-cut"), ["true"]);
    // It has no limit, and nobody is told of one.
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        assert_eq!(answer.header(name).unwrap_or_default(), "", "{name}");
        assert_eq!(reached(&answer, name).concat(), "", "{name}");
    }
    let shown = reached(&answer, "x-latchkey-scopes").concat();
    assert!((4_000..=4_096).contains(&shown.len()), "{}", shown.len());
    // None of them is cut in two.
    assert!(shown.split(' ').all(|scope| scopes.iter().any(|known| known == scope)), "{shown}");
}

async fn what_does_not_pass_is_told_why(kind: Kind) {
    let scene = Scene::asking(kind, "permission=posts:read&tenant=acme&environment=live").await;
    let key = |request: Value| scene.place.key(request);
    let (details, revoked) = key(json!({"name": "revoked", "scopes": ["posts:read"]})).await;
    scene.place.call::<KeysRevoke>(json!({"key": details.id, "reason": "leaked"})).await.unwrap();
    let (_, weak) = key(json!({"name": "weak", "scopes": ["posts:write"]})).await;
    let (_, testing) = key(json!({"name": "testing", "scopes": ["*"], "environment": "test"})).await;
    let (_, elsewhere) = key(json!({"name": "elsewhere", "scopes": ["*"], "ip": ["10.0.0.0/8"]})).await;
    let (_, stranger) = Place::new().await.key(json!({})).await;
    for (shown, status, outcome) in [
        (&stranger, 401, "not_found"),
        (&PlaintextKey::new("sk_live_typo".to_owned()), 401, "malformed"),
        (&revoked, 401, "revoked"),
        (&weak, 403, "insufficient_permissions"),
        (&testing, 403, "wrong_environment"),
        (&elsewhere, 403, "ip_denied"),
    ] {
        let answer = scene.show(shown).await;
        assert_eq!(answer.status, status, "{outcome}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{outcome}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{outcome}");
        let problem = answer.json();
        assert_eq!((&problem["outcome"], &problem["status"]), (&json!(outcome), &json!(status)));
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{outcome}");
        assert_eq!(answer.header("x-latchkey-outcome"), None);
    }
    let missing = scene.ask(get("/orders")).await;
    assert_eq!((missing.status, &missing.json()["code"]), (401, &json!("credential_needed")));
    let both = get("/orders").bearer(weak.expose()).with("X-Api-Key", weak.expose());
    let both = scene.ask(both).await;
    assert_eq!((both.status, &both.json()["code"]), (400, &json!("credentials_conflict")));
    let in_url = get(&format!("/orders?api_key={}", weak.expose())).bearer(weak.expose());
    let in_url = scene.ask(in_url).await;
    assert_eq!((in_url.status, &in_url.json()["code"]), (400, &json!("credential_in_url")));
    assert!(!in_url.body.contains(weak.expose()));
}

async fn headers_that_are_too_many_or_unreadable_are_the_clients_fault(kind: Kind) {
    let scene = Scene::new(kind).await;
    let (_, key) = scene.place.key(json!({"scopes": ["posts:read"]})).await;
    for (count, statuses) in [(60, &[200][..]), (101, &[400, 431]), (150, &[400, 431]), (200, &[400, 431])] {
        let ask = (0..count).fold(get("/orders").bearer(key.expose()), |ask, number| {
            ask.with(&format!("X-Header-{number}"), "1")
        });
        let answer = scene.ask(ask).await;
        assert!(statuses.contains(&answer.status), "{count}: {answer:?}");
        assert!(answer.status == 200 || answer.header("retry-after").is_none(), "{count}: {answer:?}");
    }
    let odd = scene.ask(get("/orders").bearer(key.expose()).with("X-Odd", "a\u{1}b")).await;
    assert_eq!(odd.status, 400, "{odd:?}");
}

async fn a_limit_is_told_with_its_time(kind: Kind) {
    let scene = Scene::new(kind).await;
    let (_, key) = scene.place.key(json!({"scopes": ["posts:read"], "tier": "small"})).await;
    for remaining in (0..5).rev() {
        let answer = scene.show(&key).await;
        assert_eq!((answer.status, answer.limits().map(|(_, left, _)| left)), (200, Some(remaining)));
    }
    let answer = scene.show(&key).await;
    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(answer.limits(), Some((5, 0, 1_795_262_460)));
    assert_eq!(answer.json()["outcome"], "rate_limited");
}

async fn another_systems_clients_are_answered_in_its_words(kind: Kind) {
    let scene = Scene::asking(kind, "permission=posts:read&tenant=partner").await;
    let (_, weak) = scene.place.key(json!({"tenant": "partner", "scopes": ["posts:write"]})).await;
    let refused = scene.ask(get("/orders").with("X-Api-Key", weak.expose())).await;
    let words = json!({"message": "This API key does not have the required scope: posts:read"});
    assert_eq!((refused.status, refused.json()), (403, words));
    assert_eq!(refused.header("content-type"), Some("application/json"));
    let missing = scene.ask(get("/orders")).await;
    let words = "Authentication required. Provide X-Api-Key header or valid JWT Bearer token.";
    assert_eq!((missing.status, missing.json()), (401, json!({"message": words})));
    let (_, admin) = scene.place.key(json!({"tenant": "partner", "name": "all", "scopes": ["admin"]})).await;
    assert_eq!(
        scene.ask(get("/orders").with("X-Api-Key", admin.expose()).bearer("eyJ.a.b")).await.status,
        200
    );
}

async fn large_and_streamed_bodies_reach_the_service(kind: Kind) {
    const LARGE: usize = 20_000_000;
    let scene = Scene::new(kind).await;
    let (_, key) = scene.place.key(json!({"scopes": ["posts:read"]})).await;
    let ask = || Ask::new("POST", "/upload").bearer(key.expose()).body(vec![b'x'; LARGE]);
    assert_eq!(scene.ask(ask()).await.json()["body"], LARGE);
    assert_eq!(scene.ask(ask().chunked()).await.json()["body"], LARGE);
    let refused = Ask::new("POST", "/upload").bearer("sk_live_typo").body(vec![b'x'; 1000]);
    assert_eq!(scene.ask(refused).await.status, 401);
}

async fn what_a_client_says_of_its_address_counts_for_nothing(kind: Kind) {
    let scene = Scene::new(kind).await;
    let (_, inside) =
        scene.place.key(json!({"name": "in", "scopes": ["posts:read"], "ip": ["10.0.0.0/8"]})).await;
    let (_, here) =
        scene.place.key(json!({"name": "here", "scopes": ["posts:read"], "ip": ["127.0.0.1"]})).await;
    for said in ["10.1.2.3", "10.1.2.3, 10.1.2.4", "unknown"] {
        let ask = |key: &PlaintextKey| {
            get("/orders")
                .bearer(key.expose())
                .from(said)
                .with("X-Real-IP", said)
                .with("Forwarded", &format!("for={said}"))
        };
        assert_eq!(scene.ask(ask(&inside)).await.status, 403, "{said}");
        assert_eq!(scene.ask(ask(&here)).await.status, 200, "{said}");
    }
}

async fn when_nobody_can_tell_the_client_is_told_to_come_back(kind: Kind) {
    let scene = Scene::new(kind).await;
    let (_, cold) = scene.place.key(json!({"scopes": ["posts:read"]})).await;
    scene.place.lose_the_store().await;
    let answer = scene.show(&cold).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    assert_eq!(answer.header("www-authenticate"), None);
    // Latchkey itself is gone.
    let Scene { place, service, gateway, kind } = scene;
    drop(place.stop().await);
    let answer = get("/orders").bearer(cold.expose()).to(gateway.address).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{kind:?}: {answer:?}");
    drop(service);
}

macro_rules! with_every_gateway {
    ($($test:ident,)+) => {
        mod nginx { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::Kind::Nginx).await; })+ }
        mod caddy { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::Kind::Caddy).await; })+ }
        mod haproxy { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::Kind::HaProxy).await; })+ }
    };
}
with_every_gateway! {
    a_good_key_passes_with_its_identity_and_its_limits,
    a_client_cannot_forge_an_identity,
    a_client_cannot_take_an_identity_away,
    a_key_that_holds_much_passes_with_all_of_it,
    a_key_that_holds_too_much_says_that_its_scopes_are_cut,
    what_does_not_pass_is_told_why,
    headers_that_are_too_many_or_unreadable_are_the_clients_fault,
    a_limit_is_told_with_its_time,
    another_systems_clients_are_answered_in_its_words,
    large_and_streamed_bodies_reach_the_service,
    what_a_client_says_of_its_address_counts_for_nothing,
    when_nobody_can_tell_the_client_is_told_to_come_back,
}
