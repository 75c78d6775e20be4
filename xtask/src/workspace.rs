// Where things lie: the root, the target directory, the built programs, and the two tools
// everything is built with (cargo and npm), started the same way by every command.
// It must not decide what to build; that is programs.rs, ui.rs and testing.rs.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::process;

/// This checkout and what cargo says about it.
pub struct Workspace {
    /// The directory of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo puts what it builds (`CARGO_TARGET_DIR` or `target`), absolute.
    pub target: PathBuf,
    /// `cargo metadata --no-deps`: the packages with their direct dependencies.
    pub metadata: Value,
}

/// Which profile a program is built with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Debug,
    Release,
}

impl Workspace {
    /// Asks cargo where the workspace is that this program belongs to.
    pub fn find() -> anyhow::Result<Self> {
        // `cargo run` names the directory at run time, so a moved checkout still works.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask has no parent directory")?.to_path_buf();
        let mut cargo = cargo_command();
        cargo.args(["metadata", "--no-deps", "--format-version=1", "--manifest-path"]);
        cargo.arg(root.join("Cargo.toml"));
        let metadata: Value =
            serde_json::from_str(&process::output(&mut cargo)?).context("cargo metadata is not JSON")?;
        let Some(target) = metadata["target_directory"].as_str() else {
            bail!("cargo metadata names no target directory");
        };
        Ok(Self { root, target: PathBuf::from(target), metadata })
    }

    /// `cargo …` in the root, without the variables that describe xtask itself.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = cargo_command();
        command.current_dir(&self.root).args(arguments);
        if env::var_os("CARGO_TARGET_DIR").is_some() {
            // A relative one was meant from where the person stands, not from the root.
            command.env("CARGO_TARGET_DIR", &self.target);
        }
        command
    }

    /// `npm --prefix ui …` in the root.
    pub fn npm(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(NPM);
        command.current_dir(&self.root).args(["--prefix", "ui"]).args(arguments);
        command
    }

    /// The folder of the UI's sources.
    pub fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// Where a program lies once it is built.
    pub fn program(&self, profile: Profile, name: &str) -> PathBuf {
        let folder = match profile {
            Profile::Debug => "debug",
            Profile::Release => "release",
        };
        self.target.join(folder).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// A path as a person wants to read it: from the root when it lies inside.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// npm is a script on Windows, and `Command` starts only what carries its ending.
pub const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

fn cargo_command() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // `cargo run` describes xtask in these, and build scripts that watch them (ring's does)
    // would compile again whenever somebody changes between `cargo` and `cargo xtask`.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(describes_a_package) {
            command.env_remove(name);
        }
    }
    command
}

fn describes_a_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || variable.starts_with("CARGO_MANIFEST_")
        || ["CARGO_BIN_NAME", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"].contains(&variable)
}

#[cfg(test)]
mod tests {
    use super::describes_a_package;

    #[test]
    fn variables_about_xtask_are_kept_from_a_nested_cargo_and_settings_are_not() {
        assert!(describes_a_package("CARGO_PKG_NAME"));
        assert!(describes_a_package("CARGO_MANIFEST_DIR"));
        assert!(!describes_a_package("CARGO_HOME"));
        assert!(!describes_a_package("CARGO_TARGET_DIR"));
        assert!(!describes_a_package("CARGO_INCREMENTAL"));
    }
}
