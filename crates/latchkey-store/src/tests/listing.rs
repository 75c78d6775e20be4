//! The list of keys beside what core computes: SQL's status is core's at every boundary, and each order
//! read page by page is the whole list in that order. Keys are drawn at random, times on the boundaries.

use std::cmp::Reverse;

use latchkey_core::digest::Digest;
use latchkey_core::id::{KeyId, SecretId, TenantId};
use latchkey_core::key::{EXPIRING, Environment, Key, KeyStatus, Revocation, Secret};
use latchkey_core::operations::*;
use latchkey_core::permission::Permissions;
use latchkey_core::rotation::UNCONFIRMED_LIFE;
use latchkey_core::{Span, Timestamp, text::fold, time::Clock};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::room::{Room, in_both_rooms, op, perform};
use crate::rows::insert_key;
use crate::statement::sql;

const KEYS: usize = 240;

/// An instant near `around`: before, at or after it, by a millisecond or a while.
fn near(around: Timestamp, randomness: &mut StdRng) -> Timestamp {
    let apart = [-86_400_000, -60_000, -1, 0, 1, 60_000, 86_400_000];
    Timestamp::from_millis(around.as_millis() + apart[randomness.random_range(0..apart.len())])
}

fn maybe<T>(randomness: &mut StdRng, value: T) -> Option<T> {
    randomness.random_bool(0.5).then_some(value)
}

fn secret(now: Timestamp, number: usize, randomness: &mut StdRng) -> Secret {
    let lapses_at = near(now, randomness);
    let created_at = Timestamp::from_millis(lapses_at.as_millis() - UNCONFIRMED_LIFE.as_millis());
    let confirmed_at = maybe(randomness, created_at);
    let ends_at = near(now, randomness);
    let not_after = confirmed_at.and_then(|_| maybe(randomness, ends_at));
    Secret {
        id: SecretId::new(now, randomness),
        public_id: format!("{number:06}").parse().unwrap(),
        head: "sk_live_".to_owned(),
        digest: Digest::stored("$argon2id$of nothing".to_owned()),
        created_at,
        lapses_at,
        grace: Span::hours(24),
        next_expiry: None,
        confirmed_at,
        not_after: not_after.map(|at| at.max(created_at)),
        killed_at: randomness.random_bool(0.2).then_some(created_at),
    }
}

/// One or two secrets, of which one at most is in use.
fn secrets(now: Timestamp, number: usize, randomness: &mut StdRng) -> Vec<Secret> {
    let mut newest = secret(now, number * 10 + 1, randomness);
    let mut secrets = Vec::new();
    if randomness.random_bool(0.5) {
        let old = secret(now, number * 10, randomness);
        if old.confirmed_at.is_some() && old.not_after.is_none() && newest.not_after.is_none() {
            newest.confirmed_at = None;
        }
        secrets.push(old);
    }
    secrets.push(newest);
    secrets
}

fn key(tenant_id: TenantId, now: Timestamp, number: usize, randomness: &mut StdRng) -> Key {
    let revocation = Revocation { at: now, by: "ann".to_owned(), reason: String::new() };
    // Few created instants and expiries, so that many keys share one and only the id decides.
    let created_at = Timestamp::from_millis(now.as_millis() - 86_400_000 * randomness.random_range(3..6_i64));
    let expiry = if randomness.random_bool(0.5) {
        near(now, randomness)
    } else {
        near(now.plus(EXPIRING), randomness)
    };
    Key {
        id: KeyId::new(now, randomness),
        tenant_id,
        name: format!("{} {number}", ["Zoo", "äther", "Alpha", "beta"][randomness.random_range(0..4)]),
        notes: String::new(),
        owner: String::new(),
        environment: Environment::Live,
        role_id: None,
        scopes: Permissions::default(),
        identity: None,
        integration: None,
        tags: Vec::new(),
        tier: None,
        ip: Vec::new(),
        grace: None,
        expires_at: randomness.random_bool(0.6).then_some(expiry),
        suspended_at: randomness.random_bool(0.1).then_some(now),
        revocation: randomness.random_bool(0.1).then_some(revocation),
        created_at,
        created_by: "ann".to_owned(),
        updated_at: now,
        updated_by: "ann".to_owned(),
        version: 1,
        secrets: secrets(now, number, randomness),
    }
}

async fn with_random_keys(room: &Room) {
    let now = room.clock.now();
    let mut randomness = StdRng::seed_from_u64(42);
    let tenant = room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
    let mut tx = room.store.shared.pool.begin_write().await.unwrap();
    for number in 0..KEYS {
        let key = key(tenant.tenant.id, now, number, &mut randomness);
        insert_key(&mut tx, &key, None).await.unwrap();
        for secret in &key.secrets {
            if randomness.random_bool(0.5) {
                sql("INSERT INTO usage (secret_id, key_id, last_used_at, use_count) VALUES ($1, $2, $3, 1)")
                    .bind(secret.id.to_string())
                    .bind(key.id.to_string())
                    .bind(1_000_000 * randomness.random_range(1..20_i64))
                    .run(&mut tx)
                    .await
                    .unwrap();
            }
        }
    }
    tx.commit().await.unwrap();
}

