//! The gateway as a running thing: listeners, signals, and an orderly end.
//!
//! Owns start-up and shutdown. Refuses to know exchanges; `layers` does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Gateway, layers, reload};
use crate::audit::{Draft, Ended};
use crate::console::{self, Keyring, TokenError};
use crate::wire::{self, Malformed};

/// A gateway whose listeners are open.
#[derive(Debug)]
pub struct Server {
    gateway: Arc<Gateway>,
    public: TcpListener,
    admin: TcpListener,
    keyring: Keyring,
    new_token: Option<String>,
}

/// A server that cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// A listener cannot be opened.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Nobody could log in to the console.
    #[error("the console has no token")]
    Token(#[from] TokenError),
}

impl Server {
    /// Opens both listeners, and finds or makes the console's token.
    ///
    /// # Errors
    /// When an address cannot be listened on, or there can be no token.
    pub async fn bind(gateway: Gateway) -> Result<Self, BindError> {
        let bind = async |address| {
            TcpListener::bind(address).await.map_err(|source| BindError::Listen { address, source })
        };
        let public = bind(gateway.config.listen).await?;
        let admin = bind(gateway.config.admin).await?;
        let (keyring, new_token) = match &gateway.config.console.token {
            Some(token) => (Keyring::of_setting(token.reveal())?, None),
            None => Keyring::of_folder(&gateway.config.audit.dir)?,
        };
        Ok(Self { gateway: Arc::new(gateway), public, admin, keyring, new_token })
    }

    /// The token that was made for the console just now, where none was set and none made before. It is kept
    /// as its hash only, so this is the one time that it can be told.
    #[must_use]
    pub fn new_token(&self) -> Option<&str> {
        self.new_token.as_deref()
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
        let Self { gateway, public, admin, keyring, new_token: _ } = self;
        let (stop, stopped) = watch::channel(false);
        let console = tokio::spawn(serve_console(admin, gateway.clone(), keyring, stopped));
        let upkeep = tokio::spawn({
            let gateway = gateway.clone();
            async move { gateway.metrics.keep_up().await }
        });
        let current = gateway.rules.current();
        gateway.metrics.policies_loaded(current.revision.as_str(), current.policies().rules.len(), None);
        gateway.metrics.classifiers_in_force(current.classifiers.models().len());
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

/// How long the console's last answers may take when the gateway ends.
const CONSOLE_DRAIN: Duration = Duration::from_secs(2);

async fn serve_console(
    listener: TcpListener,
    gateway: Arc<Gateway>,
    keyring: Keyring,
    mut stopped: watch::Receiver<bool>,
) {
    let hosts = gateway.config.console.hosts.iter().map(|host| host.to_string()).collect();
    let setup = console::Setup { keyring, hosts, stopped: stopped.clone() };
    let router = match console::router(gateway, setup) {
        Ok(router) => router.into_make_service_with_connect_info::<SocketAddr>(),
        Err(error) => {
            tracing::error!(%error, "the console cannot be served");
            return;
        }
    };
    let mut ending = stopped.clone();
    let stop = async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let served = axum::serve(listener, router).with_graceful_shutdown(stop);
    let over = async move {
        let _ = ending.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(CONSOLE_DRAIN).await;
    };
    tokio::select! {
        outcome = served => {
            if let Err(error) = outcome {
                tracing::error!(%error, "the console's listener failed");
            }
        }
        () = over => tracing::debug!("answers of the console were cut"),
    }
}
