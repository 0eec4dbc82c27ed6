//! Classifiers: models that say how much a text is of some category.
//!
//! Owns the models of the `classifiers` folder, the threads they run on, and the way from a text to
//! scores: windows, two tiers, calibration. Refuses to know what a score leads to.
//!
//! Unlike the other detectors these have threads and a clock, since a deadline is part of what they
//! promise; no rule is decided here.

mod answer;
mod cache;
mod calibration;
mod cascade;
mod counts;
mod cutter;
mod fault;
mod graph;
mod health;
mod language;
mod listing;
mod load;
mod manifest;
mod model;
mod ngrams;
mod place;
mod pool;
mod prepared;
mod propose;
mod question;
mod reading;
mod stamp;
mod tokens;
mod trial;

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::text::{Phase, Span};

use cascade::Models;
use pool::Pool;
use reading::Waiting;

pub use answer::Answer;
pub use counts::Counts;
pub use cutter::{Window, WindowCutter, WindowShape};
pub use fault::{LoadFaults, MISSING_FOLDER};
pub use health::{ModelHealth, State};
pub use language::Language;
pub use listing::{ModelInfo, Thresholds, Trial, check};
pub use load::MANIFEST;
pub use prepared::Prepared;
pub use propose::{Proposal, propose};
pub use question::{LabelRef, Needed, Question, Realm, Score, Scores, Tier, Unavailable};
pub use stamp::Stamp;

/// How much the classifiers may use.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads of the pool; one for each core where absent.
    pub threads: Option<NonZero<usize>>,
    /// Questions that may wait; one more is refused at once.
    pub queue: usize,
    /// How long an answer may take where a question does not say.
    pub deadline: Duration,
    /// Bytes of the memory of scores; 0 is none.
    pub cache_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { threads: None, queue: 256, deadline: Duration::from_secs(5), cache_bytes: 8 << 20 }
    }
}

