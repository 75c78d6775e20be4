//! The snippets that no program here runs, Traefik's and Envoy's: they read as YAML, and say what they must.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

const IDENTITY: [&str; 7] = [
    "X-Latchkey-Key-Id",
    "X-Latchkey-Tenant",
    "X-Latchkey-Role",
    "X-Latchkey-Scopes",
    "X-Latchkey-Scopes-Cut",
    "X-Latchkey-Identity",
    "X-Latchkey-Environment",
];

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/latchkey-server/snippets");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn yaml(name: &str) -> Value {
    serde_norway::from_str(&text(name)).unwrap()
}

/// Every spelling that a service behind CGI reads as this header.
fn spellings(name: &str) -> BTreeSet<String> {
    name.split('-').fold(BTreeSet::new(), |before, part| {
        if before.is_empty() {
            return BTreeSet::from([part.to_owned()]);
        }
        before
            .iter()
            .flat_map(|so_far| ["-", "_"].map(|between| format!("{so_far}{between}{part}")))
            .collect()
    })
}

#[test]
fn traefik_asks_copies_the_identity_and_strips_what_a_client_says() {
    let http = &yaml("traefik.yml")["http"];
    let ask = &http["middlewares"]["latchkey"]["forwardAuth"];
    assert!(ask["address"].as_str().unwrap().ends_with("/v1/check?permission=posts:read"));
    assert_eq!(ask["trustForwardHeader"], false);
    let copied: Vec<&str> =
        ask["authResponseHeaders"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(IDENTITY.iter().all(|name| copied.contains(name)), "{copied:?}");
    let stripped = &http["middlewares"]["latchkey-strip"]["headers"]["customRequestHeaders"];
    let stripped = stripped.as_object().unwrap();
    assert!(stripped.values().all(|value| value == ""), "an empty value takes a header away");
    let names: BTreeSet<String> = stripped.keys().cloned().collect();
    let mut expected: BTreeSet<String> = IDENTITY.iter().flat_map(|name| spellings(name)).collect();
    // By it a client could have the identity itself dropped.
    expected.insert("Connection".to_owned());
    assert_eq!(names, expected);
    assert_eq!(http["routers"]["service"]["middlewares"], json!(["latchkey-strip", "latchkey"]));
}

#[test]
fn envoy_asks_before_it_routes_and_lets_nothing_through_without_an_answer() {
    let listener = &yaml("envoy.yaml")["static_resources"]["listeners"][0];
    let manager = &listener["filter_chains"][0]["filters"][0]["typed_config"];
    assert_eq!(manager["use_remote_address"], true);
    assert_eq!(manager["common_http_protocol_options"]["headers_with_underscores_action"], "DROP_HEADER");
    let names: Vec<&str> = manager["http_filters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|filter| filter["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["envoy.filters.http.ext_authz", "envoy.filters.http.router"]);
    let ask = &manager["http_filters"][0]["typed_config"];
    assert_eq!(ask["failure_mode_allow"], false);
    assert_eq!(ask["status_on_error"]["code"], "ServiceUnavailable");
    assert_eq!(ask["http_service"]["path_prefix"], "/v1/check/permission=posts:read");
    let up = &ask["http_service"]["authorization_response"]["allowed_upstream_headers"]["patterns"];
    assert_eq!(up, &json!([{"prefix": "x-latchkey-"}]));
    let removed = &manager["early_header_mutation_extensions"][0]["typed_config"]["mutations"];
    let expected: Vec<Value> = IDENTITY.iter().map(|name| json!({"remove": name.to_lowercase()})).collect();
    assert_eq!(removed, &json!(expected));
}

#[test]
fn every_snippet_names_every_header_of_the_identity_and_says_what_to_change() {
    for name in ["nginx.conf", "Caddyfile", "latchkey.lua", "traefik.yml", "envoy.yaml"] {
        let text = text(name).to_lowercase().replace("x_latchkey", "x-latchkey");
        assert!(IDENTITY.iter().all(|header| text.contains(&header.to_lowercase())), "{name}");
    }
    for name in ["nginx.conf", "Caddyfile", "haproxy.cfg", "traefik.yml", "envoy.yaml"] {
        let text = text(name);
        assert!(text.contains("CHANGE") && text.contains("--trusted-proxy"), "{name}");
    }
}
