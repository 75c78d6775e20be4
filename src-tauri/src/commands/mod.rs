//! The commands the page may call: what each takes and answers. The work is done at the desk, in the slot, by
//! the clipboard's thread; here they meet. Holds no rule. Arguments are spelt as on the wire.

mod connections;
mod reveal;

use std::sync::Arc;
use std::time::Duration;

use latchkey_core::AdminError;
use serde::Serialize;
use serde_json::Value;
use tauri::{AppHandle, Manager, State};

use crate::account::proposed_prefix;
use crate::desktop::Desktop;
use crate::door::contained;
use crate::logins::Given;
use crate::place::PlaceId;
use crate::standing::StoreState;
use crate::unsaved::Unsaved;
use crate::window;

/// A store that opens this fast is open when the page first asks; a slower one is told to be on its way.
const SETTLES: Duration = Duration::from_millis(300);
/// What was never saved is looked up in the store, which may not answer.
const LOOKED_UP: Duration = Duration::from_secs(3);

type Shared<'a> = State<'a, Arc<Desktop>>;
type Result<T> = std::result::Result<T, AdminError>;

/// What is open when the window starts.
#[derive(Serialize)]
pub struct StartState {
    store: StoreState,
    unsaved: Vec<Unsaved>,
    version: &'static str,
    proposed_prefix: String,
    local_exists: bool,
    notices: Vec<String>,
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
    contained(async move { desktop.perform(&name, request, idempotency_key).await }).await
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
        desktop.desk.check_nothing_waits()?;
        if create {
            desktop.stores.make_local(prefix.as_deref()).await?;
        } else {
            desktop.stores.connect(PlaceId::Local, &Given::Nothing).await?;
        }
        Ok(state_of(&desktop).await)
    })
    .await
}

/// Makes the sample data afresh and opens it.
#[tauri::command(rename_all = "snake_case")]
pub async fn open_sample_store(desktop: Shared<'_>) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        desktop.desk.check_nothing_waits()?;
        desktop.stores.make_sample().await?;
        desktop.desk.journal.forget(PlaceId::Sample);
        Ok(state_of(&desktop).await)
    })
    .await
}

/// Closes the store: back to the start page.
#[tauri::command(rename_all = "snake_case")]
pub async fn close_store(desktop: Shared<'_>) -> Result<StartState> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        desktop.stores.close()?;
        Ok(state_of(&desktop).await)
    })
    .await
}

/// Ends the waiting of a key that was never saved.
#[tauri::command(rename_all = "snake_case")]
pub async fn discard_unsaved(desktop: Shared<'_>, id: String) -> Result<()> {
    let desktop = Arc::clone(&desktop);
    contained(async move {
        let place = desktop.stores.current()?;
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
    desktop.stores.settled(SETTLES).await;
    let unsaved = match desktop.stores.current() {
        Ok(place) => tokio::time::timeout(LOOKED_UP, desktop.desk.unsaved(&place)).await.unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    StartState {
        store: desktop.stores.state(),
        unsaved,
        version: env!("CARGO_PKG_VERSION"),
        proposed_prefix: proposed_prefix(),
        local_exists: desktop.stores.has_local(),
        notices: desktop.settings.notices(),
    }
}

/// The commands as Tauri calls them; a test compares them with the access list.
macro_rules! handler {
    ($($room:ident :: $command:ident),+ $(,)?) => {
        /// Every command, for Tauri.
        pub fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($room :: $command),+]
        }

        #[cfg(test)]
        const HANDLED: &[&str] = &[$(stringify!($command)),+];
    };
}

handler! {
    connections::choose_file,
    self::clipboard_clear,
    self::close_store,
    self::close_window,
    connections::connection_cancel,
    connections::connection_look,
    connections::connection_migrate,
    connections::connection_open,
    connections::connection_read_url,
    connections::connection_remove,
    connections::connection_save,
    connections::connection_set_up,
    connections::connection_test,
    connections::connections_list,
    self::discard_unsaved,
    connections::encrypted_file_open,
    connections::keychain_retry,
    connections::keychain_state,
    connections::lock,
    self::open_local_store,
    self::open_sample_store,
    self::perform,
    reveal::reveal_confirm,
    reveal::reveal_copy,
    reveal::reveal_drop,
    reveal::reveal_save,
    reveal::reveal_show,
    self::start_state,
    connections::still_here,
    self::ui_ready,
    connections::unlock,
}

#[cfg(test)]
mod tests {
    use super::HANDLED;
    use crate::commands_list::COMMANDS;

    #[test]
    fn the_access_list_the_handler_the_capability_and_the_page_name_the_same_commands() {
        assert_eq!(HANDLED, COMMANDS);
        let capability: serde_json::Value =
            serde_json::from_str(include_str!("../../capabilities/main.json")).unwrap();
        let granted: Vec<&str> =
            capability["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
        let wanted: Vec<String> =
            COMMANDS.iter().map(|command| format!("allow-{}", command.replace('_', "-"))).collect();
        let ours: Vec<&str> =
            granted.iter().copied().filter(|permission| !permission.contains(':')).collect();
        assert_eq!(ours, wanted);
        // The page's own list, in TypeScript: every command is there once, and there are no others.
        let page = concat!(
            include_str!("../../../ui/src/platform/platform.ts"),
            include_str!("../../../ui/src/platform/connections.ts")
        );
        let mut known: Vec<&str> = page
            .split("interface ")
            .filter(|part| part.starts_with("DesktopCommands") || part.starts_with("ConnectionCommands"))
            .flat_map(|part| part.split("\n}").next().unwrap().lines())
            .filter_map(|line| line.strip_prefix("  ")?.split_once(": {").map(|(name, _)| name))
            .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
            .chain(["perform"])
            .collect();
        known.sort_unstable();
        assert_eq!(known, COMMANDS);
    }

    #[test]
    fn the_page_may_call_nothing_of_tauris_but_listen() {
        let capability = include_str!("../../capabilities/main.json");
        assert!(!capability.contains(":default"));
        let others: Vec<&str> = capability.split('"').filter(|word| word.contains(":allow-")).collect();
        assert_eq!(others, ["core:event:allow-listen"]);
    }
}
