//! Operations whose answer carries a plaintext key, once: issue, rotate, remint.

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::keys_read::KeyDetails;
use super::selectors::{RoleSelector, TenantSelector};
use crate::error::AdminError;
use crate::expiry::{Expiry, RotationExpiry};
use crate::id::KeyId;
use crate::ip_range::IpRange;
use crate::key::Environment;
use crate::operation::Minted;
use crate::permission::{Permission, Permissions};
use crate::role::check_permissions;
use crate::text::{LIST_MAX, NAME_MAX, check_line, check_name, check_notes};
use crate::time::{Span, Timestamp};

/// When a minted secret counts as saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum ConfirmWhen {
    /// In the same transaction, as the seeds show it: a lost answer is a lost key.
    #[default]
    Now,
    /// When the caller says so, or at its first use; until then it can be minted again.
    Later,
}

/// What comes back from issue and remint beside the plaintext.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Issued {
    /// The key.
    pub key: KeyDetails,
}

/// What comes back from rotate beside the plaintext.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Rotated {
    /// The key.
    pub key: KeyDetails,
    /// When the old secret stops; none while the new one waits to be confirmed, or when it has stopped.
    pub old_until: Option<Timestamp>,
}

operation! {
    /// Issues a key. The answer carries its plaintext, once.
    KeysIssue = "keys.issue", Post "/v1/keys", KEYS, Mints => Minted<Issued> {
        options {
            /// Whose key it is, by id or slug.
            tenant: TenantSelector,
            /// What will use this key.
            #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            name: String,
            /// Its role, by id, number or name.
            role: Option<RoleSelector>,
            /// What it is for; live when not given.
            environment: Option<Environment>,
            /// When it ends: never, 90d, 2027-12-31, an instant. Not given: never.
            expires: Option<Expiry>,
            /// The rate-limit tier.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            tier: Option<String>,
            /// For people.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NOTES_MAX), regex(pattern = crate::text::LINES)))]
            notes: Option<String>,
            /// Who answers for it.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            owner: Option<String>,
            /// The integration it belongs to.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            integration: Option<String>,
            /// The user of the tenant it stands for.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            identity: Option<String>,
            /// The grace period of its rotations when nobody says; not given: the tenant's.
            grace: Option<Span>,
            /// When the secret counts as saved; now when not given.
            confirm: Option<ConfirmWhen>,
        }
        lists {
            /// What it grants beside its role.
            scopes as "scope": Permission,
            /// Where it may be used from; none: anywhere.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::LIST_MAX)))]
            ip as "ip": IpRange,
            /// Free words.
            #[cfg_attr(feature = "openapi", schemars(length(max = 20), inner(length(min = 1, max = 40), regex(pattern = crate::text::LINE))))]
            tags as "tag": String,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        check_name("name", &self.name)?;
        check_notes("notes", self.notes.as_deref().unwrap_or_default())?;
        let lines = [
            ("owner", &self.owner), ("integration", &self.integration), ("identity", &self.identity), ("tier", &self.tier),
        ];
        for (field, line) in lines {
            check_line(field, line.as_deref().unwrap_or_default(), NAME_MAX)?;
        }
        check_key_lists(&self.scopes, &self.ip, &self.tags)
    }
}

/// What the lists of a key may hold, at issue and at update.
///
/// # Errors
/// `invalid` at `scopes`, `ip` or `tags`.
pub fn check_key_lists(scopes: &[Permission], ip: &[IpRange], tags: &[String]) -> Result<(), AdminError> {
    check_permissions("scopes", &Permissions::from(scopes.to_vec()))?;
    if ip.len() > LIST_MAX {
        return Err(AdminError::invalid(
            "ip",
            format!("At most {LIST_MAX} address ranges; this has {}.", ip.len()),
        ));
    }
    if tags.len() > 20 {
        return Err(AdminError::invalid("tags", format!("At most 20 tags; this has {}.", tags.len())));
    }
    tags.iter().try_for_each(|tag| {
        check_name("tags", tag)?;
        check_line("tags", tag, 40)
    })
}

operation! {
    /// Gives a key a new secret; the old one works until the grace period ends.
    KeysRotate = "keys.rotate", Post "/v1/keys/{key}/rotate", KEYS, Mints => Minted<Rotated> {
        positional {
            /// Which key.
            key: KeyId,
        }
        options {
            /// How long the old secret works from the confirmation on; 0: it stops then.
            grace: Option<Span>,
            /// The expiry the key gets: keep, same-span, never, 90d, 2027-12-31, an instant.
            expires: Option<RotationExpiry>,
            /// When the new secret counts as saved; now when not given.
            confirm: Option<ConfirmWhen>,
            /// The version this change was made for; a stale one is refused.
            version: Option<i64>,
        }
        flags {
            /// End an old secret that still works; with a grace of 0 the current one too, at once.
            cut_old,
        }
    }
}

operation! {
    /// Mints the newest secret again, if it was never confirmed: the lost one dies.
    KeysRemint = "keys.remint", Post "/v1/keys/{key}/remint", KEYS, Mints => Minted<Issued> {
        positional {
            /// Which key.
            key: KeyId,
        }
        options {
            /// When the new secret counts as saved; now when not given.
            confirm: Option<ConfirmWhen>,
            /// The version this change was made for.
            version: Option<i64>,
        }
    }
}
