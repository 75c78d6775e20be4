//! A PostgreSQL database of a test's own, and a role with a password that owns it; reached with TLS, as
//! people reach a shared one. Knows no page.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use latchkey_core::SystemClock;
use latchkey_store::{Encryption, Password, PostgresLogin, PostgresPlace, Store, StoreUrl};
use rand::Rng as _;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use xtask::servers::postgres::Postgres;

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A database and who may open it.
#[derive(Clone)]
pub struct Database {
    /// The server as its owner reaches it, without a password: tests alone do.
    owner: String,
    /// The authority that signed the server's certificate.
    pub authority: PathBuf,
    /// The server's port, on this computer.
    pub port: u16,
    /// The database.
    pub name: String,
    /// The role that logs in; its owner is called as the database is.
    pub user: String,
    /// The role's password. It must be nowhere but in the keychain.
    pub password: String,
}

impl Database {
    /// An empty one on the server that all tests share.
    pub async fn new() -> Self {
        let told = |variable: &str| {
            std::env::var(variable).unwrap_or_else(|_| {
                panic!("{variable} is not set; `cargo xtask test` starts a server and sets it")
            })
        };
        let server = told("LATCHKEY_TEST_POSTGRES");
        Self::on(&server, Path::new(&told("LATCHKEY_TEST_POSTGRES_CA"))).await
    }

    /// An empty one on a server of the test's own.
    pub async fn on_cluster(cluster: &Postgres) -> Self {
        Self::on(&cluster.url(), &cluster.authority()).await
    }

    async fn on(server: &str, authority: &Path) -> Self {
        let number = DATABASES.fetch_add(1, Ordering::SeqCst);
        let name = format!("window_{}_{number}", std::process::id());
        let password = new_password();
        let url = url::Url::parse(server).unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        let database = Self {
            owner: format!("{base}/{name}"),
            authority: authority.to_owned(),
            port: url.port().unwrap_or(5432),
            name: name.clone(),
            user: name.clone(),
            password,
        };
        let role = format!("CREATE ROLE {name} LOGIN PASSWORD '{}'", database.password);
        run(server, &role).await;
        run(server, &format!("CREATE DATABASE {name} OWNER {name}")).await;
        database
    }

    /// The same with a store in it, made by its role, over TLS.
    pub async fn made() -> Self {
        let database = Self::new().await;
        database.make().await;
        database
    }

    /// Makes the store.
    pub async fn make(&self) {
        Store::create(&self.store_url(), "sk", Arc::new(SystemClock)).await.unwrap();
    }

    /// The same database as somebody else sees it: a role of its own that is in `group` and owns nothing.
    pub async fn with_another_login(&self, group: &str) -> Self {
        let (user, password) = (format!("{}_in_{group}", self.name), new_password());
        self.run(&format!("CREATE ROLE {user} LOGIN PASSWORD '{password}' IN ROLE {group}")).await;
        Self { user, password, ..self.clone() }
    }

    /// Where it lies, with what opens it.
    pub fn store_url(&self) -> StoreUrl {
        let place = PostgresPlace {
            host: "localhost".to_owned(),
            port: self.port,
            database: self.name.clone(),
            user: self.user.clone(),
            schema: "latchkey".to_owned(),
            encryption: Encryption::VerifyFull,
            ca_file: Some(self.authority.clone()),
            client_certificate: None,
            client_key: None,
        };
        let password = Some(Arc::new(Password::new(self.password.clone())));
        StoreUrl::Postgres(PostgresLogin { place, password })
    }

    /// What people paste, with the password in it.
    pub fn url(&self) -> String {
        let Self { name, user, password, port, .. } = self;
        format!("postgres://{user}:{password}@localhost:{port}/{name}")
    }

    /// For the command line, as the server's owner, who needs no password.
    pub fn owner_url(&self) -> String {
        format!("{}?sslmode=disable", self.owner)
    }

    /// The connection, as the page sends it to be saved.
    pub fn draft(&self, name: &str) -> Value {
        json!({
            "id": null, "name": name, "environment": "none", "keep": "keychain", "read_only": false,
            "lock_after_minutes": null, "kind": "postgres", "host": "localhost", "port": self.port,
            "database": self.name, "user": self.user, "schema": "latchkey", "encryption": "verify_full",
            "ca_file": self.authority, "client_certificate": null, "client_key": null,
        })
    }

    /// Runs statements as the server's owner.
    pub async fn run(&self, statements: &str) {
        run(&self.owner, statements).await;
    }

    /// What a query answers, as one text, asked as the server's owner.
    pub async fn ask(&self, query: &str) -> String {
        let mut connection = PgConnection::connect(&self.owner).await.unwrap();
        let query = sqlx::AssertSqlSafe(format!("SELECT ({query})::text"));
        let answer: Option<String> = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        answer.unwrap_or_default()
    }
}

/// One that occurs nowhere else.
fn new_password() -> String {
    let mut bytes = [0; 16];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    format!("canary-{:032x}", u128::from_be_bytes(bytes))
}

async fn run(server: &str, statements: &str) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
