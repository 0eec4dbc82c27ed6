//! Classifiers: models that say how much a text is of some category.
//!
//! Owns the models of the `classifiers` folder, the threads they run on, and the way from a text to
//! scores: windows, two tiers, calibration. Refuses to know what a score leads to.
//!
//! Unlike the other detectors these have threads and a clock, since a deadline is part of what they
//! promise; no rule is decided here.

mod answer;
mod cutter;
mod fault;
mod language;
mod question;

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use answer::Answer;
pub use cutter::{Window, WindowCutter};
pub use fault::{LoadFaults, MISSING_FOLDER};
pub use language::Language;
pub use question::{LabelRef, Needed, Question, Realm, Score, Scores, Tier, Unavailable};

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

/// All loaded models and the threads they run on. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Classifiers {
    digest: Arc<str>,
}

impl Classifiers {
    /// Loads every model of a folder, checks each, and runs each once on every thread. Takes up to some seconds.
    ///
    /// # Errors
    /// Everything that is wrong, in one go.
    pub fn load(folder: &Path, settings: &Settings) -> Result<Self, LoadFaults> {
        let _ = (folder, settings);
        Ok(Self::none())
    }

    /// No model at all: every label is unknown.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether there is no model.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        true
    }

    /// Every category that a policy can name without `model:`, sorted.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The label that a policy means.
    ///
    /// # Errors
    /// When no model knows it, or several do.
    pub fn find(&self, category: &str, model: Option<&str>) -> Result<LabelRef, UnknownLabel> {
        let _ = (category, model);
        Err(UnknownLabel::NoModels)
    }

    /// The category's name.
    #[must_use]
    pub fn name(&self, label: LabelRef) -> &str {
        let _ = label;
        ""
    }

    /// The model's name.
    #[must_use]
    pub fn model(&self, label: LabelRef) -> &str {
        let _ = label;
        ""
    }

    /// The manifest's threshold.
    #[must_use]
    pub fn threshold(&self, label: LabelRef, language: Language) -> f32 {
        let _ = (label, language);
        1.0
    }

    /// A hash of every manifest, model and tokenizer: two sets with the same digest say the same.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Begins to answer. The fast tier is asked at once, on this thread; what it cannot decide, and long texts, go
    /// to the pool, and the answer comes when it comes.
    pub fn ask(&self, question: Question) -> Answer {
        let _ = question;
        Answer::ready(Err(Unavailable::Closed))
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
        let _ = question;
        Err(Unavailable::Closed)
    }
}
