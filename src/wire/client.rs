//! The upstream: one backend, reached over pooled connections.
//!
//! Owns connecting, the pool, the deadlines up to the head of the response, and which requests may
//! be tried again. A response's body is read by whoever asked; dropping it, or the future that
//! waits for it, ends the call. Refuses to know what is asked, and sends nothing that `rewrite` did
//! not permit.

mod connect;

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::Connect;
use tokio::time::timeout;

use super::body::BoxError;
use crate::rewrite::Permitted;
use connect::{ConnectTimedOut, Plain, Tls};

/// What an upstream may take.
#[derive(Debug, Clone, Copy)]
pub struct UpstreamLimits {
    /// For a connection: name resolution, TCP and TLS together.
    pub connect_timeout: Duration,
    /// From sending the request to the head of the response, connecting included. A reply that is
    /// not streamed has its head when the model is done.
    pub first_byte_timeout: Duration,
    /// Idle connections that are kept.
    pub idle_connections: usize,
    /// How long an idle connection is kept. It should be shorter than the backend keeps it, or a
    /// request may be lost on a connection that is just being closed; vLLM and llama.cpp keep
    /// theirs for 5 seconds.
    pub idle_timeout: Duration,
}

impl Default for UpstreamLimits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(300),
            idle_connections: 256,
            idle_timeout: Duration::from_secs(4),
        }
    }
}

/// Why an upstream's address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// It is no URL at all.
    #[error("{url:?} is not a URL; write it like http://127.0.0.1:8000")]
    NotAUrl {
        /// As it was written.
        url: String,
    },
    /// It has a part that an upstream has no use for.
    #[error("the URL of an upstream has no {part}")]
    Unwanted {
        /// `user`, `query` or a `scheme other than http and https`.
        part: &'static str,
    },
    /// The system's root certificates, which `https` needs, cannot be read.
    #[error("https needs the system's root certificates, which cannot be read")]
    Roots(#[source] std::io::Error),
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// No connection: refused, no such host, no route, no TLS.
    #[error("the upstream cannot be reached")]
    Connect(#[source] BoxError),
    /// No connection within [`UpstreamLimits::connect_timeout`].
    #[error("the upstream did not take a connection in time")]
    ConnectTimeout,
    /// No head of a response within [`UpstreamLimits::first_byte_timeout`].
    #[error("the upstream did not begin to answer in time")]
    FirstByteTimeout,
    /// The connection broke before the head of the response was there.
    #[error("the upstream broke off before it answered")]
    Broken(#[source] BoxError),
    /// What came back is not HTTP, or is an HTTP that was not asked for.
    #[error("the upstream did not answer with valid HTTP")]
    Malformed(#[source] BoxError),
    /// The request's target does not make a URI behind the upstream's prefix.
    #[error("the target of the request cannot be sent upstream")]
    Target(#[source] http::Error),
}

impl UpstreamError {
    /// The stable name of the cause.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connect(_) => "upstream_unreachable",
            Self::ConnectTimeout | Self::FirstByteTimeout => "upstream_timeout",
            Self::Broken(_) | Self::Malformed(_) | Self::Target(_) => "upstream_error",
        }
    }

    /// The status that a client should see.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::ConnectTimeout | Self::FirstByteTimeout => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::BAD_GATEWAY,
        }
    }
}

/// One backend.
#[derive(Debug, Clone)]
pub struct Upstream {
    scheme: Scheme,
    authority: Authority,
    host: HeaderValue,
    /// Goes before every target: empty, or with a leading and no trailing slash.
    prefix: String,
    limits: UpstreamLimits,
    pool: Pool,
}

#[derive(Debug, Clone)]
enum Pool {
    Plain(Client<Plain, Full<Bytes>>),
    Tls(Client<Tls, Full<Bytes>>),
}

