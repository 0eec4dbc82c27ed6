//! What rules ask of classifiers: questions about whole texts, and what answers mean for detectors.
//!
//! Owns which detectors ask for what in which texts, and the translation of scores into hits. Refuses to
//! run models (`classifier` does) and to wait: it hands out questions and takes answers.

use std::sync::Arc;

use super::classifier::{Classifiers, LabelRef, Needed, Question, Scores, Tier, Unavailable};
use super::{BuildError, Findings, Hit, Screen, Subject};
use crate::policy::{
    Action, Asked, DetectorId, DetectorKind, Failure, Mode, Policies, REFUSAL, Score, StreamMode,
};
use crate::text::fold::strong::Transforms;
use crate::text::fold::unescape;
use crate::text::{Channel, Encoding, Phase, Segment, Span};

/// What a classifier said where a detector saw something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scored {
    /// The score.
    pub score: Score,
    /// The score from which on it counts.
    pub threshold: Score,
    /// Who said it.
    pub tier: Tier,
}

/// What the classifiers said of a text beside their hits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Learned {
    /// The model itself declined or dodged.
    pub refused: Option<Scored>,
    /// How many windows have no answer, and policies that say `failure: open` went on.
    pub unjudged: u32,
    /// Why the text must not go on: no answer, and a policy that says `failure: closed`.
    pub down: Option<Unavailable>,
}

/// A detector that asks.
#[derive(Debug, Clone, Copy)]
struct Ask {
    detector: DetectorId,
    needed: Needed,
    /// What it does to a stream.
    pull: Pull,
    /// Whether a text must not go on without its answer.
    closed: bool,
    /// Whether it tells that the model itself declined.
    refusal: bool,
}

/// What a detector does to a stream whose windows it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pull {
    /// Nothing: its rule changes nothing.
    None,
    /// Text leaves while it is judged, and a verdict may cut it.
    Live,
    /// Text waits.
    Hold,
}

/// All detectors that ask, and what is asked without a rule.
#[derive(Debug, Default)]
pub(super) struct Asks {
    pub(super) classifiers: Classifiers,
    asks: Vec<Ask>,
    /// Whether replies are refusals is counted whatever the rules are, where that is cheap.
    refusal: Option<Needed>,
}

/// What is asked about one text.
#[derive(Debug, Clone)]
pub(super) struct Needs {
    asks: Vec<Ask>,
    refusal: Option<Needed>,
    needed: Arc<[Needed]>,
}

impl Asks {
    pub(super) fn build(policies: &Policies, classifiers: &Classifiers) -> Result<Self, BuildError> {
        let find = |label: &str, model: Option<&str>| {
            classifiers.find(label, model).map_err(|unknown| BuildError(unknown.to_string()))
        };
        let asks = gather(policies, find)?;
        Ok(Self { classifiers: classifiers.clone(), asks, refusal: counted(classifiers) })
    }

    #[cfg(test)]
    pub(super) fn scripted(policies: &Policies, labels: &[&str]) -> Self {
        let find = |label: &str, _: Option<&str>| {
            let index = labels.iter().position(|known| *known == label).expect("a label of the test's");
            Ok(LabelRef::for_test(index as u16))
        };
        let asks = gather(policies, find).expect("labels of the test's");
        Self { classifiers: Classifiers::none(), asks, refusal: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.asks.is_empty() && self.refusal.is_none()
    }

    /// What was said of a label, and the window it was said of.
    fn scored(&self, scores: &Scores, needed: Needed) -> Option<(Scored, Span)> {
        let score = scores.of(needed.label)?;
        let threshold =
            needed.min_score.unwrap_or_else(|| self.classifiers.threshold(needed.label, score.language));
        let (threshold, value) = (Score::new(threshold), Score::new(score.value));
        Some((Scored { score: value, threshold, tier: score.tier }, score.span))
    }

    /// What is asked about such a text, if anything is.
    pub(super) fn of(&self, screen: &Screen, subject: Subject<'_>) -> Option<Needs> {
        if self.is_empty() {
            return None;
        }
        let output = subject.phase == Phase::Output;
        let looks = |ask: &Ask| screen.looks_at(ask.detector, subject) && (output || !ask.refusal);
        let asks: Vec<Ask> = self.asks.iter().filter(|ask| looks(ask)).copied().collect();
        let refusal = self.refusal.filter(|_| output && subject.channel == Channel::Content);
        if asks.is_empty() && refusal.is_none() {
            return None;
        }
        let needed: Arc<[Needed]> = asks.iter().map(|ask| ask.needed).chain(refusal).collect();
        Some(Needs { asks, refusal, needed })
    }
}

/// Every detector that asks, with the label that it asks for.
fn gather(
    policies: &Policies,
    find: impl Fn(&str, Option<&str>) -> Result<LabelRef, BuildError>,
) -> Result<Vec<Ask>, BuildError> {
    let mut asks = Vec::new();
    for (id, detector) in policies.detectors() {
        let Some(Asked { label, min_score, model }) = detector.kind.asks() else { continue };
        let label = find(label, model)?;
        let rule = policies.rule(detector.rule);
        let policy = policies.policy(rule.policy);
        let acts = rule.action >= Action::Redact && policy.mode == Mode::Enforce;
        let pull = match (acts, rule.stream) {
            (false, _) => Pull::None,
            (true, StreamMode::Live) => Pull::Live,
            (true, StreamMode::Hold) => Pull::Hold,
        };
        let needed = Needed { label, min_score: min_score.map(Score::get) };
        let closed = acts && policy.failure == Failure::Closed;
        let refusal = matches!(detector.kind, DetectorKind::Refusal { .. });
        asks.push(Ask { detector: id, needed, pull, closed, refusal });
    }
    Ok(asks)
}

/// What tells a refusal without a rule that asks: the fast tier, where it knows the label.
fn counted(classifiers: &Classifiers) -> Option<Needed> {
    let label = classifiers.fast(REFUSAL)?;
    Some(Needed { label, min_score: None })
}

impl Needs {
    /// The question about a text.
    pub(super) fn question(&self, text: impl Into<Arc<str>>, phase: Phase) -> Question {
        Question::about(text, phase, Arc::clone(&self.needed))
    }

