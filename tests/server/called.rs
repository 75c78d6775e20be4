//! Operations as HTTP requests: any operation from its name and its fields, by its route. Knows no test.

use latchkey_core::operation::{Method, Operation, Route};
use latchkey_core::operations::{Visitor, every_operation};
use latchkey_core::permission::Permission;
use latchkey_core::{Perform, PlaintextKey};
use latchkey_store::Store;
use latchkey_tests::exchange::Ask;
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

/// What a request needs to know of an operation.
#[derive(Clone)]
pub struct Described {
    pub name: &'static str,
    pub route: Route,
    pub needs: Permission,
}

struct Collector(Vec<Described>);

impl Visitor<Store> for Collector {
    fn visit<O: Operation>(&mut self)
    where
        Store: Perform<O>,
    {
        self.0.push(Described { name: O::NAME, route: O::ROUTE, needs: O::NEEDS });
    }
}

/// Every operation, in the table's order.
pub fn operations() -> Vec<Described> {
    let mut collector = Collector(Vec::new());
    every_operation::<Store>(&mut collector);
    collector.0
}

impl Described {
    /// The request with these fields, without a token.
    pub fn ask(&self, fields: &Value) -> Ask {
        let mut fields = fields.as_object().unwrap().clone();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut path = self.route.path.to_owned();
        for name in self.route.fields() {
            let value = text(&fields.remove(name).unwrap_or_else(|| panic!("{} needs {name}", self.name)));
            let escaped: String = byte_serialize(value.as_bytes()).collect();
            path = path.replace(&format!("{{{name}}}"), &escaped);
        }
        let ask = if self.route.in_query() {
            let pairs: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
            let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
            Ask::new(self.route.method.word(), &format!("{path}{query}"))
        } else {
            assert!(matches!(self.route.method, Method::Post | Method::Patch));
            Ask::new(self.route.method.word(), &path)
                .with("Content-Type", "application/json")
                .body(Value::Object(fields).to_string().into_bytes())
        };
        // Else it is a service's verification, which is none of the operations.
        if self.name == "keys.verify" { ask.with("Latchkey-Source", "cli") } else { ask }
    }

    /// The same with a token.
    pub fn ask_as(&self, token: &PlaintextKey, fields: &Value) -> Ask {
        self.ask(fields).bearer(token.expose())
    }
}
