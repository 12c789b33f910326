//! What an instance counts, for Prometheus.

use std::fmt::Write as _;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::database::Load;
use super::work::tries::Report;
use crate::measure::Outcome;

/// The content type of the text (prometheus.io/docs/specs/om/open_metrics_spec).
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper ends of the classes of latency, in seconds: from a read in memory to a client that waited
/// three times for a lock.
const BUCKETS: [f64; 14] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    path: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Path {
    path: String,
}

/// What an instance counts.
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    latency: Family<Path, Histogram, fn() -> Histogram>,
    operations: Family<Ended, Counter>,
    errors: Family<Ended, Counter>,
    attempts: Counter,
    retries: Counter,
    connections: Gauge,
    busy: Gauge,
    waiting: Gauge,
}

impl Metrics {
    /// Nothing happened yet.
    pub fn new(container: &str) -> Metrics {
        let label = ("container".into(), container.to_owned().into());
        let mut registry = Registry::with_prefix_and_labels("contend", std::iter::once(label));
        let latency: fn() -> Histogram = || Histogram::new(BUCKETS);
        let mut metrics = Metrics {
            registry: Registry::default(),
            requests: Family::default(),
            latency: Family::new_with_constructor(latency),
            operations: Family::default(),
            errors: Family::default(),
            attempts: Counter::default(),
            retries: Counter::default(),
            connections: Gauge::default(),
            busy: Gauge::default(),
            waiting: Gauge::default(),
        };
        let m = &metrics;
        let r = &mut registry;
        r.register(
            "requests",
            "Requests, by route and status",
            m.requests.clone(),
        );
        r.register(
            "request_seconds",
            "From a request to its answer",
            m.latency.clone(),
        );
        r.register(
            "operations",
            "Pieces of work for the database, by how they ended",
            m.operations.clone(),
        );
        r.register(
            "errors",
            "Attempts that failed, by class, tried again or not",
            m.errors.clone(),
        );
        r.register("attempts", "Attempts at work", m.attempts.clone());
        r.register("retries", "Attempts after the first", m.retries.clone());
        r.register(
            "pool_connections",
            "Connections that are kept",
            m.connections.clone(),
        );
        r.register("pool_busy", "Requests whose work runs", m.busy.clone());
        r.register(
            "pool_waiting",
            "Requests that wait for a connection",
            m.waiting.clone(),
        );
        metrics.registry = registry;
        metrics
    }

    /// Counts a request to a route.
    pub fn request(&self, method: &str, path: &str, status: u16, took: Duration) {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            status,
        };
        self.requests.get_or_create(&request).inc();
        let path = Path {
            path: path.to_owned(),
        };
        self.latency
            .get_or_create(&path)
            .observe(took.as_secs_f64());
    }

    /// Counts work that ended so.
    pub fn work(&self, report: &Report, outcome: Option<Outcome>) {
        self.attempts.inc_by(report.attempts.into());
        self.retries
            .inc_by(report.attempts.saturating_sub(1).into());
        for error in &report.errors {
            let ended = Ended {
                outcome: error.class.name(),
            };
            self.errors.get_or_create(&ended).inc_by(error.attempts);
        }
        if let Some(outcome) = outcome {
            let ended = Ended {
                outcome: outcome.name(),
            };
            self.operations.get_or_create(&ended).inc();
        }
    }

    /// Everything, as text.
    pub fn text(&self, load: Load) -> String {
        self.connections.set(load.connections.into());
        self.busy.set(load.busy as i64);
        self.waiting.set(load.waiting as i64);
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            // It writes to memory, which does not fail.
            let _ = text.write_str("# EOF\n");
        }
        text
    }
}
