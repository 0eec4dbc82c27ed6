//! The judging of whole bodies: where their texts are, what the judge says of them, what may leave.
//!
//! Owns the order of judging, and what the client gets; `recording` owns what goes into the record. Refuses to know sockets.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;
use http::{Response, header};

use super::heads::{JSON, respond, stream_type};
use super::{Asked, Exchange, peer, usage, words};
use crate::audit::{self, Ended};
use crate::decide::judge::{Inquiry, Judgement, Unavailable};
use crate::decide::{Outcome, Words};
use crate::dialect::json::{Document, Limits};
use crate::dialect::{Dialect, Face, Usage};
use crate::gateway::asking::Asked as Asking;
use crate::gateway::fault::Fault;
use crate::gateway::masking::Heard;
use crate::gateway::verdicts::{Asker, Place, Recalled, Recollection};
use crate::policy::Action;
use crate::rewrite::body::{Denied, Ruling, permit};
use crate::rewrite::{Permitted, own, restore};
use crate::screen::{Findings, Subject};
use crate::text::{Phase, Role, Segment};
use crate::wire::{Decoded, ReplyBody};

/// Texts of one body that classifiers are asked about at a time: one exchange must not fill their queue.
pub(super) const ASKED_AT_ONCE: usize = 16;
/// Bytes of the prompt that are kept to tell its language by, should a reply be cut.
const LANGUAGE_SAMPLE: usize = 2_000;

/// A text whose judging has begun.
enum Begun {
    Known(Judgement),
    Asked { place: Option<Place>, inquiry: Option<Inquiry> },
}

pub(super) enum Judged {
    Forward { body: Permitted<Bytes>, asked: Asked },
    Answer { outcome: Outcome, words: Words, asked: Asked },
}

pub(super) enum ReplyVerdict {
    Permitted { body: Permitted<Bytes>, changed: bool },
    Own(u16, crate::rewrite::Own<Bytes>),
}

impl Exchange {
    /// Reads and judges a request.
    pub(super) async fn judge_request(
        &self,
        dialect: &'static dyn Dialect,
        body: &Bytes,
        parts: &http::request::Parts,
    ) -> Result<Judged, Fault> {
        let document =
            Document::parse(body, Limits::default()).map_err(|error| Fault::Refused(error.into()))?;
        let request = dialect.read_request(&document)?;
        let started = Instant::now();
        let metrics = &self.gateway.metrics;
        let asker = Asker { tenant: &self.tenant, headers: &parts.headers, peer: peer(parts) };
        let known = self.gateway.verdicts.recollection(&self.rulebook, asker, &request.model);
        let judgements =
            self.judge_all(Phase::Input, &request.model, &request.segments, known.as_ref()).await;
        let spent = started.elapsed();
        self.gateway.verdicts.observe(metrics);
        metrics.screened(Phase::Input, spent);
        let outcome = self.record(Phase::Input, &request.model, &request.segments, &judgements);
        let (prompt, places) = self.masking(&request.model).prompt(&request.segments);
        self.trail.note(|draft| {
            draft.model = request.model.to_string();
            draft.stream = request.stream;
            draft.timing.screen_input_us = spent.as_micros() as u64;
            draft.prompt = prompt;
            draft.texts = places;
        });
        let face = Face {
            id: self.id.clone(),
            model: request.model.to_string(),
            created: jiff::Timestamp::now().as_second(),
            choices: request.choices,
            template: None,
        };
        self.answered(outcome, &judgements)?;
        let mut ruling = Ruling::new(outcome, &judgements);
        let asked = Asked {
            dialect,
            face,
            stream: request.stream,
            include_usage: request.include_usage,
            sample: sample(&request.segments),
            accept_language: parts
                .headers
                .get(header::ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.split([',', ';', '-']).next())
                .map(|code| code.trim().to_ascii_lowercase()),
            originals: ruling.set_aside(&request.segments),
        };
        match permit(body.clone(), &document, &request.segments, &[], None, ruling) {
            Ok(body) => Ok(Judged::Forward { body, asked }),
            Err(Denied(outcome)) => {
                let words = self.words(outcome, &asked);
                if outcome.action == Action::Deflect {
                    Ok(Judged::Answer { outcome, words, asked })
                } else {
                    Err(Fault::Blocked(outcome, words))
                }
            }
        }
    }

