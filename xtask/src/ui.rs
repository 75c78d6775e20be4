// The UI's packages and its build: both done only when something they depend on has changed.
// It must not know what the UI's scripts do; their names are the contract with ui/package.json.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::process::{self, say};
use crate::workspace::{NPM, Workspace};

/// Folders below `ui` that are made from the rest.
const MADE: &[&str] = &["coverage", "dist", "dist-mock", "node_modules"];

/// Installs the UI's packages if the lock file is not the one they were installed from.
pub fn install(workspace: &Workspace) -> anyhow::Result<()> {
    let ui = workspace.ui();
    let stamp = Stamp::at(&ui, "packages");
    let wanted = fingerprint(&[ui.join("package.json"), ui.join("package-lock.json")], &ui)?;
    if stamp.says(&wanted) {
        return Ok(());
    }
    if !process::succeeds(Command::new(NPM).arg("--version")) {
        bail!("npm cannot be started; install Node 20 or newer (it brings npm) and start this again");
    }
    refuse_a_stale_lock(&ui)?;
    say("Installing the UI's npm packages into ui/node_modules, as ui/package-lock.json lists them");
    // Not `npm ci`: it insists on lock entries for the binaries of every other system, and a
    // registry that lags behind with those makes a lock file it refuses. This installs the
    // same locked versions, checks the same hashes and leaves the lock file alone.
    process::run(&mut workspace.npm(&["install", "--no-save", "--no-audit", "--no-fund"])).context(
        "the UI's packages could not be installed: npm's own message is above; \
         if it could not download, check the network and npm's proxy settings, then start this again",
    )?;
    stamp.write(&wanted)
}

/// Builds the UI into `ui/dist`, which the desktop embeds, if its sources have changed.
pub fn build(workspace: &Workspace) -> anyhow::Result<()> {
    install(workspace)?;
    let ui = workspace.ui();
    let stamp = Stamp::at(&ui, "build");
    let wanted = fingerprint(&sources(&ui)?, &ui)?;
    if stamp.says(&wanted) && ui.join("dist").join("index.html").exists() {
        return Ok(());
    }
    say("Building the UI");
    process::run(&mut workspace.npm(&["run", "--silent", "build"]))?;
    stamp.write(&wanted)
}

/// Runs one of the scripts of `ui/package.json`.
pub fn script(workspace: &Workspace, name: &str) -> anyhow::Result<()> {
    install(workspace)?;
    process::run(&mut workspace.npm(&["run", "--silent", name]))
}

/// `npm install` would mend a lock file that lacks something in silence; here that is an error.
fn refuse_a_stale_lock(ui: &Path) -> anyhow::Result<()> {
    let read = |name: &str| -> anyhow::Result<Value> {
        let text = fs::read_to_string(ui.join(name)).with_context(|| format!("cannot read ui/{name}"))?;
        serde_json::from_str(&text).with_context(|| format!("ui/{name} is not JSON"))
    };
    if lock_is_stale(&read("package.json")?, &read("package-lock.json")?) {
        bail!(
            "ui/package-lock.json is not the lock of ui/package.json; run `npm --prefix ui install` and commit it"
        );
    }
    Ok(())
}

/// Whether the lock was made for other direct dependencies than the package names.
fn lock_is_stale(package: &Value, lock: &Value) -> bool {
    ["dependencies", "devDependencies", "optionalDependencies"]
        .iter()
        .any(|kind| package[*kind] != lock["packages"][""][*kind])
}

/// Every file the UI is built from.
fn sources(ui: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![ui.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !MADE.contains(&name) {
                    folders.push(path);
                }
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A value that changes when a file's name or content does. Times do not count: a fresh
/// checkout or a switch of branches and back is no change.
fn fingerprint(files: &[PathBuf], root: &Path) -> anyhow::Result<String> {
    // The hash only tells a change on this machine, so the standard library's is enough.
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(root).unwrap_or(file).hash(&mut hasher);
        fs::read(file).with_context(|| format!("cannot read {}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// What was done last time, noted inside `node_modules` so that it goes when they go.
struct Stamp(PathBuf);

impl Stamp {
    fn at(ui: &Path, name: &str) -> Self {
        Self(ui.join("node_modules").join(".cache").join("xtask").join(name))
    }

    fn says(&self, wanted: &str) -> bool {
        fs::read_to_string(&self.0).is_ok_and(|found| found == wanted)
    }

    fn write(&self, done: &str) -> anyhow::Result<()> {
        let folder = self.0.parent().context("a stamp lies in a folder")?;
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&self.0, done))
            .with_context(|| format!("cannot write {}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ui_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let ui = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = ui.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        ui
    }

    fn fingerprint_of(ui: &Path) -> String {
        fingerprint(&sources(ui).unwrap(), ui).unwrap()
    }

    #[test]
    fn an_edited_a_new_and_a_renamed_file_each_change_the_fingerprint() {
        let ui = ui_with(&[("src/app.tsx", "one"), ("index.html", "page")]);
        let first = fingerprint_of(ui.path());
        fs::write(ui.path().join("src/app.tsx"), "two").unwrap();
        let edited = fingerprint_of(ui.path());
        fs::write(ui.path().join("src/more.ts"), "").unwrap();
        let added = fingerprint_of(ui.path());
        fs::rename(ui.path().join("src/more.ts"), ui.path().join("src/less.ts")).unwrap();
        let renamed = fingerprint_of(ui.path());
        let mut all = vec![first, edited, added, renamed];
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn what_is_made_from_the_sources_and_a_touched_file_change_nothing() {
        let ui = ui_with(&[("src/app.tsx", "one")]);
        let first = fingerprint_of(ui.path());
        fs::create_dir_all(ui.path().join("dist")).unwrap();
        fs::write(ui.path().join("dist/index.html"), "built").unwrap();
        fs::write(ui.path().join("src/app.tsx"), "one").unwrap();
        assert_eq!(fingerprint_of(ui.path()), first);
    }

    #[test]
    fn a_lock_for_other_versions_or_without_a_package_is_stale() {
        let package = json!({ "dependencies": { "react": "19.3.1" } });
        let lock = |dependencies: Value| json!({ "packages": { "": { "dependencies": dependencies } } });
        assert!(!lock_is_stale(&package, &lock(json!({ "react": "19.3.1" }))));
        assert!(lock_is_stale(&package, &lock(json!({ "react": "19.3.0" }))));
        assert!(lock_is_stale(&package, &lock(json!({}))));
        assert!(lock_is_stale(&package, &json!({})));
    }

    #[test]
    fn a_stamp_is_believed_only_for_what_it_was_written_for() {
        let ui = ui_with(&[]);
        let stamp = Stamp::at(ui.path(), "build");
        assert!(!stamp.says("a"));
        stamp.write("a").unwrap();
        assert!(stamp.says("a"));
        assert!(!stamp.says("b"));
    }
}
