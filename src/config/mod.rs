//! The configuration: `qwarden.yaml`, the environment and the flags as one checked value.
//!
//! What people write is read into a `document` whose every value knows where it came from; the
//! document is compiled into a [`Config`], whose values cannot be wrong. All faults of all sources
//! are told at once. Relative paths are relative to the configuration file's folder where they are
//! written in the file or are defaults beside one, and to the working directory where they come
//! from a variable or a flag.

mod compile;
mod document;
mod effective;
mod fault;
mod otlp;
mod reader;
mod source;
mod tree;

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Uri};

pub use effective::{Description, Effective};
pub use fault::{Fault, Faults};
pub use source::{FILE, File, Options};
pub use tree::Origin;

use crate::audit;
use crate::policy::Glob;
use document::Document;

/// Everything that can be set, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address that clients talk to.
    pub listen: SocketAddr,
    /// Address of the console, metrics and health.
    pub admin: SocketAddr,
    /// Backends, at least one; the first whose models match takes the request.
    pub upstreams: Vec<Upstream>,
    /// Folder of the policies.
    pub policies: PathBuf,
    /// Folder of the classifiers.
    pub classifiers: PathBuf,
    /// Whether that folder was named, so that it must be there.
    pub classifiers_named: bool,
    /// Threads that serve exchanges; `None` is one for each core.
    pub threads: Option<NonZero<usize>>,
    /// The audit log.
    pub audit: Audit,
    /// The collector that audit records are shipped to, if any.
    pub otlp: Option<crate::shipping::Settings>,
    /// The console.
    pub console: Console,
    /// Sizes and counts.
    pub limits: Limits,
    /// Times.
    pub timeouts: Timeouts,
    /// Whose exchange a request is.
    pub tenants: Tenants,
    /// Paths that are passed to the backend without being screened; each has a warning.
    pub open_paths: Vec<Arc<str>>,
    /// What is allowed and should be looked at; say it loudly at start-up.
    pub warnings: Vec<Fault>,
    effective: Vec<Effective>,
}

/// A backend.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its unique name: ASCII letters, digits, `.`, `-` and `_`.
    pub name: Arc<str>,
    /// Where it listens: scheme `http` or `https`, an authority, and a path to put before every request's
    /// (`/` for none).
    pub url: Uri,
    /// The models that it serves.
    pub models: Vec<Glob>,
}

/// The audit log.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Its folder.
    pub dir: PathBuf,
    /// How much text goes into records.
    pub capture: audit::Capture,
    /// How it is kept.
    pub settings: audit::Settings,
    /// Whether the index for search is kept level with it.
    pub index: bool,
}

/// The console on the admin listener.
#[derive(Debug, Clone, Default)]
pub struct Console {
    /// The token to log in with, or its Argon2id hash; `None` is one that is made at the first start.
    pub token: Option<Secret>,
    /// Names under which the console may be called, besides addresses and localhost.
    pub hosts: Vec<Arc<str>>,
}

/// A setting that must show nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// What it is.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Sizes in bytes, and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A request's body, as sent and as decoded.
    pub body_bytes: usize,
    /// A reply's body as decoded, whole or streamed.
    pub reply_bytes: usize,
    /// One event of a stream.
    pub frame_bytes: usize,
    /// Text of one stream that is held back.
    pub held_bytes: usize,
    /// All headers of a request together.
    pub header_bytes: usize,
    /// Exchanges at the same time.
    pub concurrency: usize,
    /// Judgements of texts that are kept for when they come again, all together; 0 keeps none.
    pub verdict_cache_bytes: usize,
    /// Threads that run classifiers; `None` is one for each core.
    pub classifier_threads: Option<NonZero<usize>>,
    /// Texts that may wait for a classifier; one more gets no answer.
    pub classifier_queue: usize,
    /// What classifiers said about windows of texts, kept for when these come again; 0 keeps none.
    pub classifier_cache_bytes: usize,
}

/// How long each part of an exchange may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Connecting to a backend.
    pub connect: Duration,
    /// The longest silence within a request's body; the whole of it has until `total`.
    pub request_body: Duration,
    /// Until the first byte of a backend's reply.
    pub first_byte: Duration,
    /// Between two chunks of a backend's reply.
    pub idle: Duration,
    /// The whole exchange.
    pub total: Duration,
    /// Open exchanges when the gateway is told to stop.
    pub drain: Duration,
    /// Until a classifier's answer; without one in time the policy's `failure` says what happens.
    pub classifier: Duration,
}

/// Whose exchange a request is.
#[derive(Debug, Clone)]
pub struct Tenants {
    /// The header that names the tenant. Whoever can reach the listener can write it, so it is
    /// believed only where it is set here; `None` makes every request the default tenant's.
    pub header: Option<HeaderName>,
    /// The tenant of a request without the header.
    pub default: Arc<str>,
}

impl Config {
    /// Reads the file, the environment and the options.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn load(options: &Options) -> Result<Self, Faults> {
        let file = File::find(options).map_err(|fault| Faults(vec![fault]))?;
        Self::from_sources(file.as_ref(), std::env::vars_os(), options)
    }

    /// The same for given sources; touches nothing of the world.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_sources(
        file: Option<&File>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        options: &Options,
    ) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        let tree = source::gather(file, environment, options, &mut faults);
        let document = Document::read(&tree, &mut faults);
        let config = compile::compile(&document, source::base(file), &mut faults);
        match config {
            Some(config) if faults.is_empty() => Ok(config),
            _ => Err(Faults(faults)),
        }
    }

    /// Every setting with the value in force and where it came from, one a line.
    #[must_use]
    pub fn describe(&self) -> Description<'_> {
        Description(&self.effective)
    }
}

#[cfg(test)]
mod tests;