    /// Judges every text of a body; `known` are those that were judged before. Classifiers are asked about several
    /// of them at once, and work while the other detectors look.
    pub(super) async fn judge_all(
        &self,
        phase: Phase,
        model: &str,
        segments: &[Segment<'_>],
        known: Option<&Recollection<'_>>,
    ) -> Vec<Judgement> {
        let metrics = &self.gateway.metrics;
        let judge = &self.rulebook.judge;
        let subject_of = |segment: &Segment<'_>| Subject {
            phase,
            role: segment.role,
            channel: segment.channel(),
            encoding: segment.encoding,
            model,
            tenant: &self.tenant,
        };
        let begun: Vec<Begun> = segments
            .iter()
            .map(|segment| {
                let subject = subject_of(segment);
                let place = match known.map(|known| known.recall(segment, subject, metrics)) {
                    Some(Recalled::Known(judgement)) => return Begun::Known(judgement),
                    Some(Recalled::Unknown(place)) => place,
                    None => None,
                };
                Begun::Asked { place, inquiry: judge.inquire(segment, subject) }
            })
            .collect();
        let mut questions = begun.iter().filter_map(|begun| match begun {
            Begun::Asked { inquiry: Some(inquiry), .. } => Some(inquiry.question.clone()),
            _ => None,
        });
        let realm = known.map(Recollection::realm);
        let mut ask = || {
            let question = questions.next()?.in_realm(realm);
            Some(Asking::begin(&self.rulebook.classifiers, metrics, question))
        };
        let mut asked: VecDeque<Asking> = std::iter::from_fn(&mut ask).take(ASKED_AT_ONCE).collect();
        let looked: Vec<Findings> = segments
            .iter()
            .zip(&begun)
            .map(|(segment, begun)| match begun {
                Begun::Known(_) => Findings::default(),
                Begun::Asked { .. } => judge.look(segment, subject_of(segment)),
            })
            .collect();
        let mut outcomes = Vec::new();
        while let Some(next) = asked.pop_front() {
            let answered = next.answer().await;
            answered.count(metrics);
            outcomes.push(answered.outcome);
            asked.extend(ask());
        }
        let mut outcomes = outcomes.into_iter();
        let mut judgements = Vec::with_capacity(segments.len());
        for ((segment, begun), findings) in segments.iter().zip(begun).zip(looked) {
            let (place, inquiry) = match begun {
                Begun::Known(judgement) => {
                    judgements.push(judgement);
                    continue;
                }
                Begun::Asked { place, inquiry } => (place, inquiry),
            };
            let answered = inquiry.map(|inquiry| {
                let outcome = outcomes.next().unwrap_or(Err(Unavailable::Closed));
                (inquiry, outcome)
            });
            let answer = answered.as_ref().map(|(inquiry, outcome)| (inquiry, outcome));
            let judgement = judge.conclude(findings, subject_of(segment), answer);
            if let Some(known) = known {
                known.keep(place, &judgement);
            }
            judgements.push(judgement);
        }
        judgements
    }

    /// The reply of the rule that won, in the language of the prompt.
    fn words(&self, outcome: Outcome, asked: &Asked) -> Words {
        words(&self.rulebook, outcome, asked, &self.id)
    }

    /// Answers in place of a model that never sees the prompt.
    pub(super) fn deflect_prompt(
        &self,
        asked: &Asked,
        outcome: Outcome,
        words: Words,
    ) -> Response<ReplyBody> {
        let notice = self.notice(outcome);
        self.trail.note(|draft| {
            draft.ended = Ended::Complete;
            draft.usage = Some(audit::Usage::default());
            draft.reply = self.gateway.config.audit.capture.reply(&words.text);
        });
        if asked.stream && asked.dialect.streams() {
            let events = own::stream(asked.dialect, &asked.face, &words.text, asked.include_usage, &notice);
            let content_type = stream_type(asked.dialect.framing());
            return respond(200, content_type, ReplyBody::own(events));
        }
        let status = if asked.dialect.streams() { 200 } else { 400 };
        let answer = own::answer(asked.dialect, &asked.face, &words.text, Usage::default(), &notice);
        respond(status, JSON, ReplyBody::own(answer))
    }

