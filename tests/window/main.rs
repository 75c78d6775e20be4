//! Tests of the real window: the desktop program, driven over WebDriver, with a clipboard, a store and a
//! command line of its own. Named `window::…`, so that they run one at a time. Holds no test itself.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test fails loudly

#[path = "."]
mod window {
    mod accessibility;
    mod bad_input;
    mod bad_store;
    mod by;
    mod crash;
    mod desk;
    mod desktop_facts;
    mod frame;
    mod keyboard_only;
    mod page;
    mod plaintext;
    mod steps;
    mod story;
    mod two_programs;
}
