//! A walk through screens on which axe-core judges each, for WCAG 2.2 A and AA, and a picture is kept of it.
//! What it finds is told together at the end. Knows no screen.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::by::By;
use super::page::Page;

/// Left out are the focus guards of Base UI's popups and nothing else: invisible stops that hand the focus
/// on, hidden from screen readers and focusable on purpose, which axe's `aria-hidden-focus` cannot know.
const RUN: &str = "const done = arguments[arguments.length - 1];
    axe.run({ exclude: ['[data-base-ui-focus-guard]'] }, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] },
                        resultTypes: ['violations'] })
      .then((result) => done(result.violations.flatMap((one) => one.nodes.map((node) =>
                `${one.id} (${one.help}): ${node.html} ${node.failureSummary}`))),
            (error) => done(['axe failed: ' + error]));";

/// A walk through the screens; what axe finds is kept.
pub struct Walk<'a> {
    pub page: &'a Page,
    theme: &'static str,
    found: Vec<String>,
    seen: usize,
}

impl<'a> Walk<'a> {
    /// Begins one in a window that should be `light` or `dark`.
    pub async fn begin(page: &'a Page, theme: &'static str) -> Self {
        let dark = page.run("return matchMedia('(prefers-color-scheme: dark)').matches", vec![]).await;
        assert_eq!(dark, theme == "dark", "the window follows the desktop's theme");
        Self { page, theme, found: Vec::new(), seen: 0 }
    }

    /// Keeps what was found while the window is closed.
    pub fn pause(self) -> Paused {
        Paused { theme: self.theme, found: self.found, seen: self.seen }
    }

    /// Tells what was found.
    pub fn end(self) {
        let Self { found, .. } = self;
        assert!(found.is_empty(), "axe found {}:\n{}", found.len(), found.join("\n"));
    }

    /// Judges what is in sight. On a busy computer something may begin to fade only after it was found, so
    /// what is found counts when it is found again.
    pub async fn look(&mut self, name: &str) {
        let mut found = Vec::new();
        bring_axe(self.page).await;
        for _ in 0..3 {
            self.page.rests().await;
            let answer = self.page.client.execute_async(RUN, vec![]).await.unwrap();
            let told = answer.as_array().into_iter().flatten().filter_map(Value::as_str);
            found = told.map(|violation| format!("{name}: {violation}")).collect();
            if found.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        self.found.extend(found);
        self.page.picture(&format!("{}-{:02}-{name}", self.theme, self.seen)).await;
        self.seen += 1;
    }

    /// Judges a layer and closes it.
    pub async fn layer(&mut self, name: &str, layer: By) {
        self.page.see(&layer).await;
        self.look(name).await;
        self.page.press("Escape").await;
        self.page.gone(&layer).await;
    }

    pub async fn open_and_look(&mut self, opener: By, name: &str, layer: By) {
        self.page.click(&opener).await;
        self.layer(name, layer).await;
    }
}

/// A walk between two windows.
pub struct Paused {
    theme: &'static str,
    found: Vec<String>,
    seen: usize,
}

impl Paused {
    /// Goes on in another window.
    pub fn go_on(self, page: &Page) -> Walk<'_> {
        Walk { page, theme: self.theme, found: self.found, seen: self.seen }
    }
}

/// Loads axe into a page that was loaded since.
async fn bring_axe(page: &Page) {
    if page.run("return window.axe !== undefined", vec![]).await == true {
        return;
    }
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).expect("the UI's packages are installed");
    page.run(&axe, vec![]).await;
}
