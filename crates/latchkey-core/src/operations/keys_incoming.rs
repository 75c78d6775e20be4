//! Operations that take plaintext keys in and change nothing: find which are ours, verify one. What a key looks
//! like stands beside list and get.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::keys_read::{KeyDetails, TenantRef};
use super::selectors::TenantSelector;
use crate::error::AdminError;
use crate::id::{KeyId, SecretId};
use crate::key::Environment;
use crate::operation::Incoming;
use crate::permission::{Permission, Permissions};
use crate::plaintext::PlaintextKey;
use crate::rate_limit::RateLimit;
use crate::time::Timestamp;
use crate::verification::{Found, Outcome};

/// A candidate that is a key of this store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FoundKey {
    /// Which candidate, counted from 0.
    pub candidate: u32,
    /// The secret it is.
    pub secret_id: SecretId,
    /// The key it belongs to.
    pub key: KeyDetails,
}

/// Which candidates are ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FoundKeys {
    /// In the order of the candidates; what is not ours is left out.
    pub items: Vec<FoundKey>,
}

operation! {
    /// Finds which of some plaintext keys are ours.
    KeysFind = "keys.find", Post "/v1/keys/find", READ, Reads => FoundKeys {
        incoming {
            /// Up to 100 plaintext keys.
            #[serde(with = "crate::plaintext::incoming::list")]
            #[cfg_attr(feature = "typescript", ts(as = "Vec<String>"))]
            #[cfg_attr(feature = "openapi", schemars(with = "Vec<String>", length(max = 100)))]
            candidates: Vec<PlaintextKey>,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        if self.candidates.len() > 100 {
            return Err(AdminError::invalid("candidates", "At most 100 keys in one call."));
        }
        Ok(())
    }

    fn incoming(&mut self) -> Incoming<'_> {
        Incoming::Many(&mut self.candidates)
    }
}

/// How a verification ended, and what a service learns about a good key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Verification {
    /// Whether the key is good for what was asked.
    pub valid: bool,
    /// The true cause.
    pub outcome: Outcome,
    /// The key, once the digest has matched.
    pub key_id: Option<KeyId>,
    /// Its tenant.
    pub tenant: Option<TenantRef>,
    /// Its role's name.
    pub role: Option<String>,
    /// Everything it grants.
    pub permissions: Permissions,
    /// The user of the tenant it stands for.
    pub identity: Option<String>,
    /// What it is for.
    pub environment: Option<Environment>,
    /// When this secret stops working: the key's expiry or the end of its grace.
    pub expires_at: Option<Timestamp>,
    /// The limit that is closest to being used up, where the key has one and the verification counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub rate_limit: Option<RateLimit>,
}

impl Verification {
    /// What is said of a secret that was found. Whoever does not hold it (the digest does not match) learns nothing
    /// but the outcome.
    #[must_use]
    pub fn of(
        found: Found<'_>,
        tenant: &TenantRef,
        role: Option<&str>,
        outcome: Outcome,
        now: Timestamp,
    ) -> Self {
        if !found.digest_matches {
            return Self::refused(outcome);
        }
        let (key, secret) = (found.key, found.secret);
        Self {
            valid: outcome == Outcome::Valid,
            outcome,
            key_id: Some(key.id),
            tenant: Some(tenant.clone()),
            role: role.map(str::to_owned),
            permissions: found.permissions.clone(),
            identity: key.identity.clone(),
            environment: Some(key.environment),
            expires_at: [key.expires_at, secret.deadline(now)].into_iter().flatten().min(),
            rate_limit: None,
        }
    }

    /// What is said where no key of ours was presented.
    #[must_use]
    pub fn refused(outcome: Outcome) -> Self {
        Self {
            valid: false,
            outcome,
            key_id: None,
            tenant: None,
            role: None,
            permissions: Permissions::default(),
            identity: None,
            environment: None,
            expires_at: None,
            rate_limit: None,
        }
    }
}

operation! {
    /// Says whether a key is good, from the store. Recorded nowhere: a try, not a use.
    KeysVerify = "keys.verify", Post "/v1/keys/verify", READ, Reads => Verification {
        options {
            /// Where the request came from.
            ///
            /// At a server, failures count against whoever asks, by the address that they ask from; against this one
            /// where an operator's token comes along, since anybody may write any address here.
            #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
            #[cfg_attr(feature = "cli", arg(id = "ip", long = "ip"))]
            client_ip: Option<IpAddr>,
            /// Whose service asks, by id or slug.
            tenant: Option<TenantSelector>,
            /// What the service is.
            environment: Option<Environment>,
        }
        lists {
            /// Each must be granted.
            permissions as "permission": Permission,
            /// One must be granted.
            any as "any": Permission,
        }
        incoming {
            /// The key.
            #[serde(with = "crate::plaintext::incoming")]
            #[cfg_attr(feature = "typescript", ts(as = "String"))]
            #[cfg_attr(feature = "openapi", schemars(with = "String"))]
            key: PlaintextKey,
        }
    }

    fn incoming(&mut self) -> Incoming<'_> {
        Incoming::One(&mut self.key)
    }
}
