//! The keychain without one: the library's own mock, and a platform that a test can break or stop. What real
//! keyrings do is in `window`.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyring_core::{CredentialStore, Entry, Error, mock};
use latchkey_store::Password;

use super::Keychain;
use super::platform::Platform;
use super::worker::Worker;
use crate::connection::{Connection, ConnectionId};
use crate::keychain_state::{KeychainState, KeychainWords};

/// A platform over one mock store. What `broken` holds is what making the store fails with, first to last.
struct Mock {
    store: Arc<mock::Store>,
    broken: Arc<Mutex<VecDeque<Error>>>,
    looks: KeychainState,
    gate: Option<Mutex<Receiver<()>>>,
}

impl Platform for Mock {
    fn store(&self) -> keyring_core::Result<Arc<CredentialStore>> {
        if let Some(gate) = &self.gate {
            gate.lock().unwrap().recv().unwrap();
        }
        match self.broken.lock().unwrap().pop_front() {
            Some(error) => Err(error),
            None => Ok(Arc::clone(&self.store) as Arc<CredentialStore>),
        }
    }

    fn look(&self) -> KeychainWords {
        KeychainWords::of(self.looks)
    }

    fn unlock(&self) -> keyring_core::Result<()> {
        Err(Error::NoStorageAccess("dismissed".into()))
    }

    fn modifiers<'a>(&self, _label: &'a str) -> HashMap<&'a str, &'a str> {
        HashMap::new()
    }

    fn relabel(&self, _entry: &Entry, _label: &str) -> keyring_core::Result<()> {
        Ok(())
    }

    fn state_of(&self, error: &(dyn std::error::Error + 'static)) -> KeychainState {
        match error.to_string().as_str() {
            "dismissed" => KeychainState::PromptDismissed,
            "no service" => KeychainState::NoService,
            _ => KeychainState::Failed,
        }
    }
}

fn mock(looks: KeychainState) -> (Mock, Arc<mock::Store>, Arc<Mutex<VecDeque<Error>>>) {
    let store = mock::Store::new().unwrap();
    let broken = Arc::new(Mutex::new(VecDeque::new()));
    let platform = Mock { store: Arc::clone(&store), broken: Arc::clone(&broken), looks, gate: None };
    (platform, store, broken)
}

/// A keychain that answers.
pub(crate) fn a_keychain() -> Keychain {
    Keychain::over(Box::new(mock(KeychainState::Available).0))
}

/// A keychain without its service.
pub(crate) fn a_keychain_without_service() -> Keychain {
    let (platform, _, broken) = mock(KeychainState::NoService);
    let error = || Error::PlatformFailure("no service".into());
    broken.lock().unwrap().extend(std::iter::repeat_with(error).take(20));
    Keychain::over(Box::new(platform))
}

fn connection() -> Connection {
    let id = ConnectionId::random();
    let json =
        serde_json::json!({"id": id, "name": "Mine", "kind": "server", "url": "https://keys.example.com"});
    serde_json::from_value(json).unwrap()
}

fn secret(text: &str) -> Arc<Password> {
    Arc::new(Password::new(text.to_owned()))
}

fn fail_next(store: &mock::Store, id: ConnectionId, error: Error) {
    use keyring_core::api::CredentialStoreApi;
    let entry = store.build("dev.latchkey", &id.to_string(), None).unwrap();
    entry.as_any().downcast_ref::<mock::Cred>().unwrap().set_error(error);
}

async fn state_of_get(keychain: &Keychain, id: ConnectionId) -> KeychainState {
    keychain.get(id).await.err().expect("it fails").state
}

#[tokio::test]
async fn what_is_kept_is_found_until_it_is_removed() {
    let (platform, _, _) = mock(KeychainState::Available);
    let keychain = Keychain::over(Box::new(platform));
    let connection = connection();
    assert_eq!(state_of_get(&keychain, connection.id).await, KeychainState::EntryGone);
    keychain.set(&connection, secret("können")).await.unwrap();
    assert_eq!(keychain.get(connection.id).await.ok().unwrap().expose(), "können");
    keychain.remove(connection.id).await.unwrap();
    keychain.remove(connection.id).await.unwrap();
    assert_eq!(state_of_get(&keychain, connection.id).await, KeychainState::EntryGone);
}

