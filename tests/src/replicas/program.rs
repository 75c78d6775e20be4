//! `latchkey serve` as a program of its own on a store: started, told to stop, killed. Knows nothing of what it is
//! asked. Holds no test.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take to begin, on a machine that does much else.
const BEGINS_WITHIN: Duration = Duration::from_mins(1);

/// One server. It ends with its value.
pub struct Replica {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    log: Arc<Mutex<String>>,
}

/// The program under test, with nothing of the machine's own settings.
///
/// # Panics
/// Where nobody says which it is.
#[must_use]
pub fn latchkey(folder: &Path, store: &str) -> Command {
    let path = std::env::var_os("LATCHKEY_CLI");
    let path = path.expect("LATCHKEY_CLI names no program; `cargo xtask test` sets it");
    let mut command = Command::new(path);
    command.env_clear().env("HOME", folder).env("LATCHKEY_STORE", store).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Replica {
    /// Starts `latchkey serve` as it was put together so far, on a port that is free.
    pub(super) fn start(mut command: Command) -> Self {
        command.args(["--listen", "127.0.0.1:0", "--log", "json"]).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (said, address) = mpsc::channel();
        let (lines, kept) = (BufReader::new(child.stderr.take().unwrap()).lines(), Arc::clone(&log));
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("127.0.0.1:")
                    && line.contains("listening")
                {
                    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                    // Whoever waited has it by the first line.
                    let _ = said.send(port);
                }
                kept.lock().unwrap().extend([&line, "\n"]);
            }
        });
        let Ok(port) = address.recv_timeout(BEGINS_WITHIN) else {
            let _ = child.kill();
            panic!("the server does not say where it listens: {}", log.lock().unwrap());
        };
        Self { address: SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap())), child, log }
    }

    /// What it has said so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Has it stop in order, which must end well.
    pub fn stop(mut self) {
        kill_process(self.id(), Signal::TERM).unwrap();
        let ended = self.child.wait().unwrap();
        assert!(ended.success(), "{ended}: {}", self.log());
    }

    /// Ends it without its knowing.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn id(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // A test that failed leaves no server behind; one that ended already is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
