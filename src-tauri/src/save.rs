//! Saving a fresh key to a file: asked for in the system's own dialog, written for its owner alone, never
//! over a file that is there. Knows no slot and no store.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use latchkey_core::{AdminError, ErrorCode};
use tauri_plugin_dialog::DialogExt;

use latchkey_connections::{private_file, sync_folder_of};

/// Names the file instead of the native dialog, which no WebDriver can reach (feature `e2e` alone).
#[cfg(feature = "e2e")]
const PATH_VARIABLE: &str = "LATCHKEY_SAVE_PATH";

/// Asks where to save. Nothing: the person changed their mind.
pub async fn ask_where(window: &tauri::WebviewWindow, proposed: String) -> Option<PathBuf> {
    #[cfg(feature = "e2e")]
    if let Some(path) = std::env::var_os(PATH_VARIABLE) {
        return Some(PathBuf::from(path));
    }
    let (say, answer) = tokio::sync::oneshot::channel();
    let dialog = window.dialog().file().set_parent(window).set_title("Save key").set_file_name(proposed);
    dialog.save_file(move |path| {
        // Nobody waits any more when the window was closed.
        let _ = say.send(path);
    });
    answer.await.ok().flatten()?.into_path().ok()
}

/// Writes `text` to a new file at `path` and returns when it is on the disk.
///
/// # Errors
/// `invalid` at `path` when there is something already or the place refuses; `storage_full`.
pub fn write_new(path: &Path, text: &str) -> Result<(), AdminError> {
    let mut file = private_file().create_new(true).open(path).map_err(|error| refusal(path, &error))?;
    let written =
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| sync_folder_of(path));
    written.map_err(|error| {
        drop(file);
        // Half a key helps nobody.
        let _ = std::fs::remove_file(path);
        refusal(path, &error)
    })
}

fn refusal(path: &Path, error: &io::Error) -> AdminError {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match error.kind() {
        io::ErrorKind::AlreadyExists => AdminError::invalid(
            "path",
            format!(
                "There is a file named {name} already. Keys are never written over one: choose another name."
            ),
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            AdminError::new(ErrorCode::StorageFull, "The disk is full. The key was not saved.")
        }
        _ => AdminError::invalid(
            "path",
            format!("{name} cannot be written there: {error}. Choose another place."),
        ),
    }
}

/// What a person should know about the place, if anything.
pub fn warning_about(path: &Path) -> Option<String> {
    let in_work_tree = path.ancestors().skip(1).any(|folder| folder.join(".git").exists());
    in_work_tree.then(|| "This folder is in a git repository. Add the file to .gitignore?".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_written_over_a_file_or_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.env");
        std::fs::write(&path, "mine").unwrap();
        let error = write_new(&path, "new").unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("path")));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        #[cfg(unix)]
        {
            let link = folder.path().join("link.env");
            std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
            assert!(write_new(&link, "new").is_err());
            assert!(!folder.path().join("elsewhere").exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_saved_key_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.env");
        write_new(&path, "text").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
        assert!(write_new(&folder.path().join("no").join("such.env"), "text").is_err());
    }

    #[test]
    fn a_folder_under_git_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("project").join("src");
        std::fs::create_dir_all(&inner).unwrap();
        assert_eq!(warning_about(&inner.join("key.env")), None);
        std::fs::create_dir(folder.path().join("project").join(".git")).unwrap();
        assert!(warning_about(&inner.join("key.env")).unwrap().contains(".gitignore"));
    }
}
