//! What a client is told where its key does not open, in Latchkey's own words: an error of the one shape, from which the
//! status follows. Shared by the server and the layer; profiles that speak otherwise are the server's.

use std::borrow::Cow;

use latchkey_core::permission::Permission;
use latchkey_core::verification::Outcome;
use latchkey_core::{AdminError, ErrorCode};

use crate::credentials::BadCredential;
use crate::question::{CannotTell, Question, Verdict};

/// The error of a verification that was asked `question` and did not end well.
#[must_use]
pub fn of_verdict(verdict: &Verdict, question: &Question) -> AdminError {
    AdminError::new(code(verdict.outcome), words(verdict.outcome, &needed(verdict, question)))
}

/// What programs match. A key of another tenant is as unknown as any.
#[must_use]
pub const fn code(outcome: Outcome) -> ErrorCode {
    match outcome {
        // Nothing is refused; whoever asks nevertheless is at fault.
        Outcome::Valid => ErrorCode::Internal,
        Outcome::Malformed
        | Outcome::NotFound
        | Outcome::WrongTenant
        | Outcome::Revoked
        | Outcome::Suspended
        | Outcome::Expired
        | Outcome::Retired => ErrorCode::AuthFailed,
        Outcome::WrongEnvironment | Outcome::IpDenied | Outcome::InsufficientPermissions => {
            ErrorCode::Forbidden
        }
        Outcome::RateLimited => ErrorCode::RateLimited,
    }
}

/// What a person reads; `needed` is what the key does not hold, where that is the cause.
#[must_use]
pub fn words(outcome: Outcome, needed: &str) -> Cow<'static, str> {
    Cow::Borrowed(match outcome {
        Outcome::Valid => "This key is good.",
        Outcome::Malformed => "This is not a key: it was cut or mistyped.",
        Outcome::NotFound | Outcome::WrongTenant => "This key is not known here.",
        Outcome::Revoked => "This key is revoked.",
        Outcome::Suspended => "This key is suspended.",
        Outcome::Expired => "This key has expired.",
        Outcome::Retired => "This key was replaced by a newer one.",
        Outcome::WrongEnvironment => "This key is for another environment.",
        Outcome::IpDenied => "This key may not be used from this address.",
        Outcome::InsufficientPermissions => {
            return Cow::Owned(format!("This key does not hold {needed}."));
        }
        Outcome::RateLimited => "Too many requests. Try again later.",
    })
}

/// The permissions that were asked for and are not held, where that is the cause: the first of those that all must be,
/// else those of which one.
#[must_use]
pub fn needed(verdict: &Verdict, question: &Question) -> String {
    let (Outcome::InsufficientPermissions, Some(entry)) = (verdict.outcome, &verdict.entry) else {
        return String::new();
    };
    let dialect = entry.profile.dialect();
    let requirement = &question.requirement;
    match requirement.all.iter().find(|wanted| !entry.permissions.cover(wanted, dialect)) {
        Some(first) => first.to_string(),
        None => requirement.any.iter().map(Permission::as_str).collect::<Vec<_>>().join(" or "),
    }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use latchkey_core::permission::{Permissions, Requirement};

    use super::*;
    use crate::samples::entry;

    #[test]
    fn who_lacks_a_permission_is_told_which() {
        let permission = |text: &str| text.parse::<Permission>().unwrap();
        let mut entry = entry();
        entry.permissions = Permissions::from(vec![permission("posts:read")]);
        let verdict = Verdict {
            outcome: Outcome::InsufficientPermissions,
            entry: Some(Arc::new(entry)),
            rate_limit: None,
            retry_at: None,
        };
        for (all, any, lacking) in [
            (&["posts:read", "posts:write", "users:read"][..], &[][..], "posts:write"),
            (&["posts:read"], &["a:b", "c:d"], "a:b or c:d"),
        ] {
            let [all, any] = [all, any].map(|texts| texts.iter().map(|text| permission(text)).collect());
            let question = Question { requirement: Requirement { all, any }, ..Question::default() };
            let error = of_verdict(&verdict, &question);
            assert_eq!(error.message, format!("This key does not hold {lacking}."));
            assert_eq!(error.code, ErrorCode::Forbidden);
        }
    }

    #[test]
    fn every_refusal_has_words_of_its_own_but_what_must_look_alike() {
        let mut said: Vec<_> = Outcome::ALL.iter().map(|outcome| words(*outcome, "a:b")).collect();
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), Outcome::ALL.len() - 1, "another tenant's key is as unknown as any");
        assert_eq!(code(Outcome::WrongTenant), code(Outcome::NotFound));
    }
}
