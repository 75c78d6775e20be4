//! Database servers refuse to run as root: as whom they run then, what they are given to write in, and the
//! port that they listen on. Starts nothing by itself.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::tied;
use crate::machine;

/// "nobody" has this number on every Linux.
#[cfg(unix)]
const NOBODY: u32 = 65534;
const AS_NOBODY: &[&str] = &["--reuid=65534", "--regid=65534", "--clear-groups"];

/// A command that runs as somebody whom a database server accepts.
pub fn command(program: &Path) -> Command {
    tied(program, if machine::is_root() { AS_NOBODY } else { &[] })
}

/// A port of this machine that is free now.
pub fn free_port() -> anyhow::Result<u16> {
    let socket = TcpListener::bind("127.0.0.1:0").context("no free port for a server")?;
    Ok(socket.local_addr().context("no free port for a server")?.port())
}

/// Gives a file or folder to whoever the server runs as.
#[cfg(unix)]
pub fn give_away(path: &Path) -> anyhow::Result<()> {
    if machine::is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY))
            .with_context(|| format!("cannot give {} to the server", path.display()))?;
    }
    Ok(())
}

/// Gives a file or folder to whoever the server runs as: here they are the same.
#[cfg(not(unix))]
pub fn give_away(_path: &Path) -> anyhow::Result<()> {
    Ok(())
}
