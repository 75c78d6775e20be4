//! Peppers and the first operator on the command line: made with the store, moved between holders, never shown by
//! chance.

use latchkey_core::PlaintextKey;
use serde_json::Value;

use crate::program::{Program, Ran};

/// The first operator's token, which must be all that stands on standard output.
fn token(ran: &Ran) -> PlaintextKey {
    let text = ran.out.strip_suffix('\n').expect("one line");
    assert!(
        text.starts_with("lka_") && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    );
    PlaintextKey::new(text.to_owned())
}

#[test]
fn init_makes_a_store_with_a_pepper_and_one_operator_whose_token_is_printed_once() {
    let program = Program::without_store();
    let made = program.run(&["init", "--operator", "Dana Lee"]);
    let first = token(made.is(0).says("Made the store"));
    let operators = program.json(&["operators", "list"]);
    assert_eq!((&operators["total"], &operators["items"][0]["role"]), (&1.into(), &"admin".into()));
    assert_eq!(operators["items"][0]["key"]["name"], "Dana Lee");
    assert_eq!(operators["items"][0]["key"]["status"], "active", "confirmed once it was written");
    let again = program.run(&["init"]);
    assert!(again.is(6).says("has an operator").out.is_empty());
    assert!(!program.run(&["operators", "list", "--json"]).is(0).shows(&first));
    let people = program.run(&["operators", "list"]);
    assert!(people.is(0).out.contains("Dana Lee") && people.out.contains("admin"));
    assert!(program.file().with_file_name("keys.db.pepper").exists());
}

#[test]
fn with_json_the_first_token_comes_with_what_was_made() {
    let program = Program::without_store();
    let made: Value = serde_json::from_str(&program.run(&["init", "--json"]).is(0).out).unwrap();
    assert!(made["plaintext"].as_str().unwrap().starts_with("lka_"));
    assert_eq!((&made["prefix"], &made["operator"]["status"]), (&"sk".into(), &"unconfirmed".into()));
    assert_eq!(program.json(&["operators", "list"])["items"][0]["key"]["status"], "active");
}

#[test]
fn a_store_without_an_operator_gets_its_first_one_later() {
    let program = Program::without_store();
    let made = program.run(&["init", "--no-operator"]);
    assert!(made.is(0).out.starts_with("Made the store"));
    assert_eq!(program.json(&["operators", "list"])["total"], 0);
    program.run(&["init", "--no-operator"]).is(6);
    program.run(&["init", "--prefix", "acme"]).is(6);
    token(program.run(&["init"]).is(0));
    program.run(&["init"]).is(6);
    program.run(&["init", "--operator", "x", "--no-operator"]).is(2);
    let other = Program::without_store();
    other.run(&["init", "--operator", " "]).is(2).says("operator: ");
    assert!(!other.file().exists(), "nothing was made");
}

#[cfg(target_os = "linux")]
#[test]
fn a_first_token_that_could_not_be_written_is_not_lost_for_good() {
    let program = Program::without_store();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    Ran::of(program.command(&["init"]).stdout(full)).is(1).says("keys remint");
    let id = program.json(&["operators", "list"])["items"][0]["key"]["id"].as_str().unwrap().to_owned();
    token(program.run(&["keys", "remint", &id]).is(0));
}

#[test]
fn a_pepper_moves_from_one_holder_to_another() {
    let (from, to) = (Program::with_store(), Program::with_store());
    let pepper = from.run(&["pepper", "export"]);
    assert_eq!(pepper.is(0).out.trim_end().len(), 64);
    let refused = to.feed(&pepper.out, &["pepper", "import"]);
    refused.is(5).says("--replace");
    let taken = to.feed(&pepper.out, &["pepper", "import", "--replace"]);
    assert!(!taken.is(0).out.contains(pepper.out.trim_end()) && taken.err.is_empty());
    assert_eq!(to.run(&["pepper", "export"]).is(0).out, pepper.out);
    to.feed(&pepper.out, &["pepper", "import"]).is(0);
    for bad in ["", "canary", &"zz".repeat(32)] {
        let ran = to.feed(bad, &["pepper", "import", "--replace"]);
        assert!(!ran.is(2).says("pepper: ").err.contains("canary"));
    }
    assert_eq!(to.run(&["pepper", "export"]).is(0).out, pepper.out);
}

#[cfg(unix)]
#[test]
fn a_pepper_that_is_not_private_or_not_there_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::with_store();
    let file = program.file().with_file_name("keys.db.pepper");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    program.run(&["tenants", "list"]).is(6).says("chmod 600");
    std::fs::remove_file(&file).unwrap();
    program.run(&["tenants", "list"]).is(0);
    program.run(&["pepper", "export"]).is(3).says("pepper create");
    program.run(&["tenants", "list", "--pepper-file", "nowhere"]).is(6).says("nowhere");
    let named = |words: &[&str]| Ran::of(program.command(words).env("LATCHKEY_PEPPER_FILE", "mine"));
    named(&["pepper", "create"]).is(0);
    named(&["pepper", "create"]).is(5);
    named(&["tenants", "list"]).is(0);
    let text = "ab".repeat(32);
    let both = Ran::of(
        program
            .command(&["tenants", "list"])
            .env("LATCHKEY_PEPPER_FILE", "mine")
            .env("LATCHKEY_PEPPER", &text),
    );
    both.is(2).says("Unset one");
    let held = Ran::of(program.command(&["pepper", "export"]).env("LATCHKEY_PEPPER", &text));
    assert_eq!(held.is(0).out.trim_end(), text);
}

#[test]
fn keys_work_with_and_without_the_pepper_that_they_were_made_under() {
    let program = Program::with_acme();
    let (_, key) = program.issue("flows", &[]);
    assert_eq!(program.outcome(&key, &[]), "valid");
    std::fs::remove_file(program.file().with_file_name("keys.db.pepper")).unwrap();
    assert_eq!(program.outcome(&key, &[]), "valid", "argon2id decides where no pepper is");
    program.run(&["pepper", "create"]).is(0);
    assert_eq!(program.outcome(&key, &[]), "valid");
}

#[test]
fn the_manual_page_names_every_command() {
    let page = Program::without_store().run(&["man"]);
    for words in ["LATCHKEY SERVE", "LATCHKEY KEYS RETIRE-OLD", "LATCHKEY PEPPER EXPORT", "LATCHKEY VERIFY"] {
        assert!(page.is(0).out.contains(words), "{words}");
    }
    assert!(page.out.starts_with(".ie") && page.err.is_empty());
}
