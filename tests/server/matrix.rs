//! Who may do what: every operation by every role on what is there, on what is foreign, and by whoever is no operator.
//! One table says what each needs; the roles say what they hold.

use latchkey_core::operations::NAMES;
use latchkey_core::operator::OperatorRole;
use latchkey_core::permission::Dialect;
use latchkey_core::{PlaintextKey, operations as ops};
use latchkey_tests::place::Place;
use serde_json::{Value, json};

use crate::called::{Described, operations};

/// How a key must stand for an operation on it.
#[derive(Clone, Copy)]
enum Stands {
    Active,
    Unsaved,
    Rotating,
    RotatedAndUnsaved,
    Suspended,
    Revoked,
}

/// What is asked for and what it is asked about: the fields, where `$` is the id of something that was made for it.
enum About {
    Nothing(Value),
    /// Whatever there is, or what belongs to one of these.
    Listed(&'static [&'static str]),
    Tenant(Value),
    SuspendedTenant,
    Role(Value),
    Key(Stands, Value),
    Operator(Value),
}

/// The table: one line an operation.
fn about(name: &str, number: usize) -> About {
    use Stands::{Active, Revoked, RotatedAndUnsaved, Rotating, Suspended, Unsaved};
    let nothing = json!({});
    match name {
        "tenants.create" => About::Nothing(json!({"slug": format!("new-{number}"), "name": "New"})),
        "tenants.get" | "tenants.suspend" => About::Tenant(nothing),
        "tenants.update" => About::Tenant(json!({"notes": "x"})),
        "tenants.resume" => About::SuspendedTenant,
        "roles.create" => About::Tenant(json!({"name": format!("Role {number}")})),
        "roles.get" | "roles.delete" => About::Role(nothing),
        "roles.update" => About::Role(json!({"description": "x"})),
        "keys.issue" => About::Tenant(json!({"name": format!("issued {number}"), "scopes": ["posts:read"]})),
        "keys.get" | "keys.rotate" | "keys.revoke" | "keys.suspend" => About::Key(Active, nothing),
        "keys.update" => About::Key(Active, json!({"notes": "x"})),
        "keys.confirm" => About::Key(RotatedAndUnsaved, nothing),
        "keys.remint" => About::Key(Unsaved, nothing),
        "keys.retire_old" | "keys.undo_rotation" => About::Key(Rotating, nothing),
        "keys.extend_grace" => About::Key(Rotating, json!({"by": "1h"})),
        "keys.resume" => About::Key(Suspended, nothing),
        "keys.reactivate" => About::Key(Revoked, nothing),
        "keys.find" => About::Nothing(json!({"candidates": ["sk_live_none"]})),
        "keys.verify" => About::Nothing(json!({"key": "sk_live_none"})),
        "operators.create" => About::Nothing(
            json!({"name": format!("new {number}"), "role": "viewer", "grants": ["posts:read"]}),
        ),
        "operators.update" => About::Operator(json!({"name": format!("renamed {number}")})),
        "operators.remove" | "operators.rotate" => About::Operator(nothing),
        "changes.made" => About::Nothing(json!({"idempotency_key": "never"})),
        "roles.list" => About::Listed(&["tenant"]),
        "keys.list" => About::Listed(&["tenant", "role"]),
        "audit.list" | "events.list" | "usage.get" => About::Listed(&["tenant", "key"]),
        "tenants.list" | "operators.list" | "operators.current" | "audit.verify" | "changes.since" => {
            About::Nothing(nothing)
        }
        unknown => panic!("say here what {unknown} is asked for"),
    }
}

/// Something that was made is of its own for each case, so that none sees what another did.
struct Made<'a> {
    place: &'a Place,
    number: usize,
}

