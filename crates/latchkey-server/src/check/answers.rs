//! What each profile answers where a key does not open: status, words and shape, to the letter of the systems they
//! come from (a profile whose system shows no words has ours). Decides nothing and knows no request.

use std::fmt::Write as _;

use http::StatusCode;
use latchkey_core::error::{AdminError, ErrorCode};
use latchkey_core::id::RequestId;
use latchkey_core::problem::{PROBLEM_JSON, Problem};
use latchkey_core::profile::Profile;
use latchkey_core::verification::Outcome;
use latchkey_verify::refusal as ours;
use serde::Serialize;

/// Why a request is not let through.
pub(crate) enum Cause {
    /// It carries no key.
    Missing,
    /// It carries one, which does not open.
    Refused {
        /// The true cause.
        outcome: Outcome,
        /// The permissions that are missing, where that is the cause.
        needed: String,
        /// In how many seconds to try again, where that is of use.
        retry_after: Option<i64>,
    },
    /// Nobody can say whether its key is good.
    CannotTell {
        /// In how many seconds to try again.
        retry_after: i64,
    },
    /// It cannot be read, or carries more than one key, or one where none may be.
    Bad(AdminError),
}

/// What a client is told.
pub(crate) struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The media type of the body.
    pub media_type: &'static str,
    /// The body: JSON in one line.
    pub body: String,
    /// What kind of credential would be accepted, with a 401.
    pub challenge: Option<&'static str>,
    /// In how many seconds to try again.
    pub retry_after: Option<i64>,
}

impl Cause {
    /// The true cause in a word, for the proxy and its administrator; never for the client.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Refused { outcome, .. } => outcome.word(),
            Self::CannotTell { .. } => "cannot_tell",
            Self::Bad(_) => "bad_request",
        }
    }

    /// In how many seconds to try again.
    pub(crate) fn retry_after(&self) -> Option<i64> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            Self::CannotTell { retry_after } => Some(*retry_after),
            Self::Missing | Self::Bad(_) => None,
        }
    }
}

/// How much of the cause whoever holds the key is told. A key of another tenant is as unknown as any that never was,
/// but where the system says otherwise; one system tells no invalid key from an expired one.
pub(crate) fn told(profile: Profile, outcome: Outcome) -> Outcome {
    match (profile, outcome) {
        (Profile::DjangoTenant, Outcome::WrongTenant) => Outcome::WrongTenant,
        (_, Outcome::WrongTenant)
        | (
            Profile::FuntimePartner,
            Outcome::Malformed | Outcome::Revoked | Outcome::Suspended | Outcome::Expired | Outcome::Retired,
        ) => Outcome::NotFound,
        (_, outcome) => outcome,
    }
}

/// What a client of this profile's services is told.
pub(crate) fn refusal(profile: Profile, cause: &Cause, request_id: RequestId) -> Refusal {
    let (status, code) = status(profile, cause);
    let body = match profile {
        Profile::Latchkey => problem(cause, code, words(profile, cause), request_id),
        Profile::DjangoTenant | Profile::Ticket003 => json(&Detail { detail: words(profile, cause) }),
        Profile::FuntimePartner => json(&Message { message: words(profile, cause) }),
        Profile::CorePhp => {
            json(&PhpError { error: words(profile, cause), required_scope: required_scope(cause) })
        }
        Profile::Chatapi => json(&ChatError {
            detail: words(profile, cause),
            error_code: chat_code(cause),
            status_code: status.as_u16(),
        }),
    };
    let media_type = if profile == Profile::Latchkey { PROBLEM_JSON } else { "application/json" };
    let challenge = (status == StatusCode::UNAUTHORIZED).then(|| challenge(profile));
    Refusal { status, media_type, body: in_ascii(&body), challenge, retry_after: cause.retry_after() }
}

/// The statuses are the same in every system; so is the code that the profile `latchkey` shows.
fn status(profile: Profile, cause: &Cause) -> (StatusCode, ErrorCode) {
    let code = match cause {
        Cause::Missing => ErrorCode::CredentialNeeded,
        Cause::CannotTell { .. } => ErrorCode::Unreachable,
        Cause::Bad(error) => error.code,
        Cause::Refused { outcome, .. } => {
            let outcome = told(profile, *outcome);
            // Who is told that it is another tenant's is not told that it is unknown.
            if outcome == Outcome::WrongTenant { ErrorCode::Forbidden } else { ours::code(outcome) }
        }
    };
    let (status, _) = latchkey_core::problem::status(code);
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), code)
}

