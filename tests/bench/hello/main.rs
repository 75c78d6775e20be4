//! A bare axum server that answers every request with a word: what a request costs before anything is verified. Built
//! with the same profile, and with the same allocator, as the program it stands beside.
#![allow(clippy::unwrap_used)] // a benchmark whose ground gives way stops

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static ALLOCATOR: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap();
    let listener = TcpListener::bind(address).await.unwrap();
    let router = Router::new().route("/", get(|| async { "Hello" }));
    axum::serve(listener, router).await.unwrap();
}
