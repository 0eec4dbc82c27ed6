//! Streamed replies: chunks of the backend in, judged frames out, one record at the end.
//!
//! Owns the clock and the sockets' side of a stream; `rewrite::stream` owns what is said. The
//! stages of a stream are named in [`Stage`]; its end (`ending`) is seen on finish, on error and on drop (the
//! trail completes itself when the pump is dropped before its end), and told by `record`.

mod ending;
mod record;

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt, stream};
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::asking::{Answered, Asked as Asking};
use super::exchange::{Asked, Exchange, words};
use super::fault::Fault;
use super::masking::Heard;
use crate::audit::Capture;
use crate::dialect::Framing;
use crate::rewrite::stream::{LaneQuestion, Outgoing, StreamContext, StreamRewriter, join};
use crate::wire::{BodyError, FrameDecoder, IdleTimeout, StreamCut, StreamDecoder, StreamItem};

type Item = Result<StreamItem, StreamCut>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The backend is speaking.
    Flowing,
    /// The backend has ended; what it said last waits for the verdict of classifiers.
    Closing(Close),
    /// The last word was said; what is left of the backend's body is read so that its connection
    /// can be used again.
    Draining,
    /// What is in the outbox, and then the connection breaks: the reply is not whole.
    Breaking(&'static str),
    /// What is in the outbox, and no more.
    Ended,
}

/// How the backend ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Close {
    /// In order, or in mid-event.
    Closed { whole: bool },
    /// Its connection broke, or it fell silent.
    Broken { silent: bool },
}

/// An answer, with the text and the window that it is about.
type Answers = FuturesUnordered<Pin<Box<dyn Future<Output = (usize, u32, Answered)> + Send>>>;

pub(super) struct Pump {
    exchange: Exchange,
    /// Gone once nothing more is wanted of the backend, which ends the call.
    body: Option<Pin<Box<IdleTimeout<Incoming>>>>,
    inflate: Option<StreamDecoder>,
    frames: FrameDecoder,
    rewriter: StreamRewriter,
    /// What classifiers were asked about windows of the reply.
    asked: Answers,
    /// What they are to be asked next.
    to_ask: VecDeque<LaneQuestion>,
    outbox: VecDeque<Item>,
    stage: Stage,
    heard: Heard,
    /// What is said in the outbox, and not yet taken from there.
    queued: String,
    /// Whether the record is complete.
    recorded: bool,
    /// Bytes of the reply so far, as decoded.
    taken: usize,
    screening: Duration,
    held_since: Option<Instant>,
    held_max: Duration,
    /// Most bytes of text that waited at a time.
    held_most: usize,
    /// The model that the request named.
    model: String,
}

/// Windows of one stream that classifiers are asked about at a time: a reply that comes in one burst must not
/// fill their queue.
const ASKED_AT_ONCE: usize = 4;
/// Windows that may wait to be asked about before the backend is kept waiting.
const READ_AHEAD: usize = 64;
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
        let asked_model = asked.face.model.clone();
        let (rulebook, id) = (exchange.rulebook.clone(), exchange.id.clone());
        let judge = exchange.rulebook.judge.clone();
        let rewriter =
            StreamRewriter::new(context, judge, move |outcome| words(&rulebook, outcome, &asked, &id));
        let model = asked_model;
        let heard = Heard::new(exchange.masking(&model));
        Ok(Self {
            exchange,
            body: Some(Box::pin(body)),
            inflate,
            frames,
            rewriter,
            asked: Answers::new(),
            to_ask: VecDeque::new(),
            outbox: VecDeque::new(),
            stage: Stage::Flowing,
            heard,
            queued: String::new(),
            recorded: false,
            model,
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
                // The outbox has one item at most: what was queued is what leaves now.
                self.heard.push(&std::mem::take(&mut self.queued));
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
                    // A window is judged while the next is generated: neither waits for the other.
                    let chunk = async {
                        match &mut self.body {
                            Some(body) => body.frame().await,
                            None => None,
                        }
                    };
                    tokio::select! {
                        Some(answer) = self.asked.next(), if !self.asked.is_empty() => self.answered(answer).await,
                        chunk = chunk, if self.to_ask.len() < READ_AHEAD => self.take(chunk).await,
                    }
                }
                Stage::Closing(close) => match self.asked.next().await {
                    Some(answer) => self.answered(answer).await,
                    None => self.close(close).await,
                },
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
                self.went(result, out).await;
            }
            Some(Err(error)) => self.broken(&error, out).await,
            None => self.closed(out).await,
        }
    }

    /// Takes what a classifier said.
    async fn answered(&mut self, (lane, window, answered): (usize, u32, Answered)) {
        answered.count(&self.exchange.gateway.metrics);
        let mut out = Vec::new();
        let started = Instant::now();
        self.rewriter.answer(lane, window, answered.outcome);
        let result = self.rewriter.resume(&mut out).map_err(Fault::from);
        self.screening += started.elapsed();
        self.went(result, out).await;
    }

    /// Goes on after something was rewritten.
    async fn went(&mut self, result: Result<(), Fault>, out: Vec<Outgoing>) {
        self.ask();
        self.time_held();
        match result {
            Err(fault) => self.fail(&fault, out).await,
            // What follows the last word of a stream that the backend has left is for `close` to say.
            Ok(()) if matches!(self.stage, Stage::Closing(_)) => self.send(out),
            Ok(()) if self.rewriter.ended() || self.rewriter.all_said() => self.end(out).await,
            Ok(()) => self.send(out),
        }
    }

    /// Asks what has come up.
    fn ask(&mut self) {
        self.to_ask.extend(self.rewriter.take_questions());
        while self.asked.len() < ASKED_AT_ONCE
            && let Some(LaneQuestion { lane, asked }) = self.to_ask.pop_front()
        {
            let begun = Asking::begin(
                &self.exchange.rulebook.classifiers,
                &self.exchange.gateway.metrics,
                asked.question,
            );
            self.asked.push(Box::pin(async move { (lane, asked.window, begun.answer().await) }));
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

    fn send(&mut self, out: Vec<Outgoing>) {
        self.listen();
        if let Some(joined) = join(out) {
            self.outbox.push_back(Ok(match joined {
                Outgoing::Permitted(bytes) => StreamItem::Permitted(bytes),
                Outgoing::Own(bytes) => StreamItem::Own(bytes),
            }));
        }
    }
}
