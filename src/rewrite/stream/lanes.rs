//! The texts and the choices of a streamed reply, and what can be asked of them.
//!
//! Owns how many there may be, and when a choice is over. Refuses to change anything that leaves.

use super::{StreamFault, StreamRewriter};
use crate::decide::judge::LaneJudge;
use crate::decide::{Outcome, Subject};
use crate::dialect::{Face, Usage};
use crate::rewrite::restore::Restoring;
use crate::text::{Channel, Encoding, Lane, Phase, Role};

/// Lanes that one reply may have. A backend that opens more is broken or hostile.
const LANES: usize = 1_024;

pub(super) struct LaneState {
    pub(super) lane: Lane,
    pub(super) encoding: Encoding,
    pub(super) judge: LaneJudge,
    /// What the backend said in it, where that is kept.
    pub(super) heard: String,
    /// The last event of the lane, kept while text of it waits, so that the rest can be said in the
    /// same form.
    pub(super) template: Option<Vec<u8>>,
}

#[derive(Default)]
pub(super) struct ChoiceState {
    pub(super) index: u32,
    /// Whether any event of it was sent.
    pub(super) opened: bool,
    /// Whether any content of it was sent.
    pub(super) spoken: bool,
    /// Whether nothing more is said in it: the backend ended it, a rule cut it, or the stream is over.
    pub(super) closed: bool,
    /// Whether the backend said its last word on it.
    pub(super) finished: bool,
    pub(super) cut: bool,
}

impl StreamRewriter {
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
        let judged: usize = self.lanes.iter().map(|state| state.judge.held()).sum();
        let behind: usize = self.backlog.iter().map(|(raw, _)| raw.len()).sum();
        judged + behind + self.restoring.as_ref().map_or(0, Restoring::held)
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

    /// What the backend said, lane by lane in the order of [`StreamRewriter::lanes`], as far as it is kept.
    pub fn heard(&self) -> impl Iterator<Item = (Lane, Encoding, &str)> {
        self.lanes.iter().map(|state| (state.lane, state.encoding, state.heard.as_str()))
    }

    /// What every lane has come to, for the audit log.
    pub fn lanes(&self) -> impl Iterator<Item = (Lane, &LaneJudge)> {
        self.lanes.iter().map(|state| (state.lane, &state.judge))
    }

    pub(super) fn lane(&mut self, lane: Lane, encoding: Encoding) -> Result<usize, StreamFault> {
        // A lane whose text was complete goes on with another text, judged on its own.
        if let Some(index) =
            self.lanes.iter().rposition(|state| state.lane == lane && !state.judge.is_closed())
        {
            return Ok(index);
        }
        if self.lanes.len() >= LANES {
            return Err(StreamFault::TooMuch("parallel texts"));
        }
        let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
        let judge = self.judge.lane(subject.of(lane.channel, encoding));
        self.lanes.push(LaneState { lane, encoding, judge, heard: String::new(), template: None });
        Ok(self.lanes.len() - 1)
    }

    pub(super) fn choice(&mut self, index: u32) -> &mut ChoiceState {
        let at = match self.choices.iter().position(|choice| choice.index == index) {
            Some(at) => at,
            None => {
                self.choices.push(ChoiceState { index, ..ChoiceState::default() });
                self.choices.len() - 1
            }
        };
        &mut self.choices[at]
    }
}

/// What the judge is told of a text of the reply.
pub(super) struct Subjects<'a> {
    pub(super) face: &'a Face,
    pub(super) tenant: &'a str,
}

impl<'a> Subjects<'a> {
    pub(super) fn of(&self, channel: Channel, encoding: Encoding) -> Subject<'a> {
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
