//! The commands the page may call: what each takes and answers. The work is done at the desk, in the slot, by
//! the clipboard's thread; here they meet. Holds no rule. Arguments are spelt as on the wire.

use std::sync::Arc;

use latchkey_core::{AdminError, ErrorCode};
use serde::Serialize;
use serde_json::Value;
use tauri::{AppHandle, Manager, State, WebviewWindow};

use crate::desktop::Desktop;
use crate::door::contained;
use crate::formats::{Format, file_name, fill_in};
use crate::save;
use crate::start::{StoreState, proposed_prefix};
use crate::unsaved::Unsaved;
use crate::window;

type Shared<'a> = State<'a, Arc<Desktop>>;
type Result<T> = std::result::Result<T, AdminError>;

/// What is open when the window starts.
#[derive(Serialize)]
pub struct StartState {
    store: StoreState,
    unsaved: Vec<Unsaved>,
    version: &'static str,
    proposed_prefix: String,
}

/// What a copy came to.
#[derive(Serialize)]
pub struct Copy {
    copied: bool,
    clears_in_s: i64,
    concealed: bool,
    confirmed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<AdminError>,
}

/// What saving came to.
#[derive(Serialize)]
pub struct SaveOutcome {
    saved: bool,
    path: Option<String>,
    warning: Option<String>,
    confirmed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<AdminError>,
}

/// The plaintext, for the one command that shows it.
#[derive(Serialize)]
pub struct Shown {
    plaintext: String,
}

/// Whether the store knows that the key is saved.
#[derive(Serialize)]
pub struct Confirmed {
    confirmed: bool,
}

/// Performs an operation of the table.
#[tauri::command(rename_all = "snake_case")]
pub async fn perform(
    desktop: Shared<'_>,
    name: String,
    request: Value,
    idempotency_key: Option<String>,
) -> Result<Value> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        let place =
            desktop.stores.current().await.map_err(|error| error.of_request(desktop.desk.request_id()))?;
        desktop.desk.perform(&place, &name, request, idempotency_key).await
    })
    .await
}

/// The page has drawn itself: the window is shown.
#[tauri::command(rename_all = "snake_case")]
pub async fn ui_ready(app: AppHandle) {
    window::ui_is_ready(&app);
}

/// Which store is open, and which keys were never saved.
#[tauri::command(rename_all = "snake_case")]
pub async fn start_state(desktop: Shared<'_>) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move { Ok(state_of(&desktop).await) }).await
}

/// Opens the local store, or makes it.
#[tauri::command(rename_all = "snake_case")]
pub async fn open_local_store(
    desktop: Shared<'_>,
    create: bool,
    prefix: Option<String>,
) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        desktop.check_nothing_waits()?;
        desktop.stores.open_local(create, prefix.as_deref()).await?;
        Ok(state_of(&desktop).await)
    })
    .await
}

/// Makes the sample data afresh and opens it.
#[tauri::command(rename_all = "snake_case")]
pub async fn open_sample_store(desktop: Shared<'_>) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        desktop.check_nothing_waits()?;
        desktop.stores.open_sample().await?;
        desktop.desk.journal.forget(crate::place::StoreKind::Sample);
        Ok(state_of(&desktop).await)
    })
    .await
}

/// Closes the store: back to the start page.
#[tauri::command(rename_all = "snake_case")]
pub async fn close_store(desktop: Shared<'_>) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        desktop.check_nothing_waits()?;
        desktop.stores.close().await;
        Ok(state_of(&desktop).await)
    })
    .await
}

/// Copies the key of the slot; a copy that was read back counts as saved.
#[tauri::command(rename_all = "snake_case")]
pub async fn reveal_copy(desktop: Shared<'_>, handle: String, format: Format) -> Result<Copy> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        let text = desktop.desk.slot.with(&handle, desktop.desk.now(), |held| {
            fill_in(format, held.plaintext.expose(), &held.about)
        })?;
        let outcome = desktop.clipboard.copy(text).await;
        let error = if outcome.copied { desktop.confirm(&handle).await.err() } else { None };
        Ok(Copy {
            copied: outcome.copied,
            clears_in_s: desktop.clipboard.clears_in_s(),
            concealed: outcome.concealed,
            confirmed: outcome.copied && error.is_none(),
            error,
        })
    })
    .await
}

/// Saves the key of the slot to a file the person names.
#[tauri::command(rename_all = "snake_case")]
pub async fn reveal_save(
    window: WebviewWindow,
    desktop: Shared<'_>,
    handle: String,
    format: Format,
) -> Result<SaveOutcome> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        let proposed = desktop
            .desk
            .slot
            .with(&handle, desktop.desk.now(), |held| file_name(format, &held.about.name))?;
        let Some(path) = save::ask_where(&window, proposed).await else {
            return Ok(SaveOutcome {
                saved: false,
                path: None,
                warning: None,
                confirmed: false,
                error: None,
            });
        };
        // Minutes may have passed in the dialog: the slot is asked again.
        let text = desktop.desk.slot.with(&handle, desktop.desk.now(), |held| {
            fill_in(format, held.plaintext.expose(), &held.about)
        })?;
        save::write_new(&path, &text)?;
        let error = desktop.confirm(&handle).await.err();
        Ok(SaveOutcome {
            saved: true,
            warning: save::warning_about(&path),
            path: Some(path.display().to_string()),
            confirmed: error.is_none(),
            error,
        })
    })
    .await
}

