//! Rotation: how secrets come and go, and what is never allowed (`domain.md`, Rotation: the rules).
//! Pure functions on a key; the time is passed in, the new secret was minted before. No storage.

use crate::digest::Digest;
use crate::error::{AdminError, ErrorCode};
use crate::expiry::RotationExpiry;
use crate::id::SecretId;
use crate::key::{Key, Secret, SecretState};
use crate::key_format::PublicId;
use crate::time::{Span, Timestamp};

/// How long a minted secret waits to be confirmed before it lapses.
pub const UNCONFIRMED_LIFE: Span = Span::minutes(15);
/// A key whose expiry is nearer than this is not rotated without a word about the expiry.
const ABOUT_TO_PASS: Span = Span::hours(24);

/// A secret just drawn: what may be stored of it.
#[derive(Clone, Debug)]
pub struct Minted {
    /// Its id.
    pub id: SecretId,
    /// Its public id.
    pub public_id: PublicId,
    /// What stands before the random part.
    pub head: String,
    /// The digest of the whole.
    pub digest: Digest,
}

/// What a rotation asks for.
#[derive(Clone, Copy, Debug)]
pub struct Rotate {
    /// How long the old secret works once the new one is confirmed; none: it dies then.
    pub grace: Span,
    /// End a secret that still retires; with no grace also the current one, at once (compromise).
    pub cut_old: bool,
    /// The expiry the key gets; `None`: the one it has, unless that is about to pass.
    pub expires: Option<RotationExpiry>,
}

impl Minted {
    #[allow(clippy::option_option)] // unchanged, no end, an end: see Secret::next_expiry
    fn unconfirmed(self, grace: Span, next_expiry: Option<Option<Timestamp>>, now: Timestamp) -> Secret {
        Secret {
            id: self.id,
            public_id: self.public_id,
            head: self.head,
            digest: self.digest,
            created_at: now,
            lapses_at: now.plus(UNCONFIRMED_LIFE),
            grace,
            next_expiry,
            confirmed_at: None,
            not_after: None,
            killed_at: None,
        }
    }
}

impl Key {
    /// issue → U. The first secret of a new key.
    pub fn add_first_secret(&mut self, minted: Minted, now: Timestamp) {
        self.secrets.push(minted.unconfirmed(Span::ZERO, None, now));
    }

    /// rotate: one C, no U, no R → a new U. An expired key needs a new expiry in the same call, and its
    /// old secrets die at once.
    ///
    /// # Errors
    /// `key_revoked`, `key_suspended`, `key_expired`, `expires_soon`, `secret_unconfirmed`,
    /// `rotation_in_grace`, `no_such_secret`.
    pub fn rotate(&mut self, minted: Minted, asked: Rotate, now: Timestamp) -> Result<(), AdminError> {
        self.check_may_mint()?;
        let expires_at = self.expiry_after(asked, now)?;
        let next_expiry = if self.is_expired(now) {
            self.kill(now, |_| true);
            self.expires_at = expires_at;
            None
        } else {
            self.check_one_current(asked, now)?;
            if asked.cut_old {
                let everything = asked.grace.is_zero();
                self.kill(now, |state| everything || matches!(state, SecretState::Retiring { .. }));
            }
            (expires_at != self.expires_at).then_some(expires_at)
        };
        self.secrets.push(minted.unconfirmed(asked.grace, next_expiry, now));
        Ok(())
    }

    /// confirm: U→C; the previous C → R(min(now + grace, expiry)), or X without a grace. Again for a
    /// secret that is confirmed already: nothing happens.
    ///
    /// # Errors
    /// `key_revoked`, `secret_lapsed`.
    pub fn confirm(&mut self, now: Timestamp) -> Result<(), AdminError> {
        self.check_not_revoked()?;
        let Some(newest) = self.newest() else { return Err(self.no_such("This key has no secret.")) };
        let (grace, id, next_expiry) = (newest.grace, newest.id, newest.next_expiry);
        match newest.state(now) {
            SecretState::Unconfirmed { .. } => {}
            SecretState::Dead if newest.confirmed_at.is_none() => {
                let words =
                    "The new secret was not confirmed within 15 minutes and has lapsed. Show a new secret.";
                return Err(self.refuse(ErrorCode::SecretLapsed, words));
            }
            SecretState::Current | SecretState::Retiring { .. } | SecretState::Dead => return Ok(()),
        }
        // A key that expired meanwhile has no secret left to give a grace to.
        let grace = if self.is_expired(now) { Span::ZERO } else { grace };
        if let Some(expires_at) = next_expiry {
            self.expires_at = expires_at;
        }
        let end = now.plus(grace);
        let until = self.expires_at.map_or(end, |expiry| expiry.min(end));
        for secret in &mut self.secrets {
            if secret.id == id {
                secret.confirmed_at = Some(now);
            } else if secret.state(now) == SecretState::Current {
                if grace.is_zero() {
                    secret.killed_at = Some(now);
                } else {
                    secret.not_after = Some(until);
                }
            }
        }
        Ok(())
    }

