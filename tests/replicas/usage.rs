//! What is gathered of uses when a server ends under load: told to stop, everything that was answered is counted; killed,
//! what was gathered since the last writing is missing and no more.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use latchkey_core::PlaintextKey;
use latchkey_core::operations::{KeyDetails, KeysGet};
use latchkey_tests::replicas::{Admin, Asker, Change, Ground, Replica, Said};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// What is written this often, and how long it may take until the store has it on a busy machine.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
const WRITTEN_WITHIN: Duration = Duration::from_secs(2);
const ASKERS: usize = 8;

/// Services that ask for one key as fast as they are answered, until the server is gone.
struct Load {
    asking: JoinSet<()>,
    sent: Arc<AtomicUsize>,
    /// When each answer came.
    answered: Arc<Mutex<Vec<Instant>>>,
}

impl Load {
    fn on(server: &Replica, key: &Arc<PlaintextKey>) -> Self {
        let (sent, answered) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<Instant>>>::default());
        let mut asking = JoinSet::new();
        for _ in 0..ASKERS {
            let (mut asker, key) = (Asker::of(server), Arc::clone(key));
            let (sent, answered) = (Arc::clone(&sent), Arc::clone(&answered));
            asking.spawn(async move {
                loop {
                    sent.fetch_add(1, Ordering::SeqCst);
                    let Some(said) = asker.try_to_ask(&key).await else { return };
                    assert_eq!(said, Said::Yes);
                    answered.lock().unwrap().push(Instant::now());
                }
            });
        }
        Self { asking, sent, answered }
    }

    /// When the server is gone: how many requests were sent, and when each that was answered was.
    async fn end(mut self) -> (usize, Vec<Instant>) {
        while let Some(ended) = self.asking.join_next().await {
            ended.unwrap();
        }
        let answered = std::mem::take(&mut *self.answered.lock().unwrap());
        (self.sent.load(Ordering::SeqCst), answered)
    }
}

/// Two servers, the second of which will end, and a key.
async fn begin(ground: &Ground) -> (Replica, Replica, Admin, KeyDetails, Arc<PlaintextKey>) {
    let flush = format!("flush_every = \"{}s\"", FLUSH_EVERY.as_secs());
    let (first, second) = (ground.serve(), ground.serve_told(&ground.store, &flush, |_| {}));
    let admin = ground.admin(&first);
    let (details, key) = Change::Revoke.subject(&admin, "acme").await;
    (first, second, admin, details, Arc::new(key))
}

/// How often the key was used, as the store knows it.
async fn used(admin: &Admin, key: &KeyDetails) -> usize {
    let usage = admin.call::<KeysGet>(json!({"key": key.id})).await.unwrap().usage;
    usage.count.try_into().unwrap()
}

async fn told_to_stop(ground: &Ground) {
    let (_first, second, admin, details, key) = begin(ground).await;
    let load = Load::on(&second, &key);
    sleep(FLUSH_EVERY * 5 / 2).await;
    tokio::task::spawn_blocking(|| second.stop()).await.unwrap();
    let (_, answered) = load.end().await;
    assert!(answered.len() > ASKERS);
    assert_eq!(used(&admin, &details).await, answered.len());
    println!("told to stop: {} answered, as many counted", answered.len());
}

async fn killed(ground: &Ground) {
    let (_first, second, admin, details, key) = begin(ground).await;
    let load = Load::on(&second, &key);
    sleep(FLUSH_EVERY * 9 / 2).await;
    let killed = Instant::now();
    second.kill();
    let (sent, answered) = load.end().await;
    let used = used(&admin, &details).await;
    let must = answered.iter().filter(|at| **at + FLUSH_EVERY + WRITTEN_WITHIN < killed).count();
    assert!(must > 0, "some were answered long before");
    assert!((must..=sent).contains(&used), "{used} counted, of {must} that must be and {sent} sent");
    println!("killed: {} answered, {used} counted, {must} had to be", answered.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_stop_counts_every_use_that_it_answered() {
    told_to_stop(&Ground::postgres().await).await;
    told_to_stop(&Ground::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_loses_what_it_gathered_since_it_last_wrote_and_no_more() {
    killed(&Ground::postgres().await).await;
    killed(&Ground::sqlite()).await;
}
