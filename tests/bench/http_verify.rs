//! What verification over HTTP costs: the server's CPU time for each request beside a bare server, with few keys and
//! with very many, while keys are cold, while argon2id is busy, and in floods. Beside others stands in `rivals.rs`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use latchkey_core::PlaintextKey;
use latchkey_core::key_format::KeyFormat;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::load::{Load, Tally, Until, get, post};
use crate::measure::percentile;
use crate::report::{self, times};
use crate::verify_ground::{Ground, Server, hello};

/// In a build without optimisation nothing is measured: all is only tried, on a smaller scale.
const fn scaled(count: usize) -> usize {
    if cfg!(debug_assertions) { count / 50 } else { count }
}

/// Keys in the store where nothing else is said.
pub const KEYS: usize = scaled(100_000);
/// Keys that are used, spread over all of them.
const USED: usize = 1000;
const ROUNDS: usize = 7;
/// Requests of one round.
pub const REQUESTS: usize = scaled(60_000);
const MANY: usize = scaled(1_000_000);
const COLD: usize = scaled(10_000);
/// How long each flood lasts.
const FLOOD: Duration = Duration::from_secs(5);
/// Longer than a server gathers before it writes.
const RESTING: Duration = Duration::from_secs(6);
/// As many as may wait for argon2id: each holds one place.
const LANE: usize = 256;

/// The CPU time that a server needs for each of `count` requests, in microseconds, all answered with 200.
#[allow(clippy::cast_precision_loss)] // far below 2⁵²
pub fn cost(server: &Server, requests: &[Vec<u8>], count: usize) -> f64 {
    let before = server.program.cpu();
    Load::on(server.address).run(requests, Until::Count(count)).expect(200);
    (server.program.cpu() - before) * 1000.0 / count as f64
}

/// Requests with `count` keys, spread over all of them.
pub fn spread(keys: &[PlaintextKey], count: usize, make: impl Fn(&str) -> Vec<u8>) -> Vec<Vec<u8>> {
    keys.iter().step_by((keys.len() / count).max(1)).take(count).map(|key| make(key.expose())).collect()
}

/// Has every key verified once, so that all are in memory.
pub fn warm(server: &Server, keys: &[PlaintextKey]) -> Tally {
    let requests: Vec<Vec<u8>> = keys.iter().map(|key| get("/v1/check", key.expose())).collect();
    // Many at once, since keys that wait together are looked up together.
    Load { connections: 128, ..Load::on(server.address) }.run(&requests, Until::Count(keys.len())).expect(200)
}

/// Waits until a server rests: what the warming left to be written is no part of what comes after.
fn settle(server: &Server) {
    let began = Instant::now();
    loop {
        let before = server.program.cpu();
        std::thread::sleep(RESTING);
        if server.program.cpu() - before <= 20.0 || began.elapsed() > Duration::from_mins(3) {
            return;
        }
    }
}

/// The median of the rounds.
pub fn median(values: &[f64]) -> f64 {
    percentile(values.iter().copied(), 50)
}

/// Each value over the one of the same round, the median of that.
pub fn ratio(values: &[f64], over: &[f64]) -> String {
    let ratios: Vec<f64> = values.iter().zip(over).map(|(value, over)| value / over).collect();
    format!("{:.2}", median(&ratios))
}

/// By header and by JSON over a bare server.
pub async fn over_hello() {
    report::title(
        "verify: over a bare server",
        &format!(
            "The server's CPU time a request, in µs, all its threads. {KEYS} keys in the store, {USED} of them used and \
             in memory. {ROUNDS} rounds of {REQUESTS} requests in turns; medians, and the median of each round's ratio."
        ),
    );
    let ground = Ground::with(KEYS, true).await;
    let (bare, ours) = (hello(), ground.serve());
    let words = spread(&ground.keys, USED, |key| get("/", key));
    let headers = spread(&ground.keys, USED, |key| get("/v1/check", key));
    let bodies = spread(&ground.keys, USED, |key| post("/v1/keys/verify", key));
    let mut series: [Vec<f64>; 3] = Default::default();
    for round in 0..=ROUNDS {
        let costs =
            [cost(&bare, &words, REQUESTS), cost(&ours, &headers, REQUESTS), cost(&ours, &bodies, REQUESTS)];
        // The first warms everything.
        if round > 0 {
            series.iter_mut().zip(costs).for_each(|(series, cost)| series.push(cost));
        }
    }
    let row = |name: &str, values: &[f64]| {
        vec![name.to_owned(), format!("{:.1}", median(values)), ratio(values, &series[0])]
    };
    let rows = [
        row("bare axum", &series[0]),
        row("GET /v1/check", &series[1]),
        row("POST /v1/keys/verify", &series[2]),
    ];
    report::table(&["request", "CPU µs", "over bare axum"], &rows);
}

