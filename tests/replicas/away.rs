//! The database stands still or loses its power while services ask two servers: what memory holds is believed for as
//! long as is stated, then nobody can tell; never a no that nobody can know, never a yes that is too old.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use latchkey_tests::replicas::{Admin, Asker, Change, Replica, Said};
use latchkey_tests::rounds;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::database::Database;
use crate::service::until;
use crate::world::{Doomed, STRICT_AFTER, World};

/// Keys that stay good.
const GOOD: usize = 8;
/// How long the database is away each time.
const AWAY: Duration = Duration::from_secs(7);
const VERIFICATIONS: usize = 10_000;
/// Half of them at each server.
const ASKERS: usize = 12;
const FAULTS: usize = 20;

/// How it goes away.
#[derive(Clone, Copy, Debug)]
enum Fault {
    StandsStill,
    LosesPower,
}

/// Asks for one key after another until it is told to stop.
async fn go_on_asking(world: Arc<World>, mut asker: Asker, first: usize, over: Arc<AtomicBool>) {
    let mut turn = first;
    while !over.load(Ordering::SeqCst) {
        world.ask(&mut asker, turn).await;
        turn += 1;
        sleep(Duration::from_millis(2)).await;
    }
}

/// A key that dies, both servers knowing it good, just before the database goes away.
async fn doom(world: &World, admin: &Admin, servers: &[Replica; 2], number: usize) {
    let change = Change::ALL[number % Change::ALL.len()];
    let (details, key) = change.subject(admin, &format!("doomed-{number}")).await;
    let key = Arc::new(key);
    for server in servers {
        assert_eq!(Asker::of(server).ask(&key).await, Said::Yes);
    }
    let mut doomed = Doomed { key, asked_to_die: None, died: None };
    *world.doomed.lock().unwrap() = Some(doomed.clone());
    doomed.asked_to_die = Some(Instant::now());
    *world.doomed.lock().unwrap() = Some(doomed.clone());
    change.make(admin, &details).await;
    doomed.died = Some(Instant::now());
    *world.doomed.lock().unwrap() = Some(doomed);
}

/// The database goes away, is missed, and comes back.
async fn happen(fault: Fault, database: &mut Database, world: &World) {
    let still = match fault {
        Fault::StandsStill => Some(database.hold()),
        Fault::LosesPower => {
            database.cluster.cut_power();
            None
        }
    };
    *world.away.lock().unwrap() = Some(Instant::now());
    sleep(AWAY).await;
    *world.away.lock().unwrap() = None;
    drop(still);
    if matches!(fault, Fault::LosesPower) {
        database.cluster.start_again().unwrap();
    }
}

/// Every answer is right again.
async fn right_again(world: &World, servers: &[Replica; 2]) {
    let doomed = world.doomed.lock().unwrap().clone().unwrap();
    for server in servers {
        let mut asker = Asker::of(server);
        until("every answer is right again", async || {
            let mut right = asker.ask(&world.dead).await == Said::No;
            right &= asker.ask(&world.unknown()).await == Said::No;
            right &= asker.ask(&doomed.key).await == Said::No;
            for good in &world.good {
                right &= asker.ask(good).await == Said::Yes;
            }
            right
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_makes_no_no_false_and_no_yes_too_old() {
    let mut database = Database::start();
    let ground = database.ground().await;
    let servers = [ground.serve(), ground.serve()];
    let admin = ground.admin(&servers[0]);
    let mut good = Vec::new();
    for number in 0..GOOD {
        good.push(Change::Revoke.subject(&admin, &format!("good-{number}")).await.1);
    }
    let (details, dead) = Change::Revoke.subject(&admin, "dead").await;
    Change::Revoke.make(&admin, &details).await;
    let world = Arc::new(World::new(good, dead));
    doom(&world, &admin, &servers, 0).await;
    right_again(&world, &servers).await;
    let over = Arc::<AtomicBool>::default();
    let mut asking = JoinSet::new();
    for (number, server) in servers.iter().cycle().take(ASKERS).enumerate() {
        asking.spawn(go_on_asking(Arc::clone(&world), Asker::of(server), number, Arc::clone(&over)));
    }
    let mut faults = 0;
    let asked = || world.counted.all.load(Ordering::SeqCst);
    while faults < rounds(FAULTS) || asked() < rounds(VERIFICATIONS) {
        faults += 1;
        doom(&world, &admin, &servers, faults).await;
        let fault = if faults % 2 == 1 { Fault::StandsStill } else { Fault::LosesPower };
        happen(fault, &mut database, &world).await;
        right_again(&world, &servers).await;
        // Whoever judged wrongly has ended.
        while let Some(ended) = asking.try_join_next() {
            ended.unwrap();
        }
    }
    over.store(true, Ordering::SeqCst);
    while let Some(ended) = asking.join_next().await {
        ended.unwrap();
    }
    let untold = world.counted.untold.load(Ordering::SeqCst);
    assert!(untold > 0, "{AWAY:?} is longer than {STRICT_AFTER:?}");
    // Over all faults: a look that a slow disk held up before one of them leaves that one nothing to be believed.
    let from_memory = world.counted.yes_from_memory.load(Ordering::SeqCst);
    assert!(from_memory > 0, "memory was not believed at all while the database was away");
    println!(
        "{} verifications, {faults} faults: 0 false no, 0 stale yes, {from_memory} from memory meanwhile, {untold} untold (503)",
        asked()
    );
}
