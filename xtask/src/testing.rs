// `cargo xtask test`: everything that can be tested here, headless, with what it needs running
// beside it. Which tests there are is the business of the crates; this only knows that those in
// a module `window` open windows.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use crate::process::{self, say};
use crate::programs::{CLI, DESKTOP, E2E};
use crate::servers::{POSTGRES_URL, Servers, Wanted};
use crate::workspace::{Profile, Workspace};
use crate::{machine, ui};

/// Tests of this module open windows: they need a display and run one at a time.
const WINDOW: &str = "window::";

/// What `cargo xtask test` can be told.
#[derive(Args)]
pub struct Test {
    /// Also what takes minutes (more random cases, larger stores)
    #[arg(long)]
    long: bool,
    /// Leave out the tests that open windows
    #[arg(long, conflicts_with = "only")]
    no_window: bool,
    /// Only one kind of tests
    #[arg(long, value_name = "KIND")]
    only: Option<Kind>,
    /// Only Rust tests with one of these in their name
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Those that open windows
    Window,
    /// The UI's unit tests
    Ui,
}

/// Installs what is missing, builds, starts servers, runs the tests, and takes all of it down.
pub fn test(workspace: &Workspace, test: &Test) -> anyhow::Result<()> {
    let window = !test.no_window && cfg!(target_os = "linux");
    let mut failed = Failures::default();
    // The UI's come first: they are over in seconds and need only npm's packages.
    if test.only != Some(Kind::Window) && test.filters.is_empty() {
        say("Testing the UI");
        failed.note(ui::script(workspace, "test"))?;
    }
    if test.only != Some(Kind::Ui) {
        install(window)?;
        ui::build(workspace)?;
        let programs = build(workspace, window)?;
        let servers = Servers::start(Wanted { window, pooler: true, durable: false })?;
        for mut cargo in rust_tests(workspace, test, window) {
            say(&format!("Testing: {}", process::words(&cargo)));
            servers.tell(&mut cargo);
            cargo.envs(programs.iter().map(|(name, path)| (*name, path)));
            if test.long {
                cargo.env("LATCHKEY_LONG", "1");
            }
            failed.note(process::run_in_group(&mut cargo))?;
        }
    }
    failed.verdict()
}