    /// confirm by the first use of `secret` at `used_at`; the grace counts from that use. One that is confirmed,
    /// lapsed or dead by `now`, or not the newest, stays as it is: what has ended does not come back.
    ///
    /// # Errors
    /// `key_revoked`.
    pub fn confirm_by_use(
        &mut self,
        secret: SecretId,
        used_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        let waits = |newest: &&Secret| {
            matches!(newest.state(now), SecretState::Unconfirmed { .. }) && newest.id == secret
        };
        match self.newest().filter(waits).map(|newest| newest.created_at) {
            // Another computer's clock may stand a little before or behind.
            Some(created_at) => self.confirm(used_at.min(now).max(created_at)),
            None => Ok(()),
        }
    }

    /// remint: the newest secret is U, or lapsed without ever being confirmed: it dies, a new U
    /// takes its place. No time limit.
    ///
    /// # Errors
    /// `key_revoked`, `key_suspended`, `key_expired`, `no_such_secret` once it was confirmed.
    pub fn remint(&mut self, minted: Minted, now: Timestamp) -> Result<(), AdminError> {
        self.check_may_mint()?;
        if self.is_expired(now) {
            let words = "This key has expired. Rotate it with a new expiry.";
            return Err(self.refuse(ErrorCode::KeyExpired, words));
        }
        let chosen = self.newest().and_then(|newest| newest.next_expiry).flatten();
        if chosen.is_some_and(|at| at <= now) {
            let words = "The expiry that was chosen for this rotation has passed. Rotate the key again.";
            return Err(self.refuse(ErrorCode::KeyExpired, words));
        }
        let (grace, next_expiry) = match self.secrets.last_mut() {
            Some(newest) if newest.confirmed_at.is_none() && newest.killed_at.is_none() => {
                newest.killed_at = Some(now);
                (newest.grace, newest.next_expiry)
            }
            _ => {
                return Err(self.no_such(
                    "The newest secret of this key was confirmed. Rotate the key to get another one.",
                ));
            }
        };
        self.secrets.push(minted.unconfirmed(grace, next_expiry, now));
        Ok(())
    }

    /// `retire_old`: R→X.
    ///
    /// # Errors
    /// `key_revoked`, `no_such_secret`.
    pub fn retire_old(&mut self, now: Timestamp) -> Result<(), AdminError> {
        self.check_not_revoked()?;
        self.retiring(now)?.killed_at = Some(now);
        Ok(())
    }

    /// extend or shorten: R(T)→R(T') with now < T' ≤ the confirmation + `longest`, and never past the
    /// key's expiry. `to` turns T into T'.
    ///
    /// # Errors
    /// `key_revoked`, `no_such_secret`, `policy_grace` or `invalid` at `by`.
    pub fn extend_grace(
        &mut self,
        to: impl FnOnce(Timestamp) -> Timestamp,
        longest: Span,
        now: Timestamp,
    ) -> Result<(), AdminError> {
        self.check_not_revoked()?;
        let began = self.newest().and_then(|newest| newest.confirmed_at).unwrap_or(now);
        let expires_at = self.expires_at;
        let old = self.retiring(now)?;
        let until = to(old.not_after.unwrap_or(now));
        if until <= now {
            return Err(AdminError::invalid(
                "by",
                "The grace period must end in the future. End it now instead.",
            ));
        }
        if until > began.plus(longest) {
            let words =
                format!("The tenant allows a grace period of at most {longest}, counted from the rotation.");
            return Err(AdminError::new(ErrorCode::PolicyGrace, words).at_field("by"));
        }
        old.not_after = Some(expires_at.map_or(until, |expiry| expiry.min(until)));
        Ok(())
    }

