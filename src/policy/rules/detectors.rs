//! Conditions: from detectors as written to expressions over detectors.
//!
//! Owns what is said of each detector by itself. Refuses to know what the rule does when it fires.

use std::sync::Arc;

use super::{Rules, Surroundings, index};
use crate::policy::condition::{Condition, DetectorDocument, ENTITIES};
use crate::policy::decode::{Reader, Spanned};
use crate::policy::diagnostic::did_you_mean;
use crate::policy::offer::{self, Found};
use crate::policy::pattern::{self, PatternError};
use crate::policy::vocabulary::{Seen, Written};
use crate::policy::{Detector, DetectorId, DetectorKind, Expr, Fold, REFUSAL, RuleId};

/// A detector that is left out: nothing is any of nothing.
const NEVER: Expr = Expr::Any(Vec::new());

impl Rules<'_> {
    /// The expression of a condition. Absent where any of it was reported; the rest of it is looked
    /// at nevertheless.
    pub(super) fn expr(
        &mut self,
        reader: &mut Reader<'_>,
        condition: &Condition,
        negated: bool,
        around: &Surroundings<'_>,
        seen: &mut Seen,
    ) -> Option<Expr> {
        let (children, build): (_, fn(Vec<Expr>) -> Expr) = match condition {
            Condition::Faulty => return None,
            Condition::Detector(detector) => return self.detector(reader, detector, negated, around, seen),
            Condition::All(children) => (children, Expr::All),
            Condition::Any(children) => (children, Expr::Any),
            Condition::None(children) => (children, Expr::None),
        };
        let negated = negated != matches!(condition, Condition::None(_));
        let children: Vec<Option<Expr>> =
            children.iter().map(|child| self.expr(reader, child, negated, around, seen)).collect();
        children.into_iter().collect::<Option<Vec<Expr>>>().map(build)
    }

    fn detector(
        &mut self,
        reader: &mut Reader<'_>,
        written: &DetectorDocument,
        negated: bool,
        around: &Surroundings<'_>,
        seen: &mut Seen,
    ) -> Option<Expr> {
        let (kind, numbers) = match written {
            DetectorDocument::Classifier { category, min_score, model, .. } => {
                let label = (category.value.as_str(), category.span);
                match offer::find(reader, self.offer, around.need, label, model.as_ref()) {
                    Found::Missing => return None,
                    Found::Without => return Some(NEVER),
                    Found::Here => {}
                }
                let (label, model) =
                    (label.0.into(), model.as_ref().map(|model| model.value.as_str().into()));
                (DetectorKind::Classifier { label, min_score: *min_score, model }, Vec::new())
            }
            DetectorDocument::Refusal { span, min_score } => {
                if !around.sees_replies {
                    let message = "`refusal` looks at replies alone, and this policy looks at none";
                    let fault = reader.fault("refusal-without-output", *span, message);
                    reader.report(fault.help("add `output` to `phase`, or remove the detector"));
                    return None;
                }
                match offer::find(reader, self.offer, around.need, (REFUSAL, *span), None) {
                    Found::Missing => return None,
                    Found::Without => return Some(NEVER),
                    Found::Here => (DetectorKind::Refusal { min_score: *min_score }, Vec::new()),
                }
            }
            DetectorDocument::Language { codes, .. } => {
                let codes = codes.iter().map(|code| code.value.as_str().into()).collect();
                (DetectorKind::Language { codes }, Vec::new())
            }
            DetectorDocument::Patterns { patterns, fold, .. } => {
                let fold = fold.unwrap_or_default();
                let patterns = pattern_list(reader, patterns, fold)?;
                (DetectorKind::Patterns { patterns, fold }, Vec::new())
            }
            DetectorDocument::Entities { kinds, .. } => return self.entities(reader, kinds, negated),
            DetectorDocument::Length { min_chars, max_chars, .. } => {
                (DetectorKind::Length { min_chars: *min_chars, max_chars: *max_chars }, Vec::new())
            }
            DetectorDocument::Keywords { words, list, mode, fold, .. } => {
                let fold = fold.unwrap_or_default();
                let written = Written { words, list: list.as_ref(), mode: *mode, fold, negated };
                let resolved = self.vocabulary.resolve(reader, &written, seen)?;
                let list = list.as_ref().map(|name| name.value.as_str().into());
                (DetectorKind::Keywords { keywords: resolved.keywords, fold, list }, resolved.numbers)
            }
        };
        Some(self.push(kind, numbers, negated))
    }

    fn push(&mut self, kind: DetectorKind, numbers: Vec<u32>, negated: bool) -> Expr {
        let id = DetectorId(index(self.detectors.len()));
        self.detectors.push(Detector { rule: RuleId(index(self.rules.len())), kind, negated });
        self.numbers.push(numbers);
        Expr::Detector(id)
    }

    /// A detector for each kind, so that a finding says which it was.
    fn entities(
        &mut self,
        reader: &mut Reader<'_>,
        kinds: &[Spanned<String>],
        negated: bool,
    ) -> Option<Expr> {
        let mut any = Vec::with_capacity(kinds.len());
        let mut sound = true;
        for kind in kinds {
            if !ENTITIES.contains(&kind.value.as_str()) {
                let fault =
                    reader.fault("unknown-entity", kind.span, format!("there is no entity `{}`", kind.value));
                let all = format!("the entities are {}", ENTITIES.join(", "));
                reader.report(fault.help(match did_you_mean(&kind.value, ENTITIES) {
                    Some(meant) => format!("did you mean `{meant}`? {all}"),
                    None => all,
                }));
                sound = false;
                continue;
            }
            any.push(self.push(
                DetectorKind::Entity { kind: kind.value.as_str().into() },
                Vec::new(),
                negated,
            ));
        }
        sound.then_some(Expr::Any(any))
    }
}

/// The patterns of a detector, if all of them can be searched for.
fn pattern_list(reader: &mut Reader<'_>, written: &[Spanned<String>], fold: Fold) -> Option<Vec<Arc<str>>> {
    let mut patterns = Vec::with_capacity(written.len());
    for one in written {
        match pattern::parse(&one.value, fold) {
            Ok(parsed) => {
                if parsed.bounded {
                    let message = "a match of this pattern could be endless";
                    let note = reader.note("pattern-bounded", one.span, message);
                    reader.report(note.help(format!(
                        "what is longer than {} bytes is found in pieces, so that a stream is not held for ever; write an end such as {{1,64}}",
                        parsed.longest
                    )));
                }
                patterns.push(one.value.as_str().into());
            }
            Err(error) => {
                let fault = reader.fault(
                    "bad-pattern",
                    one.span,
                    format!("this pattern cannot be searched for: {error}"),
                );
                reader.report(fault.help(match error {
                    PatternError::Syntax { .. } => "look-around and back-references do not exist here; in double quotes a backslash is written twice",
                    PatternError::Empty => "make at least one part of it required",
                }));
            }
        }
    }
    (patterns.len() == written.len() && !patterns.is_empty()).then_some(patterns)
}
