// The fences of the house: which crate may depend on which library, and that the UI has one
// door to Tauri. Pure functions over cargo's metadata and the UI's texts, so that a test can
// show a violation being found. What the crates are for stands in docs/architecture.md.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::sources;
use crate::workspace::Workspace;

/// Libraries that only some crates may depend on directly.
struct Fence {
    libraries: &'static [Library],
    only: &'static [&'static str],
    because: &'static str,
}

/// Which names a fence is about.
enum Library {
    /// This name, and names that begin with it and a hyphen.
    Family(&'static str),
    /// Every name with this word in it.
    With(&'static str),
}

const FENCES: &[Fence] = &[
    Fence {
        libraries: &[Library::Family("sqlx")],
        only: &["latchkey-store"],
        because: "SQL is written once",
    },
    Fence {
        libraries: &[Library::Family("reqwest")],
        only: &["latchkey-client"],
        because: "HTTP is asked in one place",
    },
    Fence {
        libraries: &[Library::With("keyring"), Library::Family("secret-service"), Library::Family("zbus")],
        only: &["latchkey-connections"],
        because: "the keychain has one door",
    },
    Fence {
        libraries: &[
            Library::Family("tauri"),
            Library::Family("wry"),
            Library::Family("tao"),
            Library::Family("gtk"),
            Library::Family("webkit2gtk"),
        ],
        only: &["latchkey-desktop"],
        because: "no other crate needs GTK to build",
    },
    Fence {
        libraries: &[Library::Family("axum")],
        only: &["latchkey-server", "latchkey-verify"],
        because: "HTTP is answered in one place",
    },
];

/// The crate of rules, and what it must not have: anything that waits or does I/O.
const PURE: &str = "latchkey-core";
const IMPURE: &[Library] = &[
    Library::Family("tokio"),
    Library::Family("async-std"),
    Library::Family("hyper"),
    Library::Family("rusqlite"),
];

/// The crate that may depend on everything: tests look at all rooms.
const EXCEPTED_PACKAGE: &str = "latchkey-tests";
const EXCEPTED_FOLDERS: &[&str] = &["tests", "examples"];

impl Library {
    fn includes(&self, dependency: &str) -> bool {
        match self {
            Self::Family(name) => dependency
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_'])),
            Self::With(word) => dependency.contains(word),
        }
    }
}

/// Fails with every broken fence of this checkout.
pub fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let mut broken = broken_by_crates(&workspace.metadata)?;
    let ui = sources::below(&workspace.root, &["ui/src"], &["ts", "tsx"])?;
    broken.extend(broken_by_ui(&ui));
    if broken.is_empty() {
        return Ok(());
    }
    bail!("{}", broken.join("\n    "))
}

/// A sentence for each dependency that a fence forbids, from `cargo metadata --no-deps`.
fn broken_by_crates(metadata: &Value) -> anyhow::Result<Vec<String>> {
    let root = Path::new(metadata["workspace_root"].as_str().context("cargo metadata names no root")?);
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut broken = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("a package without a name")?;
        let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
        if name == EXCEPTED_PACKAGE || lies_in_an_excepted_folder(manifest, root) {
            continue;
        }
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            // The library's own name, even where Cargo.toml gives it another.
            let library = dependency["name"].as_str().context("a dependency without a name")?;
            broken.extend(complaint(name, library));
        }
    }
    Ok(broken)
}

fn lies_in_an_excepted_folder(manifest: &Path, root: &Path) -> bool {
    manifest
        .strip_prefix(root)
        .is_ok_and(|inside| EXCEPTED_FOLDERS.iter().any(|folder| inside.starts_with(folder)))
}

fn complaint(package: &str, library: &str) -> Option<String> {
    if package == PURE && IMPURE.iter().any(|impure| impure.includes(library)) {
        return Some(format!("{PURE} depends on {library}: rules are pure functions, no I/O and no runtime"));
    }
    let fence = FENCES.iter().find(|fence| fence.libraries.iter().any(|fenced| fenced.includes(library)))?;
    if fence.only.contains(&package) {
        return None;
    }
    Some(format!(
        "{package} depends on {library}, which only {} may: {}",
        fence.only.join(" and "),
        fence.because
    ))
}

