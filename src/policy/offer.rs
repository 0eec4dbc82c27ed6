//! What the installed classifiers offer, as far as policies are concerned.
//!
//! Owns the meeting of names: the labels and models that rules ask for against those that are there.
//! Refuses to know models; whoever loads them says what they are called (`screen::classifier`).

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::decode::{Reader, Spanned};
use super::diagnostic::{Span, did_you_mean};

/// What a classifier detector looks like.
pub(super) const EXAMPLE: &str = "write a label that a model has, such as `violence`";

/// A score between 0 and 1, in ten-thousandths: what is shown is what is compared.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(from = "f32", into = "f32")]
pub struct Score(u16);

impl Score {
    /// The score of a number; what is no number is the lowest.
    #[must_use]
    pub fn new(number: f32) -> Self {
        // A float that is no number becomes 0, and what is out of range its nearest end.
        Self((f64::from(number).clamp(0.0, 1.0) * 10_000.0).round() as u16)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f32 {
        f32::from(self.0) / 10_000.0
    }
}

impl From<f32> for Score {
    fn from(number: f32) -> Self {
        Self::new(number)
    }
}

impl From<Score> for f32 {
    fn from(score: Score) -> Self {
        score.get()
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.get())
    }
}

/// The classifiers that rules can ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// Each model.
    pub models: Vec<OfferedModel>,
    /// A digest over all of them, empty where there are none; part of the revision.
    pub digest: String,
}

/// A model that rules can ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedModel {
    /// Its name.
    pub name: Arc<str>,
    /// What it tells.
    pub labels: Vec<Arc<str>>,
}

/// Whether a policy can do without a model that has its labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Need {
    /// It does not load without.
    #[default]
    Required,
    /// Its other detectors work alone.
    Optional,
}

impl Offer {
    /// Whether any model has the label.
    #[must_use]
    pub fn has(&self, label: &str) -> bool {
        self.models.iter().any(|model| model.has(label))
    }

    fn labels(&self) -> BTreeSet<&str> {
        self.models.iter().flat_map(|model| &model.labels).map(|label| &**label).collect()
    }
}

impl OfferedModel {
    fn has(&self, label: &str) -> bool {
        self.labels.iter().any(|own| **own == *label)
    }
}

/// What came of asking for a label.
pub(super) enum Found {
    /// A model has it.
    Here,
    /// None has it, and the policy does without.
    Without,
    /// None has it: reported.
    Missing,
}

/// Looks for a label that a rule asks for; says what is offered where it is not there.
pub(super) fn find(
    reader: &mut Reader<'_>,
    offer: &Offer,
    need: Need,
    label: (&str, Span),
    model: Option<&Spanned<String>>,
) -> Found {
    let (label, span) = label;
    let named = model.map(|name| offer.models.iter().find(|model| *model.name == *name.value));
    match (model, named) {
        (None, _) if offer.has(label) => return Found::Here,
        (_, Some(Some(model))) if model.has(label) => return Found::Here,
        _ => {}
    }
    let (at, message, help) = if offer.models.is_empty() {
        let message = format!("this rule needs a classifier for `{label}`, and none is installed");
        let help = "name the folder of the models (`--classifiers DIR`), or let the policy do without (`classifiers: optional`)";
        (span, message, help.to_owned())
    } else if let (Some(name), Some(None)) = (model, named) {
        let names: Vec<&str> = offer.models.iter().map(|model| &*model.name).collect();
        let all = format!("the models are {}", names.join(", "));
        let meant = did_you_mean(&name.value, names.iter().copied());
        (name.span, format!("there is no model `{}`", name.value), said(meant, all))
    } else if let Some(Some(model)) = named {
        let labels: Vec<&str> = model.labels.iter().map(|label| &**label).collect();
        let all = format!("its labels are {}", labels.join(", "));
        let meant = did_you_mean(label, labels.iter().copied());
        (span, format!("the model `{}` has no label `{label}`", model.name), said(meant, all))
    } else {
        let labels = offer.labels();
        let all = format!("the labels are {}", labels.iter().copied().collect::<Vec<_>>().join(", "));
        let meant = did_you_mean(label, labels.iter().copied());
        (span, format!("no installed model has the label `{label}`"), said(meant, all))
    };
    let code = if offer.models.is_empty() { "classifiers-missing" } else { "unknown-label" };
    if need == Need::Optional {
        let warning = reader.warning("classifier-left-out", at, format!("{message}: the rule does without"));
        reader.report(warning.help(help));
        return Found::Without;
    }
    let fault = reader.fault(code, at, message);
    reader.report(fault.help(help));
    Found::Missing
}

fn said(meant: Option<&str>, all: String) -> String {
    match meant {
        Some(meant) => format!("did you mean `{meant}`? {all}"),
        None => all,
    }
}
