//! Operators' tokens that were made at the desk and never saved, over a real file. What becomes of keys is told in
//! the desk's own tests.

use serde_json::{Value, json};

use crate::desktop::tests::{Room, room};

async fn create(room: &Room, name: &str) -> Value {
    let request = json!({ "name": name, "role": "admin" });
    room.desktop.perform("operators.create", request, None).await.unwrap()
}

async fn unsaved(room: &Room) -> Vec<String> {
    let place = room.desktop.stores.current().unwrap();
    room.desktop.desk.unsaved(&place).await.into_iter().map(|unsaved| unsaved.id).collect()
}

#[tokio::test]
async fn a_token_that_was_never_saved_is_told_of_and_discarding_it_removes_the_operator() {
    let room = room();
    room.desktop.stores.make_local(Some("acme")).await.unwrap();
    let keeper = create(&room, "keeper").await;
    room.desktop.confirm(keeper["reveal"]["handle"].as_str().unwrap()).await.unwrap();
    room.desktop.desk.slot.wipe();
    create(&room, "lee").await;
    room.desktop.desk.slot.wipe();

    let ids = unsaved(&room).await;
    assert_eq!(ids.len(), 1, "the keeper's was saved");
    let place = room.desktop.stores.current().unwrap();
    room.desktop.desk.discard_unsaved(&place, &ids[0]).await.unwrap();
    assert!(unsaved(&room).await.is_empty());
    let operators = room.desktop.perform("operators.list", json!({}), None).await.unwrap();
    let standing: Vec<(&Value, &Value)> = operators["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operator| (&operator["key"]["name"], &operator["key"]["status"]))
        .collect();
    assert_eq!(standing, [(&json!("keeper"), &json!("active")), (&json!("lee"), &json!("revoked"))]);
}

#[tokio::test]
async fn a_rotated_token_that_was_not_saved_is_noted_under_its_operator() {
    let room = room();
    room.desktop.stores.make_local(Some("acme")).await.unwrap();
    let keeper = create(&room, "keeper").await;
    room.desktop.confirm(keeper["reveal"]["handle"].as_str().unwrap()).await.unwrap();
    room.desktop.desk.slot.wipe();
    let request = json!({ "operator": keeper["key"]["id"], "grace": "1h" });
    room.desktop.perform("operators.rotate", request, None).await.unwrap();
    room.desktop.desk.slot.wipe();
    let place = room.desktop.stores.current().unwrap();
    let unsaved = room.desktop.desk.unsaved(&place).await;
    assert_eq!((unsaved[0].name.as_str(), unsaved[0].operation.as_str()), ("keeper", "operators.rotate"));
    assert_eq!(unsaved[0].key_id.unwrap().to_string(), keeper["key"]["id"].as_str().unwrap());
    room.desktop.desk.discard_unsaved(&place, &unsaved[0].id).await.unwrap();
    let operators = room.desktop.perform("operators.list", json!({}), None).await.unwrap();
    assert_eq!(operators["items"][0]["key"]["status"], "active", "the old token goes on");
}
