//! Clocks that are wrong: a server whose computer is ahead or behind ends a secret when the database says so, and one
//! whose clock is turned back revives nothing. The clocks are those of real programs, under libfaketime.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::id::KeyId;
use latchkey_core::operation::Minted;
use latchkey_core::operations::{KeysExtendGrace, KeysRotate, Rotated, TenantsCreate};
use latchkey_core::{Clock, PlaintextKey, Span, SystemClock, Timestamp};
use latchkey_tests::replicas::{Admin, Asker, Change, Ground, Replica, Said};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::service::until;

/// How far off a server's idea of the database's clock may be: half the time that a busy machine takes to ask for it.
const OFFSET: Span = Span::from_millis(1_000);
/// No grace is as short; the old secret's is cut to this.
const GRACE: Span = Span::from_millis(4_000);

/// The library that shows a program another time, from the Debian package `faketime`.
fn library() -> PathBuf {
    let libraries = fs::read_dir("/usr/lib").unwrap().flatten().map(|entry| entry.path());
    libraries
        .map(|folder| folder.join("faketime/libfaketimeMT.so.1"))
        .find(|file| file.exists())
        .expect("libfaketime is not here; `cargo xtask test` installs the package faketime")
}

/// Has a program see the clock that stands in this file, changing with it.
fn by_clock(command: &mut Command, clock: &Path) {
    command.env("LD_PRELOAD", OsString::from(library()));
    command.env("FAKETIME_TIMESTAMP_FILE", clock).env("FAKETIME_NO_CACHE", "1");
    // Only what a person could set is wrong, not how time passes.
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
}

/// Asks until the key is refused. No yes to a question that was asked when the key was over for `slack`, and no refusal
/// before it was, by as much.
async fn ends_at(asker: &mut Asker, key: &PlaintextKey, ends: Timestamp, slack: Span, whose: &str) {
    loop {
        let sent = SystemClock.now();
        let said = asker.ask(key).await;
        let answered = SystemClock.now();
        match said {
            Said::Yes => {
                assert!(sent < ends.plus(slack), "{whose}: a yes to a question of {sent}, past {ends}");
            }
            Said::No => {
                assert!(answered.plus(slack) >= ends, "{whose}: a no at {answered}, before {ends}");
                return;
            }
            Said::CannotTell => panic!("{whose}: the store is there"),
        }
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_with_wrong_clocks_end_an_old_secret_when_the_database_does() {
    let ground = Ground::postgres().await;
    let wrong = |name: &str, offset: &str| {
        let file = ground.folder.path().join(name);
        fs::write(&file, offset).unwrap();
        ground.serve_told(&ground.store, "", |command| by_clock(command, &file))
    };
    let servers =
        [("right", ground.serve()), ("ahead", wrong("ahead", "+90s")), ("behind", wrong("behind", "-90s"))];
    for (whose, server) in &servers[1..] {
        until("the difference is measured and told", async || {
            server.log().contains("this computer's clock differs from the database's")
        })
        .await;
        assert_eq!(*whose == "behind", !server.log().contains("\"milliseconds\":-"), "{}", server.log());
    }
    // Whichever of them is asked to change something, it does so by the same clock.
    for (through, server) in &servers {
        let admin = ground.admin(server);
        let old = rotated_by_the_databases_clock(&admin, through).await;
        let mut askers = Vec::new();
        for (whose, server) in &servers {
            let mut asker = Asker::of(server);
            assert_eq!(asker.ask(&old.key).await, Said::Yes, "through {through}: {whose}");
            askers.push((*whose, asker));
        }
        let ends = SystemClock.now().plus(GRACE);
        admin.call::<KeysExtendGrace>(json!({"key": old.of, "until": ends})).await.unwrap();
        let old = Arc::new(old);
        let mut each = JoinSet::new();
        for (whose, mut asker) in askers {
            assert_eq!(asker.ask(&old.new).await, Said::Yes, "through {through}: {whose}");
            let old = Arc::clone(&old);
            each.spawn(async move { ends_at(&mut asker, &old.key, ends, OFFSET, whose).await });
        }
        while let Some(done) = each.join_next().await {
            done.unwrap();
        }
    }
}

/// A secret in its grace, whose key it is, and the one that takes its place.
struct Old {
    key: PlaintextKey,
    of: KeyId,
    new: PlaintextKey,
}

/// Issues a key for 90 days and rotates it with a minute's grace. What the server sets is reckoned by the database's
/// clock, which is this computer's.
async fn rotated_by_the_databases_clock(admin: &Admin, tenant: &str) -> Old {
    admin.tenant(tenant).await;
    let begun = SystemClock.now();
    let request = json!({"tenant": tenant, "name": "n8n", "scopes": ["posts:*"], "expires": "90d"});
    let (key, old) = admin.issue(request).await;
    let rotate = json!({"key": key.id, "grace": "1m"});
    let Minted { value: Rotated { old_until, .. }, plaintext: new } =
        admin.call::<KeysRotate>(rotate).await.unwrap();
    let done = SystemClock.now();
    for (set, span) in [(key.expires_at, Span::days(90)), (old_until, Span::minutes(1))] {
        let set = set.unwrap();
        assert!(
            (begun.plus(span)..=done.plus(span)).contains(&set),
            "through {tenant}: {begun} {set} {done}"
        );
    }
    Old { key: old, of: key.id, new: new.unwrap() }
}

/// A SQLite file has no clock but the computer's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_turned_back_revives_nothing_on_a_file() {
    let ground = Ground::sqlite();
    let clock = ground.folder.path().join("clock");
    let turn = |offset: &str| {
        // As a whole, since the programs read it at any time.
        let next = clock.with_extension("next");
        fs::write(&next, offset).unwrap();
        fs::rename(next, &clock).unwrap();
    };
    turn("+0s");
    let serve = || ground.serve_told(&ground.store, "", |command| by_clock(command, &clock));
    let servers = [serve(), serve()];
    let admin = ground.admin(&servers[0]);
    let (rotated, retiring) = Change::Revoke.subject(&admin, "retiring").await;
    let rotate = json!({"key": rotated.id, "grace": "1h"});
    let Minted { plaintext: good, .. } = admin.call::<KeysRotate>(rotate).await.unwrap();
    let good = good.unwrap();
    admin.tenant("expiring").await;
    let expiring = json!({"tenant": "expiring", "name": "n8n", "scopes": ["posts:*"], "expires": "1h"});
    let (_, expiring) = admin.issue(expiring).await;
    let all = [(&good, Said::Yes), (&retiring, Said::No), (&expiring, Said::No)];
    let say = async |servers: &[Replica], what: &[(&PlaintextKey, Said)]| {
        for server in servers {
            let mut asker = Asker::of(server);
            for (number, (key, said)) in what.iter().enumerate() {
                assert_eq!(asker.ask(key).await, *said, "key {number}");
            }
        }
    };
    say(&servers, &all.map(|(key, _)| (key, Said::Yes))).await;
    turn("+2h");
    say(&servers, &all).await;
    for back in ["+0s", "-1d"] {
        turn(back);
        say(&servers, &all).await;
    }
    // What was written in the meantime holds for a server that did not see it too.
    turn("+2h");
    admin.call::<TenantsCreate>(json!({"slug": "later", "name": "Later"})).await.unwrap();
    turn("+0s");
    drop(servers);
    say(&[serve(), serve()], &all).await;
}
