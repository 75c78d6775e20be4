// Every command the page may call, once, for build.rs (the access list) and for the program (the
// handler; a test compares). Holds the names alone: it is included in both.

/// The commands, in alphabetical order.
pub const COMMANDS: &[&str] = &[
    "clipboard_clear",
    "close_store",
    "close_window",
    "discard_unsaved",
    "open_local_store",
    "open_sample_store",
    "perform",
    "reveal_confirm",
    "reveal_copy",
    "reveal_drop",
    "reveal_save",
    "reveal_show",
    "start_state",
    "ui_ready",
];
