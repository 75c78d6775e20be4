//! What is revoked, suspended, rotated away or narrowed through one server: refused there from the next request, and
//! at the other within the bound that is stated. The goal is another matter: `cargo xtask bench revocation`.

use std::time::Duration;

use latchkey_tests::replicas::{Asker, Change, Delays, Ground};
use latchkey_tests::rounds;

/// What docs/server.md states for a server to which nobody tells of changes, and so for every server.
pub const BOUND: Duration = Duration::from_secs(2);

/// Rounds for every kind of change in turn.
async fn both_refuse(ground: &Ground) {
    let (first, second) = (ground.serve(), ground.serve());
    let admin = ground.admin(&first);
    let (mut here, mut there) = (Asker::of(&first), Asker::of(&second));
    let mut delays = Delays::default();
    for (round, change) in (0..rounds(300)).zip(Change::ALL.into_iter().cycle()) {
        let delay = delays.measure(&admin, &mut here, &mut there, change, &format!("t-{round}")).await;
        assert!(delay <= BOUND, "{change:?} took {delay:?}");
    }
    println!("{delays}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_one_postgresql_a_change_holds_here_at_once_and_there_within_the_bound() {
    both_refuse(&Ground::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_one_sqlite_file_a_change_holds_here_at_once_and_there_within_the_bound() {
    both_refuse(&Ground::sqlite()).await;
}
