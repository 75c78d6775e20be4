//! A desk: a data folder and the programs that are started on it: the window (through a WebDriver that is
//! started with it), the command line, a clipboard tool. Everything started ends with its value.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::page::{Page, eventually, within};
use super::session::Session;

/// A data folder, and how programs are started on it.
pub struct Desk {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
    /// Another store than the local one, for the command line.
    shared: Option<String>,
    /// A session of its own; else the one that all tests share.
    session: Option<Session>,
}

/// An open window.
pub struct Window {
    driver: Driver,
    program: PathBuf,
    /// What is in it.
    pub page: Page,
}

fn named(variable: &str) -> PathBuf {
    let message =
        format!("{variable} names no program; `cargo xtask test` builds them and says where they are");
    std::env::var_os(variable).expect(&message).into()
}

impl Desk {
    /// One with nothing on it.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new(), shared: None, session: None }
    }

    /// One whose programs run in a session of their own.
    pub fn in_session(session: Session) -> Self {
        let mut desk = Self::new();
        desk.session = Some(session);
        desk
    }

    /// Lets the command line work on this store, as somebody who needs no password there.
    pub fn beside(mut self, store: &str) -> Self {
        self.shared = Some(store.to_owned());
        self
    }

    /// The session, where it has one of its own.
    pub fn session(&self) -> &Session {
        self.session.as_ref().expect("a session of its own")
    }

    /// The same, to change what runs in it.
    pub fn session_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("a session of its own")
    }

    /// The same with the desktop's dark theme.
    pub fn dark() -> Self {
        Self::new().with("GTK_THEME", "Adwaita:dark")
    }

    /// Tells the window's program something.
    pub fn with(mut self, variable: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.set(variable, value);
        self
    }

    /// The same for the next start.
    pub fn set(&mut self, variable: &'static str, value: &(impl ToString + ?Sized)) {
        self.environment.retain(|(set, _)| *set != variable);
        self.environment.push((variable, value.to_string()));
    }

    /// Where the window keeps everything.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file or folder on the desk, beside the data folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The local store.
    pub fn store(&self) -> PathBuf {
        self.data().join("keys.db")
    }

    /// Opens the window and waits until something is drawn in it.
    pub async fn open(&self) -> Window {
        let program = named("LATCHKEY_DESKTOP");
        // A program that starts while the one before is still being taken away hands over to it and
        // ends, and the driver then waits for ever; a second start finds nobody.
        let mut window = None;
        for _ in 0..3 {
            window = self.start(&program).await;
            if window.is_some() {
                break;
            }
        }
        let window = window.expect("a session with the window");
        window.page.is_drawn().await;
        window
    }

    /// Starts `program` under a WebDriver; none when it lets none in.
    pub async fn start(&self, program: &Path) -> Option<Window> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::create_dir_all(self.path("log")).unwrap();
        let log =
            fs::File::options().create(true).append(true).open(self.path("log").join("driver")).unwrap();
        let mut command = Command::new("WebKitWebDriver");
        command.arg(format!("--port={port}")).env("LATCHKEY_DATA_DIR", self.data());
        // Without shared buffers WebKitGTK 2.50 draws, but a picture of the page is never answered.
        command.env("TAURI_WEBVIEW_AUTOMATION", "true").env_remove("WEBKIT_DISABLE_DMABUF_RENDERER");
        command.envs(self.session.iter().flat_map(Session::environment));
        command.envs(self.environment.iter().map(|(name, value)| (*name, value.as_str())));
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let driver = Driver::start(&mut command);
        let address = format!("http://127.0.0.1:{port}");
        eventually("the WebDriver's port", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        let capabilities = json!({ "webkitgtk:browserOptions": { "binary": program, "args": [] } });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let client =
            tokio::time::timeout(Duration::from_secs(25), builder.connect(&address)).await.ok()?.ok()?;
        Some(Window { driver, program: program.to_owned(), page: Page { client } })
    }

    /// Runs the command line on the desk's store, with `stdin` as its standard input.
    pub fn cli(&self, arguments: &[&str], stdin: &str) -> Output {
        let local = || format!("sqlite:{}", self.store().display());
        let mut command = Command::new(named("LATCHKEY_CLI"));
        // A variable: a shared database's URL has a password, which is refused among the words.
        command.env("LATCHKEY_STORE", self.shared.clone().unwrap_or_else(local)).args(arguments);
        command.env("LATCHKEY_DATA_DIR", self.path("command-line"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// The same, which must succeed, and what it prints.
    pub fn says(&self, arguments: &[&str]) -> String {
        let output = self.cli(arguments, "");
        // Standard output may be a key and is not shown.
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// What it prints as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.says(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Whether `latchkey verify` accepts a key that is given on standard input.
    pub fn accepts(&self, key: &str) -> bool {
        let output = self.cli(&["verify"], key);
        match output.status.code() {
            Some(0) => true,
            Some(1) => false,
            other => {
                panic!("latchkey verify ended with {other:?}: {}", String::from_utf8_lossy(&output.stderr))
            }
        }
    }

    /// Every file below the data folder, by its name from there.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(bytes) = fs::read(&path) {
                    files.push((path.display().to_string(), bytes));
                }
            }
        }
        files
    }
}

