//! What can be the matter with a file in which a program of ours keeps what it remembers, as sentences for a
//! person: `connections.json`, `settings.json`. Changes no file.

use std::fs;
use std::path::Path;

/// The sentence for a file that cannot be read. Nothing that stands in it is repeated.
#[must_use]
pub fn damaged(name: &str, why: &str) -> String {
    format!("{name} cannot be read ({why}). Mend it or move it away; it was not touched.")
}

/// Whether other accounts of this computer may read or write the file, as a sentence.
#[must_use]
pub fn looseness(path: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let name = name_of(path);
        let mode = fs::metadata(path).ok()?.permissions().mode();
        if mode & 0o022 != 0 {
            return Some(format!(
                "Other accounts of this computer can change {name}. Look whether what it says is yours; the next save \
                 makes the file private."
            ));
        }
        if mode & 0o044 != 0 {
            return Some(format!(
                "Other accounts of this computer can read {name}. It holds no passwords; the next save makes it private."
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    None
}

/// Why the file cannot be written, as a sentence. Tries nothing that would change it.
#[must_use]
pub fn unwritable(path: &Path) -> Option<String> {
    let name = name_of(path);
    let folder = path.parent()?;
    if fs::metadata(folder).is_ok_and(|facts| facts.permissions().readonly()) {
        return Some(not_written(&name, "its folder is read-only"));
    }
    let facts = fs::metadata(path).ok()?;
    // Also for those who may write everything: somebody made it read-only on purpose.
    if facts.permissions().readonly() {
        return Some(not_written(&name, "it is read-only"));
    }
    let error = fs::OpenOptions::new().write(true).open(path).err()?;
    Some(not_written(&name, &error.to_string()))
}

/// The sentence for a file that cannot be written.
#[must_use]
pub fn not_written(name: &str, why: &str) -> String {
    format!(
        "{name} cannot be written ({why}), so nothing was saved. Make the file and its folder writable, then try again."
    )
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
