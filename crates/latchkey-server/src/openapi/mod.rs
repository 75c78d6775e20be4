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
use axum::extract::Request;
use axum::http::Method;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
#[cfg(feature = "openapi")]
pub use generate::document;

use crate::admin::not_allowed;
use crate::docs;
use crate::server::Asking;

/// The document as it was committed.
pub const DOCUMENT: &str = include_str!("../../openapi.json");

/// `/openapi.json`, and `/docs`, which shows it. Both say nothing that needs a credential.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    // It changes with the program, whose version no address names.
    let document = || async { ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], DOCUMENT) };
    Router::new().route("/openapi.json", get(document)).merge(docs::routes()).layer(from_fn(read_only))
}

/// What is shown is only read.
async fn read_only(request: Request, next: Next) -> Response {
    if request.method() == Method::GET {
        return next.run(request).await;
    }
    not_allowed([Method::GET].iter(), &Asking::of(request)).map(Into::into)
}
