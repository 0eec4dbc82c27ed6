//! `POST /v1/moderations`: what classifiers and policies say about texts, without a model behind.
//!
//! Owns the answer and its record, in which everything is only monitored: nothing is done to anybody's text
//! here. Refuses to judge in another way than exchanges are judged.

use std::time::Instant;

use http::Response;
use hyper::body::Incoming;
use serde_json::{Map, Value, json};

use super::heads::{JSON, check_content_type, respond};
use super::judging::ASKED_AT_ONCE;
use super::{Exchange, peer};
use crate::audit::Ended;
use crate::decide::judge::Judgement;
use crate::decide::{self, Outcome};
use crate::dialect::json::{Document, Limits};
use crate::dialect::openai_moderations::{self as moderations, Label, Moderation};
use crate::gateway::asking::Asked as Asking;
use crate::gateway::fault::Fault;
use crate::gateway::findings;
use crate::gateway::verdicts::{Asker, Recollection};
use crate::policy::Mode;
use crate::rewrite::own;
use crate::screen::classifier::{Question, Scores};
use crate::text::Segment;
use crate::wire::{self, ReplyBody};

impl Exchange {
    /// Answers a request for moderation.
    pub(super) async fn moderate(
        self,
        parts: http::request::Parts,
        body: Incoming,
    ) -> Result<Response<ReplyBody>, Fault> {
        self.trail.note(|draft| draft.dialect = moderations::NAME.into());
        let raw = self.read_request(body).await?;
        let cap = self.gateway.config.limits.body_bytes;
        let decoded = wire::decode(&raw, &parts.headers, cap).await.map_err(Fault::RequestBody)?;
        check_content_type(&parts.headers)?;
        let document = Document::parse(decoded.bytes(), Limits::default())
            .map_err(|error| Fault::Refused(error.into()))?;
        let asked = moderations::read(&document)?;
        let started = Instant::now();
        let metrics = &self.gateway.metrics;
        let classifiers = &self.rulebook.classifiers;
        let asker = Asker { tenant: &self.tenant, headers: &parts.headers, peer: peer(&parts) };
        let known = self.gateway.verdicts.recollection(&self.rulebook, asker, &asked.model);
        let realm = known.as_ref().map(Recollection::realm);
        let (mut judgements, mut results) = (Vec::new(), Vec::new());
        for segments in asked.segments.chunks(ASKED_AT_ONCE) {
            let questions: Vec<Option<Asking>> = segments
                .iter()
                .map(|segment| {
                    let text = text(segment);
                    let is_asked = !classifiers.is_empty() && !text.trim().is_empty();
                    let question = || Question::everything(text, asked.phase).in_realm(realm);
                    is_asked.then(|| Asking::begin(classifiers, metrics, question()))
                })
                .collect();
            let judged = self.judge_all(asked.phase, &asked.model, segments, known.as_ref()).await;
            self.answered(Outcome::ALLOW, &judged)?;
            for (question, judgement) in questions.into_iter().zip(&judged) {
                let scores = match question {
                    None => Scores::default(),
                    Some(question) => {
                        let answered = question.answer().await;
                        answered.count(metrics);
                        answered.outcome.map_err(Fault::Classifier)?
                    }
                };
                results.push(self.result(&scores, judgement));
            }
            judgements.extend(judged);
        }
        self.note_moderation(&asked, &judgements, started);
        let answer = json!({
            "id": format!("modr-{}", self.id), "model": "qwarden", "results": results,
            "qwarden": { "id": self.id, "revision": self.rulebook.revision },
        });
        Ok(respond(200, JSON, ReplyBody::own(own::report(&answer))))
    }

    /// One result, with what the policies say.
    fn result(&self, scores: &Scores, judgement: &Judgement) -> Value {
        let policies = self.rulebook.policies();
        let classifiers = &self.rulebook.classifiers;
        let mut labels: Vec<Label> = Vec::new();
        for score in scores.iter() {
            let name = classifiers.name(score.label);
            // Where several models know a label, the highest score counts.
            match labels.iter_mut().find(|label| label.name == name) {
                Some(label) => {
                    label.score = label.score.max(score.value);
                    label.holds |= score.holds;
                }
                None => labels.push(Label { name: name.into(), score: score.value, holds: score.holds }),
            }
        }
        let outcome = decide::outcome(policies, judgement.verdicts.iter());
        let findings: Vec<Value> = judgement
            .verdicts
            .iter()
            .map(|verdict| {
                let rule = policies.rule(verdict.rule);
                json!({
                    "rule": &*rule.path, "action": rule.action, "severity": rule.severity,
                    "enforced": verdict.enforced,
                })
            })
            .collect();
        let mut qwarden = Map::new();
        qwarden.insert("action".into(), json!(outcome.action));
        qwarden.insert("rule".into(), json!(outcome.rule.map(|rule| &*policies.rule(rule).path)));
        qwarden.insert("findings".into(), findings.into());
        moderations::result(&labels, outcome.stops(), qwarden)
    }

    fn note_moderation(&self, asked: &Moderation<'_>, judgements: &[Judgement], started: Instant) {
        let policies = self.rulebook.policies();
        let capture = self.gateway.config.audit.capture;
        let verdicts = || judgements.iter().flat_map(|one| &one.verdicts);
        let decided = verdicts()
            .map(|verdict| Outcome { action: policies.rule(verdict.rule).action, rule: Some(verdict.rule) })
            .fold(Outcome::ALLOW, |best, next| best.max(policies, next));
        let spent = started.elapsed();
        self.gateway.metrics.screened(asked.phase, spent);
        self.trail.note(|draft| {
            draft.model = asked.model.to_string();
            draft.ended = Ended::Complete;
            draft.timing.screen_input_us = spent.as_micros() as u64;
            draft.prompt = capture.prompt(
                asked
                    .segments
                    .iter()
                    .map(|one| (one.role, text(one)))
                    .collect::<Vec<_>>()
                    .iter()
                    .map(|(role, text)| (*role, text.as_str())),
            );
            if let Some(rule) = decided.rule {
                // Nothing is done here: whoever asked decides what to do.
                draft.mode = Mode::Monitor;
                draft.action = decided.action;
                draft.rule = Some(policies.rule(rule).path.clone());
            }
            for (index, (segment, judgement)) in asked.segments.iter().zip(judgements).enumerate() {
                draft.findings.extend(findings::of_whole(
                    policies,
                    capture,
                    asked.phase,
                    index,
                    segment,
                    judgement,
                ));
            }
        });
    }
}

/// The text of a segment, its parts as lines.
fn text(segment: &Segment<'_>) -> String {
    segment.parts.iter().map(|part| part.text.as_ref()).collect::<Vec<_>>().join("\n")
}