impl Made<'_> {
    async fn tenant(&self) -> String {
        let slug = format!("tenant-{}", self.number);
        let request = json!({"slug": slug, "name": slug, "allow_reactivate": true});
        self.place.room.call::<ops::TenantsCreate>(request).await.unwrap();
        slug
    }

    async fn role(&self) -> String {
        let tenant = self.tenant().await;
        let request = json!({"tenant": tenant, "name": "Role", "permissions": ["posts:read"]});
        self.place.room.call::<ops::RolesCreate>(request).await.unwrap().role.id.to_string()
    }

    async fn key(&self, stands: Stands) -> String {
        let confirm = if matches!(stands, Stands::Unsaved) { "later" } else { "now" };
        let tenant = self.tenant().await;
        let (key, _) =
            self.place.room.issue(json!({"tenant": tenant, "name": "key", "confirm": confirm})).await;
        let this = json!({"key": key.id});
        let room = &self.place.room;
        match stands {
            Stands::Active | Stands::Unsaved => {}
            Stands::Rotating => drop(room.rotate(&key, "1h").await),
            Stands::RotatedAndUnsaved => {
                let later = json!({"key": key.id, "confirm": "later"});
                drop(room.call::<ops::KeysRotate>(later).await.unwrap());
            }
            Stands::Suspended => drop(room.call::<ops::KeysSuspend>(this).await.unwrap()),
            Stands::Revoked => drop(room.call::<ops::KeysRevoke>(this).await.unwrap()),
        }
        key.id.to_string()
    }

    async fn operator(&self) -> String {
        let (key, _) = self.place.operator(&format!("other {}", self.number), "viewer").await;
        key.id.to_string()
    }

    /// The fields of a request about something that is there.
    async fn own(&self, about: About) -> Value {
        let (field, id, mut fields) = match about {
            About::Nothing(fields) => return fields,
            About::Listed(_) => return json!({}),
            About::Tenant(fields) => ("tenant", self.tenant().await, fields),
            About::SuspendedTenant => {
                let tenant = self.tenant().await;
                self.place.room.call::<ops::TenantsSuspend>(json!({"tenant": tenant})).await.unwrap();
                ("tenant", tenant, json!({}))
            }
            About::Role(fields) => ("role", self.role().await, fields),
            About::Key(stands, fields) => ("key", self.key(stands).await, fields),
            About::Operator(fields) => ("operator", self.operator().await, fields),
        };
        fields[field] = id.into();
        fields
    }
}

/// What stands for whatever is not the caller's to see: ids that do not exist, ones of another kind, and those of the
/// reserved tenant.
async fn foreign(place: &Place, number: usize, about: About) -> Vec<Value> {
    let (operator, _) = place.operator(&format!("a token's key {number}"), "viewer").await;
    let none = "0190b5f0aaaabbbbccccddddeeeeffff";
    let (field, ids, fields) = match about {
        About::Nothing(_) => return Vec::new(),
        About::Listed(by) => {
            let mut all = Vec::new();
            for field in by {
                let about = match *field {
                    "tenant" => About::Tenant(json!({})),
                    "role" => About::Role(json!({})),
                    _ => About::Key(Stands::Active, json!({})),
                };
                all.extend(Box::pin(foreign(place, number * 10 + all.len() + 1000, about)).await);
            }
            return all;
        }
        About::SuspendedTenant => ("tenant", vec![format!("ten_{none}")], json!({})),
        About::Tenant(fields) => {
            let reserved = latchkey_core::operator::reserved_tenant().to_string();
            (
                "tenant",
                vec!["nobody".to_owned(), format!("ten_{none}"), "latchkey".to_owned(), reserved],
                fields,
            )
        }
        About::Role(fields) => ("role", vec![format!("rol_{none}"), "4711".to_owned()], fields),
        About::Key(_, fields) => ("key", vec![format!("key_{none}"), operator.id.to_string()], fields),
        About::Operator(fields) => {
            let (key, _) = place.key(json!({"name": format!("a customer's key {number}")})).await;
            ("operator", vec![format!("key_{none}"), key.id.to_string()], fields)
        }
    };
    let with = |id: String| {
        let mut fields = fields.clone();
        fields[field] = id.into();
        fields
    };
    ids.into_iter().map(with).collect()
}

fn may(role: OperatorRole, operation: &Described) -> bool {
    role.permissions().cover(&operation.needs, Dialect::default())
}

