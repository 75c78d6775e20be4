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
    assert_eq!((&facts["schema_version"], &facts["keys"]), (&3.into(), &keys.into()));
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
                    assert_eq!(migrated["to"], 3);
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
            let ran = at_once(&program, &["init", "--no-operator"]);
            let mut codes: Vec<i32> = ran.iter().map(|ran| ran.code).collect();
            codes.sort_unstable();
            assert_eq!(codes, [0, 6, 6, 6]);
            is_whole(&program, 0);
            // Whoever comes now makes the first operator, and only one does.
            let tokens = at_once(&program, &["init"]).iter().filter(|ran| !ran.out.is_empty()).count();
            assert_eq!((tokens, program.json(&["operators", "list"])["total"].as_u64()), (1, Some(1)));
            is_whole(&program, 0);
        }
    }
}

/// Runs a command and kills it at some moment; it may have ended by then.
fn kill_at_random(program: &Program, word: &str, randomness: &mut StdRng) {
    let mut child = program.command(&[word]).spawn().unwrap();
    // 4 to 262 ms, as many short as long ones: the machine may be quick or busy.
    std::thread::sleep(Duration::from_secs_f64(2_f64.powf(randomness.random_range(12.0..18.0)) / 1e6));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_program_that_is_killed_while_it_migrates_leaves_a_whole_store() {
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let mut randomness = StdRng::seed_from_u64(seed);
    let mut too_late = 0;
    for _ in 0..rounds(50) {
        for program in [old_file(), old_database()] {
            kill_at_random(&program, "migrate", &mut randomness);
            // Whatever it came to: the locks are let go, and the next one goes on from there.
            let migrated = program.json(&["migrate"]);
            too_late += usize::from(migrated["from"] == 3);
            is_whole(&program, 2);
        }
    }
    println!("killed {}, of these {too_late} after the migration", 2 * rounds(50));
}

#[test]
fn a_store_whose_maker_is_killed_is_not_there_or_unfinished_or_whole() {
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let mut randomness = StdRng::seed_from_u64(seed);
    for _ in 0..rounds(50) {
        let database = empty_database();
        kill_at_random(&database, "init", &mut randomness);
        let again = database.run(&["init"]);
        // Made now, or its operator, or both were there.
        assert!(again.code == 0 || again.err.contains("holds a Latchkey store already"), "{}", again.err);
        is_whole(&database, 0);

        let file = Program::without_store();
        kill_at_random(&file, "init", &mut randomness);
        let listed = file.run(&["keys", "list"]);
        if listed.code == 0 {
            is_whole(&file, 0);
        } else {
            let told = [
                "There is no store",
                "is not a Latchkey database",
                "was not finished when it was made",
                "was left half-written",
            ];
            assert!(told.iter().any(|words| listed.err.contains(words)), "{}", listed.err);
            for made in std::fs::read_dir(file.folder.path()).unwrap() {
                std::fs::remove_file(made.unwrap().path()).unwrap();
            }
            file.run(&["init"]).is(0);
        }
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

#[test]
fn the_audit_of_a_shared_database_names_the_account_and_the_person_behind_it() {
    let program = empty_database();
    program.run(&["init"]).is(0);
    program.run(&["tenants", "create", "acme", "--name", "ACME Corp"]).is(0);
    let listed = program.json(&["audit", "list"]);
    let actor = listed["items"][0]["actor"].as_str().unwrap();
    let account = url::Url::parse(&program.store).unwrap().username().to_owned();
    let file = Program::with_acme();
    let person = file.json(&["audit", "list"])["items"][0]["actor"].as_str().unwrap().to_owned();
    assert!(!person.contains('('), "a file knows no accounts: {person}");
    assert_eq!(actor, format!("{account} ({person})"));
}
