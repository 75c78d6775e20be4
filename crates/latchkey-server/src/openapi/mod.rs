//! The OpenAPI document: what was generated and committed, handed out at `/openapi.json`; with the feature `openapi`
//! also the generator. Holds no route of an operation.

#[cfg(feature = "openapi")]
mod by_hand;
#[cfg(feature = "openapi")]
mod described;
#[cfg(feature = "openapi")]
mod generate;
#[cfg(feature = "openapi")]
mod problems;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;
#[cfg(feature = "openapi")]
pub use generate::document;

/// The document as it was committed.
pub const DOCUMENT: &str = include_str!("../../openapi.json");

/// `/openapi.json`, and `/docs`, which shows it. Both say nothing that needs a credential.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    // It changes with the program, whose version no address names.
    let document = || async { ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], DOCUMENT) };
    Router::new().route("/openapi.json", get(document)).merge(crate::docs::routes())
}
