//! What a page of 50 keys costs at 10,000 and at 100,000 keys, on both engines: every order, search,
//! filters, deep pages; once just after a change to the store and once again with nothing changed.

use latchkey_core::operations::{KeyDetails, KeysGet, KeysList, TenantsList, TenantsUpdate};
use latchkey_core::page::Page;
use latchkey_tests::Room;
use serde_json::{Value, json};

use crate::measure::{Meter, Series};
use crate::report::{self, ms, times};
use crate::seed;

const SMALL: usize = 10_000;
const LARGE: usize = 100_000;
const ROUNDS: usize = 11;

/// A list that is asked for.
struct Case {
    name: &'static str,
    request: Value,
    /// Which part of the whole list lies before the page, in percent.
    deep: usize,
}

/// One store and what the lists cost in it.
struct Ground {
    room: Room,
    meter: Meter,
    /// What each case asks here.
    requests: Vec<Value>,
    matching: Vec<u64>,
    after_a_change: Vec<Series>,
    again: Vec<Series>,
    tenants: Series,
    /// How many changes were made.
    changes: usize,
}

/// Measures and prints one table an engine.
pub async fn run() {
    let about = format!(
        "`keys.list` with a page of 50 through the store, one call at a time, {ROUNDS} rounds in which the stores take \
         turns. Medians in milliseconds, p95 behind the dot. “first” is just after a change to the store, when nothing \
         counted before holds any more; “again” follows at once. 40 tenants of very different size, 1.1 secrets a key."
    );
    report::title("list", &about);
    let mut grounds = Vec::new();
    for count in [SMALL, LARGE] {
        grounds.push(Ground::prepare(Room::sqlite().await, count).await);
        grounds.push(Ground::prepare(Room::postgres().await, count).await);
    }
    for round in 0..=ROUNDS {
        // The first finds nothing in any cache.
        if round == 1 {
            for ground in &mut grounds {
                ground.forget().await;
            }
        }
        for number in 0..cases().len() {
            for ground in &mut grounds {
                ground.measure(number).await;
            }
        }
        for ground in &mut grounds {
            ground.measure_tenants().await;
        }
    }
    let [small_sqlite, small_postgres, sqlite, postgres] = &grounds[..] else { unreachable!() };
    tell("SQLite", small_sqlite, sqlite);
    tell("PostgreSQL", small_postgres, postgres);
}

fn cases() -> Vec<Case> {
    let shallow = |name, request| Case { name, request, deep: 0 };
    let deep = |name, request| Case { name, request, deep: 50 };
    vec![
        shallow("by name", json!({})),
        shallow("by name, Z first", json!({"sort": "name_desc"})),
        shallow("by issue, latest first", json!({"sort": "created"})),
        shallow("by issue, oldest first", json!({"sort": "created_asc"})),
        shallow("by expiry, soonest first", json!({"sort": "expires"})),
        shallow("by expiry, furthest first", json!({"sort": "expires_desc"})),
        shallow("by last use, latest first", json!({"sort": "last_used"})),
        shallow("by last use, longest ago", json!({"sort": "last_used_asc"})),
        deep("by name, from the middle", json!({})),
        deep("by expiry, from the middle", json!({"sort": "expires"})),
        deep("by last use, from the middle", json!({"sort": "last_used"})),
        shallow("search: many have it", json!({"search": "n8n"})),
        shallow("search: one has it", json!({"search": "004217"})),
        shallow("search: nothing has it", json!({"search": "no such key"})),
        shallow("status active", json!({"status": ["active"]})),
        shallow("status rotating", json!({"status": ["rotating"]})),
        shallow("status expiring, by expiry", json!({"status": ["expiring"], "sort": "expires"})),
        shallow("one tenant", json!({"tenant": "tenant-05"})),
        shallow("one tenant, by last use", json!({"tenant": "tenant-05", "sort": "last_used"})),
        shallow(
            "one tenant, status, search",
            json!({"tenant": "tenant-05", "status": ["active"], "search": "sync"}),
        ),
    ]
}

impl Ground {
    async fn prepare(room: Room, count: usize) -> Self {
        let now = room.now();
        seed::fill(&room.store, &room.url, count, now).await;
        let mut ground = Self {
            room,
            meter: Meter::default(),
            requests: Vec::new(),
            matching: Vec::new(),
            after_a_change: Vec::new(),
            again: Vec::new(),
            tenants: Series::default(),
            changes: 0,
        };
        for case in cases() {
            let mut request = case.request;
            let page = ground.page(&request).await;
            ground.matching.push(page.total);
            request["cursor"] = ground.cursor_after(&request, case.deep).await;
            ground.requests.push(request);
        }
        ground.check(count).await;
        ground.forget().await;
        ground
    }

