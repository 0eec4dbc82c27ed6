//! Which stretches of a text are replaced, and by what.
//!
//! Owns the merging of overlapping spans. Refuses to know bodies and encodings.

use std::sync::Arc;

use super::{Outcome, Verdict};
use crate::policy::{Action, Policies};
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
pub fn redactions(policies: &Policies, verdicts: &[Verdict]) -> Vec<Redaction> {
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
        .filter_map(|(span, outcome)| Some(Redaction { span, with: policies.replacement(outcome.rule?) }))
        .collect()
}
