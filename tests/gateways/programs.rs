//! nginx, Caddy and `HAProxy` as Debian has them, each with our snippet: nothing in it is changed but the addresses and
//! the question. Holds no test.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use xtask::machine;
use xtask::process::{Ending, Server, wait_until};

/// The question that stands in every snippet.
const QUESTION: &str = "permission=posts:read";
/// Where Latchkey, the service and the gateway are in every snippet.
const LATCHKEY: &str = "127.0.0.1:8080";
const SERVICE: &str = "127.0.0.1:8000";
const CLIENTS: &str = "127.0.0.1:8001";
/// Somebody else can take the free port before the gateway does.
const TRIES: usize = 3;

/// Which gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    Caddy,
    HaProxy,
}

/// What a gateway is told.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    pub latchkey: SocketAddr,
    pub service: SocketAddr,
    pub question: &'a str,
}

/// A running gateway; dropped, it ends.
pub struct Gateway {
    pub address: SocketAddr,
    _server: Server,
    _folder: TempDir,
}

impl Gateway {
    pub fn start(kind: Kind, told: Told<'_>) -> Self {
        for _ in 1..TRIES {
            if let Some(started) = Self::try_start(kind, told) {
                return started;
            }
        }
        Self::try_start(kind, told).unwrap_or_else(|| panic!("{kind:?} did not start; its log is above"))
    }

    fn try_start(kind: Kind, told: Told<'_>) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        drop(socket);
        let mut command = match kind {
            Kind::Nginx => nginx(folder.path(), told, address),
            Kind::Caddy => caddy(folder.path(), told, address),
            Kind::HaProxy => haproxy(folder.path(), told, address),
        };
        let log = folder.path().join("log");
        let file = File::create(&log).unwrap();
        command.current_dir(folder.path()).stdin(Stdio::null());
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let mut server = Server::start(&mut command, Ending::Quick).unwrap();
        let listens = || TcpStream::connect(address).is_ok();
        let came = wait_until(Duration::from_secs(30), || !server.is_running() || listens());
        if came && server.is_running() {
            return Some(Self { address, _server: server, _folder: folder });
        }
        eprintln!("{kind:?}: {}", fs::read_to_string(log).unwrap_or_default());
        None
    }
}

fn program(name: &str) -> Command {
    let found = machine::program(name);
    Command::new(found.unwrap_or_else(|| panic!("{name} is not installed; `cargo xtask test` installs it")))
}

/// The snippet with this gateway's addresses and question.
fn snippet(name: &str, told: Told<'_>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/latchkey-server/snippets").join(name);
    let text = fs::read_to_string(&path).unwrap();
    let mut changed = text;
    for (from, to) in [
        (LATCHKEY, told.latchkey.to_string()),
        (SERVICE, told.service.to_string()),
        (QUESTION, told.question.to_owned()),
    ] {
        assert!(changed.contains(from), "{name} has no {from}");
        changed = changed.replace(from, &to);
    }
    changed
}

fn nginx(folder: &Path, told: Told<'_>, address: SocketAddr) -> Command {
    let snippet = snippet("nginx.conf", told).replace(CLIENTS, &address.to_string());
    fs::write(folder.join("latchkey.conf"), snippet).unwrap();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String = temporary.map(|name| format!("{name}_temp_path {name};\n")).concat();
    let around = format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}include latchkey.conf;\n}}\n"
    );
    fs::write(folder.join("nginx.conf"), around).unwrap();
    let mut command = program("nginx");
    command.arg("-p").arg(folder).args(["-e", "stderr", "-c"]).arg(folder.join("nginx.conf"));
    command
}

fn caddy(folder: &Path, told: Told<'_>, address: SocketAddr) -> Command {
    let snippet = snippet("Caddyfile", told).replace(":8001 ", &format!(":{} ", address.port()));
    fs::write(folder.join("Caddyfile"), snippet).unwrap();
    let mut command = program("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(folder.join("Caddyfile"));
    command.env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
    command
}

fn haproxy(folder: &Path, told: Told<'_>, address: SocketAddr) -> Command {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/latchkey-server/snippets/latchkey.lua");
    fs::copy(script, folder.join("latchkey.lua")).unwrap();
    let snippet = snippet("haproxy.cfg", told).replace(CLIENTS, &address.to_string());
    fs::write(folder.join("haproxy.cfg"), snippet).unwrap();
    let mut command = program("haproxy");
    command.arg("-db").arg("-f").arg(folder.join("haproxy.cfg"));
    command
}
