//! What an account that only verifies may do: read what decides about a key, follow what changes, write what it gathers;
//! and nothing that has an audit entry.

use std::time::Duration;

use latchkey_core::ErrorCode;
use latchkey_core::id::KeyId;
use latchkey_core::key::KeyStatus;
use latchkey_core::operations::*;
use latchkey_core::tag::Pepper;
use latchkey_core::time::Clock;
use latchkey_core::verification::Outcome;
use serde_json::json;

use super::grants::{Granted, with_a_key};
use super::room::{op, perform};
use super::verifying::{entry_of, happened, used};
use crate::access::Access;
use crate::mint::randomness;
use crate::{Store, StoreUrl};

#[tokio::test]
async fn a_verifier_verifies_and_sees_nothing_of_the_history() {
    let granted = Granted::new().await;
    let (_, plaintext) = with_a_key(&granted.room).await;
    let verifier = granted.open(&granted.verifier).await;
    let tried = perform(&verifier, op::<KeysVerify>(json!({ "key": plaintext.expose(), "tenant": "beta" })));
    assert_eq!(tried.await.unwrap().outcome, Outcome::Valid);
    let refused = perform(&verifier, op::<AuditList>(json!({}))).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    let refused =
        perform(&verifier, op::<ChangesMade>(json!({ "idempotency_key": "k1" }))).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
}

#[tokio::test]
async fn a_verifier_reads_follows_and_gathers_and_leaves_confirming_to_others() {
    let granted = Granted::new().await;
    let (key, plaintext) = with_a_key(&granted.room).await;
    let key: KeyId = key.as_str().unwrap().parse().unwrap();
    let waits = json!({ "tenant": "beta", "name": "waits", "confirm": "later" });
    let (unconfirmed, _) = granted.room.mints(op::<KeysIssue>(waits)).await;
    let verifier = granted.open(&granted.verifier).await;

    let secret = entry_of(&verifier, &plaintext).await.secret.id;
    let known = verifier.revision().await.unwrap();
    granted.room.does(op::<KeysUpdate>(json!({ "key": key, "notes": "" }))).await;
    granted.room.does(op::<KeysUpdate>(json!({ "key": key, "notes": "known by nobody else" }))).await;
    let moved = verifier.moved_since(&known, Duration::ZERO).await.unwrap();
    assert_eq!((moved.touched.len(), moved.other_history), (1, false));
    let now = granted.room.clock.now();
    verifier.record_usage(&[used(key, secret, now)]).await.unwrap();
    verifier.record_events(&[happened(now)]).await.unwrap();
    let pepper = Pepper::draw(&mut randomness());
    verifier.fill_tag(secret, pepper.id(), &pepper.tag_of("any key")).await.unwrap();
    assert!(entry_of(&verifier, &plaintext).await.tag.is_some());
    let waiting = unconfirmed.key.secrets[0].id;
    verifier.confirm_first_use(unconfirmed.key.id, waiting, now).await.unwrap();
    let after = granted.room.does(op::<KeysGet>(json!({ "key": unconfirmed.key.id }))).await;
    assert_eq!(after.status, KeyStatus::Unconfirmed, "its account may not write the audit");

    let viewer = granted.open(&granted.viewer).await;
    for refused in [
        viewer.record_usage(&[used(key, secret, now)]).await,
        viewer.record_events(&[happened(now)]).await,
        viewer.confirm_first_use(unconfirmed.key.id, waiting, now).await,
    ] {
        assert_eq!(refused.unwrap_err().code, ErrorCode::ReadOnly);
    }
    let chosen = StoreUrl::Postgres(granted.verifier.clone());
    let chosen = Store::open_as(&chosen, Access::ReadOnly, granted.room.clock.clone()).await.unwrap();
    assert_eq!(chosen.record_usage(&[used(key, secret, now)]).await.unwrap_err().code, ErrorCode::ReadOnly);
    let admin = granted.open(&granted.admin).await;
    admin.record_usage(&[used(key, secret, now)]).await.unwrap();
    admin.confirm_first_use(unconfirmed.key.id, waiting, now).await.unwrap();
    assert_eq!(granted.room.does(op::<KeysGet>(json!({ "key": key }))).await.usage.count, 2);
}
