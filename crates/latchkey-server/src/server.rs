//! What every request of one server shares, and what is known of a request before it is read. Answers nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, Method, Request, Uri};
use latchkey_core::Clock;
use latchkey_core::id::RequestId;
use latchkey_store::Store;
use latchkey_verify::Verifier;
use latchkey_verify::client_ip::TrustedProxies;
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use tokio::sync::{Semaphore, watch};

use crate::check;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// What every request of one server shares.
pub(crate) struct Server {
    /// What administrators work on.
    pub(crate) store: Store,
    /// What says whether keys are good.
    pub(crate) verifier: Verifier,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// How it was told to work.
    pub(crate) settings: Settings,
    /// Whose word about addresses counts.
    pub(crate) proxies: TrustedProxies,
    /// What answering gateways keeps between requests.
    pub(crate) kept: check::Kept,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
    /// Turns of admin requests at the store.
    pub(crate) admin_turns: Semaphore,
    /// Turns of those that wait for changes.
    pub(crate) waiting_turns: Semaphore,
    /// Says when the server is to stop.
    pub(crate) stop: Stop,
}

/// From where a connection comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// The other end of the line.
    pub(crate) address: SocketAddr,
    /// Whether the line is encrypted as far as this program.
    pub(crate) encrypted: bool,
}

/// The head of a request, wherever it stands.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    /// What is to be done.
    pub(crate) method: &'a Method,
    /// With what.
    pub(crate) uri: &'a Uri,
    /// And how.
    pub(crate) headers: &'a HeaderMap,
}

impl<'a, B> From<&'a Request<B>> for Head<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self { method: request.method(), uri: request.uri(), headers: request.headers() }
    }
}

impl<'a> From<&'a Parts> for Head<'a> {
    fn from(Parts { method, uri, headers, .. }: &'a Parts) -> Self {
        Self { method, uri, headers }
    }
}

/// A request before its body is read.
pub(crate) struct Asking {
    /// Its line and headers.
    pub(crate) parts: Parts,
    /// What has not been read of it.
    pub(crate) body: axum::body::Body,
    /// From which connection.
    pub(crate) peer: Peer,
    /// Ours, always fresh.
    pub(crate) request_id: RequestId,
}

impl Server {
    /// From which address a request comes; none where a trusted proxy does not say.
    pub(crate) fn client_ip(&self, headers: &HeaderMap, peer: Peer) -> Option<IpAddr> {
        self.proxies.client_ip(Some(peer.address.ip()), headers)
    }

    /// Whether the server is to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.is_told()
    }
}

/// Says when the server is to stop.
#[derive(Clone)]
pub(crate) struct Stop(pub(crate) watch::Receiver<bool>);

impl Stop {
    /// Whether it is.
    pub(crate) fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is; also ends where nobody can say so any more.
    pub(crate) async fn told(&mut self) {
        let _ = self.0.wait_for(|told| *told).await;
    }
}

/// Draws the request ids of one connection. They need not be secret, so the operating system is asked once.
pub(crate) struct RequestIds(StdRng);

impl RequestIds {
    /// For a new connection; none where the operating system gives no randomness.
    pub(crate) fn new() -> Option<Self> {
        StdRng::try_from_rng(&mut SysRng).ok().map(Self)
    }

    /// The next one.
    pub(crate) fn draw(&mut self, clock: &dyn Clock) -> RequestId {
        RequestId::new(clock.now(), &mut self.0)
    }
}
