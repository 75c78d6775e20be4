//! Every option of the server, with its default. Read from the configuration file and the command line by `read.rs`.

use std::net::{Ipv4Addr, SocketAddr};

/// How a server works.
#[derive(Clone)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where metrics are; none: nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// How verifications work.
    pub verify: latchkey_verify::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            metrics_listen: None,
            verify: latchkey_verify::Settings::default(),
        }
    }
}
