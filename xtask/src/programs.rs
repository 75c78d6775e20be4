// Building the two programs and opening the desktop.
// It must not test or lint anything; cargo alone decides what has to be compiled.

use std::ffi::OsString;

use anyhow::bail;
use clap::Args;

use crate::process::{self, say};
use crate::workspace::{Profile, Workspace};
use crate::{machine, ui};

/// The cargo feature of the desktop that lets a WebDriver in.
pub const E2E: &str = "latchkey-desktop/e2e";
/// The window.
pub const DESKTOP: &str = "latchkey-desktop";
/// The command line.
pub const CLI: &str = "latchkey";

/// What `cargo xtask build` can be told.
#[derive(Args)]
pub struct Build {
    /// Optimised, as it is shipped
    #[arg(long)]
    release: bool,
    /// The desktop lets a WebDriver drive it (never ship this)
    #[arg(long)]
    e2e: bool,
}

/// Installs what is missing, builds both programs and says where they are.
pub fn build(workspace: &Workspace, build: &Build) -> anyhow::Result<()> {
    let profile = if build.release { Profile::Release } else { Profile::Debug };
    compile(workspace, profile, build.e2e)?;
    for name in [DESKTOP, CLI] {
        println!("{}", workspace.shown(&workspace.program(profile, name)));
    }
    Ok(())
}

/// Installs what is missing, builds, and opens the desktop with `arguments`.
pub fn run(workspace: &Workspace, arguments: &[OsString]) -> anyhow::Result<()> {
    compile(workspace, Profile::Debug, false)?;
    if !machine::has_display() {
        bail!(
            "there is no display to open the window on (DISPLAY and WAYLAND_DISPLAY are empty); \
             start this from a desktop session, or use the command line: {}",
            workspace.shown(&workspace.program(Profile::Debug, CLI))
        );
    }
    say("Opening Latchkey");
    process::run(std::process::Command::new(workspace.program(Profile::Debug, DESKTOP)).args(arguments))
}

/// Always the whole workspace: a part of it would resolve other features of the same
/// libraries and compile most of them a second time.
fn compile(workspace: &Workspace, profile: Profile, e2e: bool) -> anyhow::Result<()> {
    machine::install(machine::BUILD)?;
    ui::build(workspace)?;
    say("Building latchkey-desktop and latchkey");
    let mut cargo = workspace.cargo(&["build", "--workspace", "--locked"]);
    if cfg!(windows) {
        // Windows cannot replace the file of a program that runs, and xtask runs.
        cargo.args(["--exclude", "xtask"]);
    }
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    if e2e {
        cargo.args(["--features", E2E]);
    }
    process::run(&mut cargo)
}
