//! Stopping: nothing new is taken, what is under way is answered whole, what was gathered is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use latchkey_core::operations::{KeysGet, TenantsList};
use latchkey_tests::exchange::get;
use latchkey_tests::place::Place;
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::raw::Raw;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_no_answer_is_cut_and_what_was_answered_was_done() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    let (over, made) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let mut asking = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let (over, made, address) = (Arc::clone(&over), Arc::clone(&made), place.address);
        let token = token.expose().to_owned();
        asking.spawn(async move {
            let mut line = Raw::to(address).await;
            for number in 0.. {
                let body = json!({"slug": format!("t-{worker}-{number}"), "name": "T"}).to_string();
                let request = format!(
                    "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
                     Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                if !line.write(request).await {
                    break;
                }
                // Half an answer fails in there.
                match line.answer().await {
                    Some(told) => {
                        assert_eq!(told.status, 201, "{}", told.body);
                        assert!(serde_json::from_str::<serde_json::Value>(&told.body).is_ok());
                        made.fetch_add(1, Ordering::SeqCst);
                    }
                    None => break,
                }
            }
            assert!(over.load(Ordering::SeqCst), "a line ended before the server was told to stop");
        });
    }
    while made.load(Ordering::SeqCst) < 20 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    over.store(true, Ordering::SeqCst);
    let (room, address, begun) = (place.room, place.address, Instant::now());
    place.server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    timeout(Duration::from_secs(30), async {
        while asking.join_next().await.transpose().unwrap().is_some() {}
    })
    .await
    .unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
    let there = room.call::<TenantsList>(json!({})).await.unwrap().total;
    let answered = u64::from(made.load(Ordering::SeqCst));
    // A change whose line ended before its answer may have been made.
    assert!((answered..=answered + 8).contains(&there), "{answered} answered, {there} made");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_line_and_one_that_waits_hold_nothing_up() {
    let place = Place::with(|settings| {
        settings.limits.stop_time = Duration::from_mins(2);
        settings.limits.head_time = Duration::from_mins(2);
    })
    .await;
    let (_, token) = place.operator("ann", "viewer").await;
    let [mut silent, mut idle, mut half, mut half_again] = [
        Raw::to(place.address).await,
        Raw::to(place.address).await,
        Raw::to(place.address).await,
        Raw::to(place.address).await,
    ];
    for line in [&mut idle, &mut half_again] {
        line.write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert_eq!(line.answer().await.unwrap().status, 200);
    }
    for line in [&mut half, &mut half_again] {
        line.write("GET /livez HT").await;
    }
    let now = place.ask(get("/v1/changes").bearer(token.expose())).await.json()["revision"].as_i64().unwrap();
    let waiting = get(&format!("/v1/changes?revision={now}&wait_ms=25000")).bearer(token.expose());
    let waiting = tokio::spawn(waiting.to(place.address));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    place.server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    let told = waiting.await.unwrap();
    assert_eq!((told.status, &told.json()["code"]), (503, &json!("busy")));
    assert_eq!(told.header("retry-after"), Some("1"));
    for line in [&mut silent, &mut idle, &mut half, &mut half_again] {
        assert!(line.is_closed().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_body_still_comes_is_answered_all_the_same() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    let (mut slow, rest) = Raw::with_half_a_tenant(place.address, &token).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (room, stopping) = (place.room, tokio::spawn(place.server.stop()));
    tokio::time::sleep(Duration::from_millis(300)).await;
    slow.write(rest).await;
    assert_eq!(slow.answer().await.unwrap().status, 201);
    stopping.await.unwrap();
    assert_eq!(room.call::<TenantsList>(json!({})).await.unwrap().total, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn uses_that_were_gathered_are_written_at_the_stop() {
    let place = Place::with(|settings| settings.verify.flush_every = Duration::from_hours(1)).await;
    let (key, plaintext) = place.key(json!({"name": "n"})).await;
    for _ in 0..7 {
        assert_eq!(
            place.ask(get("/v1/check").bearer(plaintext.expose()).from("203.0.113.9")).await.status,
            200
        );
    }
    let room = place.room;
    place.server.stop().await;
    let usage = room.call::<KeysGet>(json!({"key": key.id})).await.unwrap().usage;
    assert_eq!((usage.count, usage.last_used_ip.as_deref()), (7, Some("203.0.113.9")));
    assert_eq!(usage.last_used_at, Some(room.now()));
}
