//! Latchkey's nouns and rules: keys, secrets, tenants, roles, permissions, rotation, verification,
//! and the table of operations. Everything is a pure function or a type: time and randomness are
//! passed in. Holds no I/O, no SQL, no HTTP, no async runtime.

pub mod audit;
pub mod digest;
pub mod distrust;
pub mod error;
pub mod expiry;
pub mod id;
pub mod ip_range;
pub mod key;
pub mod key_format;
pub mod operation;
pub mod operations;
pub mod operator;
pub mod page;
pub mod permission;
pub mod plaintext;
pub mod problem;
pub mod profile;
pub mod rate_limit;
pub mod redaction;
pub mod role;
pub mod rotation;
pub mod tag;
pub mod tenant;
pub mod text;
pub mod time;
pub mod verification;
mod wire;

pub use error::{AdminError, ErrorCode};
pub use operation::{Answer, Call, Caller, Effect, Operation, Perform, Source};
pub use plaintext::PlaintextKey;
pub use time::{Clock, Span, SystemClock, Timestamp};