    /// The strongest pull of all that ask.
    pub(super) fn pull(&self) -> Pull {
        self.asks.iter().map(|ask| ask.pull).max().unwrap_or(Pull::None)
    }

    /// Takes an answer in. `place` says where in the original the span of a score lies.
    pub(super) fn take(
        &self,
        asks: &Asks,
        answer: &Result<Scores, Unavailable>,
        place: impl Fn(Span) -> Span,
        findings: &mut Findings,
    ) {
        let scores = match answer {
            Ok(scores) => scores,
            Err(unavailable) => {
                // What is only counted is not missed.
                if self.asks.iter().any(|ask| ask.closed) {
                    findings.learned.down = findings.learned.down.or(Some(*unavailable));
                } else if !self.asks.is_empty() {
                    findings.learned.unjudged += 1;
                }
                return;
            }
        };
        let scored = |needed| asks.scored(scores, needed);
        for ask in self.asks.iter().filter(|ask| scores.holds(ask.needed)) {
            if let Some((scored, span)) = scored(ask.needed) {
                let hit = Hit {
                    span: place(span),
                    detector: ask.detector,
                    transforms: Transforms::empty(),
                    score: Some(scored),
                };
                findings.hits.push(hit);
                if ask.refusal {
                    findings.learned.refused = findings.learned.refused.max(Some(scored));
                }
            }
        }
        if let Some(needed) = self.refusal.filter(|needed| scores.holds(*needed)) {
            findings.learned.refused = findings.learned.refused.max(scored(needed).map(|(scored, _)| scored));
        }
    }
}

/// What a classifier said to a detector, whether it came to anything or not.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// Which detector.
    pub detector: DetectorId,
    /// What was said.
    pub scored: Scored,
    /// Whether that is enough.
    pub holds: bool,
}

/// A question about a whole text, and the way back from its spans.
#[derive(Debug)]
pub struct Inquiry {
    /// The question; whoever asks it may add a deadline and a memory.
    pub question: Question,
    needs: Needs,
    /// Offsets of the text asked at which a line was broken that the original has not.
    seams: Vec<usize>,
    /// Length of the original where offsets cannot be told apart any more.
    opaque: Option<usize>,
}

impl Screen {
    /// What is to be asked about a whole segment, if any rule in scope asks.
    #[must_use]
    pub fn inquire(&self, segment: &Segment<'_>, subject: Subject<'_>) -> Option<Inquiry> {
        let needs = self.asks.of(self, subject)?;
        let mut text = String::with_capacity(segment.len() + segment.parts.len());
        let mut seams = Vec::new();
        for (index, part) in segment.parts.iter().enumerate() {
            if index > 0 {
                // Templates join parts in either way; to a model they are lines.
                seams.push(text.len());
                text.push('\n');
            }
            text.push_str(&part.text);
        }
        if text.trim().is_empty() {
            return None;
        }
        let mut opaque = None;
        if segment.encoding == Encoding::JsonText && text.contains('\\') {
            opaque = Some(segment.len());
            text = unescape(&text);
        }
        let question = needs.question(text, subject.phase);
        Some(Inquiry { question, needs, seams, opaque })
    }

    /// What an answer says to each detector that asked.
    #[must_use]
    pub fn heard(&self, inquiry: &Inquiry, answer: &Result<Scores, Unavailable>) -> Vec<Heard> {
        let Ok(scores) = answer else { return Vec::new() };
        let of = |ask: &Ask| {
            let (scored, _) = self.asks.scored(scores, ask.needed)?;
            Some(Heard { detector: ask.detector, scored, holds: scores.holds(ask.needed) })
        };
        inquiry.needs.asks.iter().filter_map(of).collect()
    }

    /// Adds what an answer says to the findings of the text that it was asked about.
    pub fn learn(&self, inquiry: &Inquiry, answer: &Result<Scores, Unavailable>, findings: &mut Findings) {
        let place = |span: Span| match inquiry.opaque {
            Some(length) => Span::new(0, length),
            None => {
                let back = |at: usize| at - inquiry.seams.iter().filter(|seam| **seam < at).count();
                Span::new(back(span.start), back(span.end))
            }
        };
        inquiry.needs.take(&self.asks, answer, place, findings);
    }
}
