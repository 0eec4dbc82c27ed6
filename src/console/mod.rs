//! The admin listener: health, readiness, metrics, and pages for people.
//!
//! Owns what operators see over HTTP on their own listener, never on the public one. Refuses to
//! reach into the gateway: it asks through [`Status`]. Every text of a record is somebody else's: it is
//! escaped where it is shown, and what cannot be seen in it is written out.
//!
//! In reading order: [`status`] is what it asks, [`access`] who may look, `archive` and `summary` ask the
//! audit log, `marked`, `views` and `chart` are what templates are handed, `render` makes pages of them,
//! `pages` has a file each.

pub mod access;
mod archive;
mod assets;
mod chart;
mod marked;
mod pages;
mod render;
pub mod status;
mod summary;
mod views;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::{Semaphore, watch};

pub use access::{Keyring, TokenError};
pub use status::{Drafted, Question, Readiness, Status, Verdict, Winner};

use access::{Access, guard, login};
use archive::Archive;
use render::Templates;
use summary::Summary;

/// Pages that are put together at the same time.
const PAGES: usize = 4;
/// Texts that are judged at the same time.
const JUDGING: usize = 1;
/// Live feeds at the same time.
const FEEDS: usize = 32;
/// Bytes of a form: a text to judge and a policy file.
const FORM: usize = 10 << 20;

/// How the console is set up.
#[derive(Debug)]
pub struct Setup {
    /// The admin token.
    pub keyring: Keyring,
    /// Names under which the console may be called, besides addresses and localhost; in lower case.
    pub hosts: Vec<String>,
    /// Becomes true when the gateway stops.
    pub stopped: watch::Receiver<bool>,
}

/// Everything that the pages share.
struct Console {
    status: Arc<dyn Status>,
    access: Access,
    archive: Archive,
    summary: Summary,
    templates: Templates,
    verifying: pages::verify::Job,
    replaying: pages::replay::Job,
    paging: Arc<Semaphore>,
    judging: Arc<Semaphore>,
    checking: Arc<Semaphore>,
    trying: Arc<Semaphore>,
    feeds: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

/// The console's routes.
///
/// # Errors
/// When the system has no random numbers.
pub fn router(status: Arc<dyn Status>, setup: Setup) -> Result<Router, TokenError> {
    let console = Arc::new(Console {
        access: Access::new(setup.keyring, setup.hosts)?,
        archive: Archive::new(status.audit_dir()),
        summary: Summary::default(),
        templates: Templates::new(),
        verifying: pages::verify::Job::default(),
        replaying: pages::replay::Job::default(),
        paging: Arc::new(Semaphore::new(PAGES)),
        judging: Arc::new(Semaphore::new(JUDGING)),
        checking: Arc::new(Semaphore::new(1)),
        trying: Arc::new(Semaphore::new(1)),
        feeds: Arc::new(Semaphore::new(FEEDS)),
        stopped: setup.stopped,
        status: status.clone(),
    });
    let inside = Router::new()
        .route("/", get(pages::overview::page))
        .route("/live", get(pages::live::page))
        .route("/live/events", get(pages::live::events))
        .route("/search", get(pages::search::page))
        .route("/record/{key}", get(pages::record::page))
        .route("/record/{key}/mark", post(pages::record::mark))
        .route("/policies", get(pages::policies::list))
        .route("/policies/{name}", get(pages::policies::one))
        .route("/playground", get(pages::playground::form).post(pages::playground::judge))
        .route("/replay", get(pages::replay::page).post(pages::replay::start))
        .route("/replay/state", get(pages::replay::state))
        .route("/verify", get(pages::verify::page).post(pages::verify::start))
        .route("/verify/state", get(pages::verify::state))
        .route("/coverage", get(coverage))
        .route("/logout", post(login::leave))
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(FORM))
        .layer(from_fn_with_state(console.clone(), guard::session));
    let before = Router::new()
        .route("/login", get(login::page).post(login::enter))
        .route("/assets/{name}", get(assets::file))
        .layer(DefaultBodyLimit::max(16 << 10));
    let pages = inside
        .merge(before)
        .layer(from_fn_with_state(console.clone(), guard::named))
        .layer(from_fn(guard::headers))
        .with_state(console);
    // Programs that watch the gateway ask these, by whatever name they know it, and they tell no text.
    let open = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(status);
    Ok(open.merge(pages))
}

async fn readyz(State(status): State<Arc<dyn Status>>) -> Response {
    let readiness = status.readiness();
    let code = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, axum::Json(readiness)).into_response()
}

async fn metrics(State(status): State<Arc<dyn Status>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], status.metrics()).into_response()
}

async fn coverage(State(console): State<Arc<Console>>) -> String {
    console.status.coverage().to_string()
}
