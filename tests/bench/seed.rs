//! Many keys at once, written by SQL: what a store of that size holds, not how it came there. Tenants and
//! roles are made by operations. The same number and time give the same rows in every store.

use latchkey_core::id::{KeyId, RequestId, RoleId, SecretId, TenantId};
use latchkey_core::operation::read_request;
use latchkey_core::operations::{RolesCreate, TenantsCreate};
use latchkey_core::{Call, Caller, Operation, Perform, Source, Span, Timestamp, text};
use latchkey_store::{Store, StoreUrl};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Postgres, QueryBuilder, Sqlite, SqliteConnection};

const TENANTS: usize = 40;
/// Well formed, of no key.
pub const DIGEST: &str =
    "$argon2id$v=19$m=7168,t=5,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Rows of one INSERT: below both engines' limits for placeholders.
const ROWS: usize = 500;

const KEYS: &str = "INSERT INTO keys (id, tenant_id, name, name_fold, notes, owner, environment, role_id, scopes, \
     tags, ip, expires_at, suspended_at, revoked_at, revoked_by, revoke_reason, created_at, created_by, \
     updated_at, updated_by, version) ";
const SECRETS: &str = "INSERT INTO secrets (id, key_id, ordinal, public_id, head, digest, created_at, lapses_at, \
     grace_ms, next_expiry_chosen, confirmed_at, not_after) ";
const USAGE: &str = "INSERT INTO usage (secret_id, key_id, last_used_at, last_used_ip, use_count) ";

const PROGRAMS: [&str; 12] = [
    "n8n",
    "Shopify",
    "Zapier",
    "Grafana",
    "Billing",
    "CRM",
    "Mobile app",
    "Webhooks",
    "Data lake",
    "Support portal",
    "Kiosk",
    "Newsletter",
];
const JOBS: [&str; 6] = ["Production", "Staging", "Import", "Export", "Sync", "Reports"];

/// A value of a row.
enum Cell {
    Text(Option<String>),
    Int(Option<i64>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}
impl From<Option<&str>> for Cell {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}
impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}
impl From<Timestamp> for Cell {
    fn from(at: Timestamp) -> Self {
        Self::Int(Some(at.as_millis()))
    }
}
impl From<Option<Timestamp>> for Cell {
    fn from(at: Option<Timestamp>) -> Self {
        Self::Int(at.map(Timestamp::as_millis))
    }
}

macro_rules! row {
    ($($value:expr),+ $(,)?) => { vec![$(Cell::from($value)),+] };
}

/// The rows of the three tables.
#[derive(Default)]
struct Rows {
    keys: Vec<Vec<Cell>>,
    secrets: Vec<Vec<Cell>>,
    usage: Vec<Vec<Cell>>,
}

/// What a key is to be at `now`.
#[derive(Clone, Copy)]
enum Kind {
    Plain,
    EndsLater,
    Expiring,
    Expired,
    Rotating,
    Rotated,
    Suspended,
    Revoked,
    Unconfirmed,
}

