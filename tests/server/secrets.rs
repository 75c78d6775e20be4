//! Nothing that is secret gets out: every kind of request with canaries in every place, and afterwards the log, the
//! metrics and the answers are searched for them.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use latchkey_server::{LogFormat, ServerLog};
use latchkey_tests::exchange::{Ask, get, post};
use latchkey_tests::place::Place;
use serde_json::json;
use tracing_subscriber::layer::SubscriberExt as _;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Requests with something in each place that somebody may write down.
fn asks(token: &str, plaintext: &str, malformed: &str) -> Vec<Ask> {
    vec![
        get("/v1/tenants").bearer(token),
        get("/v1/tenants").bearer(plaintext),
        get("/v1/tenants").bearer(malformed),
        get("/v1/tenants").bearer("canary-token"),
        get(&format!("/v1/tenants?api_key={token}")),
        get(&format!("/v1/keys?search={plaintext}")).bearer(token),
        get("/v1/keys?search=canary-search&canary-field=1").bearer(token),
        get(&format!("/v1/keys/{plaintext}")).bearer(token),
        get("/canary-path/of/a/caller").with("User-Agent", "canary-agent").with("X-Request-Id", "canary-id"),
        Ask::new("CANARY", "/v1/tenants").bearer(token),
        post("/v1/keys/find", &json!({"candidates": [plaintext]})).bearer(token),
        post("/v1/keys/verify", &json!({"key": plaintext})),
        post("/v1/keys/verify", &json!({"key": malformed})),
        post("/v1/keys/verify", &json!({"key": 1, "canary-field": plaintext})),
        post("/v1/keys/verify", &json!({"key": plaintext})).bearer(token).with("Latchkey-Source", "cli"),
        post("/v1/keys", &json!({"tenant": "acme", "name": plaintext, "environment": plaintext}))
            .bearer(token),
        get("/v1/check").bearer(plaintext),
        get("/v1/check").with("X-Api-Key", malformed),
        get(&format!("/v1/check?permission={plaintext}")).bearer(plaintext),
        get("/v1/self").bearer(plaintext),
        get(&format!("/v1/self/scopes/{plaintext}")).bearer(plaintext),
    ]
}

/// One thread, so that everything that is logged is logged there.
#[tokio::test]
async fn no_key_token_or_word_of_a_caller_reaches_the_log_or_the_metrics() {
    let log = Kept::default();
    let subscriber = tracing_subscriber::registry().with(ServerLog::new(LogFormat::Json, log.clone()));
    let _logged = tracing::subscriber::set_default(subscriber);
    let place = Place::with(|settings| settings.metrics_listen = Some("127.0.0.1:0".parse().unwrap())).await;
    let (_, token) = place.operator("ann", "admin").await;
    let (key, plaintext) = place.key(json!({"name": "canary-name", "notes": "canary-notes"})).await;
    let (token, plaintext) = (token.expose(), plaintext.expose());
    let malformed = format!("{plaintext}x");
    let mut shown = String::new();
    let mut minted = Vec::new();
    for ask in asks(token, plaintext, &malformed) {
        let answer = place.ask(ask).await;
        assert!(answer.status < 500, "{answer:?}");
        shown.extend([format!("{:?}", answer.headers)]);
        // A field that does not read is told what it said, to whoever said it.
        if answer.status != 422 {
            shown.push_str(&answer.body);
        }
    }
    for (path, body) in [
        ("/v1/keys".to_owned(), json!({"tenant": "acme", "name": "minted"})),
        (format!("/v1/keys/{}/rotate", key.id), json!({})),
        ("/v1/operators".to_owned(), json!({"name": "new", "role": "viewer"})),
    ] {
        let answer = place.ask(post(&path, &body).bearer(token)).await.json();
        minted.push(answer["plaintext"].as_str().unwrap().to_owned());
    }
    let metrics = get("/metrics").to(place.server.metrics.unwrap()).await.body;
    place.server.stop().await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.lines().count() > 10
            && log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())
    );
    assert!(
        log.contains("keys.issue") && log.contains(&key.id.to_string().replace("key_", "req_")[..4]),
        "{log}"
    );
    assert!(log.contains(r#""code":"auth_failed""#), "{log}");
    let secrets = [token, plaintext, &malformed, "canary-token"];
    for secret in secrets.into_iter().chain(minted.iter().map(String::as_str)) {
        for (place, text) in [("log", &log), ("metrics", &metrics), ("answers", &shown)] {
            // Not even most of one.
            let part = secret.rsplit('_').next().unwrap();
            assert!(!text.contains(part), "a secret is in the {place}");
        }
    }
    for word in [
        "canary-name",
        "canary-notes",
        "canary-search",
        "canary-field",
        "canary-path",
        "canary-agent",
        "canary-id",
        "CANARY",
    ] {
        assert!(!log.contains(word) && !metrics.contains(word), "{word}");
    }
}
