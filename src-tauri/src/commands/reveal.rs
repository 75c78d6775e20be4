//! The commands about the key in the reveal slot: copying, saving, showing, confirming it. Holds no rule; the
//! slot decides what may be seen.

use std::sync::Arc;

use latchkey_core::{AdminError, ErrorCode};
use serde::Serialize;
use tauri::WebviewWindow;

use super::{Result, Shared};
use crate::door::contained;
use crate::formats::{Format, file_name, fill_in};
use crate::{save, window};

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
