//! The one window: how it is made, when it is shown, what it may not do, when it may close, and the watchdog
//! for computers that cannot draw it. Knows no operation and no key.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tauri::webview::NewWindowResponse;
use tauri::window::Color;
use tauri::{
    AppHandle, Emitter, Manager, Theme, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};
use tauri_plugin_window_state::{AppHandleExt, StateFlags};

use crate::desktop::Desktop;

/// The window's label, as the capability names it.
pub const LABEL: &str = "main";
/// The page has this long to draw itself before the window is shown all the same.
const SHOWN_AFTER: Duration = Duration::from_secs(3);
/// And this long before the person is asked about graphics.
const WATCHDOG_AFTER: Duration = Duration::from_secs(10);
/// Resizing sends many events; the last one is kept.
const KEPT_AFTER: Duration = Duration::from_secs(1);
/// Never VISIBLE: it would show the window before the page has drawn itself.
const KEPT: StateFlags = StateFlags::SIZE.union(StateFlags::POSITION).union(StateFlags::MAXIMIZED);
/// The token `bg` of `ui/src/styles/tokens.css`, so that nothing flashes.
const LIGHT: Color = Color(0xf9, 0xfa, 0xfc, 0xff);
const DARK: Color = Color(0x0e, 0x11, 0x16, 0xff);
const IS_DARK: &str = "matchMedia('(prefers-color-scheme: dark)').matches";

/// How far the window has come.
#[derive(Default)]
pub struct Progress {
    ready: AtomicBool,
    changes: AtomicU64,
}

/// The plugin that keeps the window where it was put, in `folder`.
pub fn state_plugin(file: &Path) -> tauri::plugin::TauriPlugin<tauri::Wry> {
    // An absolute name replaces the plugin's own folder.
    tauri_plugin_window_state::Builder::default()
        .with_state_flags(KEPT)
        .with_filename(file.to_string_lossy())
        .build()
}

/// Makes the window, hidden. `webview_data` is for what the engine itself wants to keep: salts, no pages.
///
/// # Errors
/// As the operating system.
pub fn open(app: &AppHandle, webview_data: PathBuf) -> tauri::Result<()> {
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Latchkey")
        .inner_size(1280.0, 840.0)
        .min_inner_size(960.0, 600.0)
        .visible(false)
        // Nothing a page stores stays. The engine lets no WebDriver into such a window, hence the exception.
        .incognito(cfg!(not(feature = "e2e")))
        .data_directory(webview_data)
        .disable_drag_drop_handler()
        .general_autofill_enabled(false)
        .devtools(cfg!(debug_assertions))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false);
    #[cfg(feature = "e2e")]
    let builder = crate::marks::watched(builder);
    let window = builder.build()?;
    // A guess, for when the page never comes.
    paint_behind(&window, window.theme().is_ok_and(|theme| theme == Theme::Dark));
    let handle = app.clone();
    window.on_window_event(move |event| on_event(&handle, event));
    tauri::async_runtime::spawn(watch(app.clone()));
    Ok(())
}

/// Only the page inside the program, and in development the server that builds it.
fn is_ours(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) | ("http" | "https", Some("tauri.localhost")) => true,
        ("http", Some("localhost")) => cfg!(not(feature = "custom-protocol")) && url.port() == Some(1420),
        _ => false,
    }
}

/// The page has drawn itself: the window behind it takes its colour, then it is shown.
pub fn ui_is_ready(app: &AppHandle) {
    app.state::<Progress>().ready.store(true, Ordering::SeqCst);
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let handle = app.clone();
    // The page alone knows: without a desktop portal the engine and the window disagree about the theme.
    let asked = window.eval_with_callback(IS_DARK, move |answer| {
        if let Some(window) = handle.get_webview_window(LABEL) {
            paint_behind(&window, answer == "true");
        }
        show(&handle);
    });
    if let Err(error) = asked {
        tracing::warn!(%error, "the page cannot be asked for its theme");
        show(app);
    }
}

fn paint_behind(window: &WebviewWindow, dark: bool) {
    if let Err(error) = window.set_background_color(Some(if dark { DARK } else { LIGHT })) {
        tracing::warn!(%error, "the window's background cannot be set");
    }
}

/// Shows the window and brings it to the front.
pub fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window cannot be shown");
        }
    }
}

