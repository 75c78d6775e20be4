//! The connections of the desktop on the command line: named, listed, opened as they say, and guarded where
//! they lead to production. Nothing here has a keychain; what one does is tested where it is called.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::program::{Program, Ran};

const CANARY: &str = "canary-8Qv2mT";

/// A store, and a data folder whose `connections.json` the test writes.
struct Saved {
    program: Program,
    data: PathBuf,
}

impl Saved {
    fn with(connections: &[Value]) -> Self {
        let program = Program::with_acme();
        let data = program.folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let saved = Self { program, data };
        saved.write(&json!({"version": 1, "connections": connections}).to_string());
        saved
    }

    /// The store under the names that tests use.
    fn usual() -> Self {
        let saved = Self::with(&[]);
        let path = saved.program.file().to_str().unwrap().to_owned();
        let local = |number: u32, name: &str, more: Value| {
            let mut one = json!({"id": id(number), "name": name, "kind": "local", "path": path});
            one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            one
        };
        let postgres = json!({
            "id": id(9), "name": "Shared", "kind": "postgres", "host": "db.invalid", "port": 1, "database": "keys",
            "user": "ann", "encryption": "off", "keep": "session",
        });
        let connections = [
            local(1, "Mine", json!({})),
            local(2, "Looking", json!({"read_only": true})),
            local(3, "Acme platform", json!({"environment": "production"})),
            postgres.clone(),
            changed(&postgres, &json!({"id": id(10), "name": "By keychain", "keep": "keychain"})),
            changed(&postgres, &json!({"id": id(11), "name": "By file", "keep": "file"})),
            json!({"id": id(12), "name": "Server", "kind": "server", "url": "https://keys.example.com"}),
        ];
        saved.write(&json!({"version": 1, "connections": connections}).to_string());
        saved
    }

    fn write(&self, text: &str) {
        std::fs::write(self.data.join("connections.json"), text).unwrap();
    }

    fn run(&self, words: &[&str]) -> Ran {
        self.run_with(words, &[])
    }

    fn run_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.program.command(words);
        command.env_remove("LATCHKEY_STORE").env("LATCHKEY_DATA_DIR", &self.data);
        Ran::of(command.envs(variables.iter().copied()))
    }
}

fn id(number: u32) -> String {
    format!("0190b5f0-0000-4000-8000-{number:012}")
}

fn changed(connection: &Value, changes: &Value) -> Value {
    let mut connection = connection.clone();
    connection.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    connection
}

#[test]
fn a_saved_connection_is_named_as_people_write_it() {
    let saved = Saved::usual();
    for name in ["Mine", "mine", " MINE "] {
        let ran = saved.run(&["tenants", "list", "--connection", name]);
        assert!(ran.is(0).out.contains("acme"), "{name}");
    }
    let ran = saved.run_with(&["tenants", "list"], &[("LATCHKEY_CONNECTION", "Mine")]);
    assert!(ran.is(0).out.contains("acme"));
    saved.run(&["doctor", "--connection", "Mine"]).is(0);
}

#[test]
fn one_that_is_not_saved_is_answered_with_those_that_are() {
    let saved = Saved::usual();
    let ran = saved.run(&["tenants", "list", "--connection", "Other"]);
    ran.is(3).says("“Mine”").says("“Acme platform”");
    let none = Saved::with(&[]);
    none.run(&["tenants", "list", "--connection", "Mine"]).is(3).says("No connections are saved");
    std::fs::remove_file(none.data.join("connections.json")).unwrap();
    none.run(&["tenants", "list", "--connection", "Mine"]).is(3);
}

#[test]
fn words_win_over_variables_and_two_of_a_kind_are_refused() {
    let saved = Saved::usual();
    let other = ("LATCHKEY_STORE", "sqlite:/nowhere/keys.db");
    saved.run_with(&["tenants", "list", "--connection", "Mine"], &[other]).is(0);
    let mine = saved.program.store.as_str();
    let named = ("LATCHKEY_CONNECTION", "Other");
    saved.run_with(&["tenants", "list", "--store", mine], &[named]).is(0);
    saved.run_with(&["tenants", "list"], &[other, named]).is(2).says("LATCHKEY_CONNECTION");
    saved.run(&["tenants", "list", "--store", mine, "--connection", "Mine"]).is(2).says("once");
}

