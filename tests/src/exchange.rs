//! One HTTP request as it is written, byte for byte, and its answer as it came: so that headers may stand twice, have
//! underscores, or lie. Knows no server.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any server here may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, as they came and in their order.
    pub headers: Vec<(String, String)>,
    /// Its body, as text.
    pub body: String,
}

impl Answer {
    /// The only value of a header; `None` where it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let first = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} stands twice in {self:?}");
        first
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The limits in the headers: limit, remaining, reset.
    #[must_use]
    pub fn limits(&self) -> Option<(u32, u32, i64)> {
        let read = |name: &str| self.header(name).map(|value| value.parse::<i64>().unwrap());
        let (limit, remaining) = (read("x-ratelimit-limit")?, read("x-ratelimit-remaining")?);
        Some((limit.try_into().unwrap(), remaining.try_into().unwrap(), read("x-ratelimit-reset")?))
    }
}

/// A request that is being put together.
pub struct Ask {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    chunked: bool,
}

/// `GET target`.
#[must_use]
pub fn get(target: &str) -> Ask {
    Ask::new("GET", target)
}

/// `POST target` with this JSON.
#[must_use]
pub fn post(target: &str, body: &serde_json::Value) -> Ask {
    Ask::new("POST", target).with("Content-Type", "application/json").body(body.to_string().into_bytes())
}

impl Ask {
    /// `method target`, with nothing else.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            chunked: false,
        }
    }

    /// One more header, exactly so.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `Authorization: Bearer key`.
    #[must_use]
    pub fn bearer(self, key: &str) -> Self {
        self.with("Authorization", &format!("Bearer {key}"))
    }

    /// What the client's address is said to be.
    #[must_use]
    pub fn from(self, address: &str) -> Self {
        self.with("X-Forwarded-For", address)
    }

    /// Its body, whose length is said.
    #[must_use]
    pub fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// The body comes in pieces, and nobody says how long it is.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Sends it over a connection of its own.
    pub async fn to(self, address: SocketAddr) -> Answer {
        timeout(PATIENCE, self.exchange(address)).await.expect("an answer in time")
    }

    async fn exchange(self, address: SocketAddr) -> Answer {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut read, mut write) = stream.into_split();
        let head = self.head();
        // Written beside the reading: whoever refuses early may answer before the body has come.
        let writing = tokio::spawn(async move {
            let _ = write.write_all(head.as_bytes()).await;
            if self.chunked {
                for piece in self.body.chunks(16 * 1024) {
                    let size = format!("{:x}\r\n", piece.len());
                    let _ = write.write_all(size.as_bytes()).await;
                    let _ = write.write_all(piece).await;
                    let _ = write.write_all(b"\r\n").await;
                }
                let _ = write.write_all(b"0\r\n\r\n").await;
            } else {
                let _ = write.write_all(&self.body).await;
            }
            write
        });
        let mut bytes = Vec::new();
        let mut piece = vec![0; 16 * 1024];
        // A server that closes while a body still comes may reset the line after its answer.
        while let Ok(count @ 1..) = read.read(&mut piece).await {
            bytes.extend_from_slice(&piece[..count]);
        }
        writing.abort();
        parse(&bytes)
    }

    fn head(&self) -> String {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n",
            self.method, self.target
        );
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        if self.chunked {
            head.push_str("Transfer-Encoding: chunked\r\n");
        } else if !self.body.is_empty() || self.method != "GET" {
            write!(head, "Content-Length: {}\r\n", self.body.len()).unwrap();
        }
        head + "\r\n"
    }
}

fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer but {text:?}"));
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').expect("a header"))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status: status.parse().unwrap(), headers, body: body.to_owned() };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = joined(body);
    }
    answer
}

fn joined(mut chunks: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = chunks.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).expect("a chunk's size");
        if size == 0 {
            break;
        }
        whole.push_str(&rest[..size]);
        chunks = &rest[size + 2..];
    }
    whole
}
