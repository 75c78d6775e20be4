//! The clock of the program and the operating system's wish that it ends. In `e2e` builds the clock can be set
//! ahead, so that a test need not wait a quarter of an hour. Holds nothing else.

use std::sync::Arc;

use latchkey_core::{Clock, SystemClock};

/// The clock everything is handed.
pub fn clock() -> Arc<dyn Clock> {
    #[cfg(feature = "e2e")]
    if let Some(by) = std::env::var("LATCHKEY_CLOCK_AHEAD").ok().and_then(|text| text.parse().ok()) {
        return Arc::new(Ahead(by));
    }
    Arc::new(SystemClock)
}

/// The computer's clock, set ahead.
#[cfg(feature = "e2e")]
struct Ahead(latchkey_core::Span);

#[cfg(feature = "e2e")]
impl Clock for Ahead {
    fn now(&self) -> latchkey_core::Timestamp {
        SystemClock.now().plus(self.0)
    }
}

/// Waits until the operating system wants the program to end; false where that cannot be heard.
pub async fn told_to_end() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = kinds.map(signal) else { return false };
        tokio::select! {
            _ = terminate.recv() => true,
            _ = interrupt.recv() => true,
            _ = hangup.recv() => true,
        }
    }
    #[cfg(not(unix))]
    {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
