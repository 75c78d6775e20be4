//! What the document says of the addresses that are no operation (forward-auth, a key's own view, the server itself),
//! and of verification as services see it. Everything else is generated.

use latchkey_core::key::Environment;
use latchkey_core::operations::TenantSelector;
use latchkey_core::permission::Permission;
use latchkey_core::profile::Profile;
use serde_json::{Map, Value, json};

use super::described::{every_header, header};
use super::generate::Shapes;
use super::problems::references;
use crate::self_view::{Own, OwnScope};

/// What stands above the operations.
pub(super) const ABOUT: &str = "Administering API keys, and verifying them.\n\n\
    Operators' tokens administer and customers' keys are verified; neither is ever taken for the other. \
    Fields travel in the path, in the query of `GET` and `DELETE`, else in a JSON body. Unknown fields are refused. \
    Lists answer `{items, next_cursor, total}`; ask again with `cursor` for what follows.\n\n\
    Errors are `application/problem+json`; programs match `code`. 503 means that nobody can tell at present: it says nothing about a key. \
    Objects carry a `version`; a change that names a stale one is refused with 409.";

/// The customer's key, in the ways of the profile `latchkey`.
fn by_the_key() -> Value {
    json!([{ "key": [] }, { "key_header": [] }, { "key_basic": [] }])
}

/// Changes the description of the one operation that services call too.
pub(super) fn adjust(name: &str, described: &mut Value) {
    if name != "keys.verify" {
        return;
    }
    let about = described["description"].as_str().unwrap_or_default();
    described["description"] = format!(
        "For services: is this key good for what is asked? Recorded, counted and limited. 200 whatever the outcome; `outcome` says why a key is refused.\n\n\
         Whoever asks holds the key, so no token is needed, unless the server's settings demand an operator's. A token that is given must be good. \
         With the header `Latchkey-Source` it is an administrator's try: {} {}",
        "it needs an operator's token, and is recorded nowhere.",
        about.rsplit("\n\n").next().unwrap_or_default(),
    )
    .into();
    described["summary"] = "Says whether a key is good".into();
    described["tags"] = json!(["verification", "keys"]);
    described["security"] = json!([{}, { "operator": [] }]);
}

/// The addresses that are no operation; all of them are asked by GET.
pub(super) fn paths(shapes: &mut Shapes) -> Vec<(&'static str, Value)> {
    vec![
        ("/v1/check", check(shapes)),
        ("/v1/self", self_view(shapes)),
        ("/v1/self/scopes/{scope}", self_scope(shapes)),
        (
            "/livez",
            plain(
                "server.live",
                "Says that the process runs",
                "It does.",
                &json!({ "type": "object" }),
                false,
            ),
        ),
        (
            "/readyz",
            plain(
                "server.ready",
                "Says whether the server can tell about keys",
                "It can.",
                &json!({ "type": "object" }),
                true,
            ),
        ),
        ("/version", version()),
    ]
}

fn parameter(name: &str, about: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": about, "schema": schema })
}

