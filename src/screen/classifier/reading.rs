//! The second half of the way: what the fast tier left open is read by encoders.
//!
//! Owns which windows are read, one by one or those of several short texts in one run, and what is remembered. A text's
//! scores do not depend on what it was read with. Refuses to know threads; it asks whether it may go on.

use std::sync::Arc;

use crate::text::Span;

use super::cache::Key;
use super::cascade::{FastWindow, MayGoOn, Models, Pending, Progress, Stop, highest, unavailable};
use super::language::Language;
use super::model::{Model, ModelFault};
use super::pool::{Reply, Task};
use super::question::{Question, Scores, Unavailable};
use super::tokens::Cut;

/// A question in the pool.
#[derive(Debug)]
pub(super) struct Waiting {
    question: Question,
    /// What the fast tier said, where it was asked already.
    begun: Option<Progress>,
    /// Bytes of the text, where it may be read together with others.
    bytes: Option<usize>,
}

impl Task for Waiting {
    fn bytes(&self) -> Option<usize> {
        self.bytes
    }
}

/// A short text that is read together with others.
struct Joined {
    model: usize,
    cut: Cut,
    logits: Option<Arc<[f32]>>,
    question: Question,
    progress: Progress,
    reply: Reply,
}

/// A window, and what its model said about it.
struct Read<'r> {
    model: &'r Model,
    question: &'r Question,
    fast: &'r [FastWindow],
    cut: &'r Cut,
    logits: &'r [f32],
}

impl Models {
    /// A question for the pool.
    pub(super) fn waiting(&self, question: Question, begun: Option<Progress>) -> Waiting {
        let sole = begun.as_ref().and_then(Progress::sole_model);
        let packs = sole.and_then(|model| self.models.get(model)).is_some_and(|model| model.graph.packs());
        let bytes = packs.then_some(question.text.len());
        Waiting { question, begun, bytes }
    }

    /// Answers questions from the pool.
    pub(super) fn serve(&self, work: Vec<(Waiting, Reply)>) {
        let several = work.len() > 1;
        let mut joined = Vec::new();
        for (Waiting { question, begun, .. }, reply) in work {
            let prepared = begun.as_ref().filter(|_| several && reply.may_go_on().is_ok());
            let prepared = prepared.and_then(|progress| self.sole_window(&question, progress));
            match (begun, prepared) {
                (Some(progress), Some((model, cut))) => {
                    let known = self.models.get(model);
                    let logits = known.and_then(|model| self.recall(model, &question, &question.text));
                    joined.push(Joined { model, cut, logits, question, progress, reply });
                }
                (begun, _) => self.serve_alone(&question, begun, reply),
            }
        }
        joined.sort_by_key(|one| one.model);
        for group in joined.chunk_by_mut(|one, other| one.model == other.model) {
            self.read_together(group);
        }
        for one in joined {
            self.conclude(one);
        }
    }

    fn serve_alone(&self, question: &Question, begun: Option<Progress>, reply: Reply) {
        let may_go_on = || reply.may_go_on();
        let answer = || {
            may_go_on()?;
            let progress = match begun {
                Some(progress) => progress,
                None => self.begin(question, &may_go_on)?,
            };
            self.finish(question, progress, &may_go_on)
        };
        let outcome = answer();
        self.note(&outcome);
        reply.answer(outcome);
    }

    /// The model and the window, where one window of one model is all that is open.
    fn sole_window(&self, question: &Question, progress: &Progress) -> Option<(usize, Cut)> {
        let model = progress.sole_model()?;
        let mut cuts = self.models.get(model)?.cuts(&question.text, question.phase).ok()?;
        cuts.pop().filter(|_| cuts.is_empty()).map(|cut| (model, cut))
    }

    /// Reads what is not remembered in one run. Where that fails each is read by itself later, so that no text can spoil
    /// another's answer.
    fn read_together(&self, group: &mut [Joined]) {
        let mut unknown: Vec<&mut Joined> = group.iter_mut().filter(|one| one.logits.is_none()).collect();
        let Some(model) = unknown.first().and_then(|one| self.models.get(one.model)) else { return };
        let cuts: Vec<&Cut> = unknown.iter().map(|one| &one.cut).collect();
        if cuts.len() < 2 {
            return;
        }
        let Ok(said) = model.run_all(&cuts) else { return };
        self.counters.packed(cuts.len());
        for (one, logits) in unknown.iter_mut().zip(said) {
            self.counters.read(false);
            let logits: Arc<[f32]> = logits.into();
            self.keep(model, &one.question, &one.question.text, &logits);
            one.logits = Some(logits);
        }
    }

    fn conclude(&self, one: Joined) {
        let Joined { model, cut, logits, question, progress, reply } = one;
        let (Some(model), Some(logits)) = (self.models.get(model), logits) else {
            self.serve_alone(&question, Some(progress), reply);
            return;
        };
        let may_go_on = || reply.may_go_on();
        let Progress { fast, done, mut pending } = progress;
        let open: Vec<Option<Vec<Span>>> = pending.iter().map(|one| one.open.clone()).collect();
        let mut own: Vec<&mut Pending> = pending.iter_mut().collect();
        let read = Read { model, question: &question, fast: &fast, cut: &cut, logits: &logits };
        let outcome = self
            .heed(&read, &mut own, &open, &may_go_on)
            .and_then(|()| Progress { fast: Vec::new(), done, pending }.into_scores());
        self.note(&outcome);
        reply.answer(outcome);
    }

