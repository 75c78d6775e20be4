//! What the engine computes about an element for assistive technology, asked by a WebDriver command that
//! fantoccini has no words for. Holds no finding of elements.

use fantoccini::wd::WebDriverCompatibleCommand;

/// What the engine computes about an element for assistive technology.
#[derive(Debug)]
pub struct Computed {
    pub element: String,
    pub what: &'static str,
}

impl WebDriverCompatibleCommand for Computed {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/element/{}/{}", self.element, self.what))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::GET, None)
    }
}
