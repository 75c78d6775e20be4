//! Verification from the store: the order of the checks, what is learnt, that nothing is recorded.

use latchkey_core::PlaintextKey;
use latchkey_core::operations::{
    KeysFind, KeysRevoke, KeysSuspend, KeysUpdate, TenantsCreate, TenantsSuspend,
};
use latchkey_core::verification::Outcome;
use serde_json::json;

fn changed(key: &PlaintextKey, place: usize) -> PlaintextKey {
    let mut text = key.expose().to_owned();
    let other = if &text[place..=place] == "a" { "b" } else { "a" };
    text.replace_range(place..=place, other);
    PlaintextKey::new(text)
}

/// A well-spelled key with `of`'s public id and another secret: the checksum is worked out here as
/// another program would, CRC-32 modulo 62⁴ in base62.
fn forged(of: &PlaintextKey) -> PlaintextKey {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = format!("{}{}", &of.expose()[..14], "A".repeat(22));
    let sum = crc32fast::hash(body.as_bytes()) % 62u32.pow(4);
    let digit = |place: u32| char::from(alphabet[(sum / 62u32.pow(place) % 62) as usize]);
    PlaintextKey::new(format!("{body}{}{}{}{}", digit(3), digit(2), digit(1), digit(0)))
}

in_every_room! {
    async fn a_typo_is_told_from_an_unknown_key(room) {
        let (_, plaintext) = room.key("n8n").await;
        assert_eq!(room.outcome(&changed(&plaintext, 20)).await, Outcome::Malformed);
        assert_eq!(room.outcome(&PlaintextKey::new("hello".to_owned())).await, Outcome::Malformed);
        assert_eq!(room.outcome(&PlaintextKey::new(String::new())).await, Outcome::Malformed);
        let other = latchkey_tests::Room::sqlite().await;
        let (_, unknown) = other.key("n8n").await;
        assert_eq!(room.outcome(&unknown).await, Outcome::NotFound);
    }

    async fn a_right_public_id_with_a_wrong_secret_is_not_found_whatever_the_key_is(room) {
        let (key, plaintext) = room.key("n8n").await;
        let forged = forged(&plaintext);
        assert_eq!(room.outcome(&forged).await, Outcome::NotFound);
        room.call::<KeysRevoke>(json!({"key": key.id})).await.unwrap();
        let answer = room.verify(&forged, json!({})).await;
        assert_eq!((answer.outcome, answer.key_id), (Outcome::NotFound, None), "nothing is learnt without the secret");
    }

    async fn the_first_failure_in_the_order_wins(room) {
        room.tenant().await;
        room.call::<TenantsCreate>(json!({"slug": "globex", "name": "Globex"})).await.unwrap();
        let (key, plaintext) = room.issue(json!({"tenant": "acme", "name": "n8n", "ip": ["10.0.0.0/8"], "scopes": ["posts:read"]})).await;
        let asks = json!({"tenant": "globex", "environment": "test", "client_ip": "11.0.0.1", "permissions": ["posts:write"]});
        let mut asked = asks.clone();
        assert_eq!(room.verify(&plaintext, asked.clone()).await.outcome, Outcome::WrongTenant);
        asked["tenant"] = "acme".into();
        assert_eq!(room.verify(&plaintext, asked.clone()).await.outcome, Outcome::WrongEnvironment);
        asked["environment"] = "live".into();
        assert_eq!(room.verify(&plaintext, asked.clone()).await.outcome, Outcome::IpDenied);
        asked["client_ip"] = "::ffff:10.1.1.1".into();
        assert_eq!(room.verify(&plaintext, asked.clone()).await.outcome, Outcome::InsufficientPermissions);
        asked["permissions"] = json!(["posts:read"]);
        assert_eq!(room.verify(&plaintext, asked.clone()).await.outcome, Outcome::Valid);
        room.call::<KeysSuspend>(json!({"key": key.id})).await.unwrap();
        assert_eq!(room.verify(&plaintext, asks.clone()).await.outcome, Outcome::WrongTenant);
        asked["environment"] = "test".into();
        assert_eq!(room.verify(&plaintext, asked.clone()).await.outcome, Outcome::Suspended);
        room.call::<KeysRevoke>(json!({"key": key.id})).await.unwrap();
        assert_eq!(room.verify(&plaintext, asked.clone()).await.outcome, Outcome::Revoked);
        room.call::<TenantsSuspend>(json!({"tenant": "acme"})).await.unwrap();
        assert_eq!(room.verify(&plaintext, asked).await.outcome, Outcome::Suspended);
    }

    async fn a_list_of_addresses_keeps_an_unknown_one_out(room) {
        room.tenant().await;
        let (key, plaintext) = room.issue(json!({"tenant": "acme", "name": "n8n", "ip": ["2001:db8::/32", "203.0.113.7"]})).await;
        assert_eq!(room.outcome(&plaintext).await, Outcome::IpDenied);
        assert_eq!(room.verify(&plaintext, json!({"client_ip": "2001:db8:1::1"})).await.outcome, Outcome::Valid);
        room.call::<KeysUpdate>(json!({"key": key.id, "ip": []})).await.unwrap();
        assert_eq!(room.outcome(&plaintext).await, Outcome::Valid);
    }

    async fn narrowed_scopes_hold_from_the_next_verification_on(room) {
        room.tenant().await;
        let (key, plaintext) = room.issue(json!({"tenant": "acme", "name": "n8n", "scopes": ["*"]})).await;
        let asks = json!({"any": ["posts:write", "posts:read"]});
        assert_eq!(room.verify(&plaintext, asks.clone()).await.outcome, Outcome::Valid);
        room.call::<KeysUpdate>(json!({"key": key.id, "scopes": ["users:read"]})).await.unwrap();
        assert_eq!(room.verify(&plaintext, asks).await.outcome, Outcome::InsufficientPermissions);
    }

    async fn a_try_is_recorded_nowhere_and_confirms_nothing(room) {
        room.tenant().await;
        let (key, plaintext) = room.issue(json!({"tenant": "acme", "name": "n8n", "confirm": "later"})).await;
        let before = room.get(&key).await;
        assert_eq!(room.outcome(&plaintext).await, Outcome::Valid);
        assert_eq!(room.get(&key).await, before);
        assert_eq!(before.usage.count, 0);
    }

    async fn keys_are_found_among_other_texts_by_any_of_their_secrets(room) {
        let (key, old) = room.key("n8n").await;
        let new = room.rotate(&key, "24h").await;
        let candidates = json!([old.expose(), "not a key", forged(&old).expose(), new.expose()]);
        let found = room.call::<KeysFind>(json!({"candidates": candidates})).await.unwrap();
        let places: Vec<_> = found.items.iter().map(|item| (item.candidate, item.key.id)).collect();
        assert_eq!(places, [(0, key.id), (3, key.id)]);
        assert_ne!(found.items[0].secret_id, found.items[1].secret_id);
        let many: Vec<String> = (0..101).map(|number| format!("candidate {number}")).collect();
        assert_eq!(room.call::<KeysFind>(json!({"candidates": many})).await.unwrap_err().field.as_deref(), Some("candidates"));
    }
}
