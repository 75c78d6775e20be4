//! The API against its own description: the document is what the operations say, and a property-based tester that
//! knows nothing but the document finds no answer that it does not describe.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests fail loudly
#![recursion_limit = "256"] // futures of operations are deep

mod document;
mod tester;
