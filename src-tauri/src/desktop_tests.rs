//! The desktop without a window: which store stands, going from one to another, saved connections, read-only, the
//! lock. Over real files; what speaks PostgreSQL is the window tests' business. Draws nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use latchkey_connections::{ConnectionId, Connections, Credentials, DataFolder};
use latchkey_core::operations::NAMES;
use latchkey_core::time::ManualClock;
use latchkey_core::{Effect, ErrorCode, Span};
use latchkey_store::{Store, StoreUrl};
use serde_json::{Value, json};

use super::Desktop;
use crate::clipboard_thread::ClipboardThread;
use crate::desk::Desk;
use crate::idle::Idle;
use crate::journal::{Journal, tests::folder};
use crate::logins::{Given, Logins};
use crate::place::PlaceId;
use crate::saving::Draft;
use crate::settings::SettingsFile;
use crate::stores::{Around, Stores};

/// A password that must be found nowhere.
pub const CANARY: &str = "canary-pa55word";

pub struct Room {
    pub desktop: Arc<Desktop>,
    clock: Arc<ManualClock>,
    titles: Arc<Mutex<Vec<String>>>,
    pub data: DataFolder,
    folder: tempfile::TempDir,
}

pub fn room() -> Room {
    let (outer, data) = folder();
    started(outer, data)
}

/// The program as it starts over what is in the folder.
fn started(outer: tempfile::TempDir, data: DataFolder) -> Room {
    let clock = Arc::new(ManualClock::at("2026-11-21T10:00:00Z".parse().unwrap()));
    let settings = Arc::new(SettingsFile::read(&data));
    let desk = Arc::new(Desk::new("ann".into(), Journal::open(&data).unwrap(), clock.clone()));
    let logins = Logins { connections: Connections::open(&data), credentials: Credentials::new(&data) };
    let titles = Arc::new(Mutex::new(Vec::new()));
    let (told, leaving) = (titles.clone(), desk.clone());
    let around = Around {
        tell: Box::new(move |title| told.lock().unwrap().push(title.to_owned())),
        leave: Box::new(move || leaving.leave()),
    };
    let stores = Stores::new(data.clone(), settings.clone(), clock.clone(), logins, around);
    let clipboard = ClipboardThread::start(clock.clone(), Box::new(|_, _| {})).unwrap();
    let idle = Idle::new("2026-11-21T10:00:00Z".parse().unwrap());
    let desktop = Arc::new(Desktop { desk, stores, clipboard, settings, idle });
    Room { desktop, clock, titles, data, folder: outer }
}

impl Room {
    async fn restarted(self) -> Self {
        self.desktop.stores.close_to_the_end().await.unwrap();
        let again = started(self.folder, self.data);
        again.desktop.stores.prepare();
        again
    }

    pub fn state(&self) -> Value {
        serde_json::to_value(self.desktop.stores.state()).unwrap()
    }

    fn title(&self) -> String {
        self.titles.lock().unwrap().last().unwrap().clone()
    }

    /// Saves a connection with these fields.
    async fn saved(&self, fields: Value) -> ConnectionId {
        let connection = draft(&fields).read().unwrap();
        self.desktop.stores.logins.save(connection.clone()).await.unwrap();
        connection.id
    }

    /// A store in a file and a saved connection that leads there.
    pub async fn file(&self, name: &str, more: Value) -> ConnectionId {
        let path = self.data.path(&format!("{name}.db"));
        let store = Store::create(&StoreUrl::Sqlite(path.clone()), "acme", self.clock.clone()).await.unwrap();
        store.close().await;
        let mut fields = json!({ "name": name, "kind": "local", "path": path });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.saved(fields).await
    }

    async fn connect(&self, id: ConnectionId) -> Result<(), latchkey_core::AdminError> {
        self.desktop.stores.connect(PlaceId::Connection(id), &Given::Nothing).await
    }

    async fn issue(&self) -> Value {
        let tenant = json!({ "name": "ACME", "slug": "acme" });
        self.desktop.perform("tenants.create", tenant, None).await.unwrap();
        let key = json!({ "tenant": "acme", "name": "n8n", "scopes": ["posts:read"] });
        self.desktop.perform("keys.issue", key, None).await.unwrap()
    }
}

