//! Makes the OpenAPI document out of the table of operations and the few addresses that are no operation. Run by
//! `cargo xtask generate` and by the test that compares; the server itself only hands out what was committed.

use latchkey_core::operation::{Answer, Effect, Operation};
use latchkey_core::operations::{TypesVisitor, every_type};
use latchkey_core::problem::Problem;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::described::Table;
use super::{by_hand, described, problems};

/// Whole documents differ by what they were generated for: requests and answers say another thing of an absent field.
pub(super) struct Shapes {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Shapes {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self { requests: settings().into_generator(), answers: settings().for_serialize().into_generator() }
    }

    /// The schema of a request, in place.
    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        T::json_schema(&mut self.requests).into()
    }

    /// A reference to the schema of one value in a request.
    pub(super) fn incoming<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().into()
    }

    /// A reference to the schema of an answer.
    pub(super) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().into()
    }

    /// Everything that was referred to. What requests and answers share looks the same in both.
    fn into_components(mut self) -> Map<String, Value> {
        let mut all = self.answers.take_definitions(true);
        for (name, schema) in self.requests.take_definitions(true) {
            let known = all.entry(name.clone()).or_insert_with(|| schema.clone());
            assert!(*known == schema, "{name} looks different in requests and in answers");
        }
        all
    }
}

struct Generator {
    table: Table,
    shapes: Shapes,
    paths: Map<String, Value>,
}

impl TypesVisitor for Generator {
    fn visit<O: Operation>(&mut self) {
        let request = self.shapes.request::<O>();
        let answer = self.shapes.answer::<<O::Answer as Answer>::Shown>();
        let shown = if O::EFFECT == Effect::Mints { with_plaintext(&answer) } else { answer };
        let mut described = described::operation::<O>(request, &shown, &self.table);
        by_hand::adjust(O::NAME, &mut described);
        self.add(O::ROUTE.path, O::ROUTE.method.word(), described);
    }
}

impl Generator {
    fn add(&mut self, path: &str, method: &str, operation: Value) {
        let item = self.paths.entry(path).or_insert_with(|| json!({}));
        item[method.to_lowercase()] = operation;
    }
}

/// As `WithPlaintext` writes it.
fn with_plaintext(answer: &Value) -> Value {
    json!({
        "allOf": [
            answer,
            {
                "type": "object",
                "properties": {
                    "plaintext": {
                        "type": "string",
                        "description": "The key itself, this once. Absent when the call was made before under the same idempotency key.",
                    }
                }
            }
        ]
    })
}

/// The document, as text that ends with a line break.
#[must_use]
pub fn document() -> String {
    let mut table = Table::default();
    every_type(&mut table);
    let mut generator = Generator { table, shapes: Shapes::new(), paths: Map::new() };
    every_type(&mut generator);
    for (path, operation) in by_hand::paths(&mut generator.shapes) {
        generator.add(path, "GET", operation);
    }
    generator.shapes.answer::<Problem>();
    let Generator { shapes, paths, .. } = generator;
    let mut schemas = shapes.into_components();
    problems::narrow(&mut schemas);
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Latchkey",
            "version": env!("CARGO_PKG_VERSION"),
            "description": by_hand::ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This server" }],
        "tags": described::tags(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": problems::responses(),
            "headers": described::headers(),
            "securitySchemes": described::credentials(),
        },
    });
    // A map of strings to values always has a text.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
