//! Making a store where there is none and bringing an older one up to date, when a person asks for it. What was
//! begun goes on to its end, whoever gives up waiting. Opens nothing that is there already.

use std::path::Path;

use latchkey_connections::{ConnectionId, make_folder};
use latchkey_core::profile::check_prefix;
use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::{Access, Migrated, ReadOnly, Store, StoreUrl, fill_with_samples};

use crate::account::proposed_prefix;
use crate::attempt::{Attempt, Work};
use crate::logins::{Given, Prompts};
use crate::opening::{Arrived, open_store};
use crate::place::PlaceId;
use crate::standing::Whereabouts;
use crate::stores::{Stores, access, exists};

impl Stores {
    /// Makes the local store.
    ///
    /// # Errors
    /// `store_unusable` with the exact reason; `invalid` at `prefix`. Never a fresh file over one that is there.
    pub async fn make_local(&self, prefix: Option<&str>) -> Result<(), AdminError> {
        let attempt = self.openings.begin();
        let at = self.whereabouts(PlaceId::Local)?;
        if exists(Path::new(&at.path)) {
            let words =
                "There is a key database in the data folder already. Open it instead; it was not touched.";
            return Err(AdminError::new(ErrorCode::StoreUnusable, words));
        }
        let proposed = proposed_prefix();
        let url = StoreUrl::Sqlite(self.data.local_store());
        self.make(&attempt, at, url, prefix.unwrap_or(&proposed)).await
    }

    /// Makes the store with sample data afresh and opens it.
    ///
    /// # Errors
    /// `store_unusable` when the folder refuses; as the operations that fill it.
    pub async fn make_sample(&self) -> Result<(), AdminError> {
        let attempt = self.openings.begin();
        let at = self.whereabouts(PlaceId::Sample)?;
        if self.about() == Some(PlaceId::Sample) {
            self.close_to_the_end().await?;
        }
        let path = self.data.sample_store();
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
        self.stand(&attempt, at, Arrived::Store { store, note: None }).await
    }

    /// Makes a store where a connection leads: the tables in an empty database, or a file that is not there.
    ///
    /// # Errors
    /// `read_only`; `invalid` at `prefix`; as [`Store::create`]; `busy` when it was cancelled.
    pub async fn set_up(&self, id: ConnectionId, prefix: &str) -> Result<(), AdminError> {
        let attempt = self.openings.begin();
        let at = self.whereabouts(PlaceId::Connection(id))?;
        check_allowed(&at)?;
        let url = self.url(&attempt, &at).await?;
        self.make(&attempt, at, url, prefix).await
    }

    /// Brings an older store to this version's schema and opens it.
    ///
    /// # Errors
    /// `read_only`; as [`Store::migrate`] and [`Stores::connect`]; `busy` when it was cancelled.
    pub async fn migrate(&self, id: ConnectionId) -> Result<(), AdminError> {
        let attempt = self.openings.begin();
        let at = self.whereabouts(PlaceId::Connection(id))?;
        check_allowed(&at)?;
        let url = self.url(&attempt, &at).await?;
        let migrated = attempt.see_through(self.migrating(url.clone()), |_| async {}).await?;
        tracing::info!(from = migrated.from, to = migrated.to, "migrated");
        let arrived = attempt.wait(open_store(&url, access(&at), self.clock.clone())).await?;
        self.stand(&attempt, at, arrived).await
    }

    async fn make(
        &self,
        attempt: &Attempt,
        at: Whereabouts,
        url: StoreUrl,
        prefix: &str,
    ) -> Result<(), AdminError> {
        check_prefix(prefix)?;
        let making = self.creating(url, prefix.to_owned());
        let store = attempt.see_through(making, |late: Store| async move { late.close().await }).await?;
        self.stand(attempt, at, Arrived::Store { store, note: None }).await
    }

    fn creating(&self, url: StoreUrl, prefix: String) -> Work<Store> {
        let clock = self.clock.clone();
        Box::pin(async move { Store::create(&url, &prefix, clock).await })
    }

    fn migrating(&self, url: StoreUrl) -> Work<Migrated> {
        let clock = self.clock.clone();
        Box::pin(async move { Store::migrate(&url, clock).await })
    }

    /// Where a connection leads that may have no store yet.
    async fn url(&self, attempt: &Attempt, at: &Whereabouts) -> Result<StoreUrl, AdminError> {
        match &at.connection {
            Some(connection) => {
                let login = self.logins.login(connection, &Given::Nothing, Prompts::Allowed);
                attempt.wait(login).await?.store_url().cloned()
            }
            None => Err(AdminError::not_found("connection")),
        }
    }
}

/// A read-only connection sets nothing up.
fn check_allowed(at: &Whereabouts) -> Result<(), AdminError> {
    match access(at) {
        Access::ReadWrite => Ok(()),
        Access::ReadOnly => Err(AdminError::new(ErrorCode::ReadOnly, ReadOnly::Chosen.words())),
    }
}

fn afresh(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    make_folder(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

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
