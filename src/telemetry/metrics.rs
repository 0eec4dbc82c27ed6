//! Metrics in Prometheus' form.
//!
//! Owns every metric's name, unit and labels. Labels come from closed sets, never from what a
//! client, a model or a header says: a stranger can neither make a series nor read a prompt here.
//! Each series is registered once and then is an atomic; no call on the way of an exchange
//! allocates, locks or formats.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use ::metrics::{Counter, Gauge, Histogram, Key, Label, Recorder as _, Unit};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use super::audit_metrics::AuditMetrics;
use super::cache_metrics::CacheMetrics;
use super::classifier_metrics::ClassifierMetrics;
use super::register::{METADATA, Register};
use super::shipping_metrics::ShippingMetrics;
use crate::audit::{self, Ended};
use crate::policy::Action;
use crate::shipping::exporter::Shipped;
use crate::text::Phase;

/// From a fraction of what screening takes to the patience of a client, in seconds.
const SECONDS: &[f64] = &[
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1,
    0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];
/// From one character to the largest hold-back, in bytes.
const BYTES: &[f64] =
    &[1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0];
/// How often samples of histograms are folded into their buckets when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

const ACTIONS: [Action; 6] =
    [Action::Allow, Action::Flag, Action::Redact, Action::Rewrite, Action::Deflect, Action::Block];
/// By the first digit of the status; the first is for exchanges whose client got none.
const STATUSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// What went wrong with a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamFault {
    /// No connection could be made.
    Connect,
    /// No connection was made in time.
    ConnectTimeout,
    /// The reply did not begin in time.
    FirstByteTimeout,
    /// The reply stalled.
    IdleTimeout,
    /// The exchange took too long as a whole.
    TotalTimeout,
    /// The connection broke.
    Reset,
    /// The reply was larger than it may be.
    TooLarge,
    /// The reply's encoding could not be undone.
    Encoding,
    /// The reply could not be read as one of its API.
    Malformed,
}

impl UpstreamFault {
    const ALL: [Self; 9] = [
        Self::Connect,
        Self::ConnectTimeout,
        Self::FirstByteTimeout,
        Self::IdleTimeout,
        Self::TotalTimeout,
        Self::Reset,
        Self::TooLarge,
        Self::Encoding,
        Self::Malformed,
    ];

    /// The name in the label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::ConnectTimeout => "connect_timeout",
            Self::FirstByteTimeout => "first_byte_timeout",
            Self::IdleTimeout => "idle_timeout",
            Self::TotalTimeout => "total_timeout",
            Self::Reset => "reset",
            Self::TooLarge => "too_large",
            Self::Encoding => "encoding",
            Self::Malformed => "malformed",
        }
    }
}

/// Every metric of one gateway. Share it behind an `Arc`.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// Names of the dialects; the index is the first of those of an exchange's series.
    dialects: Vec<&'static str>,
    /// By dialect, action, end and status; registered when first met, so that the page shows what
    /// occurred and not thousands of zeros.
    exchanges: Vec<OnceLock<Counter>>,
    exchange_seconds: Vec<Histogram>,
    in_flight: Gauge,
    screen_input: Histogram,
    screen_output: Histogram,
    first_byte: Histogram,
    held_seconds: Histogram,
    held_bytes: Histogram,
    model_refusals: Counter,
    upstream_faults: Vec<Counter>,
    reloads_good: Counter,
    reloads_failed: Counter,
    last_reload_good: Gauge,
    rules: Gauge,
    verdict_cache: CacheMetrics,
    pub(super) classifiers: ClassifierMetrics,
    audit: AuditMetrics,
    shipping: ShippingMetrics,
}