impl Upstream {
    /// The backend at `url`, which may have a path: it goes before the path of every request.
    ///
    /// # Errors
    /// [`AddressError`] where the URL is wrong, or `https` is not to be had.
    pub fn new(url: &str, limits: UpstreamLimits) -> Result<Self, AddressError> {
        let not_a_url = || AddressError::NotAUrl { url: url.to_owned() };
        let parts = url.parse::<Uri>().map_err(|_| not_a_url())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(not_a_url());
        };
        if authority.as_str().contains('@') {
            return Err(AddressError::Unwanted { part: "user" });
        }
        let path = parts.path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/"));
        if path.query().is_some() {
            return Err(AddressError::Unwanted { part: "query" });
        }
        let pool = if scheme == Scheme::HTTP {
            Pool::Plain(connect::pool(connect::plain(limits.connect_timeout), &limits))
        } else if scheme == Scheme::HTTPS {
            let tls = connect::tls(limits.connect_timeout).map_err(AddressError::Roots)?;
            Pool::Tls(connect::pool(tls, &limits))
        } else {
            return Err(AddressError::Unwanted { part: "scheme other than http and https" });
        };
        Ok(Self {
            host: HeaderValue::from_str(authority.as_str()).map_err(|_| not_a_url())?,
            prefix: path.path().trim_end_matches('/').to_owned(),
            scheme,
            authority,
            limits,
            pool,
        })
    }

    /// The limits that it was made with.
    #[must_use]
    pub fn limits(&self) -> &UpstreamLimits {
        &self.limits
    }

    /// Sends a request to its path behind the upstream's prefix; `Host` and the framing of the body
    /// are set here.
    ///
    /// A pooled connection that turns out to be closed before anything was written is replaced by
    /// another. Once a request may have been seen, only `GET`, `HEAD` and `OPTIONS` are sent a
    /// second time: a completion must not be paid for twice.
    ///
    /// # Errors
    /// [`UpstreamError`]; none comes later than the first-byte time-out.
    pub async fn send(
        &self,
        request: Permitted<Request<Bytes>>,
    ) -> Result<Response<Incoming>, UpstreamError> {
        let request = self.address(request.into_inner()).map_err(UpstreamError::Target)?;
        let answered = async {
            match &self.pool {
                Pool::Plain(client) => exchange(client, request).await,
                Pool::Tls(client) => exchange(client, request).await,
            }
        };
        match timeout(self.limits.first_byte_timeout, answered).await {
            Ok(answered) => answered,
            Err(_) => Err(UpstreamError::FirstByteTimeout),
        }
    }

    fn address(&self, request: Request<Bytes>) -> Result<Request<Bytes>, http::Error> {
        let (mut parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        let target = if self.prefix.is_empty() {
            target
        } else {
            PathAndQuery::from_maybe_shared(format!("{}{target}", self.prefix))?
        };
        parts.uri = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(target)
            .build()?;
        parts.version = Version::HTTP_11;
        parts.headers.insert(HOST, self.host.clone());
        parts.headers.remove(CONTENT_LENGTH);
        parts.headers.remove(TRANSFER_ENCODING);
        // What the server put there is nothing to the client.
        parts.extensions = http::Extensions::new();
        Ok(Request::from_parts(parts, body))
    }
}

async fn exchange<C>(
    client: &Client<C, Full<Bytes>>,
    request: Request<Bytes>,
) -> Result<Response<Incoming>, UpstreamError>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let again =
        matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS).then(|| request.clone());
    let mut answered = client.request(request.map(Full::new)).await.map_err(classify);
    if let (Err(UpstreamError::Broken(_)), Some(again)) = (&answered, again) {
        answered = client.request(again.map(Full::new)).await.map_err(classify);
    }
    let response = answered?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(UpstreamError::Malformed("it switched to a protocol that was not asked for".into()));
    }
    Ok(response)
}

fn classify(error: hyper_util::client::legacy::Error) -> UpstreamError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    let mut parse = false;
    while let Some(error) = cause {
        if error.is::<ConnectTimedOut>() {
            return UpstreamError::ConnectTimeout;
        }
        parse |= error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse);
        cause = error.source();
    }
    match error {
        error if error.is_connect() => UpstreamError::Connect(error.into()),
        error if parse => UpstreamError::Malformed(error.into()),
        error => UpstreamError::Broken(error.into()),
    }
}

#[cfg(test)]
mod tests;
