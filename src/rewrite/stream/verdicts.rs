//! Streams whose windows are judged by classifiers: questions out, answers in.
//!
//! Owns what waits for answers: text in its lane, an event that ends a text, and whatever came behind that
//! event. Refuses to ask and to know time; whoever has a clock gives an answer to every question, and be it
//! that there is none.

use bytes::Bytes;

use super::{Outgoing, Release, StreamFault, StreamRewriter, Subjects};
use crate::decide::Outcome;
use crate::decide::judge::{LaneJudge, Scores, Unavailable, WindowQuestion};
use crate::dialect::Event;
use crate::dialect::json::{Document, Limits};

/// A question about a window of one of the reply's texts.
#[derive(Debug)]
pub struct LaneQuestion {
    /// The text, for the answer.
    pub lane: usize,
    /// The window, and what is asked.
    pub asked: WindowQuestion,
}

/// What is said of each text of an event: what may leave, and which of the texts of the reply it belongs to.
pub(super) type Pieces = Vec<(Release, Option<usize>)>;

/// An event that waits until every window of the texts that it ends has an answer.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) raw: Bytes,
    pub(super) payload: Bytes,
    /// What may leave of its own texts; `None` for the last word of the API.
    pub(super) judged: Option<Pieces>,
}

impl StreamRewriter {
    /// The questions that have come up; each is given out once.
    pub fn take_questions(&mut self) -> Vec<LaneQuestion> {
        if self.ended {
            return Vec::new();
        }
        let of_lane = |(lane, judge): (usize, &mut LaneJudge)| {
            judge.take_questions().into_iter().map(move |asked| LaneQuestion { lane, asked })
        };
        self.lanes.iter_mut().map(|state| &mut state.judge).enumerate().flat_map(of_lane).collect()
    }

    /// Takes an answer; [`StreamRewriter::resume`] lets it take effect.
    pub fn answer(&mut self, lane: usize, window: u32, answer: Result<Scores, Unavailable>) {
        if let Some(state) = self.lanes.get_mut(lane) {
            state.judge.answer(&self.judge, window, answer);
        }
    }

    /// Whether any question has no answer.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.ended && self.lanes.iter().any(|state| state.judge.waits())
    }

    /// Whether an event waits for answers, and everything behind it.
    #[must_use]
    pub fn is_parked(&self) -> bool {
        !self.ended && self.parked.is_some()
    }

    /// Says that no more text will come, so that what is still open can be asked about.
    pub fn close(&mut self) {
        if self.parked.is_some() {
            return;
        }
        for state in &mut self.lanes {
            let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
            state.judge.close(&self.judge, subject.of(state.lane.channel, state.encoding));
        }
    }

    /// Lets answers take effect: what waited for them leaves, or is cut.
    ///
    /// # Errors
    /// As [`StreamRewriter::frame`], and when a question that a policy needs answered has no answer.
    pub fn resume(&mut self, out: &mut Vec<Outgoing>) -> Result<(), StreamFault> {
        // What no policy lets go on without an answer must not leave with the answers of others.
        self.check()?;
        if let Some(parked) = self.parked.take() {
            // What it may say of its texts comes before anything that waited behind them.
            if self.parked_waits(&parked)? {
                self.parked = Some(parked);
                return Ok(());
            }
            self.unpark(parked, out)?;
        }
        while !self.ended && self.parked.is_none() {
            let Some((raw, payload)) = self.backlog.pop_front() else { break };
            self.frame(raw, payload, out)?;
        }
        if !self.ended && self.parked.is_none() {
            self.settle(out);
        }
        self.check()
    }

    /// Whether an event waits for answers still.
    fn parked_waits(&self, parked: &Parked) -> Result<bool, StreamFault> {
        if parked.judged.is_none() {
            return Ok(self.waits());
        }
        let document = parse(&parked.payload)?;
        let event = self.context.dialect.read_event(&document)?;
        Ok(self.ends_unanswered_now(&event))
    }

    fn unpark(&mut self, parked: Parked, out: &mut Vec<Outgoing>) -> Result<(), StreamFault> {
        let Parked { raw, payload, judged } = parked;
        let Some(judged) = judged else { return self.frame(raw, Some(payload), out) };
        let document = parse(&payload)?;
        let event = self.context.dialect.read_event(&document)?;
        self.conclude(&raw, &document, &event, judged, out)
    }

    /// Lets answers take effect in all texts.
    fn settle(&mut self, out: &mut Vec<Outgoing>) {
        for index in 0..self.lanes.len() {
            if self.ended {
                return;
            }
            let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
            let state = &mut self.lanes[index];
            let lane = state.lane;
            let release = state.judge.settle(&self.judge, subject.of(lane.channel, state.encoding));
            self.note(index);
            self.say(lane, release.text.as_deref().unwrap_or_default(), out);
            if let Some(outcome) = release.cut
                && !self.choice(lane.choice).closed
            {
                self.cut(lane.choice, outcome, out);
            }
        }
    }

    /// Ends the texts of an event that end with it; says what may leave of each, and what cut.
    pub(super) fn end_complete(
        &mut self,
        event: &Event<'_>,
        pieces: Pieces,
    ) -> (Vec<Release>, Option<(u32, Outcome)>) {
        let mut releases = Vec::with_capacity(pieces.len());
        for (delta, (mut release, lane)) in event.deltas.iter().zip(pieces) {
            let ended = lane.filter(|_| delta.complete && release.cut.is_none());
            if let Some(state) = ended.and_then(|index| self.lanes.get_mut(index)) {
                let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
                let rest = state.judge.finish(&self.judge, subject.of(state.lane.channel, state.encoding));
                let tail = rest.text.unwrap_or_default();
                if !tail.is_empty() || rest.cut.is_some() {
                    release.text.get_or_insert_with(|| delta.text.to_string()).push_str(&tail);
                    release.cut = rest.cut;
                }
                if release.text.as_deref() == Some(&*delta.text) {
                    release.text = None;
                }
                if state.judge.held() == 0 {
                    state.template = None;
                }
            }
            let cut = release.cut.map(|outcome| (delta.lane.choice, outcome));
            releases.push(release);
            if cut.is_some() {
                return (releases, cut);
            }
        }
        (releases, None)
    }

    /// Asks about what is left of the texts that an event ends; says whether answers are waited for.
    pub(super) fn ends_unanswered(&mut self, event: &Event<'_>) -> bool {
        for state in &mut self.lanes {
            if event.finished.contains(&state.lane.choice) {
                let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
                state.judge.close(&self.judge, subject.of(state.lane.channel, state.encoding));
            }
        }
        self.ends_unanswered_now(event)
    }

    fn ends_unanswered_now(&self, event: &Event<'_>) -> bool {
        let ends = |lane| event.finished.contains(&lane);
        let completes = |lane| event.deltas.iter().any(|delta| delta.complete && delta.lane == lane);
        self.lanes
            .iter()
            .any(|state| state.judge.waits() && (ends(state.lane.choice) || completes(state.lane)))
    }

    /// Whether the stream can go on.
    pub(super) fn check(&self) -> Result<(), StreamFault> {
        if self.ended {
            return Ok(());
        }
        if let Some(down) = self.lanes.iter().find_map(|state| state.judge.learned().down) {
            return Err(StreamFault::Unavailable(down));
        }
        if self.held() > self.context.held_limit {
            return Err(StreamFault::TooMuch("text waiting for a verdict"));
        }
        Ok(())
    }
}

fn parse(payload: &[u8]) -> Result<Document<'_>, StreamFault> {
    Document::parse(payload, Limits::default()).map_err(|error| StreamFault::NotJson(error.to_string()))
}
