//! The one error shape of every operation and every transport: `{code, message, field?, …}`.
//! Consumers match `code`, never the text. Holds no transport's status codes or exit codes.

use serde::{Deserialize, Serialize};

use crate::id::RequestId;
use crate::time::Timestamp;

/// What went wrong, for programs. The words are part of the interface: never rename one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum ErrorCode {
    /// A field is not acceptable; `field` names it.
    Invalid,
    /// The request has a field that the operation does not know.
    UnknownField,
    /// The cursor was not made by this list.
    BadCursor,
    /// No such tenant, role or key, or the caller may not see it.
    NotFound,
    /// The name or slug is in use.
    NameTaken,
    /// Somebody else changed it first; `by`, `at` and `version` say who, when and what stands now.
    Conflict,
    /// A rotation is under way: an old secret still works.
    RotationInGrace,
    /// A new secret waits to be saved; confirm or remint it.
    SecretUnconfirmed,
    /// The secret that was minted lapsed before it was confirmed; remint it.
    SecretLapsed,
    /// There is no secret in the state that the operation needs.
    NoSuchSecret,
    /// The key is revoked.
    KeyRevoked,
    /// The key or its tenant is suspended.
    KeySuspended,
    /// The key's expiry has passed; rotate it with a new one.
    KeyExpired,
    /// The key expires before the rotation would be of use; say which expiry is wanted.
    ExpiresSoon,
    /// The tenant's policy sets a shorter life.
    PolicyLifetime,
    /// The tenant's policy sets a shorter grace period.
    PolicyGrace,
    /// The tenant's policy asks for something else (environment, IP list, reactivation).
    PolicyDenied,
    /// The role is used by keys; the message says by how many.
    RoleInUse,
    /// The caller does not hold what the operation needs.
    Forbidden,
    /// The connection allows no change.
    ReadOnly,
    /// The idempotency key came with another request before.
    IdempotencyKeyReused,
    /// The computer's clock stands before the last change.
    ClockWentBack,
    /// The database is busy; the same call may succeed in a moment.
    Busy,
    /// The store cannot be reached, so nothing is known.
    Unreachable,
    /// The store cannot be opened; the message says why and what to do.
    StoreUnusable,
    /// The database is empty: it can be set up as a store.
    StoreEmpty,
    /// The store is of an older Latchkey: it can be migrated.
    SchemaOlder,
    /// The store is of a newer Latchkey: this program must be updated.
    SchemaNewer,
    /// The user name, password or token was not accepted.
    AuthFailed,
    /// The server's certificate is not trusted, or it does not encrypt although it must.
    TlsUntrusted,
    /// A password, token or passphrase is needed and was not given; `field` says which.
    CredentialNeeded,
    /// The system keychain does not give what it should; the message says in which state it is.
    Keychain,
    /// The window is locked.
    Locked,
    /// The request cannot be read: not JSON, a field twice, too deep, a header that makes no sense.
    Unreadable,
    /// A credential stands in the address, where logs and histories keep it.
    CredentialInUrl,
    /// More than one credential came with the request.
    CredentialsConflict,
    /// The request is larger than is accepted.
    TooLarge,
    /// The request did not come in time.
    TooSlow,
    /// The body is not of the type that is asked for.
    UnsupportedMedia,
    /// The address knows another method.
    MethodNotAllowed,
    /// Too many requests or failures; try again when it says.
    RateLimited,
    /// The last operator who may administer operators cannot be removed or made less.
    LastAdmin,
    /// The server speaks another version of the admin API than this program.
    VersionSkew,
    /// This very change, by its idempotency key, was made before; it was not made again.
    AlreadyMade,
    /// The disk is full.
    StorageFull,
    /// The handle of a revealed secret is not (or no longer) known.
    RevealGone,
    /// Something went wrong in Latchkey.
    Internal,
}

