//! Where peppers are kept: a private file beside a SQLite store, one in the data folder for each database, or where
//! variables say. Never in a database, a message or a log. What a pepper does is core's.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use latchkey_core::audit::to_hex;
use latchkey_core::tag::Pepper;
use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::StoreUrl;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::data_folder::{DataFolder, is_private, make_folder, private_file, replace_file, sync_folder_of};

/// Names a file with a pepper, instead of the usual one.
pub const FILE_VARIABLE: &str = "LATCHKEY_PEPPER_FILE";
/// Holds a pepper, instead of a file.
pub const VARIABLE: &str = "LATCHKEY_PEPPER";
/// More than 64 digits and white space around them is no pepper.
const MAX_BYTES: u64 = 1024;

/// Where the pepper of a store comes from.
pub enum PepperPlace {
    /// A file that was named; it must be there.
    Named(PathBuf),
    /// The variable [`VARIABLE`].
    Variable(Zeroizing<String>),
    /// The usual file of this store; it may be missing.
    Usual(PathBuf),
    /// Nowhere: this account has no data folder.
    Nowhere,
}

impl PepperPlace {
    /// Where the pepper of the store at `url` is: in the file that is named, else where the variables say, else in
    /// the usual file.
    ///
    /// # Errors
    /// `invalid` at `pepper_file` where both variables are set.
    pub fn of(url: &StoreUrl, named: Option<&Path>) -> Result<Self, AdminError> {
        if let Some(named) = named {
            return Ok(Self::Named(named.to_owned()));
        }
        let file = std::env::var_os(FILE_VARIABLE).filter(|path| !path.is_empty());
        let text = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty()).map(Zeroizing::new);
        match (file, text) {
            (Some(_), Some(_)) => {
                let words = format!("{VARIABLE} and {FILE_VARIABLE} are both set. Unset one.");
                Err(AdminError::invalid("pepper_file", words))
            }
            (Some(file), None) => Ok(Self::Named(file.into())),
            (None, Some(text)) => Ok(Self::Variable(text)),
            (None, None) => Ok(usual(url).map_or(Self::Nowhere, Self::Usual)),
        }
    }

    /// The file, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Named(path) | Self::Usual(path) => Some(path),
            Self::Variable(_) | Self::Nowhere => None,
        }
    }

    /// The pepper; none where the usual file is not there.
    ///
    /// # Errors
    /// `store_unusable`: a file that is named and not there, that others of this computer may read, that is none.
    pub fn read(&self) -> Result<Option<Pepper>, AdminError> {
        match (self.look()?, self) {
            (None, Self::Named(path)) => {
                Err(unusable(format!("There is no pepper file {}. Check the path.", path.display())))
            }
            (found, _) => Ok(found),
        }
    }

    /// The same before one is kept there: a file that is named may be missing.
    ///
    /// # Errors
    /// `store_unusable`: a file that others of this computer may read, that is none.
    pub fn look(&self) -> Result<Option<Pepper>, AdminError> {
        match self {
            Self::Named(path) | Self::Usual(path) => read(path),
            Self::Variable(text) => Pepper::read(text)
                .map(Some)
                .map_err(|_| unusable(format!("{VARIABLE} holds no pepper: 64 hexadecimal digits."))),
            Self::Nowhere => Ok(None),
        }
    }

    /// Keeps a pepper where there is none; answers whether this one is there now.
    ///
    /// # Errors
    /// `store_unusable` where the file cannot be written, or variables name another place.
    pub fn keep_first(&self, pepper: &Pepper) -> Result<bool, AdminError> {
        let path = self.writable()?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder).map_err(|error| not_written(path, &error))?;
        }
        let mut file = match private_file().create_new(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(not_written(path, &error)),
        };
        let written =
            file.write_all(&line(pepper)).and_then(|()| file.sync_all()).and_then(|()| sync_folder_of(path));
        written.map(|()| true).map_err(|error| {
            // Half a pepper is worse than none.
            let _ = fs::remove_file(path);
            not_written(path, &error)
        })
    }

    /// Puts a pepper in the place of the one that is there. Every tag that was made with that one is of no more use.
    ///
    /// # Errors
    /// As [`PepperPlace::keep_first`].
    pub fn replace(&self, pepper: &Pepper) -> Result<(), AdminError> {
        let path = self.writable()?;
        replace_file(path, &line(pepper)).map_err(|error| not_written(path, &error))
    }

    fn writable(&self) -> Result<&Path, AdminError> {
        self.file().ok_or_else(|| match self {
            Self::Variable(_) => {
                unusable(format!("{VARIABLE} holds the pepper here. Change it there, or unset it."))
            }
            Self::Named(_) | Self::Usual(_) | Self::Nowhere => {
                unusable(format!("This account has no data folder. Name a file in {FILE_VARIABLE}."))
            }
        })
    }
}

