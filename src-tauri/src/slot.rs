//! The reveal slot: where the one fresh plaintext key waits until it is saved. The window gets a handle and
//! a masked preview. Holds at most one key, for at most fifteen minutes; it reaches no disk and no log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use latchkey_core::id::{IdempotencyKey, KeyId};
use latchkey_core::{AdminError, ErrorCode, PlaintextKey, Span, Timestamp};
use serde::Serialize;

use crate::formats::About;
use crate::place::PlaceId;

/// How long a key waits at most.
pub const WAITS: Span = Span::minutes(15);

/// A key in the slot.
pub struct Held {
    /// Names it to the window; random, so that no page can guess it.
    pub handle: String,
    /// The key.
    pub plaintext: PlaintextKey,
    /// Its beginning that may be seen: `sk_live_8Qv2mT…`.
    pub hint: String,
    /// Which key.
    pub key_id: KeyId,
    /// In which store; it is confirmed nowhere else.
    pub place: PlaceId,
    /// What may be said about it.
    pub about: About,
    /// The call that minted it.
    pub idempotency_key: IdempotencyKey,
    /// When it is wiped: the store lets the secret lapse then.
    pub until: Timestamp,
    /// Whether the store has acknowledged that it is saved.
    pub confirmed: bool,
}

/// What the window learns about a key in the slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reveal {
    /// For the reveal commands.
    pub handle: String,
    /// The key with everything but its beginning masked, in its full length.
    pub preview: String,
    /// Until when it can be confirmed.
    pub until: Timestamp,
}

impl Held {
    fn reveal(&self) -> Reveal {
        let seen = self.hint.trim_end_matches('…');
        let masked = self.plaintext.expose().chars().count().saturating_sub(seen.chars().count());
        Reveal {
            handle: self.handle.clone(),
            preview: format!("{seen}{}", "•".repeat(masked)),
            until: self.until,
        }
    }
}

/// The slot.
#[derive(Default)]
pub struct Slot {
    held: Mutex<Option<Held>>,
    /// Counts the wipes: a key that was asked for before one does not come in after it.
    wipes: AtomicU64,
}

impl Slot {
    /// Refuses to mint while another key waits to be saved. One that is minted again takes its own place.
    ///
    /// # Errors
    /// `secret_unconfirmed`.
    pub fn check_free(&self, for_key: Option<KeyId>, now: Timestamp) -> Result<(), AdminError> {
        match &*self.swept(now) {
            Some(held) if !held.confirmed && for_key != Some(held.key_id) => Err(AdminError::new(
                ErrorCode::SecretUnconfirmed,
                format!("The key “{}” waits to be saved. Save it first.", held.about.name),
            )),
            _ => Ok(()),
        }
    }

    /// How often it was wiped, for [`Slot::hold`].
    pub fn wipes(&self) -> u64 {
        self.wipes.load(Ordering::SeqCst)
    }

    /// Takes a key in; the one before is wiped. A key whose call began before the last wipe (`wipes`) is wiped
    /// itself: the window was locked or closed while it was made.
    pub fn hold(&self, held: Held, wipes: u64) -> Option<Reveal> {
        let mut slot = self.lock();
        if self.wipes() != wipes {
            return None;
        }
        let reveal = held.reveal();
        *slot = Some(held);
        Some(reveal)
    }

    /// The key that a repeated call minted the first time, while it still waits.
    pub fn minted_by(&self, idempotency_key: &IdempotencyKey, now: Timestamp) -> Option<Reveal> {
        self.swept(now).as_ref().filter(|held| held.idempotency_key == *idempotency_key).map(Held::reveal)
    }

    /// Lets `look` at the key of `handle`.
    ///
    /// # Errors
    /// `reveal_gone`.
    pub fn with<T>(
        &self,
        handle: &str,
        now: Timestamp,
        look: impl FnOnce(&Held) -> T,
    ) -> Result<T, AdminError> {
        match &*self.swept(now) {
            Some(held) if held.handle == handle => Ok(look(held)),
            _ => Err(AdminError::new(
                ErrorCode::RevealGone,
                "This key can no longer be shown. If it was not saved, show a new secret from the key's page.",
            )),
        }
    }

    /// Notes that the store knows the key is saved.
    pub fn mark_confirmed(&self, handle: &str) {
        if let Some(held) = self.lock().as_mut().filter(|held| held.handle == handle) {
            held.confirmed = true;
        }
    }

    /// Wipes the key of `handle`; another one stays.
    pub fn drop_handle(&self, handle: &str) {
        let mut slot = self.lock();
        if slot.as_ref().is_some_and(|held| held.handle == handle) {
            *slot = None;
        }
    }

