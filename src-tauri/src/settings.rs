//! `settings.json`: what the window remembers between starts. A file that cannot be read is left alone,
//! never written over. Holds no secret.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::place::PlaceId;
use latchkey_connections::{DataFolder, file_words, replace_file};

/// Its name.
const NAME: &str = "settings.json";

/// What is remembered. What a newer version wrote beside it stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Which store was opened last.
    #[serde(default)]
    pub last_store: Option<PlaceId>,
    /// Whether the window is drawn without the graphics card.
    #[serde(default)]
    pub safe_graphics: bool,
    #[serde(flatten)]
    other: serde_json::Map<String, serde_json::Value>,
}

/// The settings and their file.
pub struct SettingsFile {
    path: PathBuf,
    /// Or why the file, which is there, cannot be read.
    settings: Mutex<Result<Settings, String>>,
}

impl SettingsFile {
    /// Reads `settings.json` of `data`; no file means nothing was set.
    pub fn read(data: &DataFolder) -> Self {
        let path = data.path(NAME);
        let settings = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| format!("line {}", error.line())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
            Err(error) => Err(error.to_string()),
        };
        Self { path, settings: Mutex::new(settings) }
    }

    /// What is set now; nothing is when the file cannot be read.
    pub fn get(&self) -> Settings {
        self.lock().clone().unwrap_or_default()
    }

    /// Whether the file is there and cannot be read.
    pub fn is_unreadable(&self) -> bool {
        self.lock().is_err()
    }

    /// What is the matter with the file, in sentences for a person.
    pub fn notices(&self) -> Vec<String> {
        let notice = match &*self.lock() {
            Err(why) => Some(file_words::damaged(NAME, why)),
            Ok(_) => file_words::unwritable(&self.path).or_else(|| file_words::looseness(&self.path)),
        };
        notice.into_iter().collect()
    }

    /// Changes the settings and writes them. A failure is logged: nothing that matters hangs on them.
    pub fn change(&self, change: impl FnOnce(&mut Settings)) {
        let mut guard = self.lock();
        let Ok(settings) = guard.as_mut() else {
            tracing::warn!("settings.json cannot be read; what was to be remembered is forgotten");
            return;
        };
        let before = settings.clone();
        change(settings);
        if *settings == before {
            return;
        }
        let written = serde_json::to_vec_pretty(settings)
            .map_err(io::Error::from)
            .and_then(|bytes| replace_file(&self.path, &bytes));
        if let Err(error) = written {
            tracing::warn!(%error, "settings.json cannot be written");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Result<Settings, String>> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, DataFolder) {
        let outer = tempfile::tempdir().unwrap();
        let data = DataFolder::at(outer.path().join("data")).unwrap();
        (outer, data)
    }

    #[test]
    fn what_is_set_is_there_at_the_next_start_and_unknown_settings_stay() {
        let (_outer, data) = folder();
        std::fs::write(data.path("settings.json"), r#"{"density":"compact"}"#).unwrap();
        SettingsFile::read(&data).change(|settings| settings.last_store = Some(PlaceId::Sample));
        let text = std::fs::read_to_string(data.path("settings.json")).unwrap();
        assert!(text.contains("compact"), "{text}");
        assert_eq!(SettingsFile::read(&data).get().last_store, Some(PlaceId::Sample));
    }

    #[test]
    fn a_file_that_cannot_be_parsed_is_never_written_over() {
        let (_outer, data) = folder();
        std::fs::write(data.path("settings.json"), "{ half").unwrap();
        let file = SettingsFile::read(&data);
        assert!(file.is_unreadable());
        file.change(|settings| settings.safe_graphics = true);
        assert_eq!(file.get(), Settings::default());
        assert_eq!(
            file.notices(),
            ["settings.json cannot be read (line 1). Mend it or move it away; it was not touched."]
        );
        assert_eq!(std::fs::read_to_string(data.path("settings.json")).unwrap(), "{ half");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_or_nobody_can_write_is_told() {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        let (_outer, data) = folder();
        let path = data.path("settings.json");
        let file = SettingsFile::read(&data);
        assert_eq!(file.notices(), [""; 0]);
        file.change(|settings| settings.safe_graphics = true);
        assert_eq!(file.notices(), [""; 0]);
        for (mode, words) in
            [(0o644, "can read settings.json"), (0o622, "can change"), (0o400, "cannot be written")]
        {
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let notices = SettingsFile::read(&data).notices();
            assert!(notices.len() == 1 && notices[0].contains(words), "{mode:o}: {notices:?}");
        }
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        SettingsFile::read(&data).change(|settings| settings.safe_graphics = false);
        assert_eq!(SettingsFile::read(&data).notices(), [""; 0], "the next save makes it private");
    }
}
