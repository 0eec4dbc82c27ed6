//! Shipping: records of the audit log, as log records of OpenTelemetry, to a collector.
//!
//! Owns the follower that reads the log's files as the index does, the position that it has reached (kept in a
//! file), the form of a record in OTLP, and the sending over HTTP. Nothing of it stands in the way of an exchange:
//! it shares no queue with the writer, and a collector that is down costs nothing but room on the disk. Refuses to know
//! policies, and to send more than a record holds.
//!
//! In reading order: [`Settings`]; `position` is how far it is; `source` reads what is next; `record` is its form in
//! OTLP; `client` sends; [`exporter`] is the thread.

mod client;
pub mod exporter;
mod position;
mod record;
mod source;

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, Uri};

pub use exporter::Exporter;
pub use position::FILE;
pub use record::request;

/// Where records go, and what of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The collector, as a whole URL with the path (`…/v1/logs`).
    pub endpoint: Uri,
    /// Headers of each request; they may hold secrets.
    pub headers: HeaderMap,
    /// Whether texts go with them (prompt, reply, excerpts), as far as the record holds them.
    pub content: bool,
    /// How long one request may take.
    pub timeout: Duration,
}

impl fmt::Debug for Settings {
    /// Without the values of headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("endpoint", &self.endpoint)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("content", &self.content)
            .field("timeout", &self.timeout)
            .finish()
    }
}
