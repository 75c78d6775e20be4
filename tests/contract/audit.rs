//! The audit: every change has its entry, chained; nothing secret is in it; an open window follows it.

use std::time::{Duration, Instant};

use latchkey_core::ErrorCode;
use latchkey_core::audit::GENESIS;
use latchkey_core::operations::{
    AuditList, AuditVerify, ChangesSince, KeysFind, KeysList, KeysRevoke, KeysRotate, KeysVerify,
    RolesCreate, RolesDelete, RolesUpdate, TenantsUpdate,
};
use serde_json::json;

in_every_room! {
    async fn every_change_has_one_entry_in_order_with_who_what_and_how_it_became(room) {
        let (key, _) = room.key("n8n").await;
        let role = room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Reader"})).await.unwrap().role;
        room.call::<RolesUpdate>(json!({"role": role.id, "name": "Writer"})).await.unwrap();
        room.call::<RolesDelete>(json!({"role": role.id})).await.unwrap();
        room.call::<TenantsUpdate>(json!({"tenant": "acme", "notes": "hello"})).await.unwrap();
        room.rotate(&key, "24h").await;
        room.call_as::<KeysRevoke>("lee", None, json!({"key": key.id})).await.unwrap();
        let page = room.call::<AuditList>(json!({})).await.unwrap();
        let begun = usize::try_from(room.begun).unwrap();
        let actions: Vec<_> = page.items.iter().rev().skip(begun).map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["tenants.create", "keys.issue", "roles.create", "roles.update", "roles.delete", "tenants.update", "keys.rotate", "keys.revoke"]);
        assert!(page.items.iter().rev().skip(begun).zip(room.begun + 1..).all(|(entry, seq)| entry.seq.unsigned_abs() == seq));
        let last = &page.items[0];
        assert_eq!((last.actor.as_str(), last.source, last.target.name.as_str(), last.at), ("lee", room.source(), "n8n", room.now()));
        assert!(last.before.contains("\"rotating\"") && last.after.contains("\"revoked\""), "{} → {}", last.before, last.after);
    }

    async fn a_refused_change_and_a_reading_one_leave_no_entry(room) {
        let (key, plaintext) = room.key("n8n").await;
        let before = room.call::<AuditVerify>(json!({})).await.unwrap();
        room.call::<KeysList>(json!({})).await.unwrap();
        room.call::<KeysVerify>(json!({"key": plaintext.expose()})).await.unwrap();
        room.call::<KeysFind>(json!({"candidates": [plaintext.expose()]})).await.unwrap();
        let refused = room.call::<KeysRotate>(json!({"key": key.id, "version": 99})).await.map(|_| ()).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Conflict);
        room.call::<KeysRevoke>(json!({"key": key.id})).await.unwrap();
        room.call::<KeysRevoke>(json!({"key": key.id})).await.unwrap();
        let after = room.call::<AuditVerify>(json!({})).await.unwrap();
        assert_eq!(after.entries, before.entries + 1, "one entry for the one revocation");
    }

    async fn the_chain_is_whole_from_the_first_entry(room) {
        room.key("n8n").await;
        let verdict = room.call::<AuditVerify>(json!({})).await.unwrap();
        assert_eq!((verdict.intact, verdict.entries, verdict.first_bad), (true, room.begun + 2, None));
        let page = room.call::<AuditList>(json!({})).await.unwrap();
        assert_eq!(page.items.last().unwrap().prev, latchkey_core::audit::to_hex(&GENESIS));
        assert_eq!(page.items[0].prev, page.items[1].hash);
        assert_eq!(page.items[0].hash, verdict.head);
    }

    async fn no_plaintext_and_no_digest_is_in_the_audit(room) {
        let (key, old) = room.key("n8n").await;
        let new = room.rotate(&key, "24h").await;
        let page = room.call::<AuditList>(json!({})).await.unwrap();
        let text = serde_json::to_string(&page).unwrap();
        for plaintext in [old, new] {
            assert!(!text.contains(&plaintext.expose()[14..]), "the secret part of a key is in the audit");
        }
        assert!(!text.contains("argon2"));
    }

    async fn the_audit_of_one_key_or_tenant_is_listed_in_pages(room) {
        let (key, _) = room.key("one").await;
        room.issue(json!({"tenant": "acme", "name": "two"})).await;
        room.rotate(&key, "24h").await;
        room.call::<KeysRevoke>(json!({"key": key.id})).await.unwrap();
        let first = room.call::<AuditList>(json!({"key": key.id, "limit": 2})).await.unwrap();
        assert_eq!((first.total, first.items.len()), (3, 2));
        let rest = room.call::<AuditList>(json!({"key": key.id, "limit": 2, "cursor": first.next_cursor})).await.unwrap();
        assert_eq!((rest.items.len(), rest.items[0].action.as_str()), (1, "keys.issue"));
        assert_eq!(room.call::<AuditList>(json!({"tenant": "acme"})).await.unwrap().total, 5);
        assert_eq!(room.call::<AuditList>(json!({"action": "keys.rotate"})).await.unwrap().total, 1);
    }

    async fn a_window_that_waits_hears_of_another_programs_change_within_a_second(room) {
        let (key, _) = room.key("n8n").await;
        let known = room.call::<ChangesSince>(json!({})).await.unwrap();
        let begun = i64::try_from(room.begun).unwrap();
        assert_eq!((known.revision, known.touched.len()), (begun + 2, 0));
        let other = room.another().await;
        let waiting = async {
            let answer = room.call::<ChangesSince>(json!({"revision": known.revision, "wait_ms": 10_000})).await.unwrap();
            (answer, Instant::now())
        };
        let changing = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            other.call::<KeysRevoke>(json!({"key": key.id})).await.unwrap();
            Instant::now()
        };
        let ((heard, at), changed) = tokio::join!(waiting, changing);
        assert_eq!(heard.revision, begun + 3);
        assert!(heard.touched.iter().any(|touched| touched.noun == "key" && touched.id == key.id.to_string()));
        // Generous for a loaded machine; the poll itself is a quarter of a second.
        assert!(at.duration_since(changed) < Duration::from_secs(1), "{:?}", at.duration_since(changed));
        let nothing = room.call::<ChangesSince>(json!({"revision": begun + 3, "wait_ms": 300})).await.unwrap();
        assert_eq!((nothing.revision, nothing.touched.len()), (begun + 3, 0));
        assert_eq!(room.call::<ChangesSince>(json!({"wait_ms": 25_001})).await.unwrap_err().field.as_deref(), Some("wait_ms"));
    }
}
