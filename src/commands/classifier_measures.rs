//! How well scores tell two kinds of texts apart.
//!
//! Owns the numbers: area under the precision-recall and the ROC curve, recall at few false positives, and what a
//! threshold makes of it all. Equal scores are one step of a curve, as scikit-learn has it. Refuses to know
//! what the scores are of.

use serde::Serialize;

/// A score, and whether it should be high.
pub(super) type Row = (f32, bool);

/// How well a label's scores tell its texts from others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Measures {
    /// Texts whose label is known.
    pub(super) rows: usize,
    /// Texts that have it.
    pub(super) positives: usize,
    /// Average precision; absent without positives.
    pub(super) auprc: Option<f64>,
    /// Area under the ROC curve; absent where all texts are of one kind.
    pub(super) auroc: Option<f64>,
    /// Recall of the threshold with the most recall and at most 1 % false positives.
    pub(super) recall_at_1fpr: Option<f64>,
    /// Of those at or over the threshold, how many have the label.
    pub(super) precision: Option<f64>,
    /// Of those that have the label, how many are at or over the threshold.
    pub(super) recall: Option<f64>,
    /// Of those that do not have it, how many are at or over the threshold.
    pub(super) false_positives: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub(super) f1: Option<f64>,
}

/// False positives that are bearable.
const BEARABLE: f64 = 0.01;

/// Measures scores; `held` says for each whether it reached the threshold.
pub(super) fn measure(rows: &[Row], held: &[bool]) -> Measures {
    let positives = rows.iter().filter(|(_, positive)| *positive).count();
    let negatives = rows.len() - positives;
    let mut sorted = rows.to_vec();
    sorted.sort_unstable_by(|(one, _), (other, _)| other.total_cmp(one));
    let (mut hits, mut misses) = (0_usize, 0_usize);
    let (mut precision_area, mut roc_area, mut recall_at) = (0.0, 0.0, 0.0);
    let mut rest = sorted.as_slice();
    while let Some((score, _)) = rest.first() {
        let tied = rest.iter().take_while(|(other, _)| other.total_cmp(score).is_eq()).count();
        let (step, behind) = rest.split_at(tied);
        rest = behind;
        let new_hits = step.iter().filter(|(_, positive)| *positive).count();
        let new_misses = tied - new_hits;
        // A rectangle under the precision of the step's end; a trapezium under the ROC curve.
        roc_area +=
            share(new_misses, negatives) * (share(hits, positives) + share(new_hits, positives) / 2.0);
        (hits, misses) = (hits + new_hits, misses + new_misses);
        precision_area += share(new_hits, positives) * share(hits, hits + misses);
        if share(misses, negatives) <= BEARABLE {
            recall_at = share(hits, positives);
        }
    }
    let held = |kind: bool| {
        rows.iter().zip(held).filter(|((_, positive), held)| **held && *positive == kind).count()
    };
    let (true_held, false_held) = (held(true), held(false));
    let some = |count: usize, of: usize| (of > 0).then(|| share(count, of));
    let (precision, recall) = (some(true_held, true_held + false_held), some(true_held, positives));
    Measures {
        rows: rows.len(),
        positives,
        auprc: (positives > 0).then_some(precision_area),
        auroc: (positives > 0 && negatives > 0).then_some(roc_area),
        recall_at_1fpr: (positives > 0 && negatives > 0).then_some(recall_at),
        precision,
        recall,
        false_positives: some(false_held, negatives),
        f1: some(2 * true_held, 2 * true_held + false_held + (positives - true_held))
            .filter(|_| positives > 0),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of texts are far below 2^52")]
fn share(count: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected numbers are those of scikit-learn 1.9: `average_precision_score`, `roc_auc_score`, and the
    /// largest `tpr` of `roc_curve` with `fpr` ≤ 0.01.
    #[test]
    fn the_numbers_are_those_of_scikit_learn() {
        let check = |rows: &[Row], expected: [f64; 3]| {
            let found = measure(rows, &vec![false; rows.len()]);
            let found = [found.auprc, found.auroc, found.recall_at_1fpr].map(|value| value.expect("a value"));
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{rows:?}: {found} and not {expected}");
            }
        };
        check(&[(0.1, false), (0.4, false), (0.35, true), (0.8, true)], [5.0 / 6.0, 0.75, 0.5]);
        // Ties, within and across kinds.
        let scores = [0.9, 0.9, 0.8, 0.7, 0.7, 0.7, 0.2, 0.1];
        let kinds = [true, false, true, false, true, false, false, true];
        let rows: Vec<Row> = scores.into_iter().zip(kinds).collect();
        check(&rows, [0.541_666_666_666_666_6, 0.531_25, 0.0]);
        check(&[(0.5, true), (0.5, false)], [0.5, 0.5, 0.0]);
        // 200 negatives: two of them may be over the threshold.
        let mut rows: Vec<Row> = (0..200_u8).map(|index| (f32::from(index) / 400.0, false)).collect();
        rows.extend([(0.6, true), (0.4975, true), (0.496, true), (0.494, true), (0.1, true)]);
        check(&rows, [0.6227272727272728, 0.837, 0.8]);
    }

    #[test]
    fn a_threshold_has_precision_and_recall() {
        let rows = [(0.9, true), (0.8, false), (0.7, true), (0.1, false), (0.0, false)];
        let found = measure(&rows, &[true, true, false, false, false]);
        assert_eq!((found.precision, found.recall, found.f1), (Some(0.5), Some(0.5), Some(0.5)));
        assert!((found.false_positives.expect("a value") - 1.0 / 3.0).abs() < 1e-12);
        let none = measure(&[], &[]);
        assert_eq!((none.rows, none.auprc, none.f1), (0, None, None));
        let one_kind = measure(&[(0.2, false)], &[false]);
        assert_eq!((one_kind.auroc, one_kind.f1, one_kind.false_positives), (None, None, Some(0.0)));
    }
}
