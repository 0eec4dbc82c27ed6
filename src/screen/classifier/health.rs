//! How a loaded model does, for whoever runs the gateway.
//!
//! Owns what is told of it: no labels, no scores, and no word of a text.

use std::sync::atomic::Ordering;

use serde::Serialize;

use super::language::Language;
use super::model::Model;
use super::question::Tier;

/// Characters of a hash that tell one model from another.
const PREFIX: usize = 12;

/// How a model does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelHealth {
    /// Its name.
    pub classifier: String,
    /// Its tier.
    pub tier: Tier,
    /// The beginning of the SHA-256 of manifest, model and tokenizer.
    pub hash: String,
    /// The languages that it is calibrated for or has thresholds for; none where its maker names none.
    pub languages: Vec<Language>,
    /// Whether it runs.
    pub state: State,
}

/// Whether a model runs. One that could not be warmed up is not loaded at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every thread has run it.
    Warm,
    /// It failed on the last window that it was shown.
    Failed,
}

impl State {
    /// As it is shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Failed => "failed",
        }
    }
}

impl ModelHealth {
    pub(super) fn of(model: &Model) -> Self {
        let labels = &model.manifest.labels;
        let is_own = |language: &Language| {
            labels.iter().any(|label| label.thresholds.has(*language) || label.calibration.has(*language))
        };
        Self {
            classifier: model.manifest.name.clone(),
            tier: model.manifest.tier,
            hash: model.digest.chars().take(PREFIX).collect(),
            languages: Language::ALL.into_iter().filter(is_own).collect(),
            state: if model.failed.load(Ordering::Relaxed) { State::Failed } else { State::Warm },
        }
    }
}
