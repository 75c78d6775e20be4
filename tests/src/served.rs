//! A server in this process, on a port of its own, and operators who ask it with their tokens: the rooms of the
//! contract that lie behind HTTP. Knows no test.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use latchkey_client::{Client, ServerAddress};
use latchkey_core::tag::Pepper;
use latchkey_core::time::ManualClock;
use latchkey_core::{PlaintextKey, Source};
use latchkey_server::{Serving, Settings};
use latchkey_store::Store;

/// A server, and a client for each operator by name.
pub(crate) struct Served {
    address: ServerAddress,
    clients: BTreeMap<String, Client>,
    tokens: Arc<BTreeMap<String, PlaintextKey>>,
    pepper: Option<Pepper>,
    _serving: Serving,
}

impl Served {
    /// Serves `store` to those whose tokens these are.
    pub(crate) async fn begin(
        store: &Store,
        clock: Arc<ManualClock>,
        pepper: Option<Pepper>,
        tokens: Arc<BTreeMap<String, PlaintextKey>>,
    ) -> Self {
        let mut settings =
            Settings { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), ..Settings::default() };
        settings.verify.pepper.clone_from(&pepper);
        // The room's clock is moved by hand and has nothing to do with the database's.
        settings.verify.follow_clock = false;
        let serving = latchkey_server::serve(store.clone(), clock, settings).await.unwrap();
        let address = ServerAddress::read(&format!("http://{}", serving.address), None).unwrap();
        let clients = tokens.iter().map(|(name, token)| (name.clone(), client(&address, token))).collect();
        Self { address, clients, tokens, pepper, _serving: serving }
    }

    /// Another server on another line to the same store.
    pub(crate) async fn another(&self, store: &Store, clock: Arc<ManualClock>) -> Self {
        Self::begin(store, clock, self.pepper.clone(), Arc::clone(&self.tokens)).await
    }

    /// The operator of this name, who was made with the room.
    pub(crate) fn named(&self, name: &str) -> &Client {
        self.clients.get(name).unwrap_or_else(|| panic!("no operator of this room is called {name}"))
    }

    /// Whoever has this token.
    pub(crate) fn with(&self, token: &PlaintextKey) -> Client {
        client(&self.address, token)
    }
}

fn client(address: &ServerAddress, token: &PlaintextKey) -> Client {
    let token = PlaintextKey::new(token.expose().to_owned());
    Client::new(address.clone(), token, Source::Cli).unwrap()
}