#[tokio::test]
async fn each_error_of_the_library_has_its_state() {
    let (platform, store, _) = mock(KeychainState::Available);
    let keychain = Keychain::over(Box::new(platform));
    let id = ConnectionId::random();
    for (error, state) in [
        (Error::NoEntry, KeychainState::EntryGone),
        (Error::Ambiguous(Vec::new()), KeychainState::Ambiguous),
        (Error::NoDefaultStore, KeychainState::NoService),
        (Error::NoStorageAccess("no service".into()), KeychainState::NoService),
        (Error::NoStorageAccess("else".into()), KeychainState::Failed),
        (Error::BadEncoding(vec![0xff]), KeychainState::Failed),
        (Error::TooLong("secret".to_owned(), 2560), KeychainState::Failed),
        (Error::NotSupportedByStore("it".to_owned()), KeychainState::Failed),
        // Faster than a person: nobody was asked.
        (Error::NoStorageAccess("dismissed".into()), KeychainState::Locked),
    ] {
        let shown = error.to_string();
        fail_next(&store, id, error);
        assert_eq!(state_of_get(&keychain, id).await, state, "{shown}");
    }
}

#[tokio::test]
async fn what_is_not_text_is_told_and_not_shown() {
    let (platform, store, _) = mock(KeychainState::Available);
    let keychain = Keychain::over(Box::new(platform));
    let connection = connection();
    keychain.set(&connection, secret("old")).await.unwrap();
    {
        use keyring_core::api::CredentialStoreApi;
        let entry = store.build("dev.latchkey", &connection.id.to_string(), None).unwrap();
        entry.set_secret(b"canary\xff").unwrap();
    }
    let words = keychain.get(connection.id).await.err().unwrap();
    assert!(words.message.contains("not text") && !words.message.contains("canary"));
}

#[tokio::test]
async fn nothing_found_in_a_keychain_that_is_not_there_is_not_a_lost_entry() {
    for looks in [KeychainState::NoDefaultCollection, KeychainState::Locked] {
        let (platform, _, _) = mock(looks);
        let keychain = Keychain::over(Box::new(platform));
        assert_eq!(state_of_get(&keychain, ConnectionId::random()).await, looks);
    }
}

#[tokio::test]
async fn a_service_that_comes_later_is_found_without_a_restart() {
    let (platform, _, broken) = mock(KeychainState::Available);
    let keychain = Keychain::over(Box::new(platform));
    let connection = connection();
    broken.lock().unwrap().push_back(Error::PlatformFailure("no service".into()));
    assert_eq!(state_of_get(&keychain, connection.id).await, KeychainState::NoService);
    keychain.set(&connection, secret("now")).await.unwrap();
    assert_eq!(keychain.get(connection.id).await.ok().unwrap().expose(), "now");
}

#[tokio::test]
async fn a_service_that_was_restarted_is_asked_once_more() {
    let (platform, store, _) = mock(KeychainState::Available);
    let keychain = Keychain::over(Box::new(platform));
    let connection = connection();
    keychain.set(&connection, secret("kept")).await.unwrap();
    fail_next(&store, connection.id, Error::PlatformFailure("no such session".into()));
    assert_eq!(keychain.get(connection.id).await.ok().unwrap().expose(), "kept");
}

#[tokio::test]
async fn retry_unlocks_what_is_locked_and_says_what_came_of_it() {
    for (looks, after) in [
        (KeychainState::Available, KeychainState::Available),
        (KeychainState::NoService, KeychainState::NoService),
        (KeychainState::Locked, KeychainState::Locked),
    ] {
        let (platform, _, _) = mock(looks);
        let keychain = Keychain::over(Box::new(platform));
        assert_eq!(keychain.state().await.state, looks);
        assert_eq!(keychain.retry().await.state, after);
    }
}

fn stopped() -> (Keychain, Sender<()>) {
    let (opens, gate) = channel();
    let (mut platform, _, _) = mock(KeychainState::Available);
    platform.gate = Some(Mutex::new(gate));
    let short = Duration::from_millis(100);
    (Keychain { worker: Worker::new(Box::new(platform), short, short) }, opens)
}

#[tokio::test]
async fn a_call_that_waits_for_a_person_does_not_hold_up_the_next_one() {
    let (keychain, opens) = stopped();
    let id = ConnectionId::random();
    let waits = keychain.get(id).await.err().unwrap();
    assert_eq!((waits.state, waits.action), (KeychainState::Locked, Some("Try again")));
    assert!(waits.message.contains("waits for its prompt"));
    assert_eq!(keychain.get(id).await.err(), Some(waits.clone()));
    assert_eq!(keychain.state().await, waits);
    opens.send(()).unwrap();
    let connection = connection();
    keychain.set(&connection, secret("later")).await.unwrap();
    assert_eq!(keychain.get(connection.id).await.ok().unwrap().expose(), "later");
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_not_made() {
    let (keychain, opens) = stopped();
    let connection = connection();
    assert!(keychain.get(connection.id).await.is_err());
    // Given up on before its turn came.
    assert!(keychain.set(&connection, secret("unwanted")).await.is_err());
    opens.send(()).unwrap();
    assert_eq!(state_of_get(&keychain, connection.id).await, KeychainState::EntryGone);
}
