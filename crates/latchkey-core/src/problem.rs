//! How an error travels over HTTP: RFC 9457 problem details with our fields beside. Written by the server and
//! read by the client, so both agree. Holds no header and no connection.

use serde::{Deserialize, Serialize};

use crate::error::{AdminError, ErrorCode};
use crate::id::RequestId;
use crate::time::Timestamp;

/// The media type of the body.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The body of every error of the admin API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Problem {
    /// Names the kind of problem as a URI; `about:blank` where the code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status's own words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do, for a person.
    pub detail: String,
    /// What programs match.
    pub code: ErrorCode,
    /// The request's field that is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The request that failed, for finding it in logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// Who made the change that stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The version that stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        let (status, title) = status(error.code);
        Self {
            kind: "about:blank".to_owned(),
            title: title.to_owned(),
            status,
            detail: error.message,
            code: error.code,
            field: error.field,
            request_id: error.request_id,
            by: error.by,
            at: error.at,
            version: error.version,
        }
    }
}

impl From<Problem> for AdminError {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code,
            message: problem.detail,
            field: problem.field,
            request_id: problem.request_id,
            by: problem.by,
            at: problem.at,
            version: problem.version,
        }
    }
}

/// The status of each code, and the words RFC 9110 has for it. What cannot be told is 503, never 401: nobody
/// throws a good key away because a database was down.
#[must_use]
pub const fn status(code: ErrorCode) -> (u16, &'static str) {
    use ErrorCode as Code;
    match code {
        Code::BadCursor | Code::Unreadable | Code::CredentialInUrl | Code::CredentialsConflict => {
            (400, "Bad Request")
        }
        Code::AuthFailed | Code::CredentialNeeded => (401, "Unauthorized"),
        Code::Forbidden | Code::ReadOnly => (403, "Forbidden"),
        Code::NotFound => (404, "Not Found"),
        Code::MethodNotAllowed => (405, "Method Not Allowed"),
        Code::TooSlow => (408, "Request Timeout"),
        Code::NameTaken
        | Code::Conflict
        | Code::RotationInGrace
        | Code::SecretUnconfirmed
        | Code::SecretLapsed
        | Code::NoSuchSecret
        | Code::KeyRevoked
        | Code::KeySuspended
        | Code::KeyExpired
        | Code::RoleInUse
        | Code::AlreadyMade
        | Code::LastAdmin => (409, "Conflict"),
        Code::TooLarge => (413, "Content Too Large"),
        Code::UnsupportedMedia => (415, "Unsupported Media Type"),
        Code::Invalid
        | Code::UnknownField
        | Code::ExpiresSoon
        | Code::PolicyLifetime
        | Code::PolicyGrace
        | Code::PolicyDenied
        | Code::IdempotencyKeyReused => (422, "Unprocessable Content"),
        Code::RateLimited => (429, "Too Many Requests"),
        Code::ClockWentBack
        | Code::Busy
        | Code::Unreachable
        | Code::StoreUnusable
        | Code::StoreEmpty
        | Code::SchemaOlder
        | Code::SchemaNewer
        | Code::TlsUntrusted
        | Code::Keychain
        | Code::Locked
        | Code::StorageFull
        | Code::VersionSkew => (503, "Service Unavailable"),
        Code::RevealGone | Code::Internal => (500, "Internal Server Error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_back_as_it_was() {
        let at = Timestamp::from_millis(1_795_262_400_000);
        let error = AdminError::conflict("key", "dana".to_owned(), at, 7).at_field("version");
        let json = serde_json::to_string(&Problem::from(error.clone())).unwrap();
        assert!(json.contains(r#""status":409"#), "{json}");
        assert_eq!(AdminError::from(serde_json::from_str::<Problem>(&json).unwrap()), error);
    }
}
