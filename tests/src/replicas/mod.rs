//! Several servers on one store, each a program of its own, by the computer's clock: who administers them, who asks
//! them about keys, and how long a change takes from one to the other. Holds no test.

mod asker;
mod change;
mod delays;
mod program;
#[allow(dead_code)] // whoever tests the server itself needs more of it
#[path = "../../server/raw.rs"]
mod raw;

use std::process::Command;

use latchkey_client::{Client, ServerAddress};
use latchkey_core::id::RequestId;
use latchkey_core::operation::{Minted, read_request};
use latchkey_core::operations::{Issued, KeyDetails, KeysIssue, TenantsCreate};
use latchkey_core::{AdminError, Call, Caller, Clock, Operation, Perform, PlaintextKey, Source, SystemClock};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use serde_json::{Value, json};
use tempfile::TempDir;

pub use asker::{Asker, Said};
pub use change::Change;
pub use delays::Delays;
pub use program::{Replica, latchkey};

/// A store with one operator, on which servers are started.
pub struct Ground {
    /// A folder of its own.
    pub folder: TempDir,
    /// The store's URL.
    pub store: String,
    token: PlaintextKey,
}

/// Whoever administers through one server.
pub struct Admin(Client);

impl Ground {
    /// On a new SQLite file.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("keys.db").display());
        Self::on(folder, store)
    }

    /// In a new database of the server that `LATCHKEY_TEST_POSTGRES` names.
    pub async fn postgres() -> Self {
        Self::in_database(crate::new_database().await)
    }

    /// In a database that is empty.
    #[must_use]
    pub fn in_database(store: String) -> Self {
        Self::on(tempfile::tempdir().unwrap(), store)
    }

    fn on(folder: TempDir, store: String) -> Self {
        let made = latchkey(folder.path(), &store).args(["init", "--operator", "dana"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let token = String::from_utf8(made.stdout).unwrap().trim_end().to_owned();
        assert!(token.starts_with("lka_"), "the operator's token alone comes out");
        Self { folder, store, token: PlaintextKey::new(token) }
    }

    /// A server on it.
    #[must_use]
    pub fn serve(&self) -> Replica {
        self.serve_told(&self.store, "", |_| {})
    }

    /// A server that reaches the store in another way, with more in the table `[verify]` of its configuration, and
    /// with more said about how the program is started.
    pub fn serve_told(&self, store: &str, verify: &str, tell: impl FnOnce(&mut Command)) -> Replica {
        let number = std::fs::read_dir(self.folder.path()).unwrap().count();
        let file = self.folder.path().join(format!("server-{number}.toml"));
        // All of a test's requests come from one address.
        std::fs::write(&file, format!("[verify]\nfailures_per_minute = 0\n{verify}\n")).unwrap();
        let mut command = latchkey(self.folder.path(), store);
        command.args(["serve", "--config"]).arg(file);
        tell(&mut command);
        Replica::start(command)
    }

    /// The operator, through this server.
    #[must_use]
    pub fn admin(&self, server: &Replica) -> Admin {
        let address = ServerAddress::read(&format!("http://{}", server.address), None).unwrap();
        let token = PlaintextKey::new(self.token.expose().to_owned());
        Admin(Client::new(address, token, Source::Cli).unwrap())
    }
}

impl Admin {
    /// Performs an operation read from JSON.
    ///
    /// # Errors
    /// As the operation.
    pub async fn call<O: Operation>(&self, request: Value) -> Result<O::Answer, AdminError> {
        let operation: O = read_request(request)?;
        let caller = Caller::with_the_store("dana", Source::Cli);
        let request_id = RequestId::new(SystemClock.now(), &mut UnwrapErr(SysRng));
        self.0.perform(Call { operation, caller, request_id, idempotency_key: None }).await
    }

    /// A tenant with this slug.
    pub async fn tenant(&self, slug: &str) {
        self.call::<TenantsCreate>(json!({"slug": slug, "name": slug})).await.unwrap();
    }

    /// A key as asked for, confirmed where nothing else is said.
    pub async fn issue(&self, request: Value) -> (KeyDetails, PlaintextKey) {
        let Minted { value: Issued { key }, plaintext } = self.call::<KeysIssue>(request).await.unwrap();
        (key, plaintext.expect("a new key comes with its plaintext"))
    }
}
