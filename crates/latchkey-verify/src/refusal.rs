//! What a client is told where its key does not open, in Latchkey's own words: an error of the one shape, from which the
//! status follows. Profiles that speak otherwise are the server's.

use latchkey_core::permission::Permission;
use latchkey_core::verification::Outcome;
use latchkey_core::{AdminError, ErrorCode};

use crate::credentials::BadCredential;
use crate::question::{CannotTell, Question};

/// The error of a verification that was asked `question` and ended so. A key of another tenant is as unknown as any.
#[must_use]
pub fn of_outcome(outcome: Outcome, question: &Question) -> AdminError {
    let (code, words) = match outcome {
        // Nothing is refused; whoever asks nevertheless is at fault.
        Outcome::Valid => return AdminError::internal(),
        Outcome::Malformed => (ErrorCode::AuthFailed, "This is not a key: it was cut or mistyped."),
        Outcome::NotFound | Outcome::WrongTenant => (ErrorCode::AuthFailed, "This key is not known here."),
        Outcome::Revoked => (ErrorCode::AuthFailed, "This key is revoked."),
        Outcome::Suspended => (ErrorCode::AuthFailed, "This key is suspended."),
        Outcome::Expired => (ErrorCode::AuthFailed, "This key has expired."),
        Outcome::Retired => (ErrorCode::AuthFailed, "This key was replaced by a newer one."),
        Outcome::WrongEnvironment => (ErrorCode::Forbidden, "This key is for another environment."),
        Outcome::IpDenied => (ErrorCode::Forbidden, "This key may not be used from this address."),
        Outcome::InsufficientPermissions => {
            let asked = &question.requirement;
            let needed: Vec<&str> = asked.all.iter().chain(&asked.any).map(Permission::as_str).collect();
            let words = format!("This key does not hold what is needed here: {}.", needed.join(", "));
            return AdminError::new(ErrorCode::Forbidden, words);
        }
        Outcome::RateLimited => (ErrorCode::RateLimited, "Too many requests. Try again later."),
    };
    AdminError::new(code, words)
}

impl From<BadCredential> for AdminError {
    fn from(bad: BadCredential) -> Self {
        Self::new(bad.code(), bad.to_string())
    }
}

impl From<CannotTell> for AdminError {
    fn from(untold: CannotTell) -> Self {
        Self::new(ErrorCode::Unreachable, untold.why)
    }
}
