//! Variables and files of other PostgreSQL programs, set to hostile values around the real command line:
//! they neither redirect nor weaken the line, nor lend it a password.

use std::fs;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::fake::{Fake, Manner, REQUEST_FOR_TLS};
use crate::real_server::{Database, PASSWORD, authority};

/// Variables that PostgreSQL's own programs follow, and that must not count.
const HOSTILE: &[(&str, &str)] = &[
    ("PGHOST", "evil.invalid"),
    ("PGHOSTADDR", "192.0.2.1"),
    ("PGPORT", "1"),
    ("PGUSER", "canary"),
    ("PGPASSWORD", "canary"),
    ("PGDATABASE", "canary"),
    ("PGSERVICE", "canary"),
    ("PGSSLMODE", "disable"),
    ("PGSSLROOTCERT", "/nowhere/ca.pem"),
    ("PGREQUIRESSL", "0"),
    ("PGAPPNAME", "canary"),
    ("PGTARGETSESSIONATTRS", "standby"),
    ("PGCLIENTENCODING", "SQL_ASCII"),
];

/// The program with `store` and the hostile variables, its home in `home`.
fn program(home: &TempDir, store: &str, words: &[&str]) -> Command {
    let path =
        std::env::var_os("LATCHKEY_CLI").expect("LATCHKEY_CLI names no program; `cargo xtask test` sets it");
    let mut command = Command::new(path);
    command.args(words).env("LATCHKEY_STORE", store).envs(HOSTILE.iter().copied());
    command.env("HOME", home.path()).env_remove("XDG_DATA_HOME").env_remove("LATCHKEY_DATA_DIR");
    command.current_dir(home.path()).stdin(Stdio::null());
    command
}

fn store(database: &Database, password: &str) -> String {
    let place = &database.place;
    format!(
        "postgres://{}{password}@localhost:{}/{}?sslmode=verify-full&sslrootcert={}",
        place.user,
        place.port,
        place.database,
        authority().display()
    )
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn hostile_variables_neither_redirect_nor_weaken() {
    let database = Database::new().await;
    let home = tempfile::tempdir().unwrap();
    let store = store(&database, &format!(":{PASSWORD}"));
    for words in [["init"].as_slice(), &["keys", "list"]] {
        let ran = program(&home, &store, words).output().unwrap();
        assert!(ran.status.success(), "{words:?}: {}", errors(&ran));
    }
    let server = Fake::start(Manner::Says(b"N".to_vec()));
    let elsewhere =
        format!("postgres://canary_user:{PASSWORD}@localhost:{}/keys?sslmode=verify-full", server.port);
    let ran = program(&home, &elsewhere, &["keys", "list"]).output().unwrap();
    assert!(errors(&ran).contains("does not offer an encrypted line"), "{}", errors(&ran));
    assert_eq!(server.transcript().raw, REQUEST_FOR_TLS, "PGSSLMODE counted");
}

#[tokio::test]
async fn passwords_that_lie_about_are_not_picked_up() {
    let database = Database::new().await;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".pgpass");
    fs::write(&file, format!("*:*:*:*:{PASSWORD}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let mut asked = program(&home, &store(&database, ""), &["keys", "list"]);
    let ran = asked.env("PGPASSFILE", &file).env("PGPASSWORD", PASSWORD).output().unwrap();
    assert!(!ran.status.success());
    assert!(errors(&ran).contains("password"), "{}", errors(&ran));
    assert!(!errors(&ran).contains(PASSWORD));
}

#[tokio::test]
async fn variables_that_cannot_be_overruled_are_refused_by_name() {
    let database = Database::new().await;
    let home = tempfile::tempdir().unwrap();
    let store = store(&database, &format!(":{PASSWORD}"));
    for (variable, value) in
        [("PGOPTIONS", "-c search_path=evil"), ("PGSSLCERT", "/nowhere/crt"), ("PGSSLKEY", "/nowhere/key")]
    {
        let ran = program(&home, &store, &["keys", "list"]).env(variable, value).output().unwrap();
        assert!(!ran.status.success(), "{variable}");
        let told = errors(&ran);
        assert!(told.contains(variable) && told.contains("Unset it"), "{told}");
        assert!(!told.contains(value), "{told}");
    }
}
