//! `cargo xtask`: the project's own commands, so that two of them are enough on a fresh machine.
//! This file holds the command line and nothing else; each command's work has a room of its own.

mod bench;
mod check;
mod fences;
mod freshness;
mod programs;
mod sources;
mod testing;
mod ui;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use workspace::Workspace;
use xtask::{machine, process, servers};

/// Latchkey's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing, build, and open the desktop
    Run {
        /// Arguments for latchkey-desktop, after `--`
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Build latchkey-desktop and latchkey into target/debug or target/release
    Build(programs::Build),
    /// Format, lints, fences, freshness of generated files, TypeScript, UI lint, lengths
    Check,
    /// Run every test, headless, starting the servers they need
    Test(testing::Test),
    /// Write the TypeScript types of the UI and the OpenAPI document from the Rust types
    Generate {
        /// Where the types go
        #[arg(default_value = freshness::GENERATED)]
        directory: PathBuf,
    },
    /// Run the benchmarks in release, all of them or those named
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    match perform(Xtask::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> anyhow::Result<()> {
    process::notice_interrupts()?;
    let workspace = Workspace::find()?;
    match task {
        Task::Run { arguments } => programs::run(&workspace, &arguments),
        Task::Build(build) => programs::build(&workspace, &build),
        Task::Check => check::check(&workspace),
        Task::Test(test) => testing::test(&workspace, &test),
        Task::Generate { directory } => freshness::generate(&workspace, &workspace.root.join(directory)),
        Task::Bench(bench) => bench::bench(&workspace, &bench),
    }
}
