//! The life of one exchange: read, judge, forward, judge, answer.
//!
//! Owns the order of these steps for whole bodies; `pump` does the last two for streams. Refuses
//! to look into bodies: it asks `dialect` where texts are, and `rewrite` for what may leave.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use hyper::body::Incoming;

use super::Gateway;
use super::fault::Fault;
use super::findings;
use super::pump::Pump;
use super::rules::Rulebook;
use super::trail::SharedTrail;
use crate::audit::{self, Ended};
use crate::decide::judge::Judgement;
use crate::decide::{self, Outcome, Words};
use crate::dialect::json::{Document, Limits};
use crate::dialect::{Dialect, Face, Framing, Notice, Refusal, Route, Usage};
use crate::policy::Action;
use crate::rewrite::body::{Denied, Ruling, pass, permit};
use crate::rewrite::{Permitted, own};
use crate::screen::Subject;
use crate::text::{Phase, Role, Segment};
use crate::wire::{self, BodyError, Decoded, IdleTimeout, Peer, ReplyBody};

/// Characters of the prompt that are kept to tell its language by, should a reply be cut.
const LANGUAGE_SAMPLE: usize = 1_000;

/// What stays the same from the first byte of an exchange to its last.
pub(super) struct Exchange {
    pub(super) gateway: Arc<Gateway>,
    pub(super) rulebook: Arc<Rulebook>,
    pub(super) trail: SharedTrail,
    pub(super) id: String,
    pub(super) tenant: Arc<str>,
    pub(super) deadline: Instant,
}

/// What was learned from the request that the reply's handling needs.
pub(super) struct Asked {
    pub(super) dialect: &'static dyn Dialect,
    pub(super) face: Face,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    /// The beginning of what the user said last.
    pub(super) sample: String,
    /// From `Accept-Language`, where the sample does not tell.
    pub(super) accept_language: Option<String>,
}

/// Whether a response's body will complete the record itself, because it is still being made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streaming;

impl Exchange {
    /// Serves one request.
    pub(super) async fn serve(self, request: Request<Incoming>) -> Result<Response<ReplyBody>, Fault> {
        let (mut parts, body) = request.into_parts();
        if let Some(malformed) = wire::head::ambiguity(&parts) {
            let (status, code) = (malformed.status.as_u16(), malformed.code);
            return Err(Refusal { status, code, message: malformed.message.to_owned() }.into());
        }
        let path = parts.uri.path();
        let opened = self.gateway.config.open_paths.iter().any(|open| **open == *path);
        let dialect = match crate::dialect::route(&parts.method, path) {
            Route::Screened(dialect) => dialect,
            Route::Passed => return self.pass_through(parts, body, "passed").await,
            Route::Closed { .. } if opened => return self.pass_through(parts, body, "open").await,
            Route::Closed { status } => return Err(closed(status, path).into()),
        };
        self.trail.note(|draft| draft.dialect = dialect.name().into());
        let limits = &self.gateway.config.limits;
        let raw = self.read_request(body).await?;
        let decoded =
            wire::decode(&raw, &parts.headers, limits.body_bytes).await.map_err(Fault::RequestBody)?;
        check_content_type(&parts.headers)?;
        // Backends often ignore Content-Encoding, and bytes can be made that read as one JSON when
        // inflated and as another when not. What was screened is what is sent: the plain bytes.
        parts.headers.remove(header::CONTENT_ENCODING);
        let (permitted, asked) = match self.judge_request(dialect, decoded.bytes(), &parts.headers)? {
            Judged::Forward { body, asked } => (body, asked),
            Judged::Answer { outcome, words, asked } => {
                return Ok(self.deflect_prompt(&asked, outcome, words));
            }
        };
        let response = self.forward(parts, permitted, &asked.face.model).await?;
        self.answer(response, asked).await
    }

    /// Reads the request's body. Its silences are bounded, and so is all of it: a client that sends
    /// a byte from time to time must not keep its place for ever.
    async fn read_request(&self, body: Incoming) -> Result<Bytes, Fault> {
        let config = &self.gateway.config;
        let left = self.deadline.saturating_duration_since(Instant::now());
        let reading = wire::read_capped(body, config.limits.body_bytes, config.timeouts.request_body);
        match tokio::time::timeout(left, reading).await {
            Ok(read) => read.map_err(Fault::RequestBody),
            Err(_) => Err(Fault::RequestBody(BodyError::TimedOut)),
        }
    }

