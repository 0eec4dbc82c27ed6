//! Streamed replies: chunks of the backend in, judged frames out, one record at the end.
//!
//! Owns the clock and the sockets' side of a stream; `rewrite::stream` owns what is said. The
//! stages of a stream are named in [`Stage`]; its end is seen on finish, on error and on drop (the
//! trail completes itself when the pump is dropped before its end).

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{Stream, stream};
use http::HeaderMap;
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::exchange::{Asked, Exchange, usage, words};
use super::fault::{self, Fault};
use super::findings::{self, Place};
use super::trail::SharedTrail;
use crate::audit::{Capture, Clip, Ended};
use crate::dialect::Framing;
use crate::rewrite::body::pass;
use crate::rewrite::stream::{Outgoing, StreamContext, StreamRewriter, join};
use crate::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment};
use crate::wire::frame::Tail;
use crate::wire::{BodyError, FrameDecoder, IdleTimeout, ReplyBody, StreamCut, StreamDecoder, StreamItem};

type Item = Result<StreamItem, StreamCut>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The backend is speaking.
    Flowing,
    /// The last word was said; what is left of the backend's body is read so that its connection
    /// can be used again.
    Draining,
    /// What is in the outbox, and then the connection breaks: the reply is not whole.
    Breaking(&'static str),
    /// What is in the outbox, and no more.
    Ended,
}

pub(super) struct Pump {
    exchange: Exchange,
    /// Gone once nothing more is wanted of the backend, which ends the call.
    body: Option<Pin<Box<IdleTimeout<Incoming>>>>,
    inflate: Option<StreamDecoder>,
    frames: FrameDecoder,
    rewriter: StreamRewriter,
    outbox: VecDeque<Item>,
    stage: Stage,
    clip: Clip,
    /// Bytes of the reply so far, as decoded.
    taken: usize,
    screening: Duration,
    held_since: Option<Instant>,
    held_max: Duration,
    /// Most bytes of text that waited at a time.
    held_most: usize,
}

/// How long the rest of a body is waited for after the last word.
const DRAIN: Duration = Duration::from_secs(2);

impl Pump {
    pub(super) fn new(
        exchange: Exchange,
        asked: Asked,
        body: IdleTimeout<Incoming>,
        encoding: &HeaderMap,
    ) -> Result<Self, Fault> {
        let limits = &exchange.gateway.config.limits;
        let inflate =
            StreamDecoder::new(encoding, limits.frame_bytes.saturating_mul(4)).map_err(Fault::ReplyBody)?;
        let frames = match asked.dialect.framing() {
            Framing::Sse => FrameDecoder::sse(limits.frame_bytes),
            Framing::Ndjson => FrameDecoder::ndjson(limits.frame_bytes),
        };
        let context = StreamContext {
            dialect: asked.dialect,
            face: asked.face.clone(),
            include_usage: asked.include_usage,
            tenant: exchange.tenant.clone(),
            revision: exchange.rulebook.revision.to_string(),
            held_limit: limits.held_bytes,
            originals: asked.originals.clone(),
            remember: exchange.gateway.config.audit.capture != Capture::None,
            keep: exchange.gateway.config.audit.capture.kept_of_replies(),
        };
        let (rulebook, id) = (exchange.rulebook.clone(), exchange.id.clone());
        let judge = exchange.rulebook.judge.clone();
        let rewriter =
            StreamRewriter::new(context, judge, move |outcome| words(&rulebook, outcome, &asked, &id));
        let clip = Clip::new(exchange.gateway.config.audit.capture);
        Ok(Self {
            exchange,
            body: Some(Box::pin(body)),
            inflate,
            frames,
            rewriter,
            outbox: VecDeque::new(),
            stage: Stage::Flowing,
            clip,
            taken: 0,
            screening: Duration::ZERO,
            held_since: None,
            held_max: Duration::ZERO,
            held_most: 0,
        })
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = Item> + Send + 'static {
        // Boxed, since the pump is moved twice for every item.
        stream::unfold(Box::new(self), |mut pump| async move { pump.next().await.map(|item| (item, pump)) })
    }

