// `cargo xtask bench`: builds in release and runs the benchmarks beside the same servers that
// tests have. What is measured, and how, is in tests/bench.

use clap::Args;

use crate::process::{self, say};
use crate::programs::{CLI, DESKTOP, E2E};
use crate::servers::{POSTGRES_URL, Servers, Wanted};
use crate::workspace::{Profile, Workspace};
use crate::{machine, ui};

/// What `cargo xtask bench` can be told.
#[derive(Args)]
pub struct Bench {
    /// Only these benchmarks
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Installs what is missing, builds in release, starts servers and runs the benchmarks.
pub fn bench(workspace: &Workspace, bench: &Bench) -> anyhow::Result<()> {
    let window = cfg!(target_os = "linux");
    let mut packages = machine::BUILD.to_vec();
    if window {
        packages.extend(machine::WINDOW);
        packages.extend(machine::missing_gateways());
        packages.extend(machine::PYTHON);
        packages.extend(machine::INSTRUCTIONS);
    }
    if std::env::var_os(POSTGRES_URL).is_none() && machine::postgres_programs().is_none() {
        packages.extend(machine::POSTGRES);
    }
    machine::install(&packages)?;
    ui::build(workspace)?;
    say("Building in release");
    // Only a desktop built for tests says when it has drawn.
    let release = ["build", "--workspace", "--locked", "--release", "--bins", "--features", E2E];
    process::run(&mut workspace.cargo(&release))?;
    let servers = Servers::start(Wanted { window, pooler: false, durable: true })?;
    // The program as it was just built: `cargo run -p` would choose other features of shared
    // libraries and build most of them again.
    let mut program = std::process::Command::new(workspace.program(Profile::Release, "bench"));
    program.current_dir(&workspace.root).args(&bench.names);
    program.env("LATCHKEY_DESKTOP", workspace.program(Profile::Release, DESKTOP));
    program.env("LATCHKEY_CLI", workspace.program(Profile::Release, CLI));
    servers.tell(&mut program);
    process::run_in_group(&mut program)
}
