//! Lines and heads of requests: what is no HTTP, heads that are too large or too slow, as many connections as may be,
//! and that a busy admin API leaves verification alone.

use std::time::Duration;

use latchkey_tests::exchange::get;
use latchkey_tests::place::Place;
use serde_json::json;

use crate::raw::Raw;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused_and_the_line_closed() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "viewer").await;
    let token = token.expose();
    let many: String = (0..500).map(|number| format!("X-{number}: 1\r\n")).collect::<Vec<_>>().concat();
    let large = format!("X-Large: {}\r\n", "a".repeat(64 * 1024));
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(64 * 1024));
    let get = |headers: &str| format!("GET /v1/tenants HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    for (sent, statuses) in [
        (get(&many), &[431][..]),
        (get(&large), &[431]),
        (get(&format!("Authorization: Bearer {}\r\n", "a".repeat(1024 * 1024))), &[431]),
        (long, &[414, 431]),
        ("GET /v1/tenants\r\n\r\n".to_owned(), &[400]),
        ("GET /v1/tenants HTTP/3.0\r\n\r\n".to_owned(), &[400]),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\r\n\r\n".to_owned(), &[400]),
        (get("Bad Header: x\r\n"), &[400]),
        (get("X-Nul: a\u{0}b\r\n"), &[400]),
        (get("Content-Length: -1\r\n"), &[400]),
        (get("Content-Length: 1\r\nContent-Length: 2\r\n"), &[400]),
        (get("Transfer-Encoding: gzip\r\n"), &[400]),
    ] {
        let mut line = Raw::to(place.address).await;
        line.write(&sent).await;
        let told = line.answer().await.map(|told| told.status);
        let shown: String = sent.chars().take(60).collect();
        assert!(told.is_some_and(|status| statuses.contains(&status)), "{told:?} for {shown:?}");
        assert!(line.is_closed().await, "{shown:?}");
    }
    // Two lengths that contradict each other: the line is not used again, so that nothing can be smuggled in.
    let mut line = Raw::to(place.address).await;
    line.write(format!(
        "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\
         0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    ))
    .await;
    assert!(matches!(line.answer().await.unwrap().status, 400..=422));
    assert_eq!(line.answer().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_no_address_of_ours_is_told_what_may_be_asked() {
    let place = Place::new().await;
    for sent in ["CONNECT evil.example:443", "CONNECT /v1/nothing", "OPTIONS *"] {
        let mut line = Raw::to(place.address).await;
        line.write(format!("{sent} HTTP/1.1\r\nHost: evil.example:443\r\n\r\n")).await;
        let told = line.answer().await.unwrap();
        assert_eq!(told.status, 405, "{sent}: {told:?}");
        let head = told.head.to_lowercase();
        assert!(head.contains("\r\nallow: get, post, patch, delete\r\n"), "{sent}: {head}");
        assert!(told.body.contains("method_not_allowed"), "{sent}: {told:?}");
        // Nothing that follows on the line reaches anybody else.
        line.write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(line.answer().await.is_none_or(|told| told.status == 200), "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_comes_too_slowly_is_given_up_and_so_is_an_idle_line() {
    let place = Place::with(|settings| {
        settings.limits.head_time = Duration::from_millis(300);
        settings.limits.idle_time = Duration::from_millis(600);
    })
    .await;
    let mut silent = Raw::to(place.address).await;
    assert_eq!(silent.answer().await, None);
    let mut slow = Raw::to(place.address).await;
    slow.write("GET /livez HTTP/1.1\r\n").await;
    assert_eq!(slow.answer().await, None);
    // Bytes that keep coming buy no more time.
    let mut dripping = Raw::to(place.address).await;
    let begun = tokio::time::Instant::now();
    while dripping.write("X").await && begun.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    let mut idle = Raw::to(place.address).await;
    for _ in 0..3 {
        idle.write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert_eq!(idle.answer().await.unwrap().status, 200);
    }
    assert_eq!(idle.answer().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_is_told_so_and_a_place_that_is_free_again_is_used() {
    let place = Place::with(|settings| settings.limits.connections = 3).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut line = Raw::to(place.address).await;
        line.write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert_eq!(line.answer().await.unwrap().status, 200);
        kept.push(line);
    }
    let told = Raw::to(place.address).await.answer().await.unwrap();
    assert_eq!(told.status, 503);
    let head = told.head.to_lowercase();
    for header in ["retry-after: 1", "x-request-id: req_", "latchkey-api: 1", "cache-control: no-store"] {
        assert!(head.contains(&format!("\r\n{header}")), "{header} in {head}");
    }
    let another = Raw::to(place.address).await.answer().await.unwrap();
    assert_ne!(another.head, told.head, "each has an id of its own");
    drop(kept.pop());
    // The place is free once the server has seen that the line is gone.
    for _ in 0..200 {
        let mut line = Raw::to(place.address).await;
        line.write("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        if line.answer().await.is_some_and(|told| told.status == 200) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no place became free");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_wait_for_their_turn_leave_verification_alone() {
    let place = Place::with(|settings| {
        settings.limits.admin_at_once = 1;
        settings.limits.queue_time = Duration::from_millis(200);
    })
    .await;
    let (_, token) = place.operator("ann", "viewer").await;
    let (_, key) = place.key(json!({"name": "n"})).await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (address, ask) = (place.address, get("/v1/audit/verify").bearer(token.expose()));
        asking.spawn(async move { ask.to(address).await });
    }
    for _ in 0..20 {
        assert_eq!(place.ask(get("/v1/check").bearer(key.expose())).await.status, 200);
    }
    while let Some(answer) = asking.join_next().await {
        let answer = answer.unwrap();
        match answer.status {
            200 => {}
            503 => {
                assert_eq!(answer.json()["code"], "busy");
                assert!(answer.header("retry-after").is_some());
            }
            status => panic!("{status}: {}", answer.body),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_metrics_takes_no_more_than_some_connections() {
    let place = Place::with(|settings| settings.metrics_listen = Some("127.0.0.1:0".parse().unwrap())).await;
    let metrics = place.server.metrics.unwrap();
    let mut kept = Vec::new();
    let mut closed = 0;
    for _ in 0..64 {
        let mut line = Raw::to(metrics).await;
        line.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await;
        match line.answer().await {
            Some(told) => assert_eq!(told.status, 200),
            None => closed += 1,
        }
        kept.push(line);
    }
    assert!(closed >= 16, "{closed}");
    drop(kept);
    for _ in 0..200 {
        let mut line = Raw::to(metrics).await;
        line.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await;
        if line.answer().await.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no place became free");
}
