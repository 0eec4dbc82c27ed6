//! The stack around an exchange, outermost first, and why each layer sits where it does.
//!
//! Owns what every exchange goes through whatever its API is: a name, a span, a record, a rescuer,
//! a place. Refuses to look into bodies. Time-outs, the cap on bodies and the choice of the tenant
//! belong to the exchange, since they answer in the shape of the API that was called.

use std::any::Any;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Request, Response};
use hyper::body::Incoming;
use tower::{Layer, Service, ServiceBuilder};
use tracing::Instrument;
use uuid::Uuid;

use super::Gateway;
use super::exchange::{Exchange, JSON, Streaming, respond};
use super::fault::Fault;
use super::trail::SharedTrail;
use crate::audit::Ended;
use crate::dialect::{Dialect, Route};
use crate::rewrite::own;
use crate::wire::{Peer, ReplyBody};

type Answer = Result<Response<ReplyBody>, Infallible>;

const ID: HeaderName = HeaderName::from_static("x-qwarden-id");
const ACTION: HeaderName = HeaderName::from_static("x-qwarden-action");
const RULE: HeaderName = HeaderName::from_static("x-qwarden-rule");
const REVISION: HeaderName = HeaderName::from_static("x-qwarden-revision");

/// The id of an exchange.
#[derive(Debug, Clone)]
struct ExchangeId(String);

/// The service that answers every request of the public listener.
pub(super) fn stack(
    gateway: Arc<Gateway>,
) -> impl Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static {
    let (for_trail, for_admission) = (gateway.clone(), gateway.clone());
    ServiceBuilder::new()
        // Whatever answers, and be it an error, names the exchange.
        .layer(step(identify))
        // Log lines of everything further in carry that name.
        .layer(step(span))
        // Outside the rescuer, so that the record says what the client really got.
        .layer(step(move |request, next| record(for_trail.clone(), request, next)))
        // A panic further in becomes an answer and a record, not a broken connection.
        .layer(step(rescue))
        // Refuses at once what it has no room for, before a byte of the body is read.
        .layer(step(move |request, next| admit(for_admission.clone(), request, next)))
        // Boxed, or every layer further out would move all of it once more.
        .service_fn(move |request| Box::pin(exchange(gateway.clone(), request)))
}

async fn identify<S: Next>(mut request: Request<Incoming>, mut next: S) -> Answer {
    let id = Uuid::now_v7().to_string();
    let header = HeaderValue::from_str(&id);
    request.extensions_mut().insert(ExchangeId(id));
    let mut response = next.call(request).await?;
    if let Ok(header) = header {
        response.headers_mut().insert(ID, header);
    }
    Ok(response)
}

async fn span<S: Next>(request: Request<Incoming>, mut next: S) -> Answer {
    let span = tracing::debug_span!("exchange", id = %id_of(&request));
    next.call(request).instrument(span).await
}

async fn record<S: Next>(gateway: Arc<Gateway>, mut request: Request<Incoming>, mut next: S) -> Answer {
    let dialect = dialect_of(&request);
    let entry = match gateway.log.open_entry() {
        Ok(entry) => entry,
        Err(refused) => {
            gateway.metrics.audit_refused();
            tracing::error!(id = %id_of(&request), error = %refused, "an exchange was refused: it cannot be recorded");
            return Ok(answer(dialect, &Fault::Audit(refused), None));
        }
    };
    let trail = SharedTrail::new(gateway.clone(), entry);
    let rulebook = gateway.rules.current();
    let tenant = tenant_of(&gateway, &request);
    trail.note(|draft| {
        draft.id = id_of(&request).to_owned();
        draft.tenant = tenant.clone();
        draft.revision = rulebook.revision.as_str().into();
        if let Some(peer) = request.extensions().get::<Peer>() {
            draft.client = peer.0.ip().to_string();
        }
    });
    let revision = HeaderValue::from_str(rulebook.revision.as_str());
    request.extensions_mut().insert((trail.clone(), rulebook, Tenant(tenant)));
    let mut response = next.call(request).await?;
    let streaming = response.extensions_mut().remove::<Streaming>().is_some();
    let status = response.status().as_u16();
    trail.note(|draft| draft.status = (draft.ended != Ended::ClientGone).then_some(status));
    if !streaming
        && let Some(receipt) = trail.complete(None)
        && let Err(error) = receipt.await
    {
        tracing::error!(%error, "a reply was withheld: its record could not be written");
        response = answer(dialect, &Fault::AuditLost, None);
    }
    let (applied, rule) = trail.applied();
    let headers = response.headers_mut();
    headers.insert(ACTION, HeaderValue::from_static(applied.action.as_str()));
    if let Some(Ok(rule)) = rule.map(|rule| HeaderValue::from_str(&rule)) {
        headers.insert(RULE, rule);
    }
    if let Ok(revision) = revision {
        headers.insert(REVISION, revision);
    }
    Ok(response)
}

