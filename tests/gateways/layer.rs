//! The guard around a Rust service, in its process: what passes, and what else a client is told.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::routing::get as on_get;
use axum::{Extension, Router};
use http::Extensions;
use latchkey_core::permission::Requirement;
use latchkey_store::VerifyEntry;
use latchkey_tests::exchange::{Answer, Ask, get};
use latchkey_tests::place::Place;
use latchkey_verify::Question;
use latchkey_verify::layer::Guard;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A service that says whose key let the request in; dropped, it ends.
struct Guarded {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Guarded {
    async fn by(place: &Place) -> Self {
        let peer = |extensions: &Extensions| -> Option<IpAddr> {
            extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
        };
        let all = vec!["posts:read".parse().unwrap(), "posts:write".parse().unwrap()];
        let question = Question { requirement: Requirement { all, any: Vec::new() }, ..Question::default() };
        let guard = Guard::new(place.server.verifier.clone(), question).with_peer(peer);
        let whose = async |Extension(entry): Extension<Arc<VerifyEntry>>| entry.key.id.to_string();
        let router = Router::new().route("/orders", on_get(whose)).layer(guard);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { address, task }
    }

    async fn ask(&self, ask: Ask) -> Answer {
        ask.to(self.address).await
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_key_passes_with_its_entry_and_its_limit_and_then_is_told_when_to_come_back() {
    let place = Place::new().await;
    let guarded = Guarded::by(&place).await;
    let (details, key) =
        place.key(json!({"scopes": ["posts:*"], "tier": "small", "ip": ["127.0.0.1"]})).await;
    for remaining in (0..5).rev() {
        let answer = guarded.ask(get("/orders").bearer(key.expose())).await;
        assert_eq!((answer.status, answer.body.clone()), (200, details.id.to_string()));
        assert_eq!(answer.limits().map(|(limit, left, _)| (limit, left)), Some((5, remaining)));
    }
    let refused = guarded.ask(get("/orders").with("X-Api-Key", key.expose())).await;
    assert_eq!((refused.status, &refused.json()["code"]), (429, &json!("rate_limited")));
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(refused.limits(), Some((5, 0, 1_795_262_460)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_pass_is_told_why_in_the_servers_words() {
    let place = Place::new().await;
    let guarded = Guarded::by(&place).await;
    let (_, weak) = place.key(json!({"name": "weak", "scopes": ["posts:read"]})).await;
    let (_, elsewhere) = place.key(json!({"name": "else", "scopes": ["*"], "ip": ["10.0.0.0/8"]})).await;
    let weak = weak.expose();
    for (ask, status, words) in [
        (get("/orders"), 401, "Send the key in a header"),
        (get("/orders").bearer("sk_live_typo"), 401, "This is not a key: it was cut or mistyped."),
        (get("/orders").bearer(weak), 403, "This key does not hold posts:write."),
        (get("/orders").bearer(elsewhere.expose()), 403, "This key may not be used from this address."),
        (get("/orders").bearer(weak).with("X-Api-Key", weak), 400, "More than one credential"),
        (get(&format!("/orders?api_key={weak}")).bearer(weak), 400, "stands in the address"),
    ] {
        let answer = guarded.ask(ask).await;
        assert_eq!(answer.status, status, "{answer:?}");
        let problem = answer.json();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail}");
        assert_eq!(problem["status"], status);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{detail}");
        // The server says the same of the same key.
        if status == 403 {
            let key = if words.contains("hold") { weak } else { elsewhere.expose() };
            let question = "/v1/check?permission=posts:read&permission=posts:write";
            let said = place.ask(get(question).bearer(key)).await.json();
            assert_eq!(said["detail"], problem["detail"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_tell_is_no_refusal() {
    let place = Place::new().await;
    let guarded = Guarded::by(&place).await;
    let (_, cold) = place.key(json!({"scopes": ["posts:*"]})).await;
    place.lose_the_store().await;
    let answer = guarded.ask(get("/orders").bearer(cold.expose())).await;
    assert_eq!((answer.status, &answer.json()["code"]), (503, &json!("unreachable")));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("www-authenticate"), None);
}
