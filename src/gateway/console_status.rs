//! What the gateway tells the console.
//!
//! Owns the answers to [`Status`]. Refuses to know how they are shown.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::masking::Masking;
use super::rules::{Loaded, Rulebook, compile};
use super::{Gateway, findings, single, surfaces};
use crate::audit::{Capture, Failure, Health, Log};
use crate::console::{Drafted, Question, Readiness, Status, Verdict, Winner};
use crate::decide::judge::Judge;
use crate::policy::diagnostic::Style;
use crate::policy::{Revision, Sources, coverage};
use crate::screen::Subject;
use crate::screen::classifier::Classifiers;
use crate::text::Encoding;

impl Status for Gateway {
    fn readiness(&self) -> Readiness {
        let rulebook = self.rules.current();
        let audit_failed = match self.log.health() {
            Health::Good => None,
            Health::Failed { reason, .. } => Some(reason.to_string()),
            Health::Closed => Some("closed".to_owned()),
        };
        let surfaces = surfaces::all();
        let report = coverage::coverage(rulebook.policies(), &surfaces);
        let uncovered = report
            .surfaces
            .iter()
            .filter(|one| one.rules.is_empty())
            .map(|one| surfaces::name(&one.surface))
            .collect();
        Readiness {
            // Where failure is open the gateway serves all the same; what fails is said either way.
            ready: audit_failed.is_none()
                || (self.log.failure() == Failure::Open && self.log.health() != Health::Closed),
            revision: rulebook.revision.to_string(),
            rules: rulebook.policies().rules.len(),
            policies_refused: self.rules.state().refused,
            // A text on which a model fails must not take the gateway out of service: what fails is said.
            classifiers: rulebook.classifiers.health(),
            classifiers_refused: self.rules.classifiers_refused(),
            audit_failed,
            shipping: self.shipping_problem(),
            uncovered,
        }
    }

    fn metrics(&self) -> String {
        if let Some(index) = &self.index {
            self.metrics.audit_index(index.lag(self.log.stats().records), index.failures());
        }
        self.metrics.classifier_queue(self.rules.current().classifiers.counts().waiting);
        if let Some(shipping) = &self.shipping {
            self.metrics.shipped(shipping.shipped(self.log.stats().records));
        }
        self.metrics.render(Some(&self.log))
    }

    fn coverage(&self) -> coverage::Coverage<'static> {
        coverage::coverage(self.rules.current().policies(), &surfaces::all())
    }

    fn judge(&self) -> Arc<Judge> {
        self.rules.current().judge.clone()
    }

    fn policies_dir(&self) -> &Path {
        self.rules.dir()
    }

    fn revision_of(&self, sources: &Sources) -> Revision {
        sources.revision(self.rules.current().classifiers.digest())
    }

    fn log(&self) -> &Log {
        &self.log
    }

    fn audit_dir(&self) -> &Path {
        &self.config.audit.dir
    }

    fn signing_key(&self) -> Option<&Path> {
        self.config.audit.settings.upkeep.key.as_deref()
    }

    fn index_lag(&self) -> Option<u64> {
        self.index.as_ref().map(|index| index.lag(self.log.stats().records))
    }

    fn draft(&self, draft: Sources) -> Drafted<Arc<Judge>> {
        drafted(draft, &self.rules.current().classifiers, |rulebook| rulebook.judge)
    }

    fn judge_text(&self, question: &Question, draft: Option<Sources>) -> Drafted<Verdict> {
        let current = self.rules.current();
        match draft {
            None => Drafted::plain(Ok(judged(&current, question))),
            Some(draft) => drafted(draft, &current.classifiers, |rulebook| judged(&rulebook, question)),
        }
    }
}

/// Compiles a draft and makes something of its rules.
fn drafted<T>(draft: Sources, classifiers: &Classifiers, make: impl FnOnce(Rulebook) -> T) -> Drafted<T> {
    match compile(draft, classifiers) {
        Err(error) => Drafted::plain(Err(error.to_string())),
        Ok(Loaded { rulebook, diagnostics, sources, .. }) => Drafted {
            made: rulebook.map(make),
            report: sources.render(&diagnostics, Style::Plain),
            diagnostics,
            failed: None,
        },
    }
}

fn judged(rulebook: &Rulebook, question: &Question) -> Verdict {
    let subject = Subject {
        phase: question.phase,
        role: question.role,
        channel: question.channel,
        encoding: Encoding::Plain,
        model: &question.model,
        tenant: &question.tenant,
    };
    let began = Instant::now();
    let judged = single::judge(rulebook, subject, &question.text);
    let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let policies = rulebook.policies();
    let segment = single::segment(subject, &question.text);
    let masking = Masking {
        judge: &rulebook.judge,
        capture: Capture::Full,
        model: &question.model,
        tenant: &question.tenant,
    };
    let found = findings::of_whole(masking, question.phase, 0, &segment, &judged.judgement);
    let winner = judged.decided.rule.map(|id| {
        let rule = policies.rule(id);
        let file = policies.policy(rule.policy).file.to_string();
        Winner { path: rule.path.to_string(), file, line: rule.line }
    });
    Verdict {
        revision: rulebook.revision.to_string(),
        action: judged.decided.action,
        mode: judged.mode,
        rule: winner,
        findings: found,
        sent: judged.sent,
        took_us,
    }
}
