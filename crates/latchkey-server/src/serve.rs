//! Starting and stopping.

use std::net::SocketAddr;
use std::sync::Arc;

use latchkey_core::Clock;
use latchkey_store::Store;
use latchkey_verify::Verifier;

use crate::settings::Settings;

/// Why a server does not start, in words for whoever started it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CannotServe(pub String);

/// A server that runs. Dropped, it stops without grace.
pub struct Serving {
    /// Where it listens; the port that was given, where 0 was asked for.
    pub address: SocketAddr,
    /// Where metrics are.
    pub metrics: Option<SocketAddr>,
    /// What it verifies with, for tests and for programs that embed the server.
    pub verifier: Verifier,
}

impl Serving {
    /// Stops accepting, finishes what is under way (10 s at most), and writes what was gathered. The store stays
    /// open.
    pub async fn stop(self) {
        self.verifier.stop().await;
    }
}

/// Serves `store` by `clock` until it is stopped.
///
/// # Errors
/// [`CannotServe`]: an address in use, a certificate that does not read, a store that does not answer.
pub async fn serve(store: Store, clock: Arc<dyn Clock>, settings: Settings) -> Result<Serving, CannotServe> {
    let verifier =
        Verifier::start(store, clock, settings.verify).await.map_err(|error| CannotServe(error.message))?;
    Ok(Serving { address: settings.listen, metrics: settings.metrics_listen, verifier })
}
