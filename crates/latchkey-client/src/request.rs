//! An operation on its way out: its fields in the path, the query or the body, as its route says. Knows no
//! operation by itself but those that take their time.

use std::time::Duration;

use bytes::Bytes;
use latchkey_core::operation::{Effect, Method};
use latchkey_core::{AdminError, Operation};
use serde_json::{Map, Value};
use url::Url;
use zeroize::Zeroizing;

use crate::address::ServerAddress;

/// How long whoever asks waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Reading the whole audit takes longer.
const LONG_PATIENCE: Duration = Duration::from_mins(2);
/// What the server may take to end a wait for changes.
const AFTER_A_WAIT: Duration = Duration::from_secs(10);

/// A request, ready to be sent.
pub(crate) struct Request {
    /// The method.
    pub(crate) method: reqwest::Method,
    /// Where to.
    pub(crate) url: Url,
    /// JSON.
    pub(crate) body: Option<Bytes>,
    /// When nobody waits any more.
    pub(crate) patience: Duration,
    /// What it does there.
    pub(crate) effect: Effect,
}

impl Request {
    /// The request of an operation.
    pub(crate) fn of<O: Operation>(operation: &O, address: &ServerAddress) -> Result<Self, AdminError> {
        let route = O::ROUTE;
        // A key that comes in is written once, into what is wiped: never among the fields of a path or query.
        let alone = !route.in_query() && route.fields().next().is_none();
        let mut fields = if alone { Map::new() } else { fields_of(operation)? };
        let patience = patience(O::NAME, &fields);
        let mut segments = Vec::new();
        for part in route.path.split('/').skip(1) {
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                None => segments.push(part.to_owned()),
                Some(field) => segments.push(text(fields.remove(field).unwrap_or_default())),
            }
        }
        let mut url = address.path(&segments)?;
        let body = match (route.in_query(), alone) {
            (true, _) => {
                put_into_query(&mut url, fields);
                None
            }
            (false, true) => Some(json(operation)?),
            (false, false) => Some(json(&fields)?),
        };
        Ok(Self { method: method(route.method), url, body, patience, effect: O::EFFECT })
    }

    /// A question that is no operation.
    pub(crate) fn get(address: &ServerAddress, path: &str) -> Result<Self, AdminError> {
        let url = address.path(&[path.to_owned()])?;
        Ok(Self { method: reqwest::Method::GET, url, body: None, patience: PATIENCE, effect: Effect::Reads })
    }
}

fn fields_of(operation: &impl Operation) -> Result<Map<String, Value>, AdminError> {
    match serde_json::to_value(operation) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) | Err(_) => Err(AdminError::internal()),
    }
}

fn put_into_query(url: &mut Url, fields: Map<String, Value>) {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Null => {}
            Value::Array(items) => pairs.extend(items.into_iter().map(|item| (name.clone(), text(item)))),
            value => pairs.push((name, text(value))),
        }
    }
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        value => value.to_string(),
    }
}

fn json(body: &impl serde::Serialize) -> Result<Bytes, AdminError> {
    // Room for a hundred keys, so that growing leaves no copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    serde_json::to_writer(&mut *bytes, body).map_err(|_| AdminError::internal())?;
    Ok(Bytes::from_owner(bytes))
}

fn patience(name: &str, fields: &Map<String, Value>) -> Duration {
    match name {
        "audit.verify" => LONG_PATIENCE,
        "changes.since" => {
            let wait = fields.get("wait_ms").and_then(Value::as_u64).unwrap_or_default();
            Duration::from_millis(wait) + AFTER_A_WAIT
        }
        _ => PATIENCE,
    }
}

const fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

#[cfg(test)]
mod tests {
    use latchkey_core::operation::read_request;
    use latchkey_core::operations::{ChangesSince, KeysFind, KeysList, KeysRotate, KeysUpdate, RolesGet};
    use serde_json::json;

    use super::*;

    fn request<O: Operation>(fields: Value) -> Request {
        let operation: O = read_request(fields).unwrap();
        let address = ServerAddress::read("https://keys.example.com", None).unwrap();
        Request::of(&operation, &address).unwrap()
    }

    fn body(request: &Request) -> Value {
        serde_json::from_slice(request.body.as_deref().unwrap()).unwrap()
    }

    const KEY: &str = "key_0190b5f0000070008000000000000001";

    #[test]
    fn what_is_read_is_named_in_the_path_and_the_query() {
        let listed = request::<KeysList>(
            json!({"tenant": "acme", "search": "a b&c", "status": ["active"], "limit": 5}),
        );
        let mut pairs: Vec<_> = listed.url.query_pairs().into_owned().collect();
        pairs.sort();
        let expected = [("limit", "5"), ("search", "a b&c"), ("status", "active"), ("tenant", "acme")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(listed.body.is_none());
        let role = request::<RolesGet>(json!({"role": "A/B", "tenant": "acme"}));
        assert_eq!(role.url.as_str(), "https://keys.example.com/v1/roles/A%2FB?tenant=acme");
    }

    #[test]
    fn what_changes_travels_in_the_body_and_cleared_is_not_unchanged() {
        let rotated = request::<KeysRotate>(json!({"key": KEY, "grace": "1h"}));
        assert_eq!(rotated.url.path(), format!("/v1/keys/{KEY}/rotate"));
        assert_eq!((body(&rotated)["grace"].as_str(), body(&rotated).get("key")), (Some("1h"), None));
        let changed = request::<KeysUpdate>(json!({"key": KEY, "owner": "", "scopes": []}));
        assert_eq!((&body(&changed)["scopes"], body(&changed).get("ip")), (&json!([]), None));
    }

    #[test]
    fn keys_that_come_in_go_out_in_the_body_alone() {
        let found = request::<KeysFind>(json!({"candidates": ["canary"]}));
        assert_eq!(body(&found), json!({"candidates": ["canary"]}));
        assert!(!found.url.as_str().contains("canary"));
    }

    #[test]
    fn a_wait_for_changes_is_waited_for() {
        let waiting = request::<ChangesSince>(json!({"revision": 3, "wait_ms": 25_000}));
        assert_eq!(waiting.patience, Duration::from_secs(35));
    }
}
