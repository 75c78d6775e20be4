//! Schemathesis, from the Python registry, against a server of this test: it reads the document and makes up
//! requests, good and bad, alone and one after another. Holds no request of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use latchkey_core::operations::{KeyDetails, OperatorsCreate, RolesCreate, TenantsCreate};
use latchkey_core::{Clock, PlaintextKey};
use latchkey_server::Settings;
use latchkey_tests::Room;
use serde_json::json;

const PACKAGE: &str = "schemathesis==4.32.5";
/// The same requests in every run.
const SEED: &str = "4";
/// What it judges every answer by.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,missing_required_header,\
    unsupported_method,allow_header_conformance,ensure_resource_availability,ignored_auth";
/// Which credential goes where, and what is there to be worked on: ids that are made up are of nothing. The credentials
/// come from the environment, so that none stands in an argument. Whoever waits for changes waits shortly, or the run
/// would be spent waiting.
const CONFIGURATION: &str = r#"
headers = { Authorization = "Bearer ${LATCHKEY_TOKEN}" }

[parameters]
"body.tenant" = { dictionary = "tenant", probability = 0.9 }
"path.tenant" = { dictionary = "tenant", probability = 0.7 }
"path.role" = { dictionary = "role", probability = 0.7 }
"path.key" = { dictionary = "key", probability = 0.7 }
"path.operator" = { dictionary = "operator", probability = 0.7 }

[generation]
database = "none"

[[operations]]
include-operation-id = "changes.since"
parameters = { "query.wait_ms" = 10 }

[[operations]]
include-path-regex = "^/v1/(check|self)"
headers = { Authorization = "Bearer ${LATCHKEY_KEY}" }

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 408, 409, 413, 415, 422, 429]
"#;

/// The tester's program, installed into the folder of built things at the first need.
fn program() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PACKAGE.replace("==", "-"));
    let program = folder.join("bin").join("st");
    // Written last: an installation that was interrupted is begun again.
    let whole = folder.join("whole");
    if !whole.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        let pip = ["install", "--quiet", "--disable-pip-version-check", PACKAGE];
        run(Command::new(folder.join("bin").join("pip")).args(pip));
        std::fs::write(whole, "").unwrap();
    }
    program
}

fn run(command: &mut Command) {
    let Output { status, stdout, stderr } = command.output().expect("Python 3 with venv is installed");
    let words = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(status.success(), "{command:?}: {words}");
}

/// How many requests it makes up for each operation.
fn examples() -> &'static str {
    if std::env::var_os("LATCHKEY_LONG").is_some() { "200" } else { "20" }
}

async fn operator(room: &Room, name: &str, role: &str) -> (KeyDetails, PlaintextKey) {
    let request = json!({"name": name, "role": role});
    let minted = room.call::<OperatorsCreate>(request).await.unwrap();
    (minted.value.key, minted.plaintext.unwrap())
}

/// The configuration, with something of each kind that may be worked on.
async fn configuration(room: &Room) -> String {
    room.call::<TenantsCreate>(json!({"slug": "spare", "name": "To be worked on"})).await.unwrap();
    let role = json!({"tenant": "spare", "name": "To be worked on", "permissions": ["posts:read"]});
    let role = room.call::<RolesCreate>(role).await.unwrap().role.id;
    let (key, _) = room.issue(json!({"tenant": "spare", "name": "To be worked on"})).await;
    let (operator, _) = operator(room, "to be worked on", "viewer").await;
    let there = [
        ("tenant", "spare".to_owned()),
        ("role", role.to_string()),
        ("key", key.id.to_string()),
        ("operator", operator.id.to_string()),
    ];
    let dictionary =
        |(name, value): &(&str, String)| format!("[dictionaries.{name}]\nvalues = [\"{value}\"]\n");
    let dictionaries: String = there.iter().map(dictionary).collect();
    format!("{CONFIGURATION}\n{dictionaries}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tester_that_knows_only_the_document_finds_no_answer_it_does_not_describe() {
    let room = Room::sqlite().await;
    let (_, token) = operator(&room, "tester", "admin").await;
    room.call::<TenantsCreate>(json!({"slug": "holder", "name": "Whose key asks about itself"}))
        .await
        .unwrap();
    let request = json!({"tenant": "holder", "name": "asks about itself", "scopes": ["posts:read"]});
    let (_, key) = room.issue(request).await;
    let mut settings = Settings { listen: ([127, 0, 0, 1], 0).into(), ..Settings::default() };
    // It is wrong on purpose, and more often than any address may be.
    settings.verify.failures_per_minute = 0;
    let clock: Arc<dyn Clock> = room.clock.clone();
    let serving = latchkey_server::serve(room.store.clone(), clock, settings).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), configuration(&room).await).unwrap();
    let mut tester = Command::new(tokio::task::spawn_blocking(program).await.unwrap());
    tester.current_dir(folder.path());
    tester.env("LATCHKEY_TOKEN", token.expose()).env("LATCHKEY_KEY", key.expose());
    tester.args(["--no-color", "run", &format!("http://{}/openapi.json", serving.address)]);
    tester.args(["--checks", CHECKS, "--seed", SEED, "--max-examples", examples()]);
    tester.args(["--continue-on-failure", "--no-shrink", "--suppress-health-check", "all"]);
    let output = tokio::task::spawn_blocking(move || tester.output().unwrap()).await.unwrap();
    serving.stop().await;
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(!words.contains(token.expose()), "the tester was not to see what it sends");
    assert!(output.status.success(), "{words}\n{}", String::from_utf8_lossy(&output.stderr));
}