pub fn draft(fields: &Value) -> Draft {
    let mut whole = json!({
        "id": null, "environment": "none", "keep": "session", "read_only": false, "lock_after_minutes": null,
    });
    whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

pub fn postgres(name: &str, host: &str, port: u16) -> Value {
    json!({
        "name": name, "kind": "postgres", "host": host, "port": port, "database": "keys", "user": "dana",
        "schema": "latchkey", "encryption": "off",
    })
}

#[tokio::test]
async fn a_first_start_opens_nothing_and_the_next_one_what_was_open() {
    let room = room();
    room.desktop.stores.prepare();
    assert_eq!((&room.state()["state"], &room.state()["kind"]), (&json!("none"), &json!("local")));
    assert_eq!(room.desktop.stores.current().err().unwrap().code, ErrorCode::StoreUnusable);
    room.desktop.stores.make_local(Some("acme")).await.unwrap();
    assert_eq!((&room.state()["state"], &room.state()["name"]), (&json!("open"), &json!("Local keys")));
    assert!(room.state()["engine"].as_str().unwrap().starts_with("SQLite "));
    assert_eq!(room.desktop.stores.make_local(None).await.unwrap_err().code, ErrorCode::StoreUnusable);
    let billing = room.file("Billing", json!({ "environment": "production" })).await;
    room.connect(billing).await.unwrap();
    assert_eq!(room.title(), "Latchkey, Billing (production)");

    let room = room.restarted().await;
    assert_eq!((&room.state()["state"], &room.state()["name"]), (&json!("opening"), &json!("Billing")));
    assert_eq!(room.desktop.stores.current().err().unwrap().code, ErrorCode::Busy);
    room.desktop.stores.reopen().await;
    let state = room.state();
    assert_eq!((&state["state"], &state["kind"]), (&json!("open"), &json!("connection")));
    assert_eq!(state["connection"]["id"], billing.to_string());
    assert_eq!((&state["environment"], &state["read_only"]), (&json!("production"), &Value::Null));
    room.desktop.stores.close().unwrap();
    assert_eq!((room.title().as_str(), &room.state()["state"]), ("Latchkey", &json!("none")));
}

#[tokio::test]
async fn a_start_asks_for_nothing_and_says_what_is_missing_at_the_connection() {
    let room = room();
    let id = room.saved(postgres("Platform", "db.invalid", 5432)).await;
    room.desktop.settings.change(|settings| settings.last_store = Some(PlaceId::Connection(id)));
    let room = room.restarted().await;
    room.desktop.stores.reopen().await;
    let state = room.state();
    assert_eq!((&state["state"], &state["name"]), (&json!("failed"), &json!("Platform")));
    assert_eq!(state["path"], "dana@db.invalid/keys");
    assert_eq!(
        (&state["error"]["code"], &state["error"]["field"]),
        (&json!("credential_needed"), &json!("password"))
    );
}

#[tokio::test]
async fn a_connection_that_is_gone_or_unreadable_at_the_start_leaves_the_start_page() {
    let room = room();
    room.desktop.settings.change(|settings| {
        settings.last_store = Some(PlaceId::Connection(ConnectionId::random()));
    });
    std::fs::write(room.data.path("connections.json"), "{ half").unwrap();
    let room = room.restarted().await;
    room.desktop.stores.reopen().await;
    assert_eq!(room.state()["state"], "none");
    let listed = serde_json::to_value(room.desktop.stores.logins.list()).unwrap();
    assert_eq!(listed["file"]["state"], "damaged");
    assert_eq!(std::fs::read_to_string(room.data.path("connections.json")).unwrap(), "{ half");
}

#[tokio::test]
async fn read_only_refuses_every_operation_that_changes_anything_before_it_is_read() {
    let room = room();
    let id = room.file("Look", json!({ "read_only": true })).await;
    room.connect(id).await.unwrap();
    assert_eq!(room.state()["read_only"], "This connection is read-only.");
    let mut refused = 0;
    for name in NAMES {
        let error = room.desktop.perform(name, json!({}), None).await;
        let is_read_only = error.is_err_and(|error| error.code == ErrorCode::ReadOnly);
        let reads = room.desktop.desk.effect_of(name) == Some(Effect::Reads);
        assert_eq!(is_read_only, !reads, "{name}");
        refused += usize::from(is_read_only);
    }
    assert!(refused > 10);
    let error = room.desktop.stores.set_up(id, "acme").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReadOnly);
    assert_eq!(room.desktop.stores.migrate(id).await.unwrap_err().code, ErrorCode::ReadOnly);
}

