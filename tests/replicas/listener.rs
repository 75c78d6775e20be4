//! A server that nobody tells of changes, because its listener is ended again and again or hears nothing: it refuses
//! within the bound all the same, since it looks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use latchkey_tests::replicas::{Admin, Asker, Change, Delays, Ground, Replica};
use latchkey_tests::{at_port, rounds};

use crate::database::{administrator, end_listeners};
use crate::revoking::BOUND;
use latchkey_tests::line::Line;

/// Some rounds, each within the bound.
async fn rounds_within_the_bound(admin: &Admin, first: &Replica, second: &Replica, of: &str) -> Delays {
    let (mut here, mut there) = (Asker::of(first), Asker::of(second));
    let mut delays = Delays::default();
    for (round, change) in (0..rounds(70)).zip(Change::ALL.into_iter().cycle()) {
        let delay = delays.measure(admin, &mut here, &mut there, change, &format!("{of}-{round}")).await;
        assert!(delay <= BOUND, "{change:?} took {delay:?}");
    }
    delays
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listeners_that_are_ended_again_and_again_leave_the_bound_as_it_is() {
    let ground = Ground::postgres().await;
    let (first, second) = (ground.serve(), ground.serve());
    let admin = ground.admin(&first);
    let (over, ended) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
    let mut connection = administrator(&ground.store).await;
    let (stop, count) = (Arc::clone(&over), Arc::clone(&ended));
    let ending = tokio::spawn(async move {
        while !stop.load(Ordering::SeqCst) {
            count.fetch_add(end_listeners(&mut connection).await, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let delays = rounds_within_the_bound(&admin, &first, &second, "ended").await;
    over.store(true, Ordering::SeqCst);
    ending.await.unwrap();
    let ended = ended.load(Ordering::SeqCst);
    assert!(ended >= 2, "each server had a listener to lose");
    println!("{ended} listeners ended; {delays}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_hears_nothing_and_does_not_know_it_leaves_the_bound_as_it_is() {
    let ground = Ground::postgres().await;
    let (_, port) = ground.store.rsplit_once('@').unwrap().1.split_once(':').unwrap();
    let line = Line::before(port.split('/').next().unwrap().parse().unwrap()).await;
    let through = at_port(&ground.store.parse().unwrap(), line.port).to_string();
    let (first, second) = (ground.serve(), ground.serve_told(&through, "", |_| {}));
    let admin = ground.admin(&first);
    let heard = rounds_within_the_bound(&admin, &first, &second, "heard").await;
    line.deafen(true);
    let deaf = rounds_within_the_bound(&admin, &first, &second, "deaf").await;
    line.deafen(false);
    println!("with a listener: {heard}; with one that hears nothing: {deaf}");
}
