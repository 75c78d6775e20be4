//! Trying and saving connections without a window: what a test says, drafts that are refused, and where a secret
//! goes. Over real files; opens no keychain.

use latchkey_connections::{Connection, Keep};
use latchkey_core::ErrorCode;
use latchkey_store::Password;
use serde_json::json;

use super::SecretChange;
use crate::desktop::tests::{CANARY, draft, postgres, room};
use crate::logins::Given;

#[tokio::test]
async fn a_test_tells_what_is_there_without_opening_or_saving_it() {
    let room = room();
    let id = room.file("Billing", json!({})).await;
    let billing: Connection = room.desktop.stores.logins.saved(id).unwrap();
    let tested = room.desktop.stores.test(billing, &Given::NoSecret).await.unwrap();
    let words = serde_json::to_value(tested).unwrap();
    let message = words["message"].as_str().unwrap();
    assert!(message.starts_with("Connected to SQLite ") && message.contains(" ms. 0 keys, schema version "));
    assert_eq!(room.state()["state"], "none");
    let new =
        draft(&json!({ "name": "New", "kind": "local", "path": room.data.path("new.db") })).read().unwrap();
    let tested = room.desktop.stores.test(new, &Given::NoSecret).await.unwrap();
    assert!(serde_json::to_value(tested).unwrap()["message"].as_str().unwrap().contains("no file yet"));
    let server = draft(&json!({ "name": "S", "kind": "server", "url": "https://keys.example.com" }));
    let error = room.desktop.stores.test(server.read().unwrap(), &Given::NoSecret).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::CredentialNeeded, Some("token")));
}

#[tokio::test]
async fn drafts_are_refused_at_the_field_that_is_at_fault() {
    for (fields, field) in [
        (json!({ "name": "", "kind": "local", "path": "/x" }), Some("name")),
        (json!({ "name": "A", "kind": "local", "path": "x" }), Some("path")),
        (json!({ "name": "A", "kind": "server", "url": "http://keys.example.com" }), Some("url")),
        (json!({ "name": "A", "kind": "postgres", "port": 70000 }), Some("port")),
        (json!({ "name": "A", "kind": "elsewhere" }), None),
    ] {
        let error = draft(&fields).read().unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, field), "{fields}");
    }
}

#[tokio::test]
async fn a_secret_stays_where_its_connection_says_and_is_written_nowhere() {
    let room = room();
    let logins = &room.desktop.stores.logins;
    let set = || SecretChange::Set { text: CANARY.into() };
    let connection = draft(&postgres("Platform", "db.invalid", 5432)).read().unwrap();
    assert!(logins.save(connection.clone()).await.unwrap().is_none());
    logins.change_secret(None, &connection, set(), None).await.unwrap();
    assert!(logins.credentials.get(&connection).await.unwrap().is_some_and(|kept| kept.expose() == CANARY));

    // Into the encrypted file.
    let moved = Connection { keep: Keep::File, ..connection.clone() };
    let old = logins.save(moved.clone()).await.unwrap().unwrap();
    let error = logins.change_secret(Some(&old), &moved, SecretChange::Keep, None).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::CredentialNeeded, Some("passphrase")));
    let passphrase = Some("correct horse battery".to_owned());
    logins.change_secret(Some(&old), &moved, SecretChange::Keep, passphrase).await.unwrap();
    room.desktop.lock();
    assert_eq!(logins.credentials.get(&moved).await.err().unwrap().code, ErrorCode::CredentialNeeded);
    logins.credentials.open_encrypted_file(Password::new("correct horse battery".into())).await.unwrap();
    assert!(logins.credentials.get(&moved).await.unwrap().is_some_and(|kept| kept.expose() == CANARY));

    // A file needs none: what the database wanted is not left behind.
    let fields = json!({ "id": moved.id, "name": "P", "kind": "local", "path": "/x", "keep": "file" });
    let file = draft(&fields).read().unwrap();
    assert!(logins.part_with_secret(&file, None).await.unwrap().is_none());
    assert!(logins.credentials.get(&moved).await.unwrap().is_none());

    logins.change_secret(None, &moved, set(), None).await.unwrap();
    assert!(logins.credentials.get(&moved).await.unwrap().is_some());
    logins.change_secret(Some(&moved), &moved, SecretChange::Clear, None).await.unwrap();
    assert!(logins.credentials.get(&moved).await.unwrap().is_none());
    for file in std::fs::read_dir(room.data.path("")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains(CANARY));
    }
    let removed = serde_json::to_value(logins.remove(moved.id).await.unwrap()).unwrap();
    assert_eq!(removed["connections"]["connections"], json!([]));
}

#[tokio::test]
async fn what_was_typed_for_one_server_is_not_sent_to_another() {
    let room = room();
    let logins = &room.desktop.stores.logins;
    let connection = draft(&postgres("Platform", "db.invalid", 5432)).read().unwrap();
    logins.save(connection.clone()).await.unwrap();
    let known = async || logins.credentials.get(&connection).await.unwrap().is_some();
    let same = json!({ "id": connection.id, "environment": "production", "schema": "other", "name": "P" });
    for (fields, parts) in [(same, false), (json!({ "user": "lee" }), true), (json!({ "host": "x" }), true)] {
        let set = SecretChange::Set { text: CANARY.into() };
        logins.change_secret(None, &connection, set, None).await.unwrap();
        let mut changed = postgres("Platform", "db.invalid", 5432);
        changed["id"] = json!(connection.id);
        changed.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let told = logins.part_with_secret(&draft(&changed).read().unwrap(), None).await.unwrap();
        assert_eq!((told.is_some(), known().await), (parts, !parts), "{fields}");
        assert!(told.is_none_or(|told| told.field.as_deref() == Some("password")));
    }
}

#[tokio::test]
async fn what_opens_a_server_is_called_a_token() {
    let room = room();
    let logins = &room.desktop.stores.logins;
    let server = |url: &str| json!({ "name": "Platform", "kind": "server", "url": url });
    let connection = draft(&server("https://keys.example.com")).read().unwrap();
    logins.save(connection.clone()).await.unwrap();
    logins.change_secret(None, &connection, SecretChange::Set { text: CANARY.into() }, None).await.unwrap();
    let mut elsewhere = server("https://keys.example.org");
    elsewhere["id"] = json!(connection.id);
    let told = logins.part_with_secret(&draft(&elsewhere).read().unwrap(), None).await.unwrap().unwrap();
    assert_eq!(told.field.as_deref(), Some("token"));
    assert!(told.message.contains("its token was forgotten"), "{}", told.message);
    assert!(logins.credentials.get(&connection).await.unwrap().is_none());
}
