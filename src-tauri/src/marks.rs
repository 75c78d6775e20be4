//! For benchmarks, in `e2e` builds alone: says on standard output when the page shows its first rows, and
//! opens an empty window to compare with. Knows nothing of stores or keys; the shipped program has none of it.

use std::io::Write;

use tauri::http::Response;
use tauri::{AppHandle, Context, WebviewUrl, WebviewWindowBuilder, Wry};

/// `1`: marks are said.
const MARKS: &str = "LATCHKEY_MARKS";
/// `1`: an empty window opens instead of Latchkey.
const EMPTY_WINDOW: &str = "LATCHKEY_EMPTY_WINDOW";
/// What a page puts before a mark in its title, which is the one thing a page can say without a command.
const TITLE: &str = "mark:";
const SCHEME: &str = "empty";

/// After the rows are in the page and two frames were drawn, so that they are on the screen.
const FIRST_ROWS: &str = r#"
new MutationObserver((_, observer) => {
  if (document.querySelector('[role="gridcell"]') === null) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { document.title = "mark:rows"; }));
}).observe(document, { childList: true, subtree: true });
"#;
const BLANK_PAGE: &str = r#"
addEventListener("load", () => {
  requestAnimationFrame(() => requestAnimationFrame(() => { document.title = "mark:blank"; }));
});
"#;

/// Latchkey's window, which says its mark where that is wanted.
pub fn watched(window: WebviewWindowBuilder<'_, Wry, AppHandle>) -> WebviewWindowBuilder<'_, Wry, AppHandle> {
    // No WebDriver is coming, so the window can be private as the shipped one is.
    if is_set(MARKS) { saying(window.incognito(true), FIRST_ROWS) } else { window }
}

/// Whether the empty window is to open.
pub fn wants_empty_window() -> bool {
    is_set(EMPTY_WINDOW)
}

/// A window of Latchkey's size with a blank page: no store, no UI, no plugin. Returns when it is closed.
///
/// # Errors
/// As Tauri.
pub fn open_empty_window(context: Context) -> tauri::Result<()> {
    let html = b"<!doctype html><html lang=\"en\"><title>Empty</title><body></body></html>";
    tauri::Builder::default()
        .register_uri_scheme_protocol(SCHEME, |_, _| {
            Response::builder().header("Content-Type", "text/html").body(html.to_vec()).unwrap_or_default()
        })
        .setup(|app| {
            let url = WebviewUrl::CustomProtocol(format!("{SCHEME}://localhost/").parse()?);
            let window = WebviewWindowBuilder::new(app.handle(), SCHEME, url)
                .title("Empty")
                .inner_size(1280.0, 840.0)
                .incognito(true);
            saying(window, BLANK_PAGE).build()?;
            Ok(())
        })
        .run(context)
}

fn saying<'a>(
    window: WebviewWindowBuilder<'a, Wry, AppHandle>,
    script: &str,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    window.initialization_script(script).on_document_title_changed(|_, title| {
        if let Some(mark) = title.strip_prefix(TITLE) {
            // Nobody may listen any more.
            let _ = writeln!(std::io::stdout(), "MARK {mark}");
        }
    })
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| value == "1")
}
