//! What goes to which stream: hostile names made harmless, no colour in a pipe, readers that leave.

use std::fs::OpenOptions;
use std::io::Read;

use crate::exits::change_behind_its_back;
use crate::program::{Program, Ran};

#[test]
fn a_hostile_name_is_shown_as_text() {
    let program = Program::with_acme();
    for name in ["<img src=x onerror=alert(1)>", "'; DROP TABLE key;--", "=cmd|' /C calc'!A0", "👩‍👩‍👧‍👦 مفتاح"]
    {
        program.issue(name, &[]);
        assert!(program.run(&["keys", "list"]).is(0).out.contains(name));
    }
    for name in ["\u{1b}[2Jgone", "a\u{202e}gnp.exe", "two\nlines", "\u{200b}"] {
        let ran = program.run(&["keys", "issue", "--tenant", "acme", "--name", name]);
        ran.is(2).says("name: ");
        assert!(!ran.err.contains('\u{1b}') && !ran.err.contains('\u{202e}'));
    }
    let ran =
        program.run(&["keys", "issue", "--tenant", "acme", "--name", "x", "--scope", "\u{1b}]0;title\u{7}"]);
    ran.is(2).says("is not a permission");
    assert!(!ran.err.contains(['\u{1b}', '\u{7}']));
}

#[test]
fn a_name_that_came_into_the_store_another_way_obeys_no_terminal() {
    let program = Program::with_acme();
    let (id, _) = program.issue("flows", &[]);
    change_behind_its_back(
        &program,
        "UPDATE keys SET name = char(27) || '[31mred' || char(7) || char(8238) || 'x'",
    );
    for words in
        [&["keys", "list"][..], &["keys", "show", &id], &["keys", "suspend", &id], &["audit", "list"]]
    {
        let ran = program.run(words);
        let text = format!("{}{}", ran.is(0).out, ran.err);
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{words:?}");
    }
    assert!(program.run(&["keys", "list"]).out.contains("\\u{1b}[31mred\\u{7}\\u{202e}x"));
}

#[test]
fn a_pipe_gets_no_colour() {
    let program = Program::with_store();
    for words in [&["--help"][..], &["nonsense"], &["tenants", "list"], &["tenants", "show", "nobody"]] {
        let ran = program.run(words);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{words:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_failure_and_no_panic() {
    let program = Program::with_acme();
    for words in [&["tenants", "list"][..], &["completions", "bash"], &["--help"]] {
        let mut child = program.command(words).spawn().unwrap();
        let mut one = [0u8; 1];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut one).unwrap();
        drop(stdout);
        let ran = Ran::from(child.wait_with_output().unwrap());
        ran.is(0);
        assert!(ran.err.is_empty(), "{words:?}: {}", ran.err);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let program = Program::with_acme();
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    for words in [&["tenants", "list"][..], &["tenants", "list", "--json"], &["completions", "bash"]] {
        Ran::of(program.command(words).stdout(full())).is(1).says("could not be written");
    }
    let silent = Ran::of(program.command(&["tenants", "show", "nobody"]).stderr(full()));
    assert_eq!(silent.code, 3, "an error nobody can be told still has its number");
}
