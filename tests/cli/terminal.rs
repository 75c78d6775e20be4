//! At a terminal: the frame around a new key, the question for a prefix, no echo of what is typed.
//! `script` (util-linux) plays the terminal.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{Program, Ran, path};

/// Runs the program with a terminal on all three streams; answers what stood on the screen.
fn at_a_terminal(program: &Program, words: &[&str], typed: &str) -> String {
    let line = format!("exec '{}' '{}'", path().to_str().unwrap(), words.join("' '"));
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("LATCHKEY_STORE", &program.store)
        .env("HOME", program.folder.path())
        .env("TERM", "xterm")
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the program on the data folder `data` and answers its question, once it is asked, with a secret.
fn answering(program: &Program, data: &Path, words: &[&str], question: &str, secret: &str) -> String {
    let line = format!("exec '{}' '{}'", path().to_str().unwrap(), words.join("' '"));
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env_remove("LATCHKEY_STORE")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env("XDG_RUNTIME_DIR", program.folder.path())
        .env("LATCHKEY_DATA_DIR", data)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut screen = Vec::new();
    let mut out = child.stdout.take().unwrap();
    // What is typed before the question would be shown by the terminal itself.
    while !String::from_utf8_lossy(&screen).contains(question) {
        let mut byte = [0];
        assert_eq!(out.read(&mut byte).unwrap(), 1, "it ended without: {question}");
        screen.push(byte[0]);
    }
    // The question is written before the terminal is told not to show what is typed; a person is slower.
    std::thread::sleep(std::time::Duration::from_secs(1));
    writeln!(child.stdin.take().unwrap(), "{secret}").unwrap();
    out.read_to_end(&mut screen).unwrap();
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&screen));
    String::from_utf8(screen).unwrap()
}

#[test]
fn the_password_of_a_connection_is_asked_for_and_not_shown() {
    let program = Program::without_store();
    let data = program.folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = runtime.block_on(latchkey_tests::new_database());
    Ran::of(program.command(&["init"]).env("LATCHKEY_STORE", &url)).is(0);
    let place = url::Url::parse(&url).unwrap();
    for (keep, question) in
        [("session", "Password of “Shared”"), ("keychain", "No system keychain is running")]
    {
        let connection = serde_json::json!({
            "id": "0190b5f0-0000-4000-8000-000000000001", "name": "Shared", "kind": "postgres", "keep": keep,
            "host": place.host_str(), "port": place.port(), "user": place.username(),
            "database": place.path().trim_start_matches('/'), "encryption": "off",
        });
        let file = serde_json::json!({"connections": [connection]});
        fs::write(data.join("connections.json"), file.to_string()).unwrap();
        let words = ["doctor", "--connection", "Shared"];
        let screen = answering(&program, &data, &words, "(does not show): ", "canary-8Qv2mT");
        assert!(screen.contains(question) && screen.contains("PostgreSQL"), "{screen}");
        assert!(!screen.contains("canary"));
        // Where nobody can be asked, a server on this computer may need none.
        let ran = Ran::of(program.command(&words).env("LATCHKEY_DATA_DIR", &data));
        assert!(ran.is(0).out.contains("PostgreSQL"));
    }
}

#[test]
fn a_new_key_stands_in_a_frame_with_what_it_is() {
    let program = Program::with_acme();
    let screen = at_a_terminal(&program, &["keys", "issue", "--tenant", "acme", "--name", "flows"], "");
    assert!(screen.contains(&format!("┌{}┐", "─".repeat(42))));
    assert!(
        screen.contains("│ sk_live_") && screen.contains("flows · ACME Corp (acme) · live · expires never")
    );
    assert!(screen.contains("not shown again"));
    assert_eq!(program.json(&["keys", "list"])["items"][0]["status"], "active");
}

#[test]
fn init_asks_for_a_prefix_of_ones_own() {
    let program = Program::without_store();
    let screen = at_a_terminal(&program, &["init"], "No!\nacme\n");
    assert!(screen.contains("Prefix [") && screen.contains("a letter first"));
    assert!(screen.contains("│ lka_") && screen.contains("Copy the token now"));
    assert_eq!(program.json(&["doctor"])["prefix"], "acme");
}

#[test]
fn no_colour_means_none() {
    let program = Program::with_acme();
    let screen = at_a_terminal(&program, &["tenants", "list"], "");
    assert!(screen.contains("acme") && !screen.contains('\u{1b}'));
}
