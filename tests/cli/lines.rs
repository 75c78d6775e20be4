//! Every line of the interface that belongs to this stage, as it is written there.

use serde_json::Value;

use crate::program::Program;

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn tenants_are_made_listed_shown_changed_suspended_and_resumed() {
    let program = Program::with_store();
    let words = ["tenants", "create", "acme", "--name", "ACME Corp", "--profile", "django-tenant"];
    let made = program.json(&words);
    assert_eq!((&made["slug"], &made["name"]), (&"acme".into(), &"ACME Corp".into()));
    assert_eq!(made["profile"], "django-tenant");
    assert_eq!(program.json(&["tenants", "list"])["items"][0]["id"], made["id"]);
    assert_eq!(program.json(&["tenants", "show", "acme"])["id"], made["id"]);
    let changed =
        program.json(&["tenants", "update", "acme", "--notes", "two\nlines", "--max-lifetime", "90d"]);
    assert_eq!(changed["policy"]["max_lifetime"], "90d");
    let cleared = program.json(&["tenants", "update", "acme", "--max-lifetime"]);
    assert_eq!(cleared["policy"]["max_lifetime"], Value::Null);
    assert_eq!(cleared["notes"], "two\nlines");
    assert!(program.json(&["tenants", "suspend", "acme"])["suspended_at"].is_string());
    assert!(program.json(&["tenants", "resume", "acme"])["suspended_at"].is_null());
    let list = program.run(&["tenants", "list"]);
    assert!(list.is(0).out.contains("acme") && list.out.contains("ACME Corp"));
}

#[test]
fn roles_are_made_with_permissions_written_either_way_and_named_by_number() {
    let program = Program::with_store();
    program.run(&["tenants", "create", "acme", "--name", "ACME Corp"]).is(0);
    let words = [
        "roles",
        "create",
        "--tenant",
        "acme",
        "Integration",
        "--permission",
        "tasks.add_task",
        "posts:read",
    ];
    let made = program.json(&words);
    assert_eq!(made["permissions"], serde_json::json!(["posts:read", "tasks.add_task"]));
    let other =
        ["roles", "create", "--tenant", "acme", "--permission", "a:b", "--permission", "c:d", "Other"];
    assert_eq!(program.json(&other)["permissions"], serde_json::json!(["a:b", "c:d"]));
    let number = made["number"].as_i64().unwrap().to_string();
    assert_eq!(program.json(&["roles", "show", &number])["id"], made["id"]);
    assert_eq!(program.json(&["roles", "list", "--tenant", "acme"])["total"], 2);
    let update = ["roles", "update", &number, "--permission", "tasks.view_task", "--description", "less"];
    assert_eq!(program.json(&update)["permissions"], serde_json::json!(["tasks.view_task"]));
    program.run(&["roles", "delete", &number]).is(0);
    program.run(&["roles", "show", &number]).is(3);
}

#[test]
fn a_key_is_issued_with_everything_and_found_again() {
    let program = Program::with_acme();
    let words = [
        "keys",
        "issue",
        "--tenant",
        "acme",
        "--name",
        "n8n Production",
        "--role",
        "Integration",
        "--scope",
        "posts:read",
        "posts:write",
        "--environment",
        "test",
        "--expires",
        "2099-12-31",
        "--ip",
        "10.0.0.0/8",
        "--tier",
        "pro",
        "--notes",
        "for the flows",
        "--integration",
        "n8n",
        "--identity",
        "u-7",
    ];
    let issued = program.json(&words);
    assert_eq!(fields(&issued), ["key", "plaintext"]);
    let key = &issued["key"];
    assert_eq!(key["expires_at"], "2100-01-01T00:00:00.000Z");
    assert_eq!((&key["environment"], &key["tier"]), (&"test".into(), &"pro".into()));
    assert_eq!(key["scopes"], serde_json::json!(["posts:read", "posts:write"]));
    assert_eq!(key["role"]["name"], "Integration");
    let id = key["id"].as_str().unwrap();
    let shown = program.json(&["keys", "show", id]);
    assert_eq!(shown["name"], "n8n Production");
    assert_eq!(shown["status"], "active", "it was confirmed once it had been written");
    let filters =
        ["keys", "list", "--tenant", "acme", "--status", "active", "--search", "n8n", "--limit", "1"];
    assert_eq!(program.json(&filters)["items"][0]["id"], key["id"]);
    assert_eq!(program.json(&["keys", "list", "--status", "revoked"])["total"], 0);
    let for_people = program.run(&["keys", "show", id]);
    assert!(for_people.is(0).out.contains("2099-12-31") && for_people.out.contains("n8n Production"));
}

