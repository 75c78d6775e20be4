//! Which errors an operation can answer, as OpenAPI describes them: by status, with the codes that come under it.
//! The statuses themselves are core's (`problem::status`).

use latchkey_core::ErrorCode;
use latchkey_core::problem::{PROBLEM_JSON, status};
use serde_json::{Map, Value, json};

use super::described::{every_header, header};

/// What of a request can be wrong.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // five independent facts about a request
pub(super) struct Asked {
    /// It has fields beside its path.
    pub fields: bool,
    /// One of them is a cursor.
    pub cursor: bool,
    /// It names something that may not be there.
    pub names: bool,
    /// It has a body.
    pub body: bool,
    /// It changes something.
    pub changes: bool,
}

/// The names of the responses by status, with what they mean.
const RESPONSES: &[(u16, &str, &str)] = &[
    (400, "BadRequest", "The request cannot be read, or carries a credential where none may stand."),
    (401, "Unauthorized", "No credential, or none that is accepted."),
    (403, "Forbidden", "This may not be done by whoever asks, or not here."),
    (404, "NotFound", "It does not exist, or whoever asks may not see it."),
    (408, "RequestTimeout", "The request did not come in time."),
    (
        409,
        "Conflict",
        "It stands otherwise than this change needs; `by`, `at` and `version` say how, where they are known.",
    ),
    (413, "ContentTooLarge", "The body is larger than is accepted."),
    (415, "UnsupportedMediaType", "The body is not `application/json`."),
    (422, "UnprocessableContent", "A field is not acceptable; `field` names it."),
    (429, "TooManyRequests", "Too many failed attempts from this address, or a limit is used up."),
    (500, "InternalServerError", "Something went wrong in Latchkey; the log has it under the request's id."),
    (
        503,
        "ServiceUnavailable",
        "Nobody can tell or do it at present: the store does not answer, or is not as it must be.",
    ),
];

/// Codes of the programs that people use; the server never answers them.
const NEVER: &[ErrorCode] = &[
    ErrorCode::Keychain,
    ErrorCode::Locked,
    ErrorCode::RevealGone,
    ErrorCode::VersionSkew,
    ErrorCode::TlsUntrusted,
];

/// The errors of one operation.
pub(super) fn of(asked: Asked) -> Map<String, Value> {
    let mut statuses = vec![400, 401, 403, 429, 500, 503];
    statuses.extend(asked.names.then_some(404));
    statuses.extend(asked.changes.then_some(409));
    if asked.fields || asked.names || asked.cursor || asked.changes {
        statuses.push(422);
    }
    if asked.body || asked.changes {
        statuses.extend([408, 413, 415]);
    }
    references(&statuses)
}

/// References to the responses of these statuses.
pub(super) fn references(statuses: &[u16]) -> Map<String, Value> {
    let known = RESPONSES.iter().filter(|(status, ..)| statuses.contains(status));
    known
        .map(|(status, name, _)| {
            (status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }))
        })
        .collect()
}

/// The responses, described once.
pub(super) fn responses() -> Value {
    let described = RESPONSES.iter().map(|(status, name, about)| {
        let mut headers = every_header();
        match status {
            401 => headers["WWW-Authenticate"] = header("WWW-Authenticate"),
            429 | 503 => headers["Retry-After"] = header("Retry-After"),
            _ => {}
        }
        let response = json!({
            "description": about,
            "headers": headers,
            "content": { PROBLEM_JSON: { "schema": { "$ref": format!("#/components/schemas/{name}") } } },
        });
        ((*name).to_owned(), response)
    });
    described.collect::<Map<String, Value>>().into()
}

/// Beside the schema of every problem, one for each status, with the codes that come under it.
pub(super) fn narrow(schemas: &mut Map<String, Value>) {
    let codes = codes(schemas.get("ErrorCode"));
    for (number, name, about) in RESPONSES {
        let under: Vec<Value> =
            codes.iter().filter(|code| status(**code).0 == *number).map(|code| json!(code)).collect();
        let schema = json!({
            "description": about,
            "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                { "properties": { "status": { "const": number }, "code": { "enum": under } } },
            ],
        });
        schemas.insert((*name).to_owned(), schema);
    }
}

/// Every code that the server may answer, read out of the schema of codes: a list by hand would be forgotten.
fn codes(schema: Option<&Value>) -> Vec<ErrorCode> {
    let mut found = Vec::new();
    let lists = ["oneOf", "enum"].into_iter().filter_map(|list| schema?.get(list)?.as_array());
    for one in lists.flatten() {
        let words: Vec<&Value> = match (one.get("const"), one.get("enum").and_then(Value::as_array)) {
            (Some(word), _) => vec![word],
            (None, Some(words)) => words.iter().collect(),
            (None, None) => vec![one],
        };
        found.extend(
            words.into_iter().filter_map(|word| serde_json::from_value::<ErrorCode>(word.clone()).ok()),
        );
    }
    found.retain(|code| !NEVER.contains(code));
    found
}
