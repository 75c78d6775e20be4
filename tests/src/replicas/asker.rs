//! A service that asks one server about keys, over a line that it keeps. Knows no key's story.

use std::net::SocketAddr;

use latchkey_core::PlaintextKey;

use super::Replica;
use super::raw::Raw;

/// Whoever asks.
pub struct Asker {
    address: SocketAddr,
    line: Option<Raw>,
}

/// What was said of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is good.
    Yes,
    /// It is not (401, 403).
    No,
    /// Nobody can tell now (503, with when to ask again).
    CannotTell,
}

impl Asker {
    /// One of this server.
    #[must_use]
    pub fn of(server: &Replica) -> Self {
        Self::at(server.address)
    }

    /// One of the server there.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        Self { address, line: None }
    }

    /// Asks whether the key is good for `posts:read`.
    ///
    /// # Panics
    /// For an answer that fits no key, and where there is none.
    pub async fn ask(&mut self, key: &PlaintextKey) -> Said {
        self.try_to_ask(key).await.expect("the server answers")
    }

    /// The same; none where the server hung up instead of answering.
    pub async fn try_to_ask(&mut self, key: &PlaintextKey) -> Option<Said> {
        let line = match &mut self.line {
            Some(line) => line,
            line => line.insert(Raw::to(self.address).await),
        };
        let request = format!(
            "GET /v1/check?permission=posts:read HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
            key.expose()
        );
        line.write(request).await;
        let Some(told) = line.answer().await else {
            self.line = None;
            return None;
        };
        Some(match told.status {
            200 => Said::Yes,
            401 | 403 => Said::No,
            503 => {
                assert!(told.head.to_lowercase().contains("\r\nretry-after: "), "{}", told.head);
                Said::CannotTell
            }
            other => panic!("{other}: {}", told.body),
        })
    }
}
