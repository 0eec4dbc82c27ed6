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

use std::sync::Arc;

use bytes::Bytes;

use super::{Own, Permitted};
use crate::decide::judge::{Judge, LaneJudge, Release};
use crate::decide::{Outcome, Subject, Words};
use crate::dialect::json::{Document, Limits, Tape};
use crate::dialect::literal::encode_string;
use crate::dialect::splice::{Edit, insert_member, null_out, splice};
use crate::dialect::{Dialect, Event, Face, Framing, Notice, Unreadable, Usage};
use crate::text::{Channel, Encoding, Lane, Phase, Role};

/// Lanes that one reply may have. A backend that opens more is broken or hostile.
const LANES: usize = 1_024;

/// Something that may be sent to the client, framed.
#[derive(Debug)]
pub enum Outgoing {
    /// The backend's, judged.
    Permitted(Permitted<Bytes>),
    /// The gateway's own.
    Own(Own<Bytes>),
}

/// Why a stream cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StreamFault {
    /// An event is not one of the API's.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// An event is not JSON, or reads differently in different parsers.
    #[error("an event of the reply is not strict JSON: {0}")]
    NotJson(String),
    /// More lanes or more held text than are allowed.
    #[error("the reply has more {0} than the gateway keeps")]
    TooMuch(&'static str),
}

/// What the rewriter has to know about the exchange.
#[derive(Debug)]
pub struct StreamContext {
    /// The API.
    pub dialect: &'static dyn Dialect,
    /// What events of our own look like.
    pub face: Face,
    /// Whether the client asked for the usage.
    pub include_usage: bool,
    /// Whose exchange it is.
    pub tenant: Arc<str>,
    /// Revision of the policies.
    pub revision: String,
    /// Bytes of text that may wait, over all lanes.
    pub held_limit: usize,
    /// Whether the text that leaves is remembered for [`StreamRewriter::take_said`].
    pub remember: bool,
}

struct LaneState {
    lane: Lane,
    encoding: Encoding,
    judge: LaneJudge,
    /// The last event of the lane, kept while text of it waits, so that the rest can be said in the
    /// same form.
    template: Option<Vec<u8>>,
}