    /// Wipes a key whose time is over; called now and then, for when nobody asks for it.
    pub fn sweep(&self, now: Timestamp) {
        drop(self.swept(now));
    }

    /// Wipes whatever is there.
    pub fn wipe(&self) {
        let mut slot = self.lock();
        self.wipes.fetch_add(1, Ordering::SeqCst);
        *slot = None;
    }

    /// Whether a key waits that the store does not know to be saved.
    pub fn is_guarded(&self, now: Timestamp) -> bool {
        self.swept(now).as_ref().is_some_and(|held| !held.confirmed)
    }

    /// Which key is there.
    pub fn key(&self, now: Timestamp) -> Option<KeyId> {
        self.swept(now).as_ref().map(|held| held.key_id)
    }

    fn swept(&self, now: Timestamp) -> MutexGuard<'_, Option<Held>> {
        let mut slot = self.lock();
        if slot.as_ref().is_some_and(|held| now >= held.until) {
            *slot = None;
        }
        slot
    }

    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(0);
    /// Forty characters like a real key's, but no key: its checksum is wrong.
    const STAND_IN: &str = "sk_live_8Qv2mT00000000000000000000000000";

    fn key(last: char) -> KeyId {
        format!("key_0190b5f0aaaabbbbccccddddeeeefff{last}").parse().unwrap()
    }

    fn held(handle: &str) -> Held {
        Held {
            handle: handle.into(),
            plaintext: PlaintextKey::new(STAND_IN.into()),
            hint: "sk_live_8Qv2mT…".into(),
            key_id: key('1'),
            place: PlaceId::Local,
            about: About { key_id: key('1').to_string(), name: "n8n".into(), tenant: "acme".into() },
            idempotency_key: "once".parse().unwrap(),
            until: NOW.plus(WAITS),
            confirmed: false,
        }
    }

    #[test]
    fn the_window_gets_the_beginning_and_the_length_and_no_more() {
        let reveal = Slot::default().hold(held("a"), 0).unwrap();
        assert_eq!(reveal.preview, format!("sk_live_8Qv2mT{}", "•".repeat(26)));
    }

    #[test]
    fn a_key_is_wiped_after_fifteen_minutes() {
        let slot = Slot::default();
        slot.hold(held("a"), 0);
        let last = NOW.plus(Span::from_millis(WAITS.as_millis() - 1));
        assert!(slot.with("a", last, |_| ()).is_ok());
        assert_eq!(slot.with("a", NOW.plus(WAITS), |_| ()).unwrap_err().code, ErrorCode::RevealGone);
        slot.hold(held("b"), 0);
        slot.sweep(last);
        assert!(slot.lock().is_some());
        slot.sweep(NOW.plus(WAITS));
        assert!(slot.lock().is_none());
        assert!(!slot.is_guarded(last), "what is gone does not come back when the clock is turned");
    }

    #[test]
    fn only_its_handle_opens_the_slot() {
        let slot = Slot::default();
        slot.hold(held("a"), 0);
        assert_eq!(slot.with("b", NOW, |_| ()).unwrap_err().code, ErrorCode::RevealGone);
        slot.drop_handle("b");
        assert!(slot.is_guarded(NOW));
        slot.drop_handle("a");
        assert!(!slot.is_guarded(NOW));
    }

    #[test]
    fn a_key_that_was_asked_for_before_a_wipe_does_not_come_in_after_it() {
        let slot = Slot::default();
        let wipes = slot.wipes();
        slot.wipe();
        assert_eq!(slot.hold(held("late"), wipes), None);
        assert!(!slot.is_guarded(NOW));
        assert!(slot.hold(held("new"), slot.wipes()).is_some());
    }

    #[test]
    fn a_second_key_waits_until_the_first_is_saved() {
        let slot = Slot::default();
        slot.hold(held("a"), 0);
        assert_eq!(slot.check_free(None, NOW).unwrap_err().code, ErrorCode::SecretUnconfirmed);
        assert_eq!(slot.check_free(Some(key('2')), NOW).unwrap_err().code, ErrorCode::SecretUnconfirmed);
        assert!(slot.check_free(Some(key('1')), NOW).is_ok(), "minting it again takes its own place");
        slot.mark_confirmed("a");
        assert!(slot.check_free(None, NOW).is_ok());
    }

    #[test]
    fn a_repeated_call_finds_the_key_of_the_first() {
        let slot = Slot::default();
        let reveal = slot.hold(held("a"), 0);
        assert_eq!(slot.minted_by(&"once".parse().unwrap(), NOW), reveal);
        assert_eq!(slot.minted_by(&"twice".parse().unwrap(), NOW), None);
    }
}
