//! Choosing a file in the system's own dialog: a store, a certificate, a private key. Reads and writes none.

use serde::{Deserialize, Serialize};
use tauri_plugin_dialog::DialogExt;

/// Names the file instead of the native dialog, which no WebDriver can reach (feature `e2e` alone).
#[cfg(feature = "e2e")]
const PATH_VARIABLE: &str = "LATCHKEY_CHOOSE_PATH";

/// What the file is to be.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A store that is there.
    Store,
    /// Where a new store is to be made.
    NewStore,
    /// The certificate of an authority.
    Ca,
    /// A client's certificate.
    Certificate,
    /// Its private key.
    Key,
}

/// What was chosen. None: the person changed their mind.
#[derive(Serialize)]
pub struct Chosen {
    path: Option<String>,
}

/// Asks for a file.
pub async fn ask(window: &tauri::WebviewWindow, what: What) -> Chosen {
    #[cfg(feature = "e2e")]
    if let Some(path) = std::env::var_os(PATH_VARIABLE) {
        return Chosen { path: Some(path.to_string_lossy().into_owned()) };
    }
    let (say, answer) = tokio::sync::oneshot::channel();
    let tell = move |path| {
        // Nobody waits any more when the window was closed.
        let _ = say.send(path);
    };
    let dialog = window.dialog().file().set_parent(window);
    match what {
        What::Store => dialog.set_title("Open key database").pick_file(tell),
        What::NewStore => dialog.set_title("New key database").set_file_name("keys.db").save_file(tell),
        What::Ca => dialog.set_title("Certificate of the authority (PEM)").pick_file(tell),
        What::Certificate => dialog.set_title("Client certificate (PEM)").pick_file(tell),
        What::Key => dialog.set_title("Private key of the client certificate (PEM)").pick_file(tell),
    }
    let path = answer.await.ok().flatten().and_then(|path| path.into_path().ok());
    Chosen { path: path.map(|path| path.display().to_string()) }
}