fn check(shapes: &mut Shapes) -> Value {
    let permissions = json!({ "type": "array", "items": shapes.incoming::<Permission>() });
    let parameters = [
        parameter("permission", "Each must be granted.", &permissions),
        parameter("any", "One of them must be granted.", &permissions),
        parameter(
            "tenant",
            "Whose service asks. Its profile says where the key is read from, and how refusals look.",
            &shapes.incoming::<TenantSelector>(),
        ),
        parameter(
            "profile",
            "The same where no tenant is named; `latchkey` when not given.",
            &shapes.incoming::<Profile>(),
        ),
        parameter(
            "environment",
            "What the service is; either when not given.",
            &shapes.incoming::<Environment>(),
        ),
        parameter(
            "proxy",
            "`nginx`: what it cannot pass on (429, bodies) travels in headers, for the snippet to render.",
            &json!({ "enum": ["nginx"] }),
        ),
    ];
    let text = json!({ "schema": { "type": "string" } });
    let mut headers = json!({ "X-Request-Id": header("X-Request-Id") });
    for (name, about) in [
        ("X-Latchkey-Key-Id", "The key."),
        ("X-Latchkey-Tenant", "Its tenant's slug."),
        ("X-Latchkey-Role", "Its role's name, where it has one."),
        ("X-Latchkey-Scopes", "Everything it grants, separated by spaces; at most 4 KiB."),
        ("X-Latchkey-Scopes-Cut", "`true` where it grants more than that: the rest is left out. Else empty."),
        ("X-Latchkey-Identity", "The user of the tenant it stands for."),
        ("X-Latchkey-Environment", "What it is for."),
    ] {
        headers[name] = text.clone();
        headers[name]["description"] = about.into();
    }
    for name in ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"] {
        headers[name] = header(name);
    }
    let mut responses = Map::new();
    responses.insert("200".to_owned(), json!({ "description": "The key is good for what is asked; the headers say whose it is.", "headers": headers }));
    for (status, about) in [
        ("400", "The question cannot be read, or credentials contradict each other."),
        ("401", "No key, or none that is accepted."),
        ("403", "The key may not do this, or not from here."),
        ("413", "The question is longer than is accepted."),
        ("422", "A parameter is not acceptable."),
        ("429", "A limit is used up."),
        ("500", "Something went wrong in Latchkey."),
        ("503", "Nobody can tell at present."),
    ] {
        responses.insert(status.to_owned(), in_the_profiles_words(status, about));
    }
    json!({
        "operationId": "check",
        "tags": ["verification"],
        "summary": "Forward-auth: lets a gateway ask about the request it holds",
        "description": "The key stands where the profile says. Recorded, counted and limited. Refusals are in the words of the profile: problem+json for `latchkey`, the JSON of its seed for the others.",
        "security": by_the_key(),
        "parameters": parameters,
        "responses": responses,
    })
}

fn in_the_profiles_words(status: &str, about: &str) -> Value {
    let mut headers = every_header();
    match status {
        "401" => {
            headers["WWW-Authenticate"] =
                json!({ "description": "Which credential is asked for.", "schema": { "type": "string" } });
        }
        "429" | "503" => headers["Retry-After"] = header("Retry-After"),
        _ => {}
    }
    // nginx drops bodies, so what is said to it is in headers; no body can be promised where it may be the one who asks.
    if matches!(status, "401" | "403") {
        let about =
            format!("{about} The body is in the words of the profile; with `proxy=nginx` it is empty.");
        return json!({ "description": about, "headers": headers });
    }
    json!({
        "description": about,
        "headers": headers,
        "content": {
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
            "application/json": { "schema": { "type": "object" } },
        },
    })
}

fn self_view(shapes: &mut Shapes) -> Value {
    let view = shapes.answer::<Own<'static>>();
    of_the_holder("self", "The key holder's own view", &[], &view)
}

fn self_scope(shapes: &mut Shapes) -> Value {
    let scope = json!({ "name": "scope", "in": "path", "required": true, "description": "The permission that is asked about.", "schema": shapes.incoming::<Permission>() });
    let answer = shapes.answer::<OwnScope>();
    of_the_holder("self.scope", "Whether the key that asks holds a permission", &[scope], &answer)
}

fn of_the_holder(id: &str, summary: &str, parameters: &[Value], answer: &Value) -> Value {
    let mut responses = references(&[400, 401, 403, 404, 422, 429, 500, 503]);
    responses.insert(
        "200".to_owned(),
        json!({ "description": "It is good.", "headers": every_header(), "content": { "application/json": { "schema": answer } } }),
    );
    json!({
        "operationId": id,
        "tags": ["verification"],
        "summary": summary,
        "description": "Asked with the key itself. Recorded like any verification. Never says more than its holder may know.",
        "security": by_the_key(),
        "parameters": parameters,
        "responses": responses,
    })
}

fn plain(id: &str, summary: &str, about: &str, schema: &Value, may_fail: bool) -> Value {
    let answer = |about: &str| json!({ "description": about, "headers": every_header(), "content": { "application/json": { "schema": schema } } });
    let mut responses = json!({ "200": answer(about) });
    if may_fail {
        responses["503"] = answer("It cannot, and why.");
    }
    json!({ "operationId": id, "tags": ["server"], "summary": summary, "security": [], "responses": responses })
}

fn version() -> Value {
    let schema = json!({
        "type": "object",
        "properties": {
            "version": { "type": "string", "description": "The server's version." },
            "api": { "type": "integer", "description": "The number of this API." },
            "name": { "type": "string", "description": "What it is." },
        },
        "required": ["version", "api", "name"],
    });
    plain("server.version", "Says which server this is", "It is this one.", &schema, false)
}
