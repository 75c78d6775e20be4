//! The processes of a program that was started: their memory and CPU time, read from `/proc`, and their
//! end. Knows nothing of what the program is.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running program with the processes it started. Ends with its value.
pub struct Program {
    /// The first process.
    pub child: Child,
}

/// Memory of a program's processes, in MiB.
#[derive(Clone, Copy, Default)]
pub struct Memory {
    /// Private pages and a fair share of those that are shared with others (PSS).
    pub proportional: f64,
    /// Private pages alone: what would be free if the program ended.
    pub private: f64,
    /// How many processes.
    pub processes: usize,
}

impl Program {
    /// Starts it; what it prints can be read. It stays in this program's group, so that an interrupt ends both.
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        Self { child: command.spawn().expect("the program starts") }
    }

    /// What its processes hold now.
    pub fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        for pid in self.members() {
            let Ok(text) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else { continue };
            memory.proportional += mib(&text, &["Pss:"]);
            memory.private += mib(&text, &["Private_Clean:", "Private_Dirty:"]);
            memory.processes += 1;
        }
        memory
    }

    /// CPU time of its processes so far, in milliseconds, in steps of 10.
    pub fn cpu(&self) -> f64 {
        self.members().into_iter().filter_map(stat).map(|stat| stat.cpu).sum()
    }

    /// The first process and all below it that live.
    fn members(&self) -> Vec<i32> {
        let numbers = fs::read_dir("/proc").unwrap().flatten();
        let pids = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let parents: Vec<(i32, i32)> = pids.filter_map(|pid| Some((pid, stat(pid)?.parent))).collect();
        let mut members = vec![i32::try_from(self.child.id()).unwrap_or_default()];
        let mut at = 0;
        while let Some(parent) = members.get(at).copied() {
            members.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| pid));
            at += 1;
        }
        members.retain(|pid| lives(*pid));
        members
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Once the first has ended the others are nobody's children.
        let members = self.members();
        signal(members.iter().take(1), Signal::TERM);
        let asked = Instant::now();
        // None may be left beside the next start.
        while members.iter().any(|pid| lives(*pid)) && asked.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        signal(members.iter().filter(|pid| lives(**pid)), Signal::KILL);
        let _ = self.child.wait();
    }
}

fn signal<'a>(pids: impl Iterator<Item = &'a i32>, signal: Signal) {
    for pid in pids.filter_map(|pid| Pid::from_raw(*pid)) {
        // It may have ended by itself.
        let _ = kill_process(pid, signal);
    }
}

fn lives(pid: i32) -> bool {
    stat(pid).is_some_and(|stat| stat.lives)
}

struct Stat {
    lives: bool,
    parent: i32,
    cpu: f64,
}

fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name in brackets: state and parent; user and system time as the 12th and 13th.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().map(|at| fields.get(*at)?.parse::<f64>().ok()).sum::<Option<f64>>()?;
    Some(Stat { lives: *fields.first()? != "Z", parent: fields.get(1)?.parse().ok()?, cpu: ticks * 10.0 })
}

fn mib(rollup: &str, names: &[&str]) -> f64 {
    let lines = rollup.lines().filter(|line| names.iter().any(|name| line.starts_with(name)));
    let kib = lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.sum::<f64>() / 1024.0
}
