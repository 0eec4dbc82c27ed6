//! Sending a batch to the collector, and what its answer means.
//!
//! Owns the connection and the reading of answers: what was taken, what is to be tried again, and what never will be
//! taken. Refuses to know records.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use prost::Message as _;

use super::Settings;

/// Bytes of an answer that are read.
const ANSWER: usize = 64 * 1024;
/// Characters of what a collector says that go into the log.
const TOLD: usize = 200;
/// The longest time that a collector may ask to be left alone for.
const LONGEST: Duration = Duration::from_secs(300);

/// What the collector said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has taken the batch, but for so many records, which it will never take.
    Taken {
        /// Records that it refused.
        rejected: u64,
        /// Why, in its words.
        message: String,
    },
    /// It does not take it now.
    Later {
        /// Why.
        reason: String,
        /// When it wants to be asked again.
        after: Option<Duration>,
    },
    /// It will never take it as it is.
    Refused {
        /// Its status.
        status: u16,
    },
}

/// A connection to the collector.
#[derive(Debug)]
pub(super) struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    settings: Settings,
}

impl Client {
    /// A client; connects when it sends. Fails where the system's root certificates are needed and cannot be read.
    pub(super) fn new(settings: Settings) -> std::io::Result<Self> {
        let provider = rustls::crypto::ring::default_provider();
        let config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(std::io::Error::other)?;
        let config = if settings.endpoint.scheme_str() == Some("https") {
            config.with_native_roots()?
        } else {
            config.with_root_certificates(rustls::RootCertStore::empty())
        };
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config.with_no_client_auth())
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self { pool: Pool::builder(TokioExecutor::new()).build(connector), settings })
    }

    /// Sends a batch and waits for the answer.
    pub(super) async fn send(&self, batch: &ExportLogsServiceRequest) -> Answer {
        let later = |reason: String| Answer::Later { reason, after: None };
        let mut request = Request::new(Full::new(Bytes::from(batch.encode_to_vec())));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.settings.endpoint.clone();
        *request.headers_mut() = self.settings.headers.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let exchange = async {
            let response = self.pool.request(request).await.map_err(|error| causes(&error))?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, ANSWER).collect().await.map(|body| body.to_bytes());
            Ok::<_, String>((head, body.unwrap_or_default()))
        };
        match tokio::time::timeout(self.settings.timeout, exchange).await {
            Err(_) => later("no answer in time".to_owned()),
            Ok(Err(reason)) => later(reason),
            Ok(Ok((head, body))) => read(head.status, &head.headers, &body),
        }
    }
}

/// What an answer means.
pub(super) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Answer {
    if status.is_success() {
        // A body that is none of OTLP's says nothing: the batch was taken.
        let partial = ExportLogsServiceResponse::decode(body).ok().and_then(|answer| answer.partial_success);
        let (rejected, message) = partial.map_or((0, String::new()), |partial| {
            (u64::try_from(partial.rejected_log_records).unwrap_or(0), partial.error_message)
        });
        return Answer::Taken { rejected, message: message.chars().take(TOLD).collect() };
    }
    match status.as_u16() {
        // What the batch holds is wrong for it. Everything else (a wrong path, a wrong key, overload) may be mended.
        status @ (400 | 413 | 422) => Answer::Refused { status },
        status => {
            let after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            let after = after.map(|seconds| Duration::from_secs(seconds).min(LONGEST));
            Answer::Later { reason: format!("it answers with status {status}"), after }
        }
    }
}

/// An error with its causes, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
