//! The guard between a client's socket and hyper.
//!
//! Owns what hyper does not give: a head that two readers could read differently never reaches
//! hyper; a head, an idle connection and a stalled write have deadlines from the first byte on;
//! the version of HTTP is told from the first bytes; a connection that closes early still lets the
//! client read the answer. Refuses to know what requests ask for.
//!
//! A refused head is replaced by a small valid one, so that hyper keeps the order of pipelined
//! answers and writes this one too; `server` answers it without asking the service.

mod chunked;
mod scan;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::head::{self, Length, Malformed};
use super::timer::LazyTimer;
use chunked::Chunked;
use scan::HeadScan;

/// What a connection may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    /// From the first byte of a head to its last.
    pub(super) head: Duration,
    /// Without any exchange.
    pub(super) idle: Duration,
    /// For a client to take more bytes.
    pub(super) write: Duration,
}

/// What the guard and the service side of one connection tell each other.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Requests that hyper handed over.
    called: AtomicU64,
    /// Replies that hyper is done with.
    finished: AtomicU64,
    /// The request that was refused, by its number from 1; it is the last of its connection.
    refused: OnceLock<(u64, Malformed)>,
}

impl Shared {
    /// Counts a request that hyper handed over, and says whether it stands for a refused one.
    pub(super) fn call(&self) -> Option<Malformed> {
        let number = self.called.fetch_add(1, Ordering::Relaxed) + 1;
        self.refused.get().filter(|(refused, _)| *refused == number).map(|(_, malformed)| *malformed)
    }

    /// Counts a reply that hyper is done with.
    pub(super) fn finish(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }
}

/// The versions of HTTP that are told apart by the first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// A socket whose requests have been looked at.
#[derive(Debug)]
pub(super) struct Guard<IO> {
    io: IO,
    shared: Arc<Shared>,
    deadlines: Deadlines,
    most_head_bytes: usize,
    stage: Stage,
    /// Heads that hyper was given, the refused one included.
    passed: u64,
    /// A head that has not come to its end.
    held: BytesMut,
    scan: HeadScan,
    /// Bytes that hyper may have before anything new is read.
    ready: Bytes,
    /// Since when hyper has been waiting for a head, or for the rest of one.
    waiting_since: Option<Instant>,
    read_timer: LazyTimer,
    stalled_since: Option<Instant>,
    write_timer: LazyTimer,
    lingering_until: Option<Instant>,
}

#[derive(Debug)]
enum Stage {
    /// The next byte belongs to a head.
    Head,
    /// So many bytes of a body are to come.
    Body(u64),
    Chunked(Chunked),
    /// The chunks of a body are malformed; hyper has not been told yet.
    Broken,
    /// A head was refused; hyper has not been given the stand-in yet.
    Refused,
    /// Nothing more is read.
    Closed,
    /// h2 looks after itself.
    Http2,
}

const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What hyper gets in place of a refused head.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";

/// How long a closed connection listens on, so that unread bytes do not make the kernel reset it
/// before the client has read its answer.
const LINGER: Duration = Duration::from_secs(2);

impl<IO: AsyncRead + AsyncWrite + Unpin> Guard<IO> {
    pub(super) fn new(io: IO, shared: Arc<Shared>, deadlines: Deadlines, most_head_bytes: usize) -> Self {
        Self {
            io,
            shared,
            deadlines,
            most_head_bytes,
            stage: Stage::Head,
            passed: 0,
            held: BytesMut::new(),
            scan: HeadScan::default(),
            ready: Bytes::new(),
            waiting_since: None,
            read_timer: LazyTimer::default(),
            stalled_since: None,
            write_timer: LazyTimer::default(),
            lingering_until: None,
        }
    }

    /// Reads until the version is known; `None` when the client left, or was silent, before that.
    pub(super) async fn protocol(&mut self) -> io::Result<Option<Protocol>> {
        loop {
            let mut bytes = [0; 1024];
            let mut buffer = ReadBuf::new(&mut bytes);
            let in_time = poll_fn(|cx| match Pin::new(&mut self.io).poll_read(cx, &mut buffer) {
                Poll::Ready(read) => Poll::Ready(Some(read)),
                Poll::Pending => self.poll_deadline(cx).map(|()| None),
            });
            let Some(read) = in_time.await else { return Ok(None) };
            read?;
            if buffer.filled().is_empty() {
                return Ok(None);
            }
            self.held.extend_from_slice(buffer.filled());
            let known = self.held.len().min(HTTP2_PREFACE.len());
            if self.held.get(..known) != HTTP2_PREFACE.get(..known) {
                // The bytes wait in `held` for hyper's first read.
                return Ok(Some(Protocol::Http1));
            }
            if known == HTTP2_PREFACE.len() {
                self.stage = Stage::Http2;
                self.ready = self.held.split().freeze();
                return Ok(Some(Protocol::Http2));
            }
        }
    }

