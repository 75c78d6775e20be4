// A desktop session without a person: a virtual screen, a session bus, a window manager and a
// keyring that is unlocked. Nothing in it can see the session of whoever started the tests.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use super::{last_words, tied};
use crate::process::{self, Ending, Server};

/// What tests unlock the keyring with again after they locked it; told to them as
/// `LATCHKEY_TEST_KEYRING_PASSWORD`.
const KEYRING_PASSWORD: &str = "test";
const STARTED_WITHIN: Duration = Duration::from_secs(10);
const SCREEN: &str = "1440x960x24";

/// Variables of the person's own session that must not reach a test.
pub const UNSET: &[&str] = &["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"];

/// A running session.
pub struct DesktopSession {
    folder: PathBuf,
    display: String,
    bus: String,
    // Dropped in this order: what talks to the bus and the screen before these.
    running: Vec<Server>,
}

impl DesktopSession {
    /// Starts it; its files lie in `folder`.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        for name in ["run", "data", "config", "cache", "state"] {
            fs::create_dir(folder.join(name)).with_context(|| format!("cannot make the folder {name}"))?;
        }
        let (screen, display) = start_screen(folder)?;
        let mut session = Self {
            folder: folder.to_path_buf(),
            display,
            bus: format!("unix:path={}", folder.join("run").join("bus").display()),
            running: vec![screen],
        };
        session.start_bus()?;
        session.start_window_manager()?;
        session.start_keyring()?;
        Ok(session)
    }

    /// What a program of this session is told.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let below = |name: &str| self.folder.join(name).into_os_string();
        vec![
            ("DISPLAY", self.display.clone().into()),
            ("DBUS_SESSION_BUS_ADDRESS", self.bus.clone().into()),
            ("XDG_RUNTIME_DIR", below("run")),
            ("XDG_DATA_HOME", below("data")),
            ("XDG_CONFIG_HOME", below("config")),
            ("XDG_CACHE_HOME", below("cache")),
            ("XDG_STATE_HOME", below("state")),
            ("LATCHKEY_TEST_KEYRING_PASSWORD", KEYRING_PASSWORD.into()),
            ("LANG", "C.UTF-8".into()),
            ("GDK_BACKEND", "x11".into()),
            // The accessibility bus is a second daemon that nothing here needs.
            ("NO_AT_BRIDGE", "1".into()),
            // Without a graphics card WebKit can draw blank windows through it.
            ("WEBKIT_DISABLE_DMABUF_RENDERER", "1".into()),
        ]
    }

    fn start_bus(&mut self) -> anyhow::Result<()> {
        let mut bus = self.member("dbus-daemon");
        bus.args(["--session", "--nofork", "--nopidfile", "--address", &self.bus]);
        let socket = self.folder.join("run").join("bus");
        self.keep(&mut bus, "the session bus", || socket.exists())
    }

    fn start_window_manager(&mut self) -> anyhow::Result<()> {
        let mut manager = self.member("openbox");
        manager.arg("--sm-disable");
        let display = self.display.clone();
        self.keep(&mut manager, "the window manager", || {
            // A window manager is there when the root window names it.
            let mut asked = Command::new("xdotool");
            process::succeeds(asked.env("DISPLAY", &display).args(["get_num_desktops"]))
        })
    }

    fn start_keyring(&mut self) -> anyhow::Result<()> {
        let mut keyring = self.member("gnome-keyring-daemon");
        keyring.args(["--foreground", "--unlock", "--components=secrets"]);
        // The password comes on standard input and ends with it.
        let password = self.folder.join("password");
        File::create(&password)
            .and_then(|mut file| file.write_all(KEYRING_PASSWORD.as_bytes()))
            .context("cannot write the test keyring's password")?;
        keyring.stdin(File::open(&password).context("cannot read the test keyring's password")?);
        let bus = self.bus.clone();
        self.keep(&mut keyring, "the keyring", || {
            let mut asked = Command::new("gdbus");
            asked.env("DBUS_SESSION_BUS_ADDRESS", &bus);
            process::succeeds(asked.args(["wait", "--session", "--timeout", "1", "org.freedesktop.secrets"]))
        })
    }

    fn member(&self, program: &str) -> Command {
        let mut command = tied(program, &[]);
        command.env_remove("WAYLAND_DISPLAY").envs(self.environment());
        command
    }

    fn keep(
        &mut self,
        command: &mut Command,
        name: &str,
        mut ready: impl FnMut() -> bool,
    ) -> anyhow::Result<()> {
        let log = self.folder.join("log");
        let mut server = Server::start(logged(command, &log)?, Ending::Asked)?;
        let came = process::wait_until(STARTED_WITHIN, || !server.is_running() || ready());
        if !came || !server.is_running() {
            bail!("{name} of the tests did not start; the log ends:\n{}", last_words(&log));
        }
        self.running.insert(0, server);
        Ok(())
    }
}

/// Starts a screen on the first display number that is free and says which that is.
fn start_screen(folder: &Path) -> anyhow::Result<(Server, String)> {
    let log = folder.join("log");
    let mut xvfb = tied("Xvfb", &[]);
    xvfb.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"]);
    let mut server = Server::start(logged(&mut xvfb, &log)?.stdout(Stdio::piped()), Ending::Asked)?;
    let mut number = String::new();
    if let Some(stdout) = server.stdout() {
        // Xvfb closes it when it fails, so this cannot wait for ever.
        BufReader::new(stdout).read_line(&mut number).context("cannot read the display's number")?;
    }
    if number.trim().is_empty() {
        bail!("the virtual screen (Xvfb) did not start; its log ends:\n{}", last_words(&log));
    }
    Ok((server, format!(":{}", number.trim())))
}

/// Lets a command write to the end of `log` and read nothing, unless it has been told otherwise.
fn logged<'a>(command: &'a mut Command, log: &Path) -> anyhow::Result<&'a mut Command> {
    let file =
        File::options().create(true).append(true).open(log).context("cannot open the session's log")?;
    let again = file.try_clone().context("cannot share the session's log")?;
    Ok(command.stdout(again).stderr(file))
}

// Named like every test that needs a display, so that `--no-window` leaves it out.
#[cfg(all(test, target_os = "linux"))]
mod window {
    use super::*;

    fn secret_tool(session: &DesktopSession) -> Command {
        let mut command = Command::new("secret-tool");
        command.envs(session.environment()).stdin(Stdio::null());
        command
    }

    #[test]
    fn a_session_has_a_screen_a_window_manager_and_an_unlocked_keyring_and_is_gone_after() {
        let folder = tempfile::tempdir().unwrap();
        let session = DesktopSession::start(folder.path()).unwrap();
        let mut desktops = Command::new("xdotool");
        desktops.envs(session.environment()).arg("get_num_desktops");
        assert!(process::succeeds(&mut desktops));
        let note = folder.path().join("note");
        fs::write(&note, "kept").unwrap();
        let mut store = secret_tool(&session);
        store.args(["store", "--label=test", "for", "test"]).stdin(File::open(&note).unwrap());
        process::output(&mut store).unwrap();
        let mut lookup = secret_tool(&session);
        assert_eq!(process::output(lookup.args(["lookup", "for", "test"])).unwrap(), "kept");
        drop(session);
        assert!(!process::succeeds(&mut desktops), "the screen is still there");
    }
}
