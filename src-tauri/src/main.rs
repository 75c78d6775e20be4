//! Latchkey's window. Here: the order in which the program starts. Holds no command and no rule.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default()).title("Latchkey").build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
