//! Security events: a stream of their own, the latest first, off the audit.

use latchkey_core::operations::{AuditVerify, EventKind, EventsList, KeyDetails, SecurityEvent};
use latchkey_core::operator::OperatorRole;
use latchkey_core::{ErrorCode, Span, Timestamp};
use latchkey_store::Happened;
use latchkey_tests::Room;
use serde_json::{Value, json};

fn with_key(key: &KeyDetails, kind: EventKind, at: Timestamp) -> Happened {
    Happened {
        at,
        kind,
        tenant: Some(key.tenant.id),
        key: Some(key.id),
        secret: Some(key.secrets[0].id),
        ip: "203.0.113.9".parse().ok(),
        outcome: "retired",
        count: 2,
    }
}

fn by_address(at: Timestamp) -> Happened {
    let ip = "::ffff:198.51.100.7".parse().ok();
    let kind = EventKind::FailuresByAddress;
    Happened { at, kind, tenant: None, key: None, secret: None, ip, outcome: "not_found", count: 40 }
}

/// Three events, a minute apart: with a key, by an address, with a key again.
async fn three(room: &Room) -> KeyDetails {
    let (key, _) = room.key("n8n").await;
    let at = |minutes| room.now().plus(Span::minutes(minutes));
    let events = [
        with_key(&key, EventKind::DeadSecretUsed, at(0)),
        by_address(at(1)),
        with_key(&key, EventKind::LimitHit, at(2)),
    ];
    room.store.record_events(&events).await.unwrap();
    key
}

async fn listed(room: &Room, request: Value) -> Vec<SecurityEvent> {
    let page = room.call::<EventsList>(request).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items
}

in_every_room! {
    async fn events_are_listed_the_latest_first_with_the_name_of_their_key(room) {
        let key = three(&room).await;
        let events = listed(&room, json!({})).await;
        assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::LimitHit, EventKind::FailuresByAddress, EventKind::DeadSecretUsed]);
        let dead = &events[2];
        assert_eq!((dead.at, dead.count, dead.outcome.as_str()), (room.now(), 2, "retired"));
        assert_eq!((dead.tenant_id, dead.key_id, dead.secret_id), (Some(key.tenant.id), Some(key.id), Some(key.secrets[0].id)));
        assert_eq!((dead.key_name.as_deref(), dead.ip.as_deref()), (Some("n8n"), Some("203.0.113.9")));
        let address = &events[1];
        assert_eq!((address.key_id, address.key_name.clone(), address.ip.as_deref()), (None, None, Some("198.51.100.7")));
        let before = room.begun + 2;
        assert_eq!(room.call::<AuditVerify>(json!({})).await.unwrap().entries, before, "none of it is in the audit");
    }

    async fn events_are_filtered_by_kind_tenant_key_and_time(room) {
        let key = three(&room).await;
        let (other, _) = room.key("other").await;
        assert_eq!(listed(&room, json!({"kind": "limit_hit"})).await.len(), 1);
        assert_eq!(listed(&room, json!({"kind": "operator_refused"})).await.len(), 0);
        assert_eq!(listed(&room, json!({"tenant": "acme"})).await.len(), 2);
        assert_eq!(listed(&room, json!({"key": key.id})).await.len(), 2);
        assert_eq!(listed(&room, json!({"key": other.id})).await.len(), 0);
        assert_eq!(listed(&room, json!({"since": room.now().plus(Span::minutes(1))})).await.len(), 2);
        assert_eq!(listed(&room, json!({"since": room.now().plus(Span::minutes(1)), "key": key.id})).await.len(), 1);
        let unknown = room.call::<EventsList>(json!({"tenant": "none"})).await.unwrap_err();
        assert_eq!((unknown.code, unknown.field.as_deref()), (ErrorCode::NotFound, Some("tenant")));
    }

    async fn events_come_in_pages_each_once(room) {
        let (key, _) = room.key("n8n").await;
        // Several in one millisecond, as after a flood.
        let events: Vec<_> = (0..25).map(|number| with_key(&key, EventKind::LimitHit, room.now().plus(Span::from_millis(number / 5)))).collect();
        room.store.record_events(&events).await.unwrap();
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let page = room.call::<EventsList>(json!({"limit": 7, "cursor": cursor})).await.unwrap();
            assert_eq!(page.total, 25);
            seen.extend(page.items.into_iter().map(|event| (event.at, event.id)));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let mut sorted = seen.clone();
        sorted.sort_by(|a, b| b.cmp(a));
        sorted.dedup();
        assert_eq!((seen.len(), sorted), (25, seen));
        let foreign = room.call::<EventsList>(json!({"cursor": "zz"})).await.unwrap_err();
        assert_eq!(foreign.code, ErrorCode::BadCursor);
    }

    async fn an_operators_events_are_for_those_who_administer_operators(room) {
        let operator = room.operator("ops", OperatorRole::Viewer, None).await;
        let event = with_key(&operator.key, EventKind::OperatorRefused, room.now());
        room.store.record_events(&[event]).await.unwrap();
        assert_eq!(listed(&room, json!({"key": operator.key.id})).await.len(), 1);
        let asked = json!({"key": operator.key.id});
        let seen = room.call_by::<EventsList>(&operator, None, asked).await.unwrap();
        assert_eq!((seen.total, seen.items.len()), (0, 0), "as of a key that is unknown");
    }
}
