//! A session bus of its own for one desk, on which nothing but the system's prompts starts by itself, and a
//! real keyring on it, in the state that a test wants. Draws on the tests' screen. Knows no page.

use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use xtask::process::{Ending, Server, succeeds, wait_until};

/// What the keyrings of these sessions are unlocked with.
pub const KEYRING_PASSWORD: &str = "test";
const STARTED_WITHIN: Duration = Duration::from_secs(10);
/// Where programs say how they are started by a call; the prompt of the keyring is started so.
const SERVICES: &str = "/usr/share/dbus-1/services";
const PROMPTS: &[&str] =
    &["org.gnome.keyring.SystemPrompter.service", "org.gnome.keyring.PrivatePrompter.service"];

/// A session bus and what runs on it; all of it ends with this value.
pub struct Session {
    keyring: Option<Server>,
    _bus: Server,
    folder: TempDir,
}

impl Session {
    /// One without a keychain.
    pub fn without_keychain() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["run", "data", "config", "cache", "services"] {
            fs::DirBuilder::new().mode(0o700).create(folder.path().join(name)).unwrap();
        }
        for prompt in PROMPTS {
            fs::copy(Path::new(SERVICES).join(prompt), folder.path().join("services").join(prompt))
                .expect("the prompts of the keyring come with gnome-keyring");
        }
        let path = folder.path().display();
        // Without the system's own folder of services a missing keychain is not started by the first call.
        let rules = format!(
            "<busconfig><type>session</type><listen>unix:path={path}/run/bus</listen>
             <servicedir>{path}/services</servicedir><policy context=\"default\">
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>
             </policy></busconfig>"
        );
        fs::write(folder.path().join("bus.conf"), rules).unwrap();
        let mut bus = member(folder.path(), "dbus-daemon");
        bus.arg("--nofork").arg("--nopidfile");
        bus.arg(format!("--config-file={}", folder.path().join("bus.conf").display()));
        let bus = Server::start(&mut bus, Ending::Killed).unwrap();
        let socket = folder.path().join("run").join("bus");
        assert!(wait_until(STARTED_WITHIN, || socket.exists()), "the session bus does not start");
        Self { keyring: None, _bus: bus, folder }
    }

    /// One with an unlocked keyring.
    pub fn unlocked() -> Self {
        let mut session = Self::without_keychain();
        session.start_keyring();
        session
    }

    /// One whose keychain runs and has no keyring to put anything in.
    pub fn without_collection() -> Self {
        let mut session = Self::without_keychain();
        session.serve_secrets(&[], Stdio::null());
        session
    }

    /// Starts an unlocked keyring on a session that has none.
    pub fn start_keyring(&mut self) {
        let password = self.folder.path().join("password");
        fs::write(&password, KEYRING_PASSWORD).unwrap();
        fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
        self.serve_secrets(&["--unlock"], File::open(&password).unwrap().into());
    }

    fn serve_secrets(&mut self, arguments: &[&str], stdin: Stdio) {
        let mut keyring = member(self.folder.path(), "gnome-keyring-daemon");
        keyring.args(["--foreground", "--components=secrets"]).args(arguments).stdin(stdin);
        self.keyring = Some(Server::start(&mut keyring, Ending::Killed).unwrap());
        let mut asked = self.command("gdbus");
        asked.args(["wait", "--session", "--timeout", "1", "org.freedesktop.secrets"]);
        assert!(wait_until(STARTED_WITHIN, || succeeds(&mut asked)), "the keyring does not start");
    }

    /// Locks the keyring, as a person or a suspended computer does.
    pub fn lock(&self) {
        let mut lock = self.command("gdbus");
        lock.args(["call", "--session", "-d", "org.freedesktop.secrets", "-o", "/org/freedesktop/secrets"]);
        lock.args(["-m", "org.freedesktop.Secret.Service.Lock"]);
        lock.arg("['/org/freedesktop/secrets/collection/login']");
        assert!(succeeds(&mut lock), "the keyring does not lock");
    }

    /// What programs of this session are told.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        environment(self.folder.path())
    }

    /// Asks `secret-tool`, as another program of the session; what it prints, on either stream.
    pub fn secret_tool(&self, arguments: &[&str]) -> String {
        let output = self.command("secret-tool").args(arguments).stdin(Stdio::null()).output().unwrap();
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    }

    /// Puts an item into the keyring as another program does.
    pub fn store_secret(&self, label: &str, secret: &str, attributes: &[&str]) {
        let file = self.folder.path().join("secret");
        fs::write(&file, secret).unwrap();
        let mut store = self.command("secret-tool");
        store.arg("store").arg(format!("--label={label}")).args(attributes);
        let stored = store.stdin(File::open(&file).unwrap()).status().unwrap();
        fs::remove_file(&file).unwrap();
        assert!(stored.success());
    }

    /// Answers the keyring's prompt, as a person at the keyboard does: types the password and presses Enter.
    pub async fn answer_prompt(&self) {
        let prompt = prompt().await;
        // The entry has the focus; the window manager gives it to the window.
        xdotool(&["windowfocus", "--sync", &prompt]);
        xdotool(&["type", "--delay", "30", KEYRING_PASSWORD]);
        xdotool(&["key", "Return"]);
    }

    /// Closes the keyring's prompt without an answer.
    pub async fn dismiss_prompt(&self) {
        let prompt = prompt().await;
        xdotool(&["windowfocus", "--sync", &prompt]);
        xdotool(&["key", "Escape"]);
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment());
        command
    }
}

/// The keyring's prompt on the screen.
async fn prompt() -> String {
    let seen = super::page::eventually("the prompt of the keyring", async || {
        let output =
            Command::new("xdotool").args(["search", "--onlyvisible", "--class", "gcr-prompter"]).output();
        let found = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
        found.lines().next().map(str::to_owned)
    });
    let window = seen.await;
    // It can be seen a moment before it takes keys.
    tokio::time::sleep(Duration::from_millis(400)).await;
    window
}

/// Whether the keyring asks a person anything now.
pub fn is_prompting() -> bool {
    let output =
        Command::new("xdotool").args(["search", "--onlyvisible", "--class", "gcr-prompter"]).output();
    !output.unwrap().stdout.is_empty()
}

/// Presses keys, or asks the window manager, as a person at the screen does.
pub fn xdotool(arguments: &[&str]) -> String {
    let output = Command::new("xdotool").args(arguments).stdin(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn environment(folder: &Path) -> Vec<(&'static str, String)> {
    let below = |name: &str| folder.join(name).display().to_string();
    vec![
        ("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", below("run/bus"))),
        ("XDG_RUNTIME_DIR", below("run")),
        ("XDG_DATA_HOME", below("data")),
        ("XDG_CONFIG_HOME", below("config")),
        ("XDG_CACHE_HOME", below("cache")),
    ]
}

/// A program of the session, which the kernel ends if the test dies without cleaning up.
fn member(folder: &Path, program: &str) -> Command {
    let log: PathBuf = folder.join("log");
    let log = File::options().create(true).append(true).open(log).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig=KILL", "--", program]).envs(environment(folder));
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command
}