/// Fills an empty store with `count` keys of 40 tenants, as they would be at `now`.
pub async fn fill(store: &Store, url: &StoreUrl, count: usize, now: Timestamp) {
    let mut randomness = StdRng::seed_from_u64(7);
    let mut tenants = Vec::new();
    for number in 0..TENANTS {
        tenants.push(tenant(store, number, now, &mut randomness).await);
    }
    let mut rows = Rows::default();
    for number in 0..count {
        // The square makes some tenants much larger than others.
        let place = randomness.random_range(0.0..1.0_f64).powi(2);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let tenant = &tenants[(place * TENANTS as f64) as usize];
        rows.add(number, tenant, now, &mut randomness);
    }
    match url {
        StoreUrl::Sqlite(path) => {
            let mut connection =
                SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
            rows.into_sqlite(&mut connection).await;
            connection.close().await.unwrap();
        }
        StoreUrl::Postgres(login) => {
            let mut connection = crate::measure::connect(&login.place).await;
            rows.into_postgres(&mut connection).await;
            // What its autovacuum does within a minute, so that no measurement meets it at work.
            sqlx::query("VACUUM ANALYZE").execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

/// Performs an operation as `bench`.
pub async fn call<O: Operation>(
    store: &Store,
    request: Value,
    now: Timestamp,
    randomness: &mut StdRng,
) -> O::Answer
where
    Store: Perform<O>,
{
    let call = Call {
        operation: read_request::<O, _>(request).unwrap(),
        caller: Caller::with_the_store("bench", Source::Cli),
        request_id: RequestId::new(now, randomness),
        idempotency_key: None,
    };
    store.perform(call).await.unwrap()
}

async fn tenant(store: &Store, number: usize, now: Timestamp, randomness: &mut StdRng) -> (TenantId, RoleId) {
    let slug = format!("tenant-{number:02}");
    let request = json!({"slug": slug, "name": format!("Tenant {number:02} Ltd")});
    let tenant = call::<TenantsCreate>(store, request, now, randomness).await.tenant.id;
    let request =
        json!({"tenant": slug, "name": "Integration", "permissions": ["tickets:read", "tickets:write"]});
    let role = call::<RolesCreate>(store, request, now, randomness).await.role.id;
    (tenant, role)
}

impl Rows {
    fn add(&mut self, number: usize, tenant: &(TenantId, RoleId), now: Timestamp, randomness: &mut StdRng) {
        let kind = kind(randomness.random_range(0..100));
        let created = before(now, randomness.random_range(100..500 * 24));
        let id = KeyId::new(created, randomness);
        let program = PROGRAMS[randomness.random_range(0..PROGRAMS.len())];
        let name = format!("{program} {} {number:06}", JOBS[randomness.random_range(0..JOBS.len())]);
        let test = randomness.random_bool(0.2);
        let role = randomness.random_bool(0.7).then(|| tenant.1.to_string());
        let scopes = if role.is_some() { "[]" } else { r#"["tickets:read"]"# };
        let expires = match kind {
            Kind::EndsLater => Some(now.plus(Span::days(randomness.random_range(31..400)))),
            Kind::Expiring => Some(now.plus(Span::hours(randomness.random_range(1..30 * 24)))),
            Kind::Expired => Some(before(now, randomness.random_range(1..90))),
            _ => None,
        };
        let changed = before(now, randomness.random_range(1..90));
        let revoked = matches!(kind, Kind::Revoked).then_some(changed);
        self.keys.push(row![
            id.to_string(),
            tenant.0.to_string(),
            name.as_str(),
            text::fold(&name),
            "",
            "dana",
            if test { "test" } else { "live" },
            Cell::Text(role),
            scopes,
            "[]",
            "[]",
            expires,
            matches!(kind, Kind::Suspended).then_some(changed),
            revoked,
            revoked.map(|_| "dana"),
            revoked.map(|_| "unused"),
            created,
            "dana",
            changed,
            "dana",
            2,
        ]);
        self.add_secrets(id, kind, test, [created, changed, now], randomness);
    }

    fn add_secrets(
        &mut self,
        key: KeyId,
        kind: Kind,
        test: bool,
        [created, changed, now]: [Timestamp; 3],
        randomness: &mut StdRng,
    ) {
        let head = if test { "sk_test_" } else { "sk_live_" };
        let mut add =
            |ordinal: i64, created: Timestamp, confirmed: Option<Timestamp>, until: Option<Timestamp>| {
                let id = SecretId::new(created, randomness);
                let lapses = created.plus(Span::minutes(15));
                self.secrets.push(row![
                    id.to_string(),
                    key.to_string(),
                    ordinal,
                    public_id(self.secrets.len()),
                    head,
                    DIGEST,
                    created,
                    lapses,
                    24 * 3_600_000_i64,
                    0,
                    confirmed,
                    until,
                ]);
                if confirmed.is_some() && randomness.random_bool(0.8) {
                    let used = before(until.unwrap_or(now).min(now), randomness.random_range(0..90));
                    let ip = format!("192.0.2.{}", randomness.random_range(1..255));
                    let count = randomness.random_range(1..100_000);
                    self.usage.push(row![id.to_string(), key.to_string(), used, ip, count]);
                }
            };
        match kind {
            Kind::Unconfirmed => add(1, created, None, None),
            Kind::Rotating => {
                add(1, created, Some(created), Some(now.plus(Span::hours(20))));
                add(2, changed, Some(changed), None);
            }
            Kind::Rotated => {
                add(1, created, Some(created), Some(changed));
                add(2, changed, Some(changed), None);
            }
            Kind::Plain
            | Kind::EndsLater
            | Kind::Expiring
            | Kind::Expired
            | Kind::Suspended
            | Kind::Revoked => add(1, created, Some(created), None),
        }
    }

    async fn into_sqlite(self, connection: &mut SqliteConnection) {
        let mut transaction = connection.begin().await.unwrap();
        for (head, rows) in [(KEYS, self.keys), (SECRETS, self.secrets), (USAGE, self.usage)] {
            for rows in rows.chunks(ROWS) {
                let mut insert = QueryBuilder::<Sqlite>::new(head);
                insert.push_values(rows, |mut values, row| {
                    for cell in row {
                        match cell {
                            Cell::Text(text) => values.push_bind(text.as_deref()),
                            Cell::Int(number) => values.push_bind(*number),
                        };
                    }
                });
                insert.build().execute(&mut *transaction).await.unwrap();
            }
        }
        transaction.commit().await.unwrap();
    }

    async fn into_postgres(self, connection: &mut PgConnection) {
        let mut transaction = connection.begin().await.unwrap();
        for (head, rows) in [(KEYS, self.keys), (SECRETS, self.secrets), (USAGE, self.usage)] {
            for rows in rows.chunks(ROWS) {
                let mut insert = QueryBuilder::<Postgres>::new(head);
                insert.push_values(rows, |mut values, row| {
                    for cell in row {
                        match cell {
                            Cell::Text(text) => values.push_bind(text.as_deref()),
                            Cell::Int(number) => values.push_bind(*number),
                        };
                    }
                });
                insert.build().execute(&mut *transaction).await.unwrap();
            }
        }
        transaction.commit().await.unwrap();
    }
}

/// Which kind the key is for a number below 100.
fn kind(number: u32) -> Kind {
    match number {
        0..68 => Kind::Plain,
        68..76 => Kind::EndsLater,
        76..80 => Kind::Expiring,
        80..85 => Kind::Expired,
        85..88 => Kind::Rotating,
        88..95 => Kind::Rotated,
        95..97 => Kind::Suspended,
        97..99 => Kind::Revoked,
        _ => Kind::Unconfirmed,
    }
}

fn before(now: Timestamp, hours: i64) -> Timestamp {
    Timestamp::from_millis(now.as_millis() - hours * 3_600_000)
}

/// The visible part of the secret with this number: another for every number, in no order.
fn public_id(number: usize) -> String {
    // A multiplier without a factor in common with 62 visits every id once.
    let mut rest = (number as u64 + 1) * 22_801_763_489 % 62_u64.pow(6);
    let mut text = String::new();
    for _ in 0..6 {
        text.push(char::from(BASE62[usize::try_from(rest % 62).unwrap_or_default()]));
        rest /= 62;
    }
    text
}
