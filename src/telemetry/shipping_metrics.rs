//! What became of records on their way to a collector, as metrics.
//!
//! Owns their names. Refuses to know records.

use ::metrics::{Counter, Gauge};

use super::register::Register;
use crate::shipping::exporter::Shipped;

pub(super) struct ShippingMetrics {
    exported: Counter,
    rejected: Counter,
    lost: Counter,
    failures: Counter,
    lag: Gauge,
}

impl ShippingMetrics {
    pub(super) fn new(register: &Register<'_>) -> Self {
        Self {
            exported: register.counter(
                "qwarden_otlp_exported_records_total",
                "Audit records that the collector has taken.",
                [],
            ),
            rejected: register.counter(
                "qwarden_otlp_rejected_records_total",
                "Audit records that the collector will never take.",
                [],
            ),
            lost: register.counter(
                "qwarden_otlp_lost_records_total",
                "Audit records that retention removed before they were exported.",
                [],
            ),
            failures: register.counter(
                "qwarden_otlp_failures_total",
                "Times that audit records could not be exported.",
                [],
            ),
            lag: register.gauge(
                "qwarden_otlp_lag_records",
                "Audit records that are in the log and that the collector has not taken yet.",
                [],
            ),
        }
    }

    pub(super) fn observe(&self, shipped: Shipped) {
        self.exported.absolute(shipped.exported);
        self.rejected.absolute(shipped.rejected);
        self.lost.absolute(shipped.lost);
        self.failures.absolute(shipped.failures);
        self.lag.set(shipped.lag as f64);
    }
}
