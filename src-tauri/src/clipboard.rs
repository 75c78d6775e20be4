//! Copying a key so that it does not stay: kept out of histories, read back before anybody is told
//! “copied”, cleared after thirty seconds and at exit, but only while the clipboard still holds it.
//! Here: the rules, over any clipboard. The thread that keeps them is `clipboard_thread`.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use latchkey_core::{Span, Timestamp};

/// A clipboard, the system's or a test's.
pub trait Board {
    /// Puts a text there and asks that no history keeps it; answers whether the system has a way to ask.
    ///
    /// # Errors
    /// In the system's words.
    fn put(&mut self, text: &str) -> Result<bool, String>;
    /// The text that is there; none when there is something else or nothing.
    ///
    /// # Errors
    /// When the system does not let us look.
    fn read(&mut self) -> Result<Option<Zeroizing<String>>, String>;
    /// Empties it.
    ///
    /// # Errors
    /// In the system's words.
    fn clear(&mut self) -> Result<(), String>;
    /// Lets the system take a text over.
    fn settle(&mut self);
}

/// What a copy came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Whether it was found there afterwards.
    pub copied: bool,
    /// Whether it is kept out of clipboard histories.
    pub concealed: bool,
}

/// What the window is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// So many seconds are left.
    Countdown(i64),
    /// Our text is there no more: cleared by us, or replaced by somebody.
    Cleared,
    /// Our text is still there although it was to be cleared; tried again when the window has the focus.
    StillThere,
}

/// Our text on the clipboard. The text itself is not kept, so that nothing here can leak it.
struct Ours {
    fingerprint: [u8; 32],
    until: Timestamp,
    pending: bool,
}

/// A clipboard and what we know of it.
pub struct Clipboard<B> {
    board: B,
    ours: Option<Ours>,
}

impl<B: Board> Clipboard<B> {
    /// Over `board`, with nothing of ours on it.
    pub fn new(board: B) -> Self {
        Self { board, ours: None }
    }

    /// Copies `text` until `now + stays`. A newer copy takes the place of an older one and of its time.
    pub fn copy(&mut self, text: &str, now: Timestamp, stays: Span) -> Copied {
        let concealed = match self.board.put(text) {
            Ok(concealed) => concealed,
            Err(error) => {
                tracing::warn!(error, "the clipboard refused a copy");
                return Copied { copied: false, concealed: false };
            }
        };
        // Known as ours before it is looked for: what cannot be read back may be there, and is cleared.
        self.ours = Some(Ours { fingerprint: fingerprint(text), until: now.plus(stays), pending: false });
        self.board.settle();
        let found = self.holds_ours();
        if found == Some(false) {
            self.ours = None;
        }
        let copied = found == Some(true);
        Copied { copied, concealed: copied && concealed }
    }

    /// Looks at the time. Called about once a second.
    pub fn tick(&mut self, now: Timestamp) -> Option<News> {
        let ours = self.ours.as_ref()?;
        if ours.pending {
            return None;
        }
        if now < ours.until {
            let left_ms = ours.until.since(now).as_millis();
            return Some(News::Countdown(left_ms.saturating_add(999) / 1000));
        }
        self.clear_ours()
    }

    /// Clears our text now; the person asked, or the program ends.
    pub fn clear_ours(&mut self) -> Option<News> {
        self.ours.as_ref()?;
        // Unreadable: it may be ours, and clearing what we cannot see could destroy somebody's.
        if self.holds_ours() == Some(true) {
            if let Err(error) = self.board.clear() {
                tracing::warn!(error, "the clipboard refused to be cleared");
            }
            self.board.settle();
        }
        if self.holds_ours() == Some(false) {
            self.ours = None;
            return Some(News::Cleared);
        }
        if let Some(ours) = self.ours.as_mut() {
            ours.pending = true;
        }
        Some(News::StillThere)
    }

    /// The window has the focus: what could not be cleared without it is tried again.
    pub fn focused(&mut self) -> Option<News> {
        if self.ours.as_ref().is_some_and(|ours| ours.pending) { self.clear_ours() } else { None }
    }

    /// Whether the clock has to be watched.
    pub fn is_counting(&self) -> bool {
        self.ours.as_ref().is_some_and(|ours| !ours.pending)
    }

    /// None: it cannot be told.
    fn holds_ours(&mut self) -> Option<bool> {
        let ours = self.ours.as_ref()?;
        match self.board.read() {
            Ok(None) => Some(false),
            Ok(Some(text)) => Some(fingerprint(&text).ct_eq(&ours.fingerprint).into()),
            Err(error) => {
                tracing::warn!(error, "the clipboard cannot be read");
                None
            }
        }
    }
}