/// Shows the key of the slot: the only command whose answer holds a plaintext.
#[tauri::command(rename_all = "snake_case")]
pub async fn reveal_show(window: WebviewWindow, desktop: Shared<'_>, handle: String) -> Result<Shown> {
    let plaintext =
        desktop.desk.slot.with(&handle, desktop.desk.now(), |held| held.plaintext.expose().to_owned())?;
    window::hide_from_capture(&window, true);
    Ok(Shown { plaintext })
}

/// The person says that the key of the slot is saved.
#[tauri::command(rename_all = "snake_case")]
pub async fn reveal_confirm(desktop: Shared<'_>, handle: String) -> Result<Confirmed> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        match desktop.confirm(&handle).await {
            Ok(()) => Ok(Confirmed { confirmed: true }),
            // The page asks again until it is acknowledged.
            Err(error) if matches!(error.code, ErrorCode::Busy | ErrorCode::Unreachable) => {
                Ok(Confirmed { confirmed: false })
            }
            Err(error) => Err(error),
        }
    })
    .await
}

/// Forgets the key of the slot.
#[tauri::command(rename_all = "snake_case")]
pub async fn reveal_drop(window: WebviewWindow, desktop: Shared<'_>, handle: String) -> Result<()> {
    desktop.desk.slot.drop_handle(&handle);
    window::hide_from_capture(&window, false);
    Ok(())
}

/// Ends the waiting of a key that was never saved.
#[tauri::command(rename_all = "snake_case")]
pub async fn discard_unsaved(desktop: Shared<'_>, id: String) -> Result<()> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        let place = desktop.stores.current().await?;
        desktop.desk.discard_unsaved(&place, &id).await
    })
    .await
}

/// Clears the clipboard now, if it still holds our copy.
#[tauri::command(rename_all = "snake_case")]
pub async fn clipboard_clear(desktop: Shared<'_>) -> Result<()> {
    desktop.clipboard.clear();
    Ok(())
}

/// Closes the window for good; the page has asked whatever there was to ask.
#[tauri::command(rename_all = "snake_case")]
pub async fn close_window(app: AppHandle, desktop: Shared<'_>) -> Result<()> {
    desktop.desk.slot.wipe();
    if let Some(window) = app.get_webview_window(window::LABEL) {
        window.destroy().map_err(|_| AdminError::internal())?;
    }
    Ok(())
}

async fn state_of(desktop: &Desktop) -> StartState {
    let store = desktop.stores.state().await;
    let unsaved = match desktop.stores.current().await {
        Ok(place) => desktop.desk.unsaved(&place).await,
        Err(_) => Vec::new(),
    };
    StartState { store, unsaved, version: env!("CARGO_PKG_VERSION"), proposed_prefix: proposed_prefix() }
}

/// The commands as Tauri calls them; a test compares them with the access list.
macro_rules! handler {
    ($($command:ident),+ $(,)?) => {
        /// Every command, for Tauri.
        pub fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($command),+]
        }

        #[cfg(test)]
        const HANDLED: &[&str] = &[$(stringify!($command)),+];
    };
}

handler! {
    clipboard_clear,
    close_store,
    close_window,
    discard_unsaved,
    open_local_store,
    open_sample_store,
    perform,
    reveal_confirm,
    reveal_copy,
    reveal_drop,
    reveal_save,
    reveal_show,
    start_state,
    ui_ready,
}

#[cfg(test)]
mod tests {
    use super::HANDLED;
    use crate::commands_list::COMMANDS;

    #[test]
    fn the_access_list_the_handler_the_capability_and_the_page_name_the_same_commands() {
        assert_eq!(HANDLED, COMMANDS);
        let capability: serde_json::Value =
            serde_json::from_str(include_str!("../capabilities/main.json")).unwrap();
        let granted: Vec<&str> =
            capability["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
        let wanted: Vec<String> =
            COMMANDS.iter().map(|command| format!("allow-{}", command.replace('_', "-"))).collect();
        let ours: Vec<&str> =
            granted.iter().copied().filter(|permission| !permission.contains(':')).collect();
        assert_eq!(ours, wanted);
        // The page's own list, in TypeScript.
        let page = include_str!("../../ui/src/platform/platform.ts");
        for command in COMMANDS.iter().filter(|command| **command != "perform") {
            assert!(page.contains(&format!("  {command}: {{")), "the page does not know {command}");
        }
    }

    #[test]
    fn the_page_may_call_nothing_of_tauris_but_listen() {
        let capability = include_str!("../capabilities/main.json");
        assert!(!capability.contains(":default"));
        let others: Vec<&str> = capability.split('"').filter(|word| word.contains(":allow-")).collect();
        assert_eq!(others, ["core:event:allow-listen", "core:event:allow-unlisten"]);
    }
}
