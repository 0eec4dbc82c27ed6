//! What a stream says: edited events, events of our own, and the end of a choice.
//!
//! Owns the writing of events. Refuses to judge; `super` does, and says what may leave.

use bytes::Bytes;

use super::frames::{own, reframe};
use super::{Outgoing, Release, StreamRewriter, Subjects};
use crate::decide::Outcome;
use crate::dialect::json::Document;
use crate::dialect::literal::encode_string;
use crate::dialect::splice::{Edit, insert_member, null_out, splice};
use crate::dialect::{Event, Face, Notice, Usage};
use crate::rewrite::Permitted;
use crate::text::{Channel, Lane};

impl StreamRewriter {
    /// Sends an event with its texts replaced by what may leave of them, unless nothing is left to
    /// say. `texts_only` leaves out an event that would only carry what its choice's end takes back.
    pub(super) fn emit_edited(
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
            let cut = event.finished.iter().copied().find(|choice| !self.choice(*choice).closed);
            for (delta, release) in event.deltas.iter().zip(releases) {
                if Some(delta.lane.choice) == cut {
                    self.say(delta.lane, release.text.as_deref().unwrap_or(&delta.text), out);
                }
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
        self.leave(Outgoing::Permitted(Permitted::mint(framed)), &payload, out);
    }

    /// Ends the lanes of a choice that the backend ends. What they still hold leaves with the
    /// event's own text of the lane, or in an event of its own. Says what cuts, if anything does.
    pub(super) fn flush(
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
            let (lane, release) = self.end_lane(index);
            if let Some(outcome) = release.cut {
                cut = Some(cut.map_or(outcome, |known| known.max(self.judge.policies(), outcome)));
            }
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

    /// Judges what a lane still holds as the end of its text.
    fn end_lane(&mut self, index: usize) -> (Lane, Release) {
        let subject = Subjects { face: &self.context.face, tenant: &self.context.tenant };
        let state = &mut self.lanes[index];
        let lane = state.lane;
        let release = state.judge.finish(&self.judge, subject.of(lane.channel, state.encoding));
        self.note(index);
        (lane, release)
    }

    /// Ends a choice with the reply of the rule that cut it, and the stream when no choice is left.
    pub(super) fn cut(&mut self, choice: u32, outcome: Outcome, out: &mut Vec<Outgoing>) {
        // Other lanes of the choice end here too; what they hold is judged and leaves.
        for index in 0..self.lanes.len() {
            if self.lanes[index].lane.choice != choice {
                continue;
            }
            let (lane, rest) = self.end_lane(index);
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
            self.leave_own(&closing, out);
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
                self.leave_own(&event, out);
            }
            if let Some(end) = self.context.dialect.terminator() {
                self.leave_own(end.as_bytes(), out);
            }
            self.ended = true;
        }
    }

    /// Sends text of a lane in an event of its own.
    pub(super) fn say(&mut self, lane: Lane, text: &str, out: &mut Vec<Outgoing>) {
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
        self.leave_own(&event, out);
        self.sent(lane, text);
    }

    /// Everything that leaves, leaves here, so that what was set aside comes back in all of it. What
    /// is remembered as said has the placeholders.
    pub(super) fn leave(&mut self, frame: Outgoing, payload: &[u8], out: &mut Vec<Outgoing>) {
        match &mut self.restoring {
            Some(restoring) => restoring.frame(frame, payload, out),
            None => out.push(frame),
        }
    }

    fn leave_own(&mut self, payload: &[u8], out: &mut Vec<Outgoing>) {
        self.leave(own(self.context.dialect, payload), payload, out);
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
        self.leave_own(&error, out);
        if let Some(end) = self.context.dialect.terminator() {
            self.leave_own(end.as_bytes(), out);
        }
        self.ended = true;
    }

    pub(super) fn spoke(&mut self, event: &Event<'_>, releases: &[Release]) {
        for (delta, release) in event.deltas.iter().zip(releases) {
            self.sent(delta.lane, release.text.as_deref().unwrap_or(&delta.text));
        }
        for index in 0..self.lanes.len() {
            self.note(index);
        }
    }

    /// Takes over what a lane's rules have come to.
    pub(super) fn note(&mut self, index: usize) {
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
    pub(super) fn remember(&mut self, document: &Document<'_>) {
        if self.context.face.template.is_none() {
            self.context.face.template = Some(document.raw().to_vec());
        }
    }

    /// The usage as the backend told it; before it has, the events so far stand for tokens.
    fn usage_now(&self) -> Usage {
        self.usage.unwrap_or(Usage { prompt_tokens: 0, completion_tokens: self.events })
    }
}
