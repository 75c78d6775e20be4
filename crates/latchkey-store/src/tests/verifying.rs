//! What a verification needs of a store, on both engines: entries, tags, following changes, what is gathered, and
//! confirming by first use.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use latchkey_core::id::{KeyId, SecretId};
use latchkey_core::key::{KeyStatus, SecretState};
use latchkey_core::key_format::read_public_id;
use latchkey_core::operations::*;
use latchkey_core::tag::Pepper;
use latchkey_core::time::Clock;
use latchkey_core::verification::Outcome;
use latchkey_core::{ErrorCode, PlaintextKey, Span, Timestamp};
use serde_json::json;

use super::room::{Room, in_both_rooms, op};
use crate::access::Access;
use crate::mint::randomness;
use crate::{BATCH_MAX, Happened, Moved, Revision, Store, StoreUrl, Used, VerifyEntry};

const IP: &str = "203.0.113.9";

pub(super) fn used(key: KeyId, secret: SecretId, at: Timestamp) -> Used {
    let accepted = Some((at, Some(IP.parse::<IpAddr>().unwrap())));
    Used { secret, key, hour: at, outcome: Outcome::Valid, count: 1, accepted }
}

pub(super) fn happened(at: Timestamp) -> Happened {
    let ip = Some(IP.parse().unwrap());
    let kind = EventKind::FailuresByAddress;
    Happened { at, kind, tenant: None, key: None, secret: None, ip, outcome: "not_found", count: 3 }
}

pub(super) async fn issue(room: &Room, name: &str, more: serde_json::Value) -> (KeyDetails, PlaintextKey) {
    if room.does(op::<TenantsList>(json!({}))).await.total == 0 {
        let tenant = json!({ "slug": "acme", "name": "ACME", "ip": ["203.0.113.0/24"] });
        room.does(op::<TenantsCreate>(tenant)).await;
        let role = json!({ "tenant": "acme", "name": "Reader", "permissions": ["posts:read"] });
        room.does(op::<RolesCreate>(role)).await;
    }
    let mut request = json!({ "tenant": "acme", "name": name });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (issued, plaintext) = room.mints(op::<KeysIssue>(request)).await;
    (issued.key, plaintext)
}

/// What a verification of this text reads.
pub(super) async fn entry_of(store: &Store, plaintext: &PlaintextKey) -> VerifyEntry {
    store.entries(&[read_public_id(plaintext).unwrap()]).await.unwrap().entries.remove(0)
}

