//! What issuing, rotating and verifying cost through the store, and which part of it argon2id takes.
//! argon2id alone and the whole operation take turns, so that both see the same noise.

use latchkey_core::PlaintextKey;
use latchkey_core::digest::Digest;
use latchkey_core::operations::{KeyDetails, KeysIssue, KeysRotate};
use latchkey_core::verification::Outcome;
use latchkey_tests::Room;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

use crate::measure::{Meter, Series};
use crate::report::{self, ms, share};

const ROUNDS: usize = 300;
/// Runs before anything counts: connections, caches, the first pages of the file.
const WARM_UP: usize = 10;

/// Measures both engines and prints one table.
pub async fn run() {
    let about = format!(
        "Through the store, one call at a time; {ROUNDS} rounds. Each round runs argon2id alone and then the whole \
         operation. Medians in milliseconds; CPU is this process's, all threads."
    );
    report::title("issue", &about);
    let head = [
        "operation",
        "wall",
        "p95",
        "CPU",
        "PostgreSQL's CPU",
        "argon2id wall",
        "argon2id CPU",
        "argon2id of wall",
        "argon2id of CPU",
    ];
    let mut rows = Vec::new();
    rows.extend(measure("SQLite", &Room::sqlite().await).await);
    rows.extend(measure("PostgreSQL", &Room::postgres().await).await);
    report::table(&head, &rows);
    report::note(
        "“argon2id of CPU” counts PostgreSQL's CPU into the whole. argon2id alone is `Digest::of` for issue and \
         rotate, `Digest::matches` for verify, on the thread the store would use.",
    );
}

/// The whole operation, and argon2id alone beside it.
#[derive(Default)]
struct Pair {
    whole: Series,
    argon2id: Series,
}

async fn measure(engine: &str, room: &Room) -> Vec<Vec<String>> {
    room.tenant().await;
    let mut meter = Meter::default();
    let [mut issue, mut rotate, mut verify] = [(); 3].map(|()| Pair::default());
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            [issue, rotate, verify] = [(); 3].map(|()| Pair::default());
            // Only now are the store's connections there.
            meter = Meter::of(&room.url).await;
        }
        let (key, plaintext) = one_issue(room, &meter, &mut issue, round).await;
        let plaintext = one_rotation(room, &meter, &mut rotate, &key, plaintext).await;
        one_verification(room, &meter, &mut verify, plaintext).await;
    }
    [("issue", issue), ("rotate", rotate), ("verify", verify)]
        .into_iter()
        .map(|(name, pair)| row(&format!("{name}, {engine}"), &pair, &meter))
        .collect()
}

async fn one_issue(room: &Room, meter: &Meter, pair: &mut Pair, round: usize) -> (KeyDetails, PlaintextKey) {
    let request = json!({"tenant": "acme", "name": format!("key {round}"), "scopes": ["tickets:read"]});
    let (answer, cost) = meter.cost(room.call::<KeysIssue>(request)).await;
    pair.whole.add(cost);
    let minted = answer.unwrap();
    let plaintext = digest_alone(meter, pair, minted.plaintext.unwrap()).await;
    (minted.value.key, plaintext)
}

async fn one_rotation(
    room: &Room,
    meter: &Meter,
    pair: &mut Pair,
    key: &KeyDetails,
    plaintext: PlaintextKey,
) -> PlaintextKey {
    drop(digest_alone(meter, pair, plaintext).await);
    let request = json!({"key": key.id, "grace": "24h"});
    let (answer, cost) = meter.cost(room.call::<KeysRotate>(request)).await;
    pair.whole.add(cost);
    answer.unwrap().plaintext.unwrap()
}

async fn one_verification(room: &Room, meter: &Meter, pair: &mut Pair, plaintext: PlaintextKey) {
    let (digest, plaintext) =
        tokio::task::spawn_blocking(|| (digest_of(&plaintext), plaintext)).await.unwrap();
    let alone = tokio::task::spawn_blocking(move || (digest.matches(&plaintext), plaintext));
    let (done, cost) = meter.cost(alone).await;
    pair.argon2id.add(cost);
    let (matches, plaintext) = done.unwrap();
    assert!(matches);
    let (outcome, cost) = meter.cost(room.outcome(&plaintext)).await;
    pair.whole.add(cost);
    assert_eq!(outcome, Outcome::Valid);
}

/// argon2id and nothing else, off the async threads as the store does it.
async fn digest_alone(meter: &Meter, pair: &mut Pair, plaintext: PlaintextKey) -> PlaintextKey {
    let alone = tokio::task::spawn_blocking(move || (digest_of(&plaintext), plaintext));
    let (done, cost) = meter.cost(alone).await;
    pair.argon2id.add(cost);
    done.unwrap().1
}

fn digest_of(plaintext: &PlaintextKey) -> Digest {
    // The salt's randomness does not matter here; that it costs nothing beside argon2id does.
    Digest::of(plaintext, &mut StdRng::seed_from_u64(1)).unwrap()
}

fn row(name: &str, pair: &Pair, meter: &Meter) -> Vec<String> {
    let (whole, alone) = (&pair.whole, &pair.argon2id);
    vec![
        name.to_owned(),
        ms(whole.wall()),
        ms(whole.wall_p95()),
        ms(whole.cpu()),
        if meter.sees_server() { ms(whole.server()) } else { "–".to_owned() },
        ms(alone.wall()),
        ms(alone.cpu()),
        share(alone.wall(), whole.wall()),
        share(alone.cpu(), whole.cpu() + whole.server()),
    ]
}
