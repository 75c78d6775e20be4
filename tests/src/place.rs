//! A server of ours on a new store, with a clock that tests move by hand, and keys to ask about. Trusts the proxies of
//! this computer. Holds no test.

use std::net::SocketAddr;
use std::sync::Arc;

use latchkey_core::operation::Minted;
use latchkey_core::operations::{Issued, KeyDetails, OperatorsCreate, TenantsCreate};
use latchkey_core::rate_limit::Window;
use latchkey_core::{AdminError, Operation, Perform, PlaintextKey, Span};
use latchkey_server::{Serving, Settings, serve};
use latchkey_store::Store;
use serde_json::{Value, json};

use crate::Room;
use crate::exchange::{Answer, Ask};

/// A server and its store.
pub struct Place {
    /// The store, and the clock of both.
    pub room: Room,
    /// Where the server listens.
    pub address: SocketAddr,
    /// The server.
    pub server: Serving,
}

impl Place {
    /// One with the tier `small`: 5 requests a minute and 8 an hour.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// One that is told more.
    pub async fn with(tell: impl FnOnce(&mut Settings)) -> Self {
        Self::on(Room::sqlite().await, tell).await
    }

    /// One on a store that is there.
    pub async fn on(room: Room, tell: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings { listen: "127.0.0.1:0".parse().unwrap(), ..Settings::default() };
        settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        let windows = [(5, Span::minutes(1)), (8, Span::hours(1))];
        let windows = windows.map(|(limit, per)| Window { limit, per }).to_vec();
        settings.verify.tiers.set("small", windows).unwrap();
        tell(&mut settings);
        let server = serve(room.store.clone(), Arc::clone(&room.clock) as _, settings).await.unwrap();
        Self { address: server.address, room, server }
    }

    /// Does something in the store and lets the server see it.
    pub async fn call<O: Operation>(&self, request: Value) -> Result<O::Answer, AdminError>
    where
        Store: Perform<O>,
    {
        let answer = self.room.call::<O>(request).await;
        self.server.verifier.catch_up().await.unwrap();
        answer
    }

    /// A tenant of a profile.
    pub async fn tenant(&self, slug: &str, profile: &str) {
        self.call::<TenantsCreate>(json!({"slug": slug, "name": slug, "profile": profile})).await.unwrap();
    }

    /// A key of the tenant `acme`, which is made with the first, or of the tenant that is asked for.
    pub async fn key(&self, mut request: Value) -> (KeyDetails, PlaintextKey) {
        if request.get("tenant").is_none() {
            let _ = self.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME Corp"})).await;
            request["tenant"] = "acme".into();
        }
        if request.get("name").is_none() {
            request["name"] = format!("key of {}", self.room.now()).into();
        }
        let made = self.room.issue(request).await;
        self.server.verifier.catch_up().await.unwrap();
        made
    }

    /// An operator's token.
    pub async fn operator(&self, name: &str, role: &str) -> (KeyDetails, PlaintextKey) {
        let made = self.call::<OperatorsCreate>(json!({"name": name, "role": role})).await.unwrap();
        let Minted { value: Issued { key }, plaintext } = made;
        (key, plaintext.unwrap())
    }

    /// Asks it.
    pub async fn ask(&self, ask: Ask) -> Answer {
        ask.to(self.address).await
    }

    /// Stops it, so that everything it gathered is written; its store stays.
    pub async fn stop(self) -> Room {
        self.server.stop().await;
        self.room
    }

    /// Closes the store under the running server, so that nobody can tell any more.
    pub async fn lose_the_store(&self) {
        self.room.store.close().await;
    }
}
