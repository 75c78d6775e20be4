//! Writes the OpenAPI document into the file that is its only argument. `cargo xtask generate` runs it; `cargo xtask
//! check` compares. Writes nothing else.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out: PathBuf = std::env::args_os().nth(1).ok_or("usage: generate_openapi FILE")?.into();
    std::fs::write(out, latchkey_server::openapi::document())?;
    Ok(())
}
