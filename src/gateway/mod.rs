//! The gateway: the one place where all rooms meet.
//!
//! Owns the composition (which upstreams, which rules, which log), the stack of layers around an
//! exchange, and the life of an exchange, whole and streamed. Refuses to do the rooms' work: it
//! hands bytes from one to the next.

mod asking;
mod console_status;
mod exchange;
mod fault;
mod findings;
pub mod installed;
mod layers;
mod masking;
mod passing;
mod pump;
pub mod reload;
pub mod rules;
pub mod server;
pub mod single;
pub mod surfaces;
mod trail;
pub mod verdicts;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::audit::Log;
use crate::audit::index::background::Follower;
use crate::config::Config;
use crate::policy::Glob;
use crate::shipping::Exporter;
use crate::telemetry::Metrics;
use crate::wire::{Upstream, UpstreamLimits};
use rules::Rules;
use verdicts::Verdicts;

/// Everything that exchanges share.
#[derive(Debug)]
pub struct Gateway {
    /// What the operator asked for.
    pub config: Config,
    /// The rules in force.
    pub rules: Rules,
    /// The audit log.
    pub log: Log,
    /// Counters and histograms.
    pub metrics: Metrics,
    /// The thread that keeps the log's index level, where there is one.
    index: Option<Follower>,
    /// The thread that brings records to a collector, where one is set.
    shipping: Option<Exporter>,
    upstreams: Vec<Backend>,
    admission: Arc<Semaphore>,
    verdicts: Verdicts,
    /// When the gateway was told to stop.
    stopping: OnceLock<Instant>,
}

#[derive(Debug)]
struct Backend {
    models: Vec<Glob>,
    upstream: Upstream,
}

/// Why a gateway cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// An upstream's address cannot be used.
    #[error("the upstream {name} cannot be used")]
    Upstream {
        /// Its name in the configuration.
        name: String,
        /// What is wrong.
        source: crate::wire::AddressError,
    },
    /// The metrics cannot be set up.
    #[error("the metrics cannot be set up")]
    Metrics(#[from] crate::telemetry::BuildError),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    Random(#[from] getrandom::Error),
}

/// How long the log may take to write what is queued when the gateway ends.
const CLOSE: Duration = Duration::from_secs(10);

impl Gateway {
    /// Puts a gateway together.
    ///
    /// # Errors
    /// When an upstream's address cannot be used.
    pub fn new(config: Config, rules: Rules, log: Log) -> Result<Self, BuildError> {
        let mut upstreams = Vec::new();
        for upstream in &config.upstreams {
            let limits = UpstreamLimits {
                connect_timeout: config.timeouts.connect,
                first_byte_timeout: config.timeouts.first_byte,
                ..UpstreamLimits::default()
            };
            let built = Upstream::new(&upstream.url.to_string(), limits)
                .map_err(|source| BuildError::Upstream { name: upstream.name.to_string(), source })?;
            upstreams.push(Backend { models: upstream.models.clone(), upstream: built });
        }
        let admission = Arc::new(Semaphore::new(config.limits.concurrency));
        let dialects = crate::dialect::all().iter().map(|dialect| dialect.name());
        let metrics = Metrics::new(dialects.chain([crate::dialect::openai_moderations::NAME]))?;
        let verdicts = Verdicts::new(config.limits.verdict_cache_bytes)?;
        Ok(Self {
            config,
            rules,
            log,
            metrics,
            index: None,
            shipping: None,
            upstreams,
            admission,
            verdicts,
            stopping: OnceLock::new(),
        })
    }

    /// Takes over the thread that keeps the log's index level; it ends with the gateway.
    #[must_use]
    pub fn with_index(mut self, index: Option<Follower>) -> Self {
        self.index = index;
        self
    }

    /// Takes over the thread that brings records to a collector; it ends with the gateway.
    #[must_use]
    pub fn with_shipping(mut self, shipping: Option<Exporter>) -> Self {
        self.shipping = shipping;
        self
    }

    /// Why records do not reach the collector, and how many wait.
    fn shipping_problem(&self) -> Option<String> {
        let shipping = self.shipping.as_ref()?;
        let problem = shipping.problem()?;
        Some(format!("{problem}; {} records wait", shipping.shipped(self.log.stats().records).lag))
    }

    /// Whether exchanges that are still going on are being cut, because the drain is over.
    fn cuts(&self) -> bool {
        self.stopping.get().is_some_and(|since| since.elapsed() >= self.config.timeouts.drain)
    }

    /// Writes what is queued and closes the log.
    async fn close(self) {
        match tokio::time::timeout(CLOSE, self.log.close()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the audit log was not closed in order"),
            Err(_) => tracing::error!("the audit log took too long to close"),
        }
    }

    /// Gives the log time to write what is queued.
    async fn log_settled(&self) {
        let settled = async {
            while self.log.stats().queue_used > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = tokio::time::timeout(CLOSE, settled).await;
    }

    /// The first upstream that serves the model; the first of all where no model is named.
    fn upstream(&self, model: &str) -> Option<&Upstream> {
        self.upstreams
            .iter()
            .find(|backend| model.is_empty() || backend.models.iter().any(|glob| glob.matches(model)))
            .map(|backend| &backend.upstream)
    }
}
