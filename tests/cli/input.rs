//! Keys that come in: by standard input, alone or one a line, and never as an argument.

use crate::program::Program;

#[test]
fn verify_says_valid_or_refused_and_why() {
    let program = Program::with_acme();
    let role = ["--role", "Integration", "--ip", "10.0.0.0/8"];
    let (id, key) = program.issue("flows", &role);
    let inside = ["--ip", "10.1.2.3"];
    let asked = |more: &[&str]| program.outcome(&key, &[&inside, more].concat());
    assert_eq!(
        asked(&["--permission", "tasks.add_task", "--tenant", "acme", "--environment", "live"]),
        "valid"
    );
    assert_eq!(asked(&["--any", "posts:read", "--any", "tasks.add_task"]), "valid");
    assert_eq!(asked(&["--permission", "tasks.add_task", "posts:read"]), "insufficient_permissions");
    assert_eq!(asked(&["--environment", "test"]), "wrong_environment");
    assert_eq!(program.outcome(&key, &["--ip", "11.0.0.1"]), "ip_denied");
    let ran = program.feed(&format!("{}\r\n", key.expose()), &["verify", "--ip", "10.1.2.3"]);
    assert!(ran.is(0).out.contains("valid") && ran.out.contains(&id) && !ran.shows(&key));
    program.run(&["keys", "revoke", &id]).is(0);
    assert!(program.feed(key.expose(), &["verify"]).is(1).out.contains("revoked"));
}

#[test]
fn what_is_no_key_is_malformed_however_long() {
    let program = Program::with_store();
    let mistyped = "sk_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6";
    for text in [mistyped, "hello", "a\nb", &"x".repeat(60_000), "\u{0}\u{1b}[2J"] {
        let ran = program.feed(text, &["verify"]);
        assert!(ran.is(1).out.contains("malformed"));
        assert!(!ran.out.contains(text) && !ran.err.contains(text));
    }
}

#[test]
fn no_key_at_all_is_a_mistake_in_the_call() {
    let program = Program::with_store();
    program.run(&["verify"]).is(2).says("standard input");
    program.feed(" \n", &["keys", "find"]).is(2).says("one a line");
}

#[test]
fn find_says_which_lines_are_ours() {
    let program = Program::with_acme();
    let (_, one) = program.issue("one", &[]);
    let (id, two) = program.issue("two", &[]);
    let text = format!(
        "something\n\n{}\nsk_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6\n{}\n",
        two.expose(),
        one.expose()
    );
    let ran = program.feed(&text, &["keys", "find", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&ran.is(0).out).unwrap();
    assert_eq!(found["items"][0]["candidate"], 2);
    assert_eq!(found["items"][0]["key"]["id"], id.as_str());
    assert_eq!(found["items"][1]["candidate"], 4);
    assert!(!ran.shows(&one) && !ran.shows(&two));
    let for_people = program.feed(&text, &["keys", "find"]);
    assert!(for_people.is(0).out.contains(&id) && !for_people.shows(&two));
    program.feed("nothing\n", &["keys", "find"]).is(0).says("None of them");
    program.feed(&"x\n".repeat(101), &["keys", "find"]).is(2).says("100");
}

#[test]
fn a_key_among_the_arguments_is_refused_and_not_repeated() {
    let program = Program::with_acme();
    let (_, key) = program.issue("flows", &[]);
    let named = format!("--key={}", key.expose());
    for words in [["verify", key.expose()], ["verify", &named], ["keys", key.expose()]] {
        let ran = program.run(&words);
        ran.is(2).says("standard input");
        assert!(!ran.shows(&key));
    }
}
