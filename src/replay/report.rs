//! What would change, added up.
//!
//! Owns the counts, the examples and what becomes of marks. Refuses to know how that is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::LeftOut;
use super::item::{Item, Key, Said, Seen};
use super::judging::Judged;
use crate::audit::marks::{Marks, Verdict};
use crate::policy::{Action, Mode, Policies};
use crate::text::Phase;

/// Marks that are listed by name; all are counted.
const LISTED: usize = 1_000;

/// The outcome of a replay.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Revision that it was compared with; `None`: with what the records say.
    pub before: Option<String>,
    /// Revision that was tried.
    pub after: String,
    /// Exchanges or rows that were judged again.
    pub judged: u64,
    /// Those of which something else would be said.
    pub changed: u64,
    /// Those whose prompt would be let through and was not, so that nobody knows the reply.
    pub reply_unknown: u64,
    /// Those whose prompt would not be let through and was, so that there would be no reply to judge.
    pub reply_spared: u64,
    /// What could not be judged again, by reason.
    pub left_out: BTreeMap<LeftOut, u64>,
    /// What the filter left out.
    pub not_chosen: u64,
    /// Whether the replay was stopped before its end.
    pub stopped: bool,
    /// What would be done instead of what, the most frequent first; what stays is not in it.
    pub actions: Vec<ActionChange>,
    /// What each rule would find more or less, the greatest change first; rules without any are not in it.
    pub rules: Vec<RuleChange>,
    /// What becomes of marks.
    pub marks: MarkChanges,
    /// Examples, in the order of the source.
    pub examples: Vec<Example>,
    #[serde(skip)]
    tally: Tally,
}

#[derive(Debug, Clone, Default)]
struct Tally {
    actions: BTreeMap<(Doing, Doing), u64>,
    rules: BTreeMap<Arc<str>, RuleChange>,
    shown: BTreeMap<(Arc<str>, Kind), usize>,
}

/// An action, and whether it is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Doing {
    /// The action.
    pub action: Action,
    /// Whether it is only monitored.
    pub monitored: bool,
}

impl From<&Said> for Doing {
    fn from(said: &Said) -> Self {
        Self { action: said.action, monitored: said.mode == Mode::Monitor && said.action != Action::Allow }
    }
}

/// Exchanges for which something else would be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionChange {
    /// What was done.
    pub was: Doing,
    /// What would be.
    pub is: Doing,
    /// How many.
    pub count: u64,
}

/// What a rule would find more or less.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RuleChange {
    /// `policy/rule`.
    pub rule: Arc<str>,
    /// Whether the policies that were tried have it.
    pub exists: bool,
    /// Exchanges in which it would find something and did not.
    pub newly: u64,
    /// Those in which it found something and would not.
    pub no_longer: u64,
    /// Those in which it does both.
    pub still: u64,
    /// Exchanges that it would decide and did not.
    pub wins: u64,
    /// Those that it decided and would not.
    pub loses: u64,
    /// False-positive marks on it that would be cleared.
    pub cleared: u64,
    /// True-positive marks on it that would be lost.
    pub lost: u64,
}

/// A mark, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkOf {
    /// The exchange.
    #[serde(flatten)]
    pub key: Key,
    /// The rule; empty for what was missed.
    pub rule: Arc<str>,
}

/// What becomes of the marks of the exchanges that were judged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MarkChanges {
    /// False positives that the rule would no longer find.
    pub cleared: u64,
    /// False positives that it would find again.
    pub false_positives_left: u64,
    /// True positives that the rule would no longer find.
    pub lost: u64,
    /// True positives that it would find again.
    pub true_positives_kept: u64,
    /// Exchanges in which something was missed and something would be found that was not.
    pub caught: u64,
    /// Those in which it would still be missed.
    pub still_missed: u64,
    /// Which were cleared, the first thousand.
    pub cleared_marks: Vec<MarkOf>,
    /// Which were lost, the first thousand.
    pub lost_marks: Vec<MarkOf>,
}

/// In which way a rule changes an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It would find something that it did not.
    Newly,
    /// It would not find what it did.
    NoLonger,
    /// It finds the same, and something else is done.
    Otherwise,
}

/// An exchange of which something else would be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Which one.
    #[serde(flatten)]
    pub key: Key,
    /// The rule that it is an example of.
    pub rule: Arc<str>,
    /// In which way.
    pub kind: Kind,
    /// What was said.
    pub was: Said,
    /// What would be.
    pub is: Said,
    /// What the rule found, or would find.
    pub seen: Seen,
}

impl Report {
    pub(super) fn begin(before: Option<&Policies>, after: &Policies) -> Self {
        Self {
            before: before.map(|policies| policies.revision.to_string()),
            after: after.revision.to_string(),
            ..Self::default()
        }
    }

