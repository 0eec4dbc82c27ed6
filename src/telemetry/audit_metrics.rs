//! The state of the audit log, as metrics.
//!
//! Owns their names. Refuses to know exchanges.

use ::metrics::{Counter, Gauge};

use super::metrics::seconds;
use super::register::Register;
use crate::audit;

pub(super) struct AuditMetrics {
    records: Counter,
    bytes: Counter,
    syncs: Counter,
    sync_seconds: Gauge,
    failures: Counter,
    lost: Counter,
    upkeep_failures: Counter,
    pub(super) refused: Counter,
    queue_used: Gauge,
    queue_size: Gauge,
    followers: Gauge,
    healthy: Gauge,
    pub(super) index_lag: Gauge,
    pub(super) index_failures: Counter,
}

impl AuditMetrics {
    pub(super) fn new(register: &Register<'_>) -> Self {
        Self {
            records: register.counter("qwarden_audit_records_total", "Records written.", []),
            bytes: register.counter("qwarden_audit_bytes_total", "Bytes of records written.", []),
            syncs: register.counter("qwarden_audit_syncs_total", "Waits for the disk.", []),
            sync_seconds: register.gauge(
                "qwarden_audit_sync_seconds_total",
                "Time spent waiting for the disk.",
                [],
            ),
            failures: register.counter("qwarden_audit_failures_total", "Times that the disk refused.", []),
            refused: register.counter(
                "qwarden_audit_refused_total",
                "Exchanges that were refused because the audit log had no room or its disk refused.",
                [],
            ),
            lost: register.counter(
                "qwarden_audit_lost_total",
                "Exchanges that left no record: the log was failing, and audit.failure is open.",
                [],
            ),
            upkeep_failures: register.counter(
                "qwarden_audit_upkeep_failures_total",
                "Times that sealing a segment, a checkpoint or retention failed.",
                [],
            ),
            queue_used: register.gauge(
                "qwarden_audit_queue_used",
                "Slots of the audit queue that are taken.",
                [],
            ),
            queue_size: register.gauge("qwarden_audit_queue_size", "Slots of the audit queue.", []),
            followers: register.gauge("qwarden_audit_followers", "Live followers of the audit log.", []),
            healthy: register.gauge("qwarden_audit_healthy", "1 when the audit log takes records.", []),
            index_lag: register.gauge(
                "qwarden_audit_index_lag_records",
                "Records that are in the audit log and not in its index yet.",
                [],
            ),
            index_failures: register.counter(
                "qwarden_audit_index_failures_total",
                "Times that the index could not be brought level with the audit log.",
                [],
            ),
        }
    }

    pub(super) fn observe(&self, log: &audit::Log) {
        let stats = log.stats();
        self.records.absolute(stats.records);
        self.bytes.absolute(stats.bytes);
        self.syncs.absolute(stats.syncs);
        self.sync_seconds.set(seconds(stats.sync_us));
        self.failures.absolute(stats.failures);
        self.lost.absolute(stats.lost);
        self.upkeep_failures.absolute(stats.upkeep_failures);
        self.queue_used.set(stats.queue_used as f64);
        self.queue_size.set(stats.queue_size as f64);
        self.followers.set(stats.followers as f64);
        self.healthy.set(if log.health() == audit::Health::Good { 1.0 } else { 0.0 });
    }
}
