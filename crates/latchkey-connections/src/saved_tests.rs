//! What becomes of `connections.json`: saved, shared by two programs, damaged, forbidden, loose, newer.

use std::fs;
use std::thread;

use latchkey_core::ErrorCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::connection::Kind;

struct Room {
    folder: TempDir,
    connections: Connections,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connections = Connections::open(&DataFolder::at(folder.path().to_owned()).unwrap());
        Self { folder, connections }
    }

    fn with(text: &str) -> Self {
        let room = Self::new();
        fs::write(room.path(), text).unwrap();
        room
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(NAME)
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    /// Nothing can be read, saved or changed, in these words, and the file is what it was.
    #[track_caller]
    fn is_damaged(&self, words: &str) {
        let before = fs::read(self.path()).unwrap();
        let state = self.connections.state();
        assert_eq!(state.state, FileState::Damaged);
        let message = state.message.unwrap();
        assert!(message.contains(words), "“{words}” is not in: {message}");
        assert!(message.contains("it was not touched"), "{message}");
        assert!(self.connections.list().is_empty());
        for refused in [
            self.connections.save(local("New")),
            self.connections.remove(ConnectionId::random()),
            self.connections.named("Mine").map(drop),
        ] {
            let error = refused.unwrap_err();
            assert_eq!((error.code, error.message.as_str()), (ErrorCode::StoreUnusable, message.as_str()));
        }
        assert_eq!(fs::read(self.path()).unwrap(), before);
    }
}

fn local(name: &str) -> Connection {
    let json = json!({"id": ConnectionId::random(), "name": name, "kind": "local", "path": "/data/keys.db"});
    serde_json::from_value(json).unwrap()
}

fn names(connections: &Connections) -> Vec<String> {
    connections.list().into_iter().map(|connection| connection.name).collect()
}

