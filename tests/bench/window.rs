//! How long the window takes from its start to the first rows, and what it holds in memory, beside an
//! empty window of the same program. Both take turns. Needs a display and a desktop built with `e2e`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use latchkey_core::{Clock as _, SystemClock};
use latchkey_store::{Store, StoreUrl};

use crate::measure::percentile;
use crate::processes::{Memory, Program};
use crate::report::{self, ms, times};
use crate::seed;

const STARTS: usize = 12;
/// The first ones find nothing in the system's cache.
const WARM_UP: usize = 2;
const KEYS: usize = 1000;
/// After this long nothing of the start is still going on.
const IDLE: Duration = Duration::from_secs(6);
const PATIENCE: Duration = Duration::from_mins(1);

/// What one start came to.
struct Start {
    /// From the start of the process until what is to be seen is drawn, in milliseconds.
    drawn: f64,
    /// CPU time of all processes until then, in milliseconds.
    cpu: f64,
    /// CPU time of all processes after that, until memory was read, in milliseconds a second.
    later_cpu: f64,
    memory: Memory,
}

/// Measures and prints one table.
pub async fn run() {
    let about = format!(
        "{STARTS} starts of each, in turns, after two of each that do not count. Latchkey opens a local store with \
         {KEYS} keys; the empty window is of the same program and size and shows a blank page without store, \
         UI or plugins. Medians. Memory is that of the whole process tree after {} s of rest.",
        IDLE.as_secs()
    );
    report::title("window", &about);
    let desktop = std::env::var_os("LATCHKEY_DESKTOP")
        .expect("LATCHKEY_DESKTOP names no program; start this by cargo xtask bench");
    let folder = tempfile::tempdir().unwrap();
    let full = folder.path().join("full");
    prepare(&full).await;
    let empty = folder.path().join("empty");
    let (mut ours, mut empties) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP + STARTS {
        let a = start(Path::new(&desktop), &full, false);
        let b = start(Path::new(&desktop), &empty, true);
        if round >= WARM_UP {
            ours.push(a);
            empties.push(b);
        }
    }
    tell(&ours, &empties);
}

/// A data folder as the window leaves it, with a store of some size.
async fn prepare(data: &Path) {
    std::fs::create_dir(data).unwrap();
    let url = StoreUrl::Sqlite(data.join("keys.db"));
    let clock = Arc::new(SystemClock);
    let store = Store::create(&url, "sk", clock.clone()).await.unwrap();
    seed::fill(&store, &url, KEYS, clock.now()).await;
    store.close().await;
}

fn start(desktop: &Path, data: &Path, empty: bool) -> Start {
    let mut command = Command::new(desktop);
    command.env("LATCHKEY_DATA_DIR", data).env("LATCHKEY_MARKS", "1");
    command.env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    if empty {
        command.env("LATCHKEY_EMPTY_WINDOW", "1");
    }
    let began = Instant::now();
    let mut program = Program::start(&mut command);
    wait_for_mark(&mut program, if empty { "MARK blank" } else { "MARK rows" });
    let drawn = began.elapsed().as_secs_f64() * 1000.0;
    let cpu = program.cpu();
    std::thread::sleep(IDLE);
    let later_cpu = (program.cpu() - cpu) / IDLE.as_secs_f64();
    Start { drawn, cpu, later_cpu, memory: program.memory() }
}

/// Reads what the program prints until the line comes.
fn wait_for_mark(program: &mut Program, mark: &str) {
    let lines = BufReader::new(program.child.stdout.take().expect("standard output is piped")).lines();
    let (sender, receiver) = std::sync::mpsc::channel();
    // A thread of its own: reading cannot be given a limit.
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let until = Instant::now() + PATIENCE;
    while let Ok(line) = receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
        if line == mark {
            return;
        }
    }
    panic!(
        "the window never said “{mark}”; marks are said by a desktop built with --features latchkey-desktop/e2e"
    );
}

fn tell(ours: &[Start], empties: &[Start]) {
    let row = |name: &str, of: fn(&Start) -> f64| {
        let middle = |starts: &[Start], percent| percentile(starts.iter().map(of), percent);
        vec![
            name.to_owned(),
            ms(middle(ours, 50)),
            ms(middle(ours, 95)),
            ms(middle(empties, 50)),
            ms(middle(empties, 95)),
            times(middle(ours, 50), middle(empties, 50)),
        ]
    };
    let head = ["", "Latchkey", "p95", "empty window", "p95", "×"];
    #[allow(clippy::cast_precision_loss)] // a handful
    let rows = [
        row("start to first rows (empty: to the blank page), ms", |start| start.drawn),
        row("CPU until then, ms", |start| start.cpu),
        row("memory, PSS, MiB", |start| start.memory.proportional),
        row("memory, private, MiB", |start| start.memory.private),
        row("processes", |start| start.memory.processes as f64),
        row("CPU in the seconds that follow, ms a second", |start| start.later_cpu),
    ];
    report::table(&head, &rows);
}
