//! A line to a server that breaks at a byte that was named before, counted from now or from the next commit.
//! Knows nothing else of what passes.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How PostgreSQL's protocol says it: a simple query.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
/// How it asks to be told of changes.
const LISTEN: &[u8] = b"LISTEN ";
/// How many bytes a commit and its answer are.
pub const COMMIT_AND_ANSWER: u64 = 12 + 18;

/// A port of this computer behind which a server stands.
pub struct Line {
    /// Where it listens.
    pub port: u16,
    meter: Arc<Meter>,
    breaks: watch::Sender<u64>,
    swallows: watch::Sender<u64>,
    deaf: Arc<AtomicBool>,
    listening: JoinHandle<()>,
}

/// What passed, and how much still may.
#[derive(Default)]
struct Meter(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    passed: u64,
    left: Option<u64>,
    left_of_commit: Option<u64>,
}

impl Line {
    /// One before a server on this port.
    pub async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let meter = Arc::<Meter>::default();
        let ((breaks, _), (swallows, _)) = (watch::channel(0), watch::channel(0));
        let (counting, breaking, swallowing) = (Arc::clone(&meter), breaks.clone(), swallows.clone());
        let deaf = Arc::<AtomicBool>::default();
        let deafening = Arc::clone(&deaf);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (counting, breaking) = (Arc::clone(&counting), breaking.clone());
                let (swallowing, deaf) = (swallowing.subscribe(), Arc::clone(&deafening));
                tokio::spawn(async move {
                    // However it ends, that is what this line is for.
                    let _ = pass(client, server, &counting, &breaking, swallowing, &deaf).await;
                });
            }
        });
        Self { port, meter, breaks, swallows, deaf, listening }
    }

    /// How many bytes have passed, both ways together.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.meter.0.lock().unwrap().passed
    }

    /// Breaks everybody's connection now; whoever connects again gets through.
    pub fn break_now(&self) {
        self.breaks.send_modify(|count| *count += 1);
    }

    /// Swallows whatever passes on the connections that there are, and ends none of them; whoever connects
    /// again gets through.
    pub fn swallow(&self) {
        self.swallows.send_modify(|count| *count += 1);
    }

    /// Swallows from now on whatever a client is told on a connection on which it once asked to be told of changes,
    /// old and new, and ends none of them; or no longer.
    pub fn deafen(&self, deaf: bool) {
        self.deaf.store(deaf, Ordering::SeqCst);
    }

    /// Breaks everybody's connection after this many more bytes, once.
    pub fn break_after(&self, bytes: u64) {
        self.meter.0.lock().unwrap().left = Some(bytes);
    }

    /// The same, counted from the first byte of the next commit.
    pub fn break_after_commit(&self, bytes: u64) {
        self.meter.0.lock().unwrap().left_of_commit = Some(bytes);
    }

    /// Lets everything pass from now on; answers whether the line broke since it was told to.
    #[must_use]
    pub fn mend(&self) -> bool {
        let mut counted = self.meter.0.lock().unwrap();
        let of_commit = counted.left_of_commit.take();
        counted.left.take().or(of_commit).is_none()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Meter {
    /// How many of these bytes may pass. Fewer than all of them: the line breaks behind these.
    fn take(&self, bytes: &[u8]) -> usize {
        let wanted = bytes.len();
        let mut counted = self.0.lock().unwrap();
        if counted.left_of_commit.is_some()
            && let Some(before) = bytes.windows(COMMIT.len()).position(|window| window == COMMIT)
        {
            counted.left = counted.left_of_commit.take().map(|bytes| before as u64 + bytes);
        }
        let allowed = match counted.left {
            Some(left) if left < wanted as u64 => {
                counted.left = None;
                usize::try_from(left).unwrap()
            }
            left => {
                counted.left = left.map(|left| left - wanted as u64);
                wanted
            }
        };
        counted.passed += allowed as u64;
        allowed
    }
}

async fn pass(
    mut client: TcpStream,
    server: u16,
    meter: &Meter,
    breaks: &watch::Sender<u64>,
    mut swallowed: watch::Receiver<u64>,
    deaf: &AtomicBool,
) -> io::Result<()> {
    let mut broken = breaks.subscribe();
    broken.mark_unchanged();
    let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
    let (mut asked, mut answered) = (vec![0; 16 << 10], vec![0; 16 << 10]);
    let mut listens = false;
    loop {
        let (from, to) = tokio::select! {
            _ = broken.changed() => return Ok(()),
            _ = swallowed.changed() => {
                let _ = broken.changed().await;
                return Ok(());
            }
            read = client.read(&mut asked) => {
                let bytes = &asked[..read?];
                listens |= bytes.windows(LISTEN.len()).any(|window| window == LISTEN);
                (bytes, &mut server)
            }
            read = server.read(&mut answered) => {
                let bytes = &answered[..read?];
                if listens && deaf.load(Ordering::SeqCst) && !bytes.is_empty() {
                    continue;
                }
                (bytes, &mut client)
            }
        };
        if from.is_empty() {
            return Ok(());
        }
        let allowed = meter.take(from);
        to.write_all(&from[..allowed]).await?;
        if allowed < from.len() {
            breaks.send_modify(|count| *count += 1);
            return Ok(());
        }
    }
}
