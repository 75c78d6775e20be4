//! The commands about saved connections, the keychain, the encrypted file and the lock: what each takes and
//! answers. Holds no rule. What was typed leaves the request at once, into a type that is never shown.

use std::sync::Arc;

use latchkey_connections::{ConnectionId, KeychainWords};
use latchkey_core::AdminError;
use latchkey_store::Password;
use serde::Serialize;
use tauri::WebviewWindow;

use super::{Result, Shared, StartState, state_of};
use crate::choose::{self, Chosen, What};
use crate::desktop::Desktop;
use crate::door::contained;
use crate::logins::Given;
use crate::place::PlaceId;
use crate::saving::{Draft, Listed, ReadText, Removed, Saved, SecretChange, read_text};
use crate::trial::Tested;

/// What is there, and which steps are still to come.
#[derive(Serialize)]
pub struct Found {
    schema_version: Option<i64>,
    steps: Vec<Step>,
}

/// One step of the schema.
#[derive(Serialize)]
pub struct Step {
    version: i64,
    name: &'static str,
    about: &'static str,
}

/// Everything that is saved.
#[tauri::command(rename_all = "snake_case")]
pub async fn connections_list(desktop: Shared<'_>) -> Result<Listed> {
    let desktop = Arc::clone(&desktop);
    contained(async move { Ok(desktop.stores.logins.list()) }).await
}

/// Saves a connection, a new one or an old one, and puts its secret where it belongs.
#[tauri::command(rename_all = "snake_case")]
pub async fn connection_save(
    desktop: Shared<'_>,
    connection: Draft,
    secret: SecretChange,
    passphrase: Option<String>,
) -> Result<Saved> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        let connection = connection.read()?;
        let logins = &desktop.stores.logins;
        // The keychain may wait for a person who then gives up.
        let parting = logins.part_with_secret(&connection, passphrase.as_deref());
        let parted = desktop.stores.trials.begin().wait(parting).await?;
        let parted = parted.filter(|_| matches!(secret, SecretChange::Keep));
        let old = logins.save(connection.clone()).await?;
        // As it was written: with its name trimmed, say.
        let connection = logins.saved(connection.id).unwrap_or(connection);
        desktop.stores.renamed(&connection);
        let changing = logins.change_secret(old.as_ref(), &connection, secret, passphrase);
        let secret_error = desktop.stores.trials.begin().wait(changing).await.err();
        Ok(logins.after_save(connection.id, secret_error.or(parted)))
    })
    .await
}

/// Removes a connection and its secret. The database behind it is not touched.
#[tauri::command(rename_all = "snake_case")]
pub async fn connection_remove(desktop: Shared<'_>, id: ConnectionId) -> Result<Removed> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        let place = PlaceId::Connection(id);
        if desktop.stores.about() == Some(place) {
            desktop.stores.close()?;
        }
        let removed = desktop.stores.logins.remove(id).await?;
        desktop.desk.journal.forget(place);
        desktop
            .settings
            .change(|settings| settings.last_store = settings.last_store.filter(|last| *last != place));
        Ok(removed)
    })
    .await
}

/// Reads a pasted URL.
#[tauri::command(rename_all = "snake_case")]
pub async fn connection_read_url(text: String) -> Result<ReadText> {
    read_text(&text)
}

/// Tries a connection as it stands in its form.
#[tauri::command(rename_all = "snake_case")]
pub async fn connection_test(desktop: Shared<'_>, connection: Draft, secret: SecretChange) -> Result<Tested> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        let mut connection = connection.read()?;
        let saved = desktop.stores.logins.saved(connection.id);
        // What was typed for one server is never sent to another.
        let given = secret.given(saved.as_ref().is_some_and(|saved| saved.shares_secret_with(&connection)));
        if let Some(saved) = saved {
            // The secret is where it is kept now, not where it will be.
            connection.keep = saved.keep;
        }
        desktop.stores.test(connection, &given).await
    })
    .await
}

/// Opens a connection.
#[tauri::command(rename_all = "snake_case")]
pub async fn connection_open(
    desktop: Shared<'_>,
    id: ConnectionId,
    secret: Option<String>,
    remember: Option<bool>,
    passphrase: Option<String>,
) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        desktop.desk.check_nothing_waits()?;
        open_file(&desktop, passphrase).await?;
        let given = Given::field(secret);
        // Before it is open: idle time must not be over in the same moment.
        desktop.idle.begin_anew(desktop.desk.now());
        desktop.stores.connect(PlaceId::Connection(id), &given).await?;
        if let (Some(true), Some(secret)) = (remember, given.secret()) {
            desktop.stores.remember(id, secret).await;
        }
        Ok(state_of(&desktop).await)
    })
    .await
}

