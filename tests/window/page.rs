//! The page in a window: finding, pressing, typing and reading, each with the patience a person has.
//! Holds no knowledge of any screen.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::by::By;
use super::computed::Computed;
use super::keys::key;

/// How long a test waits for what it expects.
pub const PATIENCE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(40);
const FIND: &str = include_str!("find.js");
/// Scrolls what is to be pressed into the middle: WebDriver's own scrolling stops where a footer lies over
/// half of it. Answers whether something still moves, for a press then may land beside it.
const INTO_SIGHT: &str = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' });
    return document.getAnimations().some((one) => one.playState === 'running'
        && one.effect?.getComputedTiming().endTime !== Infinity)";
const WATCH: &str = include_str!("watch.js");

/// Asks until there is an answer; panics, saying `what`, when patience ends.
pub async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, ask).await.unwrap_or_else(|| panic!("waited in vain for {what}"))
}

/// Asks until there is an answer or the time is over.
pub async fn within<T>(time: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if begun.elapsed() > time {
            return None;
        }
        tokio::time::sleep(POLL).await;
    }
}

/// The page of an open window.
pub struct Page {
    pub client: Client,
}

impl Page {
    async fn computed(&self, element: &Element, what: &'static str) -> Result<String, CmdError> {
        let element = element.element_id().to_string();
        let answer = self.client.issue_cmd(Computed { element, what }).await?;
        Ok(answer.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Everything of this role and name that a person could find now.
    pub async fn all(&self, by: &By) -> Result<Vec<Element>, CmdError> {
        let root = match &by.within {
            None => Value::Null,
            Some(outer) => match Box::pin(self.all(outer)).await?.first() {
                Some(outer) => serde_json::to_value(outer)?,
                None => return Ok(Vec::new()),
            },
        };
        let found = self.client.execute(FIND, vec![by.role.into(), by.name.as_str().into(), root]).await?;
        let mut named = Vec::new();
        for element in found.as_array().into_iter().flatten() {
            let id = element.as_object().and_then(|object| object.values().next()).and_then(Value::as_str);
            let Some(id) = id else { continue };
            let element = Element::from_element_id(self.client.clone(), id.to_owned().into());
            let name = self.computed(&element, "computedlabel").await?;
            if name == by.name || (by.part && name.contains(&by.name)) {
                named.push(element);
            }
        }
        Ok(named)
    }

    /// The first of them, waited for.
    pub async fn see(&self, by: &By) -> Element {
        let seen = within(PATIENCE, async || self.all(by).await.ok()?.into_iter().next()).await;
        match seen {
            Some(element) => element,
            None => panic!("there is no {by:?} on the page:\n{}", self.outline().await),
        }
    }

    /// Whether there is one now.
    pub async fn has(&self, by: &By) -> bool {
        self.all(by).await.is_ok_and(|found| !found.is_empty())
    }

    /// Waits until there is none.
    pub async fn gone(&self, by: &By) {
        let gone = within(PATIENCE, async || {
            matches!(self.all(by).await, Ok(found) if found.is_empty()).then_some(())
        });
        assert!(gone.await.is_some(), "{by:?} is still on the page:\n{}", self.outline().await);
    }

    /// Presses it, as soon as it is there and nothing is in front of it.
    pub async fn click(&self, by: &By) {
        let mut last = None;
        let clicked = within(PATIENCE, async || {
            let element = self.all(by).await.ok()?.into_iter().next()?;
            if self.is_off(&element).await {
                last = Some("it is disabled".to_owned());
                return None;
            }
            let argument = vec![serde_json::to_value(&element).ok()?];
            if self.client.execute(INTO_SIGHT, argument).await.ok()? == true {
                last = Some("something moves".to_owned());
                return None;
            }
            match element.click().await {
                Ok(()) => Some(()),
                Err(error) => {
                    last = Some(format!("{error:?}"));
                    None
                }
            }
        })
        .await;
        let Some(()) = clicked else {
            panic!("{by:?} could not be pressed ({last:?}) on the page:\n{}", self.outline().await);
        };
    }

    /// Chooses a radio button. A sheet that only just opened may scroll away under the press when its first
    /// field gets the focus; then it is pressed again.
    pub async fn tick(&self, by: &By) {
        for _ in 0..3 {
            self.click(by).await;
            let ticked = async || {
                let checked = self.see(by).await.attr("aria-checked").await.ok()??;
                (checked == "true").then_some(())
            };
            if within(Duration::from_secs(1), ticked).await.is_some() {
                return;
            }
        }
        panic!("{by:?} does not stay chosen on the page:\n{}", self.outline().await);
    }

    async fn is_off(&self, element: &Element) -> bool {
        let script = "return arguments[0].matches(':disabled,[aria-disabled=true]')";
        let Ok(element) = serde_json::to_value(element) else { return false };
        self.client.execute(script, vec![element]).await.is_ok_and(|off| off == true)
    }

    /// Whether it cannot be pressed.
    pub async fn is_disabled(&self, by: &By) -> bool {
        let element = self.see(by).await;
        self.is_off(&element).await
    }

    /// Points at it and presses nothing.
    pub async fn point_at(&self, by: &By) {
        let element = self.see(by).await;
        let to = PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 };
        self.client.perform_actions(MouseActions::new("mouse".to_owned()).then(to)).await.unwrap();
    }

    /// Puts `text` in a field in place of what is there, by keys alone: WebDriver's own clearing is not
    /// noticed by React. A field that was drawn anew under the keys takes none of them; then it is filled again.
    pub async fn fill(&self, by: &By, text: &str) {
        let mut last = None;
        let filled = within(PATIENCE, async || {
            self.click(by).await;
            self.press("Control+a").await;
            self.press("Backspace").await;
            if text.is_empty() {
                return Some(());
            }
            match self.see(by).await.send_keys(text).await {
                Ok(()) => Some(()),
                Err(error) => {
                    last = Some(error);
                    None
                }
            }
        });
        let Some(()) = filled.await else {
            panic!("{by:?} takes no keys ({last:?}) on the page:\n{}", self.outline().await);
        };
    }

    /// What a field holds.
    pub async fn value(&self, by: &By) -> String {
        self.see(by).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// What is said to be wrong with a field, or a group of them, by the words that describe it; waited for.
    pub async fn complaint(&self, by: &By) -> String {
        let script = "const [field] = arguments;
            const invalid = field.getAttribute('aria-invalid') === 'true' || field.hasAttribute('data-invalid');
            if (!invalid) return null;
            return (field.getAttribute('aria-describedby') ?? '').split(/\\s+/)
              .map((id) => document.getElementById(id)?.innerText ?? '').join(' ').trim();";
        let said = within(PATIENCE, async || {
            let field = self.all(by).await.ok()?.into_iter().next()?;
            let said = self.client.execute(script, vec![serde_json::to_value(&field).ok()?]).await.ok()?;
            said.as_str().filter(|words| !words.is_empty()).map(str::to_owned)
        })
        .await;
        match said {
            Some(words) => words.split_whitespace().collect::<Vec<_>>().join(" "),
            None => panic!("nothing is said to be wrong at {by:?} on the page:\n{}", self.outline().await),
        }
    }

    /// Picks from a combobox by typing the whole name.
    pub async fn pick(&self, by: &By, name: &str) {
        self.fill(by, name).await;
        self.click(&super::by::option(name).part()).await;
    }

    /// Presses keys together: `Control+a`, `Shift+Tab`, `Enter`, `n`.
    pub async fn press(&self, chord: &str) {
        let keys: Vec<char> = chord.split('+').map(key).collect();
        let mut actions = KeyActions::new("keyboard".to_owned());
        for &value in &keys {
            actions = actions.then(KeyAction::Down { value });
        }
        for &value in keys.iter().rev() {
            actions = actions.then(KeyAction::Up { value });
        }
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Types into whatever has focus.
    pub async fn type_text(&self, text: &str) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in text.chars() {
            actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Role and accessible name of what has focus.
    pub async fn focus(&self) -> (String, String) {
        let Ok(element) = self.client.active_element().await else { return (String::new(), String::new()) };
        let role = self.computed(&element, "computedrole").await.unwrap_or_default();
        let name = self.computed(&element, "computedlabel").await.unwrap_or_default();
        (role, name)
    }

    /// Waits until what has the focus is called so.
    pub async fn focused(&self, name: &str) {
        let focused = within(PATIENCE, async || (self.focus().await.1 == name).then_some(())).await;
        assert!(focused.is_some(), "the focus is on {:?}, not on “{name}”", self.focus().await);
    }

    /// All words in sight.
    pub async fn words(&self) -> String {
        let text = self.run("return document.body.innerText", vec![]).await;
        text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Waits until these words are in sight.
    pub async fn says(&self, words: &str) {
        let said = within(PATIENCE, async || self.words().await.contains(words).then_some(())).await;
        assert!(said.is_some(), "the page does not say “{words}”:\n{}", self.outline().await);
    }

    /// Waits until these words are not in sight.
    pub async fn says_no_more(&self, words: &str) {
        self.says_no_more_after(PATIENCE, words).await;
    }

    /// Waits so long until these words are not in sight.
    pub async fn says_no_more_after(&self, time: Duration, words: &str) {
        let silent = within(time, async || (!self.words().await.contains(words)).then_some(())).await;
        assert!(silent.is_some(), "the page still says “{words}”:\n{}", self.outline().await);
    }

    /// The whole document as it is now: its source, its text without the tags in between, and what was
    /// typed into fields.
    pub async fn source(&self) -> String {
        let rest = "return [document.documentElement.textContent,
            ...[...document.querySelectorAll('input,textarea')].map((field) => field.value)].join('\\n')";
        let rest = self.run(rest, vec![]).await;
        format!("{}\n{}", self.client.source().await.unwrap(), rest.as_str().unwrap_or_default())
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// Calls a command of the program as the page does.
    ///
    /// # Errors
    /// What the command answers as its error.
    pub async fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let script = "const [command, given, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, given)
              .then((answer) => done([true, answer]), (error) => done([false, error]));";
        let answer = self.client.execute_async(script, vec![command.into(), arguments]).await.unwrap();
        let value = answer[1].clone();
        if answer[0] == true { Ok(value) } else { Err(value) }
    }

    /// Performs an operation.
    ///
    /// # Errors
    /// The operation's `AdminError`.
    pub async fn perform(&self, name: &str, request: Value) -> Result<Value, Value> {
        self.invoke("perform", json!({ "name": name, "request": request })).await
    }

    /// Loads the page again, as no key of the window does: it asks the program everything anew.
    pub async fn begin_anew(&self) {
        self.client.refresh().await.unwrap();
        self.is_drawn().await;
    }

    /// Waits until something is drawn.
    pub async fn is_drawn(&self) {
        eventually("the first screen", async || {
            let drawn = self.client.execute("return document.querySelector('h1') !== null", vec![]).await;
            drawn.is_ok_and(|drawn| drawn == true).then_some(())
        })
        .await;
        self.watch().await;
    }

    /// Starts noting errors, violations of the page's policy, and answers over IPC.
    async fn watch(&self) {
        self.run(WATCH, vec![]).await;
    }

    /// What was noted since: `violations`, `errors` or `answers`.
    pub async fn noted(&self, what: &str) -> Vec<Value> {
        let noted = self.run("return window.__latchkeySeen[arguments[0]]", vec![what.into()]).await;
        noted.as_array().cloned().unwrap_or_default()
    }

    /// Nothing went wrong in the page so far: no error, no violation of its policy.
    pub async fn is_quiet(&self) {
        assert_eq!(self.noted("violations").await, [Value::Null; 0]);
        assert_eq!(self.noted("errors").await, [Value::Null; 0]);
    }

    /// Waits until nothing moves or fades any more.
    pub async fn rests(&self) {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let body = || async {
            let body = self.client.find(Locator::Css("body")).await.ok()?;
            let moves =
                self.client.execute(INTO_SIGHT, vec![serde_json::to_value(&body).ok()?]).await.ok()?;
            (moves == false).then_some(())
        };
        within(Duration::from_secs(3), async || body().await).await;
    }

    /// Keeps a picture in the folder that `LATCHKEY_SCREENSHOTS` names, if it names one.
    pub async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("LATCHKEY_SCREENSHOTS") else { return };
        self.rests().await;
        let picture = self.client.screenshot().await.unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), picture).unwrap();
    }

    /// Roles and words of the page, for the message of a failure.
    async fn outline(&self) -> String {
        self.picture("failure").await;
        let mut outline = self.words().await;
        let (role, name) = self.focus().await;
        let _ = write!(outline, "\n(focus: {role} “{name}”)\n");
        for element in
            self.client.find_all(Locator::Css("button,input,textarea,[role]")).await.unwrap_or_default()
        {
            let role = self.computed(&element, "computedrole").await.unwrap_or_default();
            let name = self.computed(&element, "computedlabel").await.unwrap_or_default();
            if !name.is_empty() {
                let _ = writeln!(outline, "  {role} “{name}”");
            }
        }
        outline
    }
}
