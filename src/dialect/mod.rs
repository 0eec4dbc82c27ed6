//! Dialects: where each API keeps its texts, and how it says things of its own.
//!
//! A [`Dialect`] reads a body that was parsed strictly (`json`) and points at the texts in it;
//! it writes answers, stream events and errors in the shape of its API. This room refuses to know
//! policies, findings and sockets: it is handed texts to say and says them.

pub mod json;
pub mod literal;
pub mod splice;

mod calls;
mod fields;
mod lanes;
mod messages;
mod node;
mod ollama;
mod ollama_chat;
mod ollama_generate;
mod openai;
mod openai_chat;
mod openai_choices;
mod openai_completions;
mod openai_embeddings;
pub mod openai_moderations;
mod request;
mod route;
mod texts;

pub use route::route;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::text::{Lane, Segment};
use json::Document;

/// How the events of a streamed reply are framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events: `data: {…}` and a blank line.
    Sse,
    /// One JSON object a line.
    Ndjson,
}

impl Framing {
    /// A payload of one line as an event of the stream.
    #[must_use]
    pub fn wrap(self, payload: &[u8]) -> bytes::Bytes {
        let before: &[u8] = match self {
            Self::Sse => b"data: ",
            Self::Ndjson => b"",
        };
        bytes::Bytes::from([before, payload, self.end()].concat())
    }

    /// What ends an event, wherever in it the stream stopped.
    #[must_use]
    pub fn end(self) -> &'static [u8] {
        match self {
            Self::Sse => b"\n\n",
            Self::Ndjson => b"\n",
        }
    }
}

/// An error where no API was called: in OpenAI's shape, which most clients read.
#[must_use]
pub fn error(status: u16, code: &str, message: &str) -> Vec<u8> {
    openai::error(status, code, message)
}

/// What a request says and asks for.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The model asked for; empty where the request names none.
    pub model: Cow<'a, str>,
    /// Whether the reply is to be streamed.
    pub stream: bool,
    /// How many choices a reply may have (`n`, times the prompts of a completion), at least 1.
    pub choices: u32,
    /// Whether a stream is to end with the usage (`stream_options.include_usage`).
    pub include_usage: bool,
    /// Every text that a model will read.
    pub segments: Vec<Segment<'a>>,
}

/// Token counts as the backend gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, serde::Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the reply.
    pub completion_tokens: u64,
}

/// What a whole reply says.
#[derive(Debug, Clone)]
pub struct Reply<'a> {
    /// Every text that a person or a program will read.
    pub segments: Vec<Segment<'a>>,
    /// Values that repeat the text in another form (log-probabilities, token ids): they must go
    /// (become `null`) when the text of their choice is changed.
    pub shadows: Vec<Shadow>,
    /// Token counts, where the reply has them.
    pub usage: Option<Usage>,
}

/// A value of a body that repeats a choice's text in another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// The choice it belongs to.
    pub choice: u32,
    /// Byte range of the value.
    pub source: Range<usize>,
}

/// A piece of text in one event of a streamed reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta<'a> {
    /// The stream that it continues, and how to read it.
    pub lane: Lane,
    /// How the lane's text is to be read.
    pub encoding: crate::text::Encoding,
    /// The decoded text.
    pub text: Cow<'a, str>,
    /// Byte range of the string literal in the event's payload, quotes included.
    pub source: Range<usize>,
    /// Whether the text ends here: nothing later continues it, so nothing of it can be held back
    /// for later. A further delta of the lane begins a new text.
    pub complete: bool,
}

/// What one event of a streamed reply says.
#[derive(Debug, Clone, Default)]
pub struct Event<'a> {
    /// Texts, in the order they stand.
    pub deltas: Vec<Delta<'a>>,
    /// Choices that end with this event.
    pub finished: Vec<u32>,
    /// As [`Reply::shadows`].
    pub shadows: Vec<Shadow>,
    /// Token counts, where the event has them.
    pub usage: Option<Usage>,
    /// Whether it says anything besides its texts that a client needs (a role, the id of a tool
    /// call, a finish reason, usage): such an event is sent even when all its texts are held back.
    pub carries_more: bool,
    /// Whether the event is an error of the backend.
    pub error: bool,
}

/// What the gateway tells a client about a reply that it wrote or changed; the `qwarden` object.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// The exchange (UUIDv7).
    pub id: String,
    /// What was done.
    pub action: &'static str,
    /// `policy/rule` that did it.
    pub rule: String,
    /// Revision of the policies.
    pub revision: String,
}

