//! Starting and stopping.

use std::net::SocketAddr;
use std::sync::Arc;

use latchkey_core::Clock;
use latchkey_store::Store;
use latchkey_verify::Verifier;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::listen::listen;
use crate::server::{Server, Stop};
use crate::service::Service;
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
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Serving {
    /// Stops accepting, finishes what is under way (10 s at most), and writes what was gathered. The store stays
    /// open.
    pub async fn stop(mut self) {
        // Nobody listens any more where it has stopped already.
        let _ = self.stop.send(true);
        for task in std::mem::take(&mut self.tasks) {
            let _ = task.await;
        }
        self.verifier.stop().await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Serves `store` by `clock` until it is stopped.
///
/// # Errors
/// [`CannotServe`]: an address in use, a certificate that does not read, a store that does not answer.
pub async fn serve(store: Store, clock: Arc<dyn Clock>, settings: Settings) -> Result<Serving, CannotServe> {
    let (listener, address) = bind(settings.listen).await?;
    let verifier = Verifier::start(store.clone(), Arc::clone(&clock), settings.verify.clone())
        .await
        .map_err(|error| CannotServe(error.message))?;
    let (stop, told) = watch::channel(false);
    let told = Stop(told);
    let server = Arc::new(Server {
        admin_turns: Semaphore::new(settings.limits.admin_at_once),
        waiting_turns: Semaphore::new(settings.limits.waiting_at_once),
        store,
        verifier: verifier.clone(),
        clock,
        settings,
        stop: told.clone(),
    });
    let service = Service::new(server);
    let tasks = vec![tokio::spawn(listen(listener, service, None, told))];
    tracing::info!(%address, "listening");
    Ok(Serving { address, metrics: None, verifier, stop, tasks })
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), CannotServe> {
    let bound = match TcpListener::bind(address).await {
        Ok(listener) => listener.local_addr().map(|address| (listener, address)),
        Err(error) => Err(error),
    };
    bound.map_err(|error| CannotServe(format!("Cannot listen at {address}: {error}.")))
}
