//! Making and migrating stores by several programs at once, some of which are killed, and the rights that
//! `init --grants` prints and applies. Stores of version 1 are those that 0.1.0 made.

use std::process::Child;
use std::time::Duration;

use latchkey_tests::{new_database, rounds, version_1};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::program::{Program, Ran};

const STARTERS: usize = 4;

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// The program with a SQLite store of version 1.
fn old_file() -> Program {
    let program = Program::without_store();
    wait(version_1::sqlite(&program.folder));
    program
}

/// The program with a PostgreSQL store of version 1.
fn old_database() -> Program {
    Program { store: wait(version_1::postgres()), ..Program::without_store() }
}

/// The program with an empty database.
fn empty_database() -> Program {
    Program { store: wait(new_database()), ..Program::without_store() }
}

fn at_once(program: &Program, words: &[&str]) -> Vec<Ran> {
    let children: Vec<Child> = (0..STARTERS).map(|_| program.command(words).spawn().unwrap()).collect();
    children.into_iter().map(|child| Ran::from(child.wait_with_output().unwrap())).collect()
}

/// What is there is a store of this version that holds what it should.
fn is_whole(program: &Program, keys: u64) {
    let facts = program.run(&["doctor", "--json"]);
    let facts: serde_json::Value = serde_json::from_str(&facts.out).expect("doctor answers");
    assert_eq!((&facts["schema_version"], &facts["keys"]), (&2.into(), &keys.into()));
    for finding in facts["findings"].as_array().unwrap() {
        // The files of these tests were not made by the program.
        assert!(finding["ok"] == true || finding["check"] == "file", "{finding}");
    }
}

#[test]
fn of_four_programs_that_migrate_at_once_one_does_it() {
    for _ in 0..rounds(50) {
        for program in [old_file(), old_database()] {
            program.run(&["keys", "list"]).is(6).says("migrate");
            let ran = at_once(&program, &["migrate", "--json"]);
            let mut happened = 0;
            for ran in &ran {
                if ran.code == 0 {
                    let migrated: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
                    assert_eq!(migrated["to"], 2);
                    happened += usize::from(migrated["from"] == 1);
                } else {
                    ran.is(6).says("busy");
                }
            }
            assert_eq!(happened, 1, "{}", program.store);
            is_whole(&program, 2);
        }
    }
}

#[test]
fn of_four_programs_that_make_a_store_in_one_place_at_once_one_makes_it() {
    for _ in 0..rounds(50) {
        for program in [Program::without_store(), empty_database()] {
            let mut codes: Vec<i32> = at_once(&program, &["init"]).iter().map(|ran| ran.code).collect();
            codes.sort_unstable();
            assert_eq!(codes, [0, 6, 6, 6]);
            is_whole(&program, 0);
        }
    }
}

#[test]
fn a_program_that_is_killed_while_it_migrates_leaves_a_whole_store() {
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let mut randomness = StdRng::seed_from_u64(seed);
    let mut killed = 0;
    for _ in 0..rounds(50) {
        for program in [old_file(), old_database()] {
            let mut child = program.command(&["migrate"]).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(randomness.random_range(0..60_000)));
            child.kill().unwrap();
            killed += usize::from(!child.wait().unwrap().success());
            // Whatever it came to: the server lets go of the lock, and the next one goes on from there.
            program.run(&["migrate"]).is(0);
            is_whole(&program, 2);
        }
    }
    println!("killed {killed} of {}", 2 * rounds(50));
}

#[test]
fn a_database_that_is_being_made_by_a_program_that_is_killed_is_empty_or_whole() {
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let mut randomness = StdRng::seed_from_u64(seed);
    for _ in 0..rounds(50) {
        let program = empty_database();
        let mut child = program.command(&["init"]).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(randomness.random_range(0..100_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let again = program.run(&["init"]);
        assert!(again.code == 0 || again.err.contains("holds a Latchkey store already"), "{}", again.err);
        is_whole(&program, 0);
    }
}

#[test]
fn the_rights_are_printed_without_touching_the_store_and_applied_when_asked() {
    let program = empty_database();
    program.run(&["init"]).is(0);
    let printed = program.run(&["init", "--grants"]);
    printed.is(0);
    assert!(printed.out.contains("CREATE ROLE \"latchkey_admin\" NOLOGIN;"));
    assert!(printed.out.contains("GRANT latchkey_admin TO dana;"));
    let name = program.store.rsplit('/').next().unwrap();
    let groups = ["admin", "viewer", "verifier"].map(|group| format!("{name}_{group}"));
    let [admin, viewer, verifier] = groups.each_ref().map(String::as_str);
    let apply = ["init", "--grants", "--apply", "--admin", admin, "--viewer", viewer, "--verifier", verifier];
    let applied = program.run(&apply);
    applied.is(0);
    assert!(applied.out.contains(&format!("GRANT {admin} TO dana;")), "{}", applied.out);
    let answer = program.json(&apply);
    assert_eq!((&answer["applied"], &answer["viewer"]), (&true.into(), &viewer.into()));
}

#[test]
fn rights_that_cannot_be_given_are_refused_with_the_reason() {
    let program = Program::with_store();
    program.run(&["init", "--grants"]).is(2).says("A file has no accounts");
    program.run(&["init", "--apply"]).is(2);
    program.run(&["init", "--grants", "--prefix", "acme"]).is(2);
    let program = empty_database();
    program.run(&["init", "--grants", "--viewer", "public"]).is(2).says("viewer: public is no role's name");
    program.run(&["init", "--grants", "--apply"]).is(6).says("no Latchkey tables");
}