#[derive(Default)]
struct ChoiceState {
    index: u32,
    /// Whether any event of it was sent.
    opened: bool,
    /// Whether any content of it was sent.
    spoken: bool,
    /// Whether nothing more is said in it: the backend ended it, a rule cut it, or the stream is over.
    closed: bool,
    /// Whether the backend said its last word on it.
    finished: bool,
    cut: bool,
}

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
    tape: Tape,
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
            tape: Tape::default(),
        }
    }

    /// Whether nothing more will be sent, so that the backend can be left.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The largest action that was taken, and the rule behind it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Token counts, as far as the backend has told them.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// Bytes of text that wait, over all lanes.
    #[must_use]
    pub fn held(&self) -> usize {
        self.lanes.iter().map(|state| state.judge.held()).sum()
    }

    /// Whether the backend sent an error event.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Whether a rule has ended any choice.
    #[must_use]
    pub fn was_cut(&self) -> bool {
        self.choices.iter().any(|choice| choice.cut)
    }

    /// Whether every choice has ended in an API that says no last word of its own.
    #[must_use]
    pub fn all_said(&self) -> bool {
        self.context.dialect.terminator().is_none()
            && self.choices.len() >= self.context.face.choices as usize
            && self.choices.iter().all(|choice| choice.closed)
    }

    /// Whether the backend stopped without the last word of its API, or of any choice.
    #[must_use]
    pub fn left_open(&self) -> bool {
        !self.ended
            && (self.choices.is_empty() || self.choices.iter().any(|choice| !choice.finished && !choice.cut))
    }

    /// The text that has left since the last call, by lane, in order.
    pub fn take_said(&mut self) -> Vec<(Lane, String)> {
        std::mem::take(&mut self.said)
    }

    /// What every lane has come to, for the audit log.
    pub fn lanes(&self) -> impl Iterator<Item = (Lane, &LaneJudge)> {
        self.lanes.iter().map(|state| (state.lane, &state.judge))
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
        let Some(payload) = payload else {
            out.push(Outgoing::Permitted(Permitted::mint(raw)));
            return Ok(());
        };
        if self.context.dialect.terminator().is_some_and(|end| payload.trim_ascii() == end.as_bytes()) {
            self.finish(out);
            out.push(Outgoing::Permitted(Permitted::mint(raw)));
            self.ended = true;
            return Ok(());
        }
        let tape = std::mem::take(&mut self.tape);
        let document = Document::parse_into(&payload, Limits::default(), tape)
            .map_err(|error| StreamFault::NotJson(error.to_string()))?;
        let result = self.event(&raw, &document, out);
        self.tape = document.into_tape();
        result
    }

    /// Takes what is left when the backend has ended its stream, and ends the reply. A frame that
    /// was not `terminated` is given its end where it is changed or followed by something.
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
    }

    fn event(
        &mut self,
        raw: &Bytes,
        document: &Document<'_>,
        out: &mut Vec<Outgoing>,
    ) -> Result<(), StreamFault> {
        let event = self.context.dialect.read_event(document)?;
        self.events += 1;
        self.failed |= event.error;
        if let Some(usage) = event.usage {
            self.usage = Some(usage);
        }
        for choice in &event.finished {
            self.choice(*choice).finished = true;
        }
        let mut releases = Vec::with_capacity(event.deltas.len());
        let mut cut = None;
        for delta in &event.deltas {
            if self.choice(delta.lane.choice).closed {
                releases.push(Release { text: Some(String::new()), cut: None });
                continue;
            }
            let index = self.lane(delta.lane, delta.encoding)?;
            let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
            let state = &mut self.lanes[index];
            let subject = subject.of(state.lane.channel, state.encoding);
            let mut release = state.judge.push(&self.judge, subject, &delta.text);
            if delta.complete && release.cut.is_none() {
                let rest = state.judge.finish(&self.judge, subject);
                let tail = rest.text.unwrap_or_default();
                if !tail.is_empty() || rest.cut.is_some() {
                    release.text.get_or_insert_with(|| delta.text.to_string()).push_str(&tail);
                    release.cut = rest.cut;
                }
                if release.text.as_deref() == Some(&*delta.text) {
                    release.text = None;
                }
            }
            state.template = (state.judge.held() > 0).then(|| document.raw().to_vec());
            if cut.is_none() {
                cut = release.cut.map(|outcome| (delta.lane.choice, outcome));
            }
            releases.push(release);
            if cut.is_some() {
                break;
            }
        }
        if self.held() > self.context.held_limit {
            return Err(StreamFault::TooMuch("text waiting for a verdict"));
        }
        if event.finished.is_empty() || event.error {
            self.remember(document);
        }
        if let Some((choice, outcome)) = cut {
            self.emit_edited(raw, document, &event, &releases, true, out);
            self.cut(choice, outcome, out);
            return Ok(());
        }
        if self.context.dialect.framing() == Framing::Sse && self.all_dropped(&event) {
            return Ok(());
        }
        let mut stopped = Vec::new();
        for choice in &event.finished {
            if self.choice(*choice).closed {
                stopped.push(*choice);
            } else if let Some(outcome) = self.flush(*choice, Some((&event, &mut releases)), out) {
                stopped.push(*choice);
                self.emit_edited(raw, document, &event, &releases, true, out);
                self.cut(*choice, outcome, out);
            }
        }
        if !stopped.is_empty() {
            return Ok(());
        }
        let as_it_came = releases.iter().all(|release| release.text.is_none());
        let noticed = self.outcome.changes() && (!event.finished.is_empty() || event.deltas.is_empty());
        if as_it_came && !noticed {
            self.spoke(&event, &releases);
            out.push(Outgoing::Permitted(Permitted::mint(raw.clone())));
        } else {
            self.emit_edited(raw, document, &event, &releases, false, out);
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

    /// Sends an event with its texts replaced by what may leave of them, unless nothing is left to
    /// say. `texts_only` leaves out an event that would only carry what its choice's end takes back.
    fn emit_edited(
        &mut self,
        raw: &Bytes,
        document: &Document<'_>,
        event: &Event<'_>,
        releases: &[Release],
        texts_only: bool,
        out: &mut Vec<Outgoing>,
    ) {
        let mut edits = Vec::new();
        let mut any_text = false;
        let mut changed = Vec::new();
        for (index, delta) in event.deltas.iter().enumerate() {
            let left = match releases.get(index) {
                Some(Release { text: None, .. }) => {
                    any_text |= !delta.text.is_empty();
                    continue;
                }
                Some(Release { text: Some(text), .. }) => text.as_str(),
                None => "",
            };
            any_text |= !left.is_empty();
            changed.push(delta.lane.choice);
            edits.push(Edit { range: delta.source.clone(), with: encode_string(left) });
        }
        if !any_text && (texts_only || !event.carries_more) && !event.deltas.is_empty() {
            return;
        }
        if texts_only && !event.finished.is_empty() {
            // The backend's own end of the choice is taken back; its last text leaves by itself.
            for (delta, release) in event.deltas.iter().zip(releases) {
                let text = release.text.as_deref().unwrap_or(&delta.text);
                self.say(delta.lane, text, out);
            }
            return;
        }
        let of_changed = |choice: &u32| changed.contains(choice);
        edits.extend(
            event
                .shadows
                .iter()
                .filter(|shadow| of_changed(&shadow.choice))
                .map(|shadow| null_out(shadow.source.clone())),
        );
        if !event.finished.is_empty() || event.deltas.is_empty() {
            edits.extend(self.notice_edit(document));
        }
        self.spoke(event, releases);
        let payload = splice(document.raw(), &edits);
        let framed = reframe(self.context.dialect.framing(), raw, document.raw(), &payload);
        out.push(Outgoing::Permitted(Permitted::mint(framed)));
    }

    /// Ends the lanes of a choice that the backend ends. What they still hold leaves with the
    /// event's own text of the lane, or in an event of its own. Says what cuts, if anything does.
    fn flush(
        &mut self,
        choice: u32,
        mut event: Option<(&Event<'_>, &mut Vec<Release>)>,
        out: &mut Vec<Outgoing>,
    ) -> Option<Outcome> {
        let mut cut: Option<Outcome> = None;
        for index in 0..self.lanes.len() {
            if self.lanes[index].lane.choice != choice {
                continue;
            }
            let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
            let state = &mut self.lanes[index];
            let lane = state.lane;
            let release = state.judge.finish(&self.judge, subject.of(lane.channel, state.encoding));
            if let Some(outcome) = release.cut {
                cut = Some(cut.map_or(outcome, |known| known.max(self.judge.policies(), outcome)));
            }
            self.note(index);
            let text = release.text.unwrap_or_default();
            if text.is_empty() {
                continue;
            }
            let own_delta = event.as_mut().and_then(|(event, releases)| {
                let at = event.deltas.iter().rposition(|delta| delta.lane == lane)?;
                let before = event.deltas[at].text.as_ref();
                releases.get_mut(at).map(|release| (release, before))
            });
            match own_delta {
                Some((release, before)) => {
                    let so_far = release.text.get_or_insert_with(|| before.to_owned());
                    so_far.push_str(&text);
                }
                None => self.say(lane, &text, out),
            }
        }
        if cut.is_none() {
            self.choice(choice).closed = true;
        }
        if event.is_none()
            && let Some(outcome) = cut
        {
            self.cut(choice, outcome, out);
        }
        cut
    }

    /// Ends a choice with the reply of the rule that cut it, and the stream when no choice is left.
    fn cut(&mut self, choice: u32, outcome: Outcome, out: &mut Vec<Outgoing>) {
        // Other lanes of the choice end here too; what they hold is judged and leaves.
        for index in 0..self.lanes.len() {
            if self.lanes[index].lane.choice != choice {
                continue;
            }
            let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
            let state = &mut self.lanes[index];
            let lane = state.lane;
            let rest = state.judge.finish(&self.judge, subject.of(lane.channel, state.encoding));
            self.note(index);
            self.say(lane, rest.text.as_deref().unwrap_or_default(), out);
        }
        self.outcome = self.outcome.max(self.judge.policies(), outcome);
        let words = (self.words)(outcome);
        let spoken = self.choice(choice).spoken;
        let text = if spoken { format!("{}{}", words.joint, words.text) } else { words.text };
        let lane = Lane { choice, channel: Channel::Content, index: 0 };
        if outcome.answers() {
            self.say(lane, &text, out);
        }
        let usage = self.usage_now();
        if let Some(notice) = self.notice() {
            let closing = self.context.dialect.closing(&self.context.face, choice, usage, &notice);
            out.push(own(self.context.dialect, &closing));
        }
        let state = self.choice(choice);
        state.closed = true;
        state.cut = true;
        let open = self.choices.iter().filter(|choice| !choice.closed).count();
        let unseen = (self.context.face.choices as usize).saturating_sub(self.choices.len());
        if open + unseen == 0 {
            if self.context.include_usage
                && let Some(event) =
                    self.context.dialect.usage(&self.context.face, usage, self.notice().as_ref())
            {
                out.push(own(self.context.dialect, &event));
            }
            if let Some(end) = self.context.dialect.terminator() {
                out.push(own(self.context.dialect, end.as_bytes()));
            }
            self.ended = true;
        }
    }

    /// Sends text of a lane in an event of its own.
    fn say(&mut self, lane: Lane, text: &str, out: &mut Vec<Outgoing>) {
        if text.is_empty() {
            return;
        }
        let opening = !self.choice(lane.choice).opened;
        let waiting = self.lanes.iter_mut().rev().find(|state| state.lane == lane);
        let event = match waiting.and_then(|state| state.template.take()) {
            Some(template) => {
                let face = Face { template: Some(template), ..self.context.face.clone() };
                self.context.dialect.delta(&face, lane, text, opening)
            }
            None => self.context.dialect.delta(&self.context.face, lane, text, opening),
        };
        out.push(own(self.context.dialect, &event));
        self.sent(lane, text);
    }

    /// Takes note of text that leaves.
    fn sent(&mut self, lane: Lane, text: &str) {
        let choice = self.choice(lane.choice);
        choice.opened = true;
        if text.is_empty() {
            return;
        }
        choice.spoken |= lane.channel == Channel::Content;
        if self.context.remember {
            match self.said.last_mut() {
                Some((last, said)) if *last == lane => said.push_str(text),
                _ => self.said.push((lane, text.to_owned())),
            }
        }
    }

    /// Ends the stream with an error event, since what follows cannot be judged.
    pub fn fail(&mut self, status: u16, code: &str, message: &str, out: &mut Vec<Outgoing>) {
        if self.ended {
            return;
        }
        let error = self.context.dialect.error(status, code, message);
        out.push(own(self.context.dialect, &error));
        if let Some(end) = self.context.dialect.terminator() {
            out.push(own(self.context.dialect, end.as_bytes()));
        }
        self.ended = true;
    }

    fn lane(&mut self, lane: Lane, encoding: Encoding) -> Result<usize, StreamFault> {
        // A lane whose text was complete goes on with another text, judged on its own.
        if let Some(index) =
            self.lanes.iter().rposition(|state| state.lane == lane && !state.judge.has_ended())
        {
            return Ok(index);
        }
        if self.lanes.len() >= LANES {
            return Err(StreamFault::TooMuch("parallel texts"));
        }
        let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
        let judge = self.judge.lane(subject.of(lane.channel, encoding));
        self.lanes.push(LaneState { lane, encoding, judge, template: None });
        Ok(self.lanes.len() - 1)
    }

    fn choice(&mut self, index: u32) -> &mut ChoiceState {
        let at = match self.choices.iter().position(|choice| choice.index == index) {
            Some(at) => at,
            None => {
                self.choices.push(ChoiceState { index, ..ChoiceState::default() });
                self.choices.len() - 1
            }
        };
        &mut self.choices[at]
    }

    fn spoke(&mut self, event: &Event<'_>, releases: &[Release]) {
        for (delta, release) in event.deltas.iter().zip(releases) {
            self.sent(delta.lane, release.text.as_deref().unwrap_or(&delta.text));
        }
        for index in 0..self.lanes.len() {
            self.note(index);
        }
    }

    /// Takes over what a lane's rules have come to.
    fn note(&mut self, index: usize) {
        let verdicts = self.lanes[index].judge.verdicts();
        if !verdicts.is_empty() {
            let policies = self.judge.policies();
            let acting = crate::decide::outcome(policies, verdicts.iter());
            self.outcome = self.outcome.max(policies, acting);
        }
    }

    fn notice(&self) -> Option<Notice> {
        let rule = self.outcome.rule?;
        Some(Notice {
            id: self.context.face.id.clone(),
            action: self.outcome.action.as_str(),
            rule: self.judge.policies().rule(rule).path.to_string(),
            revision: self.context.revision.clone(),
        })
    }

    fn notice_edit(&self, document: &Document<'_>) -> Option<Edit> {
        if !self.outcome.changes() {
            return None;
        }
        let notice = serde_json::to_vec(&self.notice()?).ok()?;
        insert_member(document, "qwarden", &notice)
    }

    /// Keeps the event as the model of events of our own. The first is enough: id, model and
    /// timestamps do not change, and Ollama's timestamps are ours to give.
    fn remember(&mut self, document: &Document<'_>) {
        if self.context.face.template.is_none() {
            self.context.face.template = Some(document.raw().to_vec());
        }
    }

    /// The usage as the backend told it; before it has, the events so far stand for tokens.
    fn usage_now(&self) -> Usage {
        self.usage.unwrap_or(Usage { prompt_tokens: 0, completion_tokens: self.events })
    }
}

struct Subjects<'a> {
    face: &'a Face,
    tenant: &'a str,
}

impl<'a> Subjects<'a> {
    fn of(&self, channel: Channel, encoding: Encoding) -> Subject<'a> {
        Subject {
            phase: Phase::Output,
            role: Role::Assistant,
            channel,
            encoding,
            model: &self.face.model,
            tenant: self.tenant,
        }
    }
}

