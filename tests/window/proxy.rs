//! A line to a server, a database's or Latchkey's own, that can be cut: at once, for everybody, or in the middle of
//! one change, before it arrives or before its answer does; or on which words are replaced. Reads no more of what
//! passes than the marks it looks for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How PostgreSQL's protocol says it: the text of a simple query ends with a zero.
const COMMIT: &[u8] = b"COMMIT\0";

/// What is spoken on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    /// A change is made with the commit after it.
    Postgres,
    /// A change is made with the request.
    Http,
}

/// Words of answers and what stands in their place, of the same length.
type Words = Arc<Vec<(Vec<u8>, Vec<u8>)>>;

/// What becomes of those who connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// It is passed on.
    Open,
    /// It is cut, and whoever comes is turned away.
    Down,
}

/// What is lost of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loses {
    /// The change itself: the server never hears of it.
    Change,
    /// The answer: the server has committed it, and nobody hears of that.
    Answer,
}

/// The change that is waited for.
type Trap = Arc<Mutex<Option<(Vec<u8>, Loses)>>>;

/// A port of this computer behind which a server stands.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    line: watch::Sender<Line>,
    trap: Trap,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// One before a database, a port of this computer.
    pub async fn before(server: u16) -> Self {
        Self::start(server, Language::Postgres, Words::default()).await
    }

    /// One before a Latchkey server without TLS.
    pub async fn before_latchkey(server: u16) -> Self {
        Self::start(server, Language::Http, Words::default()).await
    }

    /// The same with other words in the answers.
    pub async fn rewriting(server: u16, words: &[(&str, &str)]) -> Self {
        let words = words.iter().map(|(from, to)| (from.as_bytes().to_vec(), to.as_bytes().to_vec()));
        Self::start(server, Language::Http, Arc::new(words.collect())).await
    }

    async fn start(server: u16, language: Language, words: Words) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (line, told) = watch::channel(Line::Open);
        let trap = Trap::default();
        let set = trap.clone();
        let listening = tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else { continue };
                let line = Passed { server, language, words: words.clone(), trap: set.clone() };
                tokio::spawn(line.pass(client, told.clone()));
            }
        });
        Self { port, line, trap, listening }
    }

    /// Lets everybody in again.
    pub fn mend(&self) {
        self.line.send(Line::Open).unwrap();
    }

    /// Goes down in the middle of the next change in which `mark` occurs.
    pub fn lose(&self, what: Loses, mark: &str) {
        *self.trap.lock().unwrap() = Some((mark.as_bytes().to_vec(), what));
        let (line, trap) = (self.line.clone(), self.trap.clone());
        tokio::spawn(async move {
            while trap.lock().unwrap().is_some() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            let _ = line.send(Line::Down);
        });
    }

    /// Whether such a change has passed since.
    pub fn has_lost_it(&self) -> bool {
        self.trap.lock().unwrap().is_none()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// One line through the proxy.
struct Passed {
    server: u16,
    language: Language,
    words: Words,
    trap: Trap,
}

impl Passed {
    async fn pass(self, mut client: TcpStream, mut told: watch::Receiver<Line>) {
        if *told.borrow_and_update() == Line::Down {
            return;
        }
        let Ok(mut server) = TcpStream::connect(("127.0.0.1", self.server)).await else { return };
        let (mut asked, mut answered) = (vec![0; 64 << 10], vec![0; 64 << 10]);
        let mut marked = None;
        let mut committing = false;
        loop {
            tokio::select! {
                () = down(&mut told) => return,
                read = client.read(&mut asked) => {
                    let Ok(read @ 1..) = read else { return };
                    let bytes = &asked[..read];
                    if let Some((mark, what)) = self.trap.lock().unwrap().clone() && holds(bytes, &mark) {
                        marked = Some(what);
                    }
                    match marked {
                        Some(Loses::Change) => {
                            *self.trap.lock().unwrap() = None;
                            return;
                        }
                        Some(Loses::Answer) => committing |= self.commits(bytes),
                        None => {}
                    }
                    if server.write_all(bytes).await.is_err() { return }
                }
                read = server.read(&mut answered) => {
                    let Ok(read @ 1..) = read else { return };
                    if committing {
                        // It has answered, so it has committed.
                        *self.trap.lock().unwrap() = None;
                        return;
                    }
                    self.rewrite(&mut answered[..read]);
                    if client.write_all(&answered[..read]).await.is_err() { return }
                }
            }
        }
    }

    /// Whether what is asked ends a change that was marked.
    fn commits(&self, bytes: &[u8]) -> bool {
        match self.language {
            Language::Postgres => holds(bytes, COMMIT),
            Language::Http => true,
        }
    }

    fn rewrite(&self, bytes: &mut [u8]) {
        for (from, to) in self.words.iter() {
            for at in 0..bytes.len().saturating_sub(from.len() - 1) {
                let here = &mut bytes[at..at + from.len()];
                if here == from.as_slice() {
                    here.copy_from_slice(to);
                }
            }
        }
    }
}

async fn down(told: &mut watch::Receiver<Line>) {
    let _ = told.wait_for(|line| *line == Line::Down).await;
}

fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

/// A server that accepts everybody and says nothing; its port.
pub async fn silent_server() -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let holding = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((client, _)) = listener.accept().await {
            held.push(client);
        }
    });
    (port, holding)
}
