//! The pages that show the OpenAPI document to people. All of it is in the program: nothing is loaded from
//! elsewhere, and the policy of the pages forbids it. Holds no description of its own.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use swagger_ui_dist::{ApiDefinition, OpenApiSource};

/// Scripts, requests and pictures of this server alone, and no script within a page. Swagger UI sets some styles in
/// place.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Where Swagger UI's own files are.
const ASSETS: &str = "/docs/assets";

/// `/docs` and what it loads.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let assets = swagger_ui_dist::generate_routes(ApiDefinition {
        uri_prefix: ASSETS,
        api_definition: OpenApiSource::Uri("/openapi.json"),
        title: Some("Latchkey"),
    });
    let pages = Router::new()
        .route("/docs", get(|| async { file("text/html; charset=utf-8", include_str!("page.html")) }))
        .route(
            "/docs/start.js",
            get(|| async { file("text/javascript; charset=utf-8", include_str!("start.js")) }),
        )
        .merge(assets)
        .layer(map_response(with_policy));
    pages.with_state(())
}

fn file(kind: &'static str, text: &'static str) -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(CONTENT_TYPE, kind)], text)
}

async fn with_policy(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // They change with the program, whose version no address names.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt as _;

    async fn load(path: &str) -> (StatusCode, String, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = routes::<()>().oneshot(request).await.unwrap();
        let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        let (status, body) = (response.status(), to_bytes(response.into_body(), usize::MAX).await.unwrap());
        (status, policy, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Every address that a page names.
    fn named(page: &str) -> Vec<String> {
        let after = |mark: &str| page.split(mark).skip(1).map(str::to_owned).collect::<Vec<_>>();
        let mut found = [after("src=\""), after("href=\""), after("url: \"")].concat();
        for rest in &mut found {
            rest.truncate(rest.find('"').unwrap_or(rest.len()));
        }
        found
    }

    #[tokio::test]
    async fn the_pages_load_nothing_from_elsewhere() {
        let (status, policy, page) = load("/docs").await;
        assert_eq!(status, StatusCode::OK);
        assert!(policy.contains("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("http") && !policy.contains('*'), "{policy}");
        assert!(!page.contains("<script>"), "no script stands in the page itself");
        let (_, _, start) = load("/docs/start.js").await;
        for text in [&page, &start] {
            assert!(!text.contains("//") || !text.contains("http"), "{text}");
        }
        let loaded = named(&page);
        assert_eq!(loaded.len(), 3, "{loaded:?}");
        for address in loaded {
            assert!(address.starts_with("/docs/"), "{address}");
            let (status, _, text) = load(&address).await;
            assert_eq!(status, StatusCode::OK, "{address}");
            assert!(text.len() > 100, "{address}");
        }
        assert_eq!(named(&start), ["/openapi.json"]);
        // Without this Swagger UI shows a picture of a service that checks documents.
        assert!(start.contains("validatorUrl: null"));
    }

    #[tokio::test]
    async fn the_style_sheet_loads_no_font_or_picture() {
        let (_, _, style) = load("/docs/assets/swagger-ui.css").await;
        let addresses: Vec<&str> =
            style.split("url(").skip(1).map(|rest| rest.trim_start_matches(['"', '\''])).collect();
        assert!(!addresses.is_empty());
        assert!(addresses.iter().all(|address| address.starts_with("data:")));
    }
}