    /// undo: R and C, no U: C→X, R→C.
    ///
    /// # Errors
    /// `key_revoked`, `key_expired`, `no_such_secret`.
    pub fn undo_rotation(&mut self, now: Timestamp) -> Result<(), AdminError> {
        self.check_not_revoked()?;
        if self.is_expired(now) {
            return Err(
                self.refuse(ErrorCode::KeyExpired, "This key has expired. Rotate it with a new expiry.")
            );
        }
        let old = self.retiring(now)?.id;
        self.kill(now, |state| state == SecretState::Current);
        for secret in self.secrets.iter_mut().filter(|secret| secret.id == old) {
            secret.not_after = None;
        }
        Ok(())
    }

    /// When the old secret stops, while one retires.
    #[must_use]
    pub fn old_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.secrets.iter().find_map(|secret| match secret.state(now) {
            SecretState::Retiring { until } => {
                Some(self.expires_at.map_or(until, |expiry| expiry.min(until)))
            }
            SecretState::Unconfirmed { .. } | SecretState::Current | SecretState::Dead => None,
        })
    }

    /// Whether `secret` of this key is accepted at `now` as far as rotation, expiry, suspension and
    /// revocation decide.
    #[must_use]
    pub fn is_live(&self, secret: &Secret, now: Timestamp) -> bool {
        self.revocation.is_none()
            && self.suspended_at.is_none()
            && !self.is_expired(now)
            && secret.state(now) != SecretState::Dead
    }

    fn check_may_mint(&self) -> Result<(), AdminError> {
        self.check_not_revoked()?;
        if self.suspended_at.is_some() {
            return Err(self.refuse(ErrorCode::KeySuspended, "This key is suspended. Resume it first."));
        }
        Ok(())
    }

    fn check_one_current(&self, asked: Rotate, now: Timestamp) -> Result<(), AdminError> {
        let has =
            |wanted: fn(SecretState) -> bool| self.secrets.iter().any(|secret| wanted(secret.state(now)));
        if has(|state| matches!(state, SecretState::Unconfirmed { .. })) {
            let words = "A new secret of this key waits to be saved. Confirm it, or show a new secret.";
            return Err(self.refuse(ErrorCode::SecretUnconfirmed, words));
        }
        if has(|state| matches!(state, SecretState::Retiring { .. })) && !asked.cut_old {
            let words = "This key is being rotated. End the current grace period first, or extend it.";
            return Err(self.refuse(ErrorCode::RotationInGrace, words));
        }
        if !has(|state| state == SecretState::Current) {
            return Err(
                self.no_such("This key's secret was never confirmed. Show a new secret instead of rotating.")
            );
        }
        Ok(())
    }

    fn expiry_after(&self, asked: Rotate, now: Timestamp) -> Result<Option<Timestamp>, AdminError> {
        let Some(standing) = self.expires_at else {
            return match asked.expires {
                Some(RotationExpiry::New(expiry)) => expiry.resolve(now),
                Some(RotationExpiry::Keep | RotationExpiry::SameSpan) | None => Ok(None),
            };
        };
        match asked.expires {
            Some(RotationExpiry::New(expiry)) => expiry.resolve(now),
            Some(RotationExpiry::SameSpan) => {
                Ok(Some(now.plus(standing.since(self.created_at)).min(Timestamp::LAST)))
            }
            _ if self.is_expired(now) => {
                let words = "This key has expired. Choose a new expiry for it.";
                Err(self.refuse(ErrorCode::KeyExpired, words).at_field("expires"))
            }
            None if standing <= now.plus(asked.grace.max(ABOUT_TO_PASS)) => {
                let words = format!("This key expires at {standing}. Choose a new expiry, or keep this one.");
                Err(self.refuse(ErrorCode::ExpiresSoon, words).at_field("expires"))
            }
            Some(RotationExpiry::Keep) | None => Ok(Some(standing)),
        }
    }

    fn kill(&mut self, now: Timestamp, which: impl Fn(SecretState) -> bool) {
        for secret in &mut self.secrets {
            let state = secret.state(now);
            if state != SecretState::Dead && which(state) {
                secret.killed_at = Some(now);
            }
        }
    }

    fn retiring(&mut self, now: Timestamp) -> Result<&mut Secret, AdminError> {
        let missing = self.no_such("No old secret of this key works any more; the grace period is over.");
        self.secrets
            .iter_mut()
            .find(|secret| matches!(secret.state(now), SecretState::Retiring { .. }))
            .ok_or(missing)
    }

    fn no_such(&self, words: &str) -> AdminError {
        self.refuse(ErrorCode::NoSuchSecret, words)
    }
}

#[cfg(test)]
#[path = "rotation_tests.rs"]
mod tests;
