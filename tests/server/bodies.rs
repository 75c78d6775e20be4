//! Bodies that are not what they should be: no JSON, JSON of another kind, too large, too slow, without an end.

use std::time::Duration;

use latchkey_tests::exchange::{Ask, get};
use latchkey_tests::place::Place;
use serde_json::json;

use crate::raw::Raw;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_one_json_object_and_says_so() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    let nested = |depth: usize| format!("{{\"slug\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
    let json_type = Some("application/json");
    let (deep, endless) = (nested(10_000), format!("{{\"a\":{}", "{\"a\":".repeat(10_000)));
    let cases: Vec<(Option<&str>, &[u8], u16, &str)> = vec![
        (Some("text/plain"), b"{}", 415, "unsupported_media"),
        (Some("application/x-www-form-urlencoded"), b"slug=a&name=b", 415, "unsupported_media"),
        (Some("multipart/form-data; boundary=x"), b"--x--", 415, "unsupported_media"),
        (Some("application/jsonp"), b"{}", 415, "unsupported_media"),
        (Some(""), b"{}", 415, "unsupported_media"),
        (None, b"{}", 415, "unsupported_media"),
        (json_type, b"not json", 400, "unreadable"),
        (json_type, b"[]", 400, "unreadable"),
        (json_type, b"null", 400, "unreadable"),
        (json_type, b"\"slug\"", 400, "unreadable"),
        (json_type, b"{\"slug\":\"a\",\"slug\":\"b\",\"name\":\"n\"}", 400, "unreadable"),
        (json_type, b"{\"slug\":\"a\",\"\\u0073lug\":\"b\",\"name\":\"n\"}", 400, "unreadable"),
        (json_type, b"{\"slug\":\"a\",\"name\":\"n\"} {}", 400, "unreadable"),
        (json_type, b"{\"slug\":\"a\",\"name\":\"n\"", 400, "unreadable"),
        (json_type, b"{\"slug\":\"a\",\"name\":NaN}", 400, "unreadable"),
        (json_type, b"{\"slug\":\"a\",\"name\":1e400}", 400, "unreadable"),
        (json_type, b"{\"slug\":\"a\",\"name\":\"\\ud800\"}", 400, "unreadable"),
        (json_type, b"{\"slug\":\"a\",\"name\":\"\xff\"}", 400, "unreadable"),
        (json_type, b"\xef\xbb\xbf{}", 400, "unreadable"),
        (json_type, b"\x00", 400, "unreadable"),
        (json_type, deep.as_bytes(), 400, "unreadable"),
        (json_type, endless.as_bytes(), 400, "unreadable"),
        (json_type, b"{\"slug\":\"a\",\"name\":9007199254740993}", 422, "invalid"),
        (json_type, b"{\"slug\":{\"$ne\":null},\"name\":\"n\"}", 422, "invalid"),
        (Some("Application/JSON; charset=utf-8"), b"{}", 422, "invalid"),
        (json_type, b"", 422, "invalid"),
    ];
    for (kind, body, status, code) in cases {
        let ask = Ask::new("POST", "/v1/tenants").body(body.to_vec()).bearer(token.expose());
        let ask = if let Some(kind) = kind { ask.with("Content-Type", kind) } else { ask };
        let answer = place.ask(ask).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!(
            (answer.status, answer.json()["code"].as_str().unwrap()),
            (status, code),
            "{kind:?} {shown}"
        );
    }
    let ask = Ask::new("GET", "/v1/tenants")
        .with("Content-Length", "2")
        .body(b"{}".to_vec())
        .bearer(token.expose());
    assert_eq!(place.ask(ask).await.status, 400);
    assert_eq!(place.ask(get("/v1/tenants").bearer(token.expose())).await.json()["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_no_fields_needs_no_body() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "issuer").await;
    let (key, _) = place.key(json!({"name": "n"})).await;
    for verb in ["confirm", "suspend", "resume", "rotate", "revoke"] {
        let ask = Ask::new("POST", &format!("/v1/keys/{}/{verb}", key.id)).bearer(token.expose());
        assert_eq!(place.ask(ask).await.status, 200, "{verb}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_as_soon_as_that_is_known() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    for target in ["/v1/tenants", "/v1/keys/verify"] {
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
            token.expose()
        );
        // It says so itself: nothing of it is read.
        let mut announced = Raw::to(place.address).await;
        announced.write(format!("{head}Content-Length: 1073741824\r\n\r\n")).await;
        assert_eq!(announced.answer().await.unwrap().status, 413, "{target}");
        // It does not say so and does not end.
        let mut endless = Raw::to(place.address).await;
        endless.write(format!("{head}Transfer-Encoding: chunked\r\n\r\n")).await;
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
        let mut sent = 0;
        while sent < 64 && endless.write(&chunk).await {
            sent += 1;
        }
        assert_eq!(endless.answer().await.map(|told| told.status), Some(413), "{target} after {sent} chunks");
        assert!(endless.is_closed().await);
    }
    let full = format!("{{\"slug\":\"{}\"}}", "x".repeat(1024 * 1024 - 11));
    let ask =
        Ask::new("POST", "/v1/tenants").with("Content-Type", "application/json").body(full.into_bytes());
    assert_eq!(place.ask(ask.bearer(token.expose())).await.status, 422, "a body of the most bytes is read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_comes_too_slowly_is_told_so() {
    let place = Place::with(|settings| settings.limits.body_time = Duration::from_millis(300)).await;
    let (_, token) = place.operator("ann", "admin").await;
    for length in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
        let mut slow = Raw::to(place.address).await;
        let head = format!(
            "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{length}\r\n\r\n",
            token.expose()
        );
        slow.write(head).await;
        let told = slow.answer().await.unwrap();
        assert_eq!(told.status, 408, "{length}");
        assert!(told.body.contains("too_slow"), "{}", told.body);
        assert!(slow.is_closed().await);
    }
}
