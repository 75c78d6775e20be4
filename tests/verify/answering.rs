//! What the verifier answers, and what it takes to find that out.

use latchkey_core::PlaintextKey;
use latchkey_core::operations::{
    KeysRevoke, KeysSuspend, KeysUpdate, OperatorsCreate, TenantSelector, TenantsCreate, TenantsSuspend,
};
use latchkey_core::verification::Outcome;
use latchkey_verify::{Audience, Question};
use serde_json::json;

use crate::service::{begin, forged, outcome, settings, unknown, verify, with_pepper};

in_both_rooms! {
    async fn a_key_costs_argon2id_once_and_nothing_from_then_on(room) {
        let (_, key) = room.key("n8n").await;
        let verifier = begin(&room, settings()).await;
        assert!(verifier.verify_warm(key.expose(), &Question::default(), None).is_none());
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        for _ in 0..10 {
            let verdict = verifier.verify_warm(key.expose(), &Question::default(), None).unwrap();
            assert!(verdict.is_valid());
        }
        // A wrong secret for a key that is known costs none either, and a typo not even a look.
        assert_eq!(outcome(&verifier, &forged(&key, 1)).await, Outcome::NotFound);
        assert_eq!(outcome(&verifier, &PlaintextKey::new("hello".to_owned())).await, Outcome::Malformed);
        let stats = verifier.stats();
        assert_eq!((stats.argon2_runs, stats.look_ups, stats.cold, stats.hits), (1, 1, 1, 12));
        assert_eq!(stats.entries, 1);
        verifier.stop().await;
    }

    async fn an_answer_from_memory_allocates_nothing(room) {
        room.tenant().await;
        let (_, key) = room.issue(json!({"tenant": "acme", "name": "n8n", "tier": "pro", "ip": ["10.0.0.0/8"], "scopes": ["posts:*"]})).await;
        let verifier = begin(&room, settings()).await;
        let question = Question {
            requirement: latchkey_core::permission::Requirement {
                all: vec!["posts:read".parse().unwrap()], any: Vec::new(),
            },
            ..Question::default()
        };
        let from = "10.0.0.1".parse().ok();
        assert!(verifier.verify(key.expose(), &question, from).await.unwrap().is_valid());
        let ask = || assert!(verifier.verify_warm(key.expose(), &question, from).unwrap().is_valid());
        // The thread sets memory aside once.
        ask();
        let allocations = allocation_counter::measure(|| (0..1_000).for_each(|_| ask()));
        assert_eq!(allocations.count_total, 0);
        verifier.stop().await;
    }

    async fn a_key_with_a_tag_costs_no_argon2id_and_a_wrong_text_is_told_by_it_for_good(room) {
        let settings = with_pepper(&room);
        let (_, key) = room.key("n8n").await;
        let verifier = begin(&room, settings).await;
        assert_eq!(outcome(&verifier, &forged(&key, 1)).await, Outcome::NotFound);
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        assert_eq!(verifier.stats().argon2_runs, 0);
        verifier.stop().await;
    }

    async fn a_tag_is_filled_in_at_the_first_success_and_serves_the_next_process(room) {
        let (_, key) = room.key("n8n").await;
        let settings = with_pepper(&room);
        let first = begin(&room, settings.clone()).await;
        assert_eq!(outcome(&first, &key).await, Outcome::Valid);
        assert_eq!(first.stats().argon2_runs, 1);
        crate::service::until("the tag is kept", async || {
            let next = begin(&room, settings.clone()).await;
            assert_eq!(outcome(&next, &key).await, Outcome::Valid);
            let runs = next.stats().argon2_runs;
            next.stop().await;
            runs == 0
        }).await;
        first.stop().await;
    }

    async fn the_first_failure_in_the_order_wins(room) {
        room.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME", "ip": ["10.0.0.0/8", "11.0.0.0/8"]})).await.unwrap();
        room.call::<TenantsCreate>(json!({"slug": "globex", "name": "Globex"})).await.unwrap();
        let (details, key) = room.issue(json!({
            "tenant": "acme", "name": "n8n", "ip": ["10.0.0.0/8", "12.0.0.0/8"], "scopes": ["posts:*"], "expires": "1h"
        })).await;
        let verifier = begin(&room, settings()).await;
        let tenant = |slug: &str| verifier.tenant(&TenantSelector::Slug(slug.to_owned())).map(|look| look.tenant.id);
        let mut question = Question {
            tenant: tenant("globex"),
            environment: Some(latchkey_core::key::Environment::Test),
            requirement: latchkey_core::permission::Requirement {
                all: vec!["users:read".parse().unwrap()], any: Vec::new(),
            },
            ..Question::default()
        };
        assert!(question.tenant.is_some() && tenant("nobody").is_none());
        let ask = async |question: &Question, from: &str| {
            verifier.verify(key.expose(), question, from.parse().ok()).await.unwrap().outcome
        };
        assert_eq!(ask(&question, "11.0.0.1").await, Outcome::WrongTenant);
        question.tenant = tenant("acme");
        assert_eq!(ask(&question, "11.0.0.1").await, Outcome::WrongEnvironment);
        question.environment = None;
        assert_eq!(ask(&question, "11.0.0.1").await, Outcome::IpDenied, "not the key's");
        assert_eq!(ask(&question, "12.0.0.1").await, Outcome::IpDenied, "not the tenant's");
        assert_eq!(ask(&question, "").await, Outcome::IpDenied, "an unknown address stays out");
        assert_eq!(ask(&question, "::ffff:10.0.0.1").await, Outcome::InsufficientPermissions);
        question.requirement.all = vec!["posts:read".parse().unwrap()];
        assert_eq!(ask(&question, "10.0.0.1").await, Outcome::Valid);
        room.clock.advance(latchkey_core::Span::hours(1));
        assert_eq!(ask(&question, "11.0.0.1").await, Outcome::Expired, "dead at exactly its expiry");
        room.call::<KeysSuspend>(json!({"key": details.id})).await.unwrap();
        verifier.catch_up().await.unwrap();
        assert_eq!(ask(&question, "11.0.0.1").await, Outcome::Suspended);
        room.call::<KeysRevoke>(json!({"key": details.id})).await.unwrap();
        verifier.catch_up().await.unwrap();
        assert_eq!(ask(&question, "11.0.0.1").await, Outcome::Revoked);
        room.call::<TenantsSuspend>(json!({"tenant": "acme"})).await.unwrap();
        verifier.catch_up().await.unwrap();
        assert_eq!(ask(&question, "11.0.0.1").await, Outcome::Suspended, "the tenant's comes first");
        verifier.stop().await;
    }

    async fn operators_and_customers_are_unknown_to_each_other(room) {
        let (_, key) = room.key("n8n").await;
        room.call::<KeysUpdate>(json!({"key": room_key(&room).await, "scopes": ["*", "admin"]})).await.unwrap();
        let token = room
            .call::<OperatorsCreate>(json!({"name": "dana", "role": "admin"}))
            .await.unwrap().plaintext.unwrap();
        let verifier = begin(&room, settings()).await;
        let operators = Question { audience: Audience::Operators, ..Question::default() };
        let customers = Question::default();
        let ask = async |text: &PlaintextKey, question: &Question| verifier.verify(text.expose(), question, None).await.unwrap();
        assert!(ask(&token, &operators).await.is_valid() && ask(&key, &customers).await.is_valid());
        let refused = ask(&token, &customers).await;
        assert_eq!((refused.outcome, refused.entry.is_none()), (Outcome::NotFound, true));
        assert_eq!(ask(&key, &operators).await.outcome, Outcome::NotFound);
        verifier.stop().await;
    }

    async fn an_id_that_is_nobodys_is_remembered_until_a_key_changes(room) {
        room.tenant().await;
        let verifier = begin(&room, settings()).await;
        for _ in 0..20 {
            assert_eq!(outcome(&verifier, &unknown(1)).await, Outcome::NotFound);
        }
        assert_eq!(verifier.stats().look_ups, 1);
        room.key("n8n").await;
        verifier.catch_up().await.unwrap();
        assert_eq!(outcome(&verifier, &unknown(1)).await, Outcome::NotFound);
        assert_eq!(verifier.stats().look_ups, 2);
        verifier.stop().await;
    }

    async fn what_no_client_may_see_is_not_kept_in_memory(room) {
        room.tenant().await;
        let (_, key) = room.issue(json!({"tenant": "acme", "name": "n8n", "notes": "for people", "identity": "ann"})).await;
        let verifier = begin(&room, settings()).await;
        let entry = verify(&verifier, &key).await.unwrap().entry.unwrap();
        assert_eq!((entry.key.notes.as_str(), entry.key.secrets.len()), ("", 0));
        assert_eq!(entry.key.identity.as_deref(), Some("ann"));
        verifier.stop().await;
    }
}

/// The id of the only key.
async fn room_key(room: &latchkey_tests::Room) -> String {
    use latchkey_core::operations::KeysList;
    room.call::<KeysList>(json!({})).await.unwrap().items[0].id.to_string()
}
