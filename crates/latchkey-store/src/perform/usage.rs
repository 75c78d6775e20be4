//! Usage over time and security events, as they are reported.

use latchkey_core::operations::{EventsList, SecurityEvent, UsageGet, UsageReport};
use latchkey_core::page::Page;
use latchkey_core::{AdminError, Call};

use super::Work;
use crate::fault::Outcome;
use crate::store::Store;

impl Work for UsageGet {
    async fn work(_: &Store, _: Call<Self>) -> Outcome<UsageReport> {
        Err(AdminError::internal().into())
    }
}
impl Work for EventsList {
    async fn work(_: &Store, _: Call<Self>) -> Outcome<Page<SecurityEvent>> {
        Err(AdminError::internal().into())
    }
}
