//! The sample data: that it can be made in both engines, shows every status, and can be told from nothing
//! that people made.

use latchkey_core::key::KeyStatus;
use latchkey_core::operations::*;
use latchkey_core::{ErrorCode, time::Clock};
use serde_json::json;

use super::room::{Room, in_both_rooms, op};
use crate::fill_with_samples;

in_both_rooms! {
    async fn sample_data_shows_every_status_and_ends_now(room) {
        fill_with_samples(&room.store).await.unwrap();
        let keys = room.does(op::<KeysList>(json!({ "limit": 500 }))).await;
        assert_eq!(keys.total, 27);
        for status in KeyStatus::ALL {
            assert!(keys.items.iter().any(|key| key.status == status), "{status:?}");
            let listed = room.does(op::<KeysList>(json!({ "status": [status.word()] }))).await;
            let counted = keys.items.iter().filter(|key| key.status == status).count();
            assert_eq!(listed.items.len(), counted, "{status:?}");
            assert!(listed.items.iter().all(|key| key.status == status));
        }
        let history = room.does(op::<AuditList>(json!({}))).await;
        assert!(history.items[0].at <= room.clock.now());
        assert!(room.does(op::<AuditVerify>(json!({}))).await.intact);
        assert!(room.store.diagnose().await.unwrap().iter().all(|finding| finding.ok));
        let used = room.does(op::<KeysList>(json!({ "sort": "last_used" }))).await;
        assert_eq!(used.items[0].usage.last_used_at, Some(room.clock.now()));

        let report = room.does(op::<UsageGet>(json!({}))).await;
        assert!(report.gathered && report.buckets.len() > 100);
        assert!(report.buckets.iter().all(|bucket| bucket.hour <= room.clock.now()));
        let events = room.does(op::<EventsList>(json!({}))).await;
        for kind in EventKind::ALL {
            assert!(events.items.iter().any(|event| event.kind == kind), "{kind:?}");
        }
        assert!(events.items.iter().all(|event| event.at <= room.clock.now()));

        let again = fill_with_samples(&room.store).await.unwrap_err();
        assert_eq!(again.code, ErrorCode::StoreUnusable);
    }
}
