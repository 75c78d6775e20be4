// Generated files: writing them, and telling whether the committed ones are what would be written.
// What they contain is decided in latchkey-core and latchkey-server; this only runs their generators.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use crate::process::{self, say};
use crate::workspace::Workspace;

/// Where the UI expects the types.
pub const GENERATED: &str = "ui/src/generated";
/// What the server hands out as the description of its API.
const OPENAPI: &str = "crates/latchkey-server/openapi.json";

/// Writes the TypeScript types of every operation into `directory`, and the server's OpenAPI document where it lies.
/// In the UI's own folder, files that nothing is generated into any more are removed; elsewhere nothing is.
pub fn generate(workspace: &Workspace, directory: &Path) -> anyhow::Result<()> {
    types(workspace, directory)?;
    say(&format!("Writing {OPENAPI}"));
    let path = workspace.root.join(OPENAPI);
    write(&path, &fresh_openapi(workspace)?).with_context(|| format!("cannot write {}", path.display()))
}

fn types(workspace: &Workspace, directory: &Path) -> anyhow::Result<()> {
    say(&format!("Writing the UI's types into {}", workspace.shown(directory)));
    let fresh = fresh(workspace)?;
    fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let before = texts(directory)?;
    for name in differences(&before, &fresh) {
        let path = directory.join(&name);
        let done = match fresh.get(&name) {
            Some(text) => write(&path, text),
            None if directory == workspace.root.join(GENERATED) => fs::remove_file(&path),
            None => Ok(()),
        };
        done.with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

/// What latchkey-core's generator writes now.
fn fresh(workspace: &Workspace) -> anyhow::Result<BTreeMap<String, String>> {
    let folder = tempfile::tempdir().context("cannot make a folder for the fresh files")?;
    let mut cargo = workspace.cargo(&["run", "--quiet", "--locked", "--package", "latchkey-core"]);
    cargo.args(["--features", "typescript", "--example", "generate_types", "--"]);
    process::run(cargo.arg(folder.path()))?;
    texts(folder.path())
}

/// What latchkey-server's generator writes now.
fn fresh_openapi(workspace: &Workspace) -> anyhow::Result<String> {
    let folder = tempfile::tempdir().context("cannot make a folder for the fresh file")?;
    let file = folder.path().join("openapi.json");
    let mut cargo = workspace.cargo(&["run", "--quiet", "--locked", "--package", "latchkey-server"]);
    cargo.args(["--features", "openapi", "--example", "generate_openapi", "--"]);
    process::run(cargo.arg(&file))?;
    fs::read_to_string(&file).context("the generator wrote no OpenAPI document")
}

/// Fails, naming the files, when a committed generated file is not what would be generated now.
pub fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let differing = differences(&texts(&workspace.root.join(GENERATED))?, &fresh(workspace)?);
    let mut stale: Vec<String> = differing.iter().map(|name| format!("{GENERATED}/{name}")).collect();
    let committed = fs::read_to_string(workspace.root.join(OPENAPI)).unwrap_or_default();
    if committed.replace("\r\n", "\n") != fresh_openapi(workspace)? {
        stale.push(OPENAPI.to_owned());
    }
    if stale.is_empty() {
        return Ok(());
    }
    bail!("stale files; run `cargo xtask generate` and commit: {}", stale.join(", "))
}

/// Every file below a folder with its text, by its name from there with `/` between folders.
fn texts(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).with_context(|| format!("cannot read {}", current.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            // A checkout on Windows may have its own line ends.
            found.insert(name.replace('\\', "/"), text.replace("\r\n", "\n"));
        }
    }
    Ok(found)
}

fn differences(committed: &BTreeMap<String, String>, fresh: &BTreeMap<String, String>) -> Vec<String> {
    let mut names: Vec<&String> = committed.keys().chain(fresh.keys()).collect();
    names.sort();
    names.dedup();
    let differing = names.into_iter().filter(|name| committed.get(*name) != fresh.get(*name));
    differing.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_changed_a_missing_and_a_forgotten_file_are_all_stale() {
        let committed = folder(&[("Key.ts", "old"), ("Gone.ts", "x"), ("Role.ts", "same")]);
        let fresh = folder(&[("Key.ts", "new"), ("New.ts", "y"), ("Role.ts", "same")]);
        assert_eq!(differences(&committed, &fresh), ["Gone.ts", "Key.ts", "New.ts"]);
    }

    #[test]
    fn files_are_compared_in_folders_too_and_whatever_their_line_ends() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("nouns")).unwrap();
        fs::write(directory.path().join("nouns").join("Key.ts"), "a\r\nb\r\n").unwrap();
        assert_eq!(texts(directory.path()).unwrap(), folder(&[("nouns/Key.ts", "a\nb\n")]));
    }
}
