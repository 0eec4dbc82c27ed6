//! Verdicts become entries of the audit record.
//!
//! Owns the translation from the judge's words to the record's. Refuses to decide anything.

use std::borrow::Cow;

use super::masking::Masking;
use crate::audit::Finding;
use crate::decide::Verdict;
use crate::decide::judge::{Judgement, LaneJudge};
pub(super) use crate::decide::recorded;
use crate::policy::{Policies, RuleId};
use crate::screen::Hit;
use crate::text::fold::strong::Transforms;
use crate::text::{Channel, Encoding, Phase, Role, Segment, Span};

/// Where a text stood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) phase: Phase,
    pub(super) segment: u32,
    pub(super) role: Role,
    pub(super) channel: Channel,
}

/// The findings of a whole text.
pub(super) fn of_whole(
    masking: Masking<'_>,
    phase: Phase,
    index: usize,
    segment: &Segment<'_>,
    judgement: &Judgement,
) -> Vec<Finding> {
    if judgement.verdicts.is_empty() {
        return Vec::new();
    }
    let text: String = segment.parts.iter().map(|part| part.text.as_ref()).collect();
    let place = Place { phase, segment: index as u32, role: segment.role, channel: segment.channel() };
    let masked = masking.whole(place, segment.encoding, &text);
    collect(masking.policies(), place, &judgement.verdicts, judgement.findings.hits.iter(), |_, span| {
        masking.capture.excerpt(&masked.text, span.map(|span| masked.span(span)))
    })
}

/// The findings of a streamed text.
pub(super) fn of_lane(
    masking: Masking<'_>,
    place: Place,
    encoding: Encoding,
    lane: &LaneJudge,
) -> Vec<Finding> {
    collect(masking.policies(), place, lane.verdicts(), lane.hits(), |rule, span| {
        let snippet = lane.snippets().iter().find(|snippet| snippet.rule == rule)?;
        // The snippet is a piece of the text, and what is to be masked may reach over its ends.
        let first = lane.verdicts().iter().find(|verdict| verdict.rule == rule)?.spans.first();
        let begin = first.map(|first| first.start.saturating_sub(snippet.mark.start));
        let masked = masking.piece(place, encoding, &snippet.text, begin, lane.hits());
        masking.capture.excerpt(&masked.text, span.map(|_| masked.span(snippet.mark)))
    })
}

fn collect<'a>(
    policies: &Policies,
    place: Place,
    verdicts: &[Verdict],
    hits: impl Iterator<Item = &'a Hit>,
    excerpt: impl Fn(RuleId, Option<Span>) -> Option<crate::audit::Excerpt>,
) -> Vec<Finding> {
    let hits: Vec<&Hit> = hits.collect();
    let mut findings = Vec::new();
    for verdict in verdicts {
        let rule = policies.rule(verdict.rule);
        let policy = policies.policy(rule.policy);
        let finding =
            |detector: &'static str, category, spans: Vec<(usize, usize)>, transforms: Transforms| {
                let first = spans.first().map(|(start, end)| Span::new(*start, *end));
                Finding {
                    phase: place.phase,
                    segment: place.segment,
                    role: place.role,
                    channel: place.channel,
                    policy: policy.name.clone(),
                    rule: rule.id.clone(),
                    detector: Cow::Borrowed(detector),
                    category,
                    severity: rule.severity,
                    score: None,
                    threshold: None,
                    spans,
                    excerpt: None,
                    mark: None,
                    transforms: transforms.names().collect(),
                    spans_cut: 0,
                }
                .with_excerpt(excerpt(verdict.rule, first))
            };
        let before = findings.len();
        for (id, detector) in policies.detectors().filter(|(_, one)| one.rule == verdict.rule && !one.negated)
        {
            let seen: Vec<&Hit> = hits.iter().copied().filter(|hit| hit.detector == id).collect();
            if seen.is_empty() {
                continue;
            }
            let spans = seen
                .iter()
                .filter(|hit| !hit.span.is_empty())
                .map(|hit| (hit.span.start, hit.span.end))
                .collect();
            let category = detector.kind.category();
            let scored = seen.iter().filter_map(|hit| hit.score).max();
            let (score, threshold) =
                scored.map(|scored| (scored.score.get(), scored.threshold.get())).unzip();
            let transforms = seen.iter().fold(Transforms::empty(), |all, hit| all | hit.transforms);
            findings.push(Finding {
                score,
                threshold,
                ..finding(detector.kind.name(), category, spans, transforms)
            });
        }
        if findings.len() == before {
            // The rule fired because something is not there.
            findings.push(finding("none", None, Vec::new(), Transforms::empty()));
        }
    }
    findings
}