#[test]
fn what_is_saved_is_listed_found_changed_and_removed() {
    let room = Room::new();
    assert_eq!(room.connections.state(), FileWords { state: FileState::Ok, message: None });
    let (mine, other) = (local(" Mine "), local("Other"));
    room.connections.save(mine.clone()).unwrap();
    room.connections.save(other.clone()).unwrap();
    assert_eq!(names(&room.connections), ["Mine", "Other"]);
    assert_eq!(room.connections.find(other.id).unwrap(), other);
    assert_eq!(room.connections.named("  MINE").unwrap().id, mine.id);
    room.connections.save(Connection { read_only: true, ..mine.clone() }).unwrap();
    assert!(room.connections.find(mine.id).unwrap().read_only);
    let at = Timestamp::from_millis(1_700_000_000_000);
    room.connections.used(mine.id, at).unwrap();
    assert_eq!(room.connections.find(mine.id).unwrap().last_used_at, Some(at));
    room.connections.remove(mine.id).unwrap();
    assert_eq!(names(&room.connections), ["Other"]);
    assert_eq!(room.connections.remove(mine.id).unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(room.connections.used(mine.id, at).unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn no_two_are_called_the_same_however_it_is_written() {
    let room = Room::new();
    let mine = local("Acme platform");
    room.connections.save(mine.clone()).unwrap();
    let error = room.connections.save(local("ACME  Platform")).unwrap_err();
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::NameTaken, Some("name")));
    room.connections.save(Connection { name: "ACME platform".to_owned(), ..mine }).unwrap();
    assert_eq!(names(&room.connections), ["ACME platform"]);
    assert_eq!(room.connections.save(local("")).unwrap_err().field.as_deref(), Some("name"));
}

#[test]
fn what_cannot_be_parsed_is_told_with_its_line_and_never_written_over() {
    let canary = "canary-8Qv2mT";
    Room::with("{\n  \"connections\": [\n    {,}\n  ]\n}").is_damaged("line 3");
    Room::with("").is_damaged("line 1");
    Room::with("[]").is_damaged("line 1");
    Room::with("{\"connections\": []} and more").is_damaged("line 1");
    Room::with(&format!("{{\"connections\":\n\n{{\"password\": \"{canary}\"}}}}"))
        .is_damaged("line 3, connections");
    let one = format!("{{\"connections\": [\n{{\"id\": \"{canary}\", \"name\": 5}}]}}");
    let room = Room::with(&one);
    room.is_damaged("connections[0]");
    assert!(!room.connections.state().message.unwrap().contains(canary));
    Room::with("{\"version\": 2, \"connections\": []}").is_damaged("written by a newer Latchkey");
    Room::with(&" ".repeat(2 * 1024 * 1024)).is_damaged("larger than 1 MB");
    fs::write(room.path(), b"\xff\xfe\x00").unwrap();
    room.is_damaged("line 1");
}

#[test]
fn two_of_one_name_or_id_are_damage() {
    let (mine, same_name) = (local("Mine"), local("mine"));
    let same_id = Connection { name: "Other".to_owned(), ..mine.clone() };
    let file = |both: [&Connection; 2]| json!({"connections": both}).to_string();
    Room::with(&file([&mine, &same_name])).is_damaged("the same name");
    Room::with(&file([&mine, &same_id])).is_damaged("the same id");
}

#[test]
fn what_a_newer_version_wrote_survives_a_save() {
    let (mine, other) = (local("Mine"), local("Other"));
    let mut file = json!({"version": 1, "theme": {"dark": true}, "connections": [mine, other]});
    file["connections"][1]["proxy"] = json!({"jump": "host"});
    let room = Room::with(&file.to_string());
    let place = json!({"kind": "postgres", "host": "db.example", "port": 5432, "database": "keys", "user": "ann",
        "encryption": "verify_full"});
    let kind: Kind = serde_json::from_value(place).unwrap();
    room.connections.save(Connection { kind, ..other.clone() }).unwrap();
    room.connections.remove(mine.id).unwrap();
    let file = room.json();
    assert_eq!(file["theme"]["dark"], true);
    let saved = &file["connections"][0];
    assert_eq!((&saved["proxy"]["jump"], &saved["host"]), (&json!("host"), &json!("db.example")));
    assert!(saved.get("path").is_none(), "what the other kind had is gone");
}

#[test]
fn two_programs_that_save_at_once_lose_nothing() {
    let room = Room::new();
    let programs: Vec<_> = (0..4)
        .map(|program| {
            let connections = room.connections.clone();
            thread::spawn(move || {
                for number in 0..10 {
                    connections.save(local(&format!("{program}-{number}"))).unwrap();
                }
            })
        })
        .collect();
    for program in programs {
        program.join().unwrap();
    }
    assert_eq!(room.connections.list().len(), 40);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &std::path::Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_that_others_may_read_or_write_is_told_and_made_private_at_the_next_save() {
        for (loose, words) in [(0o644, "can read"), (0o666, "can change"), (0o620, "can change")] {
            let room = Room::new();
            room.connections.save(local("Mine")).unwrap();
            mode(&room.path(), loose);
            let state = room.connections.state();
            assert_eq!(state.state, FileState::Loose);
            assert!(state.message.unwrap().contains(words));
            assert_eq!(names(&room.connections), ["Mine"]);
            room.connections.save(local("Other")).unwrap();
            assert_eq!(fs::metadata(room.path()).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(room.connections.state().state, FileState::Ok);
        }
    }

    #[test]
    fn a_read_only_file_or_folder_is_told_and_kept() {
        let room = Room::new();
        room.connections.save(local("Mine")).unwrap();
        let before = room.text();
        for path in [room.path(), room.folder.path().to_owned()] {
            let was = fs::metadata(&path).unwrap().permissions();
            mode(&path, if path.is_dir() { 0o500 } else { 0o400 });
            let state = room.connections.state();
            assert_eq!(state.state, FileState::Unwritable);
            let error = room.connections.save(local("Other")).unwrap_err();
            assert_eq!(Some(error.message), state.message);
            assert_eq!(names(&room.connections), ["Mine"]);
            assert_eq!(room.text(), before);
            fs::set_permissions(&path, was).unwrap();
        }
        room.connections.save(local("Other")).unwrap();
    }

    #[test]
    fn a_link_stays_a_link() {
        let room = Room::new();
        let elsewhere = tempfile::tempdir().unwrap();
        let real = elsewhere.path().join("mine.json");
        fs::write(&real, "{}").unwrap();
        symlink(&real, room.path()).unwrap();
        room.connections.save(local("Mine")).unwrap();
        assert!(fs::symlink_metadata(room.path()).unwrap().is_symlink());
        assert!(fs::read_to_string(real).unwrap().contains("Mine"));
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        let room = Room::new();
        fs::create_dir(room.path()).unwrap();
        let state = room.connections.state();
        assert_eq!(state.state, FileState::Damaged);
        assert!(state.message.unwrap().contains("not a file"));
    }
}
