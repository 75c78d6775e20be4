//! Lists of keys: filters, search, order and pages; the status filter says what the status says.

use std::collections::BTreeSet;

use latchkey_core::key::KeyStatus;
use latchkey_core::operations::{
    KeyDetails, KeysConfirm, KeysExtendGrace, KeysList, KeysRevoke, KeysRotate, KeysSuspend,
    KeysUndoRotation, RolesCreate, TenantsCreate,
};
use latchkey_core::{ErrorCode, Span};
use latchkey_tests::{Room, rounds};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

async fn names(room: &Room, request: Value) -> Vec<String> {
    room.call::<KeysList>(request).await.unwrap().items.into_iter().map(|key| key.name).collect()
}

/// Every key of a list, page by page.
async fn all_pages(room: &Room, mut request: Value, limit: u32) -> Vec<KeyDetails> {
    let mut keys = Vec::new();
    request["limit"] = limit.into();
    loop {
        let page = room.call::<KeysList>(request.clone()).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        keys.extend(page.items);
        match page.next_cursor {
            Some(cursor) => request["cursor"] = cursor.into(),
            None => return keys,
        }
    }
}

in_every_room! {
    async fn keys_are_found_by_name_tenant_and_the_visible_part(room) {
        room.call::<TenantsCreate>(json!({"slug": "globex", "name": "Globex Ltd"})).await.unwrap();
        let (n8n, _) = room.key("n8n Produktion Ä").await;
        room.issue(json!({"tenant": "globex", "name": "100%_sure"})).await;
        assert_eq!(names(&room, json!({"search": "PRODUKTION ä"})).await, ["n8n Produktion Ä"]);
        assert_eq!(names(&room, json!({"search": "globex l"})).await, ["100%_sure"]);
        assert_eq!(names(&room, json!({"search": "0%_s"})).await, ["100%_sure"], "a wildcard is a letter like any other");
        assert!(names(&room, json!({"search": "1%s"})).await.is_empty());
        assert_eq!(names(&room, json!({"search": n8n.hint.trim_end_matches('…')})).await, ["n8n Produktion Ä"]);
        assert_eq!(names(&room, json!({"search": &n8n.hint[8..14]})).await, ["n8n Produktion Ä"]);
        assert!(names(&room, json!({"search": "'; DROP TABLE keys;--"})).await.is_empty());
    }

    async fn filters_combine(room) {
        room.tenant().await;
        room.call::<TenantsCreate>(json!({"slug": "globex", "name": "Globex"})).await.unwrap();
        let role = room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Reader"})).await.unwrap().role;
        room.issue(json!({"tenant": "acme", "name": "a", "role": "Reader", "expires": "10d"})).await;
        room.issue(json!({"tenant": "acme", "name": "b", "environment": "test", "expires": "100d"})).await;
        room.issue(json!({"tenant": "globex", "name": "c"})).await;
        assert_eq!(names(&room, json!({"tenant": "acme"})).await, ["a", "b"]);
        assert_eq!(names(&room, json!({"role": role.id})).await, ["a"]);
        assert_eq!(names(&room, json!({"tenant": "acme", "environment": "test"})).await, ["b"]);
        assert_eq!(names(&room, json!({"expires_before": room.now().plus(Span::days(50))})).await, ["a"]);
        assert_eq!(names(&room, json!({"last_used_before": room.now()})).await, ["a", "b", "c"], "never used counts");
        let none = room.call::<KeysList>(json!({"tenant": "nobody"})).await.unwrap_err();
        assert_eq!(none.code, ErrorCode::NotFound);
    }

    async fn every_order_is_whole_over_pages(room) {
        room.tenant().await;
        for (number, name) in ["delta", "Alpha", "charlie", "bravo", "echo", "Ångström", "zulu"].iter().enumerate() {
            let expires = if number % 3 == 0 { "never".to_owned() } else { format!("{}d", 40 - number) };
            room.issue(json!({"tenant": "acme", "name": name, "expires": expires})).await;
            room.clock.advance(Span::minutes(i64::from(number % 2 != 0)));
        }
        for sort in ["name", "name_desc", "created", "created_asc", "expires", "expires_desc", "last_used", "last_used_asc"] {
            let whole = all_pages(&room, json!({"sort": sort}), 500).await;
            let paged = all_pages(&room, json!({"sort": sort}), 2).await;
            assert_eq!(paged, whole, "{sort}");
            assert_eq!(whole.iter().map(|key| key.id).collect::<BTreeSet<_>>().len(), 7, "{sort}: each once");
        }
        assert_eq!(names(&room, json!({"limit": 3})).await, ["Alpha", "bravo", "charlie"], "without regard to case");
        let ends = all_pages(&room, json!({"sort": "expires"}), 3).await;
        let ends: Vec<_> = ends.iter().map(|key| key.expires_at.map_or(i64::MAX, latchkey_core::Timestamp::as_millis)).collect();
        assert!(ends.is_sorted(), "no expiry comes last: {ends:?}");
    }

    async fn a_cursor_belongs_to_its_own_list_and_a_limit_has_bounds(room) {
        room.tenant().await;
        for name in ["a", "b"] {
            room.issue(json!({"tenant": "acme", "name": name})).await;
        }
        let page = room.call::<KeysList>(json!({"limit": 1})).await.unwrap();
        assert_eq!(page.total, 2);
        let foreign = json!({"sort": "created", "cursor": page.next_cursor});
        assert_eq!(room.call::<KeysList>(foreign).await.unwrap_err().code, ErrorCode::BadCursor);
        assert_eq!(room.call::<KeysList>(json!({"cursor": "forged"})).await.unwrap_err().code, ErrorCode::BadCursor);
        for limit in [0, 501] {
            assert_eq!(room.call::<KeysList>(json!({"limit": limit})).await.unwrap_err().field.as_deref(), Some("limit"));
        }
    }

    async fn the_status_filter_says_what_the_status_says_over_random_histories(room) {
        room.tenant().await;
        let mut randomness = StdRng::seed_from_u64(11);
        for number in 0..rounds(400) {
            random_history(&room, number, &mut randomness).await;
        }
        for _ in 0..6 {
            let all = all_pages(&room, json!({}), 500).await;
            for status in KeyStatus::ALL {
                let filtered: BTreeSet<_> = all_pages(&room, json!({"status": [status.word()]}), 500).await.into_iter().map(|key| key.id).collect();
                let expected: BTreeSet<_> = all.iter().filter(|key| key.status == status).map(|key| key.id).collect();
                assert_eq!(filtered, expected, "{}", status.word());
            }
            room.clock.advance(Span::hours(randomness.random_range(1..300)));
        }
        let two = room.call::<KeysList>(json!({"status": ["revoked", "suspended"], "limit": 500})).await.unwrap();
        assert!(two.items.iter().all(|key| matches!(key.status, KeyStatus::Revoked | KeyStatus::Suspended)));
        assert_eq!(two.total, two.items.len() as u64);
    }
}

