//! One operation as OpenAPI describes it: where its fields travel, what it answers, whom it needs. Knows no operation
//! by its name but those that make something others ask for.

use latchkey_core::operation::{Effect, Operation, Route};
use latchkey_core::operations::TypesVisitor;
use serde_json::{Map, Value, json};

use super::problems::{self, Asked};

/// What each noun is about, in the order of the pages.
const TAGS: &[(&str, &str)] = &[
    ("keys", "Keys: issue, rotate, revoke, find, verify."),
    ("tenants", "Tenants: whose keys they are."),
    ("roles", "Roles: what many keys grant alike."),
    ("operators", "Operators: who may administer this server."),
    ("usage", "How often keys were used."),
    ("events", "Security events: what was tried and refused."),
    ("audit", "The audit: what was changed."),
    ("changes", "What changed since one looked."),
    ("verification", "For services and gateways: is this key good?"),
    ("server", "The server itself."),
];

/// The operations that make something, and where in their answer its id stands: what others name in their path.
const MAKERS: &[(&str, &str, &str)] = &[
    ("tenants.create", "tenant", "/id"),
    ("roles.create", "role", "/id"),
    ("keys.issue", "key", "/key/id"),
    ("operators.create", "operator", "/key/id"),
];

/// Every operation's name and route.
#[derive(Default)]
pub(super) struct Table(Vec<(&'static str, Route)>);

impl TypesVisitor for Table {
    fn visit<O: Operation>(&mut self) {
        self.0.push((O::NAME, O::ROUTE));
    }
}

impl Table {
    /// The operations that name something by `field` in their path.
    fn naming(&self, field: &str) -> impl Iterator<Item = &'static str> {
        let naming = self.0.iter().filter(move |(_, route)| route.fields().any(|name| name == field));
        naming.map(|(name, _)| *name)
    }
}

/// Describes one operation. `request` is the schema of all its fields, `shown` that of its answer.
pub(super) fn operation<O: Operation>(mut request: Value, shown: &Value, table: &Table) -> Value {
    let noun = O::NAME.split('.').next().unwrap_or_default();
    let about = request.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    let in_path: Vec<&str> = O::ROUTE.fields().collect();
    let mut parameters: Vec<Value> = in_path.iter().map(|field| in_path_of(&request, field)).collect();
    for field in &in_path {
        take(&mut request, field);
    }
    let fields = request.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut described = json!({
        "operationId": O::NAME,
        "tags": [noun],
        "summary": about.split(['.', ':']).next().unwrap_or_default(),
        "description": format!("{about}\n\nNeeds `{}`.", O::NEEDS),
        "x-latchkey-needs": O::NEEDS,
        "x-latchkey-effect": O::EFFECT.word(),
        "security": [{ "operator": [] }],
    });
    let in_body = !O::ROUTE.in_query() && !fields.is_empty();
    if O::ROUTE.in_query() {
        parameters.extend(fields.iter().map(|(field, schema)| in_query_of(&request, field, schema)));
    } else if in_body {
        described["requestBody"] = body(&request);
    }
    if O::EFFECT != Effect::Reads {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Names this change. Repeated within 24 hours, it has no second effect and answers what it answered, without a secret. While the first is still under way, a repetition waits for its answer. Another change under the same name is refused (`idempotency_key_reused`).",
            "schema": { "$ref": "#/components/schemas/IdempotencyKey" },
        }));
    }
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    let asked = Asked {
        fields: !fields.is_empty(),
        cursor: fields.contains_key("cursor"),
        names: !in_path.is_empty() || ["tenant", "role", "key"].iter().any(|name| fields.contains_key(*name)),
        body: in_body,
        changes: O::EFFECT != Effect::Reads,
    };
    let mut responses = problems::of(asked);
    responses.insert(status::<O>().to_owned(), answered::<O>(shown, table));
    if O::EFFECT == Effect::Mints && makes::<O>().is_some() {
        responses.insert("200".to_owned(), answer_of("Made before, under the same idempotency key.", shown));
    }
    described["responses"] = responses.into();
    described
}

/// What an operation makes, if it does.
fn makes<O: Operation>() -> Option<&'static (&'static str, &'static str, &'static str)> {
    MAKERS.iter().find(|(name, ..)| *name == O::NAME)
}

/// 201 for what makes something; 200 for the rest.
fn status<O: Operation>() -> &'static str {
    if makes::<O>().is_some() { "201" } else { "200" }
}

