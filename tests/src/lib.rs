//! What the tests share: the rooms in which the contract runs, servers as programs, a line that breaks. Holds no test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)] // fixtures fail loudly

mod every_room;
pub mod exchange;
pub mod line;
pub mod place;
#[cfg(target_os = "linux")]
pub mod replicas;
mod room;
mod served;
pub mod version_1;

pub use room::{Operator, Room, START, at_port, new_database, new_database_on, pooler_port};

/// How often something random is repeated: the number an issue names in the long run, a tenth of it
/// otherwise (`cargo xtask test --long` sets `LATCHKEY_LONG`).
#[must_use]
pub fn rounds(named: usize) -> usize {
    if std::env::var_os("LATCHKEY_LONG").is_some() { named } else { named.div_ceil(10) }
}
