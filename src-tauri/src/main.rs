//! Latchkey's window. Here: the order in which the program starts and ends. Holds no command and no rule.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod account;
mod attempt;
mod choose;
mod clipboard;
mod clipboard_thread;
mod commands;
#[cfg(test)]
mod commands_list;
mod desk;
mod desktop;
mod door;
mod environment;
mod formats;
mod idle;
mod journal;
mod leaving;
mod logins;
mod logs;
mod making;
#[cfg(feature = "e2e")]
mod marks;
mod opening;
mod place;
mod save;
mod saving;
mod settings;
mod signed_in;
mod slot;
mod standing;
mod stores;
mod time;
mod trial;
mod unsaved;
mod window;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tauri::{AppHandle, RunEvent};

use desktop::Desktop;
use latchkey_connections::{Admin, Connections, Credentials, DataFolder};
use latchkey_core::AdminError;
use settings::SettingsFile;

/// How often it is looked whether a key's time or that of an idle window is over.
const LOOKED_EVERY: Duration = Duration::from_secs(2);
/// How often an open server is asked as whom it knows the token: one that comes near its end is told of in time.
const SIGNED_IN_EVERY: Duration = Duration::from_hours(1);

/// Wipes what is freed: a key that comes in passes through buffers of IPC and JSON that wipe nothing themselves.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("latchkey-desktop: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), Box<dyn std::error::Error>> {
    let data = DataFolder::open()?;
    let settings = Arc::new(SettingsFile::read(&data));
    let safe_graphics = environment::asks_for_safe_graphics() || settings.get().safe_graphics;
    // Before anything that may start a thread.
    environment::prepare(safe_graphics);
    let context = tauri::generate_context!();
    #[cfg(feature = "e2e")]
    if marks::wants_empty_window() {
        return Ok(marks::open_empty_window(context)?);
    }
    logs::start(&data)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), safe_graphics, "starting");
    if settings.is_unreadable() {
        tracing::warn!("settings.json cannot be read; it is left as it is");
    }
    settings.change(|settings| settings.safe_graphics = safe_graphics);

    let place = data.path("window.json");
    let app = tauri::Builder::default()
        // First of all: a second start must not open the store or touch the journal.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| window::show(app)))
        .plugin(window::state_plugin(&place))
        .plugin(tauri_plugin_dialog::init())
        .manage(window::Progress::default())
        .invoke_handler(commands::handler())
        .setup(move |app| set_up(app.handle(), data, settings))
        .build(context)?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            use tauri::Manager;
            app.state::<Arc<Desktop>>().leave();
            tracing::info!("ended");
        }
    });
    Ok(())
}

fn set_up(
    app: &AppHandle,
    data: DataFolder,
    settings: Arc<SettingsFile>,
) -> Result<(), Box<dyn std::error::Error>> {
    use tauri::Manager;
    let clock = time::clock();
    let webview_data = data.path("webview");
    let journal = journal::Journal::open(&data)?;
    let teller = app.clone();
    let clipboard = clipboard_thread::ClipboardThread::start(
        Arc::clone(&clock),
        Box::new(move |event, payload| window::tell(&teller, event, &payload)),
    )?;
    let desk = Arc::new(desk::Desk::new(account::account_name(), journal, Arc::clone(&clock)));
    let logins =
        logins::Logins { connections: Connections::open(&data), credentials: Credentials::new(&data) };
    let around = stores::Around { tell: tell_of_store(app.clone()), leave: leave_desk(Arc::clone(&desk)) };
    let idle = idle::Idle::new(clock.now());
    let stores = stores::Stores::new(data, Arc::clone(&settings), clock, logins, around);
    let desktop = Arc::new(Desktop { desk, stores, clipboard, settings, idle });
    app.manage(Arc::clone(&desktop));
    window::open(app, webview_data)?;
    desktop.stores.prepare();
    // While the page loads.
    tauri::async_runtime::spawn(keep_in_order(desktop));
    tauri::async_runtime::spawn(end_when_told(app.clone()));
    Ok(())
}

fn tell_of_store(app: AppHandle) -> Box<dyn Fn(&str) + Send + Sync> {
    Box::new(move |title| {
        window::set_title(&app, title);
        window::tell(&app, "store:changed", &serde_json::json!({}));
    })
}

fn leave_desk(desk: Arc<desk::Desk<Admin>>) -> Box<dyn Fn() -> Result<(), AdminError> + Send + Sync> {
    Box::new(move || desk.leave())
}

/// Opens the store of the last time, then sees to it that neither a key nor an idle window stays past its time.
async fn keep_in_order(desktop: Arc<Desktop>) {
    let reopening = Arc::clone(&desktop);
    tauri::async_runtime::spawn(async move { reopening.stores.reopen().await });
    let looking = Arc::clone(&desktop);
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(SIGNED_IN_EVERY).await;
            looking.stores.look_again().await;
        }
    });
    loop {
        tokio::time::sleep(LOOKED_EVERY).await;
        desktop.tick();
    }
}

/// A session that ends and a `kill` go through the same exit as closing the window.
async fn end_when_told(app: AppHandle) {
    if time::told_to_end().await {
        app.exit(0);
    }
}
