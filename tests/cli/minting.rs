//! New keys going out: alone, as a line, as a Secret; confirmed only once they have arrived.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::program::{Program, Ran};

const ISSUE: [&str; 6] = ["keys", "issue", "--tenant", "acme", "--name", "flows"];

#[test]
fn a_new_key_goes_to_standard_output_alone() {
    let program = Program::with_acme();
    let ran = program.run(&ISSUE);
    let key = ran.is(0).key();
    assert!(ran.err.is_empty(), "nothing beside it");
    assert_eq!(program.outcome(&key, &[]), "valid");
    for words in
        [&["keys", "list"][..], &["keys", "list", "--json"], &["audit", "list", "--json"], &["doctor"]]
    {
        assert!(!program.run(words).is(0).shows(&key));
    }
}

#[test]
fn the_plaintext_is_nowhere_in_the_store() {
    let program = Program::with_acme();
    let (id, first) = program.issue("flows", &[]);
    let second = program.run(&["keys", "rotate", &id]).is(0).key();
    for entry in std::fs::read_dir(program.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for key in [&first, &second] {
            // The end of a key is nowhere either; its visible beginning is.
            let hidden = &key.expose().as_bytes()[key.expose().len() - 26..];
            assert!(!bytes.windows(hidden.len()).any(|window| window == hidden));
        }
    }
}

#[test]
fn a_key_can_go_out_as_a_line_or_a_secret() {
    let program = Program::with_acme();
    let line = program.run(&[&ISSUE[..], &["--env"]].concat());
    let text = line.is(0).out.strip_prefix("LATCHKEY_API_KEY=").unwrap();
    assert_eq!(text.trim_end().len(), 40);
    let id = program.json(&["keys", "list"])["items"][0]["id"].as_str().unwrap().to_owned();
    let named = program.run(&["keys", "rotate", &id, "--env", "--env-name", "ACME_KEY", "--cut-old"]);
    assert!(named.is(0).out.starts_with("ACME_KEY=sk_live_"));
    let words = ["keys", "rotate", &id, "--cut-old", "--k8s", "--secret-name", "acme", "--namespace", "prod"];
    let secret = program.run(&words);
    let (head, rest) = secret.is(0).out.split_once("  LATCHKEY_API_KEY: \"").unwrap();
    assert_eq!(
        head,
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: acme\n  namespace: prod\ntype: Opaque\nstringData:\n"
    );
    let key = latchkey_core::PlaintextKey::new(rest.strip_suffix("\"\n").unwrap().to_owned());
    assert_eq!(program.outcome(&key, &[]), "valid");
    program.run(&[&ISSUE[..], &["--env", "--k8s"]].concat()).is(2);
    program.run(&[&ISSUE[..], &["--env", "--json"]].concat()).is(2).says("json");
    program.run(&[&ISSUE[..], &["--env", "--env-name", "A B"]].concat()).is(2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_rotation_whose_key_cannot_be_written_leaves_the_old_secret_working() {
    let program = Program::with_acme();
    let (id, old) = program.issue("flows", &[]);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = Ran::of(program.command(&["keys", "rotate", &id, "--grace", "0"]).stdout(full));
    ran.is(1).says("could not be written").says("keys remint");
    assert_eq!(program.outcome(&old, &[]), "valid");
    let shown = program.json(&["keys", "show", &id]);
    assert_eq!((&shown["unsaved"], &shown["secrets"][0]["state"]), (&true.into(), &"unconfirmed".into()));
    let new = program.run(&["keys", "remint", &id]).is(0).key();
    assert_eq!((program.outcome(&old, &[]), program.outcome(&new, &[])), ("retired".into(), "valid".into()));
}

#[cfg(unix)]
#[test]
fn a_key_nobody_read_is_not_confirmed() {
    let program = Program::with_acme();
    for words in [&ISSUE[..], &["generate_api_key", "--tenant=acme", "--role=1", "--name=seed"]] {
        let mut child = program.command(words).spawn().unwrap();
        drop(child.stdout.take());
        let ran = Ran::from(child.wait_with_output().unwrap());
        ran.is(1).says("could not be written");
    }
    let listed = program.json(&["keys", "list", "--status", "unconfirmed"]);
    assert_eq!(listed["total"], 2);
}

#[test]
fn a_key_written_to_a_file_is_confirmed() {
    let program = Program::with_acme();
    let path = program.folder.path().join("key.txt");
    let file = std::fs::File::create(&path).unwrap();
    Ran::of(program.command(&ISSUE).stdout(Stdio::from(file))).is(0);
    let key = latchkey_core::PlaintextKey::new(std::fs::read_to_string(&path).unwrap().trim_end().to_owned());
    assert_eq!(program.outcome(&key, &[]), "valid");
    assert_eq!(program.json(&["keys", "list"])["items"][0]["status"], "active");
}

#[test]
fn the_person_may_confirm_at_once_or_later() {
    let program = Program::with_acme();
    let now = program.json(&[&ISSUE[..], &["--confirm", "now"]].concat());
    assert_eq!(now["key"]["status"], "active");
    let later = program.run(&["keys", "issue", "--tenant", "acme", "--name", "later", "--confirm", "later"]);
    let key = later.is(0).says("keys confirm").key();
    let id = program.json(&["keys", "list", "--status", "unconfirmed"])["items"][0]["id"].clone();
    assert_eq!(program.outcome(&key, &[]), "valid", "an unconfirmed key works until it lapses");
    program.run(&["keys", "confirm", id.as_str().unwrap()]).is(0);
    assert_eq!(program.json(&["keys", "list", "--status", "unconfirmed"])["total"], 0);
}

#[test]
fn the_same_idempotency_key_makes_one_key_and_shows_it_once() {
    let program = Program::with_acme();
    let words = [&ISSUE[..], &["--idempotency-key", "deploy-17"]].concat();
    let key = program.run(&words).is(0).key();
    let again = program.run(&words);
    again.is(5).says("shown once");
    assert!(again.out.is_empty());
    let answer = program.json(&words);
    assert!(answer.get("plaintext").is_none() && answer["key"]["id"].is_string());
    assert_eq!(program.json(&["keys", "list"])["total"], 1);
    assert_eq!(program.outcome(&key, &[]), "valid");
    let other = ["keys", "issue", "--tenant", "acme", "--name", "other", "--idempotency-key", "deploy-17"];
    program.run(&other).is(2);
    program.run(&["keys", "list", "--idempotency-key", "x"]).is(2).says("issue, create, rotate");
}

#[test]
fn what_deserves_a_second_look_is_said_beside_the_key() {
    let program = Program::with_acme();
    let ran = program.run(&[&ISSUE[..], &["--expires", "2099-12-31", "--ip", "0.0.0.0/0"]].concat());
    ran.is(0).says("more than ten years").says("every address");
    ran.key();
}
