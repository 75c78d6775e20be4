//! What is printed: the lines that say where and of what figures are, and tables in Markdown, with columns
//! set so that a terminal shows them well. Measures nothing.

use std::process::Command;

use latchkey_core::{Clock, SystemClock};

/// Says machine, revision, build, and the command that repeats it.
pub fn header(names: &[String]) {
    println!("- machine: {}", machine());
    println!("- revision: {}", revision());
    println!(
        "- build: {}",
        if cfg!(debug_assertions) { "debug: the figures say nothing" } else { "release" }
    );
    println!("- at: {} (load before: {})", SystemClock.now(), load());
    println!("- again: `cargo xtask bench {}`", names.join(" "));
}

/// A title of its own.
pub fn title(name: &str, about: &str) {
    println!("\n## {name}\n\n{about}\n");
}

/// A line below a table.
pub fn note(text: &str) {
    println!("\n{text}");
}

/// A table; the first column holds words, the others numbers.
pub fn table(head: &[&str], rows: &[Vec<String>]) {
    let lines: Vec<Vec<String>> = std::iter::once(head.iter().map(|word| (*word).to_owned()).collect())
        .chain(rows.iter().cloned())
        .collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    for (number, line) in lines.iter().enumerate() {
        println!("|{}", line.iter().zip(&widths).enumerate().map(cell).collect::<String>());
        if number == 0 {
            println!("|{}", widths.iter().enumerate().map(rule).collect::<String>());
        }
    }
}

fn cell((column, (text, width)): (usize, (&String, &usize))) -> String {
    if column == 0 { format!(" {text:<width$} |") } else { format!(" {text:>width$} |") }
}

fn rule((column, width): (usize, &usize)) -> String {
    format!("{}{}|", "-".repeat(width + 1), if column == 0 { "-" } else { ":" })
}

/// Milliseconds, with as many places as they deserve.
pub fn ms(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// How many times `of` goes into `value`.
pub fn times(value: f64, of: f64) -> String {
    if of > 0.0 { format!("{:.2}×", value / of) } else { "–".to_owned() }
}

/// Which part of `whole` it is.
pub fn share(part: f64, whole: f64) -> String {
    if whole > 0.0 { format!("{:.0} %", part / whole * 100.0) } else { "–".to_owned() }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let model = field_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "CPU unknown".to_owned());
    let memory = field_of("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
        .map_or_else(|| "memory unknown".to_owned(), |kib| format!("{} GiB", kib / 1024 / 1024));
    let system = std::fs::read_to_string("/etc/os-release")
        .ok()
        .and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
            Some(line.trim_matches('"').to_owned())
        })
        .unwrap_or_else(|| std::env::consts::OS.to_owned());
    format!("{cores} × {model}, {memory}, {system}")
}

fn field_of(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

fn revision() -> String {
    let git = |arguments: &[&str]| {
        let output =
            Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(revision) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    let changed =
        git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
    if changed { format!("{revision}, with changes that are not committed") } else { revision }
}