/// Several frames as one: what one chunk of the backend's came to leaves in one write.
#[must_use]
pub fn join(mut frames: Vec<Outgoing>) -> Option<Outgoing> {
    if frames.len() < 2 {
        return frames.pop();
    }
    let mut all = Vec::new();
    let mut judged = false;
    for frame in frames {
        match frame {
            Outgoing::Permitted(bytes) => {
                judged = true;
                all.extend_from_slice(bytes.inner());
            }
            Outgoing::Own(bytes) => all.extend_from_slice(&bytes.into_inner()),
        }
    }
    let all = Bytes::from(all);
    Some(if judged { Outgoing::Permitted(Permitted::mint(all)) } else { Outgoing::Own(Own::mint(all)) })
}

fn own(dialect: &dyn Dialect, payload: &[u8]) -> Outgoing {
    Outgoing::Own(Own::mint(dialect.framing().wrap(payload)))
}

/// The frame with another payload in the old one's place, so that its other lines stay as they
/// were; a plain frame where the payload was spread over several lines.
fn reframe(framing: Framing, raw: &[u8], old: &[u8], new: &[u8]) -> Bytes {
    match memchr::memmem::find(raw, old) {
        Some(at) => Bytes::from([&raw[..at], new, &raw[at + old.len()..]].concat()),
        None => framing.wrap(new),
    }
}

#[cfg(test)]
mod tests;
