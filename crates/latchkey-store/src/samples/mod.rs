//! Sample data to look around in: made through the operations themselves, by a clock that is moved
//! through the past, so that history, statuses and deadlines are as they would be. Every plaintext is
//! dropped at once. Who and what stands in `cast.json`.

mod cast;
mod gathered;

use std::collections::HashMap;
use std::sync::Arc;

use latchkey_core::id::{KeyId, RequestId, SecretId, TenantId};
use latchkey_core::operation::{Operation, read_request};
use latchkey_core::operations::{
    KeysIssue, KeysRevoke, KeysRotate, KeysSuspend, RolesCreate, TenantsCreate, TenantsSuspend,
};
use latchkey_core::time::ManualClock;
use latchkey_core::{AdminError, Call, Caller, Perform, Source, Span, Timestamp};
use serde_json::{Value, json};

use crate::fault::{Fault, Outcome, unusable};
use crate::mint::randomness;
use crate::statement::sql;
use crate::store::Store;
use cast::{Cast, Fate, SampleKey, cast};

/// How long ago the story begins.
const BEGIN: Span = Span::days(400);

/// Fills a new store with tenants, roles, keys and history to look around in.
///
/// # Errors
/// `store_unusable` when the store holds something already; otherwise as the operations it performs.
pub async fn fill_with_samples(store: &Store) -> Result<(), AdminError> {
    let (_, now, revision) = store.read_at_revision().await.map_err(Fault::into_admin_error)?;
    if revision > 0 {
        return Err(unusable("Sample data goes into a new, empty store only. Make another store for it."));
    }
    let clock = Arc::new(ManualClock::at(before(now, BEGIN)));
    let mut past = Past { store: store.by_clock(clock.clone()), clock, now, keys: HashMap::new() };
    let cast = cast()?;
    past.tell(&cast).await?;
    past.use_keys(&cast).await.map_err(Fault::into_admin_error)?;
    past.gather(&cast).await
}

/// The story while it is told.
struct Past {
    store: Store,
    clock: Arc<ManualClock>,
    now: Timestamp,
    keys: HashMap<&'static str, Made>,
}

/// A key that was made: its secrets, the newest last.
struct Made {
    id: KeyId,
    tenant: TenantId,
    secrets: Vec<SecretId>,
}

/// Something that happened to a key.
#[derive(Clone, Copy)]
enum Event {
    Issue,
    Rotate,
    Suspend,
    Revoke(&'static str),
}

impl Past {
    async fn tell(&mut self, cast: &Cast) -> Result<(), AdminError> {
        for tenant in &cast.tenants {
            let json = json!({ "slug": tenant.slug, "name": tenant.name, "profile": tenant.profile, "notes": tenant.notes });
            self.perform::<TenantsCreate>(json).await?;
            self.clock.advance(Span::minutes(7));
        }
        for role in &cast.roles {
            let json = json!({
                "tenant": role.tenant, "name": role.name, "description": role.description,
                "permissions": role.permissions,
            });
            self.perform::<RolesCreate>(json).await?;
            self.clock.advance(Span::minutes(3));
        }
        // Time moves forwards only: what happened to all keys, the longest ago first.
        let mut events: Vec<(Span, Event, &SampleKey)> = cast.keys.iter().flat_map(events_of).collect();
        events.sort_by_key(|(ago, _, _)| std::cmp::Reverse(*ago));
        for (ago, event, key) in events {
            self.clock.set(before(self.now, ago));
            self.happen(event, key).await?;
        }
        self.clock.set(before(self.now, Span::minutes(2)));
        self.perform::<TenantsSuspend>(json!({ "tenant": cast.suspended_tenant })).await?;
        self.clock.set(self.now);
        Ok(())
    }

