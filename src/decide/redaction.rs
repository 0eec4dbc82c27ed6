//! Which stretches of a text are replaced, and by what.
//!
//! Owns the merging of overlapping spans. Refuses to know bodies and encodings.

use std::sync::Arc;

use super::{Outcome, Verdict};
use crate::policy::{Action, Policies, RuleId};
use crate::screen::Findings;
use crate::text::Span;

/// A stretch of a text that is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub with: Arc<str>,
}

/// The redactions of all enforced verdicts: overlapping spans become one, replaced by the text of
/// the rule that wins among theirs. Sorted, and disjoint.
#[must_use]
pub fn redactions(policies: &Policies, verdicts: &[Verdict], findings: &Findings) -> Vec<Redaction> {
    let mut spans: Vec<(Span, Outcome)> = verdicts
        .iter()
        .filter(|verdict| verdict.enforced && policies.rule(verdict.rule).action == Action::Redact)
        .flat_map(|verdict| {
            let outcome = Outcome { action: Action::Redact, rule: Some(verdict.rule) };
            verdict.spans.iter().map(move |span| (*span, outcome))
        })
        .collect();
    spans.sort_unstable_by_key(|(span, _)| *span);
    let mut merged: Vec<(Span, Outcome)> = Vec::new();
    for (span, outcome) in spans {
        match merged.last_mut() {
            Some((last, winner)) if span.start < last.end => {
                last.end = last.end.max(span.end);
                *winner = winner.max(policies, outcome);
            }
            _ => merged.push((span, outcome)),
        }
    }
    merged
        .into_iter()
        .filter_map(|(span, outcome)| {
            let rule = outcome.rule?;
            let category = category(policies, rule, span, findings);
            Some(Redaction { span, with: policies.replacement(rule, category.as_deref()) })
        })
        .collect()
}

/// What a rule found first in a span, where that has a name. Asked only where a replacement speaks of it.
fn category(policies: &Policies, rule: RuleId, span: Span, findings: &Findings) -> Option<Arc<str>> {
    if policies.rule(rule).with.constant {
        return None;
    }
    findings
        .hits
        .iter()
        .filter(|hit| hit.span.overlaps(span))
        .map(|hit| policies.detector(hit.detector))
        .filter(|detector| detector.rule == rule)
        .find_map(|detector| detector.kind.category())
}
