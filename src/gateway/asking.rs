//! Asking classifiers: each question is counted, and its answer timed.
//!
//! Owns the futures that exchanges wait for. Refuses to know what an answer leads to. The fast tier answers on
//! the spot, in microseconds; whatever takes longer runs on the classifiers' own threads.

use std::time::{Duration, Instant};

use crate::screen::classifier::{Answer, Classifiers, Question, Scores, Tier, Unavailable};
use crate::telemetry::Metrics;

/// A question on its way.
#[derive(Debug)]
pub(super) struct Asked {
    answer: Answer,
    began: Instant,
}

impl Asked {
    /// Asks. The work begins at once, whenever the answer is waited for.
    pub(super) fn begin(classifiers: &Classifiers, metrics: &Metrics, question: Question) -> Self {
        metrics.classifier_asked();
        let began = Instant::now();
        Self { answer: classifiers.ask(question), began }
    }

    /// Waits for the answer, which comes by its deadline at the latest.
    pub(super) async fn answer(self) -> Answered {
        let outcome = self.answer.await;
        Answered { outcome, took: self.began.elapsed() }
    }
}

/// What came of a question.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) outcome: Result<Scores, Unavailable>,
    took: Duration,
}

impl Answered {
    /// Tells the metrics.
    pub(super) fn count(&self, metrics: &Metrics) {
        match &self.outcome {
            Ok(scores) => {
                let last = scores.iter().map(|score| score.tier).max().unwrap_or(Tier::Fast);
                metrics.classifier_answered(last.as_str(), self.took);
            }
            Err(unavailable) => {
                tracing::warn!(cause = unavailable.code(), "a classifier gave no answer");
                metrics.classifier_unavailable(unavailable.code());
            }
        }
    }
}
