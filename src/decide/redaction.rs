//! Which stretches of a text are replaced, and by what.
//!
//! Owns the merging of overlapping spans. Refuses to know bodies and encodings.

use std::sync::Arc;

use super::{Outcome, Verdict};
use crate::policy::{Action, DetectorKind, Policies, RuleId};
use crate::screen::Findings;
use crate::text::Span;

/// A stretch of a text that is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub with: Arc<str>,
    /// Where the original is to come back in the reply: the name of its placeholder, in capitals.
    pub restore_as: Option<Arc<str>>,
}

/// The redactions of all enforced verdicts: overlapping spans become one, replaced by the text of
/// the rule that wins among theirs. One that cuts out for good wins over one that restores.
/// Sorted, and disjoint.
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
                *winner = match (restores(policies, *winner), restores(policies, outcome)) {
                    (true, false) => outcome,
                    (false, true) => *winner,
                    _ => winner.max(policies, outcome),
                };
            }
            _ => merged.push((span, outcome)),
        }
    }
    merged
        .into_iter()
        .filter_map(|(span, outcome)| {
            let rule = outcome.rule?;
            let category = category(policies, rule, span, findings);
            let with = policies.replacement(rule, category.as_deref());
            let restore_as = policies.rule(rule).restore.then(|| placeholder(policies, rule, span, findings));
            Some(Redaction { span, with, restore_as })
        })
        .collect()
}

fn restores(policies: &Policies, outcome: Outcome) -> bool {
    outcome.rule.is_some_and(|rule| policies.rule(rule).restore)
}

/// What a placeholder for this span is called: by what was found there, or by the rule.
fn placeholder(policies: &Policies, rule: RuleId, span: Span, findings: &Findings) -> Arc<str> {
    let mut found = findings
        .hits
        .iter()
        .filter(|hit| hit.span.overlaps(span))
        .map(|hit| policies.detector(hit.detector))
        .filter(|detector| detector.rule == rule);
    let entity = found.find_map(|detector| match &detector.kind {
        DetectorKind::Entity { kind } => Some(kind.clone()),
        _ => None,
    });
    let name = entity.unwrap_or_else(|| policies.rule(rule).id.clone());
    name.to_ascii_uppercase().replace('-', "_").into()
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
