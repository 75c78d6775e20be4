//! The keys of a keyboard by the names that tests give them. Presses none.

use fantoccini::key::Key;

/// What WebDriver calls the key of this name; a letter or sign is itself.
pub fn key(name: &str) -> char {
    match name {
        "Control" => Key::Control.into(),
        "Shift" => Key::Shift.into(),
        "Alt" => Key::Alt.into(),
        "Enter" => Key::Enter.into(),
        "Escape" => Key::Escape.into(),
        "Tab" => Key::Tab.into(),
        "Backspace" => Key::Backspace.into(),
        "Delete" => Key::Delete.into(),
        "Space" => ' ',
        "Up" => Key::Up.into(),
        "Down" => Key::Down.into(),
        "Left" => Key::Left.into(),
        "Right" => Key::Right.into(),
        "Home" => Key::Home.into(),
        "End" => Key::End.into(),
        "F2" => Key::F2.into(),
        "F5" => Key::F5.into(),
        other => other.chars().next().expect("a key has a name"),
    }
}
