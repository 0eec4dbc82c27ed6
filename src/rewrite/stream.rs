//! Streams: the backend's events become what the client receives.
//!
//! A [`StreamRewriter`] takes one framed event at a time and appends to an outbox. It owns the
//! lanes of a reply (each choice, channel and tool call is judged as a stream of its own) and the
//! editing of events. It does no I/O and knows no clock, so that the properties that matter (the
//! same text for every way of cutting, nothing of a matched span) are tested without a network.
//!
//! An event whose texts may leave as they came is passed on as the bytes it came in. When part of
//! it waits, the rest is re-emitted in the same event; text that was held leaves in the next event
//! of its lane, or in one of its own before its choice ends.

mod context;
mod emit;
mod frames;
mod lanes;
mod verdicts;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

pub use context::{StreamContext, StreamFault};
pub use frames::{Outgoing, join};
pub(super) use frames::{own, reframe};
use lanes::{ChoiceState, LaneState, Subjects};
pub use verdicts::LaneQuestion;
use verdicts::{Parked, Pieces};

use super::Permitted;
use super::restore::Restoring;
use crate::decide::judge::{Judge, Release};
use crate::decide::{Outcome, Words};
use crate::dialect::json::{Document, Limits, Tape};
use crate::dialect::{Event, Framing, Usage};
use crate::text::Lane;

/// The rewriting of one streamed reply.
pub struct StreamRewriter {
    context: StreamContext,
    judge: Arc<Judge>,
    words: Box<dyn Fn(Outcome) -> Words + Send + Sync>,
    lanes: Vec<LaneState>,
    choices: Vec<ChoiceState>,
    outcome: Outcome,
    usage: Option<Usage>,
    events: u64,
    ended: bool,
    failed: bool,
    said: Vec<(Lane, String)>,
    /// Bytes that all lanes keep of what they heard.
    heard: usize,
    tape: Tape,
    /// An event that ends a text whose last windows have no answer yet, and what came behind it.
    parked: Option<Parked>,
    backlog: VecDeque<(Bytes, Option<Bytes>)>,
    /// The last stage, where there is something to restore.
    restoring: Option<Restoring>,
}

impl std::fmt::Debug for StreamRewriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamRewriter").field("dialect", &self.context.dialect).finish_non_exhaustive()
    }
}

impl StreamRewriter {
    /// A rewriter before the first event. `words` renders the reply of a rule that cuts.
    pub fn new(
        context: StreamContext,
        judge: Arc<Judge>,
        words: impl Fn(Outcome) -> Words + Send + Sync + 'static,
    ) -> Self {
        let (dialect, face) = (context.dialect, &context.face);
        let restoring =
            context.originals.clone().map(|set_aside| Restoring::new(set_aside, dialect, face.clone()));
        Self {
            context,
            judge,
            words: Box::new(words),
            lanes: Vec::new(),
            choices: Vec::new(),
            outcome: Outcome::ALLOW,
            usage: None,
            events: 0,
            ended: false,
            failed: false,
            said: Vec::new(),
            heard: 0,
            tape: Tape::default(),
            parked: None,
            backlog: VecDeque::new(),
            restoring,
        }
    }

    /// Takes one frame of the backend's: its bytes with framing, and the payload in it, if it has
    /// one. What may leave is appended to `out`.
    ///
    /// # Errors
    /// [`StreamFault`] when the texts of the event cannot be found; nothing of it leaves then, and
    /// the stream must be ended.
    pub fn frame(
        &mut self,
        raw: Bytes,
        payload: Option<Bytes>,
        out: &mut Vec<Outgoing>,
    ) -> Result<(), StreamFault> {
        if self.ended {
            return Ok(());
        }
        if self.parked.is_some() {
            self.backlog.push_back((raw, payload));
            return self.check();
        }
        let Some(payload) = payload else {
            out.push(Outgoing::Permitted(Permitted::mint(raw)));
            return Ok(());
        };
        if self.context.dialect.terminator().is_some_and(|end| payload.trim_ascii() == end.as_bytes()) {
            self.close();
            if self.waits() {
                self.parked = Some(Parked { raw, payload, judged: None });
                return Ok(());
            }
            self.finish(out);
            self.leave(Outgoing::Permitted(Permitted::mint(raw)), &payload, out);
            self.ended = true;
            return Ok(());
        }
        let tape = std::mem::take(&mut self.tape);
        let document = Document::parse_into(&payload, Limits::default(), tape)
            .map_err(|error| StreamFault::NotJson(error.to_string()))?;
        let result = self.event(&raw, &document, out);
        self.tape = document.into_tape();
        if let Some(judged) = result? {
            self.parked = Some(Parked { raw, payload, judged: Some(judged) });
        }
        self.check()
    }

