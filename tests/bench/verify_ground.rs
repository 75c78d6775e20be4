//! Grounds of the benchmarks of verification: stores with very many keys, whose plaintexts are known, and the servers
//! on them. Keys are written by SQL with a digest of no key and, where asked for, the true tag. Measures nothing.

use std::collections::HashSet;
use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use latchkey_core::id::{KeyId, SecretId};
use latchkey_core::key_format::KeyFormat;
use latchkey_core::operations::{KeysIssue, TenantsCreate};
use latchkey_core::tag::Pepper;
use latchkey_core::{Clock as _, PlaintextKey, Span, SystemClock};
use latchkey_store::{Store, StoreUrl};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use sqlx::{Connection, QueryBuilder, Sqlite, SqliteConnection};
use tempfile::TempDir;

use crate::processes::Program;
use crate::seed::{self, DIGEST};

/// Rows of one INSERT: below SQLite's limit for placeholders.
const ROWS: usize = 1000;
/// Keys that are issued by operations.
const REAL: usize = 32;
/// What the servers are told beyond the defaults: the load comes from one address, which may fail as often as it likes.
const CONFIGURATION: &str = "[verify]\nfailures_per_minute = 0\nfailures_event = 0\n";
/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_mins(2);

/// A store with keys.
pub struct Ground {
    folder: TempDir,
    /// Their plaintexts, in the order in which they were made. Without a pepper their digests are of no key.
    pub keys: Vec<PlaintextKey>,
    /// A few more that were issued as people do, with true digests.
    pub real: Vec<PlaintextKey>,
    peppered: bool,
}

/// A server that runs. Ends with its value.
pub struct Server {
    /// Its processes.
    pub program: Program,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its metrics are.
    pub metrics: SocketAddr,
}

struct Row {
    key: KeyId,
    secret: SecretId,
    number: usize,
    public_id: String,
    tag: Option<Vec<u8>>,
}

impl Ground {
    /// A store of one tenant with `count` keys; with their tags under a pepper, or without both.
    pub async fn with(count: usize, peppered: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = StoreUrl::Sqlite(folder.path().join("keys.db"));
        let mut randomness = StdRng::seed_from_u64(11);
        let pepper = Pepper::draw(&mut randomness);
        let now = SystemClock.now();
        let store = Store::create(&url, "sk", Arc::new(SystemClock)).await.unwrap();
        let request = json!({"slug": "acme", "name": "ACME Corp"});
        let tenant = seed::call::<TenantsCreate>(&store, request, now, &mut randomness).await.tenant.id;
        if peppered {
            store.use_pepper(pepper.clone());
        }
        let mut real = Vec::new();
        for number in 0..REAL {
            let request =
                json!({"tenant": "acme", "name": format!("real {number}"), "scopes": ["posts:read"]});
            let issued = seed::call::<KeysIssue>(&store, request, now, &mut randomness).await;
            real.push(issued.plaintext.unwrap());
        }
        store.close().await;
        let format = KeyFormat::with_head("sk_live_");
        let mut keys = Vec::with_capacity(count);
        let mut taken = HashSet::with_capacity(count);
        let rows = (0..count).map(|number| {
            // Of a million ids a few come twice; issuing draws again then.
            let (plaintext, public_id) = std::iter::repeat_with(|| format.draw(&mut randomness))
                .find(|(_, id)| taken.insert(id.to_string()))
                .unwrap();
            let tag = peppered.then(|| pepper.tag(&plaintext).as_bytes().to_vec());
            keys.push(plaintext);
            let (key, secret) = (KeyId::new(now, &mut randomness), SecretId::new(now, &mut randomness));
            Row { key, secret, number, public_id: public_id.to_string(), tag }
        });
        let rows: Vec<Row> = rows.collect();
        let database = format!("sqlite:{}", folder.path().join("keys.db").display());
        let mut connection = SqliteConnection::connect(&database).await.unwrap();
        insert(&mut connection, &tenant.to_string(), pepper.id().as_str(), &rows).await;
        connection.close().await.unwrap();
        if peppered {
            write_private(&folder.path().join("pepper"), &pepper.expose());
        }
        Self { folder, keys, real, peppered }
    }

