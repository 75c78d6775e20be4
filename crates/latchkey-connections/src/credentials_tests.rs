//! Where secrets come from and go to, and that none of them is in any file in the clear. The keychain is the
//! library's mock here.

use std::fs;

use latchkey_core::ErrorCode;
use latchkey_store::StoreUrl;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::keychain::tests::{a_keychain, a_keychain_without_service};
use crate::saved::Connections;

const CANARY: &str = "canary-8Qv2mT";

fn room(keychain: Keychain) -> (TempDir, DataFolder, Credentials) {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::at(folder.path().to_owned()).unwrap();
    let credentials = Credentials::over(&data, keychain);
    (folder, data, credentials)
}

fn shared(keep: &str) -> Connection {
    let json = json!({"id": ConnectionId::random(), "name": keep, "kind": "postgres", "host": "db.example",
        "port": 5432, "database": "keys", "user": "ann", "encryption": "verify_full", "keep": keep});
    serde_json::from_value(json).unwrap()
}

fn secret(text: &str) -> Arc<Password> {
    Arc::new(Password::new(text.to_owned()))
}

async fn found(credentials: &Credentials, connection: &Connection) -> Option<String> {
    let found = credentials.get(connection).await.expect("it is looked up");
    found.map(|secret| secret.expose().to_owned())
}

async fn refused(credentials: &Credentials, connection: &Connection) -> AdminError {
    credentials.get(connection).await.err().expect("it is refused")
}

#[tokio::test]
async fn a_secret_of_the_session_is_gone_when_the_window_locks() {
    let (_folder, _, credentials) = room(a_keychain());
    let connection = shared("session");
    assert_eq!(found(&credentials, &connection).await, None);
    credentials.set(&connection, secret(CANARY)).await.unwrap();
    assert_eq!(found(&credentials, &connection).await.as_deref(), Some(CANARY));
    credentials.lock();
    assert_eq!(found(&credentials, &connection).await, None);
}

#[tokio::test]
async fn a_secret_in_the_keychain_outlives_the_lock_and_is_forgotten_with_its_connection() {
    let (_folder, _, credentials) = room(a_keychain());
    let connection = shared("keychain");
    let error = refused(&credentials, &connection).await;
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Keychain, Some("entry_gone")));
    credentials.set(&connection, secret(CANARY)).await.unwrap();
    credentials.lock();
    assert_eq!(found(&credentials, &connection).await.as_deref(), Some(CANARY));
    credentials.forget(&connection).await.unwrap();
    assert_eq!(refused(&credentials, &connection).await.field.as_deref(), Some("entry_gone"));
}

#[tokio::test]
async fn without_a_keychain_a_secret_serves_the_session_it_was_told() {
    let (_folder, _, credentials) = room(a_keychain_without_service());
    let connection = shared("keychain");
    let error = credentials.set(&connection, secret(CANARY)).await.unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Keychain, Some("no_service")));
    assert_eq!(found(&credentials, &connection).await.as_deref(), Some(CANARY));
    credentials.lock();
    assert_eq!(refused(&credentials, &connection).await.field.as_deref(), Some("no_service"));
}

#[tokio::test]
async fn the_encrypted_file_is_made_when_asked_for_and_opens_with_its_passphrase() {
    let (_folder, data, credentials) = room(a_keychain());
    let connection = shared("file");
    assert_eq!(credentials.encrypted_file(), EncryptedFileState::Absent);
    assert_eq!(found(&credentials, &connection).await, None);
    let needed = credentials.set(&connection, secret(CANARY)).await.unwrap_err();
    assert_eq!((needed.code, needed.field.as_deref()), (ErrorCode::CredentialNeeded, Some("passphrase")));
    let open = async |text: &str| credentials.open_encrypted_file(Password::new(text.to_owned())).await;
    assert_eq!(open("short").await.unwrap_err().code, ErrorCode::Invalid);
    open("correct horse").await.unwrap();
    credentials.set(&connection, secret(CANARY)).await.unwrap();
    credentials.lock();
    assert_eq!(credentials.encrypted_file(), EncryptedFileState::Locked);
    assert_eq!(refused(&credentials, &connection).await.code, ErrorCode::CredentialNeeded);
    let wrong = open("another horse").await.unwrap_err();
    assert_eq!((wrong.code, wrong.field.as_deref()), (ErrorCode::AuthFailed, Some("passphrase")));
    open("correct horse").await.unwrap();
    assert_eq!(found(&credentials, &connection).await.as_deref(), Some(CANARY));
    // The other program has the same file.
    let other = Credentials::over(&data, a_keychain());
    other.open_encrypted_file(Password::new("correct horse".to_owned())).await.unwrap();
    assert_eq!(found(&other, &connection).await.as_deref(), Some(CANARY));
    other.forget(&connection).await.unwrap();
    assert_eq!(found(&credentials, &connection).await, None);
}

#[tokio::test]
async fn a_damaged_encrypted_file_is_refused_and_left_alone() {
    let (_folder, data, credentials) = room(a_keychain());
    let connection = shared("file");
    let passphrase = || Password::new("correct horse".to_owned());
    credentials.open_encrypted_file(passphrase()).await.unwrap();
    credentials.set(&connection, secret(CANARY)).await.unwrap();
    let path = data.path("credentials.enc");
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 4;
    for damaged in [&flipped[..], &whole[..whole.len() - 1], b"", b"notes of mine"] {
        fs::write(&path, damaged).unwrap();
        for error in [
            credentials.open_encrypted_file(passphrase()).await.unwrap_err(),
            credentials.set(&connection, secret("new")).await.unwrap_err(),
            credentials.file.get(connection.id).err().unwrap(),
        ] {
            assert_eq!(error.code, ErrorCode::StoreUnusable);
            assert!(error.message.contains("damaged"), "{}", error.message);
        }
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
}

#[tokio::test]
async fn no_file_holds_a_secret_in_the_clear() {
    let (folder, data, credentials) = room(a_keychain());
    credentials.open_encrypted_file(Password::new(format!("passphrase {CANARY}"))).await.unwrap();
    for keep in ["session", "keychain", "file"] {
        let connection = shared(keep);
        Connections::open(&data).save(connection.clone()).unwrap();
        credentials.set(&connection, secret(CANARY)).await.unwrap();
        assert_eq!(found(&credentials, &connection).await.as_deref(), Some(CANARY));
    }
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2);
    for file in files {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(6).any(|bytes| bytes == b"canary"), "{}", file.display());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "{}", file.display());
        }
    }
}

#[test]
fn a_connection_becomes_a_url_with_its_secret_beside_it() {
    let url = shared("session").store_url(Some(secret(CANARY))).unwrap();
    assert_eq!(format!("{url:?}"), "postgres://ann@db.example/keys");
    let StoreUrl::Postgres(login) = url else { panic!("it is PostgreSQL") };
    assert_eq!(login.password.unwrap().expose(), CANARY);
    let StoreUrl::Postgres(login) = shared("session").store_url(Some(secret(""))).unwrap() else {
        panic!("it is PostgreSQL")
    };
    assert!(login.password.is_none(), "an empty password is none");
}
