//! What is asked of classifiers and what they say.
//!
//! Owns the words: labels, questions, scores, and the reasons for having none. Refuses to know how
//! a score comes about, and what it leads to.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::text::{Phase, Span};

use super::language::Language;

/// A label of a loaded model. Good only with the [`Classifiers`](super::Classifiers) that handed it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabelRef {
    pub(super) model: u16,
    pub(super) label: u16,
    /// Whether the fast tier may answer for this model.
    pub(super) cascade: bool,
}

/// Which kind of model a score comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Some microseconds a text; says "clearly not", "clearly so" or nothing.
    Fast,
    /// Some milliseconds a text; its word is final.
    Encoder,
}

impl Tier {
    /// As manifests write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Encoder => "encoder",
        }
    }
}

/// A label that is asked for, and from which score on it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Needed {
    /// The label.
    pub label: LabelRef,
    /// The rule's own `min_score`; without one the manifest's threshold for the language of the window counts.
    pub min_score: Option<f32>,
}

/// Whose texts share what is remembered: a hash of everything that tells who asks. A text that is known is
/// answered milliseconds sooner, and nobody may learn from that what somebody else has sent.
pub type Realm = [u8; 32];

/// A text, and what is to be known about it.
#[derive(Debug, Clone)]
pub struct Question {
    /// The text. A long one is read in overlapping windows; nothing of it is cut off.
    pub text: Arc<str>,
    /// Which way it travels.
    pub phase: Phase,
    /// The labels asked for. One that stands here several times must hold the strictest and the laxest `min_score`.
    pub needed: Arc<[Needed]>,
    /// Run every tier of every model and tell the scores of all labels.
    pub everything: bool,
    /// How long the answer may take; the settings' deadline where absent.
    pub deadline: Option<Duration>,
    /// Whose memory may be used; none where absent.
    pub realm: Option<Realm>,
}

impl Question {
    /// A question about some labels, with the settings' deadline and no memory.
    #[must_use]
    pub fn about(text: impl Into<Arc<str>>, phase: Phase, needed: impl Into<Arc<[Needed]>>) -> Self {
        let (text, needed) = (text.into(), needed.into());
        Self { text, phase, needed, everything: false, deadline: None, realm: None }
    }

    /// A question about every label, by the last tier that knows it.
    #[must_use]
    pub fn everything(text: impl Into<Arc<str>>, phase: Phase) -> Self {
        Self { everything: true, ..Self::about(text, phase, []) }
    }

    /// The same, asked by somebody.
    #[must_use]
    pub fn in_realm(mut self, realm: Option<Realm>) -> Self {
        self.realm = realm;
        self
    }
}

/// What was said about one label: the window of the text with the highest score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The label.
    pub label: LabelRef,
    /// Calibrated, from 0 to 1.
    pub value: f32,
    /// Whether some window reached the manifest's threshold for its language.
    pub holds: bool,
    /// The window, in bytes of the text.
    pub span: Span,
    /// The language by which that window was calibrated.
    pub language: Language,
    /// Who answered.
    pub tier: Tier,
}

/// The scores of one text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// By label.
    pub(super) scores: Vec<Score>,
}

impl Scores {
    /// What was said about a label; `None` where it was not asked for.
    #[must_use]
    pub fn of(&self, label: LabelRef) -> Option<&Score> {
        self.scores.binary_search_by_key(&label, |score| score.label).ok().and_then(|at| self.scores.get(at))
    }

    /// Whether the label holds: the score reaches the rule's `min_score`, or the manifest's threshold where the
    /// rule has none. False where the label was not asked for.
    #[must_use]
    pub fn holds(&self, needed: Needed) -> bool {
        self.of(needed.label).is_some_and(|score| match needed.min_score {
            Some(least) => score.value >= least,
            None => score.holds,
        })
    }

    /// All of them, in the order of models and labels.
    pub fn iter(&self) -> impl Iterator<Item = &Score> {
        self.scores.iter()
    }
}

/// Why there are no scores. What then happens is the policy's `failure:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unavailable {
    /// The deadline passed; work that had not begun was dropped.
    #[error("the classifiers did not answer in time")]
    Deadline,
    /// Too much waits already.
    #[error("the classifiers have more work than fits their queue")]
    QueueFull,
    /// The model gave an error, or numbers that are none.
    #[error("a classifier failed")]
    Failed,
    /// The model panicked; the panic was contained.
    #[error("a classifier panicked")]
    Panicked,
    /// The classifiers are being shut down.
    #[error("the classifiers are shut down")]
    Closed,
}

impl Unavailable {
    /// A stable code for records, metrics and errors.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Deadline => "classifier_deadline",
            Self::QueueFull => "classifier_queue_full",
            Self::Failed => "classifier_failed",
            Self::Panicked => "classifier_panicked",
            Self::Closed => "classifier_closed",
        }
    }
}

#[cfg(test)]
impl LabelRef {
    /// A label of no model, for the tests of rooms that only carry labels.
    pub(crate) fn for_test(label: u16) -> Self {
        Self { model: 0, label, cascade: false }
    }

    /// Its number.
    pub(crate) fn number(self) -> u16 {
        self.label
    }
}

#[cfg(test)]
impl Scores {
    /// Scores that a test made up; each label once.
    pub(crate) fn for_test(mut scores: Vec<Score>) -> Self {
        scores.sort_by_key(|score| score.label);
        Self { scores }
    }
}
