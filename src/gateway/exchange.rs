//! The life of one exchange: read, judge, forward, judge, answer.
//!
//! Owns the order of these steps for whole bodies; `pump` does the last two for streams. Refuses
//! to look into bodies: it asks `dialect` where texts are, and `rewrite` for what may leave.

mod heads;
mod judging;
mod moderating;
mod recording;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, header};
use hyper::body::Incoming;

use super::Gateway;
use super::fault::Fault;
use super::pump::Pump;
use super::rules::Rulebook;
use super::trail::SharedTrail;
use crate::audit::{self, Ended};
use crate::decide::{self, Outcome, Words};
use crate::dialect::{Dialect, Face, Refusal, Route, Usage};
use crate::rewrite::Permitted;
use crate::rewrite::body::pass;
use crate::rewrite::restore::Originals;
use crate::wire::{self, BodyError, IdleTimeout, Peer, ReplyBody};

pub(super) use heads::{JSON, respond};
use heads::{check_content_type, closed, is_stream};
use judging::{Judged, ReplyVerdict};

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
    /// What was set aside of the prompt and comes back in the reply; gone with the exchange.
    pub(super) originals: Option<Arc<Originals>>,
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
            Route::Moderated => return self.moderate(parts, body).await,
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
        let (permitted, asked) = match self.judge_request(dialect, decoded.bytes(), &parts).await? {
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
        wire::headers::to_client(&mut parts.headers);
        let timeouts = &self.gateway.config.timeouts;
        let left = self.deadline.saturating_duration_since(Instant::now());
        let body = IdleTimeout::new(body, timeouts.idle, left);
        if parts.status.is_success()
            && asked.dialect.streams()
            && is_stream(&parts.headers, asked.dialect.framing())
        {
            let pump = Pump::new(self, asked, body, &parts.headers)?;
            parts.headers.remove(header::CONTENT_ENCODING);
            let mut response = Response::from_parts(parts, ReplyBody::stream(pump.into_stream()));
            response.extensions_mut().insert(Streaming);
            return Ok(response);
        }
        let limits = &self.gateway.config.limits;
        let raw =
            wire::read_capped(body, limits.reply_bytes, Duration::MAX).await.map_err(Fault::ReplyBody)?;
        let decoded =
            wire::decode(&raw, &parts.headers, limits.reply_bytes).await.map_err(Fault::ReplyBody)?;
        let body = match self.judge_reply(&asked, raw, &decoded, parts.status).await? {
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
        let mut response = Response::from_parts(parts, super::passing::passing(self.trail, body));
        response.extensions_mut().insert(Streaming);
        Ok(response)
    }
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

fn peer(parts: &http::request::Parts) -> Option<IpAddr> {
    parts.extensions.get::<Peer>().map(|peer| peer.0.ip())
}