    /// Whether anything would change.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.changed > 0
    }

    /// Things that could not be judged again.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out.values().sum()
    }

    pub(super) fn add(
        &mut self,
        item: &Item,
        was: &Judged,
        is: &Judged,
        marks: Option<&Marks>,
        examples: usize,
    ) {
        self.judged += 1;
        let silent =
            |judged: &Judged| judged.stopped && item.texts.iter().any(|text| text.phase == Phase::Output);
        self.reply_unknown +=
            u64::from(was.stopped && !is.stopped && item.texts.iter().all(|text| text.phase == Phase::Input));
        self.reply_spared += u64::from(silent(is) && !was.stopped);
        // Where one side never came to the reply, what the other found in it is no difference between rules.
        let reached = |judged: &Judged, seen: &Seen| !(judged.stopped && seen.phase == Phase::Output);
        let rules: BTreeSet<&Arc<str>> = was.found.keys().chain(is.found.keys()).collect();
        let mut differs = was.said != is.said;
        for rule in rules {
            let (kind, seen) = match (was.found.get(rule), is.found.get(rule)) {
                (None, Some(seen)) if reached(was, seen) => (Some(Kind::Newly), seen),
                (Some(seen), None) if reached(is, seen) => (Some(Kind::NoLonger), seen),
                (_, Some(seen)) | (Some(seen), _) => (None, seen),
                (None, None) => continue,
            };
            let change = self.tally.rule(rule);
            match kind {
                Some(Kind::Newly) => change.newly += 1,
                Some(Kind::NoLonger) => change.no_longer += 1,
                _ => change.still += 1,
            }
            differs |= kind.is_some();
            let kind =
                kind.or_else(|| (decides(rule, was, is) && was.said != is.said).then_some(Kind::Otherwise));
            if let Some(kind) = kind {
                self.show(item, rule, kind, was, is, seen, examples);
            }
        }
        if was.said != is.said {
            if was.said.rule != is.said.rule {
                if let Some(rule) = &is.said.rule {
                    self.tally.rule(rule).wins += 1;
                }
                if let Some(rule) = &was.said.rule {
                    self.tally.rule(rule).loses += 1;
                }
            }
            let (was, is) = (Doing::from(&was.said), Doing::from(&is.said));
            if was != is {
                *self.tally.actions.entry((was, is)).or_default() += 1;
            }
        }
        self.changed += u64::from(differs);
        if let Some(marks) = marks {
            self.mark(item, was, is, marks);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "an example is all of this, and it is made in one place")]
    fn show(
        &mut self,
        item: &Item,
        rule: &Arc<str>,
        kind: Kind,
        was: &Judged,
        is: &Judged,
        seen: &Seen,
        most: usize,
    ) {
        let shown = self.tally.shown.entry((rule.clone(), kind)).or_default();
        if *shown < most {
            *shown += 1;
            self.examples.push(Example {
                key: item.key.clone(),
                rule: rule.clone(),
                kind,
                was: was.said.clone(),
                is: is.said.clone(),
                seen: seen.clone(),
            });
        }
    }

    fn mark(&mut self, item: &Item, was: &Judged, is: &Judged, marks: &Marks) {
        let Some(standing) = marks.of(&item.key.id).filter(|standing| standing.seq == item.key.seq) else {
            return;
        };
        for (rule, said) in &standing.verdicts {
            let unreached = is.stopped && was.found.get(rule).is_some_and(|seen| seen.phase == Phase::Output);
            let finds = is.found.contains_key(rule) || unreached;
            let mark = || MarkOf { key: item.key.clone(), rule: rule.clone() };
            match (said.what, finds) {
                (Verdict::FalsePositive, false) => {
                    self.marks.cleared += 1;
                    self.tally.rule(rule).cleared += 1;
                    list(&mut self.marks.cleared_marks, mark);
                }
                (Verdict::FalsePositive, true) => self.marks.false_positives_left += 1,
                (Verdict::TruePositive, false) => {
                    self.marks.lost += 1;
                    self.tally.rule(rule).lost += 1;
                    list(&mut self.marks.lost_marks, mark);
                }
                (Verdict::TruePositive, true) => self.marks.true_positives_kept += 1,
            }
        }
        if standing.missed.is_some() {
            if is.found.keys().any(|rule| !was.found.contains_key(rule)) {
                self.marks.caught += 1;
            } else {
                self.marks.still_missed += 1;
            }
        }
    }

    /// Puts what was counted in order.
    pub(super) fn settle(&mut self, after: &Policies) {
        let tally = std::mem::take(&mut self.tally);
        let actions = tally.actions.into_iter();
        self.actions = actions.map(|((was, is), count)| ActionChange { was, is, count }).collect();
        self.actions.sort_by_key(|change| std::cmp::Reverse(change.count));
        let exists: BTreeSet<&str> = after.rules.iter().map(|rule| &*rule.path).collect();
        self.rules = tally
            .rules
            .into_values()
            .filter(|rule| {
                rule.newly + rule.no_longer + rule.wins + rule.loses + rule.cleared + rule.lost > 0
            })
            .map(|rule| RuleChange { exists: exists.contains(&*rule.rule), ..rule })
            .collect();
        self.rules
            .sort_by_key(|rule| std::cmp::Reverse((rule.newly + rule.no_longer, rule.wins + rule.loses)));
    }
}

impl Tally {
    fn rule(&mut self, rule: &Arc<str>) -> &mut RuleChange {
        self.rules
            .entry(rule.clone())
            .or_insert_with(|| RuleChange { rule: rule.clone(), ..RuleChange::default() })
    }
}

fn decides(rule: &Arc<str>, was: &Judged, is: &Judged) -> bool {
    was.said.rule.as_ref() == Some(rule) || is.said.rule.as_ref() == Some(rule)
}

fn list(marks: &mut Vec<MarkOf>, mark: impl FnOnce() -> MarkOf) {
    if marks.len() < LISTED {
        marks.push(mark());
    }
}