impl Metrics {
    /// Registers everything. `dialects` are the names of all dialects; others count as `none`.
    ///
    /// # Errors
    /// Never in practice: when a histogram's buckets are empty.
    pub fn new(dialects: impl IntoIterator<Item = &'static str>) -> Result<Self, BuildError> {
        let recorder = PrometheusBuilder::new()
            .set_buckets(SECONDS)?
            .set_buckets_for_metric(Matcher::Full("qwarden_held_bytes".to_owned()), BYTES)?
            .build_recorder();
        let mut names = vec!["none"];
        names.extend(dialects);
        let series = names.len() * ACTIONS.len() * Ended::ALL.len() * STATUSES.len();
        let register = Register(&recorder);
        register.describe_counter("qwarden_exchanges_total", "Exchanges that ended.");
        let of_dialect = |name| {
            register.histogram(
                "qwarden_exchange_seconds",
                Unit::Seconds,
                "Whole exchanges.",
                [("dialect", name)],
            )
        };
        let exchange_seconds = names.iter().copied().map(of_dialect).collect();
        let screen = |phase| {
            let help = "Screening the texts of one exchange.";
            register.histogram("qwarden_screen_seconds", Unit::Seconds, help, [("phase", phase)])
        };
        let reloads = |outcome| {
            register.counter(
                "qwarden_policy_reloads_total",
                "Attempts to load policies.",
                [("outcome", outcome)],
            )
        };
        let upstream = |fault: UpstreamFault| {
            register.counter(
                "qwarden_upstream_errors_total",
                "Calls of a backend that went wrong.",
                [("code", fault.as_str())],
            )
        };
        let metrics = Self {
            handle: recorder.handle(),
            exchanges: std::iter::repeat_with(OnceLock::new).take(series).collect(),
            exchange_seconds,
            in_flight: register.gauge("qwarden_exchanges_in_flight", "Exchanges that are under way.", []),
            screen_input: screen("input"),
            screen_output: screen("output"),
            first_byte: register.histogram(
                "qwarden_upstream_first_byte_seconds",
                Unit::Seconds,
                "From a call of the backend to the first byte of its reply.",
                [],
            ),
            held_seconds: register.histogram(
                "qwarden_held_seconds",
                Unit::Seconds,
                "Longest time that a piece of a streamed reply was held back, by exchange.",
                [],
            ),
            held_bytes: register.histogram(
                "qwarden_held_bytes",
                Unit::Bytes,
                "Most text of a streamed reply that was held back at a time, by exchange.",
                [],
            ),
            model_refusals: register.counter("qwarden_model_refusals_total", "Replies in which the model itself declined.", []),
            upstream_faults: UpstreamFault::ALL.into_iter().map(upstream).collect(),
            reloads_good: reloads("ok"),
            reloads_failed: reloads("failed"),
            last_reload_good: register.gauge(
                "qwarden_policy_last_reload_ok",
                "1 when the policies in force are those of the folder, 0 when the last attempt to load them failed.",
                [],
            ),
            rules: register.gauge("qwarden_policy_rules", "Rules in force.", []),
            verdict_cache: CacheMetrics::new(&register),
            classifiers: ClassifierMetrics::new(&register),
            shipping: ShippingMetrics::new(&register),
            audit: AuditMetrics::new(&register),
            dialects: names,
            recorder,
        };
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        Register(&metrics.recorder).gauge("qwarden_build_info", "The version that runs.", version).set(1.0);
        Ok(metrics)
    }

    /// An exchange began.
    pub fn exchange_began(&self) {
        self.in_flight.increment(1.0);
    }

    /// An exchange that had begun is over.
    pub fn exchange_ended(&self, draft: &audit::Draft) {
        self.in_flight.decrement(1.0);
        let dialect = self.dialects.iter().position(|name| *name == draft.dialect).unwrap_or(0);
        let status = draft.status.map_or(0, |status| usize::from(status / 100).min(STATUSES.len() - 1));
        let action = ACTIONS.iter().position(|action| *action == draft.action).unwrap_or(0);
        let ended = Ended::ALL.iter().position(|ended| *ended == draft.ended).unwrap_or(0);
        let index = ((dialect * ACTIONS.len() + action) * Ended::ALL.len() + ended) * STATUSES.len() + status;
        if let Some(cell) = self.exchanges.get(index) {
            cell.get_or_init(|| self.register_exchange(dialect, draft, status)).increment(1);
        }
        if let Some(histogram) = self.exchange_seconds.get(dialect) {
            histogram.record(seconds(draft.timing.total_us));
        }
        if let Some(first_byte) = draft.timing.upstream_first_byte_us {
            self.first_byte.record(seconds(first_byte));
        }
        if draft.model_refused {
            self.model_refusals.increment(1);
        }
    }

