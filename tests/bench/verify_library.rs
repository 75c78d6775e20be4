//! What one verification from memory costs: instructions by callgrind, as the slope between so many and twice as many,
//! so that starting and ending fall out; and allocations. Runs the program `hot`, which asks.

use std::process::Command;

use crate::report;

/// How many verifications; twice as many stand beside them.
const TIMES: u64 = 100_000;
/// What is asked, and the argument of the program for it.
const CASES: [(&str, &str); 2] = [
    ("a key alone", "bare"),
    ("one of four permissions of a role, an address range, two windows of a limit", "full"),
];

/// Measures and prints one table.
pub fn run() {
    let about = format!(
        "`Verifier::verify_warm` with a question made once, on a key in memory: instructions by callgrind as the slope \
         between {TIMES} verifications and twice as many, and allocations over all of them."
    );
    report::title("verify-library", &about);
    let row = |(what, case): (&str, &str)| {
        let (once, _) = under_callgrind(case, TIMES);
        let (twice, allocations) = under_callgrind(case, TIMES * 2);
        let each = twice.saturating_sub(once) / TIMES;
        vec![what.to_owned(), each.to_string(), allocations.to_string()]
    };
    report::table(&["asked of", "instructions", "allocations"], &CASES.map(row));
    report::note("Goal: at most 1200 instructions, no allocation.");
}

/// The instructions of the whole run, and the allocations it prints.
fn under_callgrind(case: &str, times: u64) -> (u64, u64) {
    let program = std::env::current_exe().unwrap().with_file_name("hot");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([case, &times.to_string()])
        .output()
        .expect("valgrind cannot be started; `cargo xtask bench` installs it");
    let (told, said) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{told}");
    let collected = told.lines().find_map(|line| line.split_once("Collected :")).unwrap().1;
    let allocations = said.lines().last().unwrap();
    (collected.trim().parse().unwrap(), allocations.trim().parse().unwrap())
}
