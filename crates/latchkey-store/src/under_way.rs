//! The calls with an idempotency key that this process has not carried to their end. One that nobody waits for
//! any more may still be made: whether it was is not said before it has ended. Knows no SQL.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_core::Call;
use latchkey_core::operation::Operation;
use tokio::sync::Notify;

use crate::idempotency::whose;

/// The calls that are under way, by whose they are and idempotency key. A repeated call stands here twice.
#[derive(Default)]
pub(crate) struct UnderWay {
    calls: Mutex<Vec<(String, String)>>,
    ended: Notify,
}

/// One of them, until it is dropped.
pub(crate) struct Carried {
    among: Arc<UnderWay>,
    call: (String, String),
}

impl UnderWay {
    /// Notes a call that is about to be made, where it has an idempotency key.
    pub(crate) fn begin<O: Operation>(self: &Arc<Self>, call: &Call<O>) -> Option<Carried> {
        let name = call.idempotency_key.as_ref()?;
        let call = (whose(&call.caller), name.to_string());
        self.calls().push(call.clone());
        Some(Carried { among: Arc::clone(self), call })
    }

    /// Waits until the calls of this name that are theirs have ended.
    pub(crate) async fn ended(&self, whose: &str, name: &str) {
        loop {
            // Asked for before looking, so that an end in between is not missed.
            let ended = self.ended.notified();
            if !self.calls().iter().any(|call| call.0 == whose && call.1 == name) {
                return;
            }
            ended.await;
        }
    }

    #[cfg(test)]
    pub(crate) fn has_calls(&self) -> bool {
        !self.calls().is_empty()
    }

    fn calls(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        let mut calls = self.among.calls();
        if let Some(place) = calls.iter().position(|call| *call == self.call) {
            calls.swap_remove(place);
        }
        drop(calls);
        self.among.ended.notify_waiters();
    }
}