/// While a plaintext is on the screen; Linux has no such thing.
pub fn hide_from_capture(window: &WebviewWindow, hidden: bool) {
    if cfg!(any(windows, target_os = "macos"))
        && let Err(error) = window.set_content_protected(hidden)
    {
        tracing::warn!(%error, "the window cannot be hidden from screen capture");
    }
}

fn on_event(app: &AppHandle, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            let desktop = app.state::<Arc<Desktop>>();
            // A page that never came cannot ask; nothing can have been minted through it either.
            let can_ask = app.state::<Progress>().ready.load(Ordering::SeqCst);
            if can_ask && desktop.desk.slot.is_guarded(desktop.desk.now()) {
                api.prevent_close();
                tell(app, "window:close_requested", &json!({}));
            }
        }
        WindowEvent::Focused(true) => app.state::<Arc<Desktop>>().clipboard.focused(),
        WindowEvent::Resized(_) | WindowEvent::Moved(_) => keep_place_soon(app),
        _ => {}
    }
}

/// Sets the window's title.
pub fn set_title(app: &AppHandle, title: &str) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.set_title(title)
    {
        tracing::warn!(%error, "the window's title cannot be set");
    }
}

/// Tells the page something.
pub fn tell(app: &AppHandle, event: &str, payload: &serde_json::Value) {
    if let Err(error) = app.emit_to(LABEL, event, payload) {
        tracing::warn!(%error, event, "the page cannot be told");
    }
}

/// Writes size and place once the window rests, so that a crash does not lose them.
fn keep_place_soon(app: &AppHandle) {
    let change = app.state::<Progress>().changes.fetch_add(1, Ordering::SeqCst) + 1;
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(KEPT_AFTER).await;
        if app.state::<Progress>().changes.load(Ordering::SeqCst) != change {
            return;
        }
        let handle = app.clone();
        // On the main thread: the plugin holds a lock there that it would wait for from here.
        let _ = app.run_on_main_thread(move || {
            if let Err(error) = handle.save_window_state(KEPT) {
                tracing::warn!(%error, "the window's place cannot be kept");
            }
        });
    });
}

async fn watch(app: AppHandle) {
    tokio::time::sleep(SHOWN_AFTER).await;
    let hidden = |window: &WebviewWindow| !window.is_visible().unwrap_or_default();
    if app.get_webview_window(LABEL).as_ref().is_some_and(hidden) {
        show(&app);
    }
    tokio::time::sleep(WATCHDOG_AFTER.saturating_sub(SHOWN_AFTER)).await;
    if !is_ready(&app) {
        tracing::error!("the page has not drawn itself");
        ask_about_graphics(&app);
    }
}

fn is_ready(app: &AppHandle) -> bool {
    app.state::<Progress>().ready.load(Ordering::SeqCst)
}

/// Nothing was drawn: most often the graphics driver.
fn ask_about_graphics(app: &AppHandle) {
    let desktop = Arc::clone(&app.state::<Arc<Desktop>>());
    if desktop.settings.get().safe_graphics {
        let words = "The window could not be drawn, in safe graphics mode either. The log in the data folder \
                     (latchkey-desktop.log) may say why.";
        app.dialog().message(words).title("Latchkey").kind(MessageDialogKind::Error).show(|_| {});
        return;
    }
    let app = app.clone();
    let buttons = MessageDialogButtons::OkCancelCustom("Restart".into(), "Wait".into());
    app.dialog()
        .message("The window could not be drawn. Restart in safe graphics mode?")
        .title("Latchkey")
        .kind(MessageDialogKind::Warning)
        .buttons(buttons)
        .show({
            let app = app.clone();
            move |restart| {
                if restart {
                    desktop.settings.change(|settings| settings.safe_graphics = true);
                    app.request_restart();
                }
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_goes_nowhere_but_to_its_own_page() {
        for ours in ["tauri://localhost/", "tauri://localhost/index.html#/keys", "http://tauri.localhost/"] {
            assert!(is_ours(&ours.parse().unwrap()), "{ours}");
        }
        for other in [
            "https://example.com/",
            "http://tauri.localhost.evil.example/",
            "tauri://evil/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "about:blank",
            "http://localhost:80/",
        ] {
            assert!(!is_ours(&other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn the_background_is_the_pages() {
        let tokens = include_str!("../../ui/src/styles/tokens.css");
        for Color(red, green, blue, _) in [LIGHT, DARK] {
            let hex = format!("#{red:02x}{green:02x}{blue:02x}");
            assert!(tokens.contains(&hex), "{hex} is not a token");
        }
    }
}
