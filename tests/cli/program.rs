//! The built program on a store of its own: running it, its input, what came out. Keys are kept as
//! `PlaintextKey`, and no output that may hold one is ever printed. Holds no test.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use latchkey_core::PlaintextKey;
use serde_json::Value;
use tempfile::TempDir;

/// The program, with a folder and a store that nobody else has.
pub struct Program {
    pub folder: TempDir,
    pub store: String,
}

/// What one run left. Has no `Debug`: the output may be a key.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Program {
    /// A new store, made by `init`.
    pub fn with_store() -> Self {
        let program = Self::without_store();
        program.run(&["init"]).is(0);
        program
    }

    /// No store yet.
    pub fn without_store() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("keys.db").display());
        Self { folder, store }
    }

    /// A store with a tenant `acme` and its role `Integration`.
    pub fn with_acme() -> Self {
        let program = Self::with_store();
        program.run(&["tenants", "create", "acme", "--name", "ACME Corp"]).is(0);
        let role = ["roles", "create", "--tenant", "acme", "Integration", "--permission", "tasks.add_task"];
        program.run(&role).is(0);
        program
    }

    /// The file of the store.
    pub fn file(&self) -> &Path {
        Path::new(self.store.strip_prefix("sqlite:").unwrap())
    }

    /// The program, ready to be told more. Nothing of the machine's own settings reaches it.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(path());
        command
            .args(words)
            .env("LATCHKEY_STORE", &self.store)
            .env("HOME", self.folder.path())
            .env_remove("LATCHKEY_DATA_DIR")
            .env_remove("LATCHKEY_CONNECTION")
            .env_remove("LATCHKEY_TOKEN")
            .env_remove("LATCHKEY_PEPPER")
            .env_remove("LATCHKEY_PEPPER_FILE")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("XDG_DATA_HOME")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it without input.
    pub fn run(&self, words: &[&str]) -> Ran {
        Ran::of(&mut self.command(words))
    }

    /// Runs it with `input` on standard input.
    pub fn feed(&self, input: &str, words: &[&str]) -> Ran {
        Ran::fed(&mut self.command(words), input)
    }

    /// Runs it with `--json`, which must succeed.
    pub fn json(&self, words: &[&str]) -> Value {
        let ran = self.run(&[words, &["--json"]].concat());
        ran.is(0);
        serde_json::from_str(&ran.out).expect("the answer is JSON")
    }

    /// Issues a confirmed key of `acme`: its id and itself.
    pub fn issue(&self, name: &str, more: &[&str]) -> (String, PlaintextKey) {
        let words = [&["keys", "issue", "--tenant", "acme", "--name", name], more].concat();
        let key = self.run(&words).is(0).key();
        let listed = self.json(&["keys", "list", "--search", name]);
        (listed["items"][0]["id"].as_str().unwrap().to_owned(), key)
    }

    /// The outcome of `verify`, which must end with the code that belongs to it.
    pub fn outcome(&self, key: &PlaintextKey, more: &[&str]) -> String {
        let ran = self.feed(key.expose(), &[&["verify", "--json"], more].concat());
        let answer: Value = serde_json::from_str(&ran.out).expect("the answer is JSON");
        let outcome = answer["outcome"].as_str().unwrap().to_owned();
        assert_eq!(answer["valid"], Value::from(outcome == "valid"));
        assert_eq!(ran.code, i32::from(outcome != "valid"));
        outcome
    }
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    /// Runs a command with `input` on standard input.
    pub fn fed(command: &mut Command, input: &str) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Self::from(child.wait_with_output().unwrap())
    }

    /// Insists on an exit code.
    #[track_caller]
    pub fn is(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "standard error: {}", self.err);
        self
    }

    /// Insists on words on standard error.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.err.contains(words), "“{words}” is not in: {}", self.err);
        self
    }

    /// The output, which must be one key and nothing else.
    #[track_caller]
    pub fn key(&self) -> PlaintextKey {
        let text = self.out.strip_suffix('\n').expect("one line");
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        assert!(plain && text.len() == 40, "standard output is not a key alone");
        PlaintextKey::new(text.to_owned())
    }

    /// Whether a key is anywhere in what came out.
    pub fn shows(&self, key: &PlaintextKey) -> bool {
        self.out.contains(key.expose()) || self.err.contains(key.expose())
    }
}

impl From<std::process::Output> for Ran {
    fn from(output: std::process::Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("the output is text"),
            err: String::from_utf8(output.stderr).expect("the messages are text"),
        }
    }
}

/// The binary under test.
pub fn path() -> OsString {
    std::env::var_os("LATCHKEY_CLI").expect("LATCHKEY_CLI names no program; `cargo xtask test` sets it")
}
