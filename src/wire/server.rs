//! The listener: HTTP/1.1 and HTTP/2 (cleartext, prior knowledge) on one port.
//!
//! Owns connections, from accept to drain. Every request that is HTTP and unambiguous reaches the
//! service with its [`Peer`]; every other is answered here, after `on_malformed` has had the chance
//! to record it. Refuses to know what requests ask for.

mod bridge;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::guard::{Deadlines, Guard, Protocol, Shared};
use super::head::Malformed;
use super::reply::ReplyBody;
use bridge::Bridge;

/// The client's address; in the extensions of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// What the listener allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time; more wait in the kernel's queue.
    pub connections: u32,
    /// Bytes of a request's head (HTTP/1) or of its header list (HTTP/2). An HTTP/1 head has at
    /// most 100 headers.
    pub head_bytes: u32,
    /// From the first byte of a head to its last.
    pub head_timeout: Duration,
    /// How long a connection may stay without an exchange.
    pub idle_timeout: Duration,
    /// How long a client may take no bytes of its reply.
    pub write_timeout: Duration,
    /// Exchanges at a time on one HTTP/2 connection.
    pub http2_streams: u32,
    /// How long exchanges may go on after the shutdown began.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            head_bytes: 32 * 1024,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(60),
            http2_streams: 128,
            drain: Duration::from_secs(30),
        }
    }
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut at the end of the drain.
    pub cut: usize,
}

/// Called for each request that no service saw; records it and gives the exchange's id.
pub trait OnMalformed: Fn(Option<SocketAddr>, Malformed) -> String + Send + Sync + 'static {}

impl<F: Fn(Option<SocketAddr>, Malformed) -> String + Send + Sync + 'static> OnMalformed for F {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Open,
    Draining,
    Cut,
}

/// Serves until `shutdown` resolves, then stops accepting, lets exchanges finish for at most
/// [`Limits::drain`], and cuts what is left.
pub async fn serve<S>(
    listener: TcpListener,
    service: S,
    on_malformed: impl OnMalformed,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Drained
where
    S: tower::Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    let (phase, watched) = watch::channel(Phase::Open);
    let slots = Arc::new(Semaphore::new(limits.connections as usize));
    let front = Arc::new(Front { on_malformed: Box::new(on_malformed), limits });
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            let slot = slots.clone().acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accepted => accepted,
        };
        // The semaphore is never closed.
        let Ok(slot) = slot else { break };
        match accepted {
            Ok((socket, peer)) => {
                let connection =
                    serve_connection(front.clone(), socket, peer, service.clone(), watched.clone());
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%peer, error = &*error, "a connection ended with an error");
                    }
                    drop(slot);
                });
            }
            Err(error) => rest_after(&error).await,
        }
    }
    drop(listener);
    // Nobody listening means that there is no connection.
    let _ = phase.send(Phase::Draining);
    if timeout(limits.drain, slots.acquire_many(limits.connections)).await.is_ok() {
        return Drained { cut: 0 };
    }
    let cut = limits.connections as usize - slots.available_permits();
    let _ = phase.send(Phase::Cut);
    let _ = slots.acquire_many(limits.connections).await;
    Drained { cut }
}

/// A client that left before it was accepted is nothing; anything else (no file descriptors left)
/// would come back at once and needs a pause.
async fn rest_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(%error, "no connection could be accepted");
        sleep(Duration::from_millis(50)).await;
    }
}

/// What all connections of a listener share.
struct Front {
    on_malformed: Box<dyn OnMalformed>,
    limits: Limits,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

async fn serve_connection<S>(
    front: Arc<Front>,
    socket: TcpStream,
    peer: SocketAddr,
    service: S,
    mut phase: watch::Receiver<Phase>,
) -> Result<(), BoxError>
where
    S: tower::Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    // A token of a stream must not wait for the acknowledgement of the one before.
    socket.set_nodelay(true)?;
    let limits = front.limits;
    let deadlines =
        Deadlines { head: limits.head_timeout, idle: limits.idle_timeout, write: limits.write_timeout };
    let shared = Arc::new(Shared::default());
    let mut guard = Guard::new(socket, shared.clone(), deadlines, limits.head_bytes as usize);
    let protocol = tokio::select! {
        biased;
        protocol = guard.protocol() => protocol?,
        _ = phase.wait_for(|phase| *phase != Phase::Open) => None,
    };
    let bridge = Bridge::new(service, front.clone(), Some(peer), shared);
    let io = TokioIo::new(guard);
    match protocol {
        None => Ok(()),
        Some(Protocol::Http1) => {
            let connection = http1().serve_connection(io, bridge);
            let ended = drive(connection, |connection| connection.graceful_shutdown(), phase).await;
            if let Err(error) = &ended
                && error.is_parse()
            {
                (front.on_malformed)(Some(peer), Malformed::BY_HYPER);
            }
            Ok(ended?)
        }
        Some(Protocol::Http2) => {
            let connection = http2(&limits).serve_connection(io, bridge);
            Ok(drive(connection, |connection| connection.graceful_shutdown(), phase).await?)
        }
    }
}

/// The time-outs are the guard's.
fn http1() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None);
    builder
}

fn http2(limits: &Limits) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.http2_streams)
        .max_header_list_size(limits.head_bytes)
        .keep_alive_interval(limits.idle_timeout.min(Duration::from_secs(30)))
        .keep_alive_timeout(limits.head_timeout);
    builder
}

/// Runs a connection to its end, through the phases of a shutdown.
async fn drive<C>(
    connection: C,
    shut_down: impl FnOnce(std::pin::Pin<&mut C>),
    mut phase: watch::Receiver<Phase>,
) -> Result<(), hyper::Error>
where
    C: Future<Output = Result<(), hyper::Error>>,
{
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        ended = connection.as_mut() => return ended,
        _ = phase.wait_for(|phase| *phase != Phase::Open) => {}
    }
    shut_down(connection.as_mut());
    tokio::select! {
        biased;
        ended = connection => ended,
        _ = phase.wait_for(|phase| *phase == Phase::Cut) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