    /// What was measured so far does not count.
    async fn forget(&mut self) {
        self.after_a_change = self.requests.iter().map(|_| Series::default()).collect();
        self.again = self.requests.iter().map(|_| Series::default()).collect();
        self.tenants = Series::default();
        // The store's connections are there by now.
        self.meter = Meter::of(&self.room.url).await;
    }

    /// Figures over wrong answers would say nothing.
    async fn check(&self, count: usize) {
        let page = self.page(&json!({})).await;
        assert_eq!((page.items.len(), page.total), (50, count as u64));
        let first: &KeyDetails = &page.items[0];
        let key = self.room.call::<KeysGet>(json!({"key": first.id})).await.unwrap();
        assert_eq!(&key, first, "a row of the list says what the key's own page says");
    }

    async fn page(&self, request: &Value) -> Page<KeyDetails> {
        self.room.call::<KeysList>(request.clone()).await.unwrap()
    }

    /// Where a page begins that has `percent` of the list before it; null for none.
    async fn cursor_after(&self, request: &Value, percent: usize) -> Value {
        let mut request = request.clone();
        request["limit"] = 500.into();
        let mut cursor = Value::Null;
        let mut before = 0;
        let total = self.page(&request).await.total;
        while before * 100 < total * percent as u64 {
            request["cursor"] = cursor;
            let page = self.page(&request).await;
            before += page.items.len() as u64;
            cursor = page.next_cursor.expect("more follows before the end").into();
        }
        cursor
    }

    async fn measure(&mut self, number: usize) {
        self.change().await;
        for series in [&mut self.after_a_change[number], &mut self.again[number]] {
            let request = self.requests[number].clone();
            let (page, cost) = self.meter.cost(self.room.call::<KeysList>(request)).await;
            assert_eq!(page.unwrap().total, self.matching[number]);
            series.add(cost);
        }
    }

    async fn measure_tenants(&mut self) {
        self.change().await;
        let (page, cost) = self.meter.cost(self.room.call::<TenantsList>(json!({}))).await;
        assert_eq!(page.unwrap().items.len(), 40);
        self.tenants.add(cost);
    }

    /// Some change, as others make them while a list is open. It touches no key.
    async fn change(&mut self) {
        // Each another text: what changes nothing is no change.
        self.changes += 1;
        let request = json!({"tenant": "tenant-39", "notes": format!("change {}", self.changes)});
        self.room.call::<TenantsUpdate>(request).await.unwrap();
    }
}

fn tell(engine: &str, small: &Ground, large: &Ground) {
    report::note(&format!("### {engine}\n"));
    let head = [
        "page of 50",
        "keys in it, of 100,000",
        "10,000: first",
        "again",
        "100,000: first",
        "again",
        "×: first",
        "again",
        "CPU first",
        "PostgreSQL's",
    ];
    let mut rows: Vec<Vec<String>> = cases()
        .iter()
        .enumerate()
        .map(|(number, case)| {
            let pair =
                |ground: &'_ Ground| (ms_of(&ground.after_a_change[number]), ms_of(&ground.again[number]));
            let (small_first, small_again) = pair(small);
            let (large_first, large_again) = pair(large);
            let ratio =
                |of: fn(&Ground) -> &Vec<Series>| times(of(large)[number].wall(), of(small)[number].wall());
            let first = &large.after_a_change[number];
            vec![
                case.name.to_owned(),
                large.matching[number].to_string(),
                small_first,
                small_again,
                large_first,
                large_again,
                ratio(|ground| &ground.after_a_change),
                ratio(|ground| &ground.again),
                ms(first.cpu()),
                server(large, first),
            ]
        })
        .collect();
    rows.push(tenants(small, large));
    report::table(&head, &rows);
}

/// The list of tenants counts the keys of each.
fn tenants(small: &Ground, large: &Ground) -> Vec<String> {
    let none = || "–".to_owned();
    vec![
        "`tenants.list`: all 40".to_owned(),
        none(),
        ms_of(&small.tenants),
        none(),
        ms_of(&large.tenants),
        none(),
        times(large.tenants.wall(), small.tenants.wall()),
        none(),
        ms(large.tenants.cpu()),
        server(large, &large.tenants),
    ]
}

fn ms_of(series: &Series) -> String {
    format!("{} · {}", ms(series.wall()), ms(series.wall_p95()))
}

fn server(ground: &Ground, series: &Series) -> String {
    if ground.meter.sees_server() { ms(series.server()) } else { "–".to_owned() }
}
