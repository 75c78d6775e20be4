//! Whatever is done to keys, in whatever order: the verifier answers what core decides about what stands in the store.

use latchkey_core::key::{Environment, SecretState};
use latchkey_core::key_format::{PublicId, read_public_id};
use latchkey_core::operations::{
    KeysConfirm, KeysIssue, KeysReactivate, KeysRemint, KeysResume, KeysRetireOld, KeysRevoke, KeysRotate,
    KeysSuspend, KeysUndoRotation, KeysUpdate, RolesCreate, RolesUpdate, TenantsCreate, TenantsResume,
    TenantsSuspend, TenantsUpdate,
};
use latchkey_core::permission::{Permission, Requirement};
use latchkey_core::time::Floor;
use latchkey_core::verification::{AskedRef, Found, Outcome, decide};
use latchkey_core::{PlaintextKey, Span, Timestamp};
use latchkey_store::VerifyEntry;
use latchkey_tests::{Room, rounds};
use latchkey_verify::{Question, Verifier};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::service::{begin, with_pepper};

/// Steps of one story.
const STEPS: usize = 60;
const SCOPES: [&str; 4] = ["posts:read", "posts:*", "*:read", "users:write"];
const PLACES: [&str; 2] = ["10.0.0.0/8", "2001:db8::/32"];
const CLIENTS: [&str; 4] = ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1", "203.0.113.9"];

/// One story: the keys that were made in it, and the time that counted.
struct Story {
    room: Room,
    verifier: Verifier,
    chance: StdRng,
    keys: Vec<(String, PlaintextKey)>,
    floor: Floor,
}

impl Story {
    async fn begin(room: Room, seed: u64) -> Self {
        let settings = with_pepper(&room);
        let verifier = begin(&room, settings).await;
        for slug in ["acme", "globex"] {
            room.call::<TenantsCreate>(json!({"slug": slug, "name": slug, "allow_reactivate": true}))
                .await
                .unwrap();
        }
        let role = json!({"tenant": "acme", "name": "Reader", "permissions": ["posts:read"]});
        room.call::<RolesCreate>(role).await.unwrap();
        Self {
            room,
            verifier,
            chance: StdRng::seed_from_u64(seed),
            keys: Vec::new(),
            floor: Floor::default(),
        }
    }

