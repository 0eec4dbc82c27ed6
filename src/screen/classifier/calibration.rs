//! From a model's numbers to scores between 0 and 1, by language.
//!
//! Owns the formulas. Refuses to know models.

use super::language::Language;
use super::manifest::Activation;

/// `score = sigmoid(a · logit + b)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Calibration {
    pub(super) a: f32,
    pub(super) b: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { a: 1.0, b: 0.0 }
    }
}

impl Calibration {
    /// The score of a logit.
    pub(super) fn score(self, logit: f32) -> f32 {
        1.0 / (1.0 + (-(self.a * logit + self.b)).exp())
    }
}

/// A value for each language. Where a language has none, that of `other` counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PerLanguage<T> {
    values: [Option<T>; 3],
}

impl<T> Default for PerLanguage<T> {
    fn default() -> Self {
        Self { values: [None, None, None] }
    }
}

impl<T: Copy> PerLanguage<T> {
    pub(super) fn set(&mut self, language: Language, value: Option<T>) {
        if let Some(slot) = self.values.get_mut(language as usize) {
            *slot = value;
        }
    }

    /// Whether a language has a value of its own.
    pub(super) fn has(&self, language: Language) -> bool {
        self.values.get(language as usize).is_some_and(Option::is_some)
    }

    pub(super) fn of(&self, language: Language) -> Option<T> {
        let at = |language: Language| self.values.get(language as usize).copied().flatten();
        at(language).or_else(|| at(Language::Other))
    }
}

/// Turns what a model put out into one logit a label. Of a softmax that is the logit of the label's
/// probability, so that a calibration of `a: 1, b: 0` gives the probability back.
pub(super) fn logits(activation: Activation, values: &mut [f32]) {
    if activation == Activation::Sigmoid {
        return;
    }
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = values.iter().map(|value| (value - most).exp()).sum();
    for value in values.iter_mut() {
        let own = (*value - most).exp();
        // Far apart, the rest of the sum is lost in rounding; it is at least this.
        let rest = (total - own).max(f32::MIN_POSITIVE);
        *value = (own.max(f32::MIN_POSITIVE) / rest).ln();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_softmax_gives_its_probabilities_back() {
        let check = |values: &[f32], expected: &[f32]| {
            let mut logits_of = values.to_vec();
            logits(Activation::Softmax, &mut logits_of);
            for (logit, expected) in logits_of.iter().zip(expected) {
                let score = Calibration::default().score(*logit);
                assert!((score - expected).abs() < 1e-6, "{values:?}: {score} and not {expected}");
            }
        };
        check(&[0.0, 0.0], &[0.5, 0.5]);
        check(&[1.0, 2.0, 3.0], &[0.090_030_57, 0.244_728_47, 0.665_240_94]);
        check(&[200.0, -200.0], &[1.0, 0.0]);
        check(&[3.0], &[1.0]);
    }

    #[test]
    fn a_language_without_a_value_has_that_of_the_others() {
        let mut values = PerLanguage::default();
        assert_eq!(values.of(Language::Zh), None);
        values.set(Language::Other, Some(1));
        values.set(Language::En, Some(2));
        assert_eq!(Language::ALL.map(|language| values.of(language)), [Some(2), Some(1), Some(1)]);
    }
}
