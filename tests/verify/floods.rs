//! Floods: what many requests at once cost, and that what is known is answered meanwhile.

use std::sync::Arc;

use latchkey_core::PlaintextKey;
use latchkey_core::verification::Outcome;
use latchkey_verify::{Question, Settings, Verifier};
use tokio::task::JoinSet;

use crate::service::{begin, forged, outcome, settings, unknown, verify, with_pepper};

/// Asks for all at once, each in a task of its own. The outcomes, and how many were told that nobody can tell.
async fn at_once(verifier: &Verifier, keys: Vec<PlaintextKey>) -> (Vec<Outcome>, usize) {
    let mut asking = JoinSet::new();
    for key in keys {
        let verifier = verifier.clone();
        asking.spawn(async move { verify(&verifier, &key).await.map(|verdict| verdict.outcome) });
    }
    let answers = asking.join_all().await;
    let untold = answers.iter().filter(|answer| answer.is_err()).count();
    (answers.into_iter().flatten().collect(), untold)
}

fn copies(key: &PlaintextKey, count: usize) -> Vec<PlaintextKey> {
    (0..count).map(|_| PlaintextKey::new(key.expose().to_owned())).collect()
}

in_both_rooms! {
    async fn a_hundred_first_uses_of_one_key_at_once_cost_one_argon2id(room) {
        let (_, key) = room.key("n8n").await;
        let verifier = begin(&room, settings()).await;
        let (outcomes, untold) = at_once(&verifier, copies(&key, 100)).await;
        assert_eq!((outcomes, untold), (vec![Outcome::Valid; 100], 0));
        assert_eq!(verifier.stats().argon2_runs, 1);
        assert!(verifier.stats().look_ups <= 2);
        verifier.stop().await;
    }

    async fn with_a_pepper_no_flood_runs_argon2id(room) {
        let settings = with_pepper(&room);
        let (_, known) = room.key("known").await;
        let (_, cold) = room.key("cold").await;
        let verifier = begin(&room, settings).await;
        assert_eq!(outcome(&verifier, &known).await, Outcome::Valid);
        let mut flood: Vec<PlaintextKey> = (0..300).map(unknown).collect();
        flood.extend((0..300).map(|number| forged(&cold, number)));
        flood.extend((0..300).map(|number| forged(&known, number)));
        flood.extend((0..300).map(|number| PlaintextKey::new(format!("sk_live_{number}"))));
        let (outcomes, untold) = at_once(&verifier, flood).await;
        let count = |wanted: Outcome| outcomes.iter().filter(|outcome| **outcome == wanted).count();
        assert_eq!((count(Outcome::NotFound), count(Outcome::Malformed), untold), (900, 300, 0));
        let stats = verifier.stats();
        assert_eq!(stats.argon2_runs, 0);
        assert!(stats.look_ups < 300, "{} look-ups: those that wait share one", stats.look_ups);
        verifier.stop().await;
    }

    async fn what_does_not_fit_into_the_lane_is_told_that_nobody_can_tell(room) {
        let (_, known) = room.key("known").await;
        let mut cold = Vec::new();
        for number in 0..12 {
            cold.push(room.key(&format!("cold {number}")).await.1);
        }
        let verifier = begin(&room, Settings { lane_queue: 2, ..settings() }).await;
        assert_eq!(outcome(&verifier, &known).await, Outcome::Valid);
        let (outcomes, untold) = at_once(&verifier, cold).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Valid), "a good key is never called bad");
        assert!(untold > 0 && outcomes.len() >= 2, "{untold} of {}", outcomes.len() + untold);
        assert!(verifier.verify_warm(known.expose(), &Question::default(), None).unwrap().is_valid());
        assert_eq!(verifier.stats().cannot_tell, untold as u64);
        verifier.stop().await;
    }

    async fn wrong_texts_for_one_cold_key_take_turns_and_repeating_one_costs_nothing(room) {
        let (_, key) = room.key("n8n").await;
        let verifier = begin(&room, settings()).await;
        let (outcomes, untold) = at_once(&verifier, copies(&forged(&key, 7), 50)).await;
        assert_eq!((outcomes, untold), (vec![Outcome::NotFound; 50], 0));
        assert_eq!(verifier.stats().argon2_runs, 1);
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        verifier.stop().await;
    }

    async fn an_address_that_guesses_too_often_is_heard_only_with_a_key_that_is_known(room) {
        let (_, known) = room.key("known").await;
        let (_, cold) = room.key("cold").await;
        let verifier = begin(&room, Settings { failures_per_minute: 10, ..settings() }).await;
        let guesser = "203.0.113.9".parse().ok();
        let ask = async |key: &PlaintextKey, from| {
            let verdict = verifier.verify(key.expose(), &Question::default(), from).await.unwrap();
            (verdict.outcome, verdict.retry_at)
        };
        assert_eq!(ask(&known, guesser).await.0, Outcome::Valid);
        for number in 0..10 {
            assert_eq!(ask(&unknown(number), guesser).await, (Outcome::NotFound, None));
        }
        let until = room.now().plus(latchkey_core::Span::minutes(1));
        assert_eq!(ask(&unknown(99), guesser).await, (Outcome::RateLimited, Some(until)));
        assert_eq!(ask(&forged(&known, 1), guesser).await, (Outcome::RateLimited, Some(until)));
        assert_eq!(ask(&cold, guesser).await, (Outcome::RateLimited, Some(until)));
        assert_eq!(ask(&known, guesser).await.0, Outcome::Valid, "what is known is always heard");
        assert_eq!(ask(&cold, "203.0.113.8".parse().ok()).await.0, Outcome::Valid, "others are heard");
        room.clock.advance(latchkey_core::Span::minutes(1));
        assert_eq!(ask(&unknown(99), guesser).await.0, Outcome::NotFound);
        verifier.stop().await;
    }

    async fn many_first_uses_wait_for_few_look_ups(room) {
        let settings = with_pepper(&room);
        room.tenant().await;
        let mut keys = Vec::new();
        for number in 0..60 {
            keys.push(room.issue(serde_json::json!({"tenant": "acme", "name": format!("key {number}")})).await.1);
        }
        let verifier = Arc::new(begin(&room, settings).await);
        let (outcomes, untold) = at_once(&verifier, keys).await;
        assert_eq!((outcomes, untold), (vec![Outcome::Valid; 60], 0));
        assert!(verifier.stats().look_ups < 30, "{} look-ups", verifier.stats().look_ups);
        assert_eq!(verifier.stats().argon2_runs, 0);
        verifier.stop().await;
    }
}
