//! The frame around a window, as a desktop's window manager knows it: its title, and asking it to close, as the
//! button in its corner does. Speaks X11; knows no page.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, Window};
use x11rb::rust_connection::RustConnection;

/// Asks every window of the program `pid` to close.
pub fn ask_to_close(pid: u32) {
    let (connection, screen) = x11rb::connect(None).expect("there is a display");
    let root = connection.setup().roots[screen].root;
    let close = atom(&connection, "_NET_CLOSE_WINDOW");
    let windows = numbers(&connection, root, "_NET_CLIENT_LIST", AtomEnum::WINDOW);
    let mut asked = 0;
    for window in windows {
        if numbers(&connection, window, "_NET_WM_PID", AtomEnum::CARDINAL).contains(&pid) {
            // 2: a person asks, by a pager.
            let message = ClientMessageEvent::new(32, window, close, [0, 2, 0, 0, 0]);
            let heard = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::SUBSTRUCTURE_REDIRECT;
            connection.send_event(false, root, heard, message).unwrap().check().unwrap();
            asked += 1;
        }
    }
    assert!(asked > 0, "the window manager knows no window of {pid}");
}

fn atom(connection: &RustConnection, name: &str) -> u32 {
    connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
}

fn numbers(connection: &RustConnection, window: Window, property: &str, kind: AtomEnum) -> Vec<u32> {
    let property = atom(connection, property);
    let answer = connection.get_property(false, window, property, kind, 0, 1024).unwrap().reply();
    answer.ok().and_then(|answer| answer.value32().map(Iterator::collect)).unwrap_or_default()
}

/// The titles of the program's windows, as the window manager shows them.
pub fn titles(pid: u32) -> Vec<String> {
    let (connection, screen) = x11rb::connect(None).expect("there is a display");
    let root = connection.setup().roots[screen].root;
    let windows = numbers(&connection, root, "_NET_CLIENT_LIST", AtomEnum::WINDOW);
    let (name, text) = (atom(&connection, "_NET_WM_NAME"), atom(&connection, "UTF8_STRING"));
    let of =
        |window: &Window| numbers(&connection, *window, "_NET_WM_PID", AtomEnum::CARDINAL).contains(&pid);
    let title = |window: Window| {
        let answer = connection.get_property(false, window, name, text, 0, 1024).unwrap().reply();
        answer.map(|answer| String::from_utf8_lossy(&answer.value).into_owned()).unwrap_or_default()
    };
    windows.into_iter().filter(of).map(title).collect()
}
