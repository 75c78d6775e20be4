//! How a server that runs is told to stop or to read its certificate again: by signals where the system has them,
//! by Ctrl+C elsewhere. Knows nothing of the server.

use latchkey_core::{AdminError, ErrorCode};

/// What a server is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Stop, gracefully.
    Stop,
    /// Read the certificate again.
    Reload,
}

/// The signals that are heeded.
#[cfg(unix)]
pub struct Signals {
    stop: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    reload: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Catches them from now on.
    ///
    /// # Errors
    /// `internal`: the system gives none.
    pub fn catch() -> Result<Self, AdminError> {
        use tokio::signal::unix::{SignalKind, signal};
        let catch = |kind| signal(kind).map_err(|error| no_signals(&error));
        Ok(Self {
            stop: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            reload: catch(SignalKind::hangup())?,
        })
    }

    /// Waits for the next.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.stop.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.reload.recv() => Told::Reload,
        }
    }
}

/// Ctrl+C, which is all that there is.
#[cfg(windows)]
pub struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// Catches it from now on.
    ///
    /// # Errors
    /// `internal`: the system gives none.
    pub fn catch() -> Result<Self, AdminError> {
        tokio::signal::windows::ctrl_c().map(Self).map_err(|error| no_signals(&error))
    }

    /// Waits for the next.
    pub async fn next(&mut self) -> Told {
        self.0.recv().await;
        Told::Stop
    }
}

fn no_signals(error: &std::io::Error) -> AdminError {
    AdminError::new(ErrorCode::Internal, format!("This computer gives no signals: {error}."))
}
