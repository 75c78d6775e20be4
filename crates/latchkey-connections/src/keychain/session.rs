//! A session bus of a test's own with a real keyring on it, or none: started, locked, stopped and looked at
//! from outside. Holds no test.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::connection::ConnectionId;

/// What opens the keyrings of tests.
pub(super) const KEYRING_PASSWORD: &str = "opens the keyring";
const SOON: Duration = Duration::from_secs(10);

/// A session bus of a test's own, and what runs on it.
pub(super) struct Session {
    pub(super) folder: TempDir,
    display: bool,
    running: Vec<Child>,
}

impl Session {
    /// A bus on which no program is started by itself, so that there is no keyring.
    pub(super) fn without_keyring(display: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["run", "data", "config", "cache"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let prompter = "/usr/share/dbus-1/services/org.gnome.keyring.SystemPrompter.service";
        let services = folder.path().join("services");
        fs::create_dir(&services).unwrap();
        if display {
            fs::copy(prompter, services.join("org.gnome.keyring.SystemPrompter.service")).unwrap();
        }
        let config = format!(
            "<busconfig><type>session</type><listen>unix:path={0}/bus</listen><servicedir>{0}/services</servicedir>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
             <allow own=\"*\"/></policy></busconfig>",
            folder.path().display()
        );
        fs::write(folder.path().join("bus.conf"), config).unwrap();
        let mut session = Self { folder, display, running: Vec::new() };
        let mut bus = session.command("dbus-daemon");
        bus.args(["--nofork", "--nopidfile", "--config-file"]).arg(session.folder.path().join("bus.conf"));
        session.running.push(bus.spawn().unwrap());
        let socket = session.folder.path().join("bus");
        until("the session bus", || socket.exists());
        session
    }

    /// The same with a keyring that is unlocked.
    pub(super) fn with_keyring(display: bool) -> Self {
        let mut session = Self::without_keyring(display);
        session.start_keyring(true);
        session
    }

    pub(super) fn start_keyring(&mut self, unlocked: bool) {
        let mut keyring = self.command("gnome-keyring-daemon");
        keyring.args(["--foreground", "--components=secrets"]).stdin(Stdio::piped());
        if unlocked {
            keyring.arg("--unlock");
        }
        let mut keyring = keyring.spawn().unwrap();
        // The password comes on standard input and ends with it.
        keyring.stdin.take().unwrap().write_all(KEYRING_PASSWORD.as_bytes()).unwrap();
        self.running.push(keyring);
        let mut waits = self.command("gdbus");
        waits.args(["wait", "--session", "--timeout", "10", "org.freedesktop.secrets"]);
        assert!(waits.status().unwrap().success(), "the keyring does not start");
    }

    pub(super) fn stop_keyring(&mut self) {
        let mut keyring = self.running.pop().unwrap();
        keyring.kill().unwrap();
        keyring.wait().unwrap();
    }

    pub(super) fn lock(&self) {
        let mut lock = self.command("gdbus");
        lock.args(["call", "--session", "-d", "org.freedesktop.secrets", "-o", "/org/freedesktop/secrets"]);
        lock.args(["-m", "org.freedesktop.Secret.Service.Lock"]);
        lock.arg("['/org/freedesktop/secrets/collection/login']");
        assert!(lock.status().unwrap().success());
    }

    /// What `secret-tool` finds of Latchkey's.
    pub(super) fn found(&self) -> String {
        let mut search = self.command("secret-tool");
        let output = search
            .args(["search", "--all", "service", "dev.latchkey"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let output = output.output().unwrap();
        // The attributes are written to standard error.
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }

    pub(super) fn put_by_hand(&self, id: ConnectionId, more: &str) {
        let mut store = self.command("secret-tool");
        store.args(["store", "--label=by hand", "service", "dev.latchkey", "username"]);
        store.args([&id.to_string(), "more", more]).stdin(Stdio::piped());
        let mut child = store.spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"by hand").unwrap();
        assert!(child.wait().unwrap().success());
    }

    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let below = |name: &str| self.folder.path().join(name);
        let mut command = Command::new(program);
        command
            .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", below("bus").display()))
            .env("XDG_RUNTIME_DIR", below("run"))
            .env("XDG_DATA_HOME", below("data"))
            .env("XDG_CONFIG_HOME", below("config"))
            .env("XDG_CACHE_HOME", below("cache"))
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if !self.display {
            command.env_remove("DISPLAY");
        }
        command
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The last that was started ends first.
        for child in self.running.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits for something, not for long.
pub(super) fn until(what: &str, mut there: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !there() {
        assert!(begun.elapsed() < SOON, "{what} did not come");
        thread::sleep(Duration::from_millis(20));
    }
}
