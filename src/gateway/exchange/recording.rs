//! What an exchange's record is told: what was found, what wins, what went on unjudged.
//!
//! Owns what counts for more where prompt and reply both have an outcome. Refuses to judge.

use super::Exchange;
use crate::audit;
use crate::decide::judge::Judgement;
use crate::decide::{self, Outcome};
use crate::dialect::Notice;
use crate::gateway::fault::Fault;
use crate::gateway::findings;
use crate::gateway::masking::Masking;
use crate::policy::Mode;
use crate::text::{Phase, Segment};

impl Exchange {
    /// Notes what classifiers left unanswered; an error where a policy does not go on without. What is stopped
    /// by another rule needs no answer.
    pub(super) fn answered(&self, outcome: Outcome, judgements: &[Judgement]) -> Result<(), Fault> {
        let unjudged: u32 = judgements.iter().map(|one| one.findings.learned.unjudged).sum();
        if unjudged > 0 {
            self.gateway.metrics.classifier_unjudged(unjudged);
            self.trail.note(|draft| draft.unjudged += unjudged);
        }
        match judgements.iter().find_map(|one| one.findings.learned.down) {
            Some(down) if !outcome.stops() => Err(Fault::Classifier(down)),
            _ => Ok(()),
        }
    }

    /// Puts what was found into the record; says what wins.
    pub(super) fn record(
        &self,
        phase: Phase,
        model: &str,
        segments: &[Segment<'_>],
        judgements: &[Judgement],
    ) -> Outcome {
        if judgements.iter().all(|one| one.verdicts.is_empty()) {
            return Outcome::ALLOW;
        }
        let policies = self.rulebook.policies();
        let verdicts = || judgements.iter().flat_map(|one| &one.verdicts);
        let outcome = decide::outcome(policies, verdicts());
        let masking = self.masking(model);
        let found: Vec<audit::Finding> = segments
            .iter()
            .zip(judgements)
            .enumerate()
            .flat_map(|(index, (segment, judgement))| {
                findings::of_whole(masking, phase, index, segment, judgement)
            })
            .collect();
        self.conclude(outcome, verdicts(), found);
        outcome
    }

    /// What is taken out of the record's texts.
    pub(in crate::gateway) fn masking<'a>(&'a self, model: &'a str) -> Masking<'a> {
        let capture = self.gateway.config.audit.capture;
        Masking { judge: &self.rulebook.judge, capture, model, tenant: &self.tenant }
    }

    /// Writes an outcome and its findings into the record.
    pub(in crate::gateway) fn conclude<'a>(
        &self,
        outcome: Outcome,
        verdicts: impl Iterator<Item = &'a decide::Verdict>,
        found: Vec<audit::Finding>,
    ) {
        let policies = self.rulebook.policies();
        let (mode, action, rule) = findings::recorded(policies, outcome, verdicts);
        self.trail.apply(policies, outcome);
        self.trail.note(|draft| {
            // What acts counts for more than what is only monitored, whatever its action.
            let stronger = match (draft.mode, mode) {
                (Mode::Enforce, Mode::Monitor) => false,
                (Mode::Monitor, Mode::Enforce) => true,
                _ => action > draft.action,
            };
            if rule.is_some() && (draft.rule.is_none() || stronger) {
                draft.mode = mode;
                draft.action = action;
                draft.rule = rule.map(|rule| policies.rule(rule).path.clone());
            }
            draft.findings.extend(found);
        });
    }

    pub(in crate::gateway) fn notice(&self, outcome: Outcome) -> Notice {
        let rule = outcome.rule.map(|rule| self.rulebook.policies().rule(rule).path.to_string());
        Notice {
            id: self.id.clone(),
            action: outcome.action.as_str(),
            rule: rule.unwrap_or_default(),
            revision: self.rulebook.revision.to_string(),
        }
    }
}
