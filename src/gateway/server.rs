//! The gateway as a running thing: listeners, signals, and an orderly end.
//!
//! Owns start-up and shutdown. Refuses to know exchanges; `layers` does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Gateway, layers, reload};
use crate::audit::{Draft, Ended, Failure, Health, Record, query};
use crate::console::{self, Readiness, Status};
use crate::policy;
use crate::wire::{self, Malformed};

/// A gateway whose listeners are open.
#[derive(Debug)]
pub struct Server {
    gateway: Arc<Gateway>,
    public: TcpListener,
    admin: TcpListener,
}

/// A listener that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct ListenError {
    /// The address that was asked for.
    pub address: SocketAddr,
    /// Why not.
    pub source: std::io::Error,
}

impl Server {
    /// Opens both listeners.
    ///
    /// # Errors
    /// When an address cannot be listened on.
    pub async fn bind(gateway: Gateway) -> Result<Self, ListenError> {
        let bind = async |address| {
            TcpListener::bind(address).await.map_err(|source| ListenError { address, source })
        };
        let public = bind(gateway.config.listen).await?;
        let admin = bind(gateway.config.admin).await?;
        Ok(Self { gateway: Arc::new(gateway), public, admin })
    }

    /// The address that clients talk to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.public.local_addr().unwrap_or(self.gateway.config.listen)
    }

    /// The address of the console.
    #[must_use]
    pub fn admin_address(&self) -> SocketAddr {
        self.admin.local_addr().unwrap_or(self.gateway.config.admin)
    }

    /// Serves until `shutdown` resolves, lets running exchanges end, and closes the log.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { gateway, public, admin } = self;
        let (stop, stopped) = watch::channel(false);
        let console = tokio::spawn(serve_console(admin, gateway.clone(), stopped));
        let upkeep = tokio::spawn({
            let gateway = gateway.clone();
            async move { gateway.metrics.keep_up().await }
        });
        let current = gateway.rules.current();
        gateway.metrics.policies_loaded(current.revision.as_str(), current.policies().rules.len(), None);
        drop(current);
        let reloads = tokio::spawn(reload::keep_current(gateway.clone()));
        let service = layers::stack(gateway.clone());
        let recorder = gateway.clone();
        let on_malformed = move |peer, malformed| record_malformed(&recorder, peer, &malformed);
        let limits = wire::server::Limits {
            head_bytes: u32::try_from(gateway.config.limits.header_bytes).unwrap_or(u32::MAX),
            drain: gateway.config.timeouts.drain,
            ..wire::server::Limits::default()
        };
        let stopping = gateway.clone();
        let shutdown = async move {
            shutdown.await;
            let _ = stopping.stopping.set(Instant::now());
        };
        let drained = wire::serve(public, service, on_malformed, limits, shutdown).await;
        if drained.cut > 0 {
            tracing::warn!(connections = drained.cut, "connections were cut at the end of the drain");
        }
        reloads.abort();
        upkeep.abort();
        let _ = stop.send(true);
        let _ = console.await;
        match Arc::try_unwrap(gateway) {
            Ok(gateway) => gateway.close().await,
            // A cut connection may still hold the gateway for a moment; its record is queued by its drop.
            Err(gateway) => gateway.log_settled().await,
        }
    }
}

/// A request that no exchange ever saw still leaves a record. Gives the exchange's id.
fn record_malformed(gateway: &Gateway, peer: Option<SocketAddr>, malformed: &Malformed) -> String {
    let draft = Draft {
        tenant: gateway.config.tenants.default.clone(),
        client: peer.map(|peer| peer.ip().to_string()).unwrap_or_default(),
        revision: gateway.rules.current().revision.as_str().into(),
        status: Some(malformed.status.as_u16()),
        ended: Ended::Refused,
        code: Some(malformed.code.into()),
        ..Draft::default()
    };
    let id = draft.id.clone();
    match gateway.log.open_entry() {
        Ok(entry) => drop(entry.complete(draft)),
        Err(error) => {
            gateway.metrics.audit_refused();
            tracing::error!(%id, %error, "a malformed request could not be recorded");
        }
    }
    id
}

async fn serve_console(listener: TcpListener, gateway: Arc<Gateway>, mut stopped: watch::Receiver<bool>) {
    let router = console::router(gateway);
    let stop = async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::error!(%error, "the console's listener failed");
    }
}

impl Status for Gateway {
    fn readiness(&self) -> Readiness {
        let rulebook = self.rules.current();
        let audit_failed = match self.log.health() {
            Health::Good => None,
            Health::Failed { reason, .. } => Some(reason.to_string()),
            Health::Closed => Some("closed".to_owned()),
        };
        let surfaces = super::surfaces::all();
        let report = policy::coverage::coverage(rulebook.policies(), &surfaces);
        let uncovered = report
            .surfaces
            .iter()
            .filter(|one| one.rules.is_empty())
            .map(|one| super::surfaces::name(&one.surface))
            .collect();
        Readiness {
            // Where failure is open the gateway serves all the same; what fails is said either way.
            ready: audit_failed.is_none()
                || (self.log.failure() == Failure::Open && self.log.health() != Health::Closed),
            revision: rulebook.revision.to_string(),
            rules: rulebook.policies().rules.len(),
            policies_refused: self.rules.state().refused,
            audit_failed,
            shipping: self.shipping_problem(),
            uncovered,
        }
    }

    fn metrics(&self) -> String {
        if let Some(index) = &self.index {
            self.metrics.audit_index(index.lag(self.log.stats().records), index.failures());
        }
        self.metrics.classifier_queue(self.rules.current().classifiers.counts().waiting);
        if let Some(shipping) = &self.shipping {
            self.metrics.shipped(shipping.shipped(self.log.stats().records));
        }
        self.metrics.render(Some(&self.log))
    }

    fn coverage(&self) -> policy::coverage::Coverage<'static> {
        policy::coverage::coverage(self.rules.current().policies(), &super::surfaces::all())
    }

    fn recent(&self, count: usize) -> Vec<Record> {
        let Ok(mut lines) = query::tail(&self.config.audit.dir, count) else { return Vec::new() };
        lines.reverse();
        lines.into_iter().filter_map(|stored| stored.record.ok().map(|record| *record)).collect()
    }
}