/// With a thousand keys and with a million.
pub async fn scale() {
    report::title(
        "verify: from a thousand keys to a million",
        &format!(
            "The server's CPU time a request by header, in µs. Every key is in memory. {ROUNDS} rounds of {REQUESTS} \
             requests in turns; medians."
        ),
    );
    let (few, many) = (Ground::with(USED, true).await, Ground::with(MANY, true).await);
    let (small, large) = (few.serve(), many.serve());
    warm(&small, &few.keys);
    let all = warm(&large, &many.keys);
    settle(&large);
    let of_few = spread(&few.keys, USED, |key| get("/v1/check", key));
    let of_many = spread(&many.keys, USED, |key| get("/v1/check", key));
    let others = spread(&many.keys, REQUESTS, |key| get("/v1/check", key));
    let turns = |of_large: &[Vec<u8>]| {
        let mut series: [Vec<f64>; 2] = Default::default();
        for round in 0..=ROUNDS {
            let costs = [cost(&small, &of_few, REQUESTS), cost(&large, of_large, REQUESTS)];
            if round > 0 {
                series.iter_mut().zip(costs).for_each(|(series, cost)| series.push(cost));
            }
        }
        series
    };
    let [few_first, used] = turns(&of_many);
    // Apart, since what these leave to be written would fall into the others' time.
    let [few_then, others] = turns(&others);
    let memory = |server: &Server| format!("{:.0}", server.program.memory().private);
    let row = |name: &str, values: &[f64], few: &[f64], server: &Server| {
        vec![name.to_owned(), format!("{:.1}", median(values)), ratio(values, few), memory(server)]
    };
    let rows = [
        row(&format!("{USED} keys"), &few_first, &few_first, &small),
        row(&format!("{MANY} keys, {USED} used"), &used, &few_first, &large),
        row(&format!("{MANY} keys, another each time"), &others, &few_then, &large),
    ];
    report::table(&["in memory", "CPU µs", "over few", "MiB"], &rows);
    report::note(&format!(
        "All {MANY} keys were cold and verified for the first time in {:.1} s.",
        all.seconds
    ));
    report::note("Where each request uses another key, writing that it was used is part of the CPU time.");
}

/// How long it takes until many keys were verified for the first time.
pub async fn cold() {
    report::title(
        "verify: cold keys with their tags",
        &format!("{COLD} keys of {KEYS}, each once, on a server that has just started. Five starts."),
    );
    let ground = Ground::with(KEYS, true).await;
    let cold: Vec<PlaintextKey> =
        ground.keys.iter().take(COLD).map(|key| PlaintextKey::new(key.expose().to_owned())).collect();
    let mut seconds = Vec::new();
    let mut runs = 0.0;
    for _ in 0..5 {
        let server = ground.serve();
        seconds.push(warm(&server, &cold).seconds);
        runs += argon2_runs(&server);
    }
    let row = vec![
        format!("{COLD} cold keys"),
        format!("{:.2}", median(&seconds)),
        format!("{:.2}", percentile(seconds.iter().copied(), 100)),
        format!("{runs:.0}"),
    ];
    report::table(&["", "s, median", "s, slowest", "argon2id runs"], &[row]);
}

/// Hot keys while argon2id has as much to do as it takes.
pub async fn lane() {
    report::title(
        "verify: hot keys while argon2id is busy",
        &format!(
            "No pepper: every cold key needs argon2id. Answers a second to hot keys, alone and while {LANE} keys wait for \
             argon2id all the time; {ROUNDS} rounds in turns, medians."
        ),
    );
    let ground = Ground::with(KEYS, false).await;
    let server = ground.serve();
    let hot: Vec<Vec<u8>> = ground.real.iter().map(|key| get("/v1/check", key.expose())).collect();
    Load { threads: 1, connections: 1, ..Load::on(server.address) }
        .run(&hot, Until::Count(hot.len()))
        .expect(200);
    let cold = spread(&ground.keys, KEYS, |key| get("/v1/check", key));
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(rate(&callers(&server).run(&hot, Until::Count(REQUESTS)).expect(200)));
        let over = AtomicBool::new(false);
        let waiting = Load { threads: 1, connections: LANE, ..Load::on(server.address) };
        std::thread::scope(|scope| {
            let busy = scope.spawn(|| waiting.run(&cold, Until::Told(&over)));
            std::thread::sleep(Duration::from_millis(500));
            beside.push(rate(&callers(&server).run(&hot, Until::Count(REQUESTS)).expect(200)));
            over.store(true, Ordering::Relaxed);
            busy.join().unwrap()
        });
    }
    let row = |name: &str, values: &[f64]| {
        vec![name.to_owned(), format!("{:.0}", median(values)), ratio(values, &alone)]
    };
    report::table(
        &["hot keys", "answers a second", "of alone"],
        &[row("alone", &alone), row("argon2id busy", &beside)],
    );
    report::note(&format!("argon2id ran {:.0} times.", argon2_runs(&server)));
}