#[tokio::test]
async fn an_open_connection_that_is_made_read_only_is_so_at_once() {
    let room = room();
    let id = room.file("Billing", json!({})).await;
    room.connect(id).await.unwrap();
    let mut connection = room.desktop.stores.logins.saved(id).unwrap();
    connection.read_only = true;
    connection.name = "Invoices".into();
    room.desktop.stores.renamed(&connection);
    let error = room.desktop.perform("tenants.create", json!({ "name": "ACME" }), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ReadOnly);
    assert_eq!(room.title(), "Latchkey, Invoices");
}

#[tokio::test]
async fn a_store_is_not_left_while_a_key_of_it_waits() {
    let room = room();
    let other = room.file("Other", json!({})).await;
    room.desktop.stores.make_local(Some("acme")).await.unwrap();
    let handle = room.issue().await["reveal"]["handle"].as_str().unwrap().to_owned();
    assert_eq!(room.connect(other).await.unwrap_err().code, ErrorCode::SecretUnconfirmed);
    assert_eq!(room.desktop.stores.close().unwrap_err().code, ErrorCode::SecretUnconfirmed);
    assert_eq!(room.state()["kind"], "local");
    room.desktop.confirm(&handle).await.unwrap();
    room.connect(other).await.unwrap();
    assert_eq!(room.state()["name"], "Other");
}

#[tokio::test]
async fn a_locked_window_performs_nothing_and_unlocks_to_the_same_store() {
    let room = room();
    let id = room.file("Billing", json!({ "environment": "production" })).await;
    room.connect(id).await.unwrap();
    room.desktop
        .stores
        .logins
        .credentials
        .remember(id, Arc::new(latchkey_store::Password::new(CANARY.into())));
    room.desktop.lock();
    assert_eq!((room.title().as_str(), &room.state()["state"]), ("Latchkey", &json!("locked")));
    for name in NAMES {
        let error = room.desktop.perform(name, json!({}), None).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Locked, "{name}");
    }
    let file = room.data.path("Billing.db");
    std::fs::rename(&file, room.data.path("away.db")).unwrap();
    assert_eq!(room.desktop.stores.unlock(&Given::Nothing).await.unwrap_err().code, ErrorCode::StoreEmpty);
    assert_eq!(room.state()["state"], "locked", "what cannot be opened stays locked");
    std::fs::rename(room.data.path("away.db"), file).unwrap();
    room.desktop.stores.unlock(&Given::Nothing).await.unwrap();
    assert_eq!((&room.state()["state"], &room.state()["name"]), (&json!("open"), &json!("Billing")));
}

#[tokio::test]
async fn an_idle_window_locks_and_a_key_on_the_screen_is_wiped_and_not_forgotten() {
    let room = room();
    let id = room.file("Billing", json!({ "lock_after_minutes": 5 })).await;
    room.connect(id).await.unwrap();
    room.issue().await;
    room.clock.advance(Span::minutes(4));
    room.desktop.tick();
    assert_eq!(room.state()["state"], "open");
    room.desktop.idle.begin_anew(room.desktop.desk.now());
    room.clock.advance(Span::minutes(4));
    room.desktop.perform("changes.since", json!({ "revision": 0 }), None).await.unwrap();
    room.desktop.perform("tenants.list", json!({}), None).await.unwrap();
    room.clock.advance(Span::minutes(1));
    room.desktop.tick();
    assert_eq!(room.state()["state"], "locked", "reading is no sign of a person");
    assert!(!room.desktop.desk.slot.is_guarded(room.desktop.desk.now()));
    room.desktop.stores.unlock(&Given::Nothing).await.unwrap();
    let unsaved = room.desktop.desk.unsaved(&room.desktop.stores.current().unwrap()).await;
    assert_eq!(unsaved.len(), 1, "a new secret is offered");
}