/// When a test fails, what the program noted says why; it holds no key.
impl Drop for Desk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs::read_to_string(self.data().join("latchkey-desktop.log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("the program's log ends:\n{}", lines[lines.len().saturating_sub(30)..].join("\n"));
        }
    }
}

/// What the clipboard holds now, as another program reads it; empty when it holds nothing.
pub fn clipboard() -> String {
    xclip(&["-o", "-selection", "clipboard"])
}

/// The forms in which the clipboard offers what it holds.
pub fn clipboard_targets() -> String {
    xclip(&["-o", "-selection", "clipboard", "-t", "TARGETS"])
}

/// What the clipboard says in one of these forms.
pub fn clipboard_as(target: &str) -> String {
    xclip(&["-o", "-selection", "clipboard", "-t", target])
}

/// Puts other text on the clipboard, as another program does.
pub fn copy_elsewhere(text: &str) {
    let mut xclip = Command::new("xclip");
    xclip
        .args(["-i", "-selection", "clipboard"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = xclip.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

fn xclip(arguments: &[&str]) -> String {
    let output = Command::new("xclip").args(arguments).stdin(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Window {
    /// Asks the window to close as its frame's button does, and says whether its program ended.
    pub async fn asks_to_close(&self) -> bool {
        let pid = self.desktop().expect("the program runs").as_raw_nonzero();
        super::frame::ask_to_close(pid.get().cast_unsigned());
        within(Duration::from_millis(1500), async || self.desktop().is_none().then_some(())).await.is_some()
    }

    /// Closes the window as its frame's button does and waits until its program has ended.
    pub async fn close(self) {
        if !self.asks_to_close().await {
            eventually("the end of the program", async || self.desktop().is_none().then_some(())).await;
        }
    }

    /// Ends the program at once, as a crash does.
    pub async fn crash(self) {
        kill_process(self.desktop().expect("the program runs"), Signal::KILL).unwrap();
        eventually("the end of the program", async || self.desktop().is_none().then_some(())).await;
    }

    /// The desktop program's process, while it runs.
    pub fn desktop(&self) -> Option<Pid> {
        let program = |pid: &Pid| fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero()));
        members(self.driver.driver.id())
            .into_iter()
            .find(|pid| program(pid).is_ok_and(|path| path == self.program))
    }
}

/// The living processes of a group.
fn members(group: u32) -> Vec<Pid> {
    let group = group.to_string();
    let member = |entry: fs::DirEntry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // After the name in brackets: state, parent, group.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let lives = fields.next()? != "Z";
        (lives && fields.nth(1)? == group).then(|| Pid::from_raw(pid)).flatten()
    };
    fs::read_dir("/proc").unwrap().filter_map(Result::ok).filter_map(member).collect()
}

/// The driver and the desktop it started, which share a process group. A guard ends the group when its
/// standard input does: when this value is dropped, and also when the test itself is killed.
struct Driver {
    driver: Child,
    guard: Child,
}

impl Driver {
    fn start(command: &mut Command) -> Self {
        let driver = command.process_group(0).spawn();
        let driver = driver.expect("WebKitWebDriver starts; it comes with the package webkit2gtk-driver");
        let mut guard = Command::new("sh");
        guard.args(["-c", "cat >/dev/null; kill -s KILL -- \"-$1\"", "sh", &driver.id().to_string()]);
        guard.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let guard = guard.spawn().unwrap();
        Self { driver, guard }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        let _ = self.driver.wait();
        // A program that is still ending would be taken for a first instance by the next one.
        let begun = Instant::now();
        while !members(self.driver.id()).is_empty() && begun.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
