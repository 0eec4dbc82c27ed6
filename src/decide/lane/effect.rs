//! What findings come to in a streamed text: clusters take effect in order, text leaves, or the text is cut.
//!
//! Owns what leaves and what is kept of what has left. Refuses to know where findings come from.

use super::{LaneJudge, Release, SPANS_KEPT};
use crate::decide::judge::Judge;
use crate::decide::{Decision, Redaction, Verdict, outcome, redactions};
use crate::policy::DetectorId;
use crate::screen::{Findings, Subject};
use crate::text::Span;

impl LaneJudge {
    /// Lets findings take effect; says what may leave, and whether any of it was redacted.
    pub(super) fn advance(&mut self, judge: &Judge, subject: Subject<'_>, complete: bool) -> (Release, bool) {
        let settled = self.scan.live_from();
        // A cluster is judged once everything that ends no later than it does is known.
        let known = settled.min(self.scan.certain());
        let clusters = self.clusters(judge);
        let following = self.findings.hits.iter().filter(|hit| judge.follows(hit)).map(|hit| hit.span.end);
        let mut ends: Vec<usize> = clusters.iter().map(|cluster| cluster.end).chain(following).collect();
        ends.sort_unstable();
        ends.dedup();
        for end in ends {
            if end > known || self.judged.is_some_and(|judged| end <= judged) {
                continue;
            }
            self.judged = self.judged.max(Some(end));
            let so_far = self.findings_until(end);
            let decision = judge.decide(subject, &so_far, false);
            if decision.verdicts.iter().any(|verdict| judge.cuts(verdict)) {
                // The text will end here, so rules that wait for its end are judged here too.
                let decision = judge.decide(subject, &so_far, true);
                return (self.cut(judge, decision, end, &so_far), true);
            }
        }
        // What a cluster that is not judged yet holds has no effect yet: a rule that it will make true
        // would otherwise stop holding what it is about to act on.
        let unsettled = clusters.iter().find(|cluster| cluster.end > known).map(|cluster| cluster.start);
        let so_far = if complete {
            self.findings.clone()
        } else {
            self.findings_until(unsettled.map_or(known, |start| start.min(known)))
        };
        let decision = judge.decide(subject, &so_far, complete);
        if complete && decision.verdicts.iter().any(|verdict| judge.cuts(verdict)) {
            return (self.cut(judge, decision, settled, &so_far), true);
        }
        let redactions = redactions(judge.policies(), &decision.verdicts, &so_far);
        let mut until = settled.min(decision.hold_from.unwrap_or(settled));
        until = until.min(unsettled.unwrap_or(until));
        for redaction in &redactions {
            if redaction.span.start < until && until < redaction.span.end {
                until = redaction.span.start;
            }
        }
        self.note(decision.verdicts);
        let (text, redacted) = self.release(&redactions, until);
        self.forget(judge);
        (Release { text: Some(text), cut: None }, redacted)
    }

    /// The clusters of held matches, in order.
    fn clusters(&self, judge: &Judge) -> Vec<Span> {
        let mut spans: Vec<Span> =
            self.findings.hits.iter().filter(|hit| judge.holds(hit)).map(|hit| hit.span).collect();
        spans.sort_unstable();
        let mut clusters: Vec<Span> = Vec::new();
        for span in spans {
            match clusters.last_mut() {
                Some(last) if span.start < last.end => last.end = last.end.max(span.end),
                _ => clusters.push(span),
            }
        }
        clusters
    }

    fn findings_until(&self, end: usize) -> Findings {
        Findings {
            hits: self.findings.hits.iter().filter(|hit| hit.span.end <= end).copied().collect(),
            ruled_out: self.findings.ruled_out.clone(),
            learned: self.findings.learned,
        }
    }

    fn cut(&mut self, judge: &Judge, decision: Decision, end: usize, so_far: &Findings) -> Release {
        let at = decision
            .verdicts
            .iter()
            .filter(|verdict| judge.cuts(verdict))
            .map(|verdict| match verdict.spans.first() {
                Some(first) => first.start,
                None if judge.plan.late.contains(&verdict.rule) => self.released,
                None => end,
            })
            .min()
            .unwrap_or(end)
            .max(self.released);
        let redactions = redactions(judge.policies(), &decision.verdicts, so_far);
        let redactions: Vec<Redaction> =
            redactions.into_iter().filter(|redaction| redaction.span.start < at).collect();
        let outcome = outcome(judge.policies(), decision.verdicts.iter());
        self.note(decision.verdicts);
        let (text, _) = self.release(&redactions, at);
        self.held.clear();
        self.ended = true;
        Release { text: Some(text), cut: Some(outcome) }
    }

    /// Takes the held text up to offset `until`, with the redactions that begin before it. One
    /// that ends behind it (at a cut) is replaced as a whole.
    fn release(&mut self, redactions: &[Redaction], until: usize) -> (String, bool) {
        let base = self.released;
        let take = until.saturating_sub(base).min(self.held.len());
        let (mut text, mut at, mut changed) = (String::with_capacity(take), base, false);
        for redaction in redactions {
            if redaction.span.end <= base || redaction.span.start >= until {
                continue;
            }
            let start = redaction.span.start.max(at);
            text.push_str(self.held.get(at - base..start - base).unwrap_or_default());
            text.push_str(&redaction.with);
            at = redaction.span.end.min(until);
            changed = true;
        }
        text.push_str(self.held.get(at - base..take).unwrap_or_default());
        let left: String = self.held.drain(..take).collect();
        self.remember(&left);
        self.released = base + take;
        (text, changed)
    }

    /// Remembers which rules fired, with the spans that they matched at first.
    fn note(&mut self, verdicts: Vec<Verdict>) {
        for verdict in verdicts {
            if let Some(first) = verdict.spans.first() {
                self.snip(verdict.rule, *first);
            }
            match self.verdicts.iter_mut().find(|known| known.rule == verdict.rule) {
                None => self.verdicts.push(verdict),
                Some(known) => {
                    let room = SPANS_KEPT.saturating_sub(known.spans.len());
                    let last = known.spans.last().copied();
                    known
                        .spans
                        .extend(verdict.spans.into_iter().filter(|span| Some(*span) > last).take(room));
                }
            }
        }
    }

    /// Keeps one hit of each detector among those whose text has left: that it saw something is
    /// all that rules still ask of it, and a stream of a million hits must not cost a million
    /// evaluations each.
    fn forget(&mut self, judge: &Judge) {
        let (released, judged) = (self.released, self.judged);
        let mut kept: Vec<DetectorId> = Vec::new();
        let past = &mut self.past;
        self.findings.hits.retain(|hit| {
            // What follows its text and has not had its turn may be all that ends the stream.
            let due = judge.follows(hit) && judged.is_none_or(|judged| hit.span.end > judged);
            if hit.span.end > released || due {
                return true;
            }
            if past.iter().filter(|old| old.detector == hit.detector).count() < SPANS_KEPT
                && !past.contains(hit)
            {
                past.push(*hit);
            }
            if kept.contains(&hit.detector) {
                return false;
            }
            kept.push(hit.detector);
            true
        });
    }
}
