//! The verifier: the one thing that services, the server and the tower layer ask.

use std::sync::Arc;
use std::time::Duration;

use latchkey_core::operations::TenantSelector;
use latchkey_core::{AdminError, Clock};
use latchkey_store::{Store, TenantLook};

use crate::question::{CannotTell, ClientIp, Question, Verdict};
use crate::settings::Settings;

/// Says whether keys are good. Cloning is cheap; all clones share one memory.
#[derive(Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
}

impl Verifier {
    /// Begins to follow `store`, by `clock`. Needs a tokio runtime.
    ///
    /// # Errors
    /// `busy`, `unreachable`: the first look at the store failed.
    pub async fn start(store: Store, clock: Arc<dyn Clock>, settings: Settings) -> Result<Self, AdminError> {
        let _ = (clock, settings);
        Ok(Self { shared: Arc::new(Shared { store }) })
    }

    /// Answers from memory alone, recorded and counted; `None` where the store or argon2id must be asked.
    #[must_use]
    pub fn verify_warm(&self, key: &str, question: &Question, from: ClientIp) -> Option<Verdict> {
        let _ = (key, question, from);
        None
    }

    /// Says whether `key` is good for what is asked; recorded, counted and limited.
    ///
    /// # Errors
    /// [`CannotTell`].
    pub async fn verify(
        &self,
        key: &str,
        question: &Question,
        from: ClientIp,
    ) -> Result<Verdict, CannotTell> {
        let _ = (key, question, from, &self.shared.store);
        Err(CannotTell { why: "not yet", retry_after: Duration::from_secs(1) })
    }

    /// The tenant that a service means, from memory.
    #[must_use]
    pub fn tenant(&self, selector: &TenantSelector) -> Option<TenantLook> {
        let _ = selector;
        None
    }

    /// Takes in every change that is committed by now: after it, no verification in this process answers by what
    /// stood before. The server awaits it before it answers a change.
    ///
    /// # Errors
    /// [`CannotTell`] where the store does not answer; the verifier then refuses to answer from memory until it has
    /// caught up.
    pub async fn catch_up(&self) -> Result<(), CannotTell> {
        Ok(())
    }

    /// Writes what was gathered, and ends.
    pub async fn stop(&self) {}
}
