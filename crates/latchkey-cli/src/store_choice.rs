//! Which store a command works on: `--store`, `LATCHKEY_STORE`, or the desktop's local store. Opens it.
//! Holds no SQL and never shows a URL with its password.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use directories::ProjectDirs;
use latchkey_core::{AdminError, ErrorCode, SystemClock};
use latchkey_store::{Store, StoreUrl};

/// Where the desktop keeps its data, unless the person says otherwise.
const DATA_DIR: &str = "LATCHKEY_DATA_DIR";
/// The local store in there.
const LOCAL_STORE: &str = "keys.db";

/// The store that is meant. `given` is what `--store` or `LATCHKEY_STORE` says.
///
/// # Errors
/// `invalid` at `store` for a text that names no store, or when this computer has no data directory.
pub fn choose(given: Option<&str>) -> Result<StoreUrl, AdminError> {
    match given.filter(|text| !text.is_empty()) {
        Some(text) => text.parse(),
        None => local(std::env::var_os(DATA_DIR)).map(StoreUrl::Sqlite),
    }
}

/// Opens it.
///
/// # Errors
/// `store_unusable` with the reason; `unreachable`.
pub async fn open(url: &StoreUrl) -> Result<Store, AdminError> {
    if let StoreUrl::Sqlite(path) = url
        && !path.try_exists().unwrap_or(true)
    {
        let words = format!(
            "There is no store at {url}. Make one with “latchkey init”, or name another with --store."
        );
        return Err(AdminError::new(ErrorCode::StoreUnusable, words));
    }
    Store::open(url, Arc::new(SystemClock)).await
}

/// The desktop's local store.
fn local(data_dir: Option<OsString>) -> Result<PathBuf, AdminError> {
    let folder = match data_dir.filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => ProjectDirs::from("dev", "latchkey", "latchkey")
            .map(|dirs| dirs.data_dir().to_owned())
            .ok_or_else(|| {
                AdminError::invalid(
                    "store",
                    "This computer names no home directory. Say which store with --store.",
                )
            })?,
    };
    Ok(folder.join(LOCAL_STORE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_store_wins_and_an_empty_name_means_none() {
        assert_eq!(choose(Some("sqlite:a.db")).unwrap(), StoreUrl::Sqlite("a.db".into()));
        assert_eq!(choose(Some("a.db")).unwrap_err().field.as_deref(), Some("store"));
        assert_eq!(choose(Some("")).unwrap(), choose(None).unwrap());
    }

    #[test]
    fn the_local_store_lies_in_the_data_directory() {
        assert_eq!(local(Some("here".into())).unwrap(), PathBuf::from("here").join("keys.db"));
        assert!(local(Some("".into())).unwrap().ends_with("keys.db"));
    }
}
