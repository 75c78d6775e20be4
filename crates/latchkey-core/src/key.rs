//! A key and its secrets: the nouns, what is computed from their times (status), and the rules that
//! do not mint: revoke, suspend, resume, reactivate. Rotation has a room of its own.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::{AdminError, ErrorCode};
use crate::id::{KeyId, RoleId, SecretId, TenantId};
use crate::ip_range::IpRange;
use crate::key_format::{PublicId, hint};
use crate::permission::Permissions;
use crate::time::{Span, Timestamp};

/// A key counts as expiring this long before its expiry.
pub const EXPIRING: Span = Span::days(30);

/// What a key is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum Environment {
    /// Real traffic.
    #[default]
    Live,
    /// Trying things out.
    Test,
}

impl Environment {
    /// The word in keys, SQL and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

/// What a key is at an instant, computed from its times and never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum), value(rename_all = "snake_case"))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum KeyStatus {
    /// No confirmed secret lives: the newest waits to be saved, or lapsed.
    Unconfirmed,
    /// In use.
    Active,
    /// In use, and its expiry is 30 days away or less.
    Expiring,
    /// In use, and an old secret still works.
    Rotating,
    /// Refused until resumed.
    Suspended,
    /// Refused for good (or until reactivated, where the policy allows).
    Revoked,
    /// Refused: its expiry has passed.
    Expired,
}

impl KeyStatus {
    /// Every status, in the order of the list above.
    pub const ALL: [Self; 7] = [
        Self::Unconfirmed,
        Self::Active,
        Self::Expiring,
        Self::Rotating,
        Self::Suspended,
        Self::Revoked,
        Self::Expired,
    ];

    /// The status of `key` at `now`, the most final first.
    #[must_use]
    pub fn of(key: &Key, now: Timestamp) -> Self {
        let any =
            |wanted: fn(SecretState) -> bool| key.secrets.iter().any(|secret| wanted(secret.state(now)));
        if key.revocation.is_some() {
            Self::Revoked
        } else if key.suspended_at.is_some() {
            Self::Suspended
        } else if key.is_expired(now) {
            Self::Expired
        } else if any(|state| matches!(state, SecretState::Retiring { .. })) {
            Self::Rotating
        } else if !any(|state| state == SecretState::Current) {
            Self::Unconfirmed
        } else if key.expires_at.is_some_and(|at| at <= now.plus(EXPIRING)) {
            Self::Expiring
        } else {
            Self::Active
        }
    }

    /// The word in JSON and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Rotating => "rotating",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// That and why a key was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Revocation {
    /// Since when.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why, in the person's words or one of the screen's (`leaked`, `unused`, `owner_left`).
    pub reason: String,
}

/// The reason that rules out reactivation for ever.
pub const LEAKED: &str = "leaked";

/// What one secret is at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum SecretState {
    /// Minted and not yet saved; works until it lapses.
    Unconfirmed {
        /// When it lapses.
        until: Timestamp,
    },
    /// The secret in use.
    Current,
    /// Replaced; works until the grace period ends.
    Retiring {
        /// Works while now is before it.
        until: Timestamp,
    },
    /// Refused, for ever.
    Dead,
}

/// One secret of a key: everything but the plaintext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Stable.
    pub id: SecretId,
    /// Its visible six characters, unique in the store.
    pub public_id: PublicId,
    /// What stood before them when it was minted.
    pub head: String,
    /// The durable truth about the plaintext.
    pub digest: Digest,
    /// When it was minted.
    pub created_at: Timestamp,
    /// When it lapses unless it is confirmed before.
    pub lapses_at: Timestamp,
    /// What its predecessor gets when it is confirmed.
    pub grace: Span,
    /// The expiry the key gets when it is confirmed: absent, the key keeps its own; `Some(None)`, no end.
    /// Until then nothing about the key changes, so a rotation that is never finished leaves no trace.
    pub next_expiry: Option<Option<Timestamp>>,
    /// When it was confirmed: saved by the person, or used for the first time.
    pub confirmed_at: Option<Timestamp>,
    /// When its grace period ends; none while it is current.
    pub not_after: Option<Timestamp>,
    /// When it was ended before its time: final whatever a clock says later.
    pub killed_at: Option<Timestamp>,
}

impl Secret {
    /// What it is at `now`: alive while `now < T`, dead at exactly `T`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> SecretState {
        if self.killed_at.is_some() {
            return SecretState::Dead;
        }
        match (self.confirmed_at, self.not_after) {
            (None, _) if now < self.lapses_at => SecretState::Unconfirmed { until: self.lapses_at },
            (Some(_), None) => SecretState::Current,
            (Some(_), Some(until)) if now < until => SecretState::Retiring { until },
            (None, _) | (Some(_), Some(_)) => SecretState::Dead,
        }
    }

    /// When it stops working or stopped; none while it is current.
    #[must_use]
    pub fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state(now) {
            SecretState::Unconfirmed { until } | SecretState::Retiring { until } => Some(until),
            SecretState::Current => None,
            SecretState::Dead => self.killed_at.or(self.not_after).or(Some(self.lapses_at)),
        }
    }

    /// What stays visible of it.
    #[must_use]
    pub fn hint(&self) -> String {
        hint(&self.head, &self.public_id)
    }
}

