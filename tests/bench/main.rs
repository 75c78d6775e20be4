//! The benchmarks: `cargo xtask bench [NAME…]`. Here: which there are, and the lines above their tables.
//! They measure and tell; none passes or fails by a time. What figures mean is in docs/performance.md.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a benchmark whose ground gives way stops

#[cfg(target_os = "linux")]
mod http_verify;
mod issue;
mod list;
#[cfg(target_os = "linux")]
mod load;
mod measure;
#[cfg(target_os = "linux")]
mod processes;
mod report;
#[cfg(target_os = "linux")]
mod revocation;
#[cfg(target_os = "linux")]
mod rivals;
mod seed;
#[cfg(target_os = "linux")]
mod verify_ground;
#[cfg(target_os = "linux")]
mod verify_library;
#[cfg(target_os = "linux")]
mod window;

use std::process::ExitCode;

/// Each by its name; `verify` is all those that begin so.
const NAMES: [&str; 11] = [
    "issue",
    "list",
    "window",
    "verify-library",
    "verify-hello",
    "verify-rivals",
    "verify-scale",
    "verify-cold",
    "verify-lane",
    "verify-floods",
    "revocation",
];
const VERIFY: &str = "verify";

#[tokio::main]
async fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = asked.iter().find(|name| **name != VERIFY && !NAMES.contains(&name.as_str())) {
        eprintln!("There is no benchmark named {unknown}; there are: {VERIFY}, {}.", NAMES.join(", "));
        return ExitCode::FAILURE;
    }
    report::header(&asked);
    let wanted = |name: &str| {
        asked.is_empty()
            || asked.iter().any(|asked| asked == name || (asked == VERIFY && name.starts_with(VERIFY)))
    };
    for name in NAMES.into_iter().filter(|name| wanted(name)) {
        match name {
            "issue" => Box::pin(issue::run()).await,
            "list" => Box::pin(list::run()).await,
            _ => Box::pin(run_on_linux(name)).await,
        }
    }
    ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
async fn run_on_linux(name: &str) {
    match name {
        "verify-library" => verify_library::run(),
        "verify-hello" => http_verify::over_hello().await,
        "verify-rivals" => rivals::run().await,
        "verify-scale" => http_verify::scale().await,
        "verify-cold" => http_verify::cold().await,
        "verify-lane" => http_verify::lane().await,
        "verify-floods" => http_verify::floods().await,
        "revocation" => revocation::run().await,
        _ => window::run().await,
    }
}

/// Memory, CPU time and processes are read from `/proc`.
#[cfg(not(target_os = "linux"))]
async fn run_on_linux(name: &str) {
    println!("\n## {name}\n\nMeasured on Linux alone.");
}
