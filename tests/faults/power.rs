//! A PostgreSQL that loses its power while eight people write: every process of it is killed at once. When
//! it is back, what was acknowledged is there, and the store goes on by itself.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use latchkey_tests::{Room, new_database_on, rounds};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use xtask::servers::postgres::Postgres;
use xtask::servers::room as folder_for;

use crate::ledger::{Ledger, Tried, Wish};

const SEED: u64 = 0x4c4b_4559;
const WRITERS: usize = 8;

/// A server of this test's own, with a tenant in a store.
pub async fn a_server(folder: &Path) -> (Postgres, Room) {
    let server = Postgres::start(&folder_for(folder, "postgres").unwrap(), true).unwrap();
    let room = Room::in_database(&new_database_on(&server.url()).await).await;
    room.tenant().await;
    (server, room)
}

/// Issues keys, and rotates each whose issue was acknowledged, until it is told to stop.
async fn write(
    room: Arc<Room>,
    writer: usize,
    acknowledged: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
) -> Vec<Tried> {
    let mut tried: Vec<Tried> = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let name = format!("{writer}-{}", tried.len());
        let issued = tried.last().filter(|last| last.is_of_issue()).and_then(|last| last.answer.as_ref());
        let wish = issued.map_or_else(|| Wish::Issue(name.clone()), |key| Wish::Rotate(key.id));
        let one = wish.try_at(&room, name).await;
        acknowledged.fetch_add(usize::from(one.answer.is_some()), Ordering::SeqCst);
        tried.push(one);
    }
    tried
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_keeps_what_was_acknowledged_and_the_store_goes_on() {
    println!("seed {SEED:#x}");
    let mut randomness = StdRng::seed_from_u64(SEED);
    let folder = tempfile::tempdir().unwrap();
    let (mut server, room) = a_server(folder.path()).await;
    let room = Arc::new(room);
    let (acknowledged, stop) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            tokio::spawn(write(Arc::clone(&room), writer, Arc::clone(&acknowledged), Arc::clone(&stop)))
        })
        .collect();
    let more = async |count: usize| {
        let wanted = acknowledged.load(Ordering::SeqCst) + count;
        while acknowledged.load(Ordering::SeqCst) < wanted {
            assert!(writers.iter().all(|writer| !writer.is_finished()), "a writer gave up");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let kills = rounds(20);
    for _ in 0..kills {
        more(randomness.random_range(5..60)).await;
        server.cut_power();
        server.start_again().unwrap();
    }
    more(5).await;
    stop.store(true, Ordering::SeqCst);
    let mut ledger = Ledger::default();
    for writer in writers {
        for tried in writer.await.unwrap() {
            ledger.resolve(&room, &tried).await;
        }
    }
    ledger.prove(&room).await;
    println!("{kills} power cuts, {WRITERS} writers, {ledger}");
}