    /// Reads and judges a request.
    fn judge_request(
        &self,
        dialect: &'static dyn Dialect,
        body: &Bytes,
        headers: &HeaderMap,
    ) -> Result<Judged, Fault> {
        let document =
            Document::parse(body, Limits::default()).map_err(|error| Fault::Refused(error.into()))?;
        let request = dialect.read_request(&document)?;
        let started = Instant::now();
        let judgements = self.judge_all(Phase::Input, &request.model, &request.segments);
        let spent = started.elapsed();
        self.gateway.metrics.screened(Phase::Input, spent);
        let outcome = self.record(Phase::Input, &request.segments, &judgements);
        let capture = self.gateway.config.audit.capture;
        self.trail.note(|draft| {
            draft.model = request.model.to_string();
            draft.stream = request.stream;
            draft.timing.screen_input_us = spent.as_micros() as u64;
            draft.prompt =
                capture.prompt(texts(&request.segments).iter().map(|(role, text)| (*role, text.as_ref())));
        });
        let face = Face {
            id: self.id.clone(),
            model: request.model.to_string(),
            created: jiff::Timestamp::now().as_second(),
            choices: request.choices,
            template: None,
        };
        let asked = Asked {
            dialect,
            face,
            stream: request.stream,
            include_usage: request.include_usage,
            sample: sample(&request.segments),
            accept_language: headers
                .get(header::ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.split([',', ';', '-']).next())
                .map(|code| code.trim().to_ascii_lowercase()),
        };
        let ruling = Ruling::new(outcome, &judgements);
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

    /// Judges every text of a body.
    fn judge_all(&self, phase: Phase, model: &str, segments: &[Segment<'_>]) -> Vec<Judgement> {
        segments
            .iter()
            .map(|segment| {
                let subject = Subject {
                    phase,
                    role: segment.role,
                    channel: segment.channel(),
                    encoding: segment.encoding,
                    model,
                    tenant: &self.tenant,
                };
                self.rulebook.judge.whole(segment, subject)
            })
            .collect()
    }

    /// Puts what was found into the record; says what wins.
    fn record(&self, phase: Phase, segments: &[Segment<'_>], judgements: &[Judgement]) -> Outcome {
        if judgements.iter().all(|one| one.verdicts.is_empty()) {
            return Outcome::ALLOW;
        }
        let policies = self.rulebook.policies();
        let verdicts = || judgements.iter().flat_map(|one| &one.verdicts);
        let outcome = decide::outcome(policies, verdicts());
        let capture = self.gateway.config.audit.capture;
        let found: Vec<audit::Finding> = segments
            .iter()
            .zip(judgements)
            .enumerate()
            .flat_map(|(index, (segment, judgement))| {
                findings::of_whole(policies, capture, phase, index, segment, judgement)
            })
            .collect();
        self.conclude(outcome, verdicts(), found);
        outcome
    }

    /// Writes an outcome and its findings into the record.
    pub(super) fn conclude<'a>(
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
            let stronger =
                (mode == crate::policy::Mode::Enforce && draft.mode != mode) || action > draft.action;
            if rule.is_some() && (draft.rule.is_none() || stronger) {
                draft.mode = mode;
                draft.action = action;
                draft.rule = rule.map(|rule| policies.rule(rule).path.clone());
            }
            draft.findings.extend(found);
        });
    }

    /// The reply of the rule that won, in the language of the prompt.
    fn words(&self, outcome: Outcome, asked: &Asked) -> Words {
        words(&self.rulebook, outcome, asked, &self.id)
    }

    pub(super) fn notice(&self, outcome: Outcome) -> Notice {
        let rule = outcome.rule.map(|rule| self.rulebook.policies().rule(rule).path.to_string());
        Notice {
            id: self.id.clone(),
            action: outcome.action.as_str(),
            rule: rule.unwrap_or_default(),
            revision: self.rulebook.revision.to_string(),
        }
    }

