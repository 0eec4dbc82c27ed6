//! What the cache of judgements is worth, as metrics.
//!
//! Owns their names. Refuses to know texts.

use ::metrics::{Counter, Gauge};

use super::register::Register;

pub(super) struct CacheMetrics {
    hits: Counter,
    misses: Counter,
    entries: Gauge,
    bytes: Gauge,
}

impl CacheMetrics {
    pub(super) fn new(register: &Register<'_>) -> Self {
        let lookups = |outcome| {
            register.counter(
                "qwarden_verdict_cache_lookups_total",
                "Texts of prompts that were looked up among those judged before.",
                [("outcome", outcome)],
            )
        };
        Self {
            hits: lookups("hit"),
            misses: lookups("miss"),
            entries: register.gauge("qwarden_verdict_cache_entries", "Judgements that are kept, about.", []),
            bytes: register.gauge("qwarden_verdict_cache_bytes", "What they take, about.", []),
        }
    }

    pub(super) fn looked_up(&self, known: bool) {
        if known { &self.hits } else { &self.misses }.increment(1);
    }

    pub(super) fn holds(&self, entries: u64, bytes: u64) {
        self.entries.set(entries as f64);
        self.bytes.set(bytes as f64);
    }
}
