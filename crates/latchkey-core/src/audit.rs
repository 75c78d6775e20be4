//! Audit entries and the chain that makes a change to them visible: each carries the hash of the one
//! before (`security.md`, Audit). Canonical form and hashing; no storage.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::{RequestId, TenantId};
use crate::operation::Source;
use crate::time::Timestamp;

/// The hash before the first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// What a change was made to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Target {
    /// `tenant`, `role` or `key`.
    pub noun: String,
    /// Its id.
    pub id: String,
    /// What it was called then.
    pub name: String,
}

/// One change: who did what to what, when, from where, and how it was before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AuditEntry {
    /// 1, 2, 3 … without gaps; also the revision of the store.
    pub seq: i64,
    /// When, by the store's time.
    pub at: Timestamp,
    /// The operation: `keys.rotate`.
    pub action: String,
    /// Who.
    pub actor: String,
    /// From which program.
    pub source: Source,
    /// What it was done to.
    pub target: Target,
    /// Whose it is.
    pub tenant_id: Option<TenantId>,
    /// The request, for finding it in logs.
    pub request_id: RequestId,
    /// As it was, as JSON text without secrets; empty when it is new.
    pub before: String,
    /// As it became.
    pub after: String,
    /// The hash of the entry before, hexadecimal.
    pub prev: String,
    /// The hash of this entry, hexadecimal.
    pub hash: String,
}

impl AuditEntry {
    /// The hash that the entry must carry: SHA-256 over the one before and every field with its
    /// length, so that no two different entries read as the same bytes.
    #[must_use]
    pub fn expected_hash(&self) -> String {
        let mut hash = Sha256::new();
        let seq = self.seq.to_string();
        let at = self.at.as_millis().to_string();
        let tenant = self.tenant_id.map(|id| id.to_string()).unwrap_or_default();
        let request = self.request_id.to_string();
        let fields: [&str; 13] = [
            &self.prev,
            &seq,
            &at,
            &self.action,
            &self.actor,
            self.source.word(),
            &self.target.noun,
            &self.target.id,
            &self.target.name,
            &tenant,
            &request,
            &self.before,
            &self.after,
        ];
        for field in fields {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        to_hex(&hash.finalize())
    }

    /// Sets `prev` and `hash`, which makes the entry the next in the chain.
    #[must_use]
    pub fn chained(mut self, prev: String) -> Self {
        self.prev = prev;
        self.hash = self.expected_hash();
        self
    }

    /// Whether it stands where it should: right after `prev`, and unchanged.
    #[must_use]
    pub fn follows(&self, seq: i64, prev: &str) -> bool {
        self.seq == seq + 1 && self.prev == prev && self.hash == self.expected_hash()
    }
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text
}