impl ErrorCode {
    /// Its word, as it travels: in JSON, in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::UnknownField => "unknown_field",
            Self::BadCursor => "bad_cursor",
            Self::NotFound => "not_found",
            Self::NameTaken => "name_taken",
            Self::Conflict => "conflict",
            Self::RotationInGrace => "rotation_in_grace",
            Self::SecretUnconfirmed => "secret_unconfirmed",
            Self::SecretLapsed => "secret_lapsed",
            Self::NoSuchSecret => "no_such_secret",
            Self::KeyRevoked => "key_revoked",
            Self::KeySuspended => "key_suspended",
            Self::KeyExpired => "key_expired",
            Self::ExpiresSoon => "expires_soon",
            Self::PolicyLifetime => "policy_lifetime",
            Self::PolicyGrace => "policy_grace",
            Self::PolicyDenied => "policy_denied",
            Self::RoleInUse => "role_in_use",
            Self::Forbidden => "forbidden",
            Self::ReadOnly => "read_only",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::ClockWentBack => "clock_went_back",
            Self::Busy => "busy",
            Self::Unreachable => "unreachable",
            Self::StoreUnusable => "store_unusable",
            Self::StoreEmpty => "store_empty",
            Self::SchemaOlder => "schema_older",
            Self::SchemaNewer => "schema_newer",
            Self::AuthFailed => "auth_failed",
            Self::TlsUntrusted => "tls_untrusted",
            Self::CredentialNeeded => "credential_needed",
            Self::Keychain => "keychain",
            Self::Locked => "locked",
            Self::Unreadable => "unreadable",
            Self::CredentialInUrl => "credential_in_url",
            Self::CredentialsConflict => "credentials_conflict",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::UnsupportedMedia => "unsupported_media",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::RateLimited => "rate_limited",
            Self::LastAdmin => "last_admin",
            Self::VersionSkew => "version_skew",
            Self::AlreadyMade => "already_made",
            Self::StorageFull => "storage_full",
            Self::RevealGone => "reveal_gone",
            Self::Internal => "internal",
        }
    }
}

/// Why an operation was not done, in the shape every transport passes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AdminError {
    /// What programs match.
    pub code: ErrorCode,
    /// What a person reads: what happened and what to do.
    pub message: String,
    /// The request's field that is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub field: Option<String>,
    /// The request that failed, for finding it in logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub request_id: Option<RequestId>,
    /// Who made the change that stands (on conflicts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub by: Option<String>,
    /// When that change was made (on conflicts and on what was made already).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub at: Option<Timestamp>,
    /// The version that stands now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional, type = "number"))]
    pub version: Option<i64>,
}

impl AdminError {
    /// An error of `code` with the words a person reads.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            request_id: None,
            by: None,
            at: None,
            version: None,
        }
    }

    /// A field that is not acceptable, and why.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Invalid, message).at_field(field)
    }

    /// This very change was made before, at `at`.
    #[must_use]
    pub fn already_made(at: Timestamp) -> Self {
        let words = format!("This change was made already, at {at}. Reload to see it.");
        Self { at: Some(at), ..Self::new(ErrorCode::AlreadyMade, words) }
    }

    /// Nothing there, said the same for what is foreign and what does not exist.
    #[must_use]
    pub fn not_found(noun: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("This {noun} does not exist, or you may not see it."))
    }

    /// A fault of Latchkey's own. The cause belongs into the log, not here.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(ErrorCode::Internal, "Something went wrong in Latchkey. Copy the details and report it.")
    }

    /// Somebody else was first.
    #[must_use]
    pub fn conflict(noun: &str, by: String, at: Timestamp, version: i64) -> Self {
        Self::new(
            ErrorCode::Conflict,
            format!("{by} changed this {noun} at {at}. Reload to see it, then try again."),
        )
        .standing(by, at, version)
    }

    /// Refuses a change that names another version than the one that stands: `asked` is absent where
    /// the caller does not mind.
    ///
    /// # Errors
    /// `conflict` with who made the standing version and when.
    pub fn check_version(
        noun: &str,
        asked: Option<i64>,
        standing: i64,
        by: &str,
        at: Timestamp,
    ) -> Result<(), Self> {
        match asked {
            Some(version) if version != standing => Err(Self::conflict(noun, by.to_owned(), at, standing)),
            Some(_) | None => Ok(()),
        }
    }

    /// The same error with who made the standing change, when, and its version.
    #[must_use]
    pub fn standing(mut self, by: String, at: Timestamp, version: i64) -> Self {
        self.by = Some(by);
        self.at = Some(at);
        self.version = Some(version);
        self
    }

    /// The same error at a field.
    #[must_use]
    pub fn at_field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// The same error with the request it belongs to.
    #[must_use]
    pub fn of_request(mut self, request_id: RequestId) -> Self {
        self.request_id = Some(request_id);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_the_word_by_which_it_travels() {
        // Whoever asks for a code that is none is told all of them.
        let refused = serde_json::from_str::<ErrorCode>("\"?\"").unwrap_err().to_string();
        let words: Vec<&str> = refused.split('`').skip(3).step_by(2).collect();
        assert!(words.len() > 40, "{refused}");
        for word in words {
            let code: ErrorCode = serde_json::from_value(word.into()).unwrap();
            assert_eq!(code.word(), word);
        }
    }
}
