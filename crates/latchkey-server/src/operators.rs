//! Who asks: an operator by its token, looked at for every request. Holds no rule about what they may do.

use std::net::IpAddr;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::request::Parts;
use latchkey_core::operator::{OperatorRef, OperatorRole};
use latchkey_core::verification::Outcome;
use latchkey_core::{AdminError, Caller, ErrorCode, PlaintextKey};
use latchkey_verify::credentials::{self, BadCredential, Ways, X_API_KEY};
use latchkey_verify::{Audience, Question, Verdict};

use crate::answer::Refusal;
use crate::server::{Peer, Server};
use crate::verify_api::cannot_tell;

/// An operator who was let in.
pub(crate) struct Admitted {
    /// As what they act.
    pub(crate) caller: Caller,
    /// What they showed, to be looked at again while they wait.
    token: PlaintextKey,
    /// From where.
    from: Option<IpAddr>,
}

/// Lets an operator in.
///
/// # Errors
/// `credential_needed`, `credentials_conflict`, `unreadable`; `auth_failed` for what is no operator's token or no
/// longer; `rate_limited` for an address that failed too often; `busy` where nobody can tell.
pub(crate) async fn admit(server: &Server, parts: &Parts, peer: Peer) -> Result<Admitted, Refusal> {
    let from = server.client_ip(&parts.headers, peer);
    let token = match token(parts) {
        // What cannot be a token counts as a wrong one does: against the address, and as an event.
        Err(error) if error.code == ErrorCode::AuthFailed => PlaintextKey::new(String::new()),
        read => read?,
    };
    let caller = look(server, &token, from).await?;
    Ok(Admitted { caller, token, from })
}

impl Admitted {
    /// Lets them in again where something changed just now, which may be this very operator.
    ///
    /// # Errors
    /// As [`admit`].
    pub(crate) async fn after_a_change(&mut self, server: &Server) -> Result<(), Refusal> {
        server.verifier.look().await.map_err(|why| cannot_tell(&why))?;
        self.again(server).await
    }

    /// Lets them in again, who waited: sessions end with the operator.
    ///
    /// # Errors
    /// As [`admit`].
    pub(crate) async fn again(&mut self, server: &Server) -> Result<(), Refusal> {
        self.caller = look(server, &self.token, self.from).await?;
        Ok(())
    }
}

async fn look(server: &Server, token: &PlaintextKey, from: Option<IpAddr>) -> Result<Caller, Refusal> {
    let question = Question { audience: Audience::Operators, ..Question::default() };
    let verdict = server.verifier.verify(token.expose(), &question, from).await;
    let verdict = verdict.map_err(|why| cannot_tell(&why))?;
    match (verdict.outcome, operator(&verdict)) {
        (Outcome::Valid, Some((operator, held))) => Ok(Caller::with_a_token(operator, held)),
        (Outcome::RateLimited, _) => {
            let words = "Too many attempts failed from this address. Try again later.";
            let left = verdict.retry_at.map_or(Duration::ZERO, |at| server.verifier.until(at));
            Err(Refusal::until(AdminError::new(ErrorCode::RateLimited, words), left))
        }
        (outcome, _) => {
            server.verifier.raise_operator_refused(from, outcome, verdict.entry.as_deref());
            let words =
                "This token is not accepted: it is not an operator's, or no longer. Ask for a new one.";
            Err(AdminError::new(ErrorCode::AuthFailed, words).into())
        }
    }
}

/// The operator whose token it is and what it holds; none for a damaged row.
fn operator(verdict: &Verdict) -> Option<(OperatorRef, latchkey_core::permission::Permissions)> {
    let entry = verdict.entry.as_ref()?;
    let role = OperatorRole::of_permissions(&entry.permissions)?;
    let ends = [entry.key.expires_at, entry.secret.not_after].into_iter().flatten().min();
    let operator = OperatorRef { id: entry.key.id, name: entry.key.name.clone(), role, expires_at: ends };
    Some((operator, entry.permissions.clone()))
}

/// The token that was shown: `Authorization: Bearer TOKEN`, once, and no other credential beside it.
fn token(parts: &Parts) -> Result<PlaintextKey, AdminError> {
    let headers = &parts.headers;
    let read = if headers.contains_key(AUTHORIZATION) && headers.contains_key(X_API_KEY) {
        Err(BadCredential::Conflict)
    } else {
        credentials::read(headers, Ways::BEARER)
    };
    match read {
        Ok(token) => Ok(PlaintextKey::new(token.expose().to_owned())),
        Err(BadCredential::Missing) => {
            let words = "Send an operator's token: Authorization: Bearer TOKEN.";
            Err(AdminError::new(ErrorCode::CredentialNeeded, words).at_field("token"))
        }
        Err(bad) => Err(AdminError::new(bad.code(), bad.to_string())),
    }
}
