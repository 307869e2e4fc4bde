//! What the server counts, for Prometheus. A registry is a value that is handed on, so that two servers of one process count
//! apart.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// What `/metrics` is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Seconds that calls and solves are counted up to.
const LONG_SECONDS: [f64; 14] = [0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];
/// Seconds that statements of the store are counted up to.
const SHORT_SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// Gaps of plans, relative to their values.
const GAPS: [f64; 10] = [0.0, 0.0001, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0];

/// Labels with their values, all of which the program itself has words for: nothing that a client sends is a label.
type Labels<const N: usize> = [(&'static str, &'static str); N];
/// Histograms by labels.
type Histograms<const N: usize> = Family<Labels<N>, Histogram, fn() -> Histogram>;

/// All counts. Clones are the same counts.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    calls: Family<Labels<2>, Counter>,
    call_seconds: Histograms<1>,
    request_bytes: Family<Labels<1>, Counter>,
    connections: Gauge,
    connections_refused: Counter,
    handshakes_failed: Counter,
    runs: Family<Labels<1>, Gauge>,
    runs_ended: Family<Labels<1>, Counter>,
    queue_solve_seconds: Gauge<f64, AtomicU64>,
    solve_seconds: Histogram,
    solve_gap: Histogram,
    worker_deaths: Counter,
    store_seconds: Histograms<1>,
    store_failures: Family<Labels<1>, Counter>,
    store_up: Gauge,
}

fn long() -> Histogram {
    Histogram::new(LONG_SECONDS)
}

fn short() -> Histogram {
    Histogram::new(SHORT_SECONDS)
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

impl Metrics {
    /// Nothing has been counted.
    pub fn new() -> Metrics {
        let mut inner = Inner {
            registry: Registry::with_prefix("carve"),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(long),
            request_bytes: Family::default(),
            connections: Gauge::default(),
            connections_refused: Counter::default(),
            handshakes_failed: Counter::default(),
            runs: Family::default(),
            runs_ended: Family::default(),
            queue_solve_seconds: Gauge::default(),
            solve_seconds: long(),
            solve_gap: Histogram::new(GAPS),
            worker_deaths: Counter::default(),
            store_seconds: Family::new_with_constructor(short),
            store_failures: Family::default(),
            store_up: Gauge::default(),
        };
        // An alarm on what they grow by needs them from the start.
        for operation in ["read", "write"] {
            drop(inner.store_failures.get_or_create(&[("operation", operation)]));
        }
        inner.register_calls();
        inner.register_runs();
        Metrics(Arc::new(inner))
    }

    /// All counts as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let _ = encode(&mut text, &self.0.registry);
        text
    }

    /// A call has ended.
    pub fn call(&self, method: &'static str, code: &'static str, took: Duration) {
        self.0.calls.get_or_create(&[("method", method), ("code", code)]).inc();
        self.0.call_seconds.get_or_create(&[("method", method)]).observe(took.as_secs_f64());
    }

    /// So many bytes of a request came.
    pub fn request_bytes(&self, method: &'static str, bytes: usize) {
        self.0.request_bytes.get_or_create(&[("method", method)]).inc_by(bytes as u64);
    }

    /// A connection was let in.
    pub fn connection_opened(&self) {
        self.0.connections.inc();
    }

    /// One that was let in has ended.
    pub fn connection_closed(&self) {
        self.0.connections.dec();
    }

    /// A connection was closed at once, as there are as many as there may be.
    pub fn connection_refused(&self) {
        self.0.connections_refused.inc();
    }

    /// A handshake of TLS failed or took too long.
    pub fn handshake_failed(&self) {
        self.0.handshakes_failed.inc();
    }

    /// What waits and what is worked on, of all processes over the store.
    pub fn queue(&self, waiting: i64, running: i64, waiting_cost: Duration) {
        self.0.runs.get_or_create(&[("state", "queued")]).set(waiting);
        self.0.runs.get_or_create(&[("state", "running")]).set(running);
        self.0.queue_solve_seconds.set(waiting_cost.as_secs_f64());
    }

    /// Whether the store answered when it was last asked.
    pub fn store_up(&self, up: bool) {
        self.0.store_up.set(i64::from(up));
    }

    /// This process has brought a run to its end.
    pub fn run_ended(&self, state: &'static str) {
        self.0.runs_ended.get_or_create(&[("state", state)]).inc();
    }

    /// A worker has ended; `gap` is the largest of its plan's tiers.
    pub fn solve(&self, took: Duration, gap: Option<f64>) {
        self.0.solve_seconds.observe(took.as_secs_f64());
        if let Some(gap) = gap {
            self.0.solve_gap.observe(gap);
        }
    }

    /// A worker process died.
    pub fn worker_died(&self) {
        self.0.worker_deaths.inc();
    }

    /// The store was asked for something.
    pub fn store(&self, what: &'static str, took: Duration, failed: bool) {
        self.0.store_seconds.get_or_create(&[("operation", what)]).observe(took.as_secs_f64());
        if failed {
            self.0.store_failures.get_or_create(&[("operation", what)]).inc();
        }
    }
}