    /// The real program on this store.
    pub fn serve(&self) -> Server {
        let (address, metrics) = (free(), free());
        let mut command = Command::new(program("LATCHKEY_CLI", "latchkey"));
        command.env("LATCHKEY_DATA_DIR", self.folder.path()).env("LATCHKEY_STORE", self.store());
        command.args(["serve", "--listen", &address.to_string(), "--metrics-listen", &metrics.to_string()]);
        let configuration = self.folder.path().join("latchkey.toml");
        std::fs::write(&configuration, CONFIGURATION).unwrap();
        command.arg("--config").arg(configuration);
        if self.peppered {
            command.arg("--pepper-file").arg(self.folder.path().join("pepper"));
        }
        Server { program: start(&mut command, address), address, metrics }
    }

    fn store(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("keys.db").display())
    }
}

/// A bare axum server of the same build that answers each request with a word.
pub fn hello() -> Server {
    let address = free();
    let mut command = Command::new(program("LATCHKEY_HELLO", "hello"));
    Server { program: start(command.arg(address.to_string()), address), address, metrics: address }
}

/// A program that a variable names, or that was built beside this one.
fn program(variable: &str, name: &str) -> PathBuf {
    std::env::var_os(variable)
        .map_or_else(|| std::env::current_exe().unwrap().with_file_name(name), PathBuf::from)
}

/// Starts a server and waits until it listens. What it prints is read and dropped.
pub fn start(command: &mut Command, address: SocketAddr) -> Program {
    let mut program = Program::start(command);
    let mut printed = program.child.stdout.take().unwrap();
    std::thread::spawn(move || {
        let mut piece = [0; 8192];
        while printed.read(&mut piece).is_ok_and(|count| count > 0) {}
    });
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(began.elapsed() < PATIENCE, "{command:?} does not listen");
        let ended = program.child.try_wait().unwrap();
        assert!(ended.is_none(), "{command:?} ended with {ended:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    program
}

/// An address on this computer where nobody listens.
pub fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

async fn insert(connection: &mut SqliteConnection, tenant: &str, pepper: &str, rows: &[Row]) {
    let created = SystemClock.now().as_millis() - Span::hours(1).as_millis();
    let mut transaction = connection.begin().await.unwrap();
    for rows in rows.chunks(ROWS) {
        let mut keys = QueryBuilder::<Sqlite>::new(
            "INSERT INTO keys (id, tenant_id, name, name_fold, notes, owner, environment, scopes, tags, ip, created_at, \
             created_by, updated_at, updated_by, version) ",
        );
        keys.push_values(rows, |mut values, row| {
            let name = format!("key {:07}", row.number);
            values.push_bind(row.key.to_string()).push_bind(tenant).push_bind(name.clone()).push_bind(name);
            values.push("'', '', 'live', '[\"posts:read\"]', '[]', '[]'");
            values.push_bind(created).push("'bench'").push_bind(created).push("'bench', 1");
        });
        keys.build().execute(&mut *transaction).await.unwrap();
        let mut secrets = QueryBuilder::<Sqlite>::new(
            "INSERT INTO secrets (id, key_id, ordinal, public_id, head, digest, tag, pepper_id, created_at, lapses_at, \
             grace_ms, next_expiry_chosen, confirmed_at) ",
        );
        secrets.push_values(rows, |mut values, row| {
            values.push_bind(row.secret.to_string()).push_bind(row.key.to_string()).push("1");
            values.push_bind(row.public_id.as_str()).push("'sk_live_'").push_bind(DIGEST);
            values.push_bind(row.tag.as_deref()).push_bind(row.tag.is_some().then_some(pepper));
            values.push_bind(created).push_bind(created + 900_000).push("0, 0").push_bind(created);
        });
        secrets.build().execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
}