async fn tokens(place: &Place) -> Vec<(OperatorRole, PlaintextKey)> {
    let mut tokens = Vec::new();
    for role in OperatorRole::ALL {
        tokens.push((role, place.operator(role.word(), role.word()).await.1));
    }
    tokens
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_it_may_and_nothing_else() {
    let place = Place::new().await;
    let tokens = tokens(&place).await;
    let mut number = 0;
    for operation in operations() {
        for (role, token) in &tokens {
            number += 1;
            let fields = Made { place: &place, number }.own(about(operation.name, number)).await;
            let answer = place.ask(operation.ask_as(token, &fields)).await;
            let case = format!("{} by {}", operation.name, role.word());
            if may(*role, &operation) {
                assert!(
                    matches!(answer.status, 200 | 201),
                    "{case}: {} {}",
                    answer.status,
                    answer.json()["detail"]
                );
            } else {
                assert_eq!((answer.status, &answer.json()["code"]), (403, &json!("forbidden")), "{case}");
            }
        }
    }
    assert_eq!(number, NAMES.len() * 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_foreign_is_told_like_what_does_not_exist() {
    let place = Place::new().await;
    let tokens = tokens(&place).await;
    let mut asked = 0;
    for (number, operation) in operations().into_iter().enumerate() {
        let is_list = matches!(about(operation.name, 0), About::Listed(_));
        // Whoever administers operators reaches their keys by these.
        let reaches_operators =
            matches!(operation.name, "keys.get" | "keys.confirm" | "keys.remint" | "audit.list");
        for fields in foreign(&place, number, about(operation.name, 0)).await {
            for (role, token) in &tokens {
                let answer = place.ask(operation.ask_as(token, &fields)).await;
                let case = format!("{} of {fields} by {}", operation.name, role.word());
                asked += 1;
                if !may(*role, &operation) {
                    assert_eq!(answer.status, 403, "{case}");
                } else if reaches_operators && *role == OperatorRole::Admin && answer.status != 404 {
                    assert!(matches!(answer.status, 200 | 409), "{case}: {}", answer.status);
                } else if is_list && answer.status == 200 {
                    let shown = answer.json();
                    let rows = shown["items"].as_array().or(shown["buckets"].as_array()).unwrap();
                    assert!(rows.is_empty(), "{case}: {shown}");
                } else {
                    assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("not_found")), "{case}");
                }
            }
        }
    }
    assert!(asked > 100, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_no_operator_gets_401_on_every_operation() {
    let place = Place::new().await;
    place.tenant("partners", "funtime-partner").await;
    let (_, everything) = place.key(json!({"name": "everything", "scopes": ["*"]})).await;
    let (_, admin) = place.key(json!({"tenant": "partners", "name": "admin", "scopes": ["admin"]})).await;
    let (_, both) = place.key(json!({"name": "both", "scopes": ["*:*", "admin"]})).await;
    let (removed, removed_token) = place.operator("removed", "admin").await;
    let _ = place.operator("stays", "admin").await;
    place.call::<ops::OperatorsRemove>(json!({"operator": removed.id})).await.unwrap();
    let unknown = PlaintextKey::new(format!("{}x", everything.expose()));
    for operation in operations() {
        let fields = Made { place: &place, number: 0 };
        let fields = match about(operation.name, 0) {
            About::Nothing(value) => value,
            About::Listed(_) => json!({}),
            // It is refused before it is looked whether there is anything.
            About::Tenant(mut value) => {
                value["tenant"] = "acme".into();
                value
            }
            About::SuspendedTenant => json!({"tenant": "acme"}),
            About::Role(mut value) => {
                value["role"] = "1".into();
                value
            }
            About::Key(_, mut value) => {
                value["key"] = removed.id.to_string().into();
                value
            }
            About::Operator(mut value) => {
                value["operator"] = fields.place.room.now().to_string().into();
                value
            }
        };
        let none = place.ask(operation.ask(&fields)).await;
        assert_eq!(
            (none.status, &none.json()["code"]),
            (401, &json!("credential_needed")),
            "{}",
            operation.name
        );
        assert_eq!(none.header("www-authenticate"), Some("Bearer realm=\"latchkey\""));
        for (whose, token) in [
            ("*", &everything),
            ("admin", &admin),
            ("both", &both),
            ("removed", &removed_token),
            ("unknown", &unknown),
        ] {
            let answer = place.ask(operation.ask_as(token, &fields)).await;
            let case = format!("{} by {whose}", operation.name);
            assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("auth_failed")), "{case}");
        }
    }
    assert_eq!(place.room.call::<ops::TenantsList>(json!({})).await.unwrap().total, 2);
}