    /// Answers in place of a model that never sees the prompt.
    fn deflect_prompt(&self, asked: &Asked, outcome: Outcome, words: Words) -> Response<ReplyBody> {
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

    /// Sends what may leave to the backend that serves the model.
    async fn forward(
        &self,
        mut parts: http::request::Parts,
        body: Permitted<Bytes>,
        model: &str,
    ) -> Result<Response<Incoming>, Fault> {
        let upstream = self.gateway.upstream(model).ok_or(Fault::NoUpstream)?;
        let peer = peer(&parts);
        wire::headers::to_upstream(&mut parts.headers, peer);
        parts.extensions = http::Extensions::new();
        let started = Instant::now();
        let left = self.deadline.saturating_duration_since(started);
        let response = match tokio::time::timeout(left, upstream.send(body.with_head(parts))).await {
            Err(_) => return Err(Fault::TimedOut),
            Ok(Err(error)) => return Err(error.into()),
            Ok(Ok(response)) => response,
        };
        let spent = started.elapsed().as_micros() as u64;
        self.trail.note(|draft| draft.timing.upstream_first_byte_us = Some(spent));
        Ok(response)
    }

    /// Judges and passes on the backend's reply.
    async fn answer(self, response: Response<Incoming>, asked: Asked) -> Result<Response<ReplyBody>, Fault> {
        let (mut parts, body) = response.into_parts();
        let encoding = parts.headers.clone();
        wire::headers::to_client(&mut parts.headers);
        let timeouts = &self.gateway.config.timeouts;
        let left = self.deadline.saturating_duration_since(Instant::now());
        let body = IdleTimeout::new(body, timeouts.idle, left);
        if parts.status.is_success()
            && asked.dialect.streams()
            && is_stream(&parts.headers, asked.dialect.framing())
        {
            parts.headers.remove(header::CONTENT_ENCODING);
            let pump = Pump::new(self, asked, body, &encoding)?;
            let mut response = Response::from_parts(parts, ReplyBody::stream(pump.into_stream()));
            response.extensions_mut().insert(Streaming);
            return Ok(response);
        }
        let limits = &self.gateway.config.limits;
        let raw =
            wire::read_capped(body, limits.reply_bytes, Duration::MAX).await.map_err(Fault::ReplyBody)?;
        let decoded = wire::decode(&raw, &encoding, limits.reply_bytes).await.map_err(Fault::ReplyBody)?;
        let body = match self.judge_reply(&asked, raw, &decoded, parts.status)? {
            ReplyVerdict::Own(status, answer) => return Ok(respond(status, JSON, ReplyBody::own(answer))),
            ReplyVerdict::Permitted { body, changed } => {
                if changed {
                    parts.headers.remove(header::CONTENT_ENCODING);
                    parts.headers.remove(header::ETAG);
                }
                body
            }
        };
        self.trail.note(|draft| draft.ended = Ended::Complete);
        Ok(Response::from_parts(parts, ReplyBody::permitted(body)))
    }

    /// Judges a whole reply.
    fn judge_reply(
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
        let judgements = self.judge_all(Phase::Output, &asked.face.model, &reply.segments);
        let spent = started.elapsed();
        self.gateway.metrics.screened(Phase::Output, spent);
        let outcome = self.record(Phase::Output, &reply.segments, &judgements);
        let capture = self.gateway.config.audit.capture;
        let spoken = |segments: &[Segment<'_>]| {
            segments
                .iter()
                .zip(&judgements)
                .filter(|(segment, _)| segment.channel() == crate::text::Channel::Content)
                .map(|(segment, judgement)| judgement.text(segment))
                .collect::<Vec<_>>()
                .join("\n\n")
        };
        self.trail.note(|draft| {
            draft.timing.screen_output_us = spent.as_micros() as u64;
            draft.usage = reply.usage.map(usage);
            if capture != audit::Capture::None {
                draft.reply = capture.reply(&spoken(&reply.segments));
            }
        });
        let ruling = Ruling::new(outcome, &judgements);
        let changed = ruling.redacts();
        let notice = self.notice(outcome);
        match permit(raw, &document, &reply.segments, &reply.shadows, Some(&notice), ruling) {
            Ok(body) => Ok(ReplyVerdict::Permitted { body, changed }),
            Err(Denied(outcome)) => {
                let words = self.words(outcome, asked);
                if outcome.action != Action::Deflect || !asked.dialect.streams() {
                    return Err(Fault::Blocked(outcome, words));
                }
                self.trail.note(|draft| {
                    draft.ended = Ended::Complete;
                    draft.reply = capture.reply(&words.text);
                });
                let usage = reply.usage.unwrap_or_default();
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

    /// Passes on what carries no text of a model, or what the operator opened by name.
    async fn pass_through(
        self,
        parts: http::request::Parts,
        body: Incoming,
        kind: &'static str,
    ) -> Result<Response<ReplyBody>, Fault> {
        self.trail.note(|draft| draft.dialect = kind.into());
        let config = &self.gateway.config;
        let raw = self.read_request(body).await?;
        let response = self.forward(parts, pass(raw), "").await?;
        let (mut parts, body) = response.into_parts();
        wire::headers::to_client(&mut parts.headers);
        let left = self.deadline.saturating_duration_since(Instant::now());
        let body = IdleTimeout::new(body, config.timeouts.idle, left);
        let mut response = Response::from_parts(parts, super::pump::passing(self.trail, body));
        response.extensions_mut().insert(Streaming);
        Ok(response)
    }
}

enum Judged {
    Forward { body: Permitted<Bytes>, asked: Asked },
    Answer { outcome: Outcome, words: Words, asked: Asked },
}

enum ReplyVerdict {
    Permitted { body: Permitted<Bytes>, changed: bool },
    Own(u16, crate::rewrite::Own<Bytes>),
}

/// The media type of whole bodies.
pub(super) const JSON: &str = "application/json";

/// A response of our own.
pub(super) fn respond(status: u16, content_type: &'static str, body: ReplyBody) -> Response<ReplyBody> {
    let mut response = Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The reply of the rule that won, in the language of the prompt.
pub(super) fn words(rulebook: &Rulebook, outcome: Outcome, asked: &Asked, id: &str) -> Words {
    let language =
        crate::text::language::detect(&asked.sample).or(asked.accept_language.as_deref()).unwrap_or("");
    decide::words(rulebook.policies(), outcome, language, id)
}

pub(super) fn usage(usage: Usage) -> audit::Usage {
    audit::Usage { prompt_tokens: usage.prompt_tokens, completion_tokens: usage.completion_tokens }
}

fn stream_type(framing: Framing) -> &'static str {
    match framing {
        Framing::Sse => "text/event-stream; charset=utf-8",
        Framing::Ndjson => "application/x-ndjson",
    }
}

fn is_stream(headers: &HeaderMap, framing: Framing) -> bool {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match framing {
        Framing::Sse => essence.eq_ignore_ascii_case("text/event-stream"),
        Framing::Ndjson => {
            essence.eq_ignore_ascii_case("application/x-ndjson")
                || essence.eq_ignore_ascii_case("application/ndjson")
        }
    }
}

/// JSON is UTF-8. A request that says otherwise would be read in one way here and in another there.
fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(first), rest) = (types.next(), types.next()) else { return Ok(()) };
    let text = first.to_str().unwrap_or("?").to_ascii_lowercase();
    let other_charset = text
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .filter_map(|(name, value)| (name.trim() == "charset").then_some(value))
        .any(|charset| !matches!(charset.trim().trim_matches('"'), "utf-8" | "utf8" | "us-ascii"));
    if rest.is_some() || other_charset {
        return Err(Refusal {
            status: 400,
            code: "unsupported_charset",
            message: "The body must be JSON in UTF-8, with one Content-Type that does not say otherwise."
                .into(),
        });
    }
    Ok(())
}

fn closed(status: u16, path: &str) -> Refusal {
    let (code, message) = if status == 405 {
        ("method_not_allowed", "This path does not take requests of this method.".to_owned())
    } else {
        let shown: String = path.chars().filter(|c| c.is_ascii_graphic()).take(80).collect();
        let message = format!(
            "The path {shown} is closed: this gateway cannot screen what goes through it. An operator can open it by name (open_paths)."
        );
        ("unknown_path", message)
    };
    Refusal { status, code, message }
}

fn peer(parts: &http::request::Parts) -> Option<IpAddr> {
    parts.extensions.get::<Peer>().map(|peer| peer.0.ip())
}

fn texts<'a>(segments: &'a [Segment<'_>]) -> Vec<(Role, std::borrow::Cow<'a, str>)> {
    segments
        .iter()
        .map(|segment| {
            let text = match segment.parts.as_slice() {
                [one] => std::borrow::Cow::Borrowed(one.text.as_ref()),
                parts => parts.iter().map(|part| part.text.as_ref()).collect::<Vec<_>>().join("\n").into(),
            };
            (segment.role, text)
        })
        .collect()
}

/// The beginning of what the user said last.
fn sample(segments: &[Segment<'_>]) -> String {
    let last = segments.iter().rfind(|segment| segment.role == Role::User && !segment.is_empty());
    last.into_iter()
        .flat_map(|segment| &segment.parts)
        .flat_map(|part| part.text.chars())
        .take(LANGUAGE_SAMPLE)
        .collect()
}
