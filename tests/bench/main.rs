//! The benchmarks: `cargo xtask bench [NAME…]`. Here: which there are, and the lines above their tables.
//! They measure and tell; none passes or fails by a time. What figures mean is in docs/performance.md.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a benchmark whose ground gives way stops

mod issue;
mod list;
mod measure;
#[cfg(target_os = "linux")]
mod processes;
mod report;
mod seed;
#[cfg(target_os = "linux")]
mod window;

use std::process::ExitCode;

const NAMES: [&str; 3] = ["issue", "list", "window"];

#[tokio::main]
async fn main() -> ExitCode {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = names.iter().find(|name| !NAMES.contains(&name.as_str())) {
        eprintln!("There is no benchmark named {unknown}; there are: {}.", NAMES.join(", "));
        return ExitCode::FAILURE;
    }
    if names.is_empty() {
        names = NAMES.map(str::to_owned).to_vec();
    }
    report::header(&names);
    for name in names {
        match name.as_str() {
            "issue" => Box::pin(issue::run()).await,
            "list" => Box::pin(list::run()).await,
            _ => Box::pin(run_window()).await,
        }
    }
    ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
async fn run_window() {
    window::run().await;
}

/// Its memory and its processes are read from `/proc`.
#[cfg(not(target_os = "linux"))]
async fn run_window() {
    println!("\n## window\n\nMeasured on Linux alone.");
}