/// What failed so far. A failing list does not keep the next from being run, so that one run
/// tells all there is to mend.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    /// Keeps a failure for later; only an interrupt is passed on at once.
    fn note(&mut self, result: anyhow::Result<()>) -> anyhow::Result<()> {
        match result {
            Err(error) if process::interrupted() => Err(error),
            Err(error) => {
                eprintln!("xtask: {error:#}");
                self.0.push(format!("{error:#}"));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn verdict(self) -> anyhow::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        bail!("not every test passed: {}", self.0.join("; "))
    }
}

fn install(window: bool) -> anyhow::Result<()> {
    let mut packages = machine::BUILD.to_vec();
    if window {
        packages.extend(machine::WINDOW);
    }
    if cfg!(target_os = "linux") {
        packages.extend(machine::missing_gateways());
        packages.extend(machine::PYTHON);
        packages.extend(machine::CLOCKS);
        packages.extend(machine::UNITS);
    }
    if std::env::var_os(POSTGRES_URL).is_none() {
        if machine::pooler_program().is_none() {
            packages.extend(machine::POOLER);
        }
        if machine::postgres_programs().is_none() {
            packages.extend(machine::POSTGRES);
        }
    }
    machine::install(&packages)
}

/// Builds the programs the tests start; answers where each lies, by the variable that tells it.
fn build(workspace: &Workspace, window: bool) -> anyhow::Result<Vec<(&'static str, PathBuf)>> {
    // The tests are built along, for with them other features of shared libraries are chosen
    // and those libraries would be compiled twice.
    let build = ["build", "--workspace", "--locked", "--bins", "--tests"];
    say("Building the tests, and the programs so that a WebDriver may drive the desktop");
    process::run(workspace.cargo(&build).args(["--features", E2E]))?;
    let mut programs = vec![
        ("LATCHKEY_DESKTOP", keep(workspace, "e2e", DESKTOP)?),
        ("LATCHKEY_CLI", keep(workspace, "e2e", CLI)?),
    ];
    if window {
        // Second, so that what is left in target/debug is what a person may start.
        say("Building the desktop as it is shipped, for the test that it refuses a WebDriver");
        process::run(&mut workspace.cargo(&build))?;
        programs.push(("LATCHKEY_DESKTOP_ORDINARY", keep(workspace, "ordinary", DESKTOP)?));
    }
    Ok(programs)
}

/// Copies a program away: cargo puts both builds in the same place, and a build in another
/// terminal must not change the programs under the tests that run.
fn keep(workspace: &Workspace, kind: &str, name: &str) -> anyhow::Result<PathBuf> {
    let built = workspace.program(Profile::Debug, name);
    let folder = workspace.target.join("xtask").join(kind);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let kept = folder.join(built.file_name().unwrap_or_default());
    // A program that still runs cannot be written over, but its name can be taken away.
    if kept.exists() {
        fs::remove_file(&kept).with_context(|| format!("cannot replace {}", kept.display()))?;
    }
    fs::copy(&built, &kept).with_context(|| format!("cannot copy {}", built.display()))?;
    Ok(kept)
}

/// The commands that run the Rust tests, the one with the most of them last.
fn rust_tests(workspace: &Workspace, test: &Test, window: bool) -> Vec<Command> {
    let nextest = process::succeeds(&mut workspace.cargo(&["nextest", "--version"]));
    let lists = if nextest { with_nextest(test, window) } else { with_cargo(test, window) };
    let mut commands = Vec::new();
    for list in lists {
        // "nextest run" or "test"; what is common to both follows the subcommand.
        let (subcommand, rest) = list.split_at(if list[0] == "nextest" { 2 } else { 1 });
        let mut cargo = workspace.cargo(&[]);
        cargo.args(subcommand).args(["--workspace", "--locked", "--features", E2E]).args(rest);
        commands.push(cargo);
    }
    commands
}

/// nextest gives every test a process, says which hang, and runs windows one at a time as
/// `.config/nextest.toml` tells it. It does not run examples in documentation.
fn with_nextest(test: &Test, window: bool) -> Vec<Vec<String>> {
    let mut run = list(&["nextest", "run"]);
    if test.long {
        run.extend(list(&["--profile", "long"]));
    }
    if test.only == Some(Kind::Window) {
        run.extend(list(&["-E", "test(/(^|::)window::/)"]));
    } else if !window {
        run.extend(list(&["-E", "not test(/(^|::)window::/)"]));
    }
    run.extend(test.filters.iter().cloned());
    if test.only.is_none() && test.filters.is_empty() {
        vec![list(&["test", "--doc"]), run]
    } else {
        vec![run]
    }
}

/// Without nextest: what opens windows runs after everything else, one test at a time.
fn with_cargo(test: &Test, window: bool) -> Vec<Vec<String>> {
    let mut runs = Vec::new();
    if window && !test.filters.iter().any(|filter| !filter.contains(WINDOW)) {
        let mut run = list(&["test", "--bins", "--lib", "--tests", "--", "--test-threads=1"]);
        run.extend(if test.filters.is_empty() { list(&[WINDOW]) } else { test.filters.clone() });
        runs.push(run);
    }
    if test.only != Some(Kind::Window) {
        let mut run = list(&["test", "--", "--skip", WINDOW]);
        run.extend(test.filters.iter().cloned());
        runs.push(run);
    }
    runs
}

fn list(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(filters: &[&str]) -> Test {
        Test { long: false, no_window: false, only: None, filters: list(filters) }
    }

    #[test]
    fn everything_is_documentation_first_and_the_long_list_last() {
        let runs = with_nextest(&told(&[]), true);
        assert_eq!(runs, [list(&["test", "--doc"]), list(&["nextest", "run"])]);
    }

    #[test]
    fn a_filter_runs_only_what_it_names() {
        let runs = with_nextest(&told(&["grace", "hint"]), true);
        assert_eq!(runs, [list(&["nextest", "run", "grace", "hint"])]);
    }

    #[test]
    fn without_a_display_no_window_is_opened() {
        assert!(with_nextest(&told(&[]), false)[1].contains(&"not test(/(^|::)window::/)".to_owned()));
        let runs = with_cargo(&told(&[]), false);
        assert_eq!(runs, [list(&["test", "--", "--skip", "window::"])]);
    }

    #[test]
    fn plain_cargo_opens_one_window_at_a_time_and_leaves_none_out() {
        let runs = with_cargo(&told(&[]), true);
        assert_eq!(runs.len(), 2);
        assert!(runs[0].ends_with(&list(&["--test-threads=1", "window::"])));
        assert!(runs[1].ends_with(&list(&["--skip", "window::"])));
        let named = with_cargo(&told(&["window::story"]), true);
        assert!(named[0].ends_with(&list(&["--test-threads=1", "window::story"])));
    }

    #[test]
    fn a_long_run_has_the_limits_of_a_long_run() {
        let runs = with_nextest(&Test { long: true, ..told(&[]) }, true);
        assert!(runs[1].ends_with(&list(&["--profile", "long"])));
    }
}
