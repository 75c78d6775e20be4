//! Leaving the store that is open, or what is on its way: giving up, closing, the lock. Opens nothing.

use latchkey_core::AdminError;

use crate::logins::Given;
use crate::standing::Standing;
use crate::stores::Stores;

impl Stores {
    /// Gives up on what is being opened or tried.
    pub fn cancel(&self) {
        self.trials.cancel();
        self.openings.cancel();
        if matches!(&*self.read(), Standing::Opening(_)) {
            self.replace(Standing::None);
        }
    }

    /// Closes what is open, or forgets what could not be opened.
    ///
    /// # Errors
    /// `secret_unconfirmed` while a key waits.
    pub fn close(&self) -> Result<(), AdminError> {
        (self.around.leave)()?;
        self.openings.cancel();
        self.replace(Standing::None);
        Ok(())
    }

    /// Closes what is open and waits until it is: its files are about to go.
    ///
    /// # Errors
    /// `secret_unconfirmed` while a key waits.
    pub(crate) async fn close_to_the_end(&self) -> Result<(), AdminError> {
        (self.around.leave)()?;
        let old = std::mem::replace(&mut *self.write(), Standing::None);
        self.announce();
        if let Standing::Open(opened) = old {
            opened.admin.close().await;
        }
        Ok(())
    }

    /// Closes what is open until somebody unlocks it, and forgets what was typed.
    pub fn lock(&self) {
        let old = {
            let mut standing = self.write();
            self.openings.cancel();
            self.trials.cancel();
            match &*standing {
                Standing::Open(_) | Standing::Opening(_) => {
                    let at = standing.at().cloned();
                    at.map(|at| std::mem::replace(&mut *standing, Standing::Locked(at)))
                }
                Standing::None | Standing::Failed { .. } | Standing::Locked(_) => None,
            }
        };
        self.logins.credentials.lock();
        if let Some(old) = old {
            close_behind(old);
            self.announce();
        }
    }

    /// Opens again what was open before the lock.
    ///
    /// # Errors
    /// As [`Stores::connect`]; the window stays locked.
    pub async fn unlock(&self, given: &Given) -> Result<(), AdminError> {
        match self.at_if(|standing| matches!(standing, Standing::Locked(_))) {
            Some(at) => self.connect(at.id, given).await,
            None => Ok(()),
        }
    }
}

/// Nothing waits for the good-bye of a store that is open no more.
pub(crate) fn close_behind(old: Standing) {
    if let Standing::Open(opened) = old {
        tokio::spawn(async move { opened.admin.close().await });
    }
}
