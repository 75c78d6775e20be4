//! The service as its clients see it: started on a port of this computer and asked over a connection.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests fail loudly

use std::net::SocketAddr;
use std::sync::Arc;

use latchkey_core::id::RequestId;
use latchkey_core::operation::read_request;
use latchkey_core::operations::{KeysIssue, KeysRevoke, TenantsCreate};
use latchkey_core::rate_limit::{Tiers, Window};
use latchkey_core::time::ManualClock;
use latchkey_core::{Call, Caller, Operation, Perform, Source, Span, Timestamp};
use latchkey_store::{Store, StoreUrl};
use latchkey_verify::{Settings, Verifier};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const NOW: Timestamp = Timestamp::from_millis(1_795_262_400_000);

struct Service {
    store: Store,
    verifier: Verifier,
    address: SocketAddr,
    _folder: TempDir,
}

/// What came back.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Service {
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let url = StoreUrl::Sqlite(folder.path().join("keys.db"));
        let store = Store::create(&url, "sk", clock.clone()).await.unwrap();
        let mut tiers = Tiers::default();
        tiers.set("one", vec![Window { limit: 1, per: Span::minutes(1) }]).unwrap();
        let settings = Settings { tiers, follow_clock: false, ..Settings::default() };
        let verifier = Verifier::start(store.clone(), clock, settings).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = guarded_service::routes(verifier.clone());
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let service = Self { store, verifier, address, _folder: folder };
        service.does::<TenantsCreate>(json!({"slug": "acme", "name": "ACME Corp"})).await;
        service
    }

    async fn does<O: Operation>(&self, request: Value) -> O::Answer
    where
        Store: Perform<O>,
    {
        let operation: O = read_request(request).unwrap();
        let call = Call {
            operation,
            caller: Caller::with_the_store("dana", Source::Cli),
            request_id: RequestId::new(NOW, &mut StdRng::seed_from_u64(1)),
            idempotency_key: None,
        };
        self.store.perform(call).await.unwrap()
    }

    /// A new key: its id and its text.
    async fn issue(&self, mut request: Value) -> (String, String) {
        request["tenant"] = "acme".into();
        let minted = self.does::<KeysIssue>(request).await;
        (minted.value.key.id.to_string(), minted.plaintext.unwrap().expose().to_owned())
    }

    async fn get(&self, path: &str, headers: &[String]) -> Answer {
        let mut line = TcpStream::connect(self.address).await.unwrap();
        let headers = headers.iter().map(|header| format!("{header}\r\n")).collect::<Vec<_>>().concat();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        line.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        line.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    async fn with_key(&self, key: &str) -> Answer {
        self.get("/tickets", &[format!("Authorization: Bearer {key}")]).await
    }
}

impl Answer {
    fn code(&self) -> String {
        assert!(self.head.contains("content-type: application/problem+json"), "{}", self.head);
        serde_json::from_str::<Value>(&self.body).unwrap()["code"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_key_is_let_through_and_named_in_each_way_it_may_come() {
    let service = Service::start().await;
    let (_, key) = service.issue(json!({"name": "n8n", "scopes": ["tickets:*"]})).await;
    for header in [format!("Authorization: bearer {key}"), format!("X-Api-Key: {key}")] {
        let answer = service.get("/tickets", &[header]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "Tickets of ACME Corp, read by n8n.\n"));
    }
    assert_eq!(service.get("/", &[]).await.status, 200);
    service.verifier.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_refused_is_told_why_in_the_one_shape() {
    let service = Service::start().await;
    let (id, key) = service.issue(json!({"name": "n8n", "scopes": ["tickets:read"]})).await;
    let (_, other) = service.issue(json!({"name": "other", "scopes": ["users:read"]})).await;
    let (_, far) =
        service.issue(json!({"name": "far", "scopes": ["tickets:read"], "ip": ["203.0.113.0/24"]})).await;
    let (_, near) =
        service.issue(json!({"name": "near", "scopes": ["tickets:read"], "ip": ["127.0.0.1"]})).await;
    assert_eq!(service.with_key(&near).await.status, 200);
    let bearer = format!("Authorization: Bearer {key}");
    let forged = "X-Forwarded-For: 203.0.113.9".to_owned();
    for (path, headers, status, code) in [
        ("/tickets".to_owned(), vec![], 401, "credential_needed"),
        ("/tickets".to_owned(), vec!["Authorization: Bearer nothing".to_owned()], 401, "auth_failed"),
        ("/tickets".to_owned(), vec![bearer.clone(), bearer.clone()], 400, "credentials_conflict"),
        (
            "/tickets".to_owned(),
            vec![bearer.clone(), format!("X-Api-Key: {key}")],
            400,
            "credentials_conflict",
        ),
        (format!("/tickets?api_key={key}"), vec![bearer.clone()], 400, "credential_in_url"),
        ("/tickets".to_owned(), vec![format!("X-Api-Key: {other}")], 403, "forbidden"),
        ("/tickets".to_owned(), vec![format!("X-Api-Key: {far}"), forged], 403, "forbidden"),
    ] {
        let answer = service.get(&path, &headers).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}");
        assert_eq!(answer.head.contains("www-authenticate: bearer"), status == 401);
        assert!(!answer.body.contains(&key) && answer.head.contains("cache-control: no-store"));
    }
    service.does::<KeysRevoke>(json!({"key": id})).await;
    service.verifier.catch_up().await.unwrap();
    let answer = service.with_key(&key).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "auth_failed"));
    service.verifier.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_told_and_kept() {
    let service = Service::start().await;
    let (_, key) = service.issue(json!({"name": "n8n", "scopes": ["tickets:read"], "tier": "one"})).await;
    let reset = format!("x-ratelimit-reset: {}", NOW.as_millis() / 1_000 + 60);
    let answer = service.with_key(&key).await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("x-ratelimit-limit: 1") && answer.head.contains("x-ratelimit-remaining: 0"));
    assert!(answer.head.contains(&reset), "{}", answer.head);
    let answer = service.with_key(&key).await;
    assert_eq!((answer.status, answer.code().as_str()), (429, "rate_limited"));
    assert!(answer.head.contains("retry-after: 60") && answer.head.contains(&reset), "{}", answer.head);
    service.verifier.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_told_is_503_and_never_401() {
    let service = Service::start().await;
    let (_, key) = service.issue(json!({"name": "n8n", "scopes": ["tickets:read"]})).await;
    service.store.close().await;
    let answer = service.with_key(&key).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "unreachable"));
    assert!(answer.head.contains("retry-after: 1"), "{}", answer.head);
}
