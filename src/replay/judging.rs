//! Judging one item: what rules find in it, and what is decided about it as a whole.
//!
//! Owns the order of an exchange: a reply is judged only where the prompt is let through. Refuses to compare.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::item::{Item, Said, Seen, Text};
use crate::audit::Capture;
use crate::decide::judge::{Judge, Question};
use crate::decide::{self, Subject};
use crate::policy::Mode;
use crate::text::{Encoding, Lane, Part, Phase, Segment, Span};

/// What was, or would be, said of an item.
#[derive(Debug, Clone, Default)]
pub(super) struct Judged {
    /// The decision.
    pub(super) said: Said,
    /// What each rule (`policy/rule`) that fired found first.
    pub(super) found: BTreeMap<Arc<str>, Seen>,
    /// Whether the prompt was not let through, so that there was no reply to judge.
    pub(super) stopped: bool,
}

impl Judged {
    /// What these rules say, and the classifiers that they were compiled with.
    pub(super) fn of(judge: &Judge, item: &Item) -> Self {
        let mut judged = Self::default();
        judged.phase(judge, item, Phase::Input);
        if !judged.stopped {
            judged.phase(judge, item, Phase::Output);
        }
        judged
    }

    fn phase(&mut self, judge: &Judge, item: &Item, phase: Phase) {
        let policies = judge.policies();
        let mut verdicts = Vec::new();
        for text in item.texts.iter().filter(|text| text.phase == phase) {
            let segment = segment(text);
            let subject = Subject {
                phase,
                role: text.role,
                channel: text.channel,
                encoding: segment.encoding,
                model: &item.model,
                tenant: &item.tenant,
            };
            let ask = |question: &Question| judge.classifiers().answer_here(question);
            let judgement = judge.whole_with(&segment, subject, ask);
            for verdict in &judgement.verdicts {
                let rule = policies.rule(verdict.rule).path.clone();
                self.found.entry(rule).or_insert_with(|| seen(text, verdict.spans.first().copied()));
            }
            verdicts.extend(judgement.verdicts);
        }
        let outcome = decide::outcome(policies, verdicts.iter());
        let (mode, action, rule) = decide::recorded(policies, outcome, verdicts.iter());
        // As the gateway does: what acts counts for more than what is only monitored.
        let stronger = (mode == Mode::Enforce && self.said.mode != mode) || action > self.said.action;
        if let Some(rule) = rule
            && (self.said.rule.is_none() || stronger)
        {
            self.said = Said { action, rule: Some(policies.rule(rule).path.clone()), mode };
        }
        self.stopped |= phase == Phase::Input && outcome.stops();
    }
}

fn segment(text: &Text) -> Segment<'_> {
    let parts = text.parts.iter().map(|part| Part { text: part.as_str().into(), source: 0..0 }).collect();
    let encoding = if text.json { Encoding::JsonText } else { Encoding::Plain };
    Segment { lane: Lane { choice: 0, channel: text.channel, index: 0 }, role: text.role, encoding, parts }
}

/// What a rule found, with its context: in the words of the record.
fn seen(text: &Text, span: Option<Span>) -> Seen {
    let whole = text.parts.concat();
    let excerpt = Capture::Full.excerpt(&whole, span);
    let (shown, mark) = excerpt.map_or((None, None), |excerpt| (Some(excerpt.text), excerpt.mark));
    Seen {
        phase: text.phase,
        role: text.role,
        channel: text.channel,
        text: shown,
        mark: mark.map(|mark| (mark.start, mark.end)),
    }
}
