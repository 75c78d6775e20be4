//! A server that pretends to be PostgreSQL and writes down every byte that it is sent, before and after
//! decryption. Whatever it gets after a handshake it answers by asking for the password in the clear.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use xtask::certificates::Identity;

/// What a client sends first when it wants TLS.
pub const REQUEST_FOR_TLS: &[u8] = &[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
/// `AuthenticationCleartextPassword`: a bait.
const ASK_FOR_PASSWORD: &[u8] = &[b'R', 0, 0, 0, 8, 0, 0, 0, 3];
/// Longer than any client waits here; a client that is gone ends a read at once.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the one in the middle listens to one side before it turns to the other.
const TURN: Duration = Duration::from_millis(5);

/// What the server does once it was asked for TLS.
pub enum Manner {
    /// Agrees and shows this certificate.
    Shows(Identity),
    /// The same, and whatever it is sent it passes on to the real server on this port, and back.
    StandsBetween(Identity, u16),
    /// Answers these bytes.
    Says(Vec<u8>),
    /// Ends the connection.
    HangsUp,
    /// Never answers.
    IsSilent,
}

/// What a server was sent.
#[derive(Default)]
pub struct Transcript {
    /// As it came over the line.
    pub raw: Vec<u8>,
    /// After decryption.
    pub decrypted: Vec<u8>,
    /// How often somebody connected.
    pub connections: usize,
}

/// A running fake. It goes with the process.
pub struct Fake {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    transcript: Arc<Mutex<Transcript>>,
}

impl Fake {
    /// Starts one.
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let transcript = Arc::<Mutex<Transcript>>::default();
        let (written, manner) = (Arc::clone(&transcript), Arc::new(manner));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (written, manner) = (Arc::clone(&written), Arc::clone(&manner));
                written.lock().unwrap().connections += 1;
                thread::spawn(move || {
                    // A client that goes away is what every one of these servers ends with.
                    let _ = receive(stream.unwrap(), &manner, &written);
                });
            }
        });
        Self { port, transcript }
    }

    /// What it was sent so far.
    pub fn transcript(&self) -> std::sync::MutexGuard<'_, Transcript> {
        self.transcript.lock().unwrap()
    }
}

/// A line whose bytes are written down as they come.
struct Recorded {
    stream: TcpStream,
    transcript: Arc<Mutex<Transcript>>,
}

impl Read for Recorded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.transcript.lock().unwrap().raw.extend(&buffer[..count]);
        Ok(count)
    }
}

impl Write for Recorded {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn receive(stream: TcpStream, manner: &Manner, transcript: &Arc<Mutex<Transcript>>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = Recorded { stream, transcript: Arc::clone(transcript) };
    let mut request = [0; REQUEST_FOR_TLS.len()];
    line.read_exact(&mut request)?;
    match manner {
        Manner::HangsUp => line.stream.shutdown(Shutdown::Both),
        Manner::IsSilent => bait(line, b"", |_| {}),
        Manner::Says(bytes) => {
            line.write_all(bytes)?;
            bait(line, ASK_FOR_PASSWORD, |_| {})
        }
        Manner::Shows(identity) => {
            line.write_all(b"S")?;
            let written = Arc::clone(transcript);
            bait(secure(line, identity), ASK_FOR_PASSWORD, move |bytes| {
                written.lock().unwrap().decrypted.extend(bytes);
            })
        }
        Manner::StandsBetween(identity, port) => {
            line.write_all(b"S")?;
            pass_on(secure(line, identity), *port, transcript)
        }
    }
}

/// Reads until the client is gone, shows `seen` what came, and answers each time with `answer`.
fn bait(mut line: impl Read + Write, answer: &[u8], mut seen: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let count = line.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        seen(&buffer[..count]);
        line.write_all(answer)?;
        line.flush()?;
    }
}

/// What a client would say to the real server, said to it in the clear by the one who stands between.
fn pass_on(
    mut line: StreamOwned<ServerConnection, Recorded>,
    port: u16,
    transcript: &Arc<Mutex<Transcript>>,
) -> io::Result<()> {
    while line.conn.is_handshaking() {
        line.conn.complete_io(&mut line.sock)?;
    }
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    server.set_read_timeout(Some(TURN))?;
    line.sock.stream.set_read_timeout(Some(TURN))?;
    let mut buffer = [0; 4096];
    loop {
        if let Some(count) = in_turn(line.read(&mut buffer))? {
            transcript.lock().unwrap().decrypted.extend(&buffer[..count]);
            server.write_all(&buffer[..count])?;
        }
        if let Some(count) = in_turn(server.read(&mut buffer))? {
            line.write_all(&buffer[..count])?;
            line.flush()?;
        }
    }
}

/// What was read, if anything came in this turn; an end is an error, as it ends the whole.
fn in_turn(read: io::Result<usize>) -> io::Result<Option<usize>> {
    match read {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(None),
        Err(error) => Err(error),
    }
}

fn secure(line: Recorded, identity: &Identity) -> StreamOwned<ServerConnection, Recorded> {
    let chain = CertificateDer::pem_slice_iter(identity.certificate.as_bytes());
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    // Not `with_single_cert`: it would refuse some of the certificates that a client must refuse.
    let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    let shown = Arc::new(rustls::sign::CertifiedKey::new(chain, key));
    let config = config.with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(shown)));
    StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), line)
}