#[test]
fn a_read_only_connection_changes_nothing() {
    let saved = Saved::usual();
    saved.run(&["tenants", "list", "--connection", "Looking"]).is(0);
    for words in [
        &["tenants", "create", "other", "--name", "Other"][..],
        &["keys", "issue", "--tenant", "acme", "--name", "flows"],
        &["generate_api_key", "--tenant=acme", "--role=1", "--name=flows"],
        &["migrate"],
        &["init"],
    ] {
        let ran = saved.run(&[words, &["--connection", "Looking"]].concat());
        ran.is(4).says("This connection is read-only.");
        assert!(ran.out.is_empty());
    }
    assert_eq!(saved.program.json(&["keys", "list"])["total"], 0);
}

#[test]
fn a_change_in_production_is_asked_for_by_name() {
    let saved = Saved::usual();
    let create = ["tenants", "create", "other", "--name", "Other", "--connection", "Acme platform"];
    saved.run(&["tenants", "list", "--connection", "Acme platform"]).is(0);
    saved.run(&create).is(2).says("production").says("--production");
    assert_eq!(saved.program.json(&["tenants", "list"])["total"], 1);
    saved.run(&[&create[..], &["--production"]].concat()).is(0);
    assert_eq!(saved.program.json(&["tenants", "list"])["total"], 2);
}

#[test]
fn a_secret_that_nobody_can_be_asked_for_is_told_and_never_waited_for() {
    let saved = Saved::usual();
    for (name, words) in [
        ("Shared", "there is no terminal"),
        ("By keychain", "No system keychain is running"),
        ("By file", "there is no terminal"),
    ] {
        let ran = saved.run_with(&["keys", "list", "--connection", name], &[("PGPASSWORD", CANARY)]);
        ran.is(4).says(words);
        let ran = saved.run(&["keys", "list", "--connection", name, "--json"]);
        let error: Value = serde_json::from_str(&ran.is(4).err).unwrap();
        assert_eq!((&error["code"], &error["field"]), (&"credential_needed".into(), &"password".into()));
    }
    saved.run(&["keys", "list", "--connection", "Server"]).is(4).says("No system keychain is running");
    saved.run(&["migrate", "--connection", "Server"]).is(6).says("This is a server");
}

#[test]
fn they_are_listed_and_shown_without_any_secret() {
    let saved = Saved::usual();
    let list = saved.run(&["connections", "list"]);
    for words in ["Acme platform", "production", "read-only", "postgres://ann@db.invalid:1/keys", "never"] {
        assert!(list.is(0).out.contains(words), "{words}");
    }
    let shown = saved.run(&["connections", "show", "by file"]);
    assert!(shown.is(0).out.contains("in the encrypted file"));
    let json: Value = serde_json::from_str(&saved.run(&["connections", "list", "--json"]).is(0).out).unwrap();
    assert_eq!(json["items"].as_array().unwrap().len(), 7);
    let one: Value =
        serde_json::from_str(&saved.run(&["connections", "show", "Shared", "--json"]).is(0).out).unwrap();
    assert_eq!((&one["host"], &one["keep"]), (&"db.invalid".into(), &"session".into()));
    saved.run(&["connections", "show", "Other"]).is(3).says("“Mine”");
}

#[test]
fn a_damaged_file_is_told_with_its_line_and_left_alone() {
    let saved = Saved::usual();
    let text = format!("{{\n  \"connections\": [\n    {{\"password\": \"{CANARY}\",,}}\n  ]\n}}\n");
    saved.write(&text);
    for words in [&["connections", "list"][..], &["keys", "list", "--connection", "Mine"]] {
        let ran = saved.run(words);
        ran.is(6).says("connections.json cannot be read (line 3").says("it was not touched");
        assert!(!ran.err.contains(CANARY) && ran.out.is_empty());
    }
    assert_eq!(std::fs::read_to_string(saved.data.join("connections.json")).unwrap(), text);
    // Without a connection the file does not matter.
    saved.run_with(&["keys", "list"], &[("LATCHKEY_STORE", &saved.program.store)]).is(0);
}
