//! The thread that owns the system's clipboard: it serves copies, counts the seconds (the page's own timers
//! stall while it is hidden) and clears at exit. The rules are `clipboard`'s.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use latchkey_core::{Clock, Span};
use serde_json::json;
use zeroize::Zeroizing;

use crate::clipboard::{Board, Clipboard, Copied, News};

/// How long a key stays on the clipboard.
const STAYS: Span = Span::from_millis(30_000);
/// The system needs a moment to take a text over.
const SETTLES: Duration = Duration::from_millis(50);
const SECOND: Duration = Duration::from_secs(1);
/// How long exit waits for the clipboard at most.
const EXIT_WAITS: Duration = Duration::from_secs(2);

/// How the window is told something: an event's name and payload.
pub type Tell = Box<dyn Fn(&str, serde_json::Value) + Send>;

enum Order {
    Copy { text: Zeroizing<String>, say: tokio::sync::oneshot::Sender<Copied> },
    Clear,
    Focused,
    Leave { done: Sender<()> },
}

/// The thread's address.
pub struct ClipboardThread {
    orders: Sender<Order>,
    stays: Span,
}

impl ClipboardThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(clock: Arc<dyn Clock>, tell: Tell) -> std::io::Result<Self> {
        let (orders, incoming) = channel();
        let stays = stays();
        std::thread::Builder::new()
            .name("clipboard".into())
            .spawn(move || serve(&incoming, &*clock, stays, &tell))?;
        Ok(Self { orders, stays })
    }

    /// Seconds after which a copy is cleared.
    pub fn clears_in_s(&self) -> i64 {
        self.stays.as_millis() / 1000
    }

    /// Copies `text`; answers when it was read back.
    pub async fn copy(&self, text: Zeroizing<String>) -> Copied {
        let (say, answer) = tokio::sync::oneshot::channel();
        // Both fail only when the thread is gone; then nothing was copied.
        let _ = self.orders.send(Order::Copy { text, say });
        answer.await.unwrap_or(Copied { copied: false, concealed: false })
    }

    /// Clears our text, if it is still there.
    pub fn clear(&self) {
        let _ = self.orders.send(Order::Clear);
    }

    /// The window has the focus.
    pub fn focused(&self) {
        let _ = self.orders.send(Order::Focused);
    }

    /// The program ends: our text must not outlive it.
    pub fn leave(&self) {
        let (done, wait) = channel();
        let _ = self.orders.send(Order::Leave { done });
        let _ = wait.recv_timeout(EXIT_WAITS);
    }
}

/// Thirty seconds; the window tests may make it shorter.
fn stays() -> Span {
    #[cfg(feature = "e2e")]
    if let Some(seconds) =
        std::env::var("LATCHKEY_CLIPBOARD_SECONDS").ok().and_then(|text| text.parse::<i64>().ok())
    {
        return Span::from_millis(seconds.clamp(1, 30) * 1000);
    }
    STAYS
}

fn serve(incoming: &Receiver<Order>, clock: &dyn Clock, stays: Span, tell: &Tell) {
    let mut clipboard = Clipboard::new(SystemBoard::default());
    loop {
        let order = if clipboard.is_counting() {
            match incoming.recv_timeout(SECOND) {
                Ok(order) => Some(order),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        } else {
            match incoming.recv() {
                Ok(order) => Some(order),
                Err(_) => return,
            }
        };
        let news = match order {
            Some(Order::Copy { text, say }) => {
                let _ = say.send(clipboard.copy(&text, clock.now(), stays));
                clipboard.tick(clock.now())
            }
            Some(Order::Clear) => clipboard.clear_ours(),
            Some(Order::Focused) => clipboard.focused(),
            Some(Order::Leave { done }) => {
                clipboard.clear_ours();
                // What the system's library serves from this process ends with it.
                drop(clipboard);
                let _ = done.send(());
                return;
            }
            None => clipboard.tick(clock.now()),
        };
        match news {
            Some(News::Countdown(left)) => tell("clipboard:countdown", json!({ "seconds_left": left })),
            Some(News::Cleared) => tell("clipboard:cleared", json!({ "still_there": false })),
            Some(News::StillThere) => tell("clipboard:cleared", json!({ "still_there": true })),
            None => {}
        }
    }
}

/// The system's clipboard, opened at the first copy. It is kept open: on X11 this process serves the text.
#[derive(Default)]
struct SystemBoard(Option<arboard::Clipboard>);

impl SystemBoard {
    fn open(&mut self) -> Result<&mut arboard::Clipboard, String> {
        let clipboard = match self.0.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new().map_err(|error| error.to_string())?,
        };
        Ok(self.0.insert(clipboard))
    }
}

impl Board for SystemBoard {
    fn put(&mut self, text: &str) -> Result<bool, String> {
        let set = self.open()?.set();
        #[cfg(all(unix, not(target_os = "macos")))]
        let set = arboard::SetExtLinux::exclude_from_history(set);
        #[cfg(target_os = "macos")]
        let set = arboard::SetExtApple::exclude_from_history(set);
        #[cfg(windows)]
        let set = {
            use arboard::SetExtWindows;
            set.exclude_from_monitoring().exclude_from_cloud().exclude_from_history()
        };
        set.text(text).map(|()| true).map_err(|error| error.to_string())
    }

    fn read(&mut self) -> Result<Option<Zeroizing<String>>, String> {
        match self.open()?.get_text() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(arboard::Error::ContentNotAvailable) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn clear(&mut self) -> Result<(), String> {
        self.open()?.clear().map_err(|error| error.to_string())
    }

    fn settle(&mut self) {
        std::thread::sleep(SETTLES);
    }
}