/// Browsers are never asked for a password: `Basic` is read where a system takes it, and offered nowhere.
const fn challenge(profile: Profile) -> &'static str {
    match profile {
        Profile::Latchkey | Profile::DjangoTenant | Profile::CorePhp | Profile::Chatapi => {
            "Bearer realm=\"api\""
        }
        Profile::FuntimePartner | Profile::Ticket003 => "ApiKey realm=\"api\"",
    }
}

/// The words for a person, in each system's own voice.
fn words(profile: Profile, cause: &Cause) -> String {
    match cause {
        Cause::Bad(error) => error.message.clone(),
        Cause::CannotTell { .. } => {
            "Whether this key is good cannot be told right now. Try again in a moment.".to_owned()
        }
        Cause::Missing => match profile {
            Profile::Latchkey => "Send a key, as Authorization: Bearer KEY or as X-Api-Key: KEY.",
            Profile::DjangoTenant => "Wrong format: Missing \"Bearer \" prefix in Authorization header",
            Profile::FuntimePartner => {
                "Authentication required. Provide X-Api-Key header or valid JWT Bearer token."
            }
            Profile::Ticket003 => "Not authenticated",
            Profile::CorePhp => "API key required",
            Profile::Chatapi => "Authentication required",
        }
        .to_owned(),
        Cause::Refused { outcome, needed, .. } => {
            let outcome = told(profile, *outcome);
            match profile {
                Profile::Latchkey => ours::words(outcome, needed).into_owned(),
                Profile::DjangoTenant => django(outcome).to_owned(),
                Profile::FuntimePartner => funtime(outcome, needed),
                Profile::Ticket003 => ticket(outcome).to_owned(),
                Profile::CorePhp => core_php(outcome).to_owned(),
                Profile::Chatapi => chatapi(outcome).to_owned(),
            }
        }
    }
}

/// The causes as the guide of that system lists them.
const fn django(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Valid => "Valid key",
        Outcome::Malformed | Outcome::NotFound => "Invalid key: The API key is incorrect or has a typo",
        Outcome::Revoked | Outcome::Suspended | Outcome::Retired => "Inactive key: The key has been revoked",
        Outcome::Expired => "Expired key: The key has passed its expiration date",
        Outcome::WrongTenant => "Wrong tenant: The resource belongs to a different tenant",
        Outcome::WrongEnvironment => "Wrong environment: The key is for another environment",
        Outcome::IpDenied => "IP not allowed: The key may not be used from this address",
        Outcome::InsufficientPermissions => {
            "Insufficient permissions: The API key's role doesn't have required permission"
        }
        Outcome::RateLimited => "Too Many Requests",
    }
}

fn funtime(outcome: Outcome, needed: &str) -> String {
    match outcome {
        Outcome::Valid => "Valid API key.",
        Outcome::Malformed
        | Outcome::NotFound
        | Outcome::WrongTenant
        | Outcome::Revoked
        | Outcome::Suspended
        | Outcome::Expired
        | Outcome::Retired => "Invalid or expired API key.",
        Outcome::WrongEnvironment => "Access denied for this environment.",
        Outcome::IpDenied => "Access denied from this IP address.",
        Outcome::InsufficientPermissions => {
            return format!("This API key does not have the required scope: {needed}");
        }
        Outcome::RateLimited => "Too many requests.",
    }
    .to_owned()
}

const fn ticket(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Valid => "Valid API key",
        Outcome::Malformed | Outcome::NotFound | Outcome::WrongTenant => "Invalid API key",
        Outcome::Revoked | Outcome::Suspended | Outcome::Retired => "API key is revoked",
        Outcome::Expired => "API key has expired",
        Outcome::WrongEnvironment => "API key is for another environment",
        Outcome::IpDenied => "API key may not be used from this address",
        Outcome::InsufficientPermissions => "Insufficient permissions",
        Outcome::RateLimited => "Too many requests",
    }
}