    /// Takes what is left when the backend has ended its stream, and ends the reply unless answers are
    /// waited for. A frame that was not `terminated` is given its end where it is changed or followed by
    /// something.
    ///
    /// # Errors
    /// As [`StreamRewriter::frame`]: the frame is not whole, and nothing of it leaves.
    pub fn tail(
        &mut self,
        raw: Bytes,
        payload: Option<Bytes>,
        terminated: bool,
        out: &mut Vec<Outgoing>,
    ) -> Result<(), StreamFault> {
        let framed = if terminated {
            raw.clone()
        } else {
            Bytes::from([&*raw, self.context.dialect.framing().end()].concat())
        };
        let before = out.len();
        self.frame(framed.clone(), payload, out)?;
        self.close();
        if self.is_parked() || self.waits() {
            return Ok(());
        }
        self.finish(out);
        if let Some([Outgoing::Permitted(only)]) = out.get_mut(before..)
            && *only.inner() == framed
        {
            *only = Permitted::mint(raw);
        }
        Ok(())
    }

    /// Ends the reply: whatever still waits is judged as complete.
    pub fn finish(&mut self, out: &mut Vec<Outgoing>) {
        if self.ended {
            return;
        }
        let open: Vec<u32> =
            self.choices.iter().filter(|choice| !choice.closed).map(|choice| choice.index).collect();
        for choice in open {
            self.flush(choice, None, out);
        }
        if let Some(restoring) = &mut self.restoring {
            restoring.finish(out);
        }
    }

    fn event(
        &mut self,
        raw: &Bytes,
        document: &Document<'_>,
        out: &mut Vec<Outgoing>,
    ) -> Result<Option<Pieces>, StreamFault> {
        let event = self.context.dialect.read_event(document)?;
        self.events += 1;
        self.failed |= event.error;
        if let Some(usage) = event.usage {
            self.usage = Some(usage);
        }
        for choice in &event.finished {
            self.choice(*choice).finished = true;
        }
        let mut pieces: Pieces = Vec::with_capacity(event.deltas.len());
        for delta in &event.deltas {
            if self.choice(delta.lane.choice).closed {
                pieces.push((Release { text: Some(String::new()), cut: None }, None));
                continue;
            }
            let index = self.lane(delta.lane, delta.encoding)?;
            let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
            let state = &mut self.lanes[index];
            let subject = subject.of(state.lane.channel, state.encoding);
            if self.heard < self.context.keep {
                self.heard += delta.text.len();
                state.heard.push_str(&delta.text);
            }
            let release = state.judge.push(&self.judge, subject, &delta.text);
            if delta.complete {
                state.judge.close(&self.judge, subject);
            }
            state.template = (state.judge.held() > 0).then(|| document.raw().to_vec());
            let cut = release.cut.is_some();
            pieces.push((release, Some(index)));
            if cut {
                return self.conclude(raw, document, &event, pieces, out).map(|()| None);
            }
        }
        if self.ends_unanswered(&event) {
            return Ok(Some(pieces));
        }
        self.conclude(raw, document, &event, pieces, out).map(|()| None)
    }

    /// Sends an event whose texts were judged, with what they end.
    fn conclude(
        &mut self,
        raw: &Bytes,
        document: &Document<'_>,
        event: &Event<'_>,
        pieces: Pieces,
        out: &mut Vec<Outgoing>,
    ) -> Result<(), StreamFault> {
        let (mut releases, cut) = self.end_complete(event, pieces);
        if self.held() > self.context.held_limit {
            return Err(StreamFault::TooMuch("text waiting for a verdict"));
        }
        if event.finished.is_empty() || event.error {
            self.remember(document);
        }
        if let Some((choice, outcome)) = cut {
            self.emit_edited(raw, document, event, &releases, true, out);
            self.cut(choice, outcome, out);
            return Ok(());
        }
        if self.context.dialect.framing() == Framing::Sse && self.all_dropped(event) {
            return Ok(());
        }
        let mut stopped = Vec::new();
        for choice in &event.finished {
            if self.choice(*choice).closed {
                stopped.push(*choice);
            } else if let Some(outcome) = self.flush(*choice, Some((event, &mut releases)), out) {
                stopped.push(*choice);
                self.emit_edited(raw, document, event, &releases, true, out);
                self.cut(*choice, outcome, out);
            }
        }
        if !stopped.is_empty() {
            // The event itself is not sent; what it says of other choices leaves by itself.
            for (delta, release) in event.deltas.iter().zip(&releases) {
                if !self.choice(delta.lane.choice).cut {
                    self.say(delta.lane, release.text.as_deref().unwrap_or(&delta.text), out);
                }
            }
            return Ok(());
        }
        let as_it_came = releases.iter().all(|release| release.text.is_none());
        let noticed = self.outcome.changes() && (!event.finished.is_empty() || event.deltas.is_empty());
        if as_it_came && !noticed {
            self.spoke(event, &releases);
            self.leave(Outgoing::Permitted(Permitted::mint(raw.clone())), document.raw(), out);
        } else {
            self.emit_edited(raw, document, event, &releases, false, out);
        }
        Ok(())
    }

    /// Whether the event speaks only about choices that were cut.
    fn all_dropped(&mut self, event: &Event<'_>) -> bool {
        let mut mentioned = event
            .deltas
            .iter()
            .map(|delta| delta.lane.choice)
            .chain(event.finished.iter().copied())
            .peekable();
        mentioned.peek().is_some() && mentioned.all(|index| self.choice(index).cut)
    }
}

#[cfg(test)]
mod tests;
