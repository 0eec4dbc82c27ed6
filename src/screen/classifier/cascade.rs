//! The way from a question to scores: the fast tier first, the encoder where that is not enough.
//!
//! Owns the first half: what the fast tier may say, and what it leaves open. What is said about a label depends on the text
//! and on the rules that name this label, and on no other label. Refuses to know how encoders read.

use crate::text::{Phase, Span};

use super::cache::Memory;
use super::graph::RunFault;
use super::language::Language;
use super::manifest::Route;
use super::model::{Model, ModelFault};
use super::question::{LabelRef, Question, Score, Scores, Tier, Unavailable};
use super::tokens::{Cut, CutFault};

/// From which score of the encoder on a route clears a text at the latest: the training chooses it so that what the encoder
/// finds at its threshold, or at this score where that is less, is still asked about.
const ROUTED_FROM: f32 = 0.6;

/// Every model of a folder.
#[derive(Debug)]
pub(super) struct Models {
    pub(super) models: Vec<Model>,
    /// Index of the fast tier.
    pub(super) fast: Option<usize>,
    /// Every label by the last tier that knows it.
    pub(super) everything: Vec<LabelRef>,
    pub(super) memory: Option<Memory>,
    pub(super) counters: super::counts::Counters,
}

/// What the fast tier said about a window.
#[derive(Debug, Clone)]
pub(super) struct FastWindow {
    pub(super) span: Span,
    language: Language,
    /// The language whose route counts.
    routed_as: Language,
    pub(super) logits: Vec<f32>,
}

/// A label, and where the encoder still has to look.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) label: LabelRef,
    /// The stretches that the fast tier left open; everywhere where it was not asked.
    pub(super) open: Option<Vec<Span>>,
    pub(super) score: Option<Score>,
}

/// A question that is being answered.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) fast: Vec<FastWindow>,
    pub(super) done: Vec<Score>,
    pub(super) pending: Vec<Pending>,
}

impl Progress {
    /// Whether nothing is open.
    pub(super) fn is_done(&self) -> bool {
        self.pending.is_empty()
    }

    /// The model to which all that is open belongs, where it is one.
    pub(super) fn sole_model(&self) -> Option<usize> {
        let first = self.pending.first()?.label.model;
        self.pending.iter().all(|one| one.label.model == first).then_some(usize::from(first))
    }

    /// The scores, when all was read.
    pub(super) fn into_scores(self) -> Result<Scores, Unavailable> {
        let mut scores = self.done;
        for one in self.pending {
            // A label that no window was read for would be a gap that looks like "no".
            scores.push(one.score.ok_or(Unavailable::Failed)?);
        }
        scores.sort_unstable_by_key(|score| score.label);
        Ok(Scores { scores })
    }
}

/// Whether work may go on; asked before each window.
pub(super) type MayGoOn<'m> = &'m dyn Fn() -> Result<(), Unavailable>;

impl Models {
    /// Asks the fast tier. What it leaves open is in the progress.
    pub(super) fn begin(&self, question: &Question, may_go_on: MayGoOn<'_>) -> Result<Progress, Unavailable> {
        let mut labels: Vec<LabelRef> = question.needed.iter().map(|needed| needed.label).collect();
        if question.everything {
            labels.extend_from_slice(&self.everything);
        }
        labels.sort_unstable();
        labels.dedup();
        let asks_fast = |label: &LabelRef| {
            Some(usize::from(label.model)) == self.fast
                || (!question.everything && self.route(*label).is_some())
        };
        let fast = if labels.iter().any(asks_fast) {
            self.fast_windows(&question.text, question.phase, may_go_on)?
        } else {
            Vec::new()
        };
        let mut progress = Progress { fast, done: Vec::new(), pending: Vec::new() };
        for label in labels {
            self.first_word(question, label, &mut progress);
        }
        let counters = &self.counters;
        counters.asked(progress.pending.is_empty());
        Ok(progress)
    }

    /// What the fast tier's windows say about one label.
    fn first_word(&self, question: &Question, label: LabelRef, progress: &mut Progress) {
        if Some(usize::from(label.model)) == self.fast {
            let scores = progress.fast.iter().filter_map(|window| {
                self.score(label, usize::from(label.label), window.span, window.language, &window.logits, 0.0)
            });
            progress.done.extend(scores.reduce(highest));
            return;
        }
        let routed = if question.everything { None } else { self.route(label) };
        let Some((twin, route)) = routed else {
            progress.pending.push(Pending { label, open: None, score: None });
            return;
        };
        let (mut best, mut open, mut certain): (Option<Score>, _, _) = (None, Vec::new(), false);
        for window in &progress.fast {
            let fast = LabelRef { model: self.fast_index(), label: twin, cascade: false };
            let Some(score) =
                self.score(fast, usize::from(twin), window.span, window.language, &window.logits, 0.0)
            else {
                continue;
            };
            // Routes are chosen for the encoder's own thresholds, or for ROUTED_FROM where that is less: "clearly not" counts
            // for rules that ask for as much, and "clearly so" for those that ask for no more than it takes.
            let threshold = self.threshold(label, window.language);
            let certain_above = route.certain_above(window.routed_as);
            let enough = threshold.min(ROUTED_FROM);
            let covered = question
                .needed
                .iter()
                .filter(|needed| needed.label == label)
                .map(|needed| needed.min_score.unwrap_or(threshold))
                .all(|least| enough <= least && least <= certain_above);
            let clear = self.is_clear(usize::from(twin), route, window);
            let sure = score.value > certain_above;
            if !covered || !(clear || sure) {
                open.push(window.span);
                continue;
            }
            certain |= sure;
            let score = Score { label, holds: sure, tier: Tier::Fast, ..score };
            best = Some(best.map_or(score, |best| highest(best, score)));
        }
        match best {
            Some(best) if certain || open.is_empty() => progress.done.push(best),
            _ => progress.pending.push(Pending { label, open: Some(open), score: None }),
        }
    }