/// A key: stable through every rotation. Its secrets come and go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Stable.
    pub id: KeyId,
    /// Whose key it is.
    pub tenant_id: TenantId,
    /// Unique within the tenant among keys that are not revoked.
    pub name: String,
    /// For people.
    pub notes: String,
    /// Who answers for it.
    pub owner: String,
    /// What it is for; fixed, since it stands in the key.
    pub environment: Environment,
    /// The role it has.
    pub role_id: Option<RoleId>,
    /// What it grants beside its role.
    pub scopes: Permissions,
    /// The user of the tenant it stands for.
    pub identity: Option<String>,
    /// The tenant's integration it belongs to.
    pub integration: Option<String>,
    /// Free words.
    pub tags: Vec<String>,
    /// The rate-limit tier.
    pub tier: Option<String>,
    /// Where it may be used from; empty: anywhere.
    pub ip: Vec<IpRange>,
    /// The grace period of its rotations when nobody says; none: the tenant's.
    pub grace: Option<Span>,
    /// Works while now is before it; none: no end.
    pub expires_at: Option<Timestamp>,
    /// Since when it is suspended.
    pub suspended_at: Option<Timestamp>,
    /// That it was revoked.
    pub revocation: Option<Revocation>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: String,
    /// Counts changes.
    pub version: i64,
    /// Oldest first.
    pub secrets: Vec<Secret>,
}

impl Key {
    /// Whether its expiry has passed.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| now >= at)
    }

    /// The secret that was minted last.
    #[must_use]
    pub fn newest(&self) -> Option<&Secret> {
        self.secrets.last()
    }

    /// The secret that a person sees as "the key": the current one, else the newest.
    #[must_use]
    pub fn shown_secret(&self, now: Timestamp) -> Option<&Secret> {
        self.secrets
            .iter()
            .rev()
            .find(|secret| secret.state(now) == SecretState::Current)
            .or_else(|| self.newest())
    }

    /// Refuses a change that was made for another version.
    ///
    /// # Errors
    /// `conflict` with who changed the key, when, and its version.
    pub fn check_version(&self, asked: Option<i64>) -> Result<(), AdminError> {
        AdminError::check_version("key", asked, self.version, &self.updated_by, self.updated_at)
    }

    /// Somebody else was first.
    #[must_use]
    pub fn conflict(&self) -> AdminError {
        AdminError::conflict("key", self.updated_by.clone(), self.updated_at, self.version)
    }

    /// An error that also says who made the key what it is.
    pub(crate) fn refuse(&self, code: ErrorCode, message: impl Into<String>) -> AdminError {
        AdminError::new(code, message).standing(self.updated_by.clone(), self.updated_at, self.version)
    }

    /// Ends the key. A second time changes nothing. Its secrets stay as they are.
    pub fn revoke(&mut self, reason: &str, by: &str, now: Timestamp) {
        if self.revocation.is_none() {
            self.revocation = Some(Revocation { at: now, by: by.to_owned(), reason: reason.to_owned() });
        }
    }

    /// Refuses the key until it is resumed. Clocks keep running.
    ///
    /// # Errors
    /// `key_revoked`.
    pub fn suspend(&mut self, now: Timestamp) -> Result<(), AdminError> {
        self.check_not_revoked()?;
        self.suspended_at.get_or_insert(now);
        Ok(())
    }

    /// Ends a suspension.
    ///
    /// # Errors
    /// `key_revoked`.
    pub fn resume(&mut self) -> Result<(), AdminError> {
        self.check_not_revoked()?;
        self.suspended_at = None;
        Ok(())
    }

    /// Takes a revocation back, where the policy allows and nothing leaked. Secrets that died
    /// meanwhile stay dead.
    ///
    /// # Errors
    /// `policy_denied`.
    pub fn reactivate(&mut self, allowed: bool) -> Result<(), AdminError> {
        let Some(revocation) = &self.revocation else { return Ok(()) };
        if revocation.reason == LEAKED {
            return Err(self.refuse(
                ErrorCode::PolicyDenied,
                "A leaked key should be rotated, not reactivated. Issue a new key.",
            ));
        }
        if !allowed {
            return Err(self.refuse(
                ErrorCode::PolicyDenied,
                "This tenant's policy does not allow reactivating revoked keys.",
            ));
        }
        self.revocation = None;
        Ok(())
    }

    /// Sets the expiry. One that has passed cannot be moved: that would revive dead secrets.
    ///
    /// # Errors
    /// `key_revoked`, or `key_expired` at `expires`.
    pub fn set_expiry(&mut self, expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), AdminError> {
        self.check_not_revoked()?;
        if self.is_expired(now) {
            let words = "This key has expired. Rotating gives it a new secret and a new expiry date.";
            return Err(self.refuse(ErrorCode::KeyExpired, words).at_field("expires"));
        }
        self.expires_at = expires_at;
        // A grace never outlives the key.
        for secret in &mut self.secrets {
            if let (Some(until), Some(end)) = (secret.not_after, expires_at) {
                secret.not_after = Some(until.min(end));
            }
        }
        Ok(())
    }

    /// Refuses changes to what is ended.
    ///
    /// # Errors
    /// `key_revoked`, with who revoked it.
    pub fn check_not_revoked(&self) -> Result<(), AdminError> {
        match &self.revocation {
            Some(revocation) => {
                let words = format!("This key was revoked by {} at {}.", revocation.by, revocation.at);
                Err(self.refuse(ErrorCode::KeyRevoked, words))
            }
            None => Ok(()),
        }
    }
}