/// Ends the waiting for whatever is being opened or tried.
#[tauri::command(rename_all = "snake_case")]
pub async fn connection_cancel(desktop: Shared<'_>) -> Result<()> {
    desktop.stores.cancel();
    Ok(())
}

/// What a connection leads to, before it is set up or updated.
#[tauri::command(rename_all = "snake_case")]
pub async fn connection_look(desktop: Shared<'_>, id: ConnectionId) -> Result<Found> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        let found = desktop.stores.look(id).await?;
        let step = |step: latchkey_store::NextStep| Step {
            version: step.version,
            name: step.name,
            about: step.about,
        };
        Ok(Found { schema_version: found.schema_version, steps: found.steps.into_iter().map(step).collect() })
    })
    .await
}

/// Makes a store where a connection leads.
#[tauri::command(rename_all = "snake_case")]
pub async fn connection_set_up(desktop: Shared<'_>, id: ConnectionId, prefix: String) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        desktop.desk.check_nothing_waits()?;
        desktop.stores.set_up(id, &prefix).await?;
        Ok(state_of(&desktop).await)
    })
    .await
}

/// Brings an older store up to date and opens it.
#[tauri::command(rename_all = "snake_case")]
pub async fn connection_migrate(desktop: Shared<'_>, id: ConnectionId) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        desktop.desk.check_nothing_waits()?;
        desktop.stores.migrate(id).await?;
        Ok(state_of(&desktop).await)
    })
    .await
}

/// In which state the system keychain is. The system asks nobody.
#[tauri::command(rename_all = "snake_case")]
pub async fn keychain_state(desktop: Shared<'_>) -> Result<KeychainWords> {
    let desktop = Arc::clone(&desktop);
    contained(async move { Ok(desktop.stores.logins.credentials.keychain_state().await) }).await
}

/// Looks again, and unlocks it where it is locked; the system may ask.
#[tauri::command(rename_all = "snake_case")]
pub async fn keychain_retry(desktop: Shared<'_>) -> Result<KeychainWords> {
    let desktop = Arc::clone(&desktop);
    contained(async move { Ok(desktop.stores.logins.credentials.keychain_retry().await) }).await
}

/// Makes the encrypted file, or opens it.
#[tauri::command(rename_all = "snake_case")]
pub async fn encrypted_file_open(desktop: Shared<'_>, passphrase: String) -> Result<Listed> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        open_file(&desktop, Some(passphrase)).await?;
        Ok(desktop.stores.logins.list())
    })
    .await
}

/// Lets the person choose a file.
#[tauri::command(rename_all = "snake_case")]
pub async fn choose_file(window: WebviewWindow, what: What) -> Result<Chosen> {
    Ok(choose::ask(&window, what).await)
}

/// Locks the window, unless a key waits to be saved.
#[tauri::command(rename_all = "snake_case")]
pub async fn lock(desktop: Shared<'_>) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        desktop.desk.check_nothing_waits()?;
        desktop.lock();
        Ok(state_of(&desktop).await)
    })
    .await
}

/// Opens again what was open before the lock.
#[tauri::command(rename_all = "snake_case")]
pub async fn unlock(
    desktop: Shared<'_>,
    secret: Option<String>,
    passphrase: Option<String>,
) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        open_file(&desktop, passphrase).await?;
        // As in `connection_open`.
        desktop.idle.begin_anew(desktop.desk.now());
        desktop.stores.unlock(&Given::field(secret)).await?;
        Ok(state_of(&desktop).await)
    })
    .await
}

/// Somebody moved or typed.
#[tauri::command(rename_all = "snake_case")]
pub async fn still_here(desktop: Shared<'_>) -> Result<()> {
    desktop.idle.begin_anew(desktop.desk.now());
    Ok(())
}

async fn open_file(desktop: &Desktop, passphrase: Option<String>) -> std::result::Result<(), AdminError> {
    match passphrase.filter(|text| !text.is_empty()) {
        Some(passphrase) => {
            desktop.stores.logins.credentials.open_encrypted_file(Password::new(passphrase)).await
        }
        None => Ok(()),
    }
}
