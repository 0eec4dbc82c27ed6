//! Registering series by name and labels.
//!
//! Owns the rule that labels are names from the source code, never from a request. Refuses to know
//! which metrics there are.

use ::metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder as _, Unit};
use metrics_exporter_prometheus::PrometheusRecorder;

/// What the exporter asks for and does not use.
pub(super) const METADATA: Metadata<'static> = Metadata::new("qwarden", Level::INFO, None);

/// Registers series with labels of closed sets only: `&'static str` is as close as a type gets.
pub(super) struct Register<'a>(pub(super) &'a PrometheusRecorder);

impl Register<'_> {
    fn key<const N: usize>(name: &'static str, labels: [(&'static str, &'static str); N]) -> Key {
        let label = |(key, value)| Label::from_static_parts(key, value);
        Key::from_parts(name, labels.into_iter().map(label).collect::<Vec<_>>())
    }

    pub(super) fn describe_counter(&self, name: &'static str, help: &'static str) {
        self.0.describe_counter(KeyName::from_const_str(name), None, help.into());
    }

    pub(super) fn describe_gauge(&self, name: &'static str, help: &'static str) {
        self.0.describe_gauge(KeyName::from_const_str(name), None, help.into());
    }

    pub(super) fn counter<const N: usize>(
        &self,
        name: &'static str,
        help: &'static str,
        labels: [(&'static str, &'static str); N],
    ) -> Counter {
        self.describe_counter(name, help);
        self.0.register_counter(&Self::key(name, labels), &METADATA)
    }

    pub(super) fn gauge<const N: usize>(
        &self,
        name: &'static str,
        help: &'static str,
        labels: [(&'static str, &'static str); N],
    ) -> Gauge {
        self.describe_gauge(name, help);
        self.0.register_gauge(&Self::key(name, labels), &METADATA)
    }

    pub(super) fn histogram<const N: usize>(
        &self,
        name: &'static str,
        unit: Unit,
        help: &'static str,
        labels: [(&'static str, &'static str); N],
    ) -> Histogram {
        self.0.describe_histogram(KeyName::from_const_str(name), Some(unit), help.into());
        self.0.register_histogram(&Self::key(name, labels), &METADATA)
    }
}
