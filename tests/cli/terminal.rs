//! At a terminal: the frame around a new key, the question for a prefix, no echo of what is typed.
//! `script` (util-linux) plays the terminal.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::program::{Program, path};

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
    assert_eq!(program.json(&["doctor"])["prefix"], "acme");
}

#[test]
fn no_colour_means_none() {
    let program = Program::with_acme();
    let screen = at_a_terminal(&program, &["tenants", "list"], "");
    assert!(screen.contains("acme") && !screen.contains('\u{1b}'));
}
