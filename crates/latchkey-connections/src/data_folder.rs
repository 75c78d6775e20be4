//! The folder with everything both programs keep: the local store, connections, the journal, settings, the
//! log. Where it lies and how files in it are replaced. Holds none of their contents.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Names another folder than the operating system's.
const VARIABLE: &str = "LATCHKEY_DATA_DIR";
/// Where systemd puts what a service was given by `LoadCredential=`.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The data folder.
#[derive(Clone, Debug)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// `$LATCHKEY_DATA_DIR`, else the operating system's data folder for Latchkey. Made when it is not there,
    /// for its owner alone; the mode of one that is there stays what it is.
    ///
    /// # Errors
    /// When there is no such place, or it cannot be made.
    pub fn open() -> io::Result<Self> {
        let folder = Self::locate()?;
        make_folder(&folder.0)?;
        Ok(folder)
    }

    /// The same folder, whether it is there or not.
    ///
    /// # Errors
    /// When there is no such place.
    pub fn locate() -> io::Result<Self> {
        let named = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let usual = || {
            directories::ProjectDirs::from("dev", "latchkey", "latchkey")
                .map(|dirs| dirs.data_dir().to_owned())
        };
        let Some(path) = named.or_else(usual) else {
            let words = format!("there is no data folder for this account; name one in {VARIABLE}");
            return Err(io::Error::new(io::ErrorKind::NotFound, words));
        };
        std::path::absolute(path).map(Self)
    }

    /// The folder at `path`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn at(path: PathBuf) -> io::Result<Self> {
        make_folder(&path)?;
        Ok(Self(path))
    }

    /// A file or folder in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The local store; the command line finds it at the same place.
    #[must_use]
    pub fn local_store(&self) -> PathBuf {
        self.path("keys.db")
    }

    /// The store with sample data, in a folder of its own so that all of it can go at once.
    #[must_use]
    pub fn sample_store(&self) -> PathBuf {
        self.path("sample").join("sample.db")
    }
}

/// Makes a folder and those above it, for their owner alone.
///
/// # Errors
/// As the operating system says.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// How files with anything of ours are opened: for their owner alone.
#[must_use]
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Whether nobody else of this computer may read the file at `path`, going by its mode. systemd's credentials are: what
/// looks like a right of their group is the mask of an access list that names the service alone.
#[must_use]
pub fn is_private(path: &Path, facts: &fs::Metadata) -> bool {
    is_private_beside(path, facts, std::env::var_os(CREDENTIALS).as_deref().map(Path::new))
}

#[cfg(unix)]
fn is_private_beside(path: &Path, facts: &fs::Metadata, credentials: Option<&Path>) -> bool {
    let rights = std::os::unix::fs::MetadataExt::mode(facts) & 0o077;
    let is_credential = || {
        let folder =
            credentials.filter(|folder| folder.is_absolute()).and_then(|folder| folder.canonicalize().ok());
        folder.is_some_and(|folder| path.canonicalize().is_ok_and(|path| path.starts_with(folder)))
    };
    rights == 0 || (rights == 0o040 && is_credential())
}

/// Elsewhere a folder's owner decides who may read what is in it.
#[cfg(not(unix))]
fn is_private_beside(_: &Path, _: &fs::Metadata, _: Option<&Path>) -> bool {
    true
}

/// Puts `bytes` at `path` whole or not at all, and returns when they are on the disk.
///
/// # Errors
/// As the operating system says; then the old file is still there.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut file = private_file().create(true).truncate(true).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder_of(path)
}

/// Makes a new name in a folder last through a power cut. Windows has no such call and needs none.
///
/// # Errors
/// As the operating system says.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        // A file of this folder, named without it.
        Some(folder) if cfg!(unix) && folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_holds_the_new_bytes_alone_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        replace_file(&path, b"a longer first text").unwrap();
        replace_file(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_and_its_files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().unwrap();
        let data = DataFolder::at(outer.path().join("deep").join("latchkey")).unwrap();
        replace_file(&data.path("x"), b"").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&outer.path().join("deep").join("latchkey")), 0o700);
        assert_eq!(mode(&data.path("x")), 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_private_by_its_mode_or_as_a_credential_of_this_service() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let credentials = folder.path().join("latchkey.service");
        for name in ["latchkey.service", "latchkey.service-2"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let is_private = |path: PathBuf, mode: u32| {
            fs::write(&path, "x").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let private = is_private_beside(&path, &fs::metadata(&path).unwrap(), Some(&credentials));
            fs::remove_file(&path).unwrap();
            private
        };
        for (place, mode, expected) in [
            ("store", 0o600, true),
            ("store", 0o400, true),
            ("store", 0o440, false),
            ("store", 0o604, false),
            ("latchkey.service/store", 0o440, true),
            ("latchkey.service/store", 0o460, false),
            ("latchkey.service/store", 0o444, false),
            ("latchkey.service/../store", 0o440, false),
            ("latchkey.service-2/store", 0o440, false),
        ] {
            assert_eq!(is_private(folder.path().join(place), mode), expected, "{place} {mode:o}");
        }
    }
}