    fn note(&self, outcome: &Result<Scores, Unavailable>) {
        if *outcome == Err(Unavailable::Deadline) {
            self.counters.expired();
        }
    }

    /// Asks the encoders for all that is open.
    pub(super) fn finish(
        &self,
        question: &Question,
        progress: Progress,
        may_go_on: MayGoOn<'_>,
    ) -> Result<Scores, Unavailable> {
        let Progress { fast, done, mut pending } = progress;
        for (index, model) in self.models.iter().enumerate() {
            let mut own: Vec<&mut Pending> =
                pending.iter_mut().filter(|one| usize::from(one.label.model) == index).collect();
            if own.is_empty() {
                continue;
            }
            // What is open does not change while a model reads.
            let open: Vec<Option<Vec<Span>>> = own.iter().map(|one| one.open.clone()).collect();
            let wanted = |span: Span| open.iter().any(|one| is_open(one.as_deref(), span));
            let mut see = |cut: Cut| -> Result<(), Stop> {
                may_go_on()?;
                let text = question.text.get(cut.span.start..cut.span.end).unwrap_or_default();
                let logits = self.logits(model, question, text, &cut)?;
                let read = Read { model, question, fast: &fast, cut: &cut, logits: &logits };
                Ok(self.heed(&read, &mut own, &open, may_go_on)?)
            };
            model.each(&question.text, question.phase, &wanted, &mut see).map_err(|stop| match stop {
                Stop::Fault(fault) => unavailable(model, &fault),
                Stop::Unavailable(reason) => reason,
            })?;
        }
        Progress { fast: Vec::new(), done, pending }.into_scores()
    }

    /// Enters what a model said about a window where it was open.
    fn heed(
        &self,
        read: &Read<'_>,
        own: &mut [&mut Pending],
        open: &[Option<Vec<Span>>],
        may_go_on: MayGoOn<'_>,
    ) -> Result<(), Unavailable> {
        let Read { model, question, fast, cut, logits } = *read;
        let text = question.text.get(cut.span.start..cut.span.end).unwrap_or_default();
        let language = Language::of(text);
        let mixed = self.fast_logits(model, cut.span, text, question, fast, may_go_on)?;
        for (one, open) in own.iter_mut().zip(open) {
            if !is_open(open.as_deref(), cut.span) {
                continue;
            }
            let label = usize::from(one.label.label);
            let twin = model.twins.get(label).copied().flatten();
            let other = twin.and_then(|twin| mixed.as_ref()?.get(twin).copied()).unwrap_or_default();
            let score = self.score(one.label, label, cut.span, language, logits, other);
            one.score = match (one.score, score) {
                (Some(best), Some(score)) => Some(highest(best, score)),
                (best, score) => best.or(score),
            };
        }
        Ok(())
    }

    /// What a model says about a window, from memory where the asker has asked before.
    fn logits(
        &self,
        model: &Model,
        question: &Question,
        text: &str,
        cut: &Cut,
    ) -> Result<Arc<[f32]>, ModelFault> {
        if let Some(known) = self.recall(model, question, text) {
            return Ok(known);
        }
        let logits: Arc<[f32]> = model.run(cut)?.into();
        self.counters.read(false);
        self.keep(model, question, text, &logits);
        Ok(logits)
    }

    fn recall(&self, model: &Model, question: &Question, text: &str) -> Option<Arc<[f32]>> {
        let known = self.memory.as_ref()?.recall(&self.key(model, question, text)?)?;
        self.counters.read(true);
        Some(known)
    }

    fn keep(&self, model: &Model, question: &Question, text: &str, logits: &Arc<[f32]>) {
        if let (Some(memory), Some(key)) = (&self.memory, self.key(model, question, text)) {
            memory.keep(key, Arc::clone(logits));
        }
    }

    fn key(&self, model: &Model, question: &Question, text: &str) -> Option<Key> {
        Some(self.memory.as_ref()?.key(&model.digest, question.phase, text, question.realm.as_ref()?))
    }

    /// The fast tier's logits for a window of an encoder that mixes them in.
    fn fast_logits(
        &self,
        model: &Model,
        span: Span,
        text: &str,
        question: &Question,
        fast: &[FastWindow],
        may_go_on: MayGoOn<'_>,
    ) -> Result<Option<Vec<f32>>, Unavailable> {
        if model.weights.iter().all(|weight| *weight == 0.0) {
            return Ok(None);
        }
        if let [only] = fast
            && only.span == span
        {
            return Ok(Some(only.logits.clone()));
        }
        let windows = self.fast_windows(text, question.phase, may_go_on)?;
        Ok(windows.into_iter().map(|window| window.logits).reduce(|mut most, logits| {
            for (most, logit) in most.iter_mut().zip(logits) {
                *most = most.max(logit);
            }
            most
        }))
    }
}

fn is_open(open: Option<&[Span]>, span: Span) -> bool {
    open.is_none_or(|open| open.iter().any(|one| one.overlaps(span)))
}
