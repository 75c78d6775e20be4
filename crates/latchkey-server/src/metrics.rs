//! What the server counts, in the form that Prometheus reads, and the listener that shows it. Labels are routes,
//! methods, statuses and outcomes: never a key, a tenant, an operator or an address.

use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use latchkey_verify::Verifier;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::answer::{Body, Response};
use crate::durations::Durations;
use crate::hot;
use crate::server::Stop;

/// The form of the answer.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How many may read metrics at once; more are closed.
const PLACES: usize = 32;

/// Which requests are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    /// The template of the path.
    route: &'static str,
    /// The method, where it is one that is known.
    method: &'static str,
    /// The status.
    status: u16,
}

/// What took time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    /// The template of the path.
    route: &'static str,
}

/// How verifications end most of the time.
const HOT_STATUSES: [StatusCode; 5] = [
    StatusCode::OK,
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::SERVICE_UNAVAILABLE,
];

/// The counters of one route of verification, once they were found.
#[derive(Default)]
struct Hot {
    statuses: [OnceLock<Counter>; HOT_STATUSES.len()],
    seconds: OnceLock<Durations>,
}

/// What the server counts.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Durations>,
    hot: [Hot; hot::ROUTES.len()],
    /// Connections that are open.
    pub(crate) connections: Gauge<i64, AtomicI64>,
    /// Connections that found no place.
    pub(crate) turned_away: Counter<u64, AtomicU64>,
}

impl Metrics {
    /// With nothing counted.
    pub(crate) fn new(verifier: Verifier) -> Self {
        let mut registry = Registry::with_prefix("latchkey");
        let requests = Family::default();
        registry.register("requests", "Answered requests by route, method and status", requests.clone());
        let seconds = Family::default();
        registry.register_with_unit(
            "request",
            "How long answering took, by route",
            Unit::Seconds,
            seconds.clone(),
        );
        let connections = Gauge::default();
        registry.register("connections", "Open connections", connections.clone());
        let turned_away = Counter::default();
        registry.register(
            "connections_turned_away",
            "Connections that were closed because there were as many as may be",
            turned_away.clone(),
        );
        registry.register_collector(Box::new(OfVerifier(verifier)));
        Self { registry, requests, seconds, hot: Default::default(), connections, turned_away }
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, route: &'static str, method: &Method, status: StatusCode, took: Duration) {
        let answered = Answered { route, method: known(method), status: status.as_u16() };
        self.requests.get_or_create(&answered).inc();
        self.seconds.get_or_create(&Route { route }).observe(took);
    }

    /// The same for a verification, whose counters are found once.
    pub(crate) fn verified(&self, route: &'static str, method: &Method, status: StatusCode, took: Duration) {
        let hot = hot::ROUTES.iter().position(|hot| *hot == (route, method.clone()));
        let (Some(hot), Some(place)) =
            (hot.and_then(|hot| self.hot.get(hot)), HOT_STATUSES.iter().position(|hot| *hot == status))
        else {
            return self.answered(route, method, status, took);
        };
        if let Some(counter) = hot.statuses.get(place) {
            let answered = || Answered { route, method: known(method), status: status.as_u16() };
            counter.get_or_init(|| self.requests.get_or_create(&answered()).clone()).inc();
        }
        hot.seconds.get_or_init(|| self.seconds.get_or_create(&Route { route }).clone()).observe(took);
    }

    fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(16 * 1024);
        encode(&mut text, &self.registry).map(|()| text)
    }
}

/// Callers choose the method's word: an unknown one is counted as such.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// What the verifier counts itself, read when it is asked for.
struct OfVerifier(Verifier);

impl fmt::Debug for OfVerifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OfVerifier")
    }
}

impl Collector for OfVerifier {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let stats = self.0.stats();
        let outcomes = Family::<Ended, Counter>::default();
        for (outcome, count) in stats.outcomes {
            outcomes.get_or_create(&Ended { outcome: outcome.word() }).inc_by(count);
        }
        let name = "verifications";
        let described =
            encoder.encode_descriptor(name, "Verifications by outcome", None, MetricType::Counter)?;
        outcomes.encode(described)?;
        for (name, help, count) in [
            ("verify_hits", "Verifications answered from memory at once", stats.hits),
            ("verify_cold", "Verifications that waited for the store or argon2id", stats.cold),
            ("verify_cannot_tell", "Verifications that nobody could answer", stats.cannot_tell),
            ("verify_look_ups", "Look-ups in the store, each for up to 500 keys", stats.look_ups),
            ("verify_argon2_runs", "Computations of argon2id", stats.argon2_runs),
            ("events_dropped", "Security events that did not fit into memory", stats.events_dropped),
            ("usage_dropped", "Uses that were not counted", stats.usage_dropped),
        ] {
            let described = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            ConstCounter::new(count).encode(described)?;
        }
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        for (name, help, value) in [
            ("verify_lane_queue", "Keys that wait for argon2id", number(stats.lane_queue)),
            ("verify_entries", "Secrets in memory", number(stats.entries)),
            ("verify_strict", "1 while every verification asks the store", i64::from(stats.strict)),
            ("store_revision", "The revision up to which changes are taken in", stats.revision),
        ] {
            let described = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(described)?;
        }
        let seconds = [
            ("verify_feed_age", "How long ago the last look at changes began", stats.feed_age.as_secs_f64()),
            ("clock_offset", "What is added to this computer's clock", as_seconds(stats.clock_offset)),
        ];
        for (name, help, value) in seconds {
            let described = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge)?;
            ConstGauge::new(value).encode(described)?;
        }
        Ok(())
    }
}

#[allow(clippy::cast_precision_loss)] // a clock that is off by 285,000 years may be off by a millisecond more
fn as_seconds(millis: i64) -> f64 {
    millis as f64 / 1e3
}

/// Which verifications are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    /// How they ended.
    outcome: &'static str,
}

/// Shows the metrics at `/metrics` until it is told to stop.
pub(crate) async fn listen(listener: TcpListener, metrics: Arc<Metrics>, mut stop: Stop) {
    let places = Arc::new(Semaphore::new(PLACES));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.told() => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Files that are open here are none for those who verify.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let metrics = Arc::clone(&metrics);
        tokio::spawn(async move {
            let _place = place;
            let answer = service_fn(|request: Request<Incoming>| {
                let response = show(&metrics, &request);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(10))
                .serve_connection(TokioIo::new(stream), answer);
            // One that is kept longer is opened again.
            let _ = timeout(Duration::from_mins(10), connection).await;
        });
    }
}

fn show(metrics: &Metrics, request: &Request<Incoming>) -> Response {
    let of = |status: StatusCode, text: String| {
        let mut response = http::Response::new(Body::once(Bytes::from(text)));
        *response.status_mut() = status;
        response
    };
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/metrics") => match metrics.text() {
            Ok(text) => {
                let mut response = of(StatusCode::OK, text);
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
                response
            }
            Err(fmt::Error) => of(StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        },
        (_, "/metrics") => of(StatusCode::METHOD_NOT_ALLOWED, String::new()),
        (_, _) => of(StatusCode::NOT_FOUND, String::new()),
    }
}