/// One key with a random past.
async fn random_history(room: &Room, number: usize, randomness: &mut StdRng) {
    let expires = ["never", "2d", "20d", "45d"][randomness.random_range(0..4)];
    let confirm = ["now", "later"][usize::from(randomness.random_bool(0.2))];
    let request =
        json!({"tenant": "acme", "name": format!("key {number}"), "expires": expires, "confirm": confirm});
    let (key, _) = room.issue(request).await;
    let id = json!({"key": key.id});
    for _ in 0..randomness.random_range(0..3) {
        let confirm = ["now", "later"][usize::from(randomness.random_bool(0.3))];
        // What is refused is refused; the point is the state it leaves.
        match randomness.random_range(0..6) {
            0 => drop(room.call::<KeysRevoke>(id.clone()).await),
            1 => drop(room.call::<KeysSuspend>(id.clone()).await),
            2 => drop(room.call::<KeysConfirm>(id.clone()).await),
            3 => drop(room.call::<KeysUndoRotation>(id.clone()).await),
            4 => drop(room.call::<KeysExtendGrace>(json!({"key": key.id, "by": "2h"})).await),
            _ => drop(
                room.call::<KeysRotate>(
                    json!({"key": key.id, "grace": "24h", "confirm": confirm, "expires": "keep"}),
                )
                .await,
            ),
        }
        room.clock.advance(Span::minutes(randomness.random_range(0..20)));
    }
}