impl Inner {
    fn register_calls(&mut self) {
        let registry = &mut self.registry;
        registry.register("build", "The version", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register("calls", "Calls that ended, by method and gRPC code", self.calls.clone());
        registry.register("call_seconds", "Time from a call's head to its end", self.call_seconds.clone());
        registry.register("request_bytes", "Bytes of requests, as they came", self.request_bytes.clone());
        registry.register("connections", "Open connections", self.connections.clone());
        let refused = "Connections closed at once, as there are as many as there may be";
        registry.register("connections_refused", refused, self.connections_refused.clone());
        let failed = "Handshakes of TLS that failed or took too long";
        registry.register("tls_handshake_failures", failed, self.handshakes_failed.clone());
    }

    fn register_runs(&mut self) {
        let registry = &mut self.registry;
        let runs = "Runs of the store that wait (queued) or are worked on (running, those that are to stop among them)";
        registry.register("runs", runs, self.runs.clone());
        registry.register("runs_ended", "Runs that this process brought to their end", self.runs_ended.clone());
        let waiting = "Solve time, times threads, that waiting runs ask for";
        registry.register("queue_solve_seconds", waiting, self.queue_solve_seconds.clone());
        registry.register("solve_seconds", "Time from a worker's start to its end", self.solve_seconds.clone());
        let gap = "Largest relative gap of a plan's tiers between value and proved bound";
        registry.register("solve_gap_ratio", gap, self.solve_gap.clone());
        registry.register("worker_deaths", "Worker processes that died", self.worker_deaths.clone());
        registry.register("store_seconds", "Time that the store took for a statement", self.store_seconds.clone());
        registry.register("store_failures", "Statements that the store failed at", self.store_failures.clone());
        registry.register("store_up", "1 where the store answered when it was last asked", self.store_up.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_and_every_count_is_told() {
        let metrics = Metrics::new();
        metrics.call("Solve", "OK", Duration::from_millis(3));
        metrics.request_bytes("Solve", 10);
        metrics.connection_opened();
        metrics.connection_opened();
        metrics.connection_closed();
        metrics.connection_refused();
        metrics.handshake_failed();
        metrics.queue(3, 2, Duration::from_millis(1_500));
        metrics.run_ended("succeeded");
        metrics.solve(Duration::from_secs(2), Some(0.003));
        metrics.worker_died();
        metrics.store("write", Duration::from_millis(2), true);
        metrics.store_up(true);
        let text = metrics.text();
        for line in [
            "carve_calls_total{method=\"Solve\",code=\"OK\"} 1",
            "carve_call_seconds_bucket{le=\"0.005\",method=\"Solve\"} 1",
            "carve_request_bytes_total{method=\"Solve\"} 10",
            "carve_connections 1",
            "carve_connections_refused_total 1",
            "carve_tls_handshake_failures_total 1",
            "carve_runs{state=\"queued\"} 3",
            "carve_runs{state=\"running\"} 2",
            "carve_runs_ended_total{state=\"succeeded\"} 1",
            "carve_queue_solve_seconds 1.5",
            "carve_solve_seconds_sum 2.0",
            "carve_solve_gap_ratio_bucket{le=\"0.005\"} 1",
            "carve_worker_deaths_total 1",
            "carve_store_seconds_count{operation=\"write\"} 1",
            "carve_store_failures_total{operation=\"write\"} 1",
            "carve_store_up 1",
        ] {
            assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
        }
        assert!(text.contains("carve_build_info{version=") && text.ends_with("# EOF\n"));
        // Another server counts for itself.
        assert!(!Metrics::new().text().contains("method=\"Solve\""));
    }
}
