//! How the program ends: the exit codes of `interface.md`, which of them an error gets, and which an
//! answer that is a verdict gets. Prints nothing.

use std::any::Any;
use std::process::ExitCode;

use latchkey_core::ErrorCode;
use latchkey_core::operations::{AuditVerdict, Verification};

/// An exit code. Scripts depend on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; a key is valid; the audit is intact.
    Done,
    /// 1: failed; a key is refused; the audit is broken.
    Failed,
    /// 2: the command or one of its values is not acceptable.
    Usage,
    /// 3: what was named does not exist.
    NotFound,
    /// 4: may not be done.
    Denied,
    /// 5: the state does not allow it, or somebody else was first.
    Conflict,
    /// 6: the store cannot be reached or read, so nothing is known.
    CannotTell,
}

impl Exit {
    /// The number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Denied => 4,
            Self::Conflict => 5,
            Self::CannotTell => 6,
        }
    }

    /// What an error ends with. What a person can mend by calling differently is 2; what another
    /// state of the key would allow is 5. A full disk is 1: it is known that nothing was done. A
    /// busy store is 6: the same call may succeed in a moment.
    pub const fn of_error(code: ErrorCode) -> Self {
        match code {
            ErrorCode::Invalid
            | ErrorCode::UnknownField
            | ErrorCode::BadCursor
            | ErrorCode::ExpiresSoon
            | ErrorCode::PolicyLifetime
            | ErrorCode::PolicyGrace
            | ErrorCode::PolicyDenied
            | ErrorCode::IdempotencyKeyReused
            | ErrorCode::Unreadable
            | ErrorCode::CredentialInUrl
            | ErrorCode::CredentialsConflict
            | ErrorCode::TooLarge
            | ErrorCode::UnsupportedMedia
            | ErrorCode::MethodNotAllowed => Self::Usage,
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::Forbidden
            | ErrorCode::ReadOnly
            | ErrorCode::AuthFailed
            | ErrorCode::CredentialNeeded
            | ErrorCode::Keychain
            | ErrorCode::Locked => Self::Denied,
            ErrorCode::NameTaken
            | ErrorCode::Conflict
            | ErrorCode::RotationInGrace
            | ErrorCode::SecretUnconfirmed
            | ErrorCode::SecretLapsed
            | ErrorCode::NoSuchSecret
            | ErrorCode::KeyRevoked
            | ErrorCode::KeySuspended
            | ErrorCode::KeyExpired
            | ErrorCode::RoleInUse
            | ErrorCode::AlreadyMade
            | ErrorCode::LastAdmin => Self::Conflict,
            ErrorCode::Busy
            | ErrorCode::Unreachable
            | ErrorCode::StoreUnusable
            | ErrorCode::StoreEmpty
            | ErrorCode::SchemaOlder
            | ErrorCode::SchemaNewer
            | ErrorCode::TlsUntrusted
            | ErrorCode::TooSlow
            | ErrorCode::RateLimited
            | ErrorCode::VersionSkew => Self::CannotTell,
            ErrorCode::ClockWentBack
            | ErrorCode::StorageFull
            | ErrorCode::RevealGone
            | ErrorCode::Internal => Self::Failed,
        }
    }

    /// What an answer ends with: those that are a verdict say no with 1.
    pub fn of_answer(answer: &dyn Any) -> Self {
        let good = match (answer.downcast_ref::<Verification>(), answer.downcast_ref::<AuditVerdict>()) {
            (Some(verification), _) => verification.valid,
            (_, Some(verdict)) => verdict.intact,
            (None, None) => true,
        };
        if good { Self::Done } else { Self::Failed }
    }

    /// The first that is not `Done`.
    pub const fn or(self, later: Self) -> Self {
        match self {
            Self::Done => later,
            _ => self,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_end_with_the_documented_numbers() {
        for (code, number) in [
            (ErrorCode::Invalid, 2),
            (ErrorCode::PolicyGrace, 2),
            (ErrorCode::NotFound, 3),
            (ErrorCode::ReadOnly, 4),
            (ErrorCode::Conflict, 5),
            (ErrorCode::NameTaken, 5),
            (ErrorCode::RotationInGrace, 5),
            (ErrorCode::SecretUnconfirmed, 5),
            (ErrorCode::RoleInUse, 5),
            (ErrorCode::KeyRevoked, 5),
            (ErrorCode::Unreachable, 6),
            (ErrorCode::Busy, 6),
            (ErrorCode::StoreUnusable, 6),
            (ErrorCode::StorageFull, 1),
            (ErrorCode::Internal, 1),
        ] {
            assert_eq!(Exit::of_error(code).number(), number, "{code:?}");
        }
    }

    #[test]
    fn a_verdict_that_says_no_ends_with_one() {
        let verdict = |intact| AuditVerdict { intact, entries: 3, first_bad: None, head: String::new() };
        assert_eq!(Exit::of_answer(&verdict(true)), Exit::Done);
        assert_eq!(Exit::of_answer(&verdict(false)), Exit::Failed);
        assert_eq!(Exit::of_answer(&"anything else"), Exit::Done);
    }

    #[test]
    fn the_first_failure_of_several_counts() {
        assert_eq!(Exit::Done.or(Exit::NotFound).or(Exit::Conflict), Exit::NotFound);
    }
}
