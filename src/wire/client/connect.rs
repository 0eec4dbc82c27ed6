//! Connectors: TCP, with or without TLS, under one deadline.
//!
//! Owns how a connection comes about. Refuses to know what goes over it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower::Service;

use super::UpstreamLimits;
use crate::wire::body::BoxError;

pub(super) type Plain = Timed<HttpConnector>;
pub(super) type Tls = Timed<HttpsConnector<HttpConnector>>;

/// A connector without TLS.
pub(super) fn plain(deadline: Duration) -> Plain {
    Timed { connector: tcp(), deadline }
}

/// A connector with TLS (ring, and the system's root certificates).
pub(super) fn tls(deadline: Duration) -> io::Result<Tls> {
    let mut tcp = tcp();
    tcp.enforce_http(false);
    // The provider is named, because another crate may bring a second one into the build.
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
        .https_only()
        .enable_http1()
        .wrap_connector(tcp);
    Ok(Timed { connector, deadline })
}

fn tcp() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector
}

/// A client that keeps idle connections as the limits say.
pub(super) fn pool<C: Connect + Clone>(connector: C, limits: &UpstreamLimits) -> Client<C, Full<Bytes>> {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(limits.idle_timeout)
        .pool_max_idle_per_host(limits.idle_connections)
        .set_host(false)
        .build(connector)
}

/// A connection was not made in time.
#[derive(Debug, thiserror::Error)]
#[error("no connection in time")]
pub(super) struct ConnectTimedOut;

/// A connector under a deadline.
#[derive(Debug, Clone)]
pub(super) struct Timed<C> {
    pub(super) connector: C,
    pub(super) deadline: Duration,
}

impl<C> Service<Uri> for Timed<C>
where
    C: Service<Uri, Error: Into<BoxError>, Future: Send + 'static>,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.deadline, self.connector.call(target));
        Box::pin(async move {
            match connecting.await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => Err(ConnectTimedOut.into()),
            }
        })
    }
}
