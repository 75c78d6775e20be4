//! How soon a change through one server is refused by another on the same store: two programs, every kind of change in
//! turn. Asserts nothing about the time; the bound is a test's.

use std::time::Duration;

use latchkey_tests::replicas::{Asker, Change, Delays, Ground};

use crate::report::{self, ms};

/// Of every engine.
const ROUNDS: usize = 300;

/// Measures both engines and prints one table.
pub async fn run() {
    let about = format!(
        "Two servers on one store. A key that both know, a change through the first (revoked, suspended, rotated \
         without grace, scopes, addresses or role narrowed, tenant suspended, in turn), and the time from its \
         acknowledgement until the second server's first refusal was read, asked for every millisecond; {ROUNDS} \
         rounds. The first refuses from the next request, or the benchmark stops."
    );
    report::title("revocation", &about);
    let rows = [
        measure("PostgreSQL", 50, &Ground::postgres().await).await,
        measure("SQLite", 100, &Ground::sqlite()).await,
    ];
    report::table(&["engine", "p50, ms", "p99, ms", "max, ms", "goal for p99, ms"], &rows);
}

async fn measure(engine: &str, goal: u32, ground: &Ground) -> Vec<String> {
    let (first, second) = (ground.serve(), ground.serve());
    let admin = ground.admin(&first);
    let (mut here, mut there) = (Asker::of(&first), Asker::of(&second));
    let mut delays = Delays::default();
    for (round, change) in (0..ROUNDS).zip(Change::ALL.into_iter().cycle()) {
        delays.measure(&admin, &mut here, &mut there, change, &format!("t-{round}")).await;
    }
    let of = |time: Duration| ms(time.as_secs_f64() * 1e3);
    let [half, most, all] = [50, 99, 100].map(|percent| of(delays.percentile(percent)));
    vec![engine.to_owned(), half, most, all, format!("≤ {goal}")]
}
