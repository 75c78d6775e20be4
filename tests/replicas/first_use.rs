//! A secret that nobody confirmed, first used at a server: the use confirms it, once, and from it the old secret's
//! grace is counted, wherever it was used and whether or not the store could be told at once.

use std::sync::Arc;
use std::time::Duration;

use latchkey_core::operation::Minted;
use latchkey_core::operations::{AuditList, KeyDetails, KeysGet, KeysRotate};
use latchkey_core::{Clock, PlaintextKey, Span, SystemClock, Timestamp};
use latchkey_tests::replicas::{Admin, Asker, Change, Ground, Replica, Said};
use latchkey_tests::rounds;
use serde_json::json;
use tokio::time::sleep;

use crate::database::{Database, Still};
use crate::service::{forged, until};

const GRACE: Span = Span::hours(1);
/// How far the database's clock, by which everything counts, may seem to lie beside the computer's, which it is: half
/// the time that a busy machine takes to ask for it.
const CLOCKS: Span = Span::from_millis(1_000);

/// A rotation that is to be confirmed later: the key, and the new secret.
async fn rotated(admin: &Admin, tenant: &str) -> (KeyDetails, PlaintextKey) {
    let (key, _) = Change::Revoke.subject(admin, tenant).await;
    let request = json!({"key": key.id, "grace": GRACE, "confirm": "later"});
    let Minted { plaintext, .. } = admin.call::<KeysRotate>(request).await.unwrap();
    let now = admin.call::<KeysGet>(json!({"key": key.id})).await.unwrap();
    assert!(now.unsaved && now.old_until.is_none(), "nothing is confirmed yet");
    (now, plaintext.unwrap())
}

/// Waits for the confirmation: when the old secret ends.
async fn confirmed(admin: &Admin, key: &KeyDetails) -> Timestamp {
    let mut ends = None;
    until("the first use is confirmed", async || {
        let now = admin.call::<KeysGet>(json!({"key": key.id})).await.unwrap();
        ends = now.old_until.filter(|_| !now.unsaved);
        ends.is_some()
    })
    .await;
    ends.unwrap()
}

/// Its confirmations: by whom.
async fn confirmations(admin: &Admin, key: &KeyDetails) -> Vec<String> {
    let request = json!({"key": key.id, "action": "keys.confirm"});
    let entries = admin.call::<AuditList>(request).await.unwrap().items;
    entries.into_iter().map(|entry| entry.actor).collect()
}

/// That the grace was counted from a use between these two instants.
fn counted_from(ends: Timestamp, after: Timestamp, before: Timestamp) {
    let (earliest, latest) = (after.plus(GRACE), before.plus(GRACE).plus(CLOCKS));
    assert!(earliest <= ends.plus(CLOCKS) && ends <= latest, "{earliest} <= {ends} <= {latest}");
}

async fn at_once_at_both(ground: &Ground) {
    let servers = [ground.serve(), ground.serve()];
    let admins = [ground.admin(&servers[0]), ground.admin(&servers[1])];
    let mut askers = [Asker::of(&servers[0]), Asker::of(&servers[1])];
    let mut keys = Vec::new();
    for round in 0..rounds(50) {
        let (key, new) = rotated(&admins[0], &format!("t-{round}")).await;
        let [here, there] = &mut askers;
        let after = SystemClock.now();
        let both = tokio::join!(here.ask(&new), there.ask(&new));
        let before = SystemClock.now();
        assert_eq!(both, (Said::Yes, Said::Yes));
        let ends = confirmed(&admins[0], &key).await;
        counted_from(ends, after, before);
        assert_eq!(confirmed(&admins[1], &key).await, ends, "the same at both");
        keys.push((key, ends));
    }
    // Both have told the store by then; the later one found it done.
    sleep(Duration::from_secs(1)).await;
    for (key, ends) in &keys {
        assert_eq!(confirmations(&admins[1], key).await, ["first use"], "once");
        assert_eq!(confirmed(&admins[1], key).await, *ends, "and not changed since");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn used_first_at_both_at_once_on_one_postgresql_it_is_confirmed_once() {
    at_once_at_both(&Ground::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn used_first_at_both_at_once_on_one_sqlite_file_it_is_confirmed_once() {
    at_once_at_both(&Ground::sqlite()).await;
}

/// Has both servers read a new secret without using it: a wrong text for it is looked up.
async fn is_read(new: &PlaintextKey, servers: &[Replica; 2]) {
    for server in servers {
        assert_eq!(Asker::of(server).ask(&forged(new, 7)).await, Said::No);
    }
}

/// Used at both while the database is away: a yes now, the confirmation when it is back, the grace from the use.
async fn used_while_away(admin: &Admin, servers: &[Replica; 2], tenant: &str, fault: &mut impl Away) {
    let (key, new) = rotated(admin, tenant).await;
    is_read(&new, servers).await;
    fault.go();
    let (mut here, mut there) = (Asker::of(&servers[0]), Asker::of(&servers[1]));
    let after = SystemClock.now();
    let both = tokio::join!(here.ask(&new), there.ask(&new));
    let before = SystemClock.now();
    assert_eq!(both, (Said::Yes, Said::Yes), "within the bound memory is believed");
    // Several tries to tell the store fail.
    sleep(Duration::from_secs(6)).await;
    assert_eq!(here.ask(&new).await, Said::CannotTell);
    fault.come_back();
    until("the store answers the server again", async || {
        admin.call::<KeysGet>(json!({"key": key.id})).await.is_ok()
    })
    .await;
    let ends = confirmed(admin, &key).await;
    counted_from(ends, after, before);
    sleep(Duration::from_secs(6)).await;
    assert_eq!(confirmations(admin, &key).await, ["first use"]);
    assert_eq!(confirmed(admin, &key).await, ends);
}

/// How a database goes away and comes back.
trait Away {
    fn go(&mut self);
    fn come_back(&mut self);
}

struct Standstill<'a>(&'a Database, Option<Still>);

impl Away for Standstill<'_> {
    fn go(&mut self) {
        self.1 = Some(self.0.hold());
    }

    fn come_back(&mut self) {
        self.1 = None;
    }
}

struct PowerCut<'a>(&'a mut Database);

impl Away for PowerCut<'_> {
    fn go(&mut self) {
        self.0.cluster.cut_power();
    }

    fn come_back(&mut self) {
        self.0.cluster.start_again().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn used_first_while_the_database_is_away_it_is_confirmed_when_that_is_back() {
    let mut database = Database::start();
    let ground = Arc::new(database.ground().await);
    let servers = [ground.serve(), ground.serve()];
    let admin = ground.admin(&servers[0]);
    used_while_away(&admin, &servers, "still", &mut Standstill(&database, None)).await;
    used_while_away(&admin, &servers, "power", &mut PowerCut(&mut database)).await;
}
