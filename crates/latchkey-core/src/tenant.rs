//! Tenants: whose keys they are, what policy holds for them. The rules that a policy makes for a key
//! are here; how a tenant is stored is not.

use serde::{Deserialize, Serialize};

use crate::error::{AdminError, ErrorCode};
use crate::id::TenantId;
use crate::ip_range::IpRange;
use crate::key::Environment;
use crate::profile::Profile;
use crate::text::LIST_MAX;
use crate::time::{Span, Timestamp};

/// The longest grace period any tenant may allow (`security.md`, bad input 19).
pub const GRACE_MAX: Span = Span::days(90);

/// What a tenant's keys must keep to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TenantPolicy {
    /// How long an old secret works after a rotation when nobody says.
    pub default_grace: Span,
    /// The longest grace period that may be asked for.
    pub max_grace: Span,
    /// The longest life of a key; none: no limit.
    pub max_lifetime: Option<Span>,
    /// The environments keys may be issued for; never empty.
    pub environments: Vec<Environment>,
    /// Whether every key needs an IP list.
    pub ip_required: bool,
    /// Whether a revoked key may be made active again.
    pub allow_reactivate: bool,
    /// Where all its keys may be used from, beside what each key says; empty: anywhere.
    #[serde(default)]
    pub ip: Vec<IpRange>,
}

impl TenantPolicy {
    /// What holds when nothing else is asked: 24 h of grace, 30 d at most, both environments.
    #[must_use]
    pub fn of_profile(profile: Profile) -> Self {
        Self {
            default_grace: Span::hours(24),
            max_grace: Span::days(30),
            max_lifetime: None,
            environments: vec![Environment::Live, Environment::Test],
            ip_required: false,
            allow_reactivate: profile.reactivates(),
            ip: Vec::new(),
        }
    }

    /// Whether the policy makes sense by itself.
    ///
    /// # Errors
    /// `invalid` at the field that does not.
    pub fn check(&self) -> Result<(), AdminError> {
        if self.max_grace > GRACE_MAX {
            return Err(AdminError::invalid("max_grace", "At most 90d."));
        }
        check_grace_size("max_grace", self.max_grace)?;
        check_grace_size("default_grace", self.default_grace)?;
        if self.default_grace > self.max_grace {
            return Err(AdminError::invalid(
                "default_grace",
                format!("At most the longest grace, {}.", self.max_grace),
            ));
        }
        if self.max_lifetime.is_some_and(|life| life < Span::hours(1)) {
            return Err(AdminError::invalid("max_lifetime", "At least 1h, or none for no limit."));
        }
        if self.ip.len() > LIST_MAX {
            let words = format!("At most {LIST_MAX} address ranges; this has {}.", self.ip.len());
            return Err(AdminError::invalid("ip", words));
        }
        if self.environments.is_empty() {
            return Err(AdminError::invalid("environments", "Allow live, test or both."));
        }
        Ok(())
    }
}

/// A grace period is none at all, or a minute and more: less is over before anybody has switched.
///
/// # Errors
/// `invalid` at `field`.
pub fn check_grace_size(field: &str, grace: Span) -> Result<(), AdminError> {
    if grace.is_zero() || grace >= Span::minutes(1) {
        return Ok(());
    }
    Err(AdminError::invalid(field, "A grace period is 0 (the old key stops at once) or at least 1m."))
}

/// A tenant: one customer, team or application whose services accept keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Tenant {
    /// Stable.
    pub id: TenantId,
    /// Its short name, unique in the store: `acme`.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// For people.
    pub notes: String,
    /// Which system its keys are for.
    pub profile: Profile,
    /// What its keys must keep to.
    pub policy: TenantPolicy,
    /// Since when all its keys are refused; none: it is active.
    pub suspended_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, and by whom.
    pub updated_at: Timestamp,
    /// The actor of the last change.
    pub updated_by: String,
    /// Counts changes; a change that names a stale one is refused.
    pub version: i64,
}

impl Tenant {
    /// Refuses a change that was made for another version.
    ///
    /// # Errors
    /// `conflict` with who changed the tenant, when, and its version.
    pub fn check_version(&self, asked: Option<i64>) -> Result<(), AdminError> {
        AdminError::check_version("tenant", asked, self.version, &self.updated_by, self.updated_at)
    }

    /// Refuses a grace period beyond the policy.
    ///
    /// # Errors
    /// `policy_grace` or `invalid` at `grace`.
    pub fn check_grace(&self, grace: Span) -> Result<(), AdminError> {
        check_grace_size("grace", grace)?;
        if grace <= self.policy.max_grace {
            return Ok(());
        }
        let words = format!("{} allows a grace period of at most {}.", self.name, self.policy.max_grace);
        Err(AdminError::new(ErrorCode::PolicyGrace, words).at_field("grace"))
    }

    /// Refuses an expiry beyond the policy's longest life.
    ///
    /// # Errors
    /// `policy_lifetime` at `expires`.
    pub fn check_lifetime(&self, expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), AdminError> {
        let Some(longest) = self.policy.max_lifetime else { return Ok(()) };
        if expires_at.is_some_and(|at| at <= now.plus(longest)) {
            return Ok(());
        }
        let words = format!("{} allows at most {longest}. Choose an earlier expiry.", self.name);
        Err(AdminError::new(ErrorCode::PolicyLifetime, words).at_field("expires"))
    }

    /// Refuses an environment the policy does not allow.
    ///
    /// # Errors
    /// `policy_denied` at `environment`.
    pub fn check_environment(&self, environment: Environment) -> Result<(), AdminError> {
        if self.policy.environments.contains(&environment) {
            return Ok(());
        }
        let words = format!("{} allows no {} keys.", self.name, environment.word());
        Err(AdminError::new(ErrorCode::PolicyDenied, words).at_field("environment"))
    }

    /// Refuses an empty IP list where the policy asks for one.
    ///
    /// # Errors
    /// `policy_denied` at `ip`.
    pub fn check_ip(&self, ranges: &[IpRange]) -> Result<(), AdminError> {
        if !self.policy.ip_required || !ranges.is_empty() {
            return Ok(());
        }
        let words = format!("{} asks for an address range on every key.", self.name);
        Err(AdminError::new(ErrorCode::PolicyDenied, words).at_field("ip"))
    }
}
