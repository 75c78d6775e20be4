//! Exit codes and errors: the number a script sees, the line a person reads, the JSON a program reads.

use serde_json::Value;

use crate::program::Program;

const UNKNOWN: &str = "key_0190b5f0000070008000000000000001";

#[test]
fn each_kind_of_failure_has_its_number() {
    let program = Program::with_acme();
    let (id, _) = program.issue("flows", &["--role", "Integration"]);
    let issue = |more: &[&'static str]| {
        program.run(&[&["keys", "issue", "--tenant", "acme", "--name", "other"], more].concat())
    };
    issue(&["--expires", "2020-12-31"]).is(2).says("expires: ");
    issue(&["--expires", "soon"]).is(2).says("90d");
    issue(&["--expires", "2027-02-30"]).is(2);
    issue(&["--ip", "10.0.0.256"]).is(2).says("203.0.113.7");
    issue(&["--scope", "latchkey:*"]).is(2).says("operators");
    issue(&["--environment", "staging"]).is(2).says("live");
    issue(&["--role", "Nobody"]).is(3);
    program.run(&["keys", "rotate", &id, "--grace", "24"]).is(2).says("24h");
    program.run(&["keys", "rotate", &id, "--grace", "60d"]).is(2).says("at most");
    program.run(&["keys", "list", "--cursor", "00"]).is(2).says("cursor");
    program.run(&["keys", "list", "--limit", "0"]).is(2).says("limit");
    program.run(&["keys", "show", UNKNOWN]).is(3);
    program.run(&["tenants", "show", "nobody"]).is(3);
    program.run(&["tenants", "create", "acme", "--name", "Again"]).is(5);
    program.run(&["keys", "update", &id, "--name", "New", "--version", "99"]).is(5);
    program.run(&["roles", "delete", "1"]).is(5).says("1 ");
    program.run(&["nonsense"]).is(2);
    program.run(&["keys", "list", "--store", "mysql://somewhere"]).is(2).says("sqlite:PATH");
    program.run(&["keys", "list", "--store", "sqlite:/nowhere/keys.db"]).is(6);
    program.run(&["keys", "list", "--store", "postgres://nobody@127.0.0.1:1/none"]).is(6);
    let with_password = "postgres://nobody:canary@127.0.0.1:1/none";
    program.run(&["keys", "list", "--store", with_password]).is(2).says("LATCHKEY_STORE");
}

#[test]
fn an_error_is_one_line_that_names_the_field() {
    let program = Program::with_acme();
    let ran = program.run(&["keys", "issue", "--tenant", "acme", "--name", " "]);
    ran.is(2);
    assert_eq!(ran.err, "latchkey: name: Give it a name.\n");
    assert!(ran.out.is_empty());
}

#[test]
fn with_json_an_error_is_the_one_every_transport_has() {
    let program = Program::with_acme();
    let (id, _) = program.issue("flows", &[]);
    let error = |words: &[&str]| -> Value {
        let ran = program.run(&[words, &["--json"]].concat());
        assert!(ran.out.is_empty() && ran.code != 0);
        serde_json::from_str(&ran.err).expect("one JSON object")
    };
    let invalid = error(&["keys", "issue", "--tenant", "acme", "--name", ""]);
    assert_eq!((&invalid["code"], &invalid["field"]), (&"invalid".into(), &"name".into()));
    let unread = error(&["keys", "rotate", &id, "--grace", "24"]);
    assert_eq!((&unread["code"], &unread["field"]), (&"invalid".into(), &"grace".into()));
    let conflict = error(&["keys", "update", &id, "--name", "New", "--version", "99"]);
    assert_eq!(conflict["code"], "conflict");
    assert!(conflict["by"].is_string() && conflict["at"].is_string() && conflict["version"].is_i64());
    assert!(conflict["request_id"].as_str().unwrap().starts_with("req_"));
    let missing = error(&["keys", "show", UNKNOWN]);
    assert_eq!(missing["code"], "not_found");
}

#[test]
fn a_password_in_a_url_is_never_repeated() {
    let program = Program::with_store();
    for store in [
        "postgres://nobody:canary@127.0.0.1:1/none",
        "postgres://nobody:canary@127.0.0.1:99999/none",
        "postgrse://nobody:canary@127.0.0.1/none",
    ] {
        for words in
            [&["keys", "list"][..], &["doctor"], &["init"], &["migrate"], &["keys", "nonsense"], &["--help"]]
        {
            let mut command = program.command(words);
            let ran = crate::program::Ran::of(command.env("LATCHKEY_STORE", store));
            assert!(!ran.err.contains("canary") && !ran.out.contains("canary"), "{words:?}");
        }
    }
}

#[test]
fn a_file_that_is_no_store_is_told_so_and_left_alone() {
    let program = Program::without_store();
    std::fs::write(program.file(), "these are my notes").unwrap();
    program.run(&["keys", "list"]).is(6);
    program.run(&["init"]).is(6);
    program.run(&["migrate"]).is(6);
    assert_eq!(std::fs::read_to_string(program.file()).unwrap(), "these are my notes");
}

#[test]
fn a_broken_audit_ends_with_one() {
    let program = Program::with_acme();
    change_behind_its_back(&program, "UPDATE audit SET actor = 'somebody else' WHERE seq = 1");
    let ran = program.run(&["audit", "verify"]);
    assert!(ran.is(1).out.starts_with("BROKEN: entry 1"));
    assert_eq!(program.run(&["doctor"]).code, 1);
}

/// Changes the file as somebody with a database program would, past its triggers.
pub fn change_behind_its_back(program: &Program, sql: &'static str) {
    use sqlx::{Connection, Row, SqliteConnection};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut database = SqliteConnection::connect(&program.store).await.unwrap();
        let list = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        for trigger in sqlx::query(list).fetch_all(&mut database).await.unwrap() {
            let drop: &'static str = format!("DROP TRIGGER {}", trigger.get::<String, _>(0)).leak();
            sqlx::query(drop).execute(&mut database).await.unwrap();
        }
        sqlx::query(sql).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
    });
}