#[tokio::test]
async fn whoever_gives_up_gets_the_start_page_and_nothing_opens_late() {
    let room = room();
    // Takes the connection and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let id = room.saved(postgres("Silent", "127.0.0.1", silent.local_addr().unwrap().port())).await;
    let desktop = Arc::clone(&room.desktop);
    let opening =
        tokio::spawn(async move { desktop.stores.connect(PlaceId::Connection(id), &Given::NoSecret).await });
    let (_line, _) = silent.accept().await.unwrap();
    room.desktop.stores.cancel();
    let error = opening.await.unwrap().unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::Busy, "Cancelled."));
    assert_eq!(room.state()["state"], "none");

    room.desktop.settings.change(|settings| settings.last_store = Some(PlaceId::Connection(id)));
    let room = room.restarted().await;
    let desktop = Arc::clone(&room.desktop);
    let reopening = tokio::spawn(async move { desktop.stores.reopen().await });
    let (_line, _) = silent.accept().await.unwrap();
    room.desktop.stores.settled(Duration::from_millis(1)).await;
    assert_eq!(room.state()["state"], "opening", "a slow store is told to be on its way");
    room.desktop.stores.cancel();
    reopening.await.unwrap();
    assert_eq!(room.state()["state"], "none");
}

#[tokio::test]
async fn an_opening_that_is_given_up_for_something_that_fails_at_once_is_not_told_for_ever() {
    let room = room();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let id = room.saved(postgres("Silent", "127.0.0.1", silent.local_addr().unwrap().port())).await;
    room.desktop.settings.change(|settings| settings.last_store = Some(PlaceId::Connection(id)));
    let room = room.restarted().await;
    let desktop = Arc::clone(&room.desktop);
    let reopening = tokio::spawn(async move { desktop.stores.reopen().await });
    let (_line, _) = silent.accept().await.unwrap();
    assert_eq!(room.connect(ConnectionId::random()).await.unwrap_err().code, ErrorCode::NotFound);
    reopening.await.unwrap();
    assert_eq!(room.state()["state"], "none");
}

#[tokio::test]
async fn what_was_typed_before_the_lock_is_forgotten_though_it_was_still_on_its_way() {
    let room = room();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let id = room.saved(postgres("Silent", "127.0.0.1", silent.local_addr().unwrap().port())).await;
    let connection = room.desktop.stores.logins.saved(id).unwrap();
    let desktop = Arc::clone(&room.desktop);
    let opening = tokio::spawn(async move {
        let given = Given::field(Some(CANARY.into()));
        desktop.stores.connect(PlaceId::Connection(id), &given).await
    });
    let (_line, _) = silent.accept().await.unwrap();
    let (desktop, tried) = (Arc::clone(&room.desktop), connection.clone());
    let testing = tokio::spawn(async move { desktop.stores.test(tried, &Given::NoSecret).await });
    let (_line, _) = silent.accept().await.unwrap();
    room.desktop.lock();
    assert_eq!(opening.await.unwrap().unwrap_err().message, "Cancelled.");
    assert_eq!(testing.await.unwrap().unwrap_err().message, "Cancelled.");
    assert!(room.desktop.stores.logins.credentials.get(&connection).await.unwrap().is_none());
}

#[tokio::test]
async fn a_password_that_is_missing_leaves_the_open_store_alone_and_a_real_failure_does_not() {
    let room = room();
    room.desktop.stores.make_local(Some("acme")).await.unwrap();
    let far = room.saved(postgres("Far", "db.invalid", 5432)).await;
    assert_eq!(room.connect(far).await.unwrap_err().code, ErrorCode::CredentialNeeded);
    assert_eq!((&room.state()["state"], &room.state()["kind"]), (&json!("open"), &json!("local")));
    let gone =
        room.saved(json!({ "name": "Gone", "kind": "local", "path": room.data.path("gone.db") })).await;
    assert_eq!(room.connect(gone).await.unwrap_err().code, ErrorCode::StoreEmpty);
    assert_eq!((&room.state()["state"], &room.state()["name"]), (&json!("failed"), &json!("Gone")));
    assert!(!room.data.path("gone.db").exists(), "nothing is made unasked");
    let found = room.desktop.stores.look(gone).await.unwrap();
    assert_eq!(found.schema_version, None);
    room.desktop.stores.set_up(gone, "acme").await.unwrap();
    assert_eq!((&room.state()["state"], &room.state()["name"]), (&json!("open"), &json!("Gone")));
}

#[tokio::test]
async fn a_password_reaches_neither_the_log_nor_an_error() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let room = room();
    // Nobody listens there any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let id = room.saved(postgres("Platform", "127.0.0.1", port)).await;
    let given = Given::field(Some(CANARY.into()));
    let error = room.desktop.stores.connect(PlaceId::Connection(id), &given).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unreachable);
    assert!(!format!("{error:?} {}", room.state()).contains(CANARY));
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("the store cannot be opened"), "{logged}");
    assert!(!logged.contains(CANARY));
}
