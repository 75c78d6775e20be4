//! Every option of the server, with its default and the reason for it. Read from the configuration file by
//! `settings_file.rs` and from the command line by the program; holds no reading.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use latchkey_core::ip_range::IpRange;

/// How a server works.
#[derive(Clone)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where metrics are; none: nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// The certificate and its key; none: without TLS, which is allowed on this computer alone.
    pub tls: Option<TlsFiles>,
    /// Whether a proxy that speaks TLS stands before it, so that plaintext is allowed beyond this computer.
    pub plaintext_behind_proxy: bool,
    /// From whom `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpRange>,
    /// Whether `POST /v1/keys/verify` needs an operator's token.
    pub verify_token: VerifyToken,
    /// What bounds a request and a connection.
    pub limits: Limits,
    /// How verifications work.
    pub verify: latchkey_verify::Settings,
}

/// The files of a TLS listener. They are read again when they change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those that lead from it to its authority, PEM.
    pub certificate: PathBuf,
    /// The certificate's private key, PEM.
    pub key: PathBuf,
}

/// Whether a service must show an operator's token to have a key verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VerifyToken {
    /// Whoever holds the key may ask about it. A token that is sent all the same must be good.
    #[default]
    Optional,
    /// Only operators may ask.
    Required,
}

/// What bounds a request and a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most connections at once; more are told 503 and closed.
    pub connections: usize,
    /// The most bytes of an admin request's body.
    pub body: usize,
    /// The most bytes of a request's line and headers together.
    pub head: usize,
    /// The most headers of a request.
    pub headers: usize,
    /// How long a request's head may take, from its first byte on, and the TLS handshake before it.
    pub head_time: Duration,
    /// How long its body may take.
    pub body_time: Duration,
    /// How long an admin request may wait for its turn; longer: 503.
    pub queue_time: Duration,
    /// How long an answer may stand still because its reader does not read.
    pub write_time: Duration,
    /// How long a connection may be idle between requests.
    pub idle_time: Duration,
    /// How long what is under way may take once the server is told to stop.
    pub stop_time: Duration,
    /// How many admin requests are at the store at once, so that its other connections stay free for verification.
    pub admin_at_once: usize,
    /// How many requests may wait for changes at once.
    pub waiting_at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            body: 1024 * 1024,
            head: 32 * 1024,
            headers: 100,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(10),
            queue_time: Duration::from_secs(5),
            write_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(75),
            stop_time: Duration::from_secs(10),
            admin_at_once: 6,
            waiting_at_once: 1_000,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            metrics_listen: None,
            tls: None,
            plaintext_behind_proxy: false,
            trusted_proxies: Vec::new(),
            verify_token: VerifyToken::default(),
            limits: Limits::default(),
            verify: latchkey_verify::Settings::default(),
        }
    }
}
