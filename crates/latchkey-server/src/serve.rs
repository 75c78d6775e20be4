//! Starting and stopping.

use std::net::SocketAddr;
use std::sync::Arc;

use latchkey_core::Clock;
use latchkey_store::Store;
use latchkey_verify::Verifier;
use latchkey_verify::client_ip::TrustedProxies;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::check::Kept;
use crate::listen::listen;
use crate::metrics::{self, Metrics};
use crate::server::{Server, Stop};
use crate::service::Service;
use crate::settings::Settings;
use crate::tls::{self, Certificate};

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
    certificate: Option<Arc<Certificate>>,
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

    /// Reads the certificate's files again. Connections go on; what does not read leaves the one that is shown.
    pub fn reload_certificate(&self) {
        if let Some(certificate) = &self.certificate {
            certificate.reload();
        }
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
/// [`CannotServe`]: an address in use, a certificate that does not read, a store that does not answer, plaintext where
/// other computers could ask.
pub async fn serve(store: Store, clock: Arc<dyn Clock>, settings: Settings) -> Result<Serving, CannotServe> {
    if settings.tls.is_none() && !settings.listen.ip().is_loopback() && !settings.plaintext_behind_proxy {
        let words = format!(
            "{} can be reached from other computers, and without TLS whoever listens reads keys and tokens. Name a \
             certificate and its key, or say that a proxy with TLS stands before this server.",
            settings.listen
        );
        return Err(CannotServe(words));
    }
    let certificate =
        settings.tls.clone().map(Certificate::of).transpose().map_err(CannotServe)?.map(Arc::new);
    let acceptor = certificate.clone().map(tls::acceptor).transpose().map_err(CannotServe)?;
    let (listener, address) = bind(settings.listen).await?;
    let metrics_listener = match settings.metrics_listen {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    if let Some(pepper) = settings.verify.pepper.clone() {
        store.use_pepper(pepper);
    }
    let verifier = Verifier::start(store.clone(), Arc::clone(&clock), settings.verify.clone())
        .await
        .map_err(|error| CannotServe(error.message))?;
    let metrics = Arc::new(Metrics::new(verifier.clone()));
    let (stop, told) = watch::channel(false);
    let told = Stop(told);
    let server = Arc::new(Server {
        admin_turns: Semaphore::new(settings.limits.admin_at_once),
        waiting_turns: Semaphore::new(settings.limits.waiting_at_once),
        proxies: TrustedProxies::new(settings.trusted_proxies.clone()),
        kept: Kept::default(),
        metrics: Arc::clone(&metrics),
        store,
        verifier: verifier.clone(),
        clock,
        settings,
        stop: told.clone(),
    });
    let mut tasks = vec![tokio::spawn(listen(listener, Service::new(server), acceptor, told.clone()))];
    tasks.extend(certificate.clone().map(|certificate| tokio::spawn(look_at(certificate, told.clone()))));
    let metrics_address = metrics_listener.as_ref().map(|(_, address)| *address);
    if let Some((listener, metrics_at)) = metrics_listener {
        tracing::info!(metrics = %metrics_at, "metrics are shown");
        tasks.push(tokio::spawn(metrics::listen(listener, metrics, told)));
    }
    tracing::info!(%address, "listening");
    Ok(Serving { address, metrics: metrics_address, verifier, certificate, stop, tasks })
}

/// Looks at the certificate's files now and then.
async fn look_at(certificate: Arc<Certificate>, mut stop: Stop) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(tls::LOOK_EVERY) => certificate.reload_if_changed(),
            () = stop.told() => return,
        }
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), CannotServe> {
    let bound = match TcpListener::bind(address).await {
        Ok(listener) => listener.local_addr().map(|address| (listener, address)),
        Err(error) => Err(error),
    };
    bound.map_err(|error| CannotServe(format!("Cannot listen at {address}: {error}.")))
}