    fn some<'a>(&mut self, of: &[&'a str]) -> Vec<&'a str> {
        of.iter().copied().filter(|_| self.chance.random_bool(0.3)).collect()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.choose(&mut self.chance).copied().unwrap_or_default()
    }

    async fn issue(&mut self, number: usize) {
        let tenant = self.one(&["acme", "acme", "globex"]);
        let mut request = json!({
            "tenant": tenant, "name": format!("key {number}"), "scopes": self.some(&SCOPES),
            "ip": self.some(&PLACES), "environment": self.one(&["live", "live", "test"]),
            "confirm": self.one(&["now", "now", "later"]), "expires": self.one(&["never", "2h", "3d"]),
        });
        if tenant == "acme" && self.chance.random_bool(0.5) {
            request["role"] = "Reader".into();
        }
        if let Ok(minted) = self.room.call::<KeysIssue>(request).await {
            self.keys.push((minted.value.key.id.to_string(), minted.plaintext.unwrap()));
        }
    }

    /// Does something to some key. What the rules refuse is no fault.
    async fn act(&mut self, number: usize) {
        let choice = self.chance.random_range(0..18);
        let id = self.keys.choose(&mut self.chance).map(|(id, _)| id.clone());
        let (Some(id), 3..) = (id, choice) else { return self.issue(number).await };
        let key = json!({"key": id});
        let room = &self.room;
        match choice {
            3 | 4 => self.rotate(&id).await,
            5 => drop(room.call::<KeysConfirm>(key).await),
            6 => drop(room.call::<KeysRevoke>(key).await),
            7 => drop(room.call::<KeysReactivate>(key).await),
            8 => drop(room.call::<KeysSuspend>(key).await),
            9 => drop(room.call::<KeysResume>(key).await),
            10 => drop(room.call::<KeysRetireOld>(key).await),
            11 => drop(room.call::<KeysUndoRotation>(key).await),
            12 => {
                let request = json!({"key": id, "scopes": self.some(&SCOPES), "ip": self.some(&PLACES)});
                drop(self.room.call::<KeysUpdate>(request).await);
            }
            13 => {
                let request = json!({"tenant": "acme", "role": "Reader", "permissions": self.some(&SCOPES)});
                drop(self.room.call::<RolesUpdate>(request).await);
            }
            14 => drop(room.call::<TenantsSuspend>(json!({"tenant": "globex"})).await),
            15 => drop(room.call::<TenantsResume>(json!({"tenant": "globex"})).await),
            16 => {
                let request = json!({"tenant": "acme", "ip": self.some(&PLACES)});
                drop(self.room.call::<TenantsUpdate>(request).await);
            }
            _ => {
                let minted = room.call::<KeysRemint>(key).await;
                self.keys.extend(minted.ok().and_then(|minted| Some((id, minted.plaintext?))));
            }
        }
    }

    async fn rotate(&mut self, id: &str) {
        let request: Value = json!({
            "key": id, "grace": self.one(&["0", "1m", "1h", "24h"]), "confirm": self.one(&["now", "later"]),
            "expires": self.one(&["keep", "never", "5h"]),
        });
        let minted = self.room.call::<KeysRotate>(request).await;
        self.keys.extend(minted.ok().and_then(|minted| Some((id.to_owned(), minted.plaintext?))));
    }

    /// Time passes, or is taken back.
    fn pass(&mut self) {
        match self.chance.random_range(0..6) {
            0 => self.room.clock.advance(Span::from_millis(self.chance.random_range(1..2_000))),
            1 => self.room.clock.advance(Span::minutes(self.chance.random_range(1..90))),
            2 => self.room.clock.advance(Span::hours(self.chance.random_range(1..30))),
            3 => {
                let back = self.room.now().as_millis() - self.chance.random_range(1..30_000);
                self.room.clock.set(Timestamp::from_millis(back));
            }
            _ => {}
        }
    }

    /// Asks the verifier and core about every key there ever was.
    async fn compare(&mut self, step: usize) {
        self.verifier.catch_up().await.unwrap();
        let ids: Vec<PublicId> = self.keys.iter().map(|(_, key)| read_public_id(key).unwrap()).collect();
        let truth = self.room.store.entries(&ids).await.unwrap().entries;
        for place in 0..self.keys.len() {
            let question = Question {
                requirement: Requirement {
                    all: self
                        .some(&SCOPES)
                        .into_iter()
                        .map(|text| text.parse::<Permission>().unwrap())
                        .collect(),
                    any: Vec::new(),
                },
                environment: self.chance.random_bool(0.3).then_some(Environment::Live),
                ..Question::default()
            };
            let from = self.one(&CLIENTS).parse().ok();
            let Some((_, key)) = self.keys.get(place) else { continue };
            let entry = truth.iter().find(|entry| Some(&entry.secret.public_id) == ids.get(place));
            let now = self.floor.raise(self.room.now());
            // Its use would confirm it, behind the answers and while others are asked.
            let waits =
                entry.is_some_and(|entry| matches!(entry.secret.state(now), SecretState::Unconfirmed { .. }));
            if waits {
                continue;
            }
            let expected = decided(entry, &question, from, now);
            let answered = self.verifier.verify(key.expose(), &question, from).await.unwrap().outcome;
            assert_eq!(answered, expected, "step {step}, key {place}");
        }
    }
}

fn decided(
    entry: Option<&VerifyEntry>,
    question: &Question,
    client_ip: latchkey_verify::ClientIp,
    now: Timestamp,
) -> Outcome {
    let found = entry.map(|entry| Found {
        key: &entry.key,
        secret: &entry.secret,
        digest_matches: true,
        tenant_suspended: entry.tenant_suspended,
        tenant_ip: &entry.tenant_ip,
        permissions: &entry.permissions,
        dialect: entry.profile.dialect(),
    });
    let asked = AskedRef {
        requirement: &question.requirement,
        client_ip,
        tenant: question.tenant,
        environment: question.environment,
    };
    decide(found, asked, now)
}

async fn stories(room: impl AsyncFn() -> Room) {
    for seed in 0..rounds(40) {
        let mut story = Story::begin(room().await, seed as u64).await;
        for step in 0..STEPS {
            story.act(step).await;
            story.pass();
            story.compare(step).await;
        }
        assert_eq!(story.verifier.stats().argon2_runs, 0, "every one of them has a tag");
        story.verifier.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_verifier_answers_what_core_decides_about_a_file() {
    stories(Room::sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_verifier_answers_what_core_decides_about_a_database() {
    stories(Room::postgres).await;
}
