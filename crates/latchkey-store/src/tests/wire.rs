//! A wire between a store and PostgreSQL that breaks or falls silent when a test wishes it. Passes bytes
//! on; understands none but the word COMMIT.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What shall become of the answer to a COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// It comes.
    Pass,
    /// The line breaks after the server has it.
    CutTheAnswer,
    /// Nothing comes any more.
    SwallowTheAnswer,
}

/// The wire.
pub(super) struct Wire {
    /// Where it begins, on loopback.
    pub(super) port: u16,
    wish: Arc<Mutex<Wish>>,
    cut: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Wire {
    /// A wire to a server's port on loopback.
    pub(super) async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wish = Arc::new(Mutex::new(Wish::Pass));
        let (cut, is_cut) = watch::channel(false);
        let wishes = Arc::clone(&wish);
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                tokio::spawn(pass(near, far, Arc::clone(&wishes), is_cut.clone()));
            }
        });
        Self { port, wish, cut, accepting }
    }

    /// From now on.
    pub(super) fn at_commit(&self, wish: Wish) {
        *self.wish.lock().unwrap() = wish;
    }

    /// Nothing passes any more, and nothing answers here.
    pub(super) async fn cut(self) {
        self.accepting.abort();
        let _ = self.accepting.await;
        self.cut.send(true).unwrap();
    }
}

async fn pass(near: TcpStream, far: TcpStream, wish: Arc<Mutex<Wish>>, mut cut: watch::Receiver<bool>) {
    let (from_store, to_store) = near.into_split();
    let (from_server, to_server) = far.into_split();
    let (committing, is_committing) = watch::channel(Wish::Pass);
    tokio::select! {
        () = ask(from_store, to_server, wish, committing) => {}
        () = answer(from_server, to_store, is_committing) => {}
        _ = cut.wait_for(|cut| *cut) => {}
    }
}

async fn ask(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    wish: Arc<Mutex<Wish>>,
    committing: watch::Sender<Wish>,
) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if bytes[..count].windows(7).any(|word| word == b"COMMIT\0") {
            let _ = committing.send(*wish.lock().unwrap());
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

async fn answer(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, committing: watch::Receiver<Wish>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let wish = *committing.borrow();
        match wish {
            Wish::Pass => {
                if to.write_all(&bytes[..count]).await.is_err() {
                    return;
                }
            }
            // The server has answered, so it has done it.
            Wish::CutTheAnswer => return,
            Wish::SwallowTheAnswer => {}
        }
    }
}
