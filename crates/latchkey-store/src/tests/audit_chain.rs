//! Changes made to the database behind Latchkey's back: to the audit, which are found, and to a key's
//! row, which harm that key alone.

use latchkey_core::operations::*;
use latchkey_core::verification::Outcome;
use serde_json::json;

use super::room::{Room, in_both_rooms, op, perform};
use crate::engine::{Engine, Tx};
use crate::statement::sql;

/// Ten entries.
async fn with_history(room: &Room) {
    for number in 0..10 {
        let tenant = json!({ "slug": format!("tenant-{number}"), "name": format!("Tenant {number}") });
        room.does(op::<TenantsCreate>(tenant)).await;
    }
}

/// Does what an owner of the database can do: takes the guards away first.
async fn tamper(room: &Room, statements: &[&'static str]) {
    let mut tx = room.store.shared.pool.begin_write().await.unwrap();
    let guards: &[&'static str] = match tx {
        Tx::Sqlite(_) => &[
            "DROP TRIGGER IF EXISTS audit_is_not_changed",
            "DROP TRIGGER IF EXISTS audit_is_not_deleted",
            "DROP TRIGGER IF EXISTS audit_targets_are_not_changed",
            "DROP TRIGGER IF EXISTS audit_targets_are_not_deleted",
        ],
        Engine::Postgres(_) => {
            &["ALTER TABLE audit DISABLE TRIGGER USER", "ALTER TABLE audit_targets DISABLE TRIGGER USER"]
        }
    };
    for text in guards.iter().chain(statements) {
        sql(text).run(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn first_bad(room: &Room) -> Option<i64> {
    let verdict = room.does(op::<AuditVerify>(json!({}))).await;
    assert_eq!(verdict.intact, verdict.first_bad.is_none());
    let findings = room.store.diagnose().await.unwrap();
    let audit = findings.iter().find(|finding| finding.check == "audit").unwrap();
    assert_eq!(audit.ok, verdict.intact, "doctor says the same: {}", audit.words);
    verdict.first_bad
}

in_both_rooms! {
    async fn an_untouched_history_is_intact(room) {
        with_history(&room).await;
        assert_eq!(first_bad(&room).await, None);
        assert_eq!(room.does(op::<AuditVerify>(json!({}))).await.entries, 10);
    }

    async fn an_edited_entry_is_found(room) {
        with_history(&room).await;
        tamper(&room, &["UPDATE audit SET actor = 'somebody' WHERE seq = 4"]).await;
        assert_eq!(first_bad(&room).await, Some(4));
    }

    async fn a_removed_entry_is_found(room) {
        with_history(&room).await;
        tamper(&room, &["DELETE FROM audit_targets WHERE seq = 5", "DELETE FROM audit WHERE seq = 5"]).await;
        assert_eq!(first_bad(&room).await, Some(5));
    }

    async fn a_cut_tail_is_found(room) {
        with_history(&room).await;
        tamper(&room, &["DELETE FROM audit_targets WHERE seq > 7", "DELETE FROM audit WHERE seq > 7"]).await;
        assert_eq!(first_bad(&room).await, Some(8));
    }

    async fn a_head_that_was_set_back_is_found(room) {
        with_history(&room).await;
        let back = "UPDATE audit_head SET seq = 6, hash = (SELECT hash FROM audit WHERE seq = 6)";
        tamper(&room, &[back]).await;
        assert_eq!(first_bad(&room).await, Some(7));
    }

    async fn a_key_with_two_secrets_in_use_is_refused(room) {
        room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
        let (issued, old_key) = room.mints(op::<KeysIssue>(json!({ "tenant": "acme", "name": "n8n" }))).await;
        let (_, new_key) = room.mints(op::<KeysRotate>(json!({ "key": issued.key.id.to_string() }))).await;
        tamper(&room, &["UPDATE secrets SET not_after = NULL"]).await;
        for key in [old_key, new_key] {
            let verified = room.does(op::<KeysVerify>(json!({ "key": key.expose() }))).await;
            assert_eq!(verified.outcome, Outcome::NotFound);
        }
    }

    async fn a_damaged_key_is_refused_and_harms_no_other(room) {
        room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
        let (bad, bad_key) = room.mints(op::<KeysIssue>(json!({ "tenant": "acme", "name": "bad" }))).await;
        let (_, good_key) = room.mints(op::<KeysIssue>(json!({ "tenant": "acme", "name": "good" }))).await;
        tamper(&room, &["UPDATE keys SET scopes = '[garbage]' WHERE name = 'bad'"]).await;
        let bad_key = room.does(op::<KeysVerify>(json!({ "key": bad_key.expose() }))).await;
        assert_eq!(bad_key.outcome, Outcome::NotFound);
        let good_key = room.does(op::<KeysVerify>(json!({ "key": good_key.expose() }))).await;
        assert_eq!(good_key.outcome, Outcome::Valid);
        let listed = room.does(op::<KeysList>(json!({}))).await;
        assert_eq!(listed.items.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["good"]);
        let id = bad.key.id.to_string();
        let error = perform(&room.store, op::<KeysGet>(json!({ "key": id }))).await.unwrap_err();
        assert!(error.message.contains("latchkey doctor"), "{}", error.message);
        let findings = room.store.diagnose().await.unwrap();
        let rows = findings.iter().find(|finding| finding.check == "rows").unwrap();
        assert!(!rows.ok && rows.words.contains(&id), "{}", rows.words);
    }
}
