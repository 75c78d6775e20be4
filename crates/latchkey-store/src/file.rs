//! A store's file on disk: what may be opened, how it is made, how SQLite opens it. The words for what
//! is wrong with a file are here; holds no schema.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use latchkey_core::AdminError;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::access::Access;
use crate::fault::{of_database, unusable_file};

/// How long SQLite waits for another program's change.
const BUSY: Duration = Duration::from_secs(5);
/// What SQLite says of a file whose last change was neither finished nor taken back, and which is only
/// looked at. A store keeps a log instead, so that it is none yet.
const READONLY_ROLLBACK: i32 = 776;
/// The first bytes of every SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Which file stands at a path, whatever its name: its disk, and its number there. None where the system does not say,
/// or nothing is there.
#[cfg(unix)]
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// A file that is open cannot be replaced there.
#[cfg(not(unix))]
pub(crate) fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Refuses what cannot be a store that is changed: nothing there, a directory, something else, read-only.
///
/// # Errors
/// `store_unusable` with the exact reason.
pub(crate) fn check(path: &Path) -> Result<(), AdminError> {
    check_for(path, Access::ReadWrite)
}

/// The same, for looking only: what is read-only may be looked at.
///
/// # Errors
/// `store_unusable` with the exact reason.
pub(crate) fn check_for(path: &Path, access: Access) -> Result<(), AdminError> {
    let meta = fs::symlink_metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            unusable_file(path, "does not exist. Check the path, or make a new store with latchkey init.")
        }
        _ => not_readable(path),
    })?;
    // Whoever may change the link could put another file in the store's place.
    if meta.is_symlink() {
        return Err(unusable_file(path, "is a link. Name the file that it leads to."));
    }
    if meta.is_dir() {
        return Err(unusable_file(path, "is a folder. Name the store's file in it."));
    }
    if !meta.is_file() {
        return Err(unusable_file(path, "is not a file. Name the store's file."));
    }
    let mut magic = [0; 16];
    let mut file = File::open(path).map_err(|_| not_readable(path))?;
    if file.read_exact(&mut magic).is_err() || magic != *MAGIC {
        return Err(not_ours(path));
    }
    if access == Access::ReadWrite && is_read_only(path) {
        return Err(unusable_file(
            path,
            "is read-only. Allow writing to it, or copy it to where you may write.",
        ));
    }
    if access == Access::ReadWrite && lies_in_read_only_folder(path) {
        return Err(unusable_file(
            path,
            "lies in a read-only folder. SQLite writes beside the file; allow that.",
        ));
    }
    Ok(())
}

fn is_read_only(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.permissions().readonly())
        || OpenOptions::new().append(true).open(path).is_err()
}

fn lies_in_read_only_folder(path: &Path) -> bool {
    fs::metadata(folder_of(path)).is_ok_and(|folder| folder.permissions().readonly())
}

/// What a person is told when others of this computer may read the store.
pub(crate) fn readable_by_others(path: &Path) -> Option<String> {
    #[cfg(unix)]
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        // SQLite's files beside the store come and go.
        let Ok(meta) = fs::metadata(&file) else { continue };
        if std::os::unix::fs::MetadataExt::mode(&meta) & 0o077 != 0 {
            return Some(format!("Others may read {}. Allow only yourself: chmod 600.", file.display()));
        }
    }
    // Windows keeps a user's folders from other users by itself.
    #[cfg(not(unix))]
    let _ = path;
    None
}

/// Makes an empty file that only this user may read, in a folder that only this user may enter.
///
/// # Errors
/// `store_unusable` when something is there already, or the place cannot be written.
pub(crate) fn make(path: &Path) -> Result<(), AdminError> {
    let folder = folder_of(path);
    if !folder.exists() {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|_| not_writable(path))?;
    }
    make_private(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            unusable_file(path, "exists already. Open it, or choose another place for the new store.")
        }
        _ => not_writable(path),
    })
}

/// Makes a file that was not there, for this user alone.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Takes away a file that was only just made and never became a store.
pub(crate) fn unmake(path: &Path) {
    for made in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        // What is not there any more needs no taking away.
        let _ = fs::remove_file(made);
    }
}

/// The file that SQLite keeps beside the store: `store.db-wal`.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// How a store's file is opened for use.
pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged revocation survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .pragma("trusted_schema", "OFF")
        // Kibibytes, as SQLite writes them: negative. Indexes of a hundred thousand keys fit.
        .pragma("cache_size", "-16384")
        .disable_statement_logging()
}

/// How a file is opened for looking only, and looked at before anything is known about it: nothing is
/// written to what may be another program's.
pub(crate) fn look_options(path: &Path) -> SqliteConnectOptions {
    // SQLite wants to write beside a file even to read it. One that nobody may write is read as it
    // lies; what a program left beside it unfinished must be read too, so then it is not.
    let frozen = (is_read_only(path) || lies_in_read_only_folder(path)) && !beside(path, "-wal").exists();
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(true)
        .immutable(frozen)
        .busy_timeout(BUSY)
        .pragma("trusted_schema", "OFF")
        .pragma("query_only", "ON")
        .pragma("cache_size", "-16384")
        .disable_statement_logging()
}

/// What SQLite says while a file is opened, in words.
pub(crate) fn opening(path: &Path, error: &sqlx::Error) -> AdminError {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    if code == Some(READONLY_ROLLBACK) {
        return unusable_file(
            path,
            "was left half-written when a program ended. If it was to become a new store, delete it and make the store again.",
        );
    }
    match code.map(|code| code & 0xff) {
        Some(5 | 6) => {
            unusable_file(path, "is locked by another program. Close that program, then try again.")
        }
        Some(11) => damaged(path),
        Some(26) => not_ours(path),
        Some(14 | 10) => not_readable(path),
        _ => of_database(error),
    }
}

/// The file is torn.
pub(crate) fn damaged(path: &Path) -> AdminError {
    unusable_file(path, "is damaged. Restore a backup; copy the damaged file away first.")
}

/// The file is no SQLite file at all.
pub(crate) fn not_ours(path: &Path) -> AdminError {
    unusable_file(path, "is not a Latchkey database.")
}

/// The file is a SQLite file of somebody else's.
pub(crate) fn another_programs(path: &Path) -> AdminError {
    unusable_file(path, "is a database of another program, not a Latchkey database.")
}

/// The file was made, but not to the end.
pub(crate) fn unfinished(path: &Path) -> AdminError {
    unusable_file(path, "was not finished when it was made. Delete it and make the store again.")
}

fn not_readable(path: &Path) -> AdminError {
    unusable_file(path, "cannot be read. Check that you may read it and that its disk is there.")
}

fn not_writable(path: &Path) -> AdminError {
    unusable_file(path, "cannot be written. Choose a folder in which you may write.")
}