#[test]
fn lists_continue_from_their_cursor() {
    let program = Program::with_acme();
    for name in ["one", "two", "three"] {
        program.issue(name, &[]);
    }
    let first = program.json(&["keys", "list", "--limit", "2"]);
    assert_eq!((first["items"].as_array().unwrap().len(), &first["total"]), (2, &3.into()));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = program.json(&["keys", "list", "--limit", "2", "--cursor", cursor]);
    assert_eq!(second["items"][0]["name"], "two");
    assert!(second["next_cursor"].is_null());
    program.run(&["keys", "list", "--limit", "2"]).is(0).says("2 of 3");
}

#[test]
fn a_rotation_runs_its_course() {
    let program = Program::with_acme();
    let (id, old) = program.issue("flows", &[]);
    let new = program.run(&["keys", "rotate", &id, "--grace", "24h"]).is(0).key();
    assert_eq!((program.outcome(&old, &[]), program.outcome(&new, &[])), ("valid".into(), "valid".into()));
    program.run(&["keys", "rotate", &id]).is(5).says("--cut-old");
    let longer = program.json(&["keys", "extend-grace", &id, "--by", "24h"]);
    assert!(longer["old_until"].is_string());
    program.run(&["keys", "undo-rotation", &id]).is(0);
    assert_eq!((program.outcome(&old, &[]), program.outcome(&new, &[])), ("valid".into(), "retired".into()));
    program.run(&["keys", "rotate", &id, "--grace", "24h"]).is(0);
    let third = program.run(&["keys", "rotate", &id, "--grace", "24h", "--cut-old"]).is(0).key();
    assert_eq!(program.outcome(&old, &[]), "retired");
    program.run(&["keys", "retire-old", &id]).is(0);
    assert_eq!(program.outcome(&third, &[]), "valid");
    assert_eq!(program.json(&["keys", "show", &id])["status"], "active");
}

#[test]
fn several_keys_are_revoked_at_once_and_one_that_fails_stops_no_other() {
    let program = Program::with_acme();
    let (one, first) = program.issue("one", &[]);
    let (two, second) = program.issue("two", &[]);
    let unknown = "key_0190b5f0000070008000000000000001";
    let ran = program.run(&["keys", "revoke", &one, unknown, &two, "--reason", "leaked"]);
    ran.is(3).says(unknown);
    assert_eq!(program.outcome(&first, &[]), "revoked");
    assert_eq!(program.outcome(&second, &[]), "revoked");
    assert_eq!(program.json(&["keys", "show", &two])["revocation"]["reason"], "leaked");
    program.run(&["keys", "revoke", &one]).is(0);
    program.run(&["keys", "revoke", &one, &two, "--version", "1"]).is(2).says("version");
    program.run(&["keys", "reactivate", &one]).is(2);
}

#[test]
fn a_key_is_suspended_resumed_and_where_the_policy_allows_reactivated() {
    let program = Program::with_acme();
    program.run(&["tenants", "update", "acme", "--allow-reactivate", "true"]).is(0);
    let (id, key) = program.issue("flows", &[]);
    program.run(&["keys", "suspend", &id]).is(0);
    assert_eq!(program.outcome(&key, &[]), "suspended");
    program.run(&["keys", "resume", &id]).is(0);
    program.run(&["keys", "revoke", &id, "--reason", "unused"]).is(0);
    program.run(&["keys", "reactivate", &id]).is(0);
    assert_eq!(program.outcome(&key, &[]), "valid");
}

#[test]
fn the_audit_is_listed_and_proved_and_changes_are_told() {
    let program = Program::with_acme();
    let before = program.json(&["changes", "since"])["revision"].as_i64().unwrap();
    let (id, _) = program.issue("flows", &[]);
    let entries = program.json(&["audit", "list", "--key", &id]);
    let actions: Vec<_> = entries["items"].as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["keys.confirm", "keys.issue"]);
    assert_eq!(entries["items"][0]["source"], "cli");
    let verdict = program.json(&["audit", "verify"]);
    assert_eq!(verdict["intact"], true);
    assert!(program.run(&["audit", "verify"]).is(0).out.starts_with("intact: "));
    let since = program.json(&["changes", "since", "--revision", &before.to_string(), "--wait-ms", "0"]);
    assert_eq!(since["touched"], serde_json::json!([{"noun": "key", "id": id}]));
}

