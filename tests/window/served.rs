//! A Latchkey server of a test's own, on a store in a file and in a runtime of its own, so that nothing a test waits
//! for keeps it from answering. Its operators are made past it, in the store. Knows no page.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use latchkey_core::id::{KeyId, RequestId};
use latchkey_core::operation::{Minted, read_request};
use latchkey_core::operations::{Issued, OperatorsCreate};
use latchkey_core::{Call, Caller, Clock as _, Operation, Perform, Source, SystemClock};
use latchkey_server::{Serving, Settings, TlsFiles, serve};
use latchkey_store::{Store, StoreUrl};
use latchkey_verify::{Question, Verifier};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use xtask::certificates::{Authority, for_server};

use super::desk::Desk;
use super::session::Session;

/// A server and its store; both end with this value.
pub struct Served {
    /// Where it listens, on this computer.
    pub port: u16,
    /// The authority that signed its certificate, where it has one.
    pub authority: Option<PathBuf>,
    settings: Settings,
    serving: Option<Serving>,
    verifier: Verifier,
    store: Store,
    runtime: Option<Runtime>,
    folder: TempDir,
}

/// An operator, as its tests know it.
pub struct Operator {
    /// Its key.
    pub id: KeyId,
    /// What it signs in with.
    pub token: String,
}

impl Served {
    /// One without TLS, as programs on this computer may ask it.
    pub async fn plain() -> Self {
        Self::start(false).await
    }

    /// One with TLS, whose authority only a CA file makes known.
    pub async fn encrypted() -> Self {
        Self::start(true).await
    }

    async fn start(encrypted: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut settings = Settings { listen, ..Settings::default() };
        let mut authority = None;
        if encrypted {
            let signs = Authority::new("Latchkey's tests").unwrap();
            let identity = signs.sign(&for_server(&["localhost", "127.0.0.1"]).unwrap()).unwrap();
            let file = |name: &str, text: &str| {
                let path = folder.path().join(name);
                fs::write(&path, text).unwrap();
                path
            };
            settings.tls = Some(TlsFiles {
                certificate: file("server.pem", &identity.certificate),
                key: file("server.key", &identity.key),
            });
            authority = Some(file("authority.pem", signs.pem()));
        }
        let url = StoreUrl::Sqlite(folder.path().join("keys.db"));
        let set = settings.clone();
        let starting = runtime.spawn(async move {
            let store = Store::create(&url, "sk", Arc::new(SystemClock)).await.unwrap();
            let serving = serve(store.clone(), Arc::new(SystemClock), set).await.unwrap();
            (store, serving)
        });
        let (store, serving) = starting.await.unwrap();
        let verifier = serving.verifier.clone();
        let (serving, runtime) = (Some(serving), Some(runtime));
        Self { port, authority, settings, serving, verifier, store, runtime, folder }
    }

    /// Stops it; its store stays.
    pub async fn stop(&mut self) {
        if let Some(serving) = self.serving.take() {
            self.inside(serving.stop()).await;
        }
    }

    /// Starts it again where it was.
    pub async fn start_again(&mut self) {
        let starting = serve(self.store.clone(), Arc::new(SystemClock), self.settings.clone());
        let serving = self.inside(starting).await.unwrap();
        self.verifier = serving.verifier.clone();
        self.serving = Some(serving);
    }

    /// The store behind it, for the command line.
    pub fn store_url(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("keys.db").display())
    }

    /// A desk in a session of its own, with an unlocked keyring; its command line works on the store behind the
    /// server.
    pub fn desk_beside(&self) -> Desk {
        Desk::in_session(Session::unlocked()).beside(&self.store_url())
    }

    /// What people enter as its address.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://localhost:{}", self.port)
    }

    /// The connection, as the page sends it to be saved.
    pub fn draft(&self, name: &str) -> Value {
        json!({
            "id": null, "name": name, "environment": "none", "keep": "keychain", "read_only": false,
            "lock_after_minutes": null, "kind": "server", "url": self.url(), "ca_file": self.authority,
        })
    }

    /// Makes an operator whose token ends in `expires`: `never`, `7d`.
    pub async fn operator(&self, name: &str, role: &str, expires: &str) -> Operator {
        let request = json!({ "name": name, "role": role, "expires": expires });
        let Minted { value: Issued { key }, plaintext } = self.perform::<OperatorsCreate>(request).await;
        Operator { id: key.id, token: plaintext.unwrap().expose().to_owned() }
    }

    /// Performs an operation in the store, past the server, as whoever looks after it; the server knows of it then.
    pub async fn perform<O: Operation>(&self, request: Value) -> O::Answer
    where
        Store: Perform<O>,
    {
        let operation: O = read_request(request).unwrap();
        let caller = Caller::with_the_store("keeper", Source::Cli);
        let request_id = RequestId::new(SystemClock.now(), &mut UnwrapErr(SysRng));
        let store = self.store.clone();
        let call = Call { operation, caller, request_id, idempotency_key: None };
        let answer = self.inside(async move { store.perform(call).await }).await.unwrap();
        // What was done past the server it hears of in a moment; no test is about that moment.
        if self.serving.is_some() {
            let verifier = self.verifier.clone();
            self.inside(async move { verifier.catch_up().await }).await.unwrap();
        }
        answer
    }

    /// Whether the server, asked by a service, takes a key.
    pub async fn accepts(&self, key: &str) -> bool {
        let (verifier, key) = (self.verifier.clone(), key.to_owned());
        let asking = async move { verifier.verify(&key, &Question::default(), None).await };
        self.inside(asking).await.unwrap().is_valid()
    }

    async fn inside<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        self.runtime.as_ref().unwrap().spawn(work).await.unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A test's own runtime must not wait for another.
            runtime.shutdown_background();
        }
    }
}
