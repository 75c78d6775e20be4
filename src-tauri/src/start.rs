//! Which store is open: none, the local one, the one with sample data, or one that could not be opened. A
//! store that is there is opened at the start; one is made only when a person asks. Performs no operation.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use latchkey_core::profile::check_prefix;
use latchkey_core::{AdminError, Clock, ErrorCode};
use latchkey_store::{Store, StoreUrl, fill_with_samples};
use serde::Serialize;
use tokio::sync::{OnceCell, RwLock};

use crate::place::{Place, StoreKind};
use crate::settings::SettingsFile;
use latchkey_connections::{DataFolder, make_folder};

/// What stands now.
enum Standing {
    None,
    Open { kind: StoreKind, store: Store },
    Failed { kind: StoreKind, error: AdminError },
}

/// The store as the window is told about it.
#[derive(Clone, Debug, Serialize)]
pub struct StoreState {
    /// `none`, `open`, `failed`.
    pub state: &'static str,
    /// Which one.
    pub kind: StoreKind,
    /// What it is called.
    pub name: &'static str,
    /// Where it lies, or would.
    pub path: String,
    /// Why it could not be opened, in the store's words.
    pub error: Option<AdminError>,
}

/// The store that is open, and opening another.
pub struct Stores {
    data: DataFolder,
    settings: Arc<SettingsFile>,
    clock: Arc<dyn Clock>,
    standing: RwLock<Standing>,
    first: OnceCell<()>,
}

impl Stores {
    /// Nothing is open yet; the first who asks opens what is there.
    pub fn new(data: DataFolder, settings: Arc<SettingsFile>, clock: Arc<dyn Clock>) -> Self {
        Self { data, settings, clock, standing: RwLock::new(Standing::None), first: OnceCell::new() }
    }

    /// The open store.
    ///
    /// # Errors
    /// `store_unusable` when none is open, or why it could not be.
    pub async fn current(&self) -> Result<Place<Store>, AdminError> {
        self.ready().await;
        match &*self.standing.read().await {
            Standing::Open { kind, store } => Ok(Place { store: store.clone(), kind: *kind }),
            Standing::Failed { error, .. } => Err(error.clone()),
            Standing::None => Err(AdminError::new(
                ErrorCode::StoreUnusable,
                "No key database is open. Open one on the start page.",
            )),
        }
    }

    /// What the window is told.
    pub async fn state(&self) -> StoreState {
        self.ready().await;
        let (state, kind, error) = match &*self.standing.read().await {
            Standing::None => ("none", StoreKind::Local, None),
            Standing::Open { kind, .. } => ("open", *kind, None),
            Standing::Failed { kind, error } => ("failed", *kind, Some(error.clone())),
        };
        StoreState { state, kind, name: kind.name(), path: self.path(kind).display().to_string(), error }
    }

    /// Opens what is there, once: the store of the last time, else the local one.
    pub async fn ready(&self) {
        self.first
            .get_or_init(|| async {
                let last = self.settings.get().last_store.unwrap_or(StoreKind::Local);
                let there = [last, StoreKind::Local].into_iter().find(|kind| exists(&self.path(*kind)));
                if let Some(kind) = there {
                    // Told by `state`, in the store's own words.
                    let _ = self.open(kind).await;
                }
            })
            .await;
    }

    /// Opens the local store that is there, or makes it when the person asked for that.
    ///
    /// # Errors
    /// `store_unusable` with the exact reason; `invalid` at `prefix`. Never a fresh file over one that is there.
    pub async fn open_local(&self, create: bool, prefix: Option<&str>) -> Result<(), AdminError> {
        self.first.get_or_init(|| async {}).await;
        let path = self.path(StoreKind::Local);
        if !create {
            return self.open(StoreKind::Local).await;
        }
        if exists(&path) {
            let words =
                "There is a key database in the data folder already. Open it instead; it was not touched.";
            return Err(AdminError::new(ErrorCode::StoreUnusable, words));
        }
        let proposed = proposed_prefix();
        let prefix = prefix.unwrap_or(&proposed);
        check_prefix(prefix)?;
        let store = Store::create(&StoreUrl::Sqlite(path), prefix, self.clock.clone()).await?;
        self.stand(StoreKind::Local, store).await;
        Ok(())
    }