    /// Judges a whole reply.
    pub(super) async fn judge_reply(
        &self,
        asked: &Asked,
        raw: Bytes,
        body: &Decoded,
        status: http::StatusCode,
    ) -> Result<ReplyVerdict, Fault> {
        let body = body.bytes();
        let document = match Document::parse(body, Limits::default()) {
            Ok(document) => document,
            // A proxy's error page in front of the backend: its status is worth more than its text.
            Err(_) if !status.is_success() => return Ok(self.unreadable_error(asked, status)),
            Err(error) => return Err(Fault::ReplyNotJson(error.to_string())),
        };
        let reply = match asked.dialect.read_reply(&document) {
            Ok(reply) => reply,
            Err(_) if !status.is_success() => return Ok(self.unreadable_error(asked, status)),
            Err(error) => return Err(error.into()),
        };
        let started = Instant::now();
        let judgements = self.judge_all(Phase::Output, &asked.face.model, &reply.segments, None).await;
        let spent = started.elapsed();
        self.gateway.metrics.screened(Phase::Output, spent);
        let outcome = self.record(Phase::Output, &asked.face.model, &reply.segments, &judgements);
        if judgements.iter().any(|one| one.findings.learned.refused.is_some()) {
            self.trail.note(|draft| draft.model_refused = true);
        }
        let capture = self.gateway.config.audit.capture;
        let spoken = || {
            let mut heard = Heard::new(self.masking(&asked.face.model));
            let said = reply.segments.iter().zip(&judgements);
            let said = said.filter(|(segment, _)| segment.channel() == crate::text::Channel::Content);
            for (count, (segment, judgement)) in said.enumerate() {
                heard.push(if count == 0 { "" } else { "\n\n" });
                heard.push(&judgement.text(segment));
            }
            heard.finish(self.masking(&asked.face.model))
        };
        let spoken = spoken();
        // What the client gets instead of it, if it does, is put into `reply` below.
        let got = spoken.as_deref().filter(|_| !outcome.stops());
        let (original, places) = self.masking(&asked.face.model).said(&reply.segments, got);
        self.trail.note(|draft| {
            draft.timing.screen_output_us = spent.as_micros() as u64;
            draft.usage = reply.usage.map(usage);
            draft.reply = spoken;
            draft.original = original;
            draft.texts.extend(places);
        });
        self.answered(outcome, &judgements)?;
        let ruling = Ruling::new(outcome, &judgements);
        let changed = ruling.redacts();
        let notice = outcome.changes().then(|| self.notice(outcome));
        let permitted = permit(raw, &document, &reply.segments, &reply.shadows, notice.as_ref(), ruling);
        match (permitted, &asked.originals) {
            (Ok(judged), Some(originals)) => {
                let (body, restored) = restore::reply(judged, body, changed, asked.dialect, originals);
                Ok(ReplyVerdict::Permitted { body, changed: changed || restored })
            }
            (Ok(body), None) => Ok(ReplyVerdict::Permitted { body, changed }),
            (Err(Denied(outcome)), _) => {
                let words = self.words(outcome, asked);
                if outcome.action != Action::Deflect || !asked.dialect.streams() {
                    return Err(Fault::Blocked(outcome, words));
                }
                self.trail.note(|draft| {
                    draft.ended = Ended::Complete;
                    draft.reply = capture.reply(&words.text);
                });
                let usage = reply.usage.unwrap_or_default();
                let notice = notice.unwrap_or_else(|| self.notice(outcome));
                let face = Face { template: Some(body.to_vec()), ..asked.face.clone() };
                Ok(ReplyVerdict::Own(200, own::answer(asked.dialect, &face, &words.text, usage, &notice)))
            }
        }
    }

    /// An error of the backend whose text cannot be screened: the client learns its status.
    fn unreadable_error(&self, asked: &Asked, status: http::StatusCode) -> ReplyVerdict {
        self.trail.note(|draft| {
            draft.ended = Ended::UpstreamError;
            draft.code = Some("upstream_error".into());
        });
        let message =
            format!("The backend answered with status {status}, and with a text that cannot be screened.");
        ReplyVerdict::Own(
            status.as_u16(),
            own::error(Some(asked.dialect), status.as_u16(), "upstream_error", &message),
        )
    }
}

/// The beginning of what the user said last.
fn sample(segments: &[Segment<'_>]) -> String {
    let last = segments.iter().rfind(|segment| segment.role == Role::User && !segment.is_empty());
    let mut sample = String::new();
    for part in last.into_iter().flat_map(|segment| &segment.parts) {
        let room = LANGUAGE_SAMPLE - sample.len();
        sample.push_str(part.text.get(..part.text.floor_char_boundary(room)).unwrap_or_default());
        if sample.len() + 4 > LANGUAGE_SAMPLE {
            break;
        }
    }
    sample
}