/// A name that no loaded model knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownLabel {
    /// No classifier is loaded at all.
    #[error("no classifier is loaded")]
    NoModels,
    /// There is no model of this name.
    #[error("no classifier is called `{name}`; there are {}", known.join(", "))]
    Model {
        /// The name.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No model (or not the one that was named) has this label.
    #[error("no classifier has the category `{category}`; there are {}", known.join(", "))]
    Category {
        /// The label.
        category: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Several models of the encoder tier have it.
    #[error("the category `{category}` is known to several classifiers ({}): name one with `model:`", models.join(", "))]
    Ambiguous {
        /// The label.
        category: String,
        /// The models.
        models: Vec<String>,
    },
}

/// All loaded models and the threads they run on. Cheap to clone; the threads end with the last clone.
#[derive(Debug, Clone)]
pub struct Classifiers {
    models: Arc<Models>,
    pool: Option<Arc<Pool<Waiting>>>,
    deadline: Duration,
    digest: Arc<str>,
    stamp: Arc<Stamp>,
}

/// Texts of up to so many bytes are shown to the fast tier by whoever asks: that takes less time than handing
/// them to another thread and waiting behind encoders. Longer ones would keep others waiting.
const INLINE_BYTES: usize = 16 * 1024;

impl Classifiers {
    /// Loads every model of a folder, checks each, and runs each once on every thread. Takes up to some seconds.
    ///
    /// # Errors
    /// Everything that is wrong, in one go.
    pub fn load(folder: &Path, settings: &Settings) -> Result<Self, LoadFaults> {
        Prepared::read(folder, &[])?.start(settings)
    }

    /// No model at all: every label is unknown.
    #[must_use]
    pub fn none() -> Self {
        let models = Models {
            models: Vec::new(),
            fast: None,
            everything: Vec::new(),
            memory: None,
            counters: counts::Counters::default(),
        };
        Self {
            models: Arc::new(models),
            pool: None,
            deadline: Duration::ZERO,
            digest: "".into(),
            stamp: Arc::default(),
        }
    }

    /// Whether there is no model.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.models.models.is_empty()
    }

    /// Every category that a policy can name, sorted.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        let labels = self.models.models.iter().flat_map(|model| &model.manifest.labels);
        let mut names: Vec<&str> = labels.map(|label| &*label.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The label that a policy means. Without a model's name it is the encoder's, and the fast tier may answer
    /// in its place where it is certain; with one it is exactly that model's.
    ///
    /// # Errors
    /// When no model knows it, or several do.
    pub fn find(&self, category: &str, model: Option<&str>) -> Result<LabelRef, UnknownLabel> {
        let models = &self.models.models;
        if models.is_empty() {
            return Err(UnknownLabel::NoModels);
        }
        if let Some(name) = model
            && !models.iter().any(|known| known.manifest.name == name)
        {
            let known = models.iter().map(|known| known.manifest.name.clone()).collect();
            return Err(UnknownLabel::Model { name: name.to_owned(), known });
        }
        let mut found: Vec<(usize, usize)> = models
            .iter()
            .enumerate()
            .filter(|(_, known)| model.is_none_or(|name| known.manifest.name == name))
            .filter_map(|(index, known)| {
                Some((index, known.manifest.labels.iter().position(|label| label.name == category)?))
            })
            .collect();
        if found.len() > 1 {
            found.retain(|(index, _)| Some(*index) != self.models.fast);
        }
        match found.as_slice() {
            [] => {
                let labels = models
                    .iter()
                    .filter(|known| model.is_none_or(|name| known.manifest.name == name))
                    .flat_map(|known| &known.manifest.labels);
                let mut known: Vec<String> = labels.map(|label| label.name.clone()).collect();
                known.sort_unstable();
                known.dedup();
                Err(UnknownLabel::Category { category: category.to_owned(), known })
            }
            [(index, label)] => {
                let cascade = model.is_none() && Some(*index) != self.models.fast;
                let narrow = |index: usize| u16::try_from(index).unwrap_or(u16::MAX);
                Ok(LabelRef { model: narrow(*index), label: narrow(*label), cascade })
            }
            several => {
                let name =
                    |(index, _): &(usize, usize)| models.get(*index).map(|known| known.manifest.name.clone());
                let models = several.iter().filter_map(name).collect();
                Err(UnknownLabel::Ambiguous { category: category.to_owned(), models })
            }
        }
    }

    /// The fast tier's own label of this category, for whoever wants a guess about every text and nothing slower.
    #[must_use]
    pub fn fast(&self, category: &str) -> Option<LabelRef> {
        let index = self.models.fast?;
        let labels = &self.models.models.get(index)?.manifest.labels;
        let label = labels.iter().position(|label| label.name == category)?;
        Some(LabelRef {
            model: u16::try_from(index).ok()?,
            label: u16::try_from(label).ok()?,
            cascade: false,
        })
    }

    /// The category's name.
    #[must_use]
    pub fn name(&self, label: LabelRef) -> &str {
        let model = self.models.models.get(usize::from(label.model));
        model
            .and_then(|model| model.manifest.labels.get(usize::from(label.label)))
            .map_or("", |label| &label.name)
    }

    /// The model's name.
    #[must_use]
    pub fn model(&self, label: LabelRef) -> &str {
        self.models.models.get(usize::from(label.model)).map_or("", |model| &model.manifest.name)
    }

    /// The manifest's threshold.
    #[must_use]
    pub fn threshold(&self, label: LabelRef, language: Language) -> f32 {
        self.models.threshold(label, language)
    }

    /// A hash of every manifest, model and tokenizer: two sets with the same digest say the same.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What there is to know about each model.
    #[must_use]
    pub fn models(&self) -> Vec<ModelInfo> {
        self.models.models.iter().map(ModelInfo::of).collect()
    }

    /// How each model does.
    #[must_use]
    pub fn health(&self) -> Vec<ModelHealth> {
        self.models.models.iter().map(ModelHealth::of).collect()
    }

    /// The folder when it was read; that of a folder that is not there, where there is no model at all.
    #[must_use]
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// The windows in which a model reads a text, each with its ids: for benches, and to compare with other
    /// runtimes. `None` where there is no such model or it cannot read the text.
    #[must_use]
    pub fn inputs(&self, model: &str, text: &str, phase: Phase) -> Option<Vec<(Span, Vec<i64>)>> {
        let model = self.models.models.iter().find(|known| known.manifest.name == model)?;
        let cuts = model.cuts(text, phase).ok()?;
        Some(cuts.into_iter().map(|cut| (cut.span, cut.ids)).collect())
    }

    /// What was done since they were loaded.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.models.counters.read_all(self.pool.as_ref().map_or(0, |pool| pool.waiting()))
    }

    /// Begins to answer. The fast tier is asked at once, on this thread; what it cannot decide, and long texts, go
    /// to the pool, and the answer comes when it comes. The deadline counts from here.
    pub fn ask(&self, question: Question) -> Answer {
        let deadline = Instant::now() + question.deadline.unwrap_or(self.deadline);
        let Some(pool) = &self.pool else {
            return Answer::ready(self.answer_here(&question));
        };
        let begun = if question.text.len() <= INLINE_BYTES {
            match contained(|| self.models.begin(&question, &|| Ok(()))) {
                Ok(progress) if progress.is_done() => return Answer::ready(progress.into_scores()),
                Ok(progress) => Some(progress),
                Err(reason) => return Answer::ready(Err(reason)),
            }
        } else {
            None
        };
        let waiting = self.models.waiting(question, begun);
        pool.submit(waiting, deadline).unwrap_or_else(|reason| {
            if reason == Unavailable::QueueFull {
                self.models.counters.refused();
            }
            Answer::ready(Err(reason))
        })
    }

    /// Asks, and waits on this thread.
    ///
    /// # Errors
    /// Why there are no scores.
    pub fn ask_blocking(&self, question: Question) -> Result<Scores, Unavailable> {
        self.ask(question).wait()
    }

    /// Answers on this thread, without pool, queue and deadline: for programs that bring threads of their own.
    ///
    /// # Errors
    /// When a model fails.
    pub fn answer_here(&self, question: &Question) -> Result<Scores, Unavailable> {
        contained(|| {
            let progress = self.models.begin(question, &|| Ok(()))?;
            self.models.finish(question, progress, &|| Ok(()))
        })
    }
}

impl Default for Classifiers {
    fn default() -> Self {
        Self::none()
    }
}

/// Runs what must not take its thread along.
fn contained<T>(run: impl FnOnce() -> Result<T, Unavailable>) -> Result<T, Unavailable> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(Unavailable::Panicked))
}

#[cfg(test)]
mod tests;