fn fingerprint(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[derive(Default, PartialEq)]
    enum Takes {
        #[default]
        Everything,
        NothingSilently,
        Nothing,
    }

    #[derive(Default)]
    struct World {
        text: Option<String>,
        takes: Takes,
        unfocused: bool,
        blind: bool,
    }

    #[derive(Clone, Default)]
    struct Fake(Rc<RefCell<World>>);

    impl Board for Fake {
        fn put(&mut self, text: &str) -> Result<bool, String> {
            let mut world = self.0.borrow_mut();
            if world.takes == Takes::Nothing {
                return Err("no display".into());
            }
            if world.takes == Takes::Everything {
                world.text = Some(text.to_owned());
            }
            Ok(true)
        }

        fn read(&mut self) -> Result<Option<Zeroizing<String>>, String> {
            let world = self.0.borrow();
            if world.blind { Err("not focused".into()) } else { Ok(world.text.clone().map(Zeroizing::new)) }
        }

        fn clear(&mut self) -> Result<(), String> {
            let mut world = self.0.borrow_mut();
            if !world.unfocused {
                world.text = None;
            }
            Ok(())
        }

        fn settle(&mut self) {}
    }

    const STAYS: Span = Span::from_millis(30_000);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn desk() -> (Fake, Clipboard<Fake>) {
        let fake = Fake::default();
        (fake.clone(), Clipboard::new(fake))
    }

    fn text(fake: &Fake) -> Option<String> {
        fake.0.borrow().text.clone()
    }

    #[test]
    fn copied_means_read_back_and_equal() {
        let (fake, mut clipboard) = desk();
        assert_eq!(clipboard.copy("ours", at(0), STAYS), Copied { copied: true, concealed: true });
        fake.0.borrow_mut().takes = Takes::NothingSilently;
        assert_eq!(clipboard.copy("newer", at(0), STAYS), Copied { copied: false, concealed: false });
        fake.0.borrow_mut().takes = Takes::Nothing;
        assert!(!clipboard.copy("newest", at(0), STAYS).copied);
    }

    #[test]
    fn it_counts_down_and_is_cleared_at_the_deadline() {
        let (fake, mut clipboard) = desk();
        clipboard.copy("ours", at(0), STAYS);
        assert_eq!(clipboard.tick(at(0)), Some(News::Countdown(30)));
        assert_eq!(clipboard.tick(at(29)), Some(News::Countdown(1)));
        assert_eq!(text(&fake).as_deref(), Some("ours"));
        assert_eq!(clipboard.tick(at(30)), Some(News::Cleared));
        assert_eq!(text(&fake), None);
        assert_eq!(clipboard.tick(at(31)), None);
    }

    #[test]
    fn what_somebody_else_copied_is_left_alone() {
        let (fake, mut clipboard) = desk();
        clipboard.copy("ours", at(0), STAYS);
        fake.0.borrow_mut().text = Some("a recipe".into());
        assert_eq!(clipboard.tick(at(30)), Some(News::Cleared));
        assert_eq!(text(&fake).as_deref(), Some("a recipe"));
        clipboard.copy("ours", at(40), STAYS);
        fake.0.borrow_mut().text = Some("a letter".into());
        clipboard.clear_ours();
        assert_eq!(text(&fake).as_deref(), Some("a letter"));
    }

    #[test]
    fn a_newer_copy_replaces_the_time_of_the_older_one() {
        let (fake, mut clipboard) = desk();
        clipboard.copy("first", at(0), STAYS);
        clipboard.copy("second", at(20), STAYS);
        assert_eq!(clipboard.tick(at(30)), Some(News::Countdown(20)));
        assert_eq!(text(&fake).as_deref(), Some("second"));
        assert_eq!(clipboard.tick(at(50)), Some(News::Cleared));
    }

    #[test]
    fn what_could_not_be_cleared_is_said_and_cleared_when_the_window_has_the_focus() {
        let (fake, mut clipboard) = desk();
        clipboard.copy("ours", at(0), STAYS);
        fake.0.borrow_mut().unfocused = true;
        assert_eq!(clipboard.tick(at(30)), Some(News::StillThere));
        assert_eq!(clipboard.tick(at(31)), None, "said once, not every second");
        fake.0.borrow_mut().unfocused = false;
        assert_eq!(clipboard.focused(), Some(News::Cleared));
        assert_eq!(text(&fake), None);
        assert_eq!(clipboard.focused(), None);
    }

    #[test]
    fn what_cannot_be_seen_is_not_destroyed_and_not_forgotten() {
        let (fake, mut clipboard) = desk();
        clipboard.copy("ours", at(0), STAYS);
        fake.0.borrow_mut().blind = true;
        assert_eq!(clipboard.tick(at(30)), Some(News::StillThere));
        assert_eq!(text(&fake).as_deref(), Some("ours"));
        fake.0.borrow_mut().blind = false;
        assert_eq!(clipboard.focused(), Some(News::Cleared));
        assert_eq!(text(&fake), None);
    }
}
