//! Operations that change a key and show no plaintext: update, confirm, the end of a grace,
//! revoke, suspend, resume, reactivate.

use super::define::operation;
use super::keys_mint::check_key_lists;
use super::keys_read::KeyDetails;
use super::selectors::RoleSelector;
use crate::error::AdminError;
use crate::expiry::Expiry;
use crate::id::KeyId;
use crate::ip_range::IpRange;
use crate::permission::Permission;
use crate::text::{NAME_MAX, check_line, check_name, check_notes};
use crate::time::{Span, Timestamp};

operation! {
    /// Changes what a key is called, grants and keeps to.
    KeysUpdate = "keys.update", Patch "/v1/keys/{key}", KEYS, Changes => KeyDetails {
        positional {
            /// Which key.
            key: KeyId,
        }
        options {
            /// What uses this key.
            #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            name: Option<String>,
            /// For people.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NOTES_MAX), regex(pattern = crate::text::LINES)))]
            notes: Option<String>,
            /// Who answers for it.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            owner: Option<String>,
            /// When it ends: never, 90d, 2027-12-31, an instant. One that has passed cannot be moved.
            expires: Option<Expiry>,
            /// The version this change was made for; a stale one is refused.
            version: Option<i64>,
        }
        replaced {
            /// What it grants beside its role; absent: unchanged.
            scopes as "scope": Permission,
            /// Where it may be used from; absent: unchanged.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::LIST_MAX)))]
            ip as "ip": IpRange,
            /// Free words; absent: unchanged.
            #[cfg_attr(feature = "openapi", schemars(length(max = 20), inner(length(min = 1, max = 40), regex(pattern = crate::text::LINE))))]
            tags as "tag": String,
        }
        clearable {
            /// Its role; cleared: none.
            role: RoleSelector,
            /// The rate-limit tier.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            tier: String,
            /// The integration it belongs to.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            integration: String,
            /// The user of the tenant it stands for.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            identity: String,
            /// The grace period of its rotations; cleared: the tenant's.
            grace: Span,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        if let Some(name) = &self.name {
            check_name("name", name)?;
        }
        check_notes("notes", self.notes.as_deref().unwrap_or_default())?;
        check_line("owner", self.owner.as_deref().unwrap_or_default(), NAME_MAX)?;
        for (field, line) in [("tier", &self.tier), ("integration", &self.integration), ("identity", &self.identity)] {
            check_line(field, line.as_ref().and_then(Option::as_deref).unwrap_or_default(), NAME_MAX)?;
        }
        check_key_lists(
            self.scopes.as_deref().unwrap_or_default(),
            self.ip.as_deref().unwrap_or_default(),
            self.tags.as_deref().unwrap_or_default(),
        )
    }
}

operation! {
    /// Says that the newest secret is saved: the old one starts its grace period.
    KeysConfirm = "keys.confirm", Post "/v1/keys/{key}/confirm", KEYS, Changes => KeyDetails {
        positional {
            /// Which key.
            key: KeyId,
        }
    }
}

operation! {
    /// Ends the grace period: the old secret stops now.
    KeysRetireOld = "keys.retire_old", Post "/v1/keys/{key}/retire-old", KEYS, Changes => KeyDetails {
        positional {
            /// Which key.
            key: KeyId,
        }
        options {
            /// The version this change was made for.
            version: Option<i64>,
        }
    }
}

operation! {
    /// Makes the grace period longer (`by`) or ends it at another time (`until`).
    KeysExtendGrace = "keys.extend_grace", Post "/v1/keys/{key}/extend-grace", KEYS, Changes => KeyDetails {
        positional {
            /// Which key.
            key: KeyId,
        }
        options {
            /// So much longer.
            by: Option<Span>,
            /// Until then, later or earlier than now planned.
            until: Option<Timestamp>,
            /// The version this change was made for.
            version: Option<i64>,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        match (&self.by, &self.until) {
            (Some(by), None) if by.is_zero() => Err(AdminError::invalid("by", "Say how much longer, for example 24h.")),
            (Some(_), None) | (None, Some(_)) => Ok(()),
            (Some(_), Some(_)) | (None, None) => {
                Err(AdminError::invalid("by", "Say either how much longer (by 24h) or until when."))
            }
        }
    }
}

operation! {
    /// Takes a rotation back during its grace period: the new secret dies, the old one stays.
    KeysUndoRotation = "keys.undo_rotation", Post "/v1/keys/{key}/undo-rotation", KEYS, Changes => KeyDetails {
        positional {
            /// Which key.
            key: KeyId,
        }
        options {
            /// The version this change was made for.
            version: Option<i64>,
        }
    }
}

operation! {
    /// Ends a key: it is refused from now on. A second time changes nothing.
    KeysRevoke = "keys.revoke", Post "/v1/keys/{key}/revoke", KEYS, Changes => KeyDetails {
        positional {
            /// Which key.
            key: KeyId,
        }
        options {
            /// Why: leaked, unused, `owner_left`, or other words. “leaked” rules out reactivation.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            reason: Option<String>,
            /// The version this change was made for.
            version: Option<i64>,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        check_line("reason", self.reason.as_deref().unwrap_or_default(), NAME_MAX)
    }
}

operation! {
    /// Refuses a key until it is resumed. Its clocks keep running.
    KeysSuspend = "keys.suspend", Post "/v1/keys/{key}/suspend", KEYS, Changes => KeyDetails {
        positional {
            /// Which key.
            key: KeyId,
        }
        options {
            /// The version this change was made for.
            version: Option<i64>,
        }
    }
}

operation! {
    /// Accepts a suspended key again.
    KeysResume = "keys.resume", Post "/v1/keys/{key}/resume", KEYS, Changes => KeyDetails {
        positional {
            /// Which key.
            key: KeyId,
        }
        options {
            /// The version this change was made for.
            version: Option<i64>,
        }
    }
}

operation! {
    /// Takes a revocation back, where the tenant's policy allows; never one for a leak.
    KeysReactivate = "keys.reactivate", Post "/v1/keys/{key}/reactivate", KEYS, Changes => KeyDetails {
        positional {
            /// Which key.
            key: KeyId,
        }
        options {
            /// The version this change was made for.
            version: Option<i64>,
        }
    }
}
