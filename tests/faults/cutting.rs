//! The line to the database is cut at a random byte of issuing and of rotating, on a connection that was
//! kept and on one that has yet to be made.

use latchkey_core::operations::{KeysIssue, TenantsGet};
use latchkey_tests::{Room, rounds};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use crate::ledger::{Ledger, Wish};
use latchkey_tests::line::{COMMIT_AND_ANSWER, Line};

/// Which bytes are drawn.
const SEED: u64 = 0x4c4b_4559;

/// The store as a person has it open, over a line that breaks, and as another who checks.
struct Test {
    line: Line,
    room: Room,
    direct: Room,
}

/// Whether the connection on which a change is asked for is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Kept,
    New,
}

impl Test {
    async fn new() -> Self {
        let direct = Room::postgres().await;
        direct.tenant().await;
        let server = std::env::var("LATCHKEY_TEST_POSTGRES").unwrap();
        let line = Line::before(url::Url::parse(&server).unwrap().port().unwrap()).await;
        let room = direct.by_port(line.port).await;
        Self { line, room, direct }
    }

    /// The change number `round`: to issue and to rotate in turn.
    async fn wish(&self, round: usize) -> Wish {
        if round.is_multiple_of(2) {
            return Wish::Issue(format!("issued {round}"));
        }
        let request = json!({"tenant": "acme", "name": format!("rotated {round}")});
        Wish::Rotate(self.direct.call::<KeysIssue>(request).await.unwrap().value.key.id)
    }

    async fn connect(&self, connection: Connection) {
        // One at least is kept after this, and none is broken.
        self.room.call::<TenantsGet>(json!({"tenant": "acme"})).await.unwrap();
        if connection == Connection::New {
            self.line.break_now();
        }
    }

    /// How many bytes a whole change is.
    async fn measure(&self, round: usize, connection: Connection, ledger: &mut Ledger) -> u64 {
        let wish = self.wish(round).await;
        self.connect(connection).await;
        let before = self.line.passed();
        let tried = wish.try_at(&self.room, format!("measured-{round}")).await;
        let bytes = self.line.passed() - before;
        ledger.resolve(&self.direct, &tried).await;
        bytes
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_cut_at_any_byte_of_issue_and_rotate_loses_nothing_and_does_nothing_twice() {
    println!("seed {SEED:#x}");
    let mut randomness = StdRng::seed_from_u64(SEED);
    let test = Test::new().await;
    let mut ledger = Ledger::default();
    let mut lengths = Vec::new();
    for (round, connection) in
        [(0, Connection::Kept), (1, Connection::Kept), (2, Connection::New), (3, Connection::New)]
    {
        lengths.push(test.measure(round, connection, &mut ledger).await);
    }
    // Lengths differ a little: a change may be over before its byte comes, and then there was no cut.
    let (mut cuts, mut round) = (0, 3);
    while cuts < rounds(500) {
        round += 1;
        assert!(round < rounds(500) * 2, "only {cuts} of {round} lines were cut");
        let connection = if round % 4 < 2 { Connection::Kept } else { Connection::New };
        let wish = test.wish(round).await;
        test.connect(connection).await;
        // Few bytes of many say that it was done: one cut of four is drawn from those.
        if round % 16 < 4 {
            test.line.break_after_commit(randomness.random_range(0..COMMIT_AND_ANSWER));
        } else {
            test.line.break_after(randomness.random_range(0..lengths[round % 4]));
        }
        let tried = wish.try_at(&test.room, format!("cut-{round}")).await;
        cuts += usize::from(test.line.mend());
        ledger.resolve(&test.direct, &tried).await;
    }
    ledger.prove(&test.direct).await;
    println!("bytes of issue and rotate on a kept connection, and on a new one: {lengths:?}");
    println!("{cuts} cuts, {ledger}");
    // The store that went through all this goes on.
    test.connect(Connection::Kept).await;
}
