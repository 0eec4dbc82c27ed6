//! `POST /api/chat`, whole and streamed.
//!
//! Owns the shape of Ollama's chat replies and events. Refuses to know when one is sent.

use serde_json::{Value, json};

use super::json::Document;
use super::lanes::{self, Member};
use super::request::{self, Shape};
use super::{Dialect, Event, Face, Framing, Notice, Refusal, Reply, Request, Unreadable, Usage, ollama};
use crate::text::{Channel, Lane, Role};

/// Ollama's native chat API.
#[derive(Debug)]
pub(super) struct OllamaChat;

const SHAPE: Shape = Shape { primary: "messages", stream: Some(true), choices: false };

impl Dialect for OllamaChat {
    fn name(&self) -> &'static str {
        "ollama.chat"
    }

    fn framing(&self) -> Framing {
        Framing::Ndjson
    }

    fn inputs(&self) -> &'static [(Role, Channel)] {
        &super::openai_chat::INPUTS
    }

    fn outputs(&self) -> &'static [Channel] {
        &super::openai_chat::OUTPUTS
    }

    fn read_request<'a>(&self, body: &'a Document<'a>) -> Result<Request<'a>, Refusal> {
        request::read(body, SHAPE)
    }

    fn read_reply<'a>(&self, body: &'a Document<'a>) -> Result<Reply<'a>, Unreadable> {
        ollama::read_reply(body, self.name())
    }

    fn read_event<'a>(&self, payload: &'a Document<'a>) -> Result<Event<'a>, Unreadable> {
        ollama::read_event(payload, self.name())
    }

    fn answer(&self, face: &Face, text: &str, usage: Usage, notice: &Notice) -> Vec<u8> {
        ollama::event(face, message(json!({"content": text})), Some((usage, notice)))
    }

    /// Only content and thinking come in pieces; texts of tool calls are whole when they come, so
    /// that nothing of them can be left to be said here.
    fn delta(&self, face: &Face, lane: Lane, text: &str, _opening: bool) -> Vec<u8> {
        let body = match lanes::member(lane) {
            Member::Content | Member::Refusal | Member::Error => json!({"content": text}),
            Member::Reasoning(_) => json!({"content": "", "thinking": text}),
            _ => json!({"content": ""}),
        };
        ollama::event(face, message(body), None)
    }

    fn closing(&self, face: &Face, _choice: u32, usage: Usage, notice: &Notice) -> Vec<u8> {
        ollama::event(face, message(json!({"content": ""})), Some((usage, notice)))
    }

    fn usage(&self, _face: &Face, _usage: Usage, _notice: Option<&Notice>) -> Option<Vec<u8>> {
        None
    }

    fn terminator(&self) -> Option<&'static str> {
        None
    }

    fn error(&self, _status: u16, code: &str, message: &str) -> Vec<u8> {
        ollama::error(code, message)
    }
}

fn message(mut body: Value) -> (&'static str, Value) {
    if let Some(members) = body.as_object_mut() {
        members.shift_insert(0, "role".into(), "assistant".into());
    }
    ("message", body)
}