/// A sentence if not exactly one file of the UI imports `@tauri-apps/…`. Takes names and texts.
fn broken_by_ui(files: &[(String, String)]) -> Option<String> {
    let doors: Vec<&str> =
        files.iter().filter(|(_, text)| imports_tauri(text)).map(|(name, _)| name.as_str()).collect();
    match doors.as_slice() {
        [_] => None,
        [] => Some("no file of the UI imports @tauri-apps: it has no door to the program".to_owned()),
        several => {
            Some(format!("exactly one file of the UI may import @tauri-apps, not: {}", several.join(", ")))
        }
    }
}

fn imports_tauri(text: &str) -> bool {
    // `vi.mock("@tauri-apps/…")` in a unit test replaces the library and is no import.
    ["from ", "import ", "import(", "require("]
        .iter()
        .any(|before| ['"', '\''].iter().any(|quote| text.contains(&format!("{before}{quote}@tauri-apps/"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn house(package: &str, manifest: &str, dependencies: &[&str]) -> Value {
        let dependencies: Vec<Value> = dependencies.iter().map(|name| json!({ "name": name })).collect();
        json!({
            "workspace_root": "/house",
            "packages": [{ "name": package, "manifest_path": format!("/house/{manifest}"), "dependencies": dependencies }],
        })
    }

    fn broken(package: &str, library: &str) -> Vec<String> {
        broken_by_crates(&house(package, &format!("crates/{package}/Cargo.toml"), &[library])).unwrap()
    }

    #[test]
    fn a_library_behind_its_fence_is_allowed() {
        for (package, library) in [
            ("latchkey-store", "sqlx"),
            ("latchkey-client", "reqwest"),
            ("latchkey-connections", "keyring-core"),
            ("latchkey-connections", "secret-service"),
            ("latchkey-desktop", "tauri-build"),
            ("latchkey-server", "axum"),
            ("latchkey-verify", "axum"),
            ("latchkey-cli", "tokio"),
            ("latchkey-core", "serde"),
        ] {
            assert_eq!(broken(package, library), [""; 0], "{package} with {library}");
        }
    }

    #[test]
    fn a_library_over_its_fence_is_found_and_the_sentence_names_both() {
        for (package, library) in [
            ("latchkey-cli", "sqlx"),
            ("latchkey-server", "sqlx-core"),
            ("latchkey-desktop", "reqwest"),
            ("latchkey-cli", "zbus-secret-service-keyring-store"),
            ("latchkey-desktop", "zbus"),
            ("latchkey-cli", "tauri"),
            ("latchkey-store", "webkit2gtk"),
            ("latchkey-client", "axum"),
            ("latchkey-core", "tokio"),
            ("latchkey-core", "axum"),
            ("latchkey-core", "sqlx"),
            ("latchkey-core", "reqwest"),
        ] {
            let broken = broken(package, library);
            assert_eq!(broken.len(), 1, "{package} with {library}");
            assert!(broken[0].contains(package) && broken[0].contains(library), "{}", broken[0]);
        }
    }

    #[test]
    fn a_name_that_only_begins_alike_is_another_library() {
        assert_eq!(broken("latchkey-cli", "taoist"), [""; 0]);
        assert_eq!(broken("latchkey-cli", "sqlxx"), [""; 0]);
    }

    #[test]
    fn tests_and_examples_may_use_everything() {
        for (package, manifest) in
            [("latchkey-tests", "tests/Cargo.toml"), ("forward-auth", "examples/forward-auth/Cargo.toml")]
        {
            let house = house(package, manifest, &["sqlx", "axum", "reqwest"]);
            assert_eq!(broken_by_crates(&house).unwrap(), [""; 0]);
        }
    }

    fn file(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn the_ui_has_exactly_one_door() {
        let door = file("transport.ts", "import { invoke } from \"@tauri-apps/api/core\";");
        let mock = file("transport.test.ts", "vi.mock(\"@tauri-apps/api/core\", () => ({}));");
        let lazy = file("shell.tsx", "const api = await import('@tauri-apps/api/window');");
        assert_eq!(broken_by_ui(&[door.clone(), mock]), None);
        let two = broken_by_ui(&[door, lazy]).unwrap();
        assert!(two.contains("transport.ts, shell.tsx"), "{two}");
        assert!(broken_by_ui(&[]).unwrap().contains("no door"));
    }
}
