//! The real keyring of Linux: gnome-keyring on session buses of these tests' own, in every state that has
//! words. Named like all tests that need a desktop session. The keychain runs in a child process, because a
//! program's session bus is a variable of its environment.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use latchkey_store::Password;
use serde_json::{Value, json};

use super::Keychain;
use super::session::{KEYRING_PASSWORD, Session, until};
use crate::connection::{Connection, ConnectionId};
use crate::keychain_state::KeychainWords;

/// What an answer of the child begins with: the test's own harness writes lines too.
const ANSWER: &str = "answer ";

/// A program on a session, with a keychain that a test asks line by line.
struct Program {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Program {
    fn on(session: &Session) -> Self {
        Self::start(session.command(std::env::current_exe().unwrap()))
    }

    fn start(mut command: Command) -> Self {
        command.args(["--exact", "keychain::window::a_program_with_a_keychain", "--ignored", "--nocapture"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let asks = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, asks, answers }
    }

    fn ask(&mut self, request: &Value) {
        writeln!(self.asks, "{request}").unwrap();
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        while self.answers.read_line(&mut line).unwrap() > 0 {
            if let Some((_, answer)) = line.split_once(ANSWER) {
                return serde_json::from_str(answer).unwrap();
            }
            line.clear();
        }
        panic!("the program ended without an answer");
    }

    fn call(&mut self, name: &str, connection: &Value) -> Value {
        self.ask(&json!({"call": name, "connection": connection}));
        self.answer()
    }

    fn set(&mut self, connection: &Value, secret: &str) -> Value {
        self.ask(&json!({"call": "set", "connection": connection, "secret": secret}));
        self.answer()
    }

    fn state(&mut self) -> Value {
        self.call("state", &Value::Null)["state"].clone()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "the tests beside it start it in a session of theirs"]
fn a_program_with_a_keychain() {
    let keychain = Keychain::of_this_computer();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for line in std::io::stdin().lines() {
        let request: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let answer = runtime.block_on(perform(&keychain, &request));
        println!("{ANSWER}{answer}");
    }
}

async fn perform(keychain: &Keychain, request: &Value) -> Value {
    let connection: Option<Connection> = serde_json::from_value(request["connection"].clone()).unwrap();
    let done = |done: Result<(), KeychainWords>| match done {
        Ok(()) => json!({"state": "done"}),
        Err(words) => json!(words),
    };
    match (request["call"].as_str().unwrap(), connection) {
        ("get", Some(connection)) => match keychain.get(connection.id).await {
            Ok(secret) => json!({"state": "found", "secret": secret.expose()}),
            Err(words) => json!(words),
        },
        ("set", Some(connection)) => {
            let secret = Password::new(request["secret"].as_str().unwrap().to_owned());
            done(keychain.set(&connection, Arc::new(secret)).await)
        }
        ("rename", Some(connection)) => done(keychain.rename(&connection).await),
        ("remove", Some(connection)) => done(keychain.remove(connection.id).await),
        ("retry", _) => json!(keychain.retry().await),
        _ => json!(keychain.state().await),
    }
}

fn connection(id: ConnectionId, name: &str) -> Value {
    json!({"id": id, "name": name, "kind": "server", "url": "https://keys.example.com"})
}

#[test]
fn an_unlocked_keyring_keeps_one_labelled_item_a_connection() {
    let session = Session::with_keyring(false);
    let mut program = Program::on(&session);
    let id = ConnectionId::random();
    let acme = connection(id, "Acme platform");
    let state = program.call("state", &Value::Null);
    assert_eq!((&state["state"], &state["message"]), (&"available".into(), &"Using GNOME Keyring.".into()));
    assert_eq!(program.call("get", &acme)["state"], "entry_gone");
    assert_eq!(program.set(&acme, "päss one")["state"], "done");
    assert_eq!(program.call("get", &acme)["secret"], "päss one");
    let found = session.found();
    assert!(found.contains("label = Latchkey: Acme platform"), "{found}");
    assert!(found.contains(&format!("attribute.username = {id}")), "{found}");
    // Another program, after a restart: no question.
    let mut later = Program::on(&session);
    assert_eq!(later.call("get", &acme)["secret"], "päss one");
    assert_eq!(later.set(&connection(id, "Acme"), "two")["state"], "done");
    assert_eq!(later.call("rename", &connection(id, "Acme two"))["state"], "done");
    let found = session.found();
    assert!(
        found.contains("label = Latchkey: Acme two") && found.matches("label = ").count() == 1,
        "{found}"
    );
    assert_eq!(later.call("remove", &acme)["state"], "done");
    assert_eq!(program.call("get", &acme)["state"], "entry_gone");
    assert!(!session.found().contains("Latchkey"));
}

#[test]
fn no_bus_is_no_service() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("XDG_RUNTIME_DIR", folder.path());
    let mut program = Program::start(command);
    assert_eq!(program.state(), "no_service");
    assert_eq!(program.call("retry", &Value::Null)["action"], "Retry");
}

#[test]
fn a_service_that_is_started_later_is_found_by_retry() {
    let mut session = Session::without_keyring(false);
    let mut program = Program::on(&session);
    let mine = connection(ConnectionId::random(), "Mine");
    let state = program.call("state", &Value::Null);
    assert_eq!(state["state"], "no_service");
    assert!(state["message"].as_str().unwrap().contains("gnome-keyring"));
    assert_eq!(program.call("get", &mine)["state"], "no_service");
    assert_eq!(program.set(&mine, "secret")["state"], "no_service");
    session.start_keyring(true);
    assert_eq!(program.call("retry", &Value::Null)["state"], "available");
    assert_eq!(program.set(&mine, "secret")["state"], "done");
    // A service that is restarted has forgotten who talked to it.
    session.stop_keyring();
    assert_eq!(program.call("get", &mine)["state"], "no_service");
    session.start_keyring(true);
    assert_eq!(program.call("get", &mine)["secret"], "secret");
}

#[test]
fn a_service_without_a_default_keyring_is_told_so() {
    let mut session = Session::without_keyring(false);
    session.start_keyring(false);
    let mut program = Program::on(&session);
    let mine = connection(ConnectionId::random(), "Mine");
    assert_eq!(program.state(), "no_default_collection");
    assert_eq!(program.call("get", &mine)["state"], "no_default_collection");
    let refused = program.set(&mine, "secret");
    assert_eq!(refused["state"], "no_default_collection");
    assert!(refused["message"].as_str().unwrap().contains("create one named Login"));
}

#[test]
fn a_locked_keyring_without_a_screen_is_told_at_once() {
    let session = Session::with_keyring(false);
    let mut program = Program::on(&session);
    let mine = connection(ConnectionId::random(), "Mine");
    program.set(&mine, "secret");
    session.lock();
    let begun = Instant::now();
    for call in ["state", "get", "retry"] {
        let words = program.call(call, &mine);
        assert_eq!((&words["state"], &words["action"]), (&"locked".into(), &"Unlock".into()), "{call}");
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn two_items_for_one_connection_are_told_and_a_new_password_replaces_both() {
    let session = Session::with_keyring(false);
    let mut program = Program::on(&session);
    let id = ConnectionId::random();
    let mine = connection(id, "Mine");
    session.put_by_hand(id, "one");
    session.put_by_hand(id, "two");
    assert_eq!(program.call("get", &mine)["state"], "ambiguous");
    assert_eq!(program.set(&mine, "mine")["state"], "done");
    assert_eq!(program.call("get", &mine)["secret"], "mine");
    let found = session.found();
    assert!(found.matches("label = ").count() == 1 && found.contains("Latchkey: Mine"), "{found}");
}

/// Presses keys in the keyring's prompt, once that is there.
fn in_the_prompt(keys: impl Fn()) {
    let shown = || {
        let search =
            Command::new("xdotool").args(["search", "--onlyvisible", "--name", "Unlock"]).output().unwrap();
        String::from_utf8(search.stdout).unwrap().lines().last().map(str::to_owned)
    };
    until("the prompt", || shown().is_some());
    // It takes the keyboard a moment after it is shown.
    thread::sleep(Duration::from_millis(500));
    xdotool(&["windowfocus", "--sync", &shown().unwrap()]);
    keys();
    until("the end of the prompt", || shown().is_none());
}

fn xdotool(words: &[&str]) {
    assert!(Command::new("xdotool").args(words).status().unwrap().success(), "{words:?}");
}

#[test]
fn a_locked_keyring_asks_and_what_the_person_answers_counts() {
    let session = Session::with_keyring(true);
    let mut program = Program::on(&session);
    let mine = connection(ConnectionId::random(), "Mine");
    program.set(&mine, "secret");
    session.lock();
    assert_eq!(program.state(), "locked");
    program.ask(&json!({"call": "get", "connection": mine}));
    in_the_prompt(|| xdotool(&["key", "Escape"]));
    let refused = program.answer();
    assert_eq!((&refused["state"], &refused["action"]), (&"prompt_dismissed".into(), &"Try again".into()));
    program.ask(&json!({"call": "retry"}));
    in_the_prompt(|| {
        xdotool(&["type", "--delay", "30", KEYRING_PASSWORD]);
        xdotool(&["key", "Return"]);
    });
    assert_eq!(program.answer()["state"], "available");
    assert_eq!(program.call("get", &mine)["secret"], "secret");
}

#[test]
fn nothing_of_the_secret_is_in_the_keyrings_file_in_the_clear() {
    let session = Session::with_keyring(false);
    let mut program = Program::on(&session);
    program.set(&connection(ConnectionId::random(), "Mine"), "canary-in-the-clear");
    let keyrings = session.folder.path().join("data").join("keyrings");
    let holds = |path: &Path| fs::read(path).unwrap().windows(6).any(|bytes| bytes == b"canary");
    let files: Vec<_> = fs::read_dir(keyrings).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty() && files.iter().all(|file| !holds(file)));
}
