//! Odd requests to the admin API, as a table: each is told what is wrong with it, and none is our fault.

use latchkey_core::operations::{KeysRotate, TenantsCreate};
use latchkey_tests::Room;
use latchkey_tests::exchange::{Ask, get, post};
use latchkey_tests::place::Place;
use serde_json::{Value, json};

/// A request, and the status, code and field that it is told.
type Case = (Ask, u16, &'static str, Option<&'static str>);

async fn each(place: &Place, token: &str, cases: Vec<Case>) {
    for (number, (ask, status, code, field)) in cases.into_iter().enumerate() {
        let answer = place.ask(ask.bearer(token)).await;
        let problem = answer.json();
        let told = (answer.status, problem["code"].as_str().unwrap(), problem["field"].as_str());
        assert_eq!(told, (status, code, field), "case {number}: {problem}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "case {number}");
        assert!(problem["detail"].as_str().is_some_and(|words| words.len() > 5), "case {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_fields_are_named_in_the_query_and_in_the_body() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    let (key, _) = place.key(json!({"name": "n"})).await;
    let address = |rest: &str| format!("/v1/keys/{}{rest}", key.id);
    let patch = |body: Value| {
        Ask::new("PATCH", &address(""))
            .with("Content-Type", "application/json")
            .body(body.to_string().into_bytes())
    };
    let cases: Vec<Case> = vec![
        (get("/v1/keys?limit=0"), 422, "invalid", Some("limit")),
        (get("/v1/keys?limit=-1"), 422, "invalid", Some("limit")),
        (get("/v1/keys?limit=501"), 422, "invalid", Some("limit")),
        (get("/v1/keys?limit=1000000000"), 422, "invalid", Some("limit")),
        (get("/v1/keys?limit=1e9"), 422, "invalid", Some("limit")),
        (get("/v1/keys?limit=abc"), 422, "invalid", Some("limit")),
        (get("/v1/keys?limit=1&limit=2"), 422, "invalid", Some("limit")),
        (get("/v1/keys?sort=random"), 422, "invalid", Some("sort")),
        (get("/v1/keys?color=red"), 422, "unknown_field", Some("color")),
        (get("/v1/keys?tenant_id=1"), 422, "unknown_field", Some("tenant_id")),
        (get("/v1/keys?expires_before=2026-13-01"), 422, "invalid", Some("expires_before")),
        (get("/v1/keys?expires_before=2027-01-01T00:00:00"), 422, "invalid", Some("expires_before")),
        (get("/v1/keys?expires_before=2027-01-01T00:00:60Z"), 422, "invalid", Some("expires_before")),
        (get(&address("?key=other")), 400, "credential_in_url", None),
        (get(&address("?verbose=1")), 422, "unknown_field", Some("verbose")),
        (post(&address("/rotate?cut_old=true"), &json!({})), 422, "unknown_field", Some("cut_old")),
        (post(&address("/rotate"), &json!({"key": key.id})), 422, "unknown_field", Some("key")),
        (post(&address("/rotate"), &json!({"grace": -1})), 422, "invalid", Some("grace")),
        (post(&address("/rotate"), &json!({"grace": "1.5h"})), 422, "invalid", Some("grace")),
        (post(&address("/rotate"), &json!({"grace": "∞"})), 422, "invalid", Some("grace")),
        (post(&address("/rotate"), &json!({"grace": "100000d"})), 422, "invalid", Some("grace")),
        (post(&address("/rotate"), &json!({"version": 1.5})), 422, "invalid", Some("version")),
        (post(&address("/rotate"), &json!({"version": "1"})), 422, "invalid", Some("version")),
        (post(&address("/rotate"), &json!({"version": -0.0})), 422, "invalid", Some("version")),
        (post(&address("/rotate"), &json!({"cut_old": null})), 422, "invalid", Some("cut_old")),
        (patch(json!({"role": "owner", "hash": "x"})), 422, "unknown_field", Some("hash")),
        (patch(json!({"created_at": "2020-01-01T00:00:00Z"})), 422, "unknown_field", Some("created_at")),
        (patch(json!({"id": "key_1"})), 422, "unknown_field", Some("id")),
        (patch(json!({"tenant_id": "x"})), 422, "unknown_field", Some("tenant_id")),
        (patch(json!({"name": "\u{0}"})), 422, "invalid", Some("name")),
        (patch(json!({"scopes": "posts:read"})), 422, "invalid", Some("scopes")),
        (patch(json!({"scopes": [["posts:read"]]})), 422, "invalid", Some("scopes")),
        (patch(json!({"ip": ["10.0.0.256"]})), 422, "invalid", Some("ip")),
        (patch(json!({"expires": "2026-11-22T00:00:60Z"})), 422, "invalid", Some("expires")),
        (patch(json!({"expires": "2027-01-01T00:00:00"})), 422, "invalid", Some("expires")),
        (patch(json!({"role": "Nobody"})), 404, "not_found", Some("role")),
        (post("/v1/keys", &json!({})), 422, "invalid", Some("tenant")),
        (post("/v1/keys/find", &json!({"candidates": vec!["x"; 101]})), 422, "invalid", Some("candidates")),
    ];
    each(&place, token.expose(), cases).await;
    let fine = patch(json!({"expires": "2027-01-01T14:00:00+14:00"})).bearer(token.expose());
    assert_eq!(place.ask(fine).await.json()["expires_at"], "2027-01-01T00:00:00.000Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_that_name_nothing_are_all_told_the_same() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "admin").await;
    let (key, _) = place.key(json!({"name": "n"})).await;
    let unknown = "key_0190b5f0aaaabbbbccccddddeeeeffff";
    let odd = [
        unknown.to_owned(),
        "../admin".to_owned(),
        "%2e%2e%2fadmin".to_owned(),
        "%2e%2e".to_owned(),
        "1%20OR%201=1".to_owned(),
        "'".to_owned(),
        "%00".to_owned(),
        "%ff".to_owned(),
        "%".to_owned(),
        "*".to_owned(),
        key.id.to_string().to_uppercase(),
        key.id.to_string().replace("key_", "ten_"),
        format!("{}%20", key.id),
        "x".repeat(4_000),
    ];
    let mut details = std::collections::BTreeSet::new();
    for path in odd {
        for path in [
            format!("/v1/keys/{path}"),
            format!("/v1/tenants/{path}"),
            format!("/v1/roles/{path}?tenant=acme"),
        ] {
            let answer = place.ask(get(&path).bearer(token.expose())).await;
            assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("not_found")), "{path}");
            details.insert(answer.json()["detail"].as_str().unwrap().to_owned());
        }
    }
    // “../admin” is a path of its own, of which there is none; the others differ by their noun alone.
    assert_eq!(details.len(), 4, "{details:?}");
    for path in ["/", "//", "/v1", "/v1/", "/v1/tenants/", "/V1/tenants", "/v2/keys", "/admin", "*"] {
        let answer = place.ask(get(path).bearer(token.expose())).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_cursors_are_refused_or_show_a_page_of_what_may_be_seen() {
    for room in [Room::sqlite().await, Room::postgres().await] {
        forge_cursors(Place::on(room, |_| {}).await).await;
    }
}

async fn forge_cursors(place: Place) {
    let (_, token) = place.operator("ann", "viewer").await;
    for number in 0..3 {
        place.key(json!({"name": format!("key {number}")})).await;
    }
    place.call::<TenantsCreate>(json!({"slug": "beta", "name": "Beta"})).await.unwrap();
    let page = place.ask(get("/v1/keys?limit=1").bearer(token.expose())).await.json();
    let real = page["next_cursor"].as_str().unwrap().to_owned();
    let hex = |text: &str| latchkey_core::audit::to_hex(text.as_bytes());
    let decoded: Vec<u8> =
        (0..real.len()).step_by(2).map(|at| u8::from_str_radix(&real[at..at + 2], 16).unwrap()).collect();
    let json: Value = serde_json::from_slice(&decoded).unwrap();
    let with = |field: &str, value: Value| {
        let mut forged = json.clone();
        forged[field] = value;
        hex(&forged.to_string())
    };
    let mut cursors: Vec<String> = vec![
        "0".into(),
        "zz".into(),
        "7b7d".into(),
        hex("{}"),
        hex("[]"),
        "é".replace('é', "%C3%A9"),
        hex("{\"l\":\"keys\",\"v\":null,\"i\":\"\"}"),
        "a".repeat(5_000),
        real.to_uppercase(),
        format!("{real}00"),
    ];
    for field in ["l", "v", "i"] {
        for value in [
            json!(null),
            json!(""),
            json!("' OR 1=1 --"),
            json!(1),
            json!("\u{0}"),
            json!("9".repeat(30)),
            json!(["x"]),
        ] {
            cursors.push(with(field, value));
        }
    }
    for list in [
        "keys",
        "tenants",
        "roles",
        "audit",
        "events",
        "operators",
        "keys?sort=expires&x=1".trim_end_matches("&x=1"),
    ] {
        let join = if list.contains('?') { '&' } else { '?' };
        for cursor in cursors.iter().chain([&real]) {
            let answer =
                place.ask(get(&format!("/v1/{list}{join}cursor={cursor}")).bearer(token.expose())).await;
            match answer.status {
                200 => {
                    let page = answer.json();
                    assert!(page["items"].as_array().unwrap().len() <= 4, "{list} {cursor}");
                }
                status => {
                    let told = (status, answer.json()["code"].clone());
                    assert_eq!(told, (400, json!("bad_cursor")), "{list} {cursor}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_searches_are_letters_and_hurt_nobody() {
    for room in [Room::sqlite().await, Room::postgres().await] {
        search_oddly(Place::on(room, |_| {}).await).await;
    }
}

async fn search_oddly(place: Place) {
    let (_, token) = place.operator("ann", "viewer").await;
    place.key(json!({"name": "plain"})).await;
    for search in [
        "%25".repeat(1_000),
        "(a%2B)%2B%24".to_owned(),
        "%5C".to_owned(),
        "'%3B--".to_owned(),
        "%F0%9F%91%A9".to_owned(),
    ] {
        for list in ["keys", "tenants", "roles"] {
            let answer = place.ask(get(&format!("/v1/{list}?search={search}")).bearer(token.expose())).await;
            let told = (answer.status, answer.json()["items"].as_array().map(Vec::len));
            assert_eq!(told, (200, Some(0)), "{list} {search}: {}", answer.body);
        }
    }
    for (query, field) in [("search=%00", "search"), ("tenant=a%00", "tenant"), ("role=%00", "role")] {
        let answer = place.ask(get(&format!("/v1/keys?{query}")).bearer(token.expose())).await;
        assert_eq!((answer.status, &answer.json()["field"]), (422, &json!(field)), "{query}");
    }
    for action in ["%27", "%5Cx00", "keys.issue%20"] {
        let answer = place.ask(get(&format!("/v1/audit?action={action}")).bearer(token.expose())).await;
        assert_eq!((answer.status, &answer.json()["total"]), (200, &json!(0)), "{action}");
    }
    let (_, admin) = place.operator("lee", "admin").await;
    let issue =
        post("/v1/keys", &json!({"tenant": "a\u{0}", "name": "n", "role": "b\u{0}"})).bearer(admin.expose());
    assert_eq!(place.ask(issue).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_is_told_who_was_first() {
    let place = Place::new().await;
    let (_, ann) = place.operator("ann", "admin").await;
    let (_, lee) = place.operator("lee", "admin").await;
    let (key, _) = place.key(json!({"name": "n"})).await;
    let path = format!("/v1/keys/{}", key.id);
    let rename = |token: &str, name: &str, version: i64| {
        Ask::new("PATCH", &path)
            .with("Content-Type", "application/json")
            .body(json!({"name": name, "version": version}).to_string().into_bytes())
            .bearer(token)
    };
    assert_eq!(place.ask(rename(lee.expose(), "first", key.version)).await.status, 200);
    let late = place.ask(rename(ann.expose(), "second", key.version)).await;
    let problem = late.json();
    assert_eq!((late.status, &problem["code"], &problem["by"]), (409, &json!("conflict"), &json!("lee")));
    assert_eq!(problem["version"], key.version + 1);
    assert!(problem["at"].as_str().unwrap().ends_with('Z'));
    for version in [i64::MAX, i64::MIN, 0, -1] {
        assert_eq!(place.ask(rename(ann.expose(), "x", version)).await.status, 409, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_state_does_not_allow_is_a_conflict_and_a_repetition_none() {
    let place = Place::new().await;
    let (_, token) = place.operator("ann", "issuer").await;
    let (key, _) = place.key(json!({"name": "n"})).await;
    let to =
        |verb: &str, body: Value| post(&format!("/v1/keys/{}/{verb}", key.id), &body).bearer(token.expose());
    place.call::<KeysRotate>(json!({"key": key.id, "grace": "1h"})).await.map(drop).unwrap();
    let cases = [
        ("rotate", json!({}), 409, "rotation_in_grace"),
        ("remint", json!({}), 409, "no_such_secret"),
        ("extend-grace", json!({"by": "1h", "until": "2027-01-01"}), 422, "invalid"),
        ("extend-grace", json!({"by": "400d"}), 422, "policy_grace"),
    ];
    for (verb, body, status, code) in cases {
        let answer = place.ask(to(verb, body)).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (status, &json!(code)),
            "{verb}: {}",
            answer.body
        );
    }
    for (verb, times) in [("confirm", 2), ("revoke", 2)] {
        for _ in 0..times {
            assert_eq!(place.ask(to(verb, json!({}))).await.status, 200, "{verb}");
        }
    }
    let revoked = place.ask(to("rotate", json!({}))).await;
    assert_eq!((revoked.status, &revoked.json()["code"]), (409, &json!("key_revoked")));
}
