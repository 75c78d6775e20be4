//! What `cargo xtask` shares with the tests: starting programs, and the servers that tests need, so that
//! a test which kills a server starts it as everything else does. Holds no command.
#![allow(clippy::must_use_candidate)] // who starts something looks at what comes of it

pub mod certificates;
pub mod machine;
pub mod process;
pub mod servers;
