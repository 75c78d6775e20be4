//! What servers would have gathered in the sample data: use by the hour, and security events. The same each time.

use latchkey_core::id::SecretId;
use latchkey_core::operations::EventKind;
use latchkey_core::verification::Outcome;
use latchkey_core::{AdminError, Span};

use super::cast::{Cast, Fate, SampleKey};
use super::{Made, Past, before};
use crate::verifying::{Happened, Used};

/// How many hours back use is counted.
const HOURS: i64 = 14 * 24;
/// How often something was used in the hours of a day, in tenths of the usual.
const DAY: [u64; 24] = [2, 1, 1, 1, 1, 2, 4, 8, 12, 15, 16, 15, 13, 15, 16, 15, 14, 12, 9, 7, 6, 5, 4, 3];

impl Past {
    /// Writes use by the hour and some events.
    pub(super) async fn gather(&self, cast: &Cast) -> Result<(), AdminError> {
        let mut used = Vec::new();
        for key in &cast.keys {
            if let (Some(made), Some(minutes)) = (self.keys.get(key.name), key.used_ago) {
                used.extend(self.hours_of(key, made, minutes));
            }
        }
        self.store.record_usage(&used).await?;
        let events: Vec<Happened> = cast.keys.iter().filter_map(|key| self.event_of(key)).collect();
        self.store.record_events(&events).await?;
        self.store.record_events(&self.events_of_nobody()).await
    }

    /// Who was used how often in which hour: since its rotation the new secret, the old one before.
    fn hours_of(&self, key: &SampleKey, made: &Made, last: i64) -> Vec<Used> {
        let usual = u64::try_from(key.uses).unwrap_or_default() / 400;
        let rotated = if let Fate::Rotated(minutes) = key.fate { minutes } else { i64::MAX };
        let first = key.issued_ago.min(last + HOURS * 60);
        let hours = (0..).map(|hour| last + hour * 60).take_while(|ago| *ago < first);
        hours
            .zip(0u64..)
            .flat_map(|(ago, place)| {
                let secret = if ago < rotated { made.secrets.last() } else { made.secrets.first() };
                let shape = DAY[usize::try_from(place % 24).unwrap_or_default()];
                let limited = if place % 31 == 9 { usual / 20 } else { 0 };
                [(Outcome::Valid, usual * shape / 10 + 1), (Outcome::RateLimited, limited)].map(
                    |(outcome, count)| {
                        secret
                            .filter(|_| count > 0)
                            .map(|secret| self.used(*secret, made, ago, outcome, count))
                    },
                )
            })
            .flatten()
            .collect()
    }

    fn used(&self, secret: SecretId, made: &Made, ago: i64, outcome: Outcome, count: u64) -> Used {
        let hour = before(self.now, Span::minutes(ago));
        // When it was accepted last stands already.
        Used { secret, key: made.id, hour, outcome, count, accepted: None }
    }

    /// A revoked key is tried still, and a rotated one came to its limit.
    fn event_of(&self, key: &SampleKey) -> Option<Happened> {
        let made = self.keys.get(key.name)?;
        let (kind, outcome, ago, count) = match key.fate {
            Fate::Revoked(minutes, _) => {
                (EventKind::DeadSecretUsed, Outcome::Revoked, minutes / 2, 1 + minutes.unsigned_abs() % 7)
            }
            Fate::Rotated(minutes) => (EventKind::LimitHit, Outcome::RateLimited, minutes / 3, 12),
            Fate::Used | Fate::Unsaved | Fate::Suspended(_) => return None,
        };
        Some(Happened {
            at: before(self.now, Span::minutes(ago)),
            kind,
            tenant: Some(made.tenant),
            key: Some(made.id),
            secret: made.secrets.first().copied(),
            ip: "198.51.100.23".parse().ok(),
            outcome: outcome.word(),
            count,
        })
    }

    /// What was tried with no key of ours.
    fn events_of_nobody(&self) -> [Happened; 2] {
        let event = |kind, ago, ip: &str, outcome: Outcome, count| Happened {
            at: before(self.now, Span::minutes(ago)),
            kind,
            tenant: None,
            key: None,
            secret: None,
            ip: ip.parse().ok(),
            outcome: outcome.word(),
            count,
        };
        [
            event(EventKind::FailuresByAddress, 210, "198.51.100.77", Outcome::NotFound, 340),
            event(EventKind::OperatorRefused, 95, "198.51.100.77", Outcome::NotFound, 3),
        ]
    }
}
