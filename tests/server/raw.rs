//! A line to the server on which anything may be written, at any speed. Reads one answer after another. Asserts nothing
//! of what is answered.

use std::net::SocketAddr;
use std::time::Duration;

use latchkey_core::PlaintextKey;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any server here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A line.
pub struct Raw {
    stream: TcpStream,
    read: Vec<u8>,
}

/// The status and the body of an answer, whose head was whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Raw {
    pub async fn to(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), read: Vec::new() }
    }

    /// A line on which the creation of a tenant was begun: the head came, and the first bytes of the body. Answers the
    /// rest of the body too.
    pub async fn with_half_a_tenant(address: SocketAddr, token: &PlaintextKey) -> (Self, String) {
        let body = json!({"slug": "late", "name": "Late"}).to_string();
        let (begun, rest) = body.split_at(5);
        let mut line = Self::to(address).await;
        let head = format!(
            "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            token.expose(),
            body.len()
        );
        line.write(head + begun).await;
        (line, rest.to_owned())
    }

    /// Writes; whether the other end still takes it is not asked.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// The next answer; none where the line was closed without one.
    pub async fn answer(&mut self) -> Option<Told> {
        timeout(PATIENCE, self.next()).await.expect("an answer or an end in time")
    }

    async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(told) = self.take() {
                return Some(told);
            }
            let mut piece = vec![0; 16 * 1024];
            let Ok(count @ 1..) = self.stream.read(&mut piece).await else {
                assert!(self.read.is_empty(), "half an answer: {}", String::from_utf8_lossy(&self.read));
                return None;
            };
            self.read.extend_from_slice(&piece[..count]);
        }
    }

    fn take(&mut self) -> Option<Told> {
        let end = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
        let length = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let whole = end + length.unwrap_or(0usize);
        let body = self.read.get(end..whole)?;
        let body = String::from_utf8_lossy(body).into_owned();
        self.read.drain(..whole);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some(Told { status, head, body })
    }

    /// Whether the other end has closed the line, which is waited for.
    pub async fn is_closed(&mut self) -> bool {
        let mut piece = [0; 1];
        !matches!(timeout(PATIENCE, self.stream.read(&mut piece)).await, Ok(Ok(1)) | Err(_))
    }
}
