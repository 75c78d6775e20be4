//! The committed document: whether it is fresh, whole and consistent in itself. Asks no server but for the copy it
//! hands out.

use std::collections::BTreeSet;

use latchkey_core::operations::NAMES;
use latchkey_server::openapi::{DOCUMENT, document};
use serde_json::Value;

fn committed() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

/// Every operation of the document, with its path and method.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(|(method, one)| (path.clone(), method.clone(), one.clone()))
    });
    all.collect()
}

/// Every value of the fields with this name, however deep.
fn every<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| {
            if key == name {
                found.push(inner);
            }
            every(inner, name, found);
        }),
        Value::Array(list) => list.iter().for_each(|inner| every(inner, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_committed_document_is_what_the_operations_say_now() {
    let fresh: Value = serde_json::from_str(&document()).unwrap();
    // As values: which order the fields have depends on what else is compiled along.
    assert!(fresh == committed(), "openapi.json is stale; run `cargo xtask generate` and commit it");
}

#[test]
fn every_operation_is_described_once_by_its_name() {
    let document = committed();
    let described: Vec<String> = operations(&document)
        .iter()
        .map(|(.., operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    let once: BTreeSet<&String> = described.iter().collect();
    assert_eq!(once.len(), described.len(), "an operationId stands twice");
    for name in NAMES {
        assert!(described.iter().any(|described| described == name), "{name} is not described");
    }
    let known: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().filter_map(|tag| tag["name"].as_str()).collect();
    for (path, _, operation) in operations(&document) {
        for tag in operation["tags"].as_array().unwrap() {
            assert!(known.contains(tag.as_str().unwrap()), "{path}: the tag {tag} is not described");
        }
    }
}

#[test]
fn every_reference_and_link_leads_somewhere() {
    let document = committed();
    let mut references = Vec::new();
    every(&document, "$ref", &mut references);
    assert!(references.len() > 500);
    for reference in references {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} is not there");
    }
    let operations = operations(&document);
    let mut links = Vec::new();
    every(&document, "links", &mut links);
    assert_eq!(links.len(), 4, "tenants, roles, keys and operators are made");
    for link in links.iter().flat_map(|links| links.as_object().unwrap().values()) {
        let target = operations.iter().find(|(.., one)| one["operationId"] == link["operationId"]).unwrap();
        for field in link["parameters"].as_object().unwrap().keys() {
            assert!(target.0.contains(&format!("{{{field}}}")), "{} has no field {field}", target.0);
        }
    }
}

#[test]
fn every_operation_says_what_can_go_wrong_and_whom_it_needs() {
    for (path, method, operation) in operations(&committed()) {
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
        if !path.starts_with("/v1/") {
            continue;
        }
        for status in ["400", "401", "403", "429", "500", "503"] {
            assert!(responses.contains_key(status), "{method} {path} does not tell of {status}");
        }
        assert!(!operation["security"].as_array().unwrap().is_empty(), "{method} {path}");
        assert!(!operation["description"].as_str().unwrap().is_empty(), "{method} {path}");
    }
}
