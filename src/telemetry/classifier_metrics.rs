//! What classifiers are asked and how soon they answer, as metrics.
//!
//! Owns their names and labels. Refuses to know texts and labels of models: these come from files of an
//! operator's own, and so are no closed set.

use std::time::Duration;

use ::metrics::{Counter, Gauge, Histogram, Unit};

use super::metrics::Metrics;
use super::register::Register;

/// Who gave an answer.
const TIERS: [&str; 2] = ["fast", "encoder"];
/// Why there was none.
const CAUSES: [&str; 6] = ["deadline", "queue_full", "failed", "panicked", "closed", "other"];

pub(super) struct ClassifierMetrics {
    asked: Counter,
    answered: Vec<Counter>,
    seconds: Vec<Histogram>,
    unavailable: Vec<Counter>,
    unjudged: Counter,
    queue: Gauge,
    models: Gauge,
    reloads_good: Counter,
    reloads_failed: Counter,
    last_reload_good: Gauge,
}

impl ClassifierMetrics {
    pub(super) fn new(register: &Register<'_>) -> Self {
        let answered = |tier| {
            register.counter(
                "qwarden_classifier_answers_total",
                "Answers of classifiers, by the last tier that was asked.",
                [("tier", tier)],
            )
        };
        let seconds = |tier| {
            register.histogram(
                "qwarden_classifier_seconds",
                Unit::Seconds,
                "From a question to its answer, waiting included.",
                [("tier", tier)],
            )
        };
        let unavailable = |cause| {
            register.counter(
                "qwarden_classifier_unavailable_total",
                "Questions that got no answer.",
                [("cause", cause)],
            )
        };
        let reloads = |outcome| {
            register.counter(
                "qwarden_classifier_reloads_total",
                "Attempts to load classifiers whose files have changed.",
                [("outcome", outcome)],
            )
        };
        let last_reload_good = register.gauge(
            "qwarden_classifier_last_reload_ok",
            "1 when the classifiers that are loaded are those of the folder, 0 when the last attempt to load them failed.",
            [],
        );
        last_reload_good.set(1.0);
        Self {
            asked: register.counter(
                "qwarden_classifier_questions_total",
                "Texts and windows that classifiers were asked about.",
                [],
            ),
            answered: TIERS.into_iter().map(answered).collect(),
            seconds: TIERS.into_iter().map(seconds).collect(),
            unavailable: CAUSES.into_iter().map(unavailable).collect(),
            unjudged: register.counter(
                "qwarden_classifier_unjudged_total",
                "Texts and windows that went on without an answer, since their policies say `failure: open`.",
                [],
            ),
            queue: register.gauge("qwarden_classifier_queue", "Questions that wait for a classifier.", []),
            models: register.gauge("qwarden_classifier_models", "Classifiers in force.", []),
            reloads_good: reloads("ok"),
            reloads_failed: reloads("failed"),
            last_reload_good,
        }
    }

    fn asked(&self) {
        self.asked.increment(1);
    }

    fn answered(&self, tier: &str, took: Duration) {
        let index = usize::from(tier != TIERS[0]);
        if let (Some(counter), Some(histogram)) = (self.answered.get(index), self.seconds.get(index)) {
            counter.increment(1);
            histogram.record(took.as_secs_f64());
        }
    }

    fn unavailable(&self, code: &str) {
        let cause = code.strip_prefix("classifier_").unwrap_or(code);
        let index = CAUSES.iter().position(|known| *known == cause).unwrap_or(CAUSES.len() - 1);
        if let Some(counter) = self.unavailable.get(index) {
            counter.increment(1);
        }
    }

    fn unjudged(&self, windows: u32) {
        self.unjudged.increment(u64::from(windows));
    }

    fn reloaded(&self, good: bool) {
        let counter = if good { &self.reloads_good } else { &self.reloads_failed };
        counter.increment(1);
        self.last_reload_good.set(f64::from(u8::from(good)));
    }

    fn queue(&self, waiting: u64) {
        self.queue.set(waiting as f64);
    }
}

impl Metrics {
    /// Classifiers were asked about a text or a window.
    pub fn classifier_asked(&self) {
        self.classifiers.asked();
    }

    /// They answered; `tier` is the last one that was asked.
    pub fn classifier_answered(&self, tier: &str, took: Duration) {
        self.classifiers.answered(tier, took);
    }

    /// They did not, for the cause with this code.
    pub fn classifier_unavailable(&self, code: &str) {
        self.classifiers.unavailable(code);
    }

    /// So many texts or windows went on without an answer.
    pub fn classifier_unjudged(&self, windows: u32) {
        self.classifiers.unjudged(windows);
    }

    /// So many classifiers are in force.
    pub fn classifiers_in_force(&self, models: usize) {
        self.classifiers.models.set(models as f64);
    }

    /// The classifiers that are loaded are those of their folder, after a change of it.
    pub fn classifiers_unchanged(&self) {
        self.classifiers.reloaded(true);
    }

    /// Classifiers whose files have changed could not be loaded; those before stay in force.
    pub fn classifiers_failed(&self) {
        self.classifiers.reloaded(false);
    }

    /// So many questions wait.
    pub fn classifier_queue(&self, waiting: u64) {
        self.classifiers.queue(waiting);
    }
}
