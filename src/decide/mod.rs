//! Deciding: findings become a decision.
//!
//! Pure and total: no clock, no I/O, no failure. The same policies and findings always lead to the
//! same decision, and the order of rules and findings never matters: verdicts combine by the
//! largest action, then the highest severity, then the name. Refuses to know how texts are searched
//! and how a reply looks.

mod expression;
pub mod judge;
mod judgement;
mod redaction;
mod words;

use std::collections::BTreeSet;

use crate::policy::{Action, Expr, Mode, Policies, RuleId};
use crate::screen::Findings;
pub use crate::screen::Subject;
use crate::text::Span;

pub use redaction::{Redaction, redactions};
pub use words::{Words, words};

use expression::{Truth, evaluate, fires_without_spans};

/// What the rules can be asked about, prepared once for a set of policies.
#[derive(Debug)]
pub struct Plan {
    /// Rules that can fire without any detector having seen anything: a `none:` on its own, a
    /// greatest length. They are evaluated at the end of every text in their scope.
    late: Vec<RuleId>,
}

/// What one rule says about one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The rule that fired.
    pub rule: RuleId,
    /// What it matched: sorted, without duplicates, maybe overlapping. Empty for a rule that
    /// judges the text as a whole.
    pub spans: Vec<Span>,
    /// Whether it acts, or its policy only monitors.
    pub enforced: bool,
}

/// What the rules say about one text, or about the part of it that was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Rules that fired, by index.
    pub verdicts: Vec<Verdict>,
    /// Offset from which on the text must wait: a rule that acts may still come to match it.
    /// `None` when nothing waits; always `None` for a complete text.
    pub hold_from: Option<usize>,
}

/// The verdict that wins, and what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The largest action of all enforced verdicts, or [`Action::Allow`].
    pub action: Action,
    /// The rule that wins.
    pub rule: Option<RuleId>,
}

impl Outcome {
    /// Whether the text must not go on: something of the gateway's own takes its place.
    #[must_use]
    pub fn stops(self) -> bool {
        self.action >= Action::Deflect
    }

    /// Whether the text is changed, or something of the gateway's own takes its place.
    #[must_use]
    pub fn changes(self) -> bool {
        self.action >= Action::Redact
    }

    /// Whether the gateway answers in place of the model.
    #[must_use]
    pub fn answers(self) -> bool {
        self.action == Action::Deflect
    }

    /// Nothing fired.
    pub const ALLOW: Self = Self { action: Action::Allow, rule: None };
}

impl Plan {
    /// Prepares for these policies.
    #[must_use]
    pub fn new(policies: &Policies) -> Self {
        let late = policies
            .rules()
            .filter(|(_, rule)| fires_without_spans(policies, &rule.when))
            .map(|(id, _)| id)
            .collect();
        Self { late }
    }

    /// Whether a text in which no detector has seen anything needs no decision at all.
    #[must_use]
    pub fn is_quiet(&self, findings: &Findings) -> bool {
        findings.hits.is_empty() && self.late.is_empty()
    }

    /// What the rules say about a text. `complete` says whether the text has ended; before that a
    /// rule may be undecided, and then whatever it might act on has to wait.
    #[must_use]
    pub fn decide(
        &self,
        policies: &Policies,
        subject: Subject<'_>,
        findings: &Findings,
        complete: bool,
    ) -> Decision {
        let mut decision = Decision::default();
        if self.is_quiet(findings) {
            return decision;
        }
        let touched: BTreeSet<RuleId> = findings
            .hits
            .iter()
            .map(|hit| policies.detector(hit.detector).rule)
            .chain(self.late.iter().copied())
            .collect();
        for id in touched {
            let rule = policies.rule(id);
            let policy = policies.policy(rule.policy);
            if !policy.scope.covers(subject.phase, subject.role, subject.channel)
                || !policy.scope.admits(subject.model, subject.tenant)
            {
                continue;
            }
            let enforced = policy.mode == Mode::Enforce;
            let mut value = evaluate(&rule.when, findings, complete);
            if enforced && rule.action >= Action::Redact && value.truth != Truth::False {
                let whole = value.truth == Truth::Unknown && self.late.contains(&id);
                let from = if whole { Some(0) } else { value.maybe.iter().map(|span| span.start).min() };
                decision.hold_from = [decision.hold_from, from].into_iter().flatten().min();
            }
            if value.truth == Truth::True {
                value.spans.sort_unstable();
                value.spans.dedup();
                decision.verdicts.push(Verdict { rule: id, spans: value.spans, enforced });
            }
        }
        decision
    }
}

impl Decision {
    /// The verdict that wins among those that act.
    #[must_use]
    pub fn outcome(&self, policies: &Policies) -> Outcome {
        outcome(policies, self.verdicts.iter())
    }
}

/// The verdict that wins among those that act, over any number of texts.
pub fn outcome<'a>(policies: &Policies, verdicts: impl Iterator<Item = &'a Verdict>) -> Outcome {
    verdicts
        .filter(|verdict| verdict.enforced)
        .map(|verdict| Outcome { action: policies.rule(verdict.rule).action, rule: Some(verdict.rule) })
        .fold(Outcome::ALLOW, |best, next| best.max(policies, next))
}

/// What is recorded of an outcome: the enforced one, or, where none acts, the largest that was only
/// monitored.
pub fn recorded<'a>(
    policies: &Policies,
    enforced: Outcome,
    verdicts: impl Iterator<Item = &'a Verdict>,
) -> (Mode, Action, Option<RuleId>) {
    if enforced.rule.is_some() {
        return (Mode::Enforce, enforced.action, enforced.rule);
    }
    let monitored = verdicts
        .map(|verdict| Outcome { action: policies.rule(verdict.rule).action, rule: Some(verdict.rule) })
        .fold(Outcome::ALLOW, |best, next| best.max(policies, next));
    let mode = if monitored.rule.is_some() { Mode::Monitor } else { Mode::Enforce };
    (mode, monitored.action, monitored.rule)
}

impl Outcome {
    /// The greater of the two: by action, then severity, then name (the earlier one wins).
    #[must_use]
    pub fn max(self, policies: &Policies, other: Self) -> Self {
        let (Some(mine), Some(theirs)) = (self.rule, other.rule) else {
            return if other.rule.is_some() { other } else { self };
        };
        let (one, two) = (policies.rule(mine), policies.rule(theirs));
        let order = (one.action, one.severity).cmp(&(two.action, two.severity));
        if order.then_with(|| two.path.cmp(&one.path)).is_lt() { other } else { self }
    }
}

/// Whether a rule holds a whole reply back until its end (see [`Plan`]), or from its first match
/// on, or not at all; for reports.
#[must_use]
pub fn waits_for_the_end(policies: &Policies, when: &Expr) -> bool {
    fires_without_spans(policies, when)
}

#[cfg(test)]
mod tests;