/// Floods of keys that are not good, beside callers whose keys are.
pub async fn floods() {
    report::title(
        "verify: floods",
        &format!(
            "Sixteen connections send keys that are not good, sixteen good ones, for {} s each. “Share” is what the good \
             ones were answered beside the flood, over what they are beside as many good ones.",
            FLOOD.as_secs()
        ),
    );
    let mut rows = Vec::new();
    for peppered in [true, false] {
        let ground = Ground::with(KEYS, peppered).await;
        let server = ground.serve();
        let good: Vec<Vec<u8>> = ground.real.iter().map(|key| get("/v1/check", key.expose())).collect();
        Load { threads: 1, connections: 1, ..Load::on(server.address) }
            .run(&good, Until::Count(good.len()))
            .expect(200);
        for (name, bad) in bad_keys(&ground) {
            let (usual, _) = beside(&server, &good, &good);
            let requests: Vec<Vec<u8>> = bad.iter().map(|key| get("/v1/check", key.expose())).collect();
            let before = argon2_runs(&server);
            let (answered, flood) = beside(&server, &good, &requests);
            rows.push(vec![
                format!("{name}, {}", if peppered { "pepper" } else { "no pepper" }),
                format!("{:.0}", rate(&flood)),
                format!("{:.0}", argon2_runs(&server) - before),
                format!("{:.0}", rate(&answered)),
                times(rate(&answered), rate(&usual)),
                format!("{}", answered.all() - answered.of(200)),
            ]);
        }
    }
    let head =
        ["flood", "sent a second", "argon2id runs", "good answers a second", "share", "good keys refused"];
    report::table(&head, &rows);
}

/// Good callers beside others, for a while: what each was answered.
fn beside(server: &Server, good: &[Vec<u8>], others: &[Vec<u8>]) -> (Tally, Tally) {
    let over = AtomicBool::new(false);
    let load = Load { threads: 1, ..Load::on(server.address) };
    std::thread::scope(|scope| {
        let flood = scope.spawn(|| load.run(others, Until::Told(&over)));
        let callers = scope.spawn(|| load.run(good, Until::Told(&over)));
        std::thread::sleep(FLOOD);
        over.store(true, Ordering::Relaxed);
        (callers.join().unwrap(), flood.join().unwrap())
    })
}

fn callers(server: &Server) -> Load {
    Load { threads: 1, ..Load::on(server.address) }
}

#[allow(clippy::cast_precision_loss)] // far below 2⁵²
fn rate(tally: &Tally) -> f64 {
    tally.all() as f64 / tally.seconds
}

/// Keys that are not good, each in its own way.
fn bad_keys(ground: &Ground) -> Vec<(&'static str, Vec<PlaintextKey>)> {
    let mut randomness = StdRng::seed_from_u64(13);
    let unknown = KeyFormat::with_head("sk_live_");
    let unknown = (0..KEYS).map(|_| unknown.draw(&mut randomness).0).collect();
    // The visible part of a key that is there, and another secret behind it.
    let head = "sk_live_".len();
    let wrong = ground.keys.iter().map(|key| {
        let format = KeyFormat::with_head(&key.expose()[..head + 6]);
        format.draw(&mut StdRng::seed_from_u64(17)).0
    });
    let wrong = wrong.collect();
    let malformed = ground.keys.iter().map(|key| PlaintextKey::new(format!("{}0", key.expose())));
    vec![("unknown", unknown), ("wrong", wrong), ("malformed", malformed.collect())]
}

/// How often the server has run argon2id for verifications.
fn argon2_runs(server: &Server) -> f64 {
    let mut line = TcpStream::connect(server.metrics).unwrap();
    line.write_all(b"GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    line.read_to_string(&mut text).unwrap();
    let counted = text.lines().filter(|line| line.starts_with("latchkey_verify_argon2_runs"));
    let counted: Vec<f64> = counted.filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect();
    assert!(!counted.is_empty(), "the metrics do not count argon2id");
    counted.iter().sum()
}
