//! What a client makes of servers, good, odd and hostile: a fake one answers with bytes that each test writes. What
//! real servers answer is the contract's.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use latchkey_core::id::RequestId;
use latchkey_core::operation::read_request;
use latchkey_core::operations::{KeysRemint, KeysRevoke, TenantsGet};
use latchkey_core::{
    AdminError, Call, Caller, ErrorCode, Operation, Perform, PlaintextKey, Source, Timestamp,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{Client, ServerAddress};

const TOKEN: &str = "lka_canary";
const KEY: &str = "key_0190b5f0000070008000000000000001";

/// What the fake server got, whole requests as text.
type Got = Arc<Mutex<Vec<String>>>;

/// A server that answers each connection with the next of `answers` and hangs up.
async fn server(answers: Vec<String>) -> (Client, Got) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let got = Got::default();
    let seen = Arc::clone(&got);
    tokio::spawn(async move {
        for answer in answers {
            let (mut line, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 64 * 1024];
            let mut length = 0;
            while !is_whole(&bytes[..length]) {
                length += line.read(&mut bytes[length..]).await.unwrap();
            }
            seen.lock().unwrap().push(String::from_utf8_lossy(&bytes[..length]).into_owned());
            line.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let address = ServerAddress::read(&address, None).unwrap();
    (Client::new(address, PlaintextKey::new(TOKEN.to_owned()), Source::Cli).unwrap(), got)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.to_ascii_lowercase().lines().find_map(|line| {
        line.strip_prefix("content-length: ").map(|length| length.trim().parse::<usize>().unwrap())
    });
    body.len() >= length.unwrap_or(0)
}

fn answer(status: &str, media: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {length}\r\nconnection: close\r\n{more}\r\n{body}"
    )
}

fn latchkey(status: &str, media: &str, body: &Value) -> String {
    answer(status, media, "latchkey-api: 1\r\nlatchkey-version: 0.1.0\r\n", &body.to_string())
}

async fn perform<O: Operation>(client: &Client, request: Value) -> Result<O::Answer, AdminError> {
    let operation: O = read_request(request).unwrap();
    let request_id: RequestId = "req_0190b5f0000070008000000000000001".parse().unwrap();
    let caller = Caller::with_the_store("dana", Source::Cli);
    client
        .perform(Call { operation, caller, request_id, idempotency_key: Some("once".parse().unwrap()) })
        .await
}

async fn refused_get(answers: Vec<String>) -> AdminError {
    let (client, _) = server(answers).await;
    perform::<TenantsGet>(&client, json!({"tenant": "acme"})).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn a_request_carries_the_token_the_source_and_the_idempotency_key() {
    let problem = json!({"type": "about:blank", "title": "Not Found", "status": 404, "detail": "No.", "code": "not_found", "field": "key"});
    let (client, got) = server(vec![latchkey("404 Not Found", "application/problem+json", &problem)]).await;
    let error = perform::<KeysRevoke>(&client, json!({"key": KEY})).await.unwrap_err();
    assert_eq!(
        (error.code, error.field.as_deref(), error.message.as_str()),
        (ErrorCode::NotFound, Some("key"), "No.")
    );
    let got = got.lock().unwrap()[0].to_ascii_lowercase();
    for line in [
        &format!("post /v1/keys/{KEY}/revoke http/1.1\r\n"),
        "authorization: bearer lka_canary\r\n",
        "latchkey-api: 1\r\n",
        "latchkey-source: cli\r\n",
        "idempotency-key: once\r\n",
        "x-request-id: req_0190b5f0000070008000000000000001\r\n",
        "content-type: application/json\r\n",
    ] {
        assert!(got.contains(line), "{line} is not in {got}");
    }
}

#[tokio::test]
async fn what_is_no_latchkey_server_is_said_and_not_believed() {
    for (given, code, words) in [
        (
            answer("200 OK", "text/html", "", "<b>canary</b>"),
            ErrorCode::StoreUnusable,
            "not as a Latchkey server",
        ),
        (
            answer("200 OK", "application/json", "", "{}"),
            ErrorCode::StoreUnusable,
            "not as a Latchkey server",
        ),
        (
            answer("401 Unauthorized", "text/plain", "", "canary"),
            ErrorCode::StoreUnusable,
            "not as a Latchkey server",
        ),
        (
            answer("302 Found", "text/html", "location: http://127.0.0.1:1/canary\r\n", ""),
            ErrorCode::StoreUnusable,
            "another address",
        ),
        (answer("502 Bad Gateway", "text/html", "", "canary"), ErrorCode::Unreachable, "its proxy says 502"),
        (
            latchkey("200 OK", "application/json", &json!({"odd": "canary"})),
            ErrorCode::VersionSkew,
            "another version",
        ),
        (
            answer("200 OK", "application/json", "latchkey-api: 2\r\n", "{}"),
            ErrorCode::VersionSkew,
            "another version",
        ),
        (
            latchkey(
                "503 Service Unavailable",
                "application/problem+json",
                &json!({"detail": "Later.", "code": "of_the_future"}),
            ),
            ErrorCode::Unreachable,
            "Later.",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\nlatchkey-api: 1\r\n\r\n{".to_owned(),
            ErrorCode::Unreachable,
            "broke",
        ),
    ] {
        let error = refused_get(vec![given.clone(), given]).await;
        assert_eq!(error.code, code, "{}", error.message);
        assert!(error.message.contains(words) && !error.message.contains("canary"), "{}", error.message);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_it() {
    let much = "x".repeat(17 * 1024 * 1024);
    let error = refused_get(vec![answer("200 OK", "application/json", "latchkey-api: 1\r\n", &much)]).await;
    assert!(error.message.contains("16 MiB"), "{}", error.message);
}

#[tokio::test]
async fn a_question_is_asked_again_when_the_line_breaks_and_a_change_is_not() {
    let problem = json!({"type": "about:blank", "title": "Not Found", "status": 404, "detail": "No.", "code": "not_found"});
    let answers = vec![String::new(), latchkey("404 Not Found", "application/problem+json", &problem)];
    let (client, got) = server(answers.clone()).await;
    let error = perform::<TenantsGet>(&client, json!({"tenant": "acme"})).await.unwrap_err();
    assert_eq!((error.code, got.lock().unwrap().len()), (ErrorCode::NotFound, 2));
    let (client, got) = server(answers).await;
    let error = perform::<KeysRevoke>(&client, json!({"key": KEY})).await.unwrap_err();
    assert_eq!((error.code, got.lock().unwrap().len()), (ErrorCode::Unreachable, 1));
    assert!(error.message.contains("Whether it was done is not known"), "{}", error.message);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_from_a_name_that_is_not_known() {
    let token = || PlaintextKey::new(TOKEN.to_owned());
    for (address, words) in [
        ("http://127.0.0.1:1", "the connection was refused"),
        ("https://keys.latchkey.invalid", "is not known"),
    ] {
        let client = Client::new(ServerAddress::read(address, None).unwrap(), token(), Source::Cli).unwrap();
        let error = client.look().await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Unreachable);
        assert!(error.message.contains(words), "{}", error.message);
    }
}

#[tokio::test]
async fn the_token_is_shown_to_nothing_that_is_no_latchkey_server() {
    let (client, got) = server(vec![answer("200 OK", "text/html", "", "hello")]).await;
    assert_eq!(client.look().await.unwrap_err().code, ErrorCode::StoreUnusable);
    assert!(!got.lock().unwrap()[0].contains("canary"));
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_gets_no_token() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut line, _) = listener.accept().await.unwrap();
        let mut bytes = [0; 1024];
        let _ = line.read(&mut bytes).await;
        let _ = line.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    });
    let address = ServerAddress::read(&address, None).unwrap();
    let client = Client::new(address, PlaintextKey::new(TOKEN.to_owned()), Source::Cli).unwrap();
    let error = client.look().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TlsUntrusted, "{}", error.message);
    assert!(error.message.contains("No token was sent."));
}

#[tokio::test]
async fn a_plaintext_beside_the_answer_is_handed_over_and_is_in_no_field() {
    let at = Timestamp::from_millis(1_795_262_400_000);
    let key = json!({
        "id": KEY, "tenant": {"id": "ten_0190b5f0000070008000000000000001", "slug": "acme", "name": "ACME"},
        "name": "n8n", "notes": "", "owner": "", "environment": "live", "status": "active", "hint": "sk_live_abcdef",
        "role": null, "scopes": [], "permissions": [], "identity": null, "integration": null, "tags": [], "tier": null,
        "ip": [], "grace": null, "expires_at": null, "suspended_at": null, "tenant_suspended": false,
        "revocation": null, "reactivable": false, "old_until": null, "unsaved": false, "created_at": at,
        "created_by": "dana", "updated_at": at, "updated_by": "dana", "version": 1,
        "usage": {"last_used_at": null, "last_used_ip": null, "count": 0}, "secrets": [],
    });
    let body = json!({"key": key, "plaintext": "sk_live_canary"});
    let (client, _) = server(vec![latchkey("200 OK", "application/json", &body)]).await;
    let minted = perform::<KeysRemint>(&client, json!({"key": KEY})).await.unwrap();
    assert_eq!(minted.plaintext.unwrap().expose(), "sk_live_canary");
    assert!(!serde_json::to_string(&minted.value).unwrap().contains("canary"));
    for odd in
        ["", "sk_live_a\u{9b}2J", "canary\nPATH=/tmp", "canary\"\ndata: x", "$(canary)", "sk_live_\u{202e}"]
    {
        let body = json!({"key": body["key"], "plaintext": odd});
        let (client, _) = server(vec![latchkey("200 OK", "application/json", &body)]).await;
        let error = perform::<KeysRemint>(&client, json!({"key": KEY})).await.map(drop).unwrap_err();
        assert_eq!(error.code, ErrorCode::VersionSkew, "what is no key is handed to nobody");
        assert!(!error.message.contains("canary"));
    }
}

#[tokio::test]
async fn a_client_for_looking_sends_no_change() {
    let (client, got) = server(Vec::new()).await;
    let error = perform::<KeysRevoke>(&client.looking_only(), json!({"key": KEY})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReadOnly);
    assert!(got.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_text_that_can_be_no_token_is_refused_without_being_repeated() {
    for text in ["", "two words canary", "line\ncanary", "cänary"] {
        let address = ServerAddress::read("https://keys.example.com", None).unwrap();
        let error =
            Client::new(address, PlaintextKey::new(text.to_owned()), Source::Cli).map(drop).unwrap_err();
        assert_eq!(error.code, ErrorCode::AuthFailed);
        assert!(!error.message.contains("canary"));
    }
}