/// The whole list in an order, read in pages of `limit`.
async fn read(room: &Room, sort: &str, limit: usize) -> Vec<KeyDetails> {
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let request = json!({ "sort": sort, "limit": limit, "cursor": cursor });
        let page = perform(&room.store, op::<KeysList>(request)).await.unwrap();
        assert_eq!(page.total, KEYS as u64);
        items.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return items;
        }
    }
}

in_both_rooms! {
    async fn the_status_in_sql_is_the_status_of_core(room) {
        with_random_keys(&room).await;
        let all = read(&room, "name", 500).await;
        let mut seen = 0;
        for status in KeyStatus::ALL {
            let mut wanted: Vec<KeyId> =
                all.iter().filter(|key| key.status == status).map(|key| key.id).collect();
            let request = json!({ "status": [status.word()], "limit": 500 });
            let listed = room.does(op::<KeysList>(request)).await;
            let mut found: Vec<KeyId> = listed.items.iter().map(|key| key.id).collect();
            wanted.sort();
            found.sort();
            assert_eq!(found, wanted, "{status:?}");
            assert_eq!(listed.total, wanted.len() as u64);
            // Another change, so that the total is counted and not remembered, nor seen on one page.
            room.does(op::<TenantsUpdate>(json!({ "tenant": "acme", "notes": status.word() }))).await;
            let first = room.does(op::<KeysList>(json!({ "status": [status.word()], "limit": 1 }))).await;
            assert_eq!(first.total, wanted.len() as u64, "{status:?}, counted");
            assert!(!wanted.is_empty(), "no key is {status:?}: the test proves nothing about it");
            seen += found.len();
        }
        assert_eq!(seen, KEYS);
    }

    async fn pages_of_every_order_are_the_whole_list_in_that_order(room) {
        with_random_keys(&room).await;
        let mut sorted = read(&room, "name", 500).await;
        let ids = |keys: &[KeyDetails]| keys.iter().map(|key| key.id.to_string()).collect::<Vec<_>>();
        let id = |key: &KeyDetails| key.id.to_string();
        for sort in ["name", "name_desc", "created", "created_asc", "expires", "expires_desc", "last_used", "last_used_asc"] {
            let never = |at: Option<Timestamp>| at.is_none();
            match sort {
                "name" => sorted.sort_by_key(|key| (fold(&key.name), id(key))),
                "name_desc" => sorted.sort_by_key(|key| Reverse((fold(&key.name), id(key)))),
                "created" => sorted.sort_by_key(|key| Reverse((key.created_at, id(key)))),
                "created_asc" => sorted.sort_by_key(|key| (key.created_at, id(key))),
                "expires" | "last_used_asc" => sorted.sort_by_key(|key| {
                    let at = if sort == "expires" { key.expires_at } else { key.usage.last_used_at };
                    (never(at), at, id(key))
                }),
                _ => sorted.sort_by_key(|key| {
                    let at = if sort == "expires_desc" { key.expires_at } else { key.usage.last_used_at };
                    // Those without come last, and by id upwards.
                    let upwards = never(at).then(|| id(key));
                    (never(at), upwards, Reverse((at, id(key))))
                }),
            }
            assert_eq!(ids(&read(&room, sort, 500).await), ids(&sorted), "{sort} on one page");
            assert_eq!(ids(&read(&room, sort, 7).await), ids(&sorted), "{sort} in pages of 7");
        }
    }

    async fn a_key_is_found_by_the_beginning_that_is_shown(room) {
        with_random_keys(&room).await;
        let some = read(&room, "created", 500).await.swap_remove(17);
        let public = some.hint.trim_end_matches('…').trim_start_matches("sk_live_").to_owned();
        for search in [some.hint.clone(), format!("sk_live_{public}"), public.clone(), format!("  {public} ")] {
            let found = room.does(op::<KeysList>(json!({ "search": search }))).await;
            assert!(found.items.iter().any(|key| key.id == some.id), "{search}");
            assert!(found.total < 5, "{search}");
        }
        let all = room.does(op::<KeysList>(json!({ "search": "sk_live" }))).await;
        assert_eq!(all.total, KEYS as u64);
        for nothing in ["sk_test_", "100%", "_", "\0", "(a+)+$", "sk_live_00001000000000000000000"] {
            let found = room.does(op::<KeysList>(json!({ "search": nothing }))).await;
            assert_eq!(found.total, 0, "{nothing:?}");
        }
    }
}