/// What an answer of our own needs to look like one of the backend's.
#[derive(Debug, Clone)]
pub struct Face {
    /// The exchange (UUIDv7); becomes `chatcmpl-…` and the like.
    pub id: String,
    /// Model named in the request.
    pub model: String,
    /// Seconds since 1970.
    pub created: i64,
    /// Choices that the request asked for.
    pub choices: u32,
    /// The last event of the backend's that was seen, whose id, model and timestamps an event of
    /// ours takes over; `None` before the first.
    pub template: Option<Vec<u8>>,
}

/// Why a request is refused before any rule has looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Stable name of the cause, `snake_case`.
    pub code: &'static str,
    /// One safe sentence for whoever sent the request: what is wrong and what to send instead.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// A refusal with status 400.
    #[must_use]
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }
}

/// A reply of the backend that does not have the shape of its API, so that its texts cannot be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the reply is not one of {dialect}: {reason}")]
pub struct Unreadable {
    /// The API it should have been a reply of.
    pub dialect: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

/// One API.
///
/// All writers return payloads: one JSON text without framing. The gateway frames it.
pub trait Dialect: fmt::Debug + Send + Sync {
    /// Its name in records, metrics and the coverage report, such as `openai.chat`.
    fn name(&self) -> &'static str;

    /// How its streams are framed.
    fn framing(&self) -> Framing;

    /// Whether it can stream at all.
    fn streams(&self) -> bool {
        true
    }

    /// Roles and channels of the texts that its requests can carry, for the coverage report.
    fn inputs(&self) -> &'static [(crate::text::Role, crate::text::Channel)];

    /// Channels of the texts that its replies can carry, for the coverage report.
    fn outputs(&self) -> &'static [crate::text::Channel];

    /// Finds the texts of a request.
    ///
    /// # Errors
    /// A [`Refusal`] when a text of the request cannot be screened (token ids, images) or the
    /// request does not have the API's shape where its texts live.
    fn read_request<'a>(&self, body: &'a Document<'a>) -> Result<Request<'a>, Refusal>;

    /// Finds the texts of a whole reply.
    ///
    /// # Errors
    /// [`Unreadable`] when the reply does not have the API's shape where its texts live.
    fn read_reply<'a>(&self, body: &'a Document<'a>) -> Result<Reply<'a>, Unreadable>;

    /// Finds the texts of one event of a streamed reply.
    ///
    /// # Errors
    /// [`Unreadable`] as for [`Dialect::read_reply`].
    fn read_event<'a>(&self, payload: &'a Document<'a>) -> Result<Event<'a>, Unreadable>;

    /// A whole reply that says `text` in every choice, with `finish_reason: content_filter`, the
    /// given usage (zero for a prompt that never reached the model) and the notice as `qwarden`.
    fn answer(&self, face: &Face, text: &str, usage: Usage, notice: &Notice) -> Vec<u8>;

    /// An event that adds `text` to a lane. `opening` is true when nothing was sent for the choice
    /// before, so that the event must carry the role.
    fn delta(&self, face: &Face, lane: Lane, text: &str, opening: bool) -> Vec<u8>;

    /// The event that ends a choice with `finish_reason: content_filter`.
    fn closing(&self, face: &Face, choice: u32, usage: Usage, notice: &Notice) -> Vec<u8>;

    /// The event that carries the usage at the end of a stream, where the API has one of its own.
    fn usage(&self, face: &Face, usage: Usage, notice: Option<&Notice>) -> Option<Vec<u8>>;

    /// The payload that ends a stream, where the API has one (`[DONE]`).
    fn terminator(&self) -> Option<&'static str>;

    /// An error in the API's own shape.
    fn error(&self, status: u16, code: &str, message: &str) -> Vec<u8>;
}

/// What the gateway does with a request, by its method and path.
#[derive(Debug, Clone, Copy)]
pub enum Route {
    /// Screened as this API.
    Screened(&'static dyn Dialect),
    /// Answered by the gateway itself: `POST /v1/moderations`.
    Moderated,
    /// Passed through: it carries no text of a model (`GET /v1/models`).
    Passed,
    /// Refused: its texts cannot be found. `405` when only the method is wrong.
    Closed {
        /// 404 or 405.
        status: u16,
    },
}

/// Every API that is spoken, in the order of the coverage report.
#[must_use]
pub fn all() -> &'static [&'static dyn Dialect] {
    route::ALL
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod writer_tests;
