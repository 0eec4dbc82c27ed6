//! `POST /v1/embeddings`: texts go in, vectors come out.
//!
//! A vector cannot say anything, so a deflection is an error here: [`Dialect::answer`] writes one
//! with the code `content_blocked` and the reply as its message, to be sent with status 400.

use super::json::{Document, Kind};
use super::request::{self, Shape};
use super::texts::{Misfit, Texts};
use super::{Dialect, Event, Face, Framing, Notice, Refusal, Reply, Request, Unreadable, Usage};
use super::{openai, openai_choices};
use crate::text::{Channel, Lane, Role};

/// The embeddings API of OpenAI, vLLM, llama.cpp and most others.
#[derive(Debug)]
pub(super) struct OpenAiEmbeddings;

const SHAPE: Shape = Shape { primary: "input", stream: None, choices: false };

impl Dialect for OpenAiEmbeddings {
    fn name(&self) -> &'static str {
        "openai.embeddings"
    }

    fn framing(&self) -> Framing {
        Framing::Sse
    }

    fn streams(&self) -> bool {
        false
    }

    fn inputs(&self) -> &'static [(Role, Channel)] {
        &[(Role::User, Channel::Content), (Role::System, Channel::Content)]
    }

    fn outputs(&self) -> &'static [Channel] {
        &[]
    }

    fn read_request<'a>(&self, body: &'a Document<'a>) -> Result<Request<'a>, Refusal> {
        request::read(body, SHAPE)
    }

    fn read_reply<'a>(&self, body: &'a Document<'a>) -> Result<Reply<'a>, Unreadable> {
        let root = body.root();
        let mut texts = Texts::default();
        let mut event = Event { error: openai_choices::error(root, &mut texts), ..Event::default() };
        if !event.error && root.get("data").is_none_or(|data| data.kind() != Kind::Array) {
            return Err(Misfit::shape("data", "is not an array").unreadable(self.name()));
        }
        event.deltas = texts.pieces;
        event.usage = root.get("usage").and_then(openai_choices::usage);
        Ok(openai_choices::reply(event))
    }

    fn read_event<'a>(&self, _payload: &'a Document<'a>) -> Result<Event<'a>, Unreadable> {
        Err(Misfit::shape("body", "is an event, and embeddings are not streamed").unreadable(self.name()))
    }

    /// An error, since vectors say nothing; see above.
    fn answer(&self, _face: &Face, text: &str, _usage: Usage, notice: &Notice) -> Vec<u8> {
        let mut answer = openai::error_object(400, "content_blocked", text);
        if let Some(members) = answer.as_object_mut() {
            members.insert("qwarden".into(), openai::notice_object(notice));
        }
        answer.to_string().into_bytes()
    }

    /// Nothing, as there are no streams.
    fn delta(&self, _face: &Face, _lane: Lane, _text: &str, _opening: bool) -> Vec<u8> {
        Vec::new()
    }

    /// Nothing, as there are no streams.
    fn closing(&self, _face: &Face, _choice: u32, _usage: Usage, _notice: &Notice) -> Vec<u8> {
        Vec::new()
    }

    fn usage(&self, _face: &Face, _usage: Usage, _notice: Option<&Notice>) -> Option<Vec<u8>> {
        None
    }

    fn terminator(&self) -> Option<&'static str> {
        None
    }

    fn error(&self, status: u16, code: &str, message: &str) -> Vec<u8> {
        openai::error(status, code, message)
    }
}
