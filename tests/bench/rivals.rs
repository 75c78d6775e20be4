//! Verification beside others in one run: nginx with a map of keys, djangorestframework-api-key under gunicorn,
//! better-auth under Node. They are installed from their registries into a folder that is thrown away. How each is
//! asked stands here; what it does stands in `rivals/`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use latchkey_tests::new_database;
use tempfile::TempDir;

use crate::http_verify::{KEYS, REQUESTS, cost, median, ratio, spread};
use crate::load::get;
use crate::report;
use crate::verify_ground::{Ground, Server, free, start};

const ROUNDS: usize = 5;
/// Keys in the services that have a database.
const THEIR_KEYS: &str = "1000";
/// better-auth's store in memory looks through all of its.
const IN_MEMORY: &str = "8";
/// They take so much longer that fewer requests tell enough.
const FEWER: usize = REQUESTS / 10;

const DRF: [&str; 4] = [
    "Django==5.2.19",
    "djangorestframework==3.18.3",
    "djangorestframework-api-key==3.1.0",
    "gunicorn==27.0.1",
];
const BETTER_AUTH: [&str; 5] = [
    "better-auth@1.7.5",
    "@better-auth/api-key@1.7.5",
    "@better-auth/core@1.7.5",
    "@better-auth/utils@0.4.2",
    "pg@8.23.1",
];

/// Measures all in turns and prints one table.
pub async fn run() {
    report::title(
        "verify: beside others",
        &format!(
            "CPU time of all of a server's processes for each request that carries a good key, in µs; {ROUNDS} rounds in \
             turns, medians. Latchkey and nginx have {KEYS} keys; {} on SQLite with {THEIR_KEYS}; {} in memory, without a \
             database, with {IN_MEMORY}, and on PostgreSQL, whose own time does not count, with {THEIR_KEYS}.",
            DRF[2], BETTER_AUTH[1]
        ),
    );
    let ground = Ground::with(KEYS, true).await;
    let ours = ground.serve();
    let requests = spread(&ground.keys, 1000, |key| get("/v1/check", key));
    let (nginx, _nginx) = nginx(&ground);
    let (drf, _drf, of_drf) = drf();
    let (better_auth, _better_auth, of_better_auth) = better_auth_on(IN_MEMORY, None);
    let database = new_database().await;
    let (stored, _stored, of_stored) = better_auth_on(THEIR_KEYS, Some(&database));
    let mut series: [Vec<f64>; 5] = Default::default();
    for round in 0..=ROUNDS {
        let costs = [
            cost(&ours, &requests, REQUESTS),
            cost(&nginx, &requests, REQUESTS),
            cost(&drf, &of_drf, FEWER),
            cost(&better_auth, &of_better_auth, FEWER),
            cost(&stored, &of_stored, FEWER),
        ];
        // The first warms everything.
        if round > 0 {
            series.iter_mut().zip(costs).for_each(|(series, cost)| series.push(cost));
        }
    }
    let row = |name: &str, values: &[f64]| {
        let [over, under] = [ratio(values, &series[0]), ratio(&series[0], values)];
        vec![name.to_owned(), format!("{:.1}", median(values)), over, under]
    };
    let rows = [
        row("Latchkey, GET /v1/check", &series[0]),
        row("nginx, map", &series[1]),
        row("djangorestframework-api-key", &series[2]),
        row("better-auth, in memory", &series[3]),
        row("better-auth, PostgreSQL", &series[4]),
    ];
    report::table(&["server", "CPU µs", "over Latchkey", "Latchkey over it"], &rows);
}

/// nginx that knows the same keys and answers with a word.
fn nginx(ground: &Ground) -> (Server, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let address = free();
    let mut known = String::new();
    for key in &ground.keys {
        let _ = writeln!(known, "\"Bearer {}\" 1;", key.expose());
    }
    fs::write(folder.path().join("keys.map"), known).unwrap();
    let configuration = include_str!("rivals/nginx.conf").replace("ADDRESS", &address.to_string());
    let file = folder.path().join("nginx.conf");
    fs::write(&file, configuration).unwrap();
    // Where Debian has it, which is in no path but an administrator's.
    let program = Path::new("/usr/sbin/nginx");
    let mut command = Command::new(if program.exists() { program } else { Path::new("nginx") });
    command.arg("-p").arg(folder.path()).arg("-c").arg(&file).args(["-e", "stderr"]);
    (Server { program: start(&mut command, address), address, metrics: address }, folder)
}

/// Django REST framework under gunicorn, with as many processes as there are cores.
fn drf() -> (Server, TempDir, Vec<Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("venv").join("bin");
    finish(Command::new("python3").args(["-m", "venv"]).arg(folder.path().join("venv")));
    let pip = ["install", "--quiet", "--disable-pip-version-check"];
    finish(Command::new(bin.join("pip")).args(pip).args(DRF));
    fs::write(folder.path().join("drf.py"), include_str!("rivals/drf.py")).unwrap();
    let database = folder.path().join("keys.sqlite");
    let mut make = Command::new(bin.join("python"));
    make.current_dir(folder.path()).env("BENCH_DATABASE", &database).args(["drf.py", THEIR_KEYS]);
    let asked = |key: &str| {
        format!("GET /check HTTP/1.1\r\nHost: bench\r\nAuthorization: Api-Key {key}\r\n\r\n").into_bytes()
    };
    let requests = finish(&mut make).lines().map(asked).collect();
    let address = free();
    let mut command = Command::new(bin.join("gunicorn"));
    command.current_dir(folder.path()).env("BENCH_DATABASE", &database);
    command.args(["--log-level", "warning", "--worker-class", "gthread", "--threads", "16"]);
    command.args([
        "--workers",
        &cores(),
        "--keep-alive",
        "75",
        "--bind",
        &address.to_string(),
        "drf:application",
    ]);
    (Server { program: start(&mut command, address), address, metrics: address }, folder, requests)
}

/// better-auth with so many keys behind Node's own HTTP server, in this database.
fn better_auth_on(keys: &str, database: Option<&str>) -> (Server, TempDir, Vec<Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("package.json"), r#"{"type": "module", "private": true}"#).unwrap();
    fs::write(folder.path().join("server.mjs"), include_str!("rivals/better_auth.mjs")).unwrap();
    let npm = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"];
    finish(Command::new("npm").current_dir(folder.path()).args(npm).args(BETTER_AUTH));
    let address = free();
    let file = folder.path().join("keys.json");
    let mut command = Command::new("node");
    command.current_dir(folder.path()).arg("server.mjs").arg(address.port().to_string());
    let program = start(command.arg(keys).arg(&file).args(database), address);
    let keys: Vec<String> = serde_json::from_str(&read(&file)).unwrap();
    let requests = keys.iter().map(|key| get("/", key)).collect();
    (Server { program, address, metrics: address }, folder, requests)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Runs to the end; answers what was printed.
fn finish(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

fn cores() -> String {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).to_string()
}
