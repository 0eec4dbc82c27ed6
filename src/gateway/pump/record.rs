//! What the record says of a stream: what was found, what was said, how long it waited.
//!
//! Owns the one completion of the record, also where the client goes first. Refuses to send anything.

use std::time::Instant;

use super::Pump;
use crate::audit::Ended;
use crate::gateway::exchange::usage;
use crate::gateway::findings::{self, Place};
use crate::gateway::masking::Heard;
use crate::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment};

impl Pump {
    /// Completes the record, and waits until it is safe. `false` when it cannot be written.
    pub(super) async fn record(&mut self, ended: Ended) -> bool {
        // What leaves right after the record belongs to it too.
        self.listen();
        self.heard.push(&std::mem::take(&mut self.queued));
        self.conclude();
        match self.exchange.trail.complete(Some(ended)) {
            Some(receipt) => receipt.await.is_ok(),
            None => true,
        }
    }

    /// Writes into the record what was found and said.
    pub(super) fn conclude(&mut self) {
        self.recorded = true;
        self.time_held();
        let exchange = &self.exchange;
        let masking = exchange.masking(&self.model);
        let mut found = Vec::new();
        let mut verdicts = Vec::new();
        let mut unjudged = 0;
        let mut refused = false;
        for (index, (lane, judge)) in self.rewriter.lanes().enumerate() {
            let place = Place {
                phase: Phase::Output,
                segment: index as u32,
                role: Role::Assistant,
                channel: lane.channel,
            };
            found.extend(findings::of_lane(masking, place, Encoding::Plain, judge));
            verdicts.extend(judge.verdicts().iter().cloned());
            unjudged += judge.learned().unjudged;
            refused |= judge.learned().refused.is_some();
        }
        if unjudged > 0 {
            exchange.gateway.metrics.classifier_unjudged(unjudged);
        }
        exchange.conclude(self.rewriter.outcome(), verdicts.iter(), found);
        exchange.gateway.metrics.screened(Phase::Output, self.screening);
        exchange.gateway.metrics.held(self.held_max, self.held_most);
        let reply = std::mem::replace(&mut self.heard, Heard::new(masking)).finish(masking);
        let said: Vec<Segment<'_>> = self.rewriter.heard().map(segment).collect();
        let (original, places) = masking.said(&said, reply.as_deref());
        exchange.trail.note(|draft| {
            draft.usage = self.rewriter.usage().map(usage);
            draft.unjudged += unjudged;
            draft.model_refused |= refused;
            draft.timing.screen_output_us = self.screening.as_micros() as u64;
            draft.timing.held_us_max = self.held_max.as_micros() as u64;
            draft.reply = reply;
            draft.original = original;
            draft.texts.extend(places);
        });
    }

    /// Keeps what was said for the record.
    pub(super) fn listen(&mut self) {
        for (lane, text) in self.rewriter.take_said() {
            if lane.channel == Channel::Content {
                self.queued.push_str(&text);
            }
        }
    }

    /// Measures how long text waits.
    pub(super) fn time_held(&mut self) {
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
fn segment<'a>((lane, encoding, text): (Lane, Encoding, &'a str)) -> Segment<'a> {
    let parts = vec![Part { text: text.into(), source: 0..0 }];
    Segment { lane, role: Role::Assistant, encoding, parts }
}

impl Drop for Pump {
    /// A client that has gone takes the pump with it. What was found until then, and what had left, belongs to the
    /// record, which the trail completes when it is dropped after this.
    fn drop(&mut self) {
        if !self.recorded && !std::thread::panicking() {
            self.conclude();
        }
    }
}
