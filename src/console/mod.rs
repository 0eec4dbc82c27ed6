//! The admin listener: health, readiness, metrics, and pages for people.
//!
//! Owns what operators see over HTTP on their own listener, never on the public one. Refuses to
//! reach into the gateway: it asks through [`Status`].

mod page;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

use crate::audit::Record;
use crate::policy::coverage::Coverage;

/// What the console asks the gateway.
pub trait Status: Send + Sync + 'static {
    /// Whether exchanges are served, and under what.
    fn readiness(&self) -> Readiness;
    /// All metrics in the Prometheus text format.
    fn metrics(&self) -> String;
    /// Which rules are in force on which surface.
    fn coverage(&self) -> Coverage<'static>;
    /// The last records, newest first. Reads the disk.
    fn recent(&self, count: usize) -> Vec<Record>;
}

/// Whether the gateway serves, and what an operator should know.
#[derive(Debug, Clone, Serialize)]
pub struct Readiness {
    /// Whether exchanges are served.
    pub ready: bool,
    /// Revision of the policies in force.
    pub revision: String,
    /// Number of rules in force.
    pub rules: usize,
    /// Why the last edit of the policies was not taken over; `None` when it was.
    pub policies_refused: Option<String>,
    /// Why the audit log takes no records; `None` when it does.
    pub audit_failed: Option<String>,
    /// Why audit records do not reach the collector, and how many wait; `None` when they do, or none is set.
    pub shipping: Option<String>,
    /// Surfaces that are open and on which no rule is in force.
    pub uncovered: Vec<String>,
}

/// The console's routes.
pub fn router(status: Arc<dyn Status>) -> Router {
    Router::new()
        .route("/", get(overview))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/coverage", get(coverage))
        .with_state(status)
}

async fn readyz(State(status): State<Arc<dyn Status>>) -> Response {
    let readiness = status.readiness();
    let code = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, axum::Json(readiness)).into_response()
}

async fn metrics(State(status): State<Arc<dyn Status>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], status.metrics()).into_response()
}

async fn coverage(State(status): State<Arc<dyn Status>>) -> String {
    status.coverage().to_string()
}

/// No script, no outside resource, no framing: a record's text can do nothing but be read.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
);

async fn overview(State(status): State<Arc<dyn Status>>) -> Response {
    let rendered = tokio::task::spawn_blocking(move || {
        page::overview(&status.readiness(), &status.coverage(), &status.recent(50))
    })
    .await;
    let Ok(html) = rendered else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = axum::response::Html(html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
