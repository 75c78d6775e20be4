//! A service that verifies in a room, and texts that look like keys. Holds no test.

use std::time::Duration;

use latchkey_core::PlaintextKey;
use latchkey_core::key_format::KeyFormat;
use latchkey_core::tag::Pepper;
use latchkey_core::verification::Outcome;
use latchkey_tests::Room;
use latchkey_verify::{CannotTell, Question, Settings, Verdict, Verifier};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// Settings for a clock that is moved by hand, with nothing written before it is asked for and no address refused.
pub fn settings() -> Settings {
    Settings {
        follow_clock: false,
        flush_every: Duration::from_hours(1),
        failures_per_minute: 0,
        ..Settings::default()
    }
}

/// The same with a pepper, which the store then uses as well.
pub fn with_pepper(room: &Room) -> Settings {
    let pepper = Pepper::read(&"5a".repeat(32)).unwrap();
    room.store.use_pepper(pepper.clone());
    Settings { pepper: Some(pepper), ..settings() }
}

/// A verifier in this room.
pub async fn begin(room: &Room, settings: Settings) -> Verifier {
    Verifier::start(room.store.clone(), room.clock.clone(), settings).await.unwrap()
}

/// How a verification ends that asks for nothing.
pub async fn outcome(verifier: &Verifier, key: &PlaintextKey) -> Outcome {
    verify(verifier, key).await.unwrap().outcome
}

/// The same, whole.
pub async fn verify(verifier: &Verifier, key: &PlaintextKey) -> Result<Verdict, CannotTell> {
    verifier.verify(key.expose(), &Question::default(), None).await
}

/// Waits until `is_so`, and fails where that takes much longer than it ever should.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..3_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("this never came to be: {what}");
}

/// A well-spelled key that is in no store.
pub fn unknown(number: u64) -> PlaintextKey {
    KeyFormat::with_head("sk_live_").draw(&mut StdRng::seed_from_u64(number)).0
}

/// A well-spelled key with the public id of another and a secret of its own. The checksum is worked out here as
/// another program would: CRC-32 modulo 62⁴ in base62.
pub fn forged(of: &PlaintextKey, number: u64) -> PlaintextKey {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = format!("{}{number:022}", &of.expose()[..14]);
    let sum = crc32fast::hash(body.as_bytes()) % 62u32.pow(4);
    let digit = |place: u32| char::from(alphabet[(sum / 62u32.pow(place) % 62) as usize]);
    PlaintextKey::new(format!("{body}{}{}{}{}", digit(3), digit(2), digit(1), digit(0)))
}