const fn core_php(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Valid => "API key valid",
        Outcome::Malformed | Outcome::NotFound | Outcome::WrongTenant => "Invalid API key",
        Outcome::Revoked | Outcome::Suspended | Outcome::Retired => "API key revoked",
        Outcome::Expired => "API key expired",
        Outcome::WrongEnvironment => "API key is for another environment",
        Outcome::IpDenied => "API key may not be used from this address",
        Outcome::InsufficientPermissions => "Insufficient permissions",
        Outcome::RateLimited => "Too many requests",
    }
}

const fn chatapi(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Valid => "Valid authentication credentials",
        Outcome::Malformed
        | Outcome::NotFound
        | Outcome::WrongTenant
        | Outcome::Revoked
        | Outcome::Suspended
        | Outcome::Retired => "Invalid authentication credentials",
        Outcome::Expired => "API key has expired",
        Outcome::WrongEnvironment => "API key is for another environment",
        Outcome::IpDenied => "API key may not be used from this address",
        Outcome::InsufficientPermissions => "Insufficient permissions for this operation",
        Outcome::RateLimited => "Too many requests",
    }
}

fn chat_code(cause: &Cause) -> String {
    match cause {
        Cause::Missing => "AUTHENTICATION_REQUIRED",
        Cause::CannotTell { .. } => "UNAVAILABLE",
        Cause::Bad(error) => return error.code.word().to_ascii_uppercase(),
        Cause::Refused { outcome, .. } => match told(Profile::Chatapi, *outcome) {
            Outcome::Valid => "VALID",
            Outcome::Malformed
            | Outcome::NotFound
            | Outcome::WrongTenant
            | Outcome::Revoked
            | Outcome::Suspended
            | Outcome::Retired => "INVALID_CREDENTIALS",
            Outcome::Expired => "KEY_EXPIRED",
            Outcome::WrongEnvironment => "WRONG_ENVIRONMENT",
            Outcome::IpDenied => "IP_DENIED",
            Outcome::InsufficientPermissions => "INSUFFICIENT_PERMISSIONS",
            Outcome::RateLimited => "RATE_LIMITED",
        },
    }
    .to_owned()
}

fn required_scope(cause: &Cause) -> Option<&str> {
    match cause {
        Cause::Refused { outcome: Outcome::InsufficientPermissions, needed, .. } => Some(needed),
        Cause::Refused { .. } | Cause::Missing | Cause::CannotTell { .. } | Cause::Bad(_) => None,
    }
}

#[derive(Serialize)]
struct Detail {
    detail: String,
}

#[derive(Serialize)]
struct Message {
    message: String,
}

#[derive(Serialize)]
struct PhpError<'a> {
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    required_scope: Option<&'a str>,
}

#[derive(Serialize)]
struct ChatError {
    detail: String,
    error_code: String,
    status_code: u16,
}

/// Our own: problem details, with the outcome beside where there is one.
#[derive(Serialize)]
struct Refused {
    #[serde(flatten)]
    problem: Problem,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
}

fn problem(cause: &Cause, code: ErrorCode, words: String, request_id: RequestId) -> String {
    let (error, outcome) = match cause {
        Cause::Bad(error) => (error.clone(), None),
        Cause::Missing | Cause::CannotTell { .. } => (AdminError::new(code, words), None),
        Cause::Refused { outcome, .. } => {
            (AdminError::new(code, words), Some(told(Profile::Latchkey, *outcome)))
        }
    };
    json(&Refused { problem: error.of_request(request_id).into(), outcome })
}

/// Writing plain structs as JSON into memory cannot fail; were it to, an empty object says nothing wrong.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}

/// The same JSON in ASCII alone, so that it may also travel in a header.
fn in_ascii(json: &str) -> String {
    if json.is_ascii() {
        return json.to_owned();
    }
    let mut ascii = String::with_capacity(json.len() + 32);
    for character in json.chars() {
        if character.is_ascii() {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing into memory cannot fail.
            let _ = write!(ascii, "\\u{unit:04x}");
        }
    }
    ascii
}