#[test]
fn the_store_is_migrated_examined_and_completed() {
    let program = Program::with_store();
    let migrated = program.json(&["migrate"]);
    assert_eq!(migrated["from"], migrated["to"]);
    let doctor = program.json(&["doctor"]);
    assert_eq!((&doctor["ok"], &doctor["prefix"]), (&true.into(), &"sk".into()));
    assert!(program.run(&["doctor"]).is(0).out.contains("ok"));
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = program.run(&["completions", shell]);
        assert!(script.is(0).out.contains("retire-old"), "{shell}");
    }
    assert!(program.run(&["--version"]).is(0).out.starts_with("latchkey "));
}

#[test]
fn init_takes_a_prefix_and_never_writes_over_a_store() {
    let program = Program::without_store();
    program.run(&["init", "--prefix", "Not One"]).is(2).says("a letter first");
    program.run(&["init", "--prefix", "acme"]).is(0);
    program.run(&["tenants", "create", "acme", "--name", "ACME Corp"]).is(0);
    program.run(&["init"]).is(6);
    assert_eq!(program.json(&["tenants", "list"])["total"], 1, "the store that was there is untouched");
    let key = program.json(&["keys", "issue", "--tenant", "acme", "--name", "flows"]);
    assert!(key["key"]["hint"].as_str().unwrap().starts_with("acme_live_"));
}

#[test]
fn without_a_named_store_it_is_the_desktops() {
    let program = Program::without_store();
    let data = program.folder.path().join("data").join("latchkey");
    let local = |words: &[&str]| {
        let mut command = program.command(words);
        crate::program::Ran::of(command.env_remove("LATCHKEY_STORE").env("LATCHKEY_DATA_DIR", &data))
    };
    local(&["tenants", "list"]).is(6).says("latchkey init");
    local(&["init"]).is(0);
    assert!(data.join("keys.db").is_file());
    local(&["tenants", "create", "acme", "--name", "ACME Corp"]).is(0);
    let named = format!("sqlite:{}", data.join("keys.db").display());
    assert!(program.run(&["tenants", "list", "--store", &named]).is(0).out.contains("acme"));
}

#[test]
fn operators_are_made_listed_changed_rotated_and_removed() {
    let program = Program::with_store();
    let words = [
        "operators",
        "create",
        "--name",
        "deploy",
        "--role",
        "issuer",
        "--grant",
        "posts:read",
        "posts:write",
    ];
    let made = program.json(&words);
    assert!(made["plaintext"].as_str().unwrap().starts_with("lka_"));
    let id = made["key"]["id"].as_str().unwrap();
    let find = || {
        let listed = program.json(&["operators", "list"]);
        let found = listed["items"].as_array().unwrap().iter().find(|item| item["key"]["id"] == id).cloned();
        found.expect("it is listed")
    };
    assert_eq!(find()["grants"], serde_json::json!(["posts:read", "posts:write"]));
    let people = program.run(&["operators", "list"]);
    assert!(people.is(0).out.contains("deploy") && people.out.contains("issuer"));
    let changed = program.run(&["operators", "update", id, "--role", "viewer", "--grant"]);
    assert!(changed.is(0).out.contains("viewer"));
    assert_eq!((&find()["role"], &find()["grants"]), (&"viewer".into(), &serde_json::json!([])));
    let line = program.run(&["operators", "rotate", id, "--env"]);
    assert!(line.is(0).out.starts_with("LATCHKEY_TOKEN=lka_"));
    program.run(&["operators", "remove", id]).is(0);
    assert_eq!(find()["key"]["status"], "revoked");
    assert!(program.run(&["operators", "current"]).is(0).out.contains("latchkey:*"));
    // What administers is no customer's, for every other command.
    program.run(&["keys", "show", id]).is(0);
    program.run(&["keys", "revoke", id]).is(3);
    assert_eq!(program.json(&["keys", "list"])["total"], 0);
    program.run(&["tenants", "create", "latchkey", "--name", "Latchkey"]).is(5).says("slug");
}

#[test]
fn events_and_usage_are_looked_at() {
    let program = Program::with_acme();
    let (id, _) = program.issue("flows", &[]);
    program.run(&["events", "list", "--kind", "dead_secret_used"]).is(0).says("Nothing found");
    assert_eq!(program.json(&["events", "list"])["total"], 0);
    program.run(&["usage", "show", "--key", &id]).is(0).says("Nothing was gathered yet");
    let report = program.json(&["usage", "show", "--tenant", "acme"]);
    assert_eq!((&report["gathered"], &report["buckets"]), (&false.into(), &serde_json::json!([])));
    program.run(&["usage", "show", "--key", &id, "--tenant", "acme"]).is(2);
}
