//! Tells Tauri which commands the page may call (each becomes a permission that
//! `capabilities/main.json` grants) and embeds the UI. It must not build the UI: that needs npm.

use std::path::Path;

include!("src/commands_list.rs");

fn main() {
    println!("cargo:rerun-if-changed=../ui/dist");
    println!("cargo:rerun-if-changed=src/commands_list.rs");
    if !Path::new("../ui/dist/index.html").is_file() {
        println!(
            "cargo:error=ui/dist is missing: run `npm --prefix ui ci && npm --prefix ui run build` first"
        );
        std::process::exit(1);
    }
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo:error={error:#}");
        std::process::exit(1);
    }
}
