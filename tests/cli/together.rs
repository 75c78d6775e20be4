//! Two people at once: several runs of the program on one SQLite file.

use std::process::Child;

use crate::program::{Program, Ran};

fn ended(children: Vec<Child>) -> Vec<Ran> {
    children.into_iter().map(|child| Ran::from(child.wait_with_output().unwrap())).collect()
}

#[test]
fn keys_issued_at_the_same_time_are_all_there() {
    let program = Program::with_acme();
    let names: Vec<String> = (0..6).map(|number| format!("flow {number}")).collect();
    let runs = names
        .iter()
        .map(|name| program.command(&["keys", "issue", "--tenant", "acme", "--name", name]).spawn().unwrap());
    let keys: Vec<_> = ended(runs.collect()).iter().map(|ran| ran.is(0).key()).collect();
    assert!(keys.iter().all(|key| program.outcome(key, &[]) == "valid"));
    assert_eq!(program.json(&["keys", "list", "--status", "active"])["total"], 6);
    program.run(&["audit", "verify"]).is(0);
}

#[test]
fn of_two_rotations_one_wins_and_the_other_is_told_who_did() {
    let program = Program::with_acme();
    let (id, old) = program.issue("flows", &[]);
    let version = program.json(&["keys", "show", &id])["version"].to_string();
    let rotate = ["keys", "rotate", &id, "--version", &version, "--json"];
    let runs: Vec<_> = (0..2).map(|_| program.command(&rotate).spawn().unwrap()).collect();
    let mut ran = ended(runs);
    ran.sort_by_key(|ran| ran.code);
    ran[0].is(0);
    ran[1].is(5);
    let told: serde_json::Value = serde_json::from_str(&ran[1].err).unwrap();
    assert_eq!(told["code"], "conflict");
    assert!(told["by"].is_string() && told["at"].is_string());
    assert_eq!(program.outcome(&old, &[]), "valid");
    assert_eq!(program.json(&["keys", "show", &id])["status"], "rotating");
}

#[test]
fn the_same_name_twice_at_once_is_taken_once() {
    let program = Program::with_acme();
    let issue = ["keys", "issue", "--tenant", "acme", "--name", "flows"];
    let runs: Vec<_> = (0..4).map(|_| program.command(&issue).spawn().unwrap()).collect();
    let mut codes: Vec<_> = ended(runs).iter().map(|ran| ran.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 5, 5, 5]);
}

#[test]
fn the_same_words_work_on_postgresql() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let program =
        Program { store: runtime.block_on(latchkey_tests::new_database()), ..Program::without_store() };
    program.run(&["keys", "list"]).is(6);
    program.run(&["init", "--prefix", "acme"]).is(0);
    program.run(&["init"]).is(6);
    program.run(&["tenants", "create", "acme", "--name", "ACME Corp"]).is(0);
    let issued = program.json(&["keys", "issue", "--tenant", "acme", "--name", "flows"]);
    let key = latchkey_core::PlaintextKey::new(issued["plaintext"].as_str().unwrap().to_owned());
    assert_eq!(program.outcome(&key, &[]), "valid");
    program.run(&["audit", "verify"]).is(0);
    program.run(&["doctor"]).is(0);
}
