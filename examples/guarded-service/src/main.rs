//! Starts the service over the store that `LATCHKEY_STORE` names.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use latchkey_core::SystemClock;
use latchkey_store::{Store, StoreUrl};
use latchkey_verify::{Settings, Verifier};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::var("LATCHKEY_STORE").context("LATCHKEY_STORE names no store")?;
    let url: StoreUrl = url.parse()?;
    let clock = Arc::new(SystemClock);
    let store = Store::open(&url, clock.clone()).await?;
    let verifier = Verifier::start(store, clock, Settings::default()).await?;
    let routes = guarded_service::routes(verifier.clone());
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, routes.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async {
            // Without a signal to wait for, it runs until it is killed.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    verifier.stop().await;
    Ok(())
}
