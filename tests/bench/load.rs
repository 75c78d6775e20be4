//! A load on a server over plain HTTP/1.1: a few threads, each with kept connections on which it writes one request
//! each and then reads the answers. Counts what came back. Knows nothing of what is asked.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How a load is made.
#[derive(Clone, Copy)]
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// Threads that make it.
    pub threads: usize,
    /// Connections of each.
    pub connections: usize,
}

/// When a load ends.
#[derive(Clone, Copy)]
pub enum Until<'a> {
    /// After so many requests; the k-th of all is the k-th that was given, from the start again where they end.
    Count(usize),
    /// When this becomes true.
    Told(&'a AtomicBool),
}

/// What came back.
#[derive(Default)]
pub struct Tally {
    /// How many answers there were of each status.
    pub statuses: BTreeMap<u16, usize>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Tally {
    /// All answers.
    pub fn all(&self) -> usize {
        self.statuses.values().sum()
    }

    /// The answers with this status.
    pub fn of(&self, status: u16) -> usize {
        self.statuses.get(&status).copied().unwrap_or_default()
    }

    /// Stops the benchmark where not every answer has this status: a figure of something else would follow.
    pub fn expect(self, status: u16) -> Self {
        assert!(
            self.of(status) == self.all() && self.all() > 0,
            "expected {status} alone: {:?}",
            self.statuses
        );
        self
    }
}

impl Load {
    /// The usual one: two threads with sixteen connections each.
    pub fn on(address: SocketAddr) -> Self {
        Self { address, threads: 2, connections: 16 }
    }

    /// Sends `requests` and reads the answers.
    pub fn run(self, requests: &[Vec<u8>], until: Until<'_>) -> Tally {
        let next = AtomicUsize::new(0);
        let began = Instant::now();
        let tallies: Vec<BTreeMap<u16, usize>> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..self.threads).map(|_| scope.spawn(|| self.one_thread(requests, until, &next))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut tally = Tally { seconds: began.elapsed().as_secs_f64(), ..Tally::default() };
        for (status, count) in tallies.into_iter().flatten() {
            *tally.statuses.entry(status).or_default() += count;
        }
        tally
    }

    fn one_thread(self, requests: &[Vec<u8>], until: Until<'_>, next: &AtomicUsize) -> BTreeMap<u16, usize> {
        let mut statuses = BTreeMap::new();
        let mut lines: Vec<Line> = (0..self.connections).map(|_| Line::to(self.address)).collect();
        loop {
            let mut written = 0;
            for line in &mut lines {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let over = match until {
                    Until::Count(count) => number >= count,
                    Until::Told(over) => over.load(Ordering::Relaxed),
                };
                if over {
                    break;
                }
                line.write(&requests[number % requests.len()]);
                written += 1;
            }
            for line in lines.iter_mut().take(written) {
                *statuses.entry(line.read()).or_default() += 1;
            }
            if written < lines.len() {
                return statuses;
            }
        }
    }
}

/// One kept connection; made anew when the server has closed it, as some do after so many requests.
struct Line {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
    /// What was written last, for writing it again on a new connection.
    last: Vec<u8>,
}

impl Line {
    fn to(address: SocketAddr) -> Self {
        Self { address, stream: connect(address), buffer: Vec::with_capacity(4096), last: Vec::new() }
    }

    fn write(&mut self, request: &[u8]) {
        self.last.clear();
        self.last.extend_from_slice(request);
        if self.stream.write_all(request).is_err() {
            self.again();
        }
    }

    fn again(&mut self) {
        self.stream = connect(self.address);
        self.stream.write_all(&self.last).unwrap();
    }

    /// The status of the next answer, whose body is read and dropped.
    fn read(&mut self) -> u16 {
        self.buffer.clear();
        let mut piece = [0; 8192];
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) if self.buffer.is_empty() => self.again(),
                Err(error) if error.kind() == ErrorKind::ConnectionReset && self.buffer.is_empty() => {
                    self.again();
                }
                Ok(0) => panic!("the server closed within an answer"),
                Ok(count) => {
                    self.buffer.extend_from_slice(&piece[..count]);
                    if let Some(status) = complete(&self.buffer) {
                        return status;
                    }
                }
                Err(error) => panic!("no answer: {error}"),
            }
        }
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream
}

/// The status of a whole answer; none while some of it is missing.
fn complete(answer: &[u8]) -> Option<u16> {
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).unwrap();
    let mut length = 0;
    for line in text.lines().skip(1) {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            // Pieces end with an empty one.
            return answer.ends_with(b"0\r\n\r\n").then(|| status(text));
        }
    }
    (answer.len() >= head + length).then(|| status(text))
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// A request with the key as Bearer.
pub fn get(path: &str, key: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n").into_bytes()
}

/// A request with the key in a JSON body.
pub fn post(path: &str, key: &str) -> Vec<u8> {
    let body = format!("{{\"key\":\"{key}\"}}");
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
