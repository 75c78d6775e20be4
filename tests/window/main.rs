//! Tests of the real window: the desktop program, driven over WebDriver, with a clipboard, a store and a
//! command line of its own. Named `window::…`, so that they run one at a time. Holds no test itself.
#![cfg(target_os = "linux")]
#![recursion_limit = "256"] // steps within steps: each is a future in the one around it
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails loudly

#[path = "."]
mod window {
    mod accessibility;
    mod accessibility_server;
    mod accessibility_shared;
    mod bad_input;
    mod bad_store;
    mod by;
    mod computed;
    mod connections;
    mod crash;
    mod damaged_files;
    mod database;
    mod desk;
    mod desktop_facts;
    mod frame;
    mod keyboard_only;
    mod keychain;
    mod keys;
    mod lock;
    mod lost_line;
    mod migration;
    mod page;
    mod pictures;
    mod plaintext;
    mod production;
    mod proxy;
    mod read_only;
    mod refusals;
    mod served;
    mod server_errors;
    mod server_line;
    mod server_operators;
    mod server_roles;
    mod server_safety;
    mod server_story;
    mod session;
    mod shared;
    mod steps;
    mod story;
    mod two_programs;
    mod two_windows;
    mod walk;
}