    fn register_exchange(&self, dialect: usize, draft: &audit::Draft, status: usize) -> Counter {
        let name = |names: &[&'static str], index: usize| names.get(index).copied().unwrap_or("none");
        let labels = [
            ("dialect", name(&self.dialects, dialect)),
            ("action", action_name(draft.action)),
            ("ended", draft.ended.as_str()),
            ("status", name(&STATUSES, status)),
        ];
        Register(&self.recorder).counter("qwarden_exchanges_total", "Exchanges that ended.", labels)
    }

    /// All texts of one phase of an exchange were screened, in so much time.
    pub fn screened(&self, phase: Phase, took: Duration) {
        let histogram = match phase {
            Phase::Input => &self.screen_input,
            Phase::Output => &self.screen_output,
        };
        histogram.record(took.as_secs_f64());
    }

    /// A streamed reply is over: the longest time and the most text that was held back.
    pub fn held(&self, longest: Duration, most_bytes: usize) {
        self.held_seconds.record(longest.as_secs_f64());
        self.held_bytes.record(most_bytes as f64);
    }

    /// A call of a backend went wrong.
    pub fn upstream_failed(&self, fault: UpstreamFault) {
        // The variants stand in `ALL` in the order of their declaration; a test holds it to that.
        if let Some(counter) = self.upstream_faults.get(fault as usize) {
            counter.increment(1);
        }
    }

    /// Policies were loaded and are in force. Not for the way of an exchange: it registers.
    pub fn policies_loaded(&self, revision: &str, rules: usize, replaced: Option<&str>) {
        let info = |revision: &str| {
            let labels = vec![Label::new("revision", revision.to_owned())];
            let key = Key::from_parts("qwarden_policy_info", labels);
            self.recorder.register_gauge(&key, &METADATA)
        };
        Register(&self.recorder).describe_gauge("qwarden_policy_info", "1 for the revision in force.");
        if let Some(replaced) = replaced {
            info(replaced).set(0.0);
        }
        info(revision).set(1.0);
        self.rules.set(rules as f64);
        self.policies_unchanged();
    }

    /// Policies were loaded, and are what is in force already.
    pub fn policies_unchanged(&self) {
        self.reloads_good.increment(1);
        self.last_reload_good.set(1.0);
    }

    /// Policies could not be loaded; those before stay in force.
    pub fn policies_failed(&self) {
        self.reloads_failed.increment(1);
        self.last_reload_good.set(0.0);
    }

    /// The audit log had no room for an exchange.
    pub fn audit_refused(&self) {
        self.audit.refused.increment(1);
    }

    /// The state of the audit log's index: how many records it is behind, and how often it failed.
    pub fn audit_index(&self, lag: u64, failures: u64) {
        self.audit.index_lag.set(lag as f64);
        self.audit.index_failures.absolute(failures);
    }

    /// What the exporter to a collector has done.
    pub fn shipped(&self, shipped: Shipped) {
        self.shipping.observe(shipped);
    }

    /// A text was looked up among those that were judged before.
    pub fn verdict_looked_up(&self, known: bool) {
        self.verdict_cache.looked_up(known);
    }

    /// So many judgements are kept, which take so many bytes.
    pub fn verdict_cache_holds(&self, entries: u64, bytes: u64) {
        self.verdict_cache.holds(entries, bytes);
    }

    /// The page for Prometheus. `log` tells the state of the audit log at this moment.
    #[must_use]
    pub fn render(&self, log: Option<&audit::Log>) -> String {
        if let Some(log) = log {
            self.audit.observe(log);
        }
        self.handle.render()
    }

    /// Folds the samples of histograms into their buckets from time to time, for as long as it is
    /// polled: spawn it once. Without it, and without anybody who scrapes, they would pile up.
    pub async fn keep_up(&self) {
        let mut interval = tokio::time::interval(UPKEEP);
        loop {
            interval.tick().await;
            self.handle.run_upkeep();
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("dialects", &self.dialects).finish_non_exhaustive()
    }
}

fn action_name(action: Action) -> &'static str {
    match action {
        Action::Allow => "allow",
        Action::Flag => "flag",
        Action::Redact => "redact",
        Action::Rewrite => "rewrite",
        Action::Deflect => "deflect",
        Action::Block => "block",
    }
}

pub(super) fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Draft, Timing};

    fn draft(dialect: &'static str, status: Option<u16>) -> Draft {
        let timing = Timing { total_us: 1_500_000, upstream_first_byte_us: Some(200), ..Timing::default() };
        let ended = Ended::CutByPolicy;
        Draft { dialect: dialect.into(), action: Action::Deflect, ended, status, timing, ..Draft::default() }
    }

    #[test]
    fn the_page_tells_what_happened() {
        let metrics = Metrics::new(["openai.chat", "ollama.chat"]).unwrap();
        for _ in 0..3 {
            metrics.exchange_began();
        }
        metrics.exchange_ended(&draft("ollama.chat", Some(200)));
        metrics.exchange_ended(&draft("of a client's choice\"}", Some(999)));
        metrics.screened(Phase::Output, Duration::from_micros(30));
        metrics.held(Duration::from_millis(2), 17);
        metrics.upstream_failed(UpstreamFault::IdleTimeout);
        metrics.policies_loaded("aaaa", 12, None);
        metrics.policies_loaded("bbbb", 13, Some("aaaa"));
        metrics.policies_failed();
        metrics.audit_index(7, 2);
        metrics.verdict_looked_up(true);
        metrics.verdict_looked_up(true);
        metrics.verdict_looked_up(false);
        metrics.verdict_cache_holds(1, 320);
        metrics.classifier_asked();
        metrics.classifier_answered("encoder", Duration::from_micros(1500));
        metrics.classifier_unavailable("classifier_queue_full");
        metrics.classifier_unavailable("of a later version");
        metrics.classifier_unjudged(2);
        metrics.classifier_queue(3);
        let page = metrics.render(None);
        for line in [
            "qwarden_exchanges_total{dialect=\"ollama.chat\",action=\"deflect\",ended=\"cut_by_policy\",status=\"2xx\"} 1",
            "qwarden_exchanges_total{dialect=\"none\",action=\"deflect\",ended=\"cut_by_policy\",status=\"5xx\"} 1",
            "qwarden_exchanges_in_flight 1",
            "qwarden_exchange_seconds_bucket{dialect=\"ollama.chat\",le=\"2.5\"} 1",
            "qwarden_screen_seconds_bucket{phase=\"output\",le=\"0.00005\"} 1",
            "qwarden_held_bytes_bucket{le=\"64\"} 1",
            "qwarden_upstream_first_byte_seconds_count 2",
            "qwarden_upstream_errors_total{code=\"idle_timeout\"} 1",
            "qwarden_policy_info{revision=\"aaaa\"} 0",
            "qwarden_policy_info{revision=\"bbbb\"} 1",
            "qwarden_policy_rules 13",
            "qwarden_policy_reloads_total{outcome=\"ok\"} 2",
            "qwarden_policy_reloads_total{outcome=\"failed\"} 1",
            "qwarden_policy_last_reload_ok 0",
            "qwarden_audit_index_lag_records 7",
            "qwarden_audit_index_failures_total 2",
            "qwarden_verdict_cache_lookups_total{outcome=\"hit\"} 2",
            "qwarden_verdict_cache_lookups_total{outcome=\"miss\"} 1",
            "qwarden_verdict_cache_entries 1",
            "qwarden_verdict_cache_bytes 320",
            "qwarden_classifier_questions_total 1",
            "qwarden_classifier_answers_total{tier=\"encoder\"} 1",
            "qwarden_classifier_seconds_bucket{tier=\"encoder\",le=\"0.0025\"} 1",
            "qwarden_classifier_unavailable_total{cause=\"queue_full\"} 1",
            "qwarden_classifier_unavailable_total{cause=\"other\"} 1",
            "qwarden_classifier_unjudged_total 2",
            "qwarden_classifier_queue 3",
            "# HELP qwarden_audit_records_total Records written.",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\nis not in\n{page}");
        }
        assert!(!page.contains("choice"));
    }

    #[tokio::test]
    async fn the_page_tells_the_state_of_the_audit_log() {
        let dir = tempfile::tempdir().unwrap();
        let limits = audit::Limits { queue: 5, follow: 1 };
        let (log, _) = audit::Log::open(dir.path(), audit::Durability::Strict, limits).unwrap();
        log.open_entry().unwrap().complete(Draft::default()).await.unwrap();
        let entry = log.open_entry().unwrap();
        let metrics = Metrics::new([]).unwrap();
        let page = metrics.render(Some(&log));
        for line in [
            "qwarden_audit_records_total 1",
            "qwarden_audit_queue_used 1",
            "qwarden_audit_queue_size 5",
            "qwarden_audit_healthy 1",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\nis not in\n{page}");
        }
        drop(entry);
    }

    #[test]
    fn faults_are_counted_as_themselves() {
        for (index, fault) in UpstreamFault::ALL.into_iter().enumerate() {
            assert_eq!(fault as usize, index, "{fault:?}");
        }
    }
}
