// `cargo xtask check`: everything that is judged without running the programs. It goes on after
// a failure, so that one run tells all there is to mend.

use std::time::Instant;

use anyhow::{Context, bail};

use crate::process::{self, say};
use crate::programs::E2E;
use crate::workspace::Workspace;
use crate::{fences, freshness, machine, sources, ui};

type Step = (&'static str, fn(&Workspace) -> anyhow::Result<()>);

/// In the order in which they are worth reading: quick ones first.
const STEPS: &[Step] = &[
    ("format", format),
    ("fences", fences::check),
    ("length and opening comment of files", sources::check),
    // Before the lints, for the desktop does not compile without ui/dist.
    // Its script judges the types first, so there is no step of their own.
    ("UI types and build", ui::build),
    ("UI lint", |workspace| ui::script(workspace, "lint")),
    ("UI format", |workspace| ui::script(workspace, "format:check")),
    ("UI unused code", |workspace| ui::script(workspace, "unused")),
    ("freshness of generated files", freshness::check),
    ("lints", lints),
    ("lints of the build for tests", lints_of_the_e2e_build),
];

/// Runs every check and fails with the names of those that found something.
pub fn check(workspace: &Workspace) -> anyhow::Result<()> {
    machine::install(machine::BUILD)?;
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        say(&format!("Checking {name}"));
        let begun = Instant::now();
        match step(workspace) {
            Ok(()) => println!("    done in {:.1} s", begun.elapsed().as_secs_f32()),
            Err(error) => {
                eprintln!("    {error:#}");
                failed.push(*name);
            }
        }
        if process::interrupted() {
            bail!("interrupted");
        }
    }
    if failed.is_empty() {
        say("Everything checked is in order");
        return Ok(());
    }
    bail!("{} of {} checks failed: {}", failed.len(), STEPS.len(), failed.join(", "))
}

fn format(workspace: &Workspace) -> anyhow::Result<()> {
    // `-l` names the files; the differences themselves would bury the other findings.
    process::run(&mut workspace.cargo(&["fmt", "--all", "--check", "--", "-l"]))
        .context("run `cargo fmt --all` and commit what it changes in the files named above")
}

fn lints(workspace: &Workspace) -> anyhow::Result<()> {
    clippy(workspace, &[])
}

/// Only the desktop differs, so this takes seconds after the lints of the ordinary build.
fn lints_of_the_e2e_build(workspace: &Workspace) -> anyhow::Result<()> {
    clippy(workspace, &["--features", E2E])
}

fn clippy(workspace: &Workspace, features: &[&str]) -> anyhow::Result<()> {
    let mut cargo = workspace.cargo(&["clippy", "--workspace", "--all-targets", "--locked"]);
    process::run(cargo.args(features).args(["--", "-D", "warnings"]))
}
