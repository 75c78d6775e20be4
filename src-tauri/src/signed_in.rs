//! Whether the server of an open connection still takes the token, and as whom: its operator may be removed, changed
//! or given another token while the window is open. Asks; closes nothing and enters no token.

use latchkey_connections::Admin;
use latchkey_core::operator::OperatorRef;
use latchkey_core::{AdminError, ErrorCode, Timestamp};

use crate::place::Place;
use crate::standing::Standing;
use crate::stores::Stores;

impl Stores {
    /// What the person is told of an error that `place` answered. A server that takes the token no more says no more
    /// than that, and the person reads why; one that forbids something may know the operator in another role now.
    pub async fn heed(&self, place: &Place<Admin>, error: AdminError) -> AdminError {
        let Admin::Remote(_) = &place.store else { return error };
        match error.code {
            ErrorCode::AuthFailed => {
                let now = self.clock.now();
                let words = match &*self.read() {
                    Standing::Open(opened) => signed_out(opened.operator(), now),
                    Standing::None | Standing::Opening(_) | Standing::Failed { .. } | Standing::Locked(_) => {
                        signed_out(None, now)
                    }
                };
                AdminError { message: words, ..error }.at_field("token")
            }
            ErrorCode::Forbidden => {
                self.look_again().await;
                error
            }
            _ => error,
        }
    }

    /// Asks the open server once more who it is and as whom it knows the token, and tells the window where that is
    /// something else now: another role, a token that has come near its end.
    pub async fn look_again(&self) {
        let (attempt, client) = match &*self.read() {
            Standing::Open(opened) => match &opened.admin {
                Admin::Remote(client) => (opened.attempt, client.clone()),
                Admin::Local(_) => return,
            },
            Standing::None | Standing::Opening(_) | Standing::Failed { .. } | Standing::Locked(_) => return,
        };
        // What is the matter with the line is said where it is used.
        let Ok(facts) = client.look().await else { return };
        {
            let mut standing = self.write();
            match &mut *standing {
                Standing::Open(opened) if opened.attempt == attempt => {
                    if opened.server.as_ref() == Some(&facts) {
                        return;
                    }
                    opened.server = Some(facts);
                }
                // Opened anew meanwhile, or left.
                Standing::Open(_)
                | Standing::None
                | Standing::Opening(_)
                | Standing::Failed { .. }
                | Standing::Locked(_) => return,
            }
        }
        self.announce();
    }
}

/// Why a token is taken no more, as far as it can be known.
fn signed_out(operator: Option<&OperatorRef>, now: Timestamp) -> String {
    let ended = operator.and_then(|operator| operator.expires_at).filter(|until| *until <= now);
    match ended {
        Some(until) => format!("Your admin token ended at {until}. Enter a new one to go on."),
        None => {
            "The server takes your admin token no more. Your operator was removed, or it was given another \
                 token. Enter the new one to go on."
                .to_owned()
        }
    }
}