    async fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.outbox.pop_front() {
                return Some(item);
            }
            match self.stage {
                Stage::Ended => return None,
                Stage::Breaking(reason) => {
                    self.stage = Stage::Ended;
                    // A body that fails at once takes with it what the server has not written yet;
                    // one turn of waiting lets the head and the last text leave.
                    tokio::task::yield_now().await;
                    return Some(Err(StreamCut { reason }));
                }
                Stage::Draining => {
                    if let Some(body) = &mut self.body {
                        let rest = async { while let Some(Ok(_)) = body.frame().await {} };
                        let _ = tokio::time::timeout(DRAIN, rest).await;
                    }
                    self.stage = Stage::Ended;
                }
                Stage::Flowing => {
                    let chunk = match &mut self.body {
                        Some(body) => body.frame().await,
                        None => None,
                    };
                    self.take(chunk).await;
                }
            }
        }
    }

    /// Takes what the backend sent next.
    async fn take(&mut self, chunk: Option<Result<http_body::Frame<Bytes>, BodyError>>) {
        let mut out = Vec::new();
        match chunk {
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { return };
                let started = Instant::now();
                let result = self.rewrite(data, &mut out);
                self.screening += started.elapsed();
                self.time_held();
                match result {
                    Err(fault) => self.fail(&fault, out).await,
                    Ok(()) if self.rewriter.ended() || self.rewriter.all_said() => self.end(out).await,
                    Ok(()) => self.send(out),
                }
            }
            Some(Err(error)) => self.broken(&error, out).await,
            None => self.closed(out).await,
        }
    }

    fn rewrite(&mut self, data: Bytes, out: &mut Vec<Outgoing>) -> Result<(), Fault> {
        let data = match &mut self.inflate {
            Some(inflate) => inflate.push(data).map_err(Fault::ReplyBody)?,
            None => data,
        };
        let cap = self.exchange.gateway.config.limits.reply_bytes;
        self.taken = self.taken.saturating_add(data.len());
        if self.taken > cap {
            return Err(Fault::ReplyBody(BodyError::TooLarge { cap }));
        }
        self.frames.push(data);
        for frame in self.frames.by_ref() {
            let frame = frame.map_err(|error| Fault::NotAStream(error.to_string()))?;
            if frame.foreign {
                return Err(Fault::NotAStream("a line of it is no field of an event".to_owned()));
            }
            self.rewriter.frame(frame.raw, frame.payload, out)?;
        }
        Ok(())
    }

    /// The stream has said its last word.
    async fn end(&mut self, out: Vec<Outgoing>) {
        let cut = self.rewriter.was_cut();
        let ended = if cut {
            Ended::CutByPolicy
        } else if self.rewriter.failed() {
            self.exchange.trail.note(|draft| draft.code = Some("upstream_error".into()));
            Ended::UpstreamError
        } else {
            Ended::Complete
        };
        self.stage = if cut && self.rewriter.ended() { Stage::Ended } else { Stage::Draining };
        if self.record(ended).await {
            self.send(out);
        } else {
            self.stage = Stage::Breaking("the audit record could not be written");
        }
        if self.stage != Stage::Draining {
            self.body = None;
        }
    }

    /// The backend closed its body, maybe without the last word.
    async fn closed(&mut self, mut out: Vec<Outgoing>) {
        let inflated = self.inflate.as_ref().is_none_or(|inflate| inflate.finish().is_ok());
        // A last event whose end is missing is a whole one if it can be read: some backends leave
        // the end out, and lenient clients do not ask for it.
        let read = match self.frames.finish() {
            Some(tail) if tail.frame.foreign => false,
            Some(Tail { frame, terminated }) => {
                self.rewriter.tail(frame.raw, frame.payload, terminated, &mut out).is_ok()
            }
            None => true,
        };
        self.rewriter.finish(&mut out);
        let whole = read && inflated;
        let said = whole && !self.rewriter.left_open() && !self.rewriter.failed();
        if !said {
            self.exchange.trail.note(|draft| draft.code = Some("upstream_error".into()));
        }
        let ended = match (self.rewriter.was_cut(), said) {
            (true, _) => Ended::CutByPolicy,
            (false, true) => Ended::Complete,
            (false, false) => Ended::UpstreamError,
        };
        self.stage = if whole { Stage::Ended } else { Stage::Breaking("the backend broke off in mid-event") };
        if self.record(ended).await {
            self.send(out);
        } else {
            self.stage = Stage::Breaking("the audit record could not be written");
        }
    }

    /// The backend's connection broke: what was said so far is judged as it stands, and the client
    /// sees a broken reply too.
    async fn broken(&mut self, error: &BodyError, mut out: Vec<Outgoing>) {
        let ended =
            if matches!(error, BodyError::TimedOut) { Ended::UpstreamTimeout } else { Ended::UpstreamError };
        tracing::warn!(id = %self.exchange.id, %error, "the backend's stream broke off");
        self.exchange.gateway.metrics.upstream_failed(fault::of_body(error));
        self.rewriter.finish(&mut out);
        self.exchange.trail.note(|draft| {
            draft.code = Some(
                if ended == Ended::UpstreamTimeout { "upstream_timeout" } else { "upstream_error" }.into(),
            );
        });
        let _ = self.record(ended).await;
        self.stage = Stage::Breaking("the backend broke off");
        self.send(out);
    }

    /// What follows cannot be judged: the client is told, in the API's own shape.
    async fn fail(&mut self, fault: &Fault, mut out: Vec<Outgoing>) {
        let told = fault.told();
        tracing::warn!(id = %self.exchange.id, error = %fault, code = told.code, "a stream was ended");
        if let Some(cause) = fault.of_upstream() {
            self.exchange.gateway.metrics.upstream_failed(cause);
        }
        self.rewriter.fail(told.status, told.code, &told.message, &mut out);
        self.exchange.trail.note(|draft| draft.code = Some(told.code.into()));
        let _ = self.record(told.ended).await;
        self.stage = Stage::Ended;
        self.body = None;
        self.send(out);
    }

    /// Completes the record, and waits until it is safe. `false` when it cannot be written.
    async fn record(&mut self, ended: Ended) -> bool {
        self.time_held();
        // What leaves right after the record belongs to it too.
        self.listen();
        let exchange = &self.exchange;
        let policies = exchange.rulebook.policies();
        let capture = exchange.gateway.config.audit.capture;
        let mut found = Vec::new();
        let mut verdicts = Vec::new();
        for (index, (lane, judge)) in self.rewriter.lanes().enumerate() {
            let place = Place {
                phase: Phase::Output,
                segment: index as u32,
                role: Role::Assistant,
                channel: lane.channel,
            };
            found.extend(findings::of_lane(policies, capture, place, judge));
            verdicts.extend(judge.verdicts().iter().cloned());
        }
        exchange.conclude(self.rewriter.outcome(), verdicts.iter(), found);
        exchange.gateway.metrics.screened(Phase::Output, self.screening);
        exchange.gateway.metrics.held(self.held_max, self.held_most);
        let reply = std::mem::replace(&mut self.clip, Clip::new(capture)).finish();
        let heard: Vec<Segment<'_>> = self.rewriter.heard().map(heard).collect();
        let (original, places) = capture.said(&heard, reply.as_deref());
        exchange.trail.note(|draft| {
            draft.usage = self.rewriter.usage().map(usage);
            draft.timing.screen_output_us = self.screening.as_micros() as u64;
            draft.timing.held_us_max = self.held_max.as_micros() as u64;
            draft.reply = reply;
            draft.original = original;
            draft.texts.extend(places);
        });
        match exchange.trail.complete(Some(ended)) {
            Some(receipt) => receipt.await.is_ok(),
            None => true,
        }
    }

    fn send(&mut self, out: Vec<Outgoing>) {
        self.listen();
        if let Some(joined) = join(out) {
            self.outbox.push_back(Ok(match joined {
                Outgoing::Permitted(bytes) => StreamItem::Permitted(bytes),
                Outgoing::Own(bytes) => StreamItem::Own(bytes),
            }));
        }
    }

    /// Keeps what was said for the record.
    fn listen(&mut self) {
        for (lane, text) in self.rewriter.take_said() {
            if lane.channel == Channel::Content {
                self.clip.push(&text);
            }
        }
    }

    /// Measures how long text waits.
    fn time_held(&mut self) {
        let held = self.rewriter.held();
        self.held_most = self.held_most.max(held);
        if held > 0 {
            let since = *self.held_since.get_or_insert_with(Instant::now);
            self.held_max = self.held_max.max(since.elapsed());
        } else if let Some(since) = self.held_since.take() {
            self.held_max = self.held_max.max(since.elapsed());
        }
    }
}