in_both_rooms! {
    async fn entries_have_all_that_a_decision_needs_and_leave_out_what_is_not_there(room) {
        let more = json!({ "role": "Reader", "scopes": ["posts:write"] });
        let (key, plaintext) = issue(&room, "n8n", more).await;
        let (rotated, new) = room.mints(op::<KeysRotate>(json!({ "key": key.id, "grace": "1h" }))).await;
        let old = read_public_id(&plaintext).unwrap();
        let new = read_public_id(&new).unwrap();
        let unknown = "zzzzzz".parse().unwrap();
        let entries = room.store.entries(&[old.clone(), unknown]).await.unwrap().entries;
        let [entry] = entries.as_slice() else { panic!("{} entries", entries.len()) };
        assert_eq!((&entry.secret.public_id, entry.key.id, entry.key.secrets.len()), (&old, key.id, 2));
        assert_eq!((entry.tenant.slug.as_str(), entry.tenant_suspended), ("acme", false));
        assert_eq!(entry.tenant_ip, ["203.0.113.0/24".parse().unwrap()]);
        assert_eq!(entry.role.as_ref().map(|role| role.name.as_str()), Some("Reader"));
        assert_eq!(entry.permissions, rotated.key.permissions);
        assert!(entry.tag.is_none(), "without a pepper there is no tag");
        let both = room.store.entries(&[old.clone(), new.clone()]).await.unwrap().entries;
        assert_eq!(both.len(), 2);
        assert!(both.iter().any(|entry| entry.secret.public_id == new));
        assert!(room.store.entries(&[]).await.unwrap().entries.is_empty());
        let many = vec![old; BATCH_MAX + 1];
        assert_eq!(room.store.entries(&many).await.err().unwrap().code, ErrorCode::Invalid);
    }

    async fn tenants_are_looked_at_without_the_operators(room) {
        issue(&room, "n8n", json!({})).await;
        room.mints(op::<OperatorsCreate>(json!({ "name": "ops", "role": "admin" }))).await;
        let looks = room.store.tenant_looks().await.unwrap();
        assert_eq!(looks.iter().map(|look| look.tenant.slug.as_str()).collect::<Vec<_>>(), ["acme"]);
    }

    async fn what_is_minted_with_a_pepper_has_its_tag_and_is_checked_by_it(room) {
        let (_, plain) = issue(&room, "before", json!({})).await;
        let pepper = Pepper::draw(&mut randomness());
        room.store.use_pepper(pepper.clone());
        room.store.use_pepper(Pepper::draw(&mut randomness()));
        let (_, plaintext) = issue(&room, "n8n", json!({})).await;
        let entry = entry_of(&room.store, &plaintext).await;
        let (of, tag) = entry.tag.unwrap();
        assert!(of == *pepper.id() && pepper.made(&tag, plaintext.expose()), "the first one given stays");
        // A digest that argon2id could not match shows that the tag decides alone.
        let mut tx = room.store.shared.pool.begin_write().await.unwrap();
        crate::statement::sql("UPDATE secrets SET digest = '$argon2id$none'").run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let verified = room.does(op::<KeysVerify>(json!({ "key": plaintext.expose(), "client_ip": IP }))).await;
        assert_eq!(verified.outcome, Outcome::Valid);
        let found = room.does(op::<KeysFind>(json!({ "candidates": [plaintext.expose()] }))).await;
        assert_eq!(found.items.len(), 1);

        let entry = entry_of(&room.store, &plain).await;
        assert!(entry.tag.is_none());
        room.store.fill_tag(entry.secret.id, pepper.id(), &pepper.tag(&plain)).await.unwrap();
        let verified = room.does(op::<KeysVerify>(json!({ "key": plain.expose(), "client_ip": IP }))).await;
        assert_eq!(verified.outcome, Outcome::Valid);
        let other = Pepper::draw(&mut randomness());
        room.store.fill_tag(entry.secret.id, other.id(), &other.tag(&plain)).await.unwrap();
        let (of, _) = entry_of(&room.store, &plain).await.tag.unwrap();
        assert_eq!(of, *other.id());
    }

    async fn use_is_summed_and_the_later_one_stands_in_whatever_order_it_comes(room) {
        let (key, _) = issue(&room, "n8n", json!({})).await;
        let secret = key.secrets[0].id;
        let now = room.clock.now();
        let earlier = Timestamp::from_millis(now.as_millis() - 5_000);
        let later = Used { count: 2, ..used(key.id, secret, now) };
        let refused = Used { outcome: Outcome::RateLimited, accepted: None, count: 7, ..used(key.id, secret, now) };
        let unknown = used(key.id, SecretId::nil(), now);
        room.store.record_usage(&[later.clone(), later.clone(), refused.clone(), unknown]).await.unwrap();
        let from_elsewhere = Used { accepted: Some((earlier, None)), ..used(key.id, secret, earlier) };
        room.store.record_usage(&[from_elsewhere, refused]).await.unwrap();
        let usage = room.does(op::<KeysGet>(json!({ "key": key.id }))).await.usage;
        assert_eq!((usage.count, usage.last_used_at, usage.last_used_ip.as_deref()), (5, Some(now), Some(IP)));
        let report = room.does(op::<UsageGet>(json!({ "key": key.id }))).await;
        let limited: Vec<u64> = report.buckets.iter().filter(|bucket| bucket.outcome == Outcome::RateLimited).map(|bucket| bucket.count).collect();
        assert_eq!(limited, [14]);
        let before = room.does(op::<AuditVerify>(json!({}))).await.entries;
        assert_eq!(before, 3, "none of it is in the audit");
    }

    async fn a_first_use_confirms_and_the_grace_counts_from_that_use(room) {
        let (key, _) = issue(&room, "n8n", json!({})).await;
        let rotate = json!({ "key": key.id, "grace": "1h", "confirm": "later" });
        let (rotated, _) = room.mints(op::<KeysRotate>(rotate)).await;
        let (new, old) = (rotated.key.secrets[0].id, rotated.key.secrets[1].id);
        room.clock.advance(Span::minutes(1));
        let used_at = room.clock.now();
        room.clock.advance(Span::minutes(3));
        // Not the newest one: nothing to confirm.
        room.store.confirm_first_use(key.id, old, used_at).await.unwrap();
        assert!(room.does(op::<KeysGet>(json!({ "key": key.id }))).await.unsaved);
        room.store.confirm_first_use(key.id, new, used_at).await.unwrap();
        let confirmed = room.does(op::<KeysGet>(json!({ "key": key.id }))).await;
        assert_eq!(confirmed.old_until, Some(used_at.plus(Span::hours(1))));
        assert_eq!(confirmed.secrets[0].confirmed_at, Some(used_at));
        let entry = &room.does(op::<AuditList>(json!({}))).await.items[0];
        assert_eq!((entry.action.as_str(), entry.actor.as_str()), ("keys.confirm", "first use"));
        // Another replica saw a use too.
        room.store.confirm_first_use(key.id, new, room.clock.now()).await.unwrap();
        assert_eq!(room.does(op::<KeysGet>(json!({ "key": key.id }))).await.version, confirmed.version);
    }

    async fn a_first_use_that_is_told_too_late_revives_nothing(room) {
        let (key, _) = issue(&room, "n8n", json!({ "confirm": "later" })).await;
        let secret = key.secrets[0].id;
        let used_at = room.clock.now();
        room.clock.advance(Span::minutes(15));
        room.store.confirm_first_use(key.id, secret, used_at).await.unwrap();
        let lapsed = room.does(op::<KeysGet>(json!({ "key": key.id }))).await;
        assert_eq!((lapsed.status, lapsed.secrets[0].state), (KeyStatus::Unconfirmed, SecretState::Dead));
        let (revoked, _) = issue(&room, "other", json!({ "confirm": "later" })).await;
        room.does(op::<KeysRevoke>(json!({ "key": revoked.id }))).await;
        let newest = revoked.secrets[0].id;
        room.store.confirm_first_use(revoked.id, newest, room.clock.now()).await.unwrap();
        assert_eq!(room.does(op::<KeysGet>(json!({ "key": revoked.id }))).await.status, KeyStatus::Revoked);
    }

    async fn a_change_by_another_program_is_followed(room) {
        let (key, _) = issue(&room, "n8n", json!({})).await;
        let known = room.store.revision().await.unwrap();
        let other = room.second().await;
        let (following, before) = (room.store.clone(), known.clone());
        let waiting = tokio::spawn(async move {
            let changes = following.moved_since(&before, Duration::from_secs(20)).await;
            (changes.unwrap(), Instant::now())
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        super::room::perform(&other, op::<KeysRevoke>(json!({ "key": key.id }))).await.unwrap();
        let changed = Instant::now();
        let (heard, at) = waiting.await.unwrap();
        assert_eq!((heard.to.number, heard.touched[0].id.clone()), (known.number + 1, key.id.to_string()));
        println!("heard after {:?}", at.duration_since(changed));
        let stands = room.store.revision().await.unwrap();
        assert_eq!((&heard.to, heard.other_history), (&stands, false));
        let nothing = room.store.moved_since(&stands, Duration::from_millis(60)).await.unwrap();
        assert_eq!(nothing, Moved { to: stands.clone(), touched: Vec::new(), other_history: false });
        // A later state than this; and one with as many changes or fewer, but others.
        let others = |number| Revision { number, hash: "0f".repeat(32) };
        let later = Revision { number: stands.number + 9, hash: stands.hash.clone() };
        for other in [later, others(stands.number), others(known.number)] {
            let moved = room.store.moved_since(&other, Duration::from_secs(20)).await.unwrap();
            assert_eq!(moved, Moved { to: stands.clone(), touched: Vec::new(), other_history: true }, "{other:?}");
        }
    }

    async fn more_changes_than_one_answer_names_are_followed_from_answer_to_answer(room) {
        let (key, _) = issue(&room, "n8n", json!({})).await;
        let begun = room.store.revision().await.unwrap();
        let change = json!({ "key": key.id, "notes": "x" });
        room.does(op::<KeysUpdate>(change)).await;
        let name_many = match &room.url {
            StoreUrl::Sqlite(_) => "INSERT INTO audit_targets (noun, id, seq) \
                WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 999) \
                SELECT 'key', 'key_' || substr('00000000000000000000000000000000' || n, -32), (SELECT MAX(seq) FROM audit) FROM n",
            StoreUrl::Postgres(_) => "INSERT INTO audit_targets (noun, id, seq) \
                SELECT 'key', 'key_' || lpad(n::text, 32, '0'), (SELECT MAX(seq) FROM audit) FROM generate_series(1, 999) n",
        };
        let mut tx = room.store.shared.pool.begin_write().await.unwrap();
        crate::statement::sql(name_many).run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let first_of_them = room.store.revision().await.unwrap();
        room.does(op::<KeysUpdate>(json!({ "key": key.id, "notes": "y" }))).await;
        let moved = room.store.moved_since(&begun, Duration::ZERO).await.unwrap();
        assert_eq!((&moved.to, moved.touched.len()), (&first_of_them, crate::TOUCHED_MAX));
        let moved = room.store.moved_since(&moved.to, Duration::ZERO).await.unwrap();
        assert_eq!((moved.to, moved.touched.len()), (room.store.revision().await.unwrap(), 1));
    }

    async fn a_file_that_was_replaced_says_no_longer_what_stands(room) {
        let StoreUrl::Sqlite(path) = &room.url else { return };
        let known = room.store.revision().await.unwrap();
        let backup = path.with_extension("backup");
        std::fs::copy(path, &backup).unwrap();
        std::fs::rename(&backup, path).unwrap();
        for refused in [
            room.store.revision().await.map(drop).unwrap_err(),
            room.store.moved_since(&known, Duration::ZERO).await.map(drop).unwrap_err(),
        ] {
            assert_eq!(refused.code, ErrorCode::StoreUnusable);
            assert!(refused.message.contains("Start this program again"), "{}", refused.message);
        }
    }

    async fn a_store_for_looking_only_takes_nothing_in(room) {
        let (key, plaintext) = issue(&room, "n8n", json!({ "confirm": "later" })).await;
        let (secret, now) = (key.secrets[0].id, room.clock.now());
        let store = Store::open_as(&room.url, Access::ReadOnly, room.clock.clone()).await.unwrap();
        let pepper = Pepper::draw(&mut randomness());
        for refused in [
            store.record_usage(&[used(key.id, secret, now)]).await,
            store.record_events(&[happened(now)]).await,
            store.confirm_first_use(key.id, secret, now).await,
            store.fill_tag(secret, pepper.id(), &pepper.tag_of("any key")).await,
        ] {
            assert_eq!(refused.unwrap_err().code, ErrorCode::ReadOnly);
        }
        assert_eq!(entry_of(&store, &plaintext).await.secret.id, secret, "but it can be verified against");
        assert_eq!(room.does(op::<EventsList>(json!({}))).await.total, 0);
    }

    async fn the_databases_clock_is_measured_where_it_has_one(room) {
        let offset = room.store.clock_offset().await.unwrap();
        match &room.url {
            StoreUrl::Sqlite(_) => assert_eq!(offset, None),
            StoreUrl::Postgres(_) => {
                let offset = offset.unwrap();
                let really = latchkey_core::SystemClock.now();
                let there = room.clock.now().as_millis() + if offset.behind { -1 } else { 1 } * offset.add.as_millis();
                assert!((really.as_millis() - there).abs() < 5_000, "{offset:?}");
                assert!(offset.uncertainty <= Span::from_millis(1_000), "{offset:?}");
            }
        }
    }
}

/// What follows takes no notice of what was gathered, and gathering many at once is a few statements.
#[tokio::test]
async fn ten_thousand_uses_at_once_are_few_statements_and_no_revision() {
    for room in [Room::sqlite().await, Room::postgres().await] {
        let (key, _) = issue(&room, "n8n", json!({})).await;
        let secret = key.secrets[0].id;
        let known = room.store.revision().await.unwrap();
        let now = room.clock.now().as_millis();
        let uses: Vec<Used> = (0..10_000)
            .map(|hour| used(key.id, secret, Timestamp::from_millis(now - hour * 3_600_000)))
            .collect();
        room.store.record_usage(&uses).await.unwrap();
        room.store.record_events(&vec![happened(room.clock.now()); 10_000]).await.unwrap();
        assert_eq!(room.store.revision().await.unwrap(), known);
        assert_eq!(room.does(op::<KeysGet>(json!({ "key": key.id }))).await.usage.count, 10_000);
        assert_eq!(room.does(op::<EventsList>(json!({ "limit": 5 }))).await.total, 10_000);
    }
}