fn answered<O: Operation>(shown: &Value, table: &Table) -> Value {
    let Some((_, field, place)) = makes::<O>() else { return answer_of("Done.", shown) };
    let mut answer = answer_of("Made.", shown);
    let links = table.naming(field).map(|name| {
        let place = format!("$response.body#{place}");
        (name.to_owned(), json!({ "operationId": name, "parameters": { *field: place } }))
    });
    answer["links"] = links.collect::<Map<String, Value>>().into();
    answer
}

fn answer_of(about: &str, shown: &Value) -> Value {
    json!({
        "description": about,
        "headers": every_header(),
        "content": { "application/json": { "schema": shown } },
    })
}

fn body(request: &Value) -> Value {
    let required = request.get("required").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let mut schema = request.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("description");
        schema.retain(|word, value| {
            word != "required" || value.as_array().is_some_and(|list| !list.is_empty())
        });
    }
    json!({ "required": required, "content": { "application/json": { "schema": schema } } })
}

fn in_path_of(request: &Value, field: &str) -> Value {
    let (about, schema) = apart(&request["properties"][field]);
    json!({ "name": field, "in": "path", "required": true, "description": about, "schema": schema })
}

fn in_query_of(request: &Value, field: &str, schema: &Value) -> Value {
    let (about, schema) = apart(schema);
    let required = request["required"].as_array().is_some_and(|list| list.iter().any(|name| name == field));
    let mut parameter =
        json!({ "name": field, "in": "query", "required": required, "description": about, "schema": schema });
    if !required && schema["type"] != "array" {
        // Said and left empty is not said.
        parameter["allowEmptyValue"] = true.into();
    }
    parameter
}

/// A field's description and its schema without `null`, which no query can say.
fn apart(field: &Value) -> (String, Value) {
    let mut schema = field.clone();
    let Some(map) = schema.as_object_mut() else { return (String::new(), schema) };
    let about = match map.remove("description") {
        Some(Value::String(text)) => text,
        Some(_) | None => String::new(),
    };
    map.remove("default");
    if let Some(Value::Array(kinds)) = map.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            map.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(any)) = map.get_mut("anyOf") {
        any.retain(|one| one["type"] != "null");
        if let [only] = any.as_slice() {
            return (about, only.clone());
        }
    }
    (about, schema)
}

/// Takes a field out of a request's schema: it travels elsewhere.
fn take(request: &mut Value, field: &str) {
    if let Some(properties) = request.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove(field);
    }
    if let Some(required) = request.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != field);
    }
}

/// The headers of every answer.
pub(super) fn every_header() -> Value {
    let names = ["X-Request-Id", "Latchkey-Version", "Latchkey-Api"];
    names.into_iter().map(|name| (name.to_owned(), header(name))).collect::<Map<String, Value>>().into()
}

/// A reference to a header that is described once.
pub(super) fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// The headers, described once.
pub(super) fn headers() -> Value {
    let text = |about: &str, required: bool, schema: Value| json!({ "description": about, "required": required, "schema": schema });
    let number = || json!({ "type": "integer", "minimum": 0 });
    json!({
        "X-Request-Id": text("This request, for finding it in logs and in the audit.", true, json!({ "$ref": "#/components/schemas/RequestId" })),
        "Latchkey-Version": text("The server's version.", true, json!({ "type": "string" })),
        "Latchkey-Api": text("The number of this API; another number is another API.", true, json!({ "const": "1" })),
        "Retry-After": text("In how many seconds it is worth asking again.", true, number()),
        "WWW-Authenticate": text("Which credential is asked for.", true, json!({ "type": "string" })),
        "X-RateLimit-Limit": text("How many requests the limit lets through that is closest to being used up.", false, number()),
        "X-RateLimit-Remaining": text("How many of them are left.", false, number()),
        "X-RateLimit-Reset": text("When it begins anew, in seconds since 1970.", false, number()),
    })
}

/// The ways to say who asks.
pub(super) fn credentials() -> Value {
    json!({
        "operator": { "type": "http", "scheme": "bearer", "description": "An operator's token (`lka_…`). No customer's key is one, whatever it grants." },
        "key": { "type": "http", "scheme": "bearer", "description": "The customer's key itself." },
        "key_header": { "type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The customer's key itself." },
        "key_basic": { "type": "http", "scheme": "basic", "description": "The customer's key as the user name, without a password." },
    })
}

/// What each tag is about.
pub(super) fn tags() -> Value {
    TAGS.iter().map(|(name, about)| json!({ "name": name, "description": about })).collect()
}
