//! How long things took, as Prometheus reads it, counted without a lock: the library's own histogram takes one for every
//! observation, which verifications from many threads would wait for. Knows no route.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// The bounds, in seconds: from a warm verification to a long report.
const SECONDS: [f64; 12] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0];
const BUCKETS: usize = SECONDS.len() + 1;

/// Counts by how long it took. All clones share their counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Durations(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    nanoseconds: AtomicU64,
    /// How many fell between a bound and the one before; the last is beyond all.
    buckets: [AtomicU64; BUCKETS],
}

impl Durations {
    /// One more.
    pub(crate) fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let place = SECONDS.iter().position(|bound| seconds <= *bound).unwrap_or(SECONDS.len());
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.0.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        if let Some(bucket) = self.0.buckets.get(place) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl TypedMetric for Durations {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Durations {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let bounds = SECONDS.into_iter().chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds
            .zip(&self.0.buckets)
            .map(|(bound, count)| (bound, count.load(Ordering::Relaxed)))
            .collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(self.0.nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn what_took_time_is_counted_up_to_each_bound() {
        let (durations, mut registry) = (Durations::default(), Registry::default());
        registry.register("took", "Time", durations.clone());
        for micros in [50, 100, 700, 60_000_000] {
            durations.observe(Duration::from_micros(micros));
        }
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "took_bucket{le=\"0.0001\"} 2",
            "took_bucket{le=\"0.001\"} 3",
            "took_bucket{le=\"30.0\"} 3",
            "took_bucket{le=\"+Inf\"} 4",
            "took_count 4",
            "took_sum 60.00085",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
