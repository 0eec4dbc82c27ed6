//! `POST /api/generate`, whole and streamed.
//!
//! Owns the shape of Ollama's completion replies and events. Refuses to know when one is sent.

use super::json::Document;
use super::lanes::{self, Member};
use super::request::{self, Shape};
use super::{Dialect, Event, Face, Framing, Notice, Refusal, Reply, Request, Unreadable, Usage, ollama};
use crate::text::{Channel, Lane, Role};

/// Ollama's native completion API.
#[derive(Debug)]
pub(super) struct OllamaGenerate;

const SHAPE: Shape = Shape { primary: "prompt", stream: Some(true), choices: false };

impl Dialect for OllamaGenerate {
    fn name(&self) -> &'static str {
        "ollama.generate"
    }

    fn framing(&self) -> Framing {
        Framing::Ndjson
    }

    fn inputs(&self) -> &'static [(Role, Channel)] {
        &[(Role::User, Channel::Content), (Role::System, Channel::Content)]
    }

    fn outputs(&self) -> &'static [Channel] {
        &[Channel::Content, Channel::Reasoning]
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
        ollama::event(face, ("response", text.into()), Some((usage, notice)))
    }

    fn delta(&self, face: &Face, lane: Lane, text: &str, _opening: bool) -> Vec<u8> {
        match lanes::member(lane) {
            Member::Content | Member::Refusal | Member::Error => {
                ollama::event(face, ("response", text.into()), None)
            }
            Member::Reasoning(_) => ollama::event(face, ("thinking", text.into()), None),
            _ => ollama::event(face, ("response", "".into()), None),
        }
    }

    fn closing(&self, face: &Face, _choice: u32, usage: Usage, notice: &Notice) -> Vec<u8> {
        ollama::event(face, ("response", "".into()), Some((usage, notice)))
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
