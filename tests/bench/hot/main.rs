//! Asks the verifier about one key again and again, as often as its second argument says, and prints how often memory was
//! allocated meanwhile. Run under callgrind by the benchmark, which counts the instructions.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a benchmark whose ground gives way stops

use std::hint::black_box;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::Span;
use latchkey_core::SystemClock;
use latchkey_core::operations::{RolesCreate, TenantsCreate};
use latchkey_core::permission::Requirement;
use latchkey_core::rate_limit::{Tiers, Window};
use latchkey_tests::Room;
use latchkey_verify::{Question, Settings, Verifier};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let full = arguments.next().as_deref() == Some("full");
    let times: usize = arguments.next().unwrap().parse().unwrap();

    let room = Room::sqlite().await;
    room.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME Corp"})).await.unwrap();
    let permissions = ["categories:read", "posts:delete", "posts:read", "posts:write"];
    let role = json!({"tenant": "acme", "name": "Editor", "permissions": permissions});
    room.call::<RolesCreate>(role).await.unwrap();
    let mut request = json!({"tenant": "acme", "name": "n8n"});
    if full {
        request["role"] = "Editor".into();
        request["tier"] = "pro".into();
        request["ip"] = json!(["10.0.0.0/8"]);
    }
    let (_, key) = room.issue(request).await;
    let mut tiers = Tiers::default();
    let window = |per| Window { limit: u32::MAX, per };
    tiers.set("pro", vec![window(Span::minutes(1)), window(Span::hours(1))]).unwrap();
    // Under callgrind time passes quickly; that the store is asked in between is not what is measured.
    let settings = Settings { tiers, strict_after: Duration::from_hours(1), ..Settings::default() };
    let verifier = Verifier::start(room.store.clone(), Arc::new(SystemClock), settings).await.unwrap();

    let needed = if full { vec!["posts:write".parse().unwrap()] } else { Vec::new() };
    let question =
        Question { requirement: Requirement { all: needed, any: Vec::new() }, ..Question::default() };
    let from: Option<IpAddr> = Some("10.1.2.3".parse().unwrap());
    assert!(verifier.verify(key.expose(), &question, from).await.unwrap().is_valid());
    let ask = || {
        for _ in 0..times {
            let verdict = verifier.verify_warm(black_box(key.expose()), black_box(&question), from);
            assert!(verdict.is_some_and(|verdict| verdict.is_valid()));
        }
    };
    // Memory that is set aside once for the thread is no cost of a verification.
    assert!(verifier.verify_warm(key.expose(), &question, from).unwrap().is_valid());
    println!("{}", allocation_counter::measure(ask).count_total);
}