    /// Follows whole heads and bodies through `bytes`, which start where the stage does, and says
    /// how many of them hyper may have. The rest is the start of a head.
    fn follow(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match &mut self.stage {
                Stage::Head => match self.scan.feed(rest, self.most_head_bytes).and_then(|end| match end {
                    Some(end) => {
                        head::read(rest.get(..end).unwrap_or_default()).map(|length| Some((end, length)))
                    }
                    None => Ok(None),
                }) {
                    Ok(Some((end, length))) => {
                        at += end;
                        self.passed += 1;
                        self.scan = HeadScan::default();
                        self.waiting_since = None;
                        self.stage = match length {
                            Length::Known(0) => Stage::Head,
                            Length::Known(bytes) => Stage::Body(bytes),
                            Length::Chunked => Stage::Chunked(Chunked::new()),
                        };
                    }
                    Ok(None) => break,
                    Err(malformed) => {
                        self.refuse(malformed);
                        break;
                    }
                },
                Stage::Body(left) => {
                    let skip = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    at += skip;
                    *left -= skip as u64;
                    if *left == 0 {
                        self.stage = Stage::Head;
                    }
                }
                Stage::Chunked(body) => match body.feed(rest) {
                    Ok(Some(end)) => {
                        at += end;
                        self.stage = Stage::Head;
                    }
                    Ok(None) => at = bytes.len(),
                    Err(chunked::Broken) => {
                        self.stage = Stage::Broken;
                        break;
                    }
                },
                Stage::Broken | Stage::Refused | Stage::Closed | Stage::Http2 => break,
            }
        }
        at
    }

    fn refuse(&mut self, malformed: Malformed) {
        self.passed += 1;
        self.stage = Stage::Refused;
        // A second refusal cannot come: nothing is read after the first.
        let _ = self.shared.refused.set((self.passed, malformed));
    }

    /// Looks at what is held; what hyper may have of it becomes ready.
    fn release_held(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        let may_pass = self.follow(&held);
        self.ready = held.split_to(may_pass).freeze();
        self.held = held;
    }

    /// Ready when the client has been silent for too long.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let in_flight = self.passed > self.shared.finished.load(Ordering::Relaxed);
        if in_flight || !matches!(self.stage, Stage::Head) {
            // The exchange has deadlines of its own.
            return Poll::Pending;
        }
        let allowed = if self.held.is_empty() { self.deadlines.idle } else { self.deadlines.head };
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        self.read_timer.poll_until(since + allowed, cx)
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for Guard<IO> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if matches!(this.stage, Stage::Head) && this.scan.is_fresh() && !this.held.is_empty() {
            // What `protocol` has read.
            this.release_held();
        }
        loop {
            if !this.ready.is_empty() {
                let count = this.ready.len().min(buffer.remaining());
                buffer.put_slice(&this.ready.split_to(count));
                return Poll::Ready(Ok(()));
            }
            match this.stage {
                Stage::Http2 => return Pin::new(&mut this.io).poll_read(cx, buffer),
                Stage::Refused => {
                    this.stage = Stage::Closed;
                    this.ready = Bytes::from_static(STAND_IN);
                    continue;
                }
                Stage::Broken => {
                    this.stage = Stage::Closed;
                    // hyper hands the error to whoever reads the body.
                    let error =
                        io::Error::new(io::ErrorKind::InvalidData, "the chunks of a body are malformed");
                    return Poll::Ready(Err(error));
                }
                Stage::Closed => return Poll::Pending,
                Stage::Head | Stage::Body(_) | Stage::Chunked(_) => {}
            }
            let before = buffer.filled().len();
            match Pin::new(&mut this.io).poll_read(cx, buffer) {
                Poll::Ready(read) => read?,
                Poll::Pending => {
                    ready!(this.poll_deadline(cx));
                    if this.held.is_empty() {
                        // An idle connection ends as if the client had closed it.
                        return Poll::Ready(Ok(()));
                    }
                    this.refuse(Malformed::TIMEOUT);
                    continue;
                }
            }
            let Some(new) = buffer.filled().get(before..).filter(|new| !new.is_empty()) else {
                return Poll::Ready(Ok(()));
            };
            if this.held.is_empty() {
                let may_pass = this.follow(new);
                if matches!(this.stage, Stage::Head) {
                    this.held.extend_from_slice(new.get(may_pass..).unwrap_or_default());
                }
                buffer.set_filled(before + may_pass);
                if may_pass > 0 {
                    return Poll::Ready(Ok(()));
                }
            } else {
                this.held.extend_from_slice(new);
                buffer.set_filled(before);
                this.release_held();
            }
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Guard<IO> {
    /// Passes on a write that made progress, and fails one that has made none for too long.
    fn watch_write<T>(&mut self, written: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled_since = None;
            return written;
        }
        let since = *self.stalled_since.get_or_insert_with(Instant::now);
        ready!(self.write_timer.poll_until(since + self.deadlines.write, cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes no more bytes")))
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<IO> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write(cx, bytes);
        this.watch_write(written, cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write_vectored(cx, bytes);
        this.watch_write(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // hyper need not read again after an answer, but always flushes it: the clock of the idle
        // connection starts here.
        if this.poll_deadline(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
        let flushed = Pin::new(&mut this.io).poll_flush(cx);
        this.watch_write(flushed, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if matches!(this.stage, Stage::Head | Stage::Http2) {
            return Pin::new(&mut this.io).poll_shutdown(cx);
        }
        let until = match this.lingering_until {
            Some(until) => until,
            None => {
                ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
                *this.lingering_until.insert(Instant::now() + LINGER)
            }
        };
        let mut bytes = [0; 4096];
        while this.read_timer.poll_until(until, cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut this.io).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests;
