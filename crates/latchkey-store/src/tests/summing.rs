//! Use that several servers write at once: each use is counted once, for its secret and for its tenant, and nobody ends
//! in a deadlock.

use std::sync::Arc;

use latchkey_core::operations::*;
use latchkey_core::time::Clock;
use latchkey_core::verification::Outcome;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::room::{Room, in_both_rooms, op};
use super::verifying::used;
use crate::Used;

/// Servers, rounds that each writes, and keys that each round names.
const SERVERS: u64 = 4;
const ROUNDS: u64 = 12;
const TENANTS: u64 = 3;
const KEYS: u64 = 8;

in_both_rooms! {
    async fn what_several_servers_write_at_once_is_counted_once_for_the_secret_and_for_the_tenant(room) {
        let now = room.clock.now();
        let mut uses = Vec::new();
        for tenant in 0..TENANTS {
            let slug = format!("t{tenant}");
            room.does(op::<TenantsCreate>(json!({ "slug": slug, "name": slug }))).await;
            for key in 0..KEYS {
                let issue = json!({ "tenant": slug, "name": format!("k{key}") });
                let key = room.mints(op::<KeysIssue>(issue)).await.0.key;
                for outcome in [Outcome::Valid, Outcome::IpDenied] {
                    uses.push(Used { outcome, ..used(key.id, key.secrets[0].id, now) });
                }
            }
        }
        let together = Arc::new(Barrier::new(usize::try_from(SERVERS).unwrap()));
        let mut each = JoinSet::new();
        for server in 0..SERVERS {
            let (store, together, mut uses) = (room.second().await, Arc::clone(&together), uses.clone());
            each.spawn(async move {
                together.wait().await;
                for round in 0..ROUNDS {
                    // Gathered in whatever order.
                    let turn = usize::try_from(server * 5 + round).unwrap() % uses.len();
                    uses.rotate_left(turn);
                    store.record_usage(&uses).await.unwrap();
                }
            });
        }
        each.join_all().await;
        let times = SERVERS * ROUNDS;
        let everybody = room.does(op::<UsageGet>(json!({}))).await;
        let counts = |report: &UsageReport| report.buckets.iter().map(|bucket| (bucket.outcome, bucket.count)).collect::<Vec<_>>();
        let both = |each: u64| [(Outcome::IpDenied, each), (Outcome::Valid, each)];
        assert_eq!(counts(&everybody), both(times * KEYS * TENANTS));
        for tenant in 0..TENANTS {
            let of_tenant = room.does(op::<UsageGet>(json!({ "tenant": format!("t{tenant}") }))).await;
            assert_eq!(counts(&of_tenant), both(times * KEYS));
        }
        for used in &uses {
            let of_key = room.does(op::<UsageGet>(json!({ "key": used.key }))).await;
            assert_eq!(counts(&of_key), both(times));
        }
    }
}
