//! A real PostgreSQL with TLS and SCRAM: a verified line is let in, with a password and with a client's
//! certificate, and each thing that is wrong about a login has words of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use latchkey_core::time::ManualClock;
use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::{Encryption, Password, PostgresLogin, PostgresPlace, Store, StoreUrl};
use latchkey_tests::{START, new_database};
use sqlx::{Connection, PgConnection};
use tempfile::NamedTempFile;
use xtask::certificates::{Authority, for_server};
use xtask::servers::postgres::CERTIFIED;

use crate::fake::{Fake, Manner};

/// The password of every role here.
pub const PASSWORD: &str = "canary-password";

/// A database with a store, and who logs in to it over TLS.
pub struct Database {
    /// As its owner reaches it, without TLS and without a password.
    pub owner: String,
    /// Where it lies for people.
    pub place: PostgresPlace,
}

impl Database {
    /// A new one that belongs to a new role.
    pub async fn new() -> Self {
        let owner = new_database().await;
        let (_, name) = owner.rsplit_once('/').unwrap();
        let database = Self { place: place(&owner, name), owner: owner.clone() };
        let made =
            format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'; ALTER DATABASE {name} OWNER TO {name}");
        execute(&database.owner, made).await;
        database
    }

    async fn with_store() -> Self {
        let database = Self::new().await;
        let url = login(&database.place, PASSWORD);
        Store::create(&url, "sk", clock()).await.unwrap().close().await;
        database
    }
}

fn place(owner: &str, name: &str) -> PostgresPlace {
    PostgresPlace {
        host: "localhost".to_owned(),
        port: url::Url::parse(owner).unwrap().port().unwrap(),
        database: name.to_owned(),
        user: name.to_owned(),
        schema: "latchkey".to_owned(),
        encryption: Encryption::VerifyFull,
        ca_file: Some(authority()),
        client_certificate: None,
        client_key: None,
    }
}

/// The certificate of the authority that signed the test server's.
pub fn authority() -> PathBuf {
    std::env::var_os("LATCHKEY_TEST_POSTGRES_CA")
        .expect("LATCHKEY_TEST_POSTGRES_CA names no file; `cargo xtask test` starts a server with TLS")
        .into()
}

async fn execute(url: &str, statements: String) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(START))
}

fn login(place: &PostgresPlace, password: &str) -> StoreUrl {
    let password = Some(Arc::new(Password::new(password.to_owned())));
    StoreUrl::Postgres(PostgresLogin { place: place.clone(), password })
}

async fn open(url: &StoreUrl) -> Result<Store, AdminError> {
    Store::open(url, clock()).await
}

async fn refused(url: &StoreUrl) -> (ErrorCode, String) {
    let error = open(url).await.map(|_| ()).unwrap_err();
    assert!(!error.message.contains(PASSWORD), "{}", error.message);
    (error.code, error.message)
}

#[tokio::test]
async fn a_verified_line_is_let_in_by_name_and_by_address() {
    let Database { owner, mut place } = Database::with_store().await;
    for host in ["localhost", "127.0.0.1"] {
        host.clone_into(&mut place.host);
        let store = open(&login(&place, PASSWORD)).await.unwrap();
        assert_eq!(store.facts().await.unwrap().prefix, "sk");
        let mut watching = PgConnection::connect(&owner).await.unwrap();
        let lines = "SELECT COUNT(*), COUNT(*) FILTER (WHERE ssl) FROM pg_stat_ssl \
                     JOIN pg_stat_activity USING (pid) WHERE usename = $1";
        let (all, encrypted): (i64, i64) =
            sqlx::query_as(lines).bind(&place.user).fetch_one(&mut watching).await.unwrap();
        assert!(all > 0 && all == encrypted, "{encrypted} of {all} lines are encrypted");
        store.close().await;
    }
}

#[tokio::test]
async fn a_private_authority_that_nobody_named_is_not_trusted() {
    let Database { mut place, .. } = Database::with_store().await;
    place.ca_file = None;
    let (code, words) = refused(&login(&place, PASSWORD)).await;
    assert_eq!(code, ErrorCode::TlsUntrusted);
    assert!(words.contains("choose its CA file"), "{words}");
}