async fn rescue<S: Next>(request: Request<Incoming>, mut next: S) -> Answer {
    let dialect = dialect_of(&request);
    let trail = trail_of(&request);
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(panic) => {
            tracing::error!(cause = panic_text(&*panic), "an exchange panicked");
            Ok(answer(dialect, &Fault::Internal, trail.as_ref()))
        }
    }
}

async fn admit<S: Next>(gateway: Arc<Gateway>, request: Request<Incoming>, mut next: S) -> Answer {
    let trail = trail_of(&request);
    match gateway.admission.clone().try_acquire_owned() {
        Ok(permit) => {
            // The place is taken until the last byte of the reply, not only until its head.
            if let Some(trail) = &trail {
                trail.keep(permit);
            }
            next.call(request).await
        }
        Err(_) => Ok(answer(dialect_of(&request), &Fault::Overloaded, trail.as_ref())),
    }
}

async fn exchange(gateway: Arc<Gateway>, mut request: Request<Incoming>) -> Answer {
    let dialect = dialect_of(&request);
    let Some((trail, rulebook, Tenant(tenant))) = request.extensions_mut().remove::<Context_>() else {
        return Ok(answer(dialect, &Fault::Internal, None));
    };
    let deadline = Instant::now() + gateway.config.timeouts.total;
    let id = id_of(&request).to_owned();
    let shared = gateway.clone();
    let exchange =
        Exchange { gateway, rulebook: rulebook.clone(), trail: trail.clone(), id, tenant, deadline };
    match exchange.serve(request).await {
        Ok(response) => Ok(response),
        Err(fault) => {
            if let Some(cause) = fault.of_upstream() {
                shared.metrics.upstream_failed(cause);
            }
            if let Fault::Blocked(outcome, _) = &fault {
                trail.apply(rulebook.policies(), *outcome);
            } else {
                tracing::info!(error = %fault, "an exchange ended in an error");
            }
            Ok(answer(dialect, &fault, Some(&trail)))
        }
    }
}

type Context_ = (SharedTrail, Arc<super::rules::Rulebook>, Tenant);

/// Whose exchange it is.
#[derive(Debug, Clone)]
struct Tenant(Arc<str>);

/// The answer to a fault, in the shape of the API that was called; its record says so too.
fn answer(
    dialect: Option<&'static dyn Dialect>,
    fault: &Fault,
    trail: Option<&SharedTrail>,
) -> Response<ReplyBody> {
    let told = fault.told();
    if let Some(trail) = trail {
        trail.note(|draft| {
            draft.ended = told.ended;
            // Who has gone is told nothing.
            draft.code = (told.ended != Ended::ClientGone).then(|| told.code.into());
        });
    }
    let body = own::error(dialect, told.status, told.code, &told.message);
    respond(told.status, JSON, ReplyBody::own(body))
}

fn dialect_of(request: &Request<Incoming>) -> Option<&'static dyn Dialect> {
    match crate::dialect::route(request.method(), request.uri().path()) {
        Route::Screened(dialect) => Some(dialect),
        Route::Moderated | Route::Passed | Route::Closed { .. } => None,
    }
}

fn trail_of(request: &Request<Incoming>) -> Option<SharedTrail> {
    request.extensions().get::<Context_>().map(|(trail, ..)| trail.clone())
}

fn id_of(request: &Request<Incoming>) -> &str {
    request.extensions().get::<ExchangeId>().map_or("", |id| &id.0)
}

fn tenant_of(gateway: &Gateway, request: &Request<Incoming>) -> Arc<str> {
    let named = gateway.config.tenants.header.as_ref().and_then(|header| request.headers().get(header));
    match named.and_then(|value| value.to_str().ok()).map(str::trim) {
        Some(name) if !name.is_empty() => name.chars().take(64).collect::<String>().into(),
        _ => gateway.config.tenants.default.clone(),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown")
}

/// What stands further in.
trait Next:
    Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible, Future: Send> + Send
{
}

impl<S> Next for S where
    S: Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible, Future: Send> + Send
{
}

/// A layer that is one function of the request and of what stands further in.
fn step<F>(function: F) -> Step<F> {
    Step(function)
}

#[derive(Clone)]
struct Step<F>(F);

impl<S, F: Clone> Layer<S> for Step<F> {
    type Service = Stepped<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        Stepped { inner, function: self.0.clone() }
    }
}

#[derive(Clone)]
struct Stepped<S, F> {
    inner: S,
    function: F,
}

impl<S, F, R> Service<Request<Incoming>> for Stepped<S, F>
where
    S: Clone,
    F: Fn(Request<Incoming>, S) -> R,
    R: Future<Output = Answer>,
{
    type Response = Response<ReplyBody>;
    type Error = Infallible;
    type Future = R;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // No layer of this stack waits for room: `admit` refuses instead.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> R {
        (self.function)(request, self.inner.clone())
    }
}