/// The pepper of the store at `url`, wherever it is kept; none where there is none.
///
/// # Errors
/// As [`PepperPlace::of`] and [`PepperPlace::read`].
pub fn pepper_of(url: &StoreUrl, named: Option<&Path>) -> Result<Option<Pepper>, AdminError> {
    PepperPlace::of(url, named)?.read()
}

/// A new pepper, from the operating system's randomness.
#[must_use]
pub fn draw_pepper() -> Pepper {
    // Without the operating system's randomness nothing in Latchkey can go on.
    Pepper::draw(&mut UnwrapErr(SysRng))
}

fn usual(url: &StoreUrl) -> Option<PathBuf> {
    match url {
        StoreUrl::Sqlite(path) => {
            let mut name = path.as_os_str().to_owned();
            name.push(".pepper");
            Some(PathBuf::from(name))
        }
        // One for each database, whoever logs in.
        StoreUrl::Postgres(login) => {
            let place = &login.place;
            let name = format!("{}\n{}\n{}\n{}", place.host, place.port, place.database, place.schema);
            let hash = Sha256::digest(name.as_bytes());
            let name = to_hex(&hash[..8]);
            let folder = DataFolder::locate().ok()?;
            Some(folder.path("peppers").join(format!("{}-{name}.pepper", plain(&place.database))))
        }
    }
}

/// The beginning of a name, so that a person finds the file.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect()
}

fn read(path: &Path) -> Result<Option<Pepper>, AdminError> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(unusable(format!("The pepper file {} cannot be read: {error}.", path.display())));
        }
    };
    let facts = file.metadata().map_err(|_| no_pepper(path))?;
    if !facts.is_file() || facts.len() > MAX_BYTES {
        return Err(no_pepper(path));
    }
    if !is_private(path, &facts) {
        let words = format!(
            "Others of this computer may read the pepper file {}. Allow only yourself: chmod 600.",
            path.display()
        );
        return Err(unusable(words));
    }
    // The whole capacity at once: a growing buffer would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(MAX_BYTES).unwrap_or_default() + 1));
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(|_| no_pepper(path))?;
    Pepper::read(&text).map(Some).map_err(|_| no_pepper(path))
}

fn line(pepper: &Pepper) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([pepper.expose().as_bytes(), b"\n"].concat())
}

fn no_pepper(path: &Path) -> AdminError {
    let words = format!(
        "The file {} holds no pepper: 64 hexadecimal digits. Put the right one there, or move the file away.",
        path.display()
    );
    unusable(words)
}

fn not_written(path: &Path, error: &io::Error) -> AdminError {
    unusable(format!("The pepper file {} cannot be written: {error}.", path.display()))
}

fn unusable(words: String) -> AdminError {
    AdminError::new(ErrorCode::StoreUnusable, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(folder: &tempfile::TempDir) -> PepperPlace {
        PepperPlace::Usual(usual(&StoreUrl::Sqlite(folder.path().join("keys.db"))).unwrap())
    }

    #[test]
    fn the_first_pepper_stays_until_it_is_replaced_on_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let place = beside(&folder);
        assert!(place.read().ok().unwrap().is_none());
        let (first, second) = (draw_pepper(), draw_pepper());
        assert!(place.keep_first(&first).unwrap());
        assert!(!place.keep_first(&second).unwrap());
        assert_eq!(place.read().ok().unwrap().unwrap().id(), first.id());
        place.replace(&second).unwrap();
        assert_eq!(place.read().ok().unwrap().unwrap().id(), second.id());
        assert_eq!(place.file(), Some(folder.path().join("keys.db.pepper").as_path()));
    }

    #[test]
    fn what_is_no_pepper_is_told_without_being_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let place = beside(&folder);
        for text in ["", "canary", &"canary".repeat(1000), &"zz".repeat(32)] {
            replace_file(place.file().unwrap(), text.as_bytes()).unwrap();
            let error = place.read().err().unwrap();
            assert!(error.message.contains("holds no pepper") && !error.message.contains("canary"));
        }
        let named = PepperPlace::Named(folder.path().join("nowhere"));
        assert!(named.read().err().unwrap().message.contains("There is no pepper file"));
        let variable = PepperPlace::Variable(Zeroizing::new("canary".to_owned()));
        assert!(!variable.read().err().unwrap().message.contains("canary"));
        assert!(variable.keep_first(&draw_pepper()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_pepper_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let place = beside(&folder);
        place.keep_first(&draw_pepper()).unwrap();
        let path = place.file().unwrap();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(place.read().err().unwrap().message.contains("chmod 600"));
        }
    }

    #[test]
    fn each_database_has_a_pepper_of_its_own_whoever_logs_in() {
        let of = |url: &str| usual(&url.parse().unwrap());
        assert_eq!(of("postgres://ann@db/keys"), of("postgres://lee@db/keys"));
        assert_ne!(of("postgres://ann@db/keys"), of("postgres://ann@db/other"));
        assert_ne!(of("postgres://ann@db/keys"), of("postgres://ann@elsewhere/keys"));
    }
}