#[tokio::test]
async fn what_is_wrong_about_a_login_is_said() {
    let Database { place, .. } = Database::with_store().await;
    let name = place.user.clone();
    let not_accepted = |user: &str| {
        format!(
            "The password was not accepted for the user {user}. Check the user name and enter the password anew."
        )
    };
    assert_eq!(refused(&login(&place, "wrong")).await, (ErrorCode::AuthFailed, not_accepted(&name)));
    let nobody = PostgresPlace { user: "nobody_here".to_owned(), ..place.clone() };
    assert_eq!(
        refused(&login(&nobody, PASSWORD)).await,
        (ErrorCode::AuthFailed, not_accepted("nobody_here"))
    );
    let without = StoreUrl::Postgres(PostgresLogin { place: place.clone(), password: None });
    let asked = "The database asks for a password. Enter it.".to_owned();
    assert_eq!(refused(&without).await, (ErrorCode::CredentialNeeded, asked));
    let elsewhere = PostgresPlace { database: "not_there".to_owned(), ..place.clone() };
    let missing = "There is no database not_there on the server. Check the name, or ask the database's administrator to make it.";
    assert_eq!(refused(&login(&elsewhere, PASSWORD)).await, (ErrorCode::StoreUnusable, missing.to_owned()));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let closed = PostgresPlace { port: free, ..place };
    let words = format!(
        "Nothing answers at localhost:{free}: the connection was refused. Check the address and the port, and that PostgreSQL runs there."
    );
    assert_eq!(refused(&login(&closed, PASSWORD)).await, (ErrorCode::Unreachable, words));
}

#[tokio::test]
async fn a_role_that_must_show_a_certificate_is_let_in_with_it_alone() {
    let owner = new_database().await;
    let (_, name) = owner.rsplit_once('/').unwrap();
    execute(
        &owner,
        format!(
            "DO $$ BEGIN CREATE ROLE {CERTIFIED} LOGIN PASSWORD '{PASSWORD}'; \
             EXCEPTION WHEN duplicate_object THEN NULL; END $$; ALTER DATABASE {name} OWNER TO {CERTIFIED}"
        ),
    )
    .await;
    let beside = |file: &str| Some(authority().with_file_name(file));
    let without = PostgresPlace { user: CERTIFIED.to_owned(), ..place(&owner, name) };
    let with = PostgresPlace {
        client_certificate: beside("client.pem"),
        client_key: beside("client.key"),
        ..without.clone()
    };
    Store::create(&login(&with, PASSWORD), "sk", clock()).await.unwrap().close().await;
    open(&login(&with, PASSWORD)).await.unwrap().close().await;
    assert_eq!(refused(&login(&with, "wrong")).await.0, ErrorCode::AuthFailed);
    let (code, words) = refused(&login(&without, PASSWORD)).await;
    assert_eq!(code, ErrorCode::AuthFailed, "{words}");
    let another = NamedTempFile::new().unwrap();
    let key = Authority::new("Another").unwrap().sign(&for_server(&[CERTIFIED]).unwrap()).unwrap().key;
    std::fs::write(another.path(), key).unwrap();
    let unpaired = PostgresPlace { client_key: Some(another.path().to_path_buf()), ..with };
    let error = open(&login(&unpaired, PASSWORD)).await.map(|_| ()).unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("client_key")));
}

#[tokio::test]
async fn a_file_that_is_no_certificate_is_refused_at_its_field() {
    let Database { place, .. } = Database::new().await;
    let empty = NamedTempFile::new().unwrap();
    for file in [empty.path(), Path::new("/nowhere/ca.pem")] {
        let place = PostgresPlace { ca_file: Some(file.to_path_buf()), ..place.clone() };
        let error = open(&login(&place, PASSWORD)).await.map(|_| ()).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("ca_file")));
    }
}

#[tokio::test]
async fn a_trusted_certificate_before_a_server_that_sees_no_tls_is_not_enough() {
    let owner = new_database().await;
    Store::create(&owner.parse().unwrap(), "sk", clock()).await.unwrap().close().await;
    let ours = Authority::new("A private authority").unwrap();
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), ours.pem()).unwrap();
    let identity = ours.sign(&for_server(&["localhost"]).unwrap()).unwrap();
    let server = url::Url::parse(&owner).unwrap();
    let between = Fake::start(Manner::StandsBetween(identity, server.port().unwrap()));
    let (_, name) = owner.rsplit_once('/').unwrap();
    let place = PostgresPlace {
        port: between.port,
        user: server.username().to_owned(),
        ca_file: Some(file.path().to_path_buf()),
        ..place(&owner, name)
    };
    let (code, words) = refused(&login(&place, PASSWORD)).await;
    assert_eq!(code, ErrorCode::TlsUntrusted, "{words}");
    assert!(words.contains("not encrypted") && words.contains("ask the database's administrator"), "{words}");
    let said = between.transcript();
    assert!(!said.decrypted.windows(PASSWORD.len()).any(|bytes| bytes == PASSWORD.as_bytes()));
}