    async fn happen(&mut self, event: Event, key: &SampleKey) -> Result<(), AdminError> {
        let id = self.keys.get(key.name).map(|made| made.id.to_string());
        match event {
            Event::Issue => {
                let issued = self.perform::<KeysIssue>(self.issue(key)).await?.value.key;
                let secrets = issued.secrets.iter().map(|secret| secret.id).collect();
                self.keys.insert(key.name, Made { id: issued.id, tenant: issued.tenant.id, secrets });
            }
            Event::Rotate => {
                let rotated =
                    self.perform::<KeysRotate>(json!({ "key": id, "grace": "48h" })).await?.value.key;
                if let (Some(made), Some(newest)) = (self.keys.get_mut(key.name), rotated.secrets.first()) {
                    made.secrets.push(newest.id);
                }
            }
            Event::Suspend => drop(self.perform::<KeysSuspend>(json!({ "key": id })).await?),
            Event::Revoke(reason) => {
                drop(self.perform::<KeysRevoke>(json!({ "key": id, "reason": reason })).await?);
            }
        }
        Ok(())
    }

    fn issue(&self, key: &SampleKey) -> Value {
        let expires = match key.expires_in {
            Some(days) => {
                let millis = self.now.as_millis() + days * Span::days(1).as_millis();
                Timestamp::from_millis(millis).to_string()
            }
            None => "never".to_owned(),
        };
        let confirm = if matches!(key.fate, Fate::Unsaved) { "later" } else { "now" };
        json!({
            "tenant": key.tenant, "name": key.name, "role": key.role, "scopes": key.scopes,
            "environment": key.environment, "owner": key.owner, "tags": key.tags, "ip": key.ip,
            "expires": expires, "confirm": confirm, "notes": key.notes,
        })
    }

    /// Performs an operation by one of the two administrators of the story.
    async fn perform<O: Operation>(&self, json: Value) -> Result<O::Answer, AdminError>
    where
        Store: Perform<O>,
    {
        let now = self.store.clock_now();
        let actor = if now.as_millis() / 1000 % 3 == 0 { "jonas" } else { "maria" };
        let call = Call {
            operation: read_request::<O, _>(json)?,
            caller: Caller::with_the_store(actor, Source::Desktop),
            request_id: RequestId::new(now, &mut randomness()),
            idempotency_key: None,
        };
        self.store.perform(call).await
    }

    /// Writes who used which secret. No operation does that: uses are counted where keys are verified.
    async fn use_keys(&self, cast: &Cast) -> Outcome<()> {
        let mut tx = self.store.shared.pool.begin_write().await?;
        for (place, key) in (1..).zip(&cast.keys) {
            let (Some(made), Some(minutes)) = (self.keys.get(key.name), key.used_ago) else { continue };
            let newest_first = made.secrets.iter().rev();
            // An old secret in its grace period was used a while before the new one.
            for (ago, secret) in (minutes..).step_by(95).zip(newest_first) {
                sql("INSERT INTO usage (secret_id, key_id, last_used_at, last_used_ip, use_count) \
                     VALUES ($1, $2, $3, $4, $5)")
                .bind(secret.to_string())
                .bind(made.id.to_string())
                .bind(before(self.now, Span::minutes(ago)))
                .bind(format!("203.0.113.{place}"))
                .bind(key.uses)
                .run(&mut tx)
                .await?;
            }
        }
        tx.commit().await
    }
}

/// What happens to a key, and how long ago.
fn events_of(key: &SampleKey) -> Vec<(Span, Event, &SampleKey)> {
    let mut events = vec![(Span::minutes(key.issued_ago), Event::Issue, key)];
    match key.fate {
        Fate::Used | Fate::Unsaved => {}
        Fate::Rotated(minutes) => events.push((Span::minutes(minutes), Event::Rotate, key)),
        Fate::Suspended(minutes) => events.push((Span::minutes(minutes), Event::Suspend, key)),
        Fate::Revoked(minutes, reason) => events.push((Span::minutes(minutes), Event::Revoke(reason), key)),
    }
    events
}

fn before(now: Timestamp, ago: Span) -> Timestamp {
    Timestamp::from_millis(now.as_millis() - ago.as_millis())
}