    /// The manifest's threshold of a label.
    pub(super) fn threshold(&self, label: LabelRef, language: Language) -> f32 {
        let model = self.models.get(usize::from(label.model));
        let label = model.and_then(|model| model.manifest.labels.get(usize::from(label.label)));
        label.and_then(|label| label.thresholds.of(language)).unwrap_or(0.5)
    }

    fn fast_index(&self) -> u16 {
        self.fast.and_then(|index| u16::try_from(index).ok()).unwrap_or(u16::MAX)
    }

    /// The fast tier's label of the same name, and when its word is final.
    fn route(&self, label: LabelRef) -> Option<(u16, &Route)> {
        if !label.cascade {
            return None;
        }
        let fast = self.models.get(self.fast?)?;
        let twin = (*self.models.get(usize::from(label.model))?.twins.get(usize::from(label.label))?)?;
        Some((u16::try_from(twin).ok()?, fast.manifest.labels.get(twin)?.route.as_ref()?))
    }

    /// Whether a window is clear of a label, and of those that go with it.
    fn is_clear(&self, twin: usize, route: &Route, window: &FastWindow) -> bool {
        let below = |index: usize, route: &Route| {
            self.fast_score(index, window).is_some_and(|score| score < route.clear_below(window.routed_as))
        };
        below(twin, route)
            && route.with.iter().all(|other| {
                let label = self
                    .fast
                    .and_then(|fast| self.models.get(fast))
                    .and_then(|fast| fast.manifest.labels.get(*other));
                label.and_then(|label| label.route.as_ref()).is_some_and(|route| below(*other, route))
            })
    }

    /// The fast tier's calibrated score of one of its labels.
    fn fast_score(&self, index: usize, window: &FastWindow) -> Option<f32> {
        let label = self.models.get(self.fast?)?.manifest.labels.get(index)?;
        let logit = window.logits.get(index)?;
        Some(label.calibration.of(window.language).unwrap_or_default().score(*logit))
    }

    pub(super) fn fast_windows(
        &self,
        text: &str,
        phase: Phase,
        may_go_on: MayGoOn<'_>,
    ) -> Result<Vec<FastWindow>, Unavailable> {
        let Some(model) = self.fast.and_then(|index| self.models.get(index)) else { return Ok(Vec::new()) };
        let mut windows = Vec::new();
        let mut see = |cut: Cut| -> Result<(), Stop> {
            may_go_on()?;
            let logits = model.run(&cut)?;
            let text = text.get(cut.span.start..cut.span.end).unwrap_or_default();
            let language = Language::of(text);
            windows.push(FastWindow { span: cut.span, language, routed_as: language.of_route(text), logits });
            Ok(())
        };
        model.each(text, phase, &|_| true, &mut see).map_err(|stop| match stop {
            Stop::Fault(fault) => unavailable(model, &fault),
            Stop::Unavailable(reason) => reason,
        })?;
        Ok(windows)
    }

    /// The calibrated score of a label, of its own logit and the fast tier's.
    pub(super) fn score(
        &self,
        label: LabelRef,
        index: usize,
        span: Span,
        language: Language,
        logits: &[f32],
        other: f32,
    ) -> Option<Score> {
        let model = self.models.get(usize::from(label.model))?;
        let known = model.manifest.labels.get(index)?;
        let weight = model.weights.get(index).copied().unwrap_or_default();
        let logit = (1.0 - weight) * logits.get(index)? + weight * other;
        let value = known.calibration.of(language).unwrap_or_default().score(logit);
        let holds = value >= self.threshold(label, language);
        Some(Score { label, value, holds, span, language, tier: model.manifest.tier })
    }
}

/// Why the reading of windows ended early.
pub(super) enum Stop {
    Fault(ModelFault),
    Unavailable(Unavailable),
}

impl From<Unavailable> for Stop {
    fn from(reason: Unavailable) -> Self {
        Self::Unavailable(reason)
    }
}

impl From<ModelFault> for Stop {
    fn from(fault: ModelFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<CutFault> for Stop {
    fn from(fault: CutFault) -> Self {
        Self::Fault(fault.into())
    }
}

/// The log says what a model failed of, and not of which text.
pub(super) fn unavailable(model: &Model, fault: &ModelFault) -> Unavailable {
    tracing::error!(classifier = model.manifest.name, %fault, "a classifier failed");
    match fault {
        ModelFault::Run(RunFault::Panicked) => Unavailable::Panicked,
        _ => Unavailable::Failed,
    }
}

/// The higher of two scores of a label, the earlier where they are equal; it holds where either does.
pub(super) fn highest(one: Score, other: Score) -> Score {
    let best = if other.value > one.value { other } else { one };
    Score { holds: one.holds || other.holds, ..best }
}
