//! What looks at a text, compiled: detectors, and the expressions that join them to a rule's condition.
//!
//! Owns what each kind of detector is asked, and its name. Refuses to know how any of them searches (`screen`).

use std::sync::Arc;

use super::{DetectorId, Fold, MatchMode, RuleId, Score};

/// The label of replies in which the model declines or dodges.
pub const REFUSAL: &str = "refusal";

/// A boolean expression over detectors. `All` and `Any` are never empty; `None` is true where none
/// of its children is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// Every child is true.
    All(Vec<Expr>),
    /// At least one child is true.
    Any(Vec<Expr>),
    /// No child is true.
    None(Vec<Expr>),
    /// A detector found something.
    Detector(DetectorId),
}

/// One keyword of a detector, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyword {
    /// The keyword, trimmed.
    pub text: Arc<str>,
    /// How it must stand in the text (resolved: the default depends on its script).
    pub mode: MatchMode,
}

/// What a detector asks of classifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The label.
    pub label: &'a str,
    /// The least score; the model's own threshold where it is left out.
    pub min_score: Option<Score>,
    /// The only model that is asked, where one is named.
    pub model: Option<&'a str>,
}

/// What looks at a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetectorKind {
    /// Words and phrases.
    Keywords {
        /// All of them, inline and from lists.
        keywords: Vec<Keyword>,
        /// How spellings may differ.
        fold: Fold,
        /// Name of the list they come from, where there is one.
        list: Option<Arc<str>>,
    },
    /// Regular expressions.
    Patterns {
        /// All of them, as written; each was read by [`pattern::parse`](super::pattern::parse).
        patterns: Vec<Arc<str>>,
        /// How spellings may differ.
        fold: Fold,
    },
    /// One kind of entity, such as e-mail addresses: patterns with validation. A list of kinds in a
    /// file is as many detectors, of which any may find something.
    Entity {
        /// Name of the kind.
        kind: Arc<str>,
    },
    /// A trained classifier's score for a label.
    Classifier {
        /// The label.
        label: Arc<str>,
        /// The least score; the model's own threshold for the language where it is left out.
        min_score: Option<Score>,
        /// The only model that is asked, where one is named.
        model: Option<Arc<str>>,
    },
    /// The model itself declined or dodged: a classifier too, which looks at replies alone.
    Refusal {
        /// The least score; the model's own threshold for the language where it is left out.
        min_score: Option<Score>,
    },
    /// The language of the segment, as its first [`LOOKED_AT`](crate::text::language::LOOKED_AT)
    /// characters tell it.
    Language {
        /// Codes of ISO 639-1.
        codes: Vec<Arc<str>>,
    },
    /// Size of the segment in characters (Unicode scalar values), both ends included.
    Length {
        /// At least this many.
        min_chars: Option<usize>,
        /// At most this many.
        max_chars: Option<usize>,
    },
}

impl DetectorKind {
    /// Name of the list or entity it looks for, where it has one.
    #[must_use]
    pub fn category(&self) -> Option<Arc<str>> {
        match self {
            Self::Keywords { list, .. } => list.clone(),
            Self::Entity { kind } => Some(kind.clone()),
            Self::Classifier { label, .. } => Some(label.clone()),
            Self::Refusal { .. } => Some(REFUSAL.into()),
            Self::Patterns { .. } | Self::Length { .. } | Self::Language { .. } => None,
        }
    }

    /// Whether it says where in a text it found something.
    #[must_use]
    pub fn gives_spans(&self) -> bool {
        !matches!(self, Self::Length { .. } | Self::Language { .. })
    }

    /// What a classifier is asked, where this is one.
    #[must_use]
    pub fn asks(&self) -> Option<Asked<'_>> {
        match self {
            Self::Classifier { label, min_score, model } => {
                Some(Asked { label, min_score: *min_score, model: model.as_deref() })
            }
            Self::Refusal { min_score } => Some(Asked { label: REFUSAL, min_score: *min_score, model: None }),
            _ => None,
        }
    }

    /// The name under which design.md, the audit record and `policy explain` know it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Keywords { .. } => "keywords",
            Self::Patterns { .. } => "patterns",
            Self::Entity { .. } => "entities",
            Self::Classifier { .. } => "classifier",
            Self::Refusal { .. } => "refusal",
            Self::Language { .. } => "language",
            Self::Length { .. } => "length",
        }
    }
}

/// A detector and the rule it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detector {
    /// The rule whose `when` names it.
    pub rule: RuleId,
    /// What it looks for.
    pub kind: DetectorKind,
    /// Whether it stands under a `none:` (an odd number of them), so that finding it speaks
    /// against the rule and its span is not part of what the rule matched.
    pub negated: bool,
}
