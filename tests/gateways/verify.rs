//! `POST /v1/keys/verify`: what a service learns of a key, and which requests are refused.

use latchkey_core::Span;
use latchkey_core::operations::{KeysRevoke, KeysRotate, RolesCreate};
use latchkey_server::VerifyToken;
use latchkey_store::StoreUrl;
use latchkey_tests::exchange::{Answer, Ask, post};
use latchkey_tests::place::Place;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

const PATH: &str = "/v1/keys/verify";

async fn verify(place: &Place, key: &str, mut asked: Value) -> Answer {
    asked["key"] = key.into();
    place.ask(post(PATH, &asked)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_learns_what_it_needs_of_a_good_key() {
    let place = Place::new().await;
    place.tenant("acme", "latchkey").await;
    place
        .call::<RolesCreate>(json!({"tenant": "acme", "name": "Reader", "permissions": ["posts:read"]}))
        .await
        .unwrap();
    let request = json!({"tenant": "acme", "name": "n8n", "role": "Reader", "scopes": ["a:b"], "identity": "ann",
        "environment": "test", "expires": "2027-01-01T00:00:00Z", "notes": "of the accountant", "owner": "dana"});
    let (key, plaintext) = place.key(request).await;
    let expected = json!({
        "valid": true, "outcome": "valid", "key_id": key.id, "tenant": key.tenant, "role": "Reader",
        "permissions": ["a:b", "posts:read"], "identity": "ann", "environment": "test",
        "expires_at": "2027-01-01T00:00:00.000Z",
    });
    let asked = json!({"permissions": ["posts:read"], "any": ["a:b", "c:d"], "tenant": "acme", "environment": "test"});
    for _ in 0..2 {
        let answer = verify(&place, plaintext.expose(), asked.clone()).await;
        assert_eq!((answer.status, answer.json()), (200, expected.clone()));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert!(answer.header("x-request-id").is_some());
    }
    let by_id = verify(&place, plaintext.expose(), json!({"tenant": key.tenant.id})).await;
    assert_eq!(by_id.json(), expected);
    // With a limit, the tightest window stands last.
    let (_, limited) = place.key(json!({"name": "limited", "tier": "small"})).await;
    let answer = verify(&place, limited.expose(), json!({})).await.json();
    assert_eq!(
        answer["rate_limit"],
        json!({"limit": 5, "remaining": 4, "reset_at": "2026-11-21T12:01:00.000Z"})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_told_the_true_cause() {
    let place = Place::new().await;
    place.tenant("other", "latchkey").await;
    let (details, key) = place.key(json!({"scopes": ["posts:read"], "ip": ["10.0.0.0/8"]})).await;
    let inside = json!("10.1.2.3");
    for (asked, outcome) in [
        (json!({"client_ip": inside}), "valid"),
        (json!({"client_ip": "::ffff:10.9.9.9"}), "valid"),
        (json!({"client_ip": "11.0.0.1"}), "ip_denied"),
        (json!({}), "ip_denied"),
        (json!({"client_ip": inside, "tenant": "other"}), "wrong_tenant"),
        (json!({"client_ip": inside, "environment": "test"}), "wrong_environment"),
        (json!({"client_ip": inside, "permissions": ["posts:write"]}), "insufficient_permissions"),
        (json!({"client_ip": inside, "any": ["posts:write"]}), "insufficient_permissions"),
        (json!({"client_ip": null, "tenant": null, "environment": null}), "ip_denied"),
    ] {
        let answer = verify(&place, key.expose(), asked.clone()).await;
        assert_eq!(answer.status, 200, "{asked}");
        let told = answer.json();
        assert_eq!(
            (&told["outcome"], &told["valid"]),
            (&json!(outcome), &json!(outcome == "valid")),
            "{asked}"
        );
        assert_eq!(told["key_id"], json!(details.id), "whoever holds the key is known");
    }
    for text in ["", "x", "sk_live_typo", &"a".repeat(5000), "sk_live_日本", "a\u{0}b"] {
        let told = verify(&place, text, json!({})).await.json();
        assert_eq!((&told["outcome"], &told["key_id"]), (&json!("malformed"), &json!(null)), "{text:?}");
    }
    let (_, stranger) = Place::new().await.key(json!({})).await;
    let told = verify(&place, stranger.expose(), json!({})).await.json();
    assert_eq!((&told["outcome"], &told["tenant"]), (&json!("not_found"), &json!(null)));
    place.call::<KeysRevoke>(json!({"key": details.id, "reason": "leaked"})).await.unwrap();
    assert_eq!(verify(&place, key.expose(), json!({"client_ip": inside})).await.json()["outcome"], "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retiring_secret_dies_at_its_instant() {
    let place = Place::new().await;
    let (details, old) = place.key(json!({})).await;
    let minted = place.call::<KeysRotate>(json!({"key": details.id, "grace": "1h"})).await.unwrap();
    let new = minted.plaintext.unwrap();
    let told = verify(&place, old.expose(), json!({})).await.json();
    assert_eq!(
        (&told["outcome"], &told["expires_at"]),
        (&json!("valid"), &json!("2026-11-21T13:00:00.000Z"))
    );
    place.room.clock.advance(Span::from_millis(3_599_999));
    assert_eq!(verify(&place, old.expose(), json!({})).await.json()["outcome"], "valid");
    place.room.clock.advance(Span::from_millis(1));
    assert_eq!(verify(&place, old.expose(), json!({})).await.json()["outcome"], "retired");
    assert_eq!(verify(&place, new.expose(), json!({})).await.json()["outcome"], "valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_request_is_the_callers_mistake() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({})).await;
    let key = key.expose();
    let large = format!("{{\"key\": \"{}\"}}", "a".repeat(70_000));
    let cases = [
        (String::new(), 422, "invalid"),
        ("[]".to_owned(), 400, "unreadable"),
        (format!("[\"{key}\"]"), 400, "unreadable"),
        ("{".to_owned(), 400, "unreadable"),
        (format!("{{\"key\":\"{key}\"}} x"), 400, "unreadable"),
        (format!("{{\"key\":\"{key}\",\"key\":\"{key}\"}}"), 400, "unreadable"),
        (
            format!("{{\"key\":\"{key}\",\"any\":{}1{}}}", "[".repeat(5000), "]".repeat(5000)),
            400,
            "unreadable",
        ),
        ("{}".to_owned(), 422, "invalid"),
        (json!({"key": 7}).to_string(), 422, "invalid"),
        (json!({"key": key, "role": "owner"}).to_string(), 422, "unknown_field"),
        (json!({"key": key, "permissions": "posts:read"}).to_string(), 422, "invalid"),
        (json!({"key": key, "permissions": ["po sts"]}).to_string(), 422, "invalid"),
        (json!({"key": key, "client_ip": "10.0.0.256"}).to_string(), 422, "invalid"),
        (json!({"key": key, "environment": "prod"}).to_string(), 422, "invalid"),
        (json!({"key": key, "tenant": ""}).to_string(), 422, "invalid"),
        (json!({"key": key, "tenant": "nobody"}).to_string(), 404, "not_found"),
        (json!({"key": key, "tenant": "latchkey"}).to_string(), 404, "not_found"),
        (large, 413, "too_large"),
    ];
    for (body, status, code) in cases {
        let ask =
            Ask::new("POST", PATH).with("Content-Type", "application/json").body(body.clone().into_bytes());
        let answer = place.ask(ask).await;
        let short: String = body.chars().take(60).collect();
        assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)), "{short}: {answer:?}");
        assert!(!answer.body.contains(key), "{short}");
    }
    let json = json!({"key": key}).to_string().into_bytes();
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let mut ask = Ask::new("POST", PATH).body(json.clone());
        if let Some(kind) = kind {
            ask = ask.with("Content-Type", kind);
        }
        assert_eq!(place.ask(ask).await.status, 415, "{kind:?}");
    }
    let with_charset =
        Ask::new("POST", PATH).with("Content-Type", "application/json; charset=utf-8").body(json.clone());
    assert_eq!(place.ask(with_charset).await.status, 200);
    let in_query =
        Ask::new("POST", &format!("{PATH}?tenant=acme")).with("Content-Type", "application/json").body(json);
    assert_eq!(place.ask(in_query).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_optional_and_never_wrong() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({"scopes": ["*"]})).await;
    let (_, token) = place.operator("dana", "viewer").await;
    let asked = json!({"key": key.expose()});
    assert_eq!(place.ask(post(PATH, &asked)).await.status, 200);
    assert_eq!(place.ask(post(PATH, &asked).bearer(token.expose())).await.status, 200);
    // A customer's key is no token, whatever it holds.
    for bad in [key.expose(), "lka_nonsense", ""] {
        assert_eq!(place.ask(post(PATH, &asked).bearer(bad)).await.status, 401, "{bad:.4}");
    }
    let strict = Place::with(|settings| settings.verify_token = VerifyToken::Required).await;
    let (_, key) = strict.key(json!({})).await;
    let (_, token) = strict.operator("dana", "viewer").await;
    let asked = json!({"key": key.expose()});
    let refused = strict.ask(post(PATH, &asked)).await;
    assert_eq!((refused.status, &refused.json()["code"]), (401, &json!("credential_needed")));
    assert_eq!(strict.ask(post(PATH, &asked).bearer(token.expose())).await.json()["outcome"], "valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_try_counts_nowhere() {
    let place = Place::new().await;
    let (_, key) = place.key(json!({"tier": "small"})).await;
    let (_, token) = place.operator("dana", "viewer").await;
    let asked = json!({"key": key.expose()});
    let a_try = || post(PATH, &asked).with("Latchkey-Source", "cli");
    assert_eq!(place.ask(a_try()).await.status, 401, "a try is an administrator's");
    for _ in 0..7 {
        let told = place.ask(a_try().bearer(token.expose())).await.json();
        assert_eq!((&told["outcome"], told.get("rate_limit")), (&json!("valid"), None));
    }
    assert_eq!(place.ask(post(PATH, &asked)).await.json()["rate_limit"]["remaining"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_is_no_refusal() {
    let place = Place::new().await;
    let (_, cold) = place.key(json!({})).await;
    place.lose_the_store().await;
    let answer = verify(&place, cold.expose(), json!({})).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_row_is_damaged_is_no_refusal_either() {
    let place = Place::new().await;
    let (_, damaged) = place.key(json!({})).await;
    let (_, whole) = place.key(json!({"tenant": "acme", "name": "whole"})).await;
    let StoreUrl::Sqlite(path) = &place.room.url else { panic!("a file") };
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap();
    let damage =
        "PRAGMA ignore_check_constraints = ON; UPDATE keys SET environment = 'moon' WHERE name <> 'whole'";
    sqlx::raw_sql(damage).execute(&mut file).await.unwrap();
    for _ in 0..2 {
        let answer = verify(&place, damaged.expose(), json!({})).await;
        assert_eq!(answer.status, 503, "{answer:?}");
        let check = latchkey_tests::exchange::get("/v1/check").bearer(damaged.expose());
        assert_eq!(place.ask(check).await.status, 503);
    }
    assert_eq!(verify(&place, whole.expose(), json!({})).await.json()["outcome"], "valid");
    let none = format!("sk_live_{}", "0".repeat(32));
    assert_eq!(verify(&place, &none, json!({})).await.status, 200, "what is nobody's is refused beside it");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_without_a_token_guesses_at_their_own_risk_and_a_known_service_for_its_clients() {
    let place = Place::with(|settings| settings.verify.failures_per_minute = 5).await;
    let (_, cold) = place.key(json!({})).await;
    let (_, token) = place.operator("dana", "viewer").await;
    let guess = |from: &'static str, client_ip: String| {
        let asked = json!({"key": format!("sk_live_{}", "0".repeat(32)), "client_ip": client_ip});
        post(PATH, &asked).from(from)
    };
    let mut limited = 0;
    for number in 0..20 {
        let answer = place.ask(guess("198.51.100.1", format!("203.0.113.{number}"))).await;
        limited += u32::from(answer.json()["outcome"] == "rate_limited");
    }
    assert_eq!(limited, 15, "another address in every question buys no more guesses");
    for _ in 0..20 {
        place.ask(guess("198.51.100.2", "203.0.113.99".to_owned())).await;
    }
    // Nor is anybody else kept out by it.
    let victim = latchkey_tests::exchange::get("/v1/check").bearer(cold.expose()).from("203.0.113.99");
    assert_eq!(place.ask(victim).await.status, 200);
    for _ in 0..20 {
        place.ask(guess("198.51.100.3", "203.0.113.77".to_owned()).bearer(token.expose())).await;
    }
    let told = place.ask(guess("198.51.100.3", "203.0.113.78".to_owned()).bearer(token.expose())).await;
    assert_eq!(told.json()["outcome"], "malformed", "its other clients are heard");
    let told = place.ask(guess("198.51.100.3", "203.0.113.77".to_owned()).bearer(token.expose())).await;
    assert_eq!(told.json()["outcome"], "rate_limited");
}
