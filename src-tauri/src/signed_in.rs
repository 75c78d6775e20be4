//! Whether the server of an open connection still takes the token, and as whom: its operator may be removed, changed
//! or given another token while the window is open. Asks; enters no token.

use latchkey_connections::Admin;
use latchkey_core::operator::OperatorRef;
use latchkey_core::{AdminError, ErrorCode, Timestamp};

use crate::leaving::close_behind;
use crate::place::Place;
use crate::standing::Standing;
use crate::stores::Stores;

impl Stores {
    /// Looks at the server again where what `place` answered says that it knows the token no more, or as somebody
    /// else: the person is then signed out, or told as whom they are known now.
    pub async fn heed(&self, place: &Place<Admin>, error: &AdminError) {
        if let (ErrorCode::AuthFailed | ErrorCode::Forbidden, Admin::Remote(_)) = (error.code, &place.store) {
            self.look_again().await;
        }
    }

    /// Asks the open server as whom it knows the token. The one that stands is asked, so that the late refusal of a
    /// token that was replaced signs nobody out.
    pub async fn look_again(&self) {
        let (attempt, client) = match &*self.read() {
            Standing::Open(opened) => match &opened.admin {
                Admin::Remote(client) => (opened.attempt, client.clone()),
                Admin::Local(_) => return,
            },
            Standing::None | Standing::Opening(_) | Standing::Failed { .. } | Standing::Locked(_) => return,
        };
        let looked = client.look().await;
        let mut standing = self.write();
        let Standing::Open(opened) = &mut *standing else { return };
        if opened.attempt != attempt {
            return;
        }
        match looked {
            Ok(facts) => {
                let changed = opened.server.as_ref() != Some(&facts);
                opened.server = Some(facts);
                drop(standing);
                if changed {
                    self.announce();
                }
            }
            Err(error) if error.code == ErrorCode::AuthFailed => {
                // A key that waits to be saved stays on the screen; the next call comes here again.
                if (self.around.leave)().is_err() {
                    return;
                }
                let error = signed_out(error, opened.operator(), self.clock.now());
                let at = opened.at.clone();
                tracing::warn!("signed out: the server takes the token no more");
                let next = Standing::Failed { at, error, signed_out: true };
                let old = std::mem::replace(&mut *standing, next);
                drop(standing);
                close_behind(old);
                self.announce();
            }
            // Nothing is known: the window says what is the matter with the line.
            Err(_) => {}
        }
    }
}

/// The refusal with the reason, as far as it can be known: a server says no more than that it refuses.
fn signed_out(error: AdminError, operator: Option<&OperatorRef>, now: Timestamp) -> AdminError {
    let ended = operator.and_then(|operator| operator.expires_at).filter(|until| *until <= now);
    let words = match ended {
        Some(until) => format!("Your admin token ended at {until}. Enter a new one to go on."),
        None => {
            "The server takes your admin token no more: your operator was removed, or it was given another \
                 token. Enter the new one to go on."
                .to_owned()
        }
    };
    AdminError { message: words, ..error }.at_field("token")
}
