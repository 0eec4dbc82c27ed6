//! What the gateway says about itself while it runs: log events and metrics.
//!
//! Owns the set-up of both. Prompts, replies and anything else that a client wrote appear in
//! neither: events have fields of the gateway's own, and the labels of metrics come from closed
//! sets.

pub mod logging;

pub mod metrics;

mod audit_metrics;
mod cache_metrics;
mod classifier_metrics;
mod register;
mod shipping_metrics;

pub use logging::{LogFormat, LoggingError, init};
pub use metrics::{Metrics, UpstreamFault};
pub use metrics_exporter_prometheus::BuildError;
