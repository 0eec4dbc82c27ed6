//! Streams: the judged events of a reply with their placeholders restored.
//!
//! The last stage of a stream, and only of one whose prompt had something set aside. It takes
//! finished events, the backend's and the gateway's own, so that no other stage has to know of it.
//! Owns what waits of each lane: at most the beginning of one placeholder. Refuses to judge.

use std::sync::Arc;

use super::{Originals, Restorer};
use crate::dialect::json::{Document, Limits, Tape};
use crate::dialect::literal::encode_string;
use crate::dialect::splice::{Edit, null_out, splice};
use crate::dialect::{Dialect, Event, Face};
use crate::rewrite::stream::{Outgoing, own, reframe};
use crate::rewrite::{Own, Permitted};
use crate::text::Lane;

/// The restoring of one streamed reply.
pub(in crate::rewrite) struct Restoring {
    originals: Arc<Originals>,
    dialect: &'static dyn Dialect,
    face: Face,
    lanes: Vec<Waiting>,
    tape: Tape,
}

struct Waiting {
    lane: Lane,
    restorer: Restorer,
    /// The last event of the lane, kept while text of it waits, so that the rest can be said in the
    /// same form.
    template: Option<Vec<u8>>,
}

impl Restoring {
    pub(in crate::rewrite) fn new(
        originals: Arc<Originals>,
        dialect: &'static dyn Dialect,
        face: Face,
    ) -> Self {
        Self { originals, dialect, face, lanes: Vec::new(), tape: Tape::default() }
    }

    /// Bytes of text that wait, over all lanes.
    pub(in crate::rewrite) fn held(&self) -> usize {
        self.lanes.iter().map(|waiting| waiting.restorer.waits.len()).sum()
    }

    /// Takes a frame that is about to leave, with the payload in it.
    pub(in crate::rewrite) fn frame(&mut self, frame: Outgoing, payload: &[u8], out: &mut Vec<Outgoing>) {
        if self.dialect.terminator().is_some_and(|end| payload.trim_ascii() == end.as_bytes()) {
            self.finish(out);
            out.push(frame);
            return;
        }
        let Ok(document) = Document::parse_into(payload, Limits::default(), std::mem::take(&mut self.tape))
        else {
            out.push(frame);
            return;
        };
        match self.dialect.read_event(&document) {
            Ok(event) => self.event(frame, &document, &event, out),
            // Nothing of the kind leaves the stages before; what has no texts has no placeholders.
            Err(_) => out.push(frame),
        }
        self.tape = document.into_tape();
    }

    /// Lets go of everything that waits: nothing more will come.
    pub(in crate::rewrite) fn finish(&mut self, out: &mut Vec<Outgoing>) {
        for index in 0..self.lanes.len() {
            if let Some((lane, rest, template)) = self.rest(index) {
                self.say(lane, &rest, template, out);
            }
        }
    }

    fn event(
        &mut self,
        frame: Outgoing,
        document: &Document<'_>,
        event: &Event<'_>,
        out: &mut Vec<Outgoing>,
    ) {
        let mut texts: Vec<Option<String>> = Vec::with_capacity(event.deltas.len());
        for delta in &event.deltas {
            let index = self.lane(delta.lane);
            let Some(waiting) = self.lanes.get_mut(index) else { continue };
            texts.push(waiting.restorer.push(&delta.text, delta.encoding, delta.complete, &self.originals));
            waiting.template = (!waiting.restorer.waits.is_empty()).then(|| document.raw().to_vec());
        }
        for index in 0..self.lanes.len() {
            if !self.lanes.get(index).is_some_and(|waiting| event.finished.contains(&waiting.lane.choice)) {
                continue;
            }
            let Some((lane, rest, template)) = self.rest(index) else { continue };
            let own_delta = event.deltas.iter().rposition(|delta| delta.lane == lane);
            match own_delta.and_then(|at| Some((texts.get_mut(at)?, event.deltas.get(at)?))) {
                Some((text, delta)) => {
                    text.get_or_insert_with(|| delta.text.to_string()).push_str(&rest);
                }
                None => self.say(lane, &rest, template, out),
            }
        }
        if texts.iter().all(Option::is_none) {
            out.push(frame);
        } else {
            self.edited(frame, document, event, &texts, out);
        }
    }

    /// Sends an event with its texts replaced, unless nothing is left for it to say.
    fn edited(
        &self,
        frame: Outgoing,
        document: &Document<'_>,
        event: &Event<'_>,
        texts: &[Option<String>],
        out: &mut Vec<Outgoing>,
    ) {
        let (mut edits, mut changed, mut any_text) = (Vec::new(), Vec::new(), false);
        for (delta, text) in event.deltas.iter().zip(texts) {
            any_text |= !text.as_deref().unwrap_or(&delta.text).is_empty();
            if let Some(text) = text {
                changed.push(delta.lane.choice);
                edits.push(Edit { range: delta.source.clone(), with: encode_string(text) });
            }
        }
        if !any_text && !event.carries_more {
            return;
        }
        let of_changed = event.shadows.iter().filter(|shadow| changed.contains(&shadow.choice));
        edits.extend(of_changed.map(|shadow| null_out(shadow.source.clone())));
        let payload = splice(document.raw(), &edits);
        let framing = self.dialect.framing();
        out.push(match frame {
            Outgoing::Permitted(raw) => {
                let framed = reframe(framing, raw.inner(), document.raw(), &payload);
                Outgoing::Permitted(Permitted::mint(framed))
            }
            Outgoing::Own(raw) => {
                let framed = reframe(framing, &raw.into_inner(), document.raw(), &payload);
                Outgoing::Own(Own::mint(framed))
            }
        });
    }

    fn lane(&mut self, lane: Lane) -> usize {
        match self.lanes.iter().position(|waiting| waiting.lane == lane) {
            Some(index) => index,
            None => {
                self.lanes.push(Waiting { lane, restorer: Restorer::default(), template: None });
                self.lanes.len() - 1
            }
        }
    }

    /// What waits of a lane, which ends.
    fn rest(&mut self, index: usize) -> Option<(Lane, String, Option<Vec<u8>>)> {
        let waiting = self.lanes.get_mut(index)?;
        let rest = std::mem::take(&mut waiting.restorer.waits);
        (!rest.is_empty()).then(|| (waiting.lane, rest, waiting.template.take()))
    }

    /// Sends text of a lane in an event of its own.
    fn say(&self, lane: Lane, text: &str, template: Option<Vec<u8>>, out: &mut Vec<Outgoing>) {
        let face = Face { template, ..self.face.clone() };
        out.push(own(self.dialect, &self.dialect.delta(&face, lane, text, false)));
    }
}