/// What a lane heard, as a text.
fn heard<'a>((lane, encoding, text): (Lane, Encoding, &'a str)) -> Segment<'a> {
    let parts = vec![Part { text: text.into(), source: 0..0 }];
    Segment { lane, role: Role::Assistant, encoding, parts }
}

/// A body that is passed on unscreened; its record is complete when it ends.
pub(super) fn passing(trail: SharedTrail, body: IdleTimeout<Incoming>) -> ReplyBody {
    let state = Some((trail, Box::pin(body)));
    ReplyBody::stream(stream::unfold(state, |state| async move {
        let (trail, mut body) = state?;
        loop {
            match body.frame().await {
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    if body.is_end_stream() {
                        let safe = finish_passing(&trail, Ended::Complete).await;
                        let item = if safe { Ok(StreamItem::Permitted(pass(data))) } else { Err(UNRECORDED) };
                        return Some((item, None));
                    }
                    return Some((Ok(StreamItem::Permitted(pass(data))), Some((trail, body))));
                }
                Some(Err(error)) => {
                    let ended = if matches!(error, BodyError::TimedOut) {
                        Ended::UpstreamTimeout
                    } else {
                        Ended::UpstreamError
                    };
                    finish_passing(&trail, ended).await;
                    tokio::task::yield_now().await;
                    return Some((Err(StreamCut { reason: "the backend broke off" }), None));
                }
                None => {
                    let safe = finish_passing(&trail, Ended::Complete).await;
                    return if safe { None } else { Some((Err(UNRECORDED), None)) };
                }
            }
        }
    }))
}

const UNRECORDED: StreamCut = StreamCut { reason: "the audit record could not be written" };

async fn finish_passing(trail: &SharedTrail, ended: Ended) -> bool {
    match trail.complete(Some(ended)) {
        Some(receipt) => receipt.await.is_ok(),
        None => true,
    }
}