    /// Makes the store with sample data afresh and opens it.
    ///
    /// # Errors
    /// `store_unusable` when the folder refuses; as the operations that fill it.
    pub async fn open_sample(&self) -> Result<(), AdminError> {
        self.first.get_or_init(|| async {}).await;
        self.close().await;
        let path = self.path(StoreKind::Sample);
        let folder = path.parent().unwrap_or(&path).to_path_buf();
        afresh(&folder).map_err(|error| {
            let words = format!("The folder of the sample data cannot be made afresh: {error}.");
            AdminError::new(ErrorCode::StoreUnusable, words)
        })?;
        let store = Store::create(&StoreUrl::Sqlite(path), "sk", self.clock.clone()).await?;
        if let Err(error) = fill_with_samples(&store).await {
            store.close().await;
            return Err(error);
        }
        self.stand(StoreKind::Sample, store).await;
        Ok(())
    }

    /// Closes what is open.
    pub async fn close(&self) {
        self.first.get_or_init(|| async {}).await;
        let old = std::mem::replace(&mut *self.standing.write().await, Standing::None);
        close(old).await;
    }

    async fn open(&self, kind: StoreKind) -> Result<(), AdminError> {
        match Store::open(&StoreUrl::Sqlite(self.path(kind)), self.clock.clone()).await {
            Ok(store) => {
                self.stand(kind, store).await;
                Ok(())
            }
            Err(error) => {
                tracing::warn!(?kind, code = ?error.code, "the store cannot be opened");
                let failed = Standing::Failed { kind, error: error.clone() };
                close(std::mem::replace(&mut *self.standing.write().await, failed)).await;
                Err(error)
            }
        }
    }

    async fn stand(&self, kind: StoreKind, store: Store) {
        close(std::mem::replace(&mut *self.standing.write().await, Standing::Open { kind, store })).await;
        self.settings.change(|settings| settings.last_store = Some(kind));
    }

    fn path(&self, kind: StoreKind) -> PathBuf {
        match kind {
            StoreKind::Local => self.data.local_store(),
            StoreKind::Sample => self.data.sample_store(),
        }
    }
}

async fn close(old: Standing) {
    if let Standing::Open { store, .. } = old {
        store.close().await;
    }
}

/// Whether there is anything at `path`, a link that leads nowhere too: nothing is made over it.
fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn afresh(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    make_folder(folder)
}

/// A prefix of one's own for a new store's keys: the person's account name where it can be one, `lk` where it
/// cannot or says nothing.
pub fn proposed_prefix() -> String {
    prefix_from(&account_name())
}

/// The account of the OS session: who the audit names.
pub fn account_name() -> String {
    whoami::username().unwrap_or_else(|_| "unknown".to_owned())
}

fn prefix_from(account: &str) -> String {
    let letters = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let word: String = account
        .to_ascii_lowercase()
        .chars()
        .skip_while(|c| !c.is_ascii_lowercase())
        .take_while(letters)
        .take(12)
        .collect();
    let says_nothing =
        ["root", "admin", "administrator", "user", "unknown", "sk", "pk"].contains(&word.as_str());
    if says_nothing || check_prefix(&word).is_err() { "lk".to_owned() } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proposed_prefix_is_ones_own_and_always_a_prefix() {
        for (account, prefix) in [
            ("Ann", "ann"),
            ("ann.lee", "ann"),
            ("root", "lk"),
            ("", "lk"),
            ("Ünal", "nal"),
            ("x", "lk"),
            ("sk", "lk"),
        ] {
            assert_eq!(prefix_from(account), prefix, "{account}");
            assert!(check_prefix(&prefix_from(account)).is_ok());
        }
        assert_eq!(prefix_from("averylongaccountname"), "averylongacc");
    }

    #[test]
    fn making_sample_data_afresh_takes_the_old_files_alone() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("sample");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("sample.db-wal"), "old").unwrap();
        std::fs::write(outer.path().join("keys.db"), "mine").unwrap();
        afresh(&folder).unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        assert!(outer.path().join("keys.db").exists());
    }
}
