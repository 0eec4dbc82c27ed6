//! What the installed classifiers offer, as far as policies are concerned.
//!
//! Owns the meeting of names: the labels and models that rules ask for against those that are there.
//! Refuses to know models; whoever loads them says what they are called (`screen::classifier`).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::decode::{Reader, Spanned};
use super::diagnostic::{Span, did_you_mean};

/// What a classifier detector looks like.
pub(super) const EXAMPLE: &str = "write a label that a model has, such as `violence`";

/// A score between 0 and 1, in ten-thousandths: what is shown is what is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
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

/// Says whether a rule can ask for a category (of the model that it names), and if not, why.
type Find = dyn Fn(&str, Option<&str>) -> Result<(), String> + Send + Sync;

/// The classifiers that rules can ask.
#[derive(Clone, Default)]
pub struct Offer {
    /// The labels that can be named without a model, sorted; empty where there is no classifier.
    categories: Vec<Arc<str>>,
    /// A digest over all models, empty where there are none; part of the revision.
    digest: Arc<str>,
    find: Option<Arc<Find>>,
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offer").field("categories", &self.categories).finish_non_exhaustive()
    }
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
    /// The offer of some classifiers: their labels, their digest, and who knows which model has what.
    pub fn new<'c>(
        categories: impl IntoIterator<Item = &'c str>,
        digest: &str,
        find: impl Fn(&str, Option<&str>) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        let categories = categories.into_iter().map(Into::into).collect();
        Self { categories, digest: digest.into(), find: Some(Arc::new(find)) }
    }

    /// The digest over all models; empty where there are none.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
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
    let (code, message, help) = match &offer.find {
        None => (
            "classifiers-missing",
            format!("this rule needs a classifier for `{label}`, and none is installed"),
            "name the folder of the models (`--classifiers DIR`), or let the policy do without (`classifiers: optional`)"
                .to_owned(),
        ),
        Some(find) => match find(label, model.map(|model| &*model.value)) {
            Ok(()) => return Found::Here,
            Err(sentence) => {
                let all = format!("the categories are {}", offer.categories.join(", "));
                let help = match did_you_mean(label, offer.categories.iter().map(|one| &**one)) {
                    Some(meant) if meant != label => format!("did you mean `{meant}`? {all}"),
                    _ => all,
                };
                ("unknown-category", sentence, help)
            }
        },
    };
    if need == Need::Optional {
        let warning =
            reader.warning("classifier-left-out", span, format!("{message}: the rule does without"));
        reader.report(warning.help(help));
        return Found::Without;
    }
    let fault = reader.fault(code, span, message);
    reader.report(fault.help(help));
    Found::Missing
}
