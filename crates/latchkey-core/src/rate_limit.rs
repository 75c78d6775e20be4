//! Rate limits: which windows a tier has, and counting within them as a pure function of the time
//! (`domain.md`, Verification). Who counts, and for how many replicas, is said elsewhere.

use serde::{Deserialize, Serialize};

use crate::error::AdminError;
use crate::key::Environment;
use crate::time::{Span, Timestamp};

/// So many requests in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// How many are let through.
    pub limit: u32,
    /// In how long.
    pub per: Span,
}

/// What a client is told about the limit that is closest to being used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RateLimit {
    /// How many requests the window lets through; the share of this process where several count.
    pub limit: u32,
    /// How many are left in it.
    pub remaining: u32,
    /// When the window begins anew.
    pub reset_at: Timestamp,
}

/// The tiers a server knows: each name with its windows. A tier without windows has no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiers {
    tiers: Vec<(String, Vec<Window>)>,
    /// How many times as much keys of the test environment may do, in hundredths.
    test_percent: u32,
}

impl Default for Tiers {
    /// The Core-PHP seed's: free 1000/h, pro 10000/h, business 50000/h, enterprise unlimited.
    fn default() -> Self {
        let hourly = |name: &str, limit| (name.to_owned(), vec![Window { limit, per: Span::hours(1) }]);
        Self {
            tiers: vec![
                hourly("free", 1_000),
                hourly("pro", 10_000),
                hourly("business", 50_000),
                ("enterprise".to_owned(), Vec::new()),
            ],
            test_percent: 100,
        }
    }
}

impl Tiers {
    /// Sets or replaces one tier.
    ///
    /// # Errors
    /// `invalid` at `tiers` for an empty name, a window of nothing, or more than four windows.
    pub fn set(&mut self, name: &str, windows: Vec<Window>) -> Result<(), AdminError> {
        let sensible =
            windows.iter().all(|window| window.limit > 0 && window.per >= Span::from_millis(1_000));
        if name.trim().is_empty() || windows.len() > 4 || !sensible {
            let words =
                "A tier has a name and at most four windows, each of 1 request or more in 1s or more.";
            return Err(AdminError::invalid("tiers", words));
        }
        self.tiers.retain(|(known, _)| known != name);
        self.tiers.push((name.to_owned(), windows));
        Ok(())
    }

    /// Keys of the test environment may do so much of their tier's limit, in hundredths.
    #[must_use]
    pub const fn with_test_percent(mut self, percent: u32) -> Self {
        self.test_percent = percent;
        self
    }

    /// The windows of a key, as one of `replicas` processes counts them: at least 1 request each. A key without a
    /// tier has no limit; a tier that nobody set counts as `free`, so that a typo opens nothing.
    #[must_use]
    pub fn windows(&self, tier: Option<&str>, environment: Environment, replicas: u32) -> Vec<Window> {
        let Some(tier) = tier else { return Vec::new() };
        let named = |name: &str| self.tiers.iter().find(|(known, _)| known == name);
        let Some((_, windows)) = named(tier).or_else(|| named("free")) else { return Vec::new() };
        let percent = match environment {
            Environment::Live => 100,
            Environment::Test => self.test_percent,
        };
        let share = |limit: u32| {
            let whole = u64::from(limit) * u64::from(percent) / 100 / u64::from(replicas.max(1));
            u32::try_from(whole).unwrap_or(u32::MAX).max(1)
        };
        windows.iter().map(|window| Window { limit: share(window.limit), per: window.per }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_shared_among_replicas_and_an_unknown_one_counts_as_free() {
        let tiers = Tiers::default().with_test_percent(50);
        let limit = |tier, environment, replicas| {
            tiers.windows(tier, environment, replicas).first().map(|window| window.limit)
        };
        assert_eq!(limit(Some("pro"), Environment::Live, 1), Some(10_000));
        assert_eq!(limit(Some("pro"), Environment::Live, 3), Some(3_333));
        assert_eq!(limit(Some("free"), Environment::Test, 1), Some(500));
        assert_eq!(limit(Some("fre"), Environment::Live, 1), Some(1_000));
        assert_eq!(limit(Some("enterprise"), Environment::Live, 1), None);
        assert_eq!(limit(None, Environment::Live, 1), None);
        assert_eq!(limit(Some("free"), Environment::Live, 100_000), Some(1));
    }
}
