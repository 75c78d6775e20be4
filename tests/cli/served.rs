//! The program on a server: served by the same program, asked with a token from the environment. What operations do
//! is the contract's; here it is how a token comes in, what the numbers are, and that it never shows.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use latchkey_core::PlaintextKey;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::program::{Program, Ran};

/// `latchkey serve` on a store of its own.
pub struct Served {
    pub program: Program,
    pub address: String,
    /// The first administrator's token.
    pub token: PlaintextKey,
    server: Child,
    log: Arc<Mutex<String>>,
}

impl Served {
    pub fn begin() -> Self {
        let program = Program::without_store();
        let token = only_line(program.run(&["init", "--operator", "dana"]).is(0));
        let serve = program.command(&["serve", "--listen", "127.0.0.1:0", "--log", "json"]);
        Self::told(program, token, serve)
    }

    /// The same, started as it is said.
    pub fn told(program: Program, token: PlaintextKey, mut serve: Command) -> Self {
        let mut server = serve.stdout(Stdio::null()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (said, address) = std::sync::mpsc::channel();
        let (lines, kept) = (BufReader::new(server.stderr.take().unwrap()).lines(), Arc::clone(&log));
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("127.0.0.1:")
                    && line.contains("listening")
                {
                    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                    // Whoever waited has it by the first line.
                    let _ = said.send(format!("http://127.0.0.1:{port}"));
                }
                kept.lock().unwrap().extend([&line, "\n"]);
            }
        });
        let address = address.recv_timeout(Duration::from_mins(1)).expect("the server says where it listens");
        Self { program, address, token, server, log }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn run(&self, words: &[&str]) -> Ran {
        self.run_by(&self.token, words)
    }

    fn run_by(&self, token: &PlaintextKey, words: &[&str]) -> Ran {
        let mut command = self.program.command(words);
        Ran::of(command.env("LATCHKEY_STORE", &self.address).env("LATCHKEY_TOKEN", token.expose()))
    }

    fn json(&self, words: &[&str]) -> Value {
        let ran = self.run(&[words, &["--json"]].concat());
        serde_json::from_str(&ran.is(0).out).expect("the answer is JSON")
    }

    /// The server is told to stop, and ends as it should.
    fn stop(&mut self) {
        let id = Pid::from_raw(i32::try_from(self.server.id()).unwrap()).unwrap();
        kill_process(id, Signal::TERM).unwrap();
        assert!(self.server.wait().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A test that failed leaves no server behind.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Standard output, which must be one word and nothing else.
pub fn only_line(ran: &Ran) -> PlaintextKey {
    let text = ran.out.strip_suffix('\n').expect("one line");
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "it is not alone");
    PlaintextKey::new(text.to_owned())
}

#[test]
fn the_whole_story_of_a_key_is_told_on_a_server() {
    let mut served = Served::begin();
    served.run(&["tenants", "create", "acme", "--name", "ACME Corp"]).is(0);
    let role = ["roles", "create", "--tenant", "acme", "Integration", "--permission", "tasks.add_task"];
    served.run(&role).is(0);
    let words =
        ["keys", "issue", "--tenant", "acme", "--name", "flows", "--role", "Integration", "--confirm", "now"];
    let old = served.run(&words).is(0).key();
    let id =
        served.json(&["keys", "list", "--search", "flows"])["items"][0]["id"].as_str().unwrap().to_owned();
    let new = served.run(&["keys", "rotate", &id, "--grace", "1h"]).is(0).key();
    let verified = |key: &PlaintextKey, more: &[&str]| {
        let mut command = served.program.command(&[&["verify", "--json"], more].concat());
        command.env("LATCHKEY_STORE", &served.address).env("LATCHKEY_TOKEN", served.token.expose());
        let answer: Value = serde_json::from_str(&Ran::fed(&mut command, key.expose()).out).unwrap();
        answer["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(verified(&old, &[]), "valid");
    assert_eq!(verified(&new, &["--permission", "tasks.add_task"]), "valid");
    assert_eq!(verified(&new, &["--permission", "tasks.delete_task"]), "insufficient_permissions");
    served.run(&["keys", "revoke", &id, "--reason", "leaked"]).is(0);
    assert_eq!((verified(&old, &[]), verified(&new, &[])), ("revoked".into(), "revoked".into()));
    let entry = &served.json(&["audit", "list"])["items"][0];
    assert_eq!(
        (&entry["action"], &entry["actor"], &entry["source"]),
        (&"keys.revoke".into(), &"dana".into(), &"server".into())
    );
    assert_eq!(served.json(&["keys", "show", &id])["usage"]["count"], 0, "a try is recorded nowhere");
    served.run(&["audit", "verify"]).is(0);
    let health = served.json(&["doctor"]);
    assert_eq!(
        (&health["ok"], &health["operator"]["name"], &health["ready"]),
        (&true.into(), &"dana".into(), &true.into())
    );
    let person = served.run(&["doctor"]);
    assert!(person.is(0).out.contains("Latchkey server 0.1.0") && person.out.contains("dana (admin)"));
    served.stop();
}

#[test]
fn errors_have_the_numbers_that_they_have_on_a_store() {
    let mut served = Served::begin();
    served.run(&["tenants", "create", "acme", "--name", "ACME Corp"]).is(0);
    served.run(&["tenants", "create", "acme", "--name", "Again"]).is(5).says("slug");
    served.run(&["tenants", "show", "nobody"]).is(3);
    served
        .run(&["keys", "issue", "--tenant", "acme", "--name", " "])
        .is(2)
        .says("latchkey: name: Give it a name.");
    served.run(&["keys", "list", "--cursor", "00"]).is(2).says("cursor");
    served.run(&["tenants", "update", "acme", "--name", "New", "--version", "99"]).is(5);
    for words in [&["init"][..], &["migrate"], &["init", "--grants"], &["pepper", "export"]] {
        served.run(words).is(6).says("This is a server");
    }
    let problem = served.run(&["tenants", "show", "nobody", "--json"]);
    let problem: Value = serde_json::from_str(&problem.is(3).err).unwrap();
    assert!(problem["request_id"].as_str().unwrap().starts_with("req_"));
    served.stop();
    for words in [&["tenants", "list"][..], &["keys", "list"], &["doctor"]] {
        served.run(words).is(6).says("the connection was refused");
    }
}

#[test]
fn a_token_that_is_wrong_missing_or_of_another_kind_administers_nothing() {
    let served = Served::begin();
    let listed = ["tenants", "list"];
    let wrong = PlaintextKey::new("lka_0000000000000000000000000000000000".to_owned());
    served.run_by(&wrong, &listed).is(4);
    served.run(&["tenants", "create", "acme", "--name", "ACME Corp"]).is(0);
    let words = ["keys", "issue", "--tenant", "acme", "--name", "all", "--scope", "*"];
    let customers = served.run(&words).is(0).key();
    served.run_by(&customers, &listed).is(4).says("not an operator's");
    let none = Ran::of(served.program.command(&listed).env("LATCHKEY_STORE", &served.address));
    none.is(4).says("LATCHKEY_TOKEN");

    let viewer = only_line(served.run(&["operators", "create", "--name", "lee", "--role", "viewer"]).is(0));
    served.run_by(&viewer, &listed).is(0);
    served.run_by(&viewer, &["tenants", "suspend", "acme"]).is(4).says("may not");
    let id = served.json(&["operators", "list"])["items"][1]["key"]["id"].as_str().unwrap().to_owned();
    let next = only_line(served.run(&["operators", "rotate", &id, "--grace", "0"]).is(0));
    served.run_by(&viewer, &listed).is(4);
    served.run_by(&next, &listed).is(0);
    served.run(&["operators", "remove", &id]).is(0);
    served.run_by(&next, &listed).is(4);
    let own = served.json(&["operators", "current"])["operator"]["id"].as_str().unwrap().to_owned();
    served.run(&["operators", "remove", &own]).is(5);
    let ends = ["operators", "create", "--name", "soon", "--role", "viewer", "--expires", "3d"];
    let soon = only_line(served.run(&ends).is(0));
    served.run_by(&soon, &listed).is(0).says("Your admin token ends on");
}

#[test]
fn a_token_is_seen_by_nobody() {
    let mut served = Served::begin();
    // Waits, since nothing changes after the revision that stands.
    let stands = served.json(&["changes", "since"])["revision"].to_string();
    let slow = ["changes", "since", "--revision", &stands, "--wait-ms", "3000"];
    let mut command = served.program.command(&slow);
    command.env("LATCHKEY_STORE", &served.address).env("LATCHKEY_TOKEN", served.token.expose());
    let mut running = command.spawn().unwrap();
    let words = format!("/proc/{}/cmdline", running.id());
    let began = Instant::now();
    let shown = loop {
        let shown = String::from_utf8_lossy(&std::fs::read(&words).unwrap()).into_owned();
        // Between its fork and its exec a process shows the words of another, or none.
        if shown.contains("changes") || began.elapsed() > Duration::from_secs(2) {
            break shown;
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert!(shown.contains("changes") && !shown.contains(served.token.expose()));
    assert!(running.wait().unwrap().success());
    // In an address it would be in every history, so that it is refused before anything is sent.
    let with_it = format!("{}?token={}", served.address, served.token.expose());
    let as_user = served.address.replace("//", &format!("//{}@", served.token.expose()));
    for address in [with_it, as_user] {
        let ran = served.program.run(&["tenants", "list", "--store", &address]);
        assert!(!ran.is(2).shows(&served.token));
    }
    let plain = served.address.replace("127.0.0.1", "keys.example.com");
    served.run(&["tenants", "list", "--store", &plain]).is(2).says("over https");
    let all = ["tenants", "operators", "audit", "events"].map(|noun| served.run(&[noun, "list", "--json"]));
    assert!(all.iter().all(|ran| !ran.is(0).shows(&served.token)));
    served.stop();
    let written = Instant::now();
    while !served.log().contains("stopped") {
        assert!(written.elapsed() < Duration::from_secs(30), "the log has no end");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(!served.log().contains(served.token.expose()));
}

#[test]
fn a_saved_server_is_asked_with_its_own_token_or_that_of_the_environment() {
    let served = Served::begin();
    let data = served.program.folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let connection = |number: u32, more: Value| {
        let mut one = serde_json::json!({
            "id": format!("0190b5f0-0000-4000-8000-{number:012}"), "kind": "server", "url": served.address, "keep": "session",
        });
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    let saved = serde_json::json!({"version": 1, "connections": [
        connection(1, serde_json::json!({"name": "Server"})),
        connection(2, serde_json::json!({"name": "Looking", "read_only": true})),
    ]});
    std::fs::write(data.join("connections.json"), saved.to_string()).unwrap();
    let run = |words: &[&str], token: Option<&PlaintextKey>| {
        let mut command = served.program.command(words);
        command.env_remove("LATCHKEY_STORE").env("LATCHKEY_DATA_DIR", &data);
        Ran::of(command.envs(token.map(|token| ("LATCHKEY_TOKEN", token.expose()))))
    };
    let create = ["tenants", "create", "acme", "--name", "ACME Corp", "--connection"];
    run(&[&create[..], &["Server"]].concat(), Some(&served.token)).is(0);
    run(&["tenants", "list", "--connection", "Server"], None).is(4).says("LATCHKEY_TOKEN");
    run(&["tenants", "list", "--connection", "Looking"], Some(&served.token)).is(0);
    run(&[&create[..], &["Looking"]].concat(), Some(&served.token)).is(4).says("read-only");
}
