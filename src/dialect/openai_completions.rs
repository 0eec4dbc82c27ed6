//! `POST /v1/completions`, whole and streamed.
//!
//! Owns the shape of completion replies, which is the same for a chunk. Refuses to know when one
//! is sent.

use serde_json::{Map, Value, json};

use super::json::Document;
use super::request::{self, MAX_CHOICES, Shape};
use super::{
    Dialect, Event, Face, Framing, Notice, Refusal, Reply, Request, Unreadable, Usage, openai, openai_choices,
};
use crate::text::{Channel, Lane, Role};

/// The completions API of OpenAI, vLLM, llama.cpp and most others.
#[derive(Debug)]
pub(super) struct OpenAiCompletions;

const PREFIX: &str = "cmpl-";
const OBJECT: &str = "text_completion";
const SHAPE: Shape = Shape { primary: "prompt", stream: Some(false), choices: true };

impl Dialect for OpenAiCompletions {
    fn name(&self) -> &'static str {
        "openai.completions"
    }

    fn framing(&self) -> Framing {
        Framing::Sse
    }

    fn inputs(&self) -> &'static [(Role, Channel)] {
        &[(Role::User, Channel::Content), (Role::System, Channel::Content)]
    }

    fn outputs(&self) -> &'static [Channel] {
        &[Channel::Content]
    }

    fn read_request<'a>(&self, body: &'a Document<'a>) -> Result<Request<'a>, Refusal> {
        request::read(body, SHAPE)
    }

    fn read_reply<'a>(&self, body: &'a Document<'a>) -> Result<Reply<'a>, Unreadable> {
        openai_choices::read_reply(body, self.name())
    }

    fn read_event<'a>(&self, payload: &'a Document<'a>) -> Result<Event<'a>, Unreadable> {
        openai_choices::read_event(payload, self.name())
    }

    fn answer(&self, face: &Face, text: &str, usage: Usage, notice: &Notice) -> Vec<u8> {
        let choices =
            (0..face.choices.clamp(1, MAX_CHOICES)).map(|index| choice(index, text, true)).collect();
        openai::finish(envelope(face), choices, Some(usage), Some(notice))
    }

    /// Whatever the lane, completions have one text a choice.
    fn delta(&self, face: &Face, lane: Lane, text: &str, _opening: bool) -> Vec<u8> {
        openai::finish(envelope(face), json!([choice(lane.choice, text, false)]), None, None)
    }

    fn closing(&self, face: &Face, index: u32, _usage: Usage, notice: &Notice) -> Vec<u8> {
        openai::finish(envelope(face), json!([choice(index, "", true)]), None, Some(notice))
    }

    fn usage(&self, face: &Face, usage: Usage, notice: Option<&Notice>) -> Option<Vec<u8>> {
        Some(openai::finish(envelope(face), json!([]), Some(usage), notice))
    }

    fn terminator(&self) -> Option<&'static str> {
        Some("[DONE]")
    }

    fn error(&self, status: u16, code: &str, message: &str) -> Vec<u8> {
        openai::error(status, code, message)
    }
}

fn envelope(face: &Face) -> Map<String, Value> {
    openai::with_template(face, |template| openai::envelope(face, template, PREFIX, OBJECT))
}

fn choice(index: u32, text: &str, ends: bool) -> Value {
    json!({
        "index": index,
        "text": text,
        "logprobs": null,
        "finish_reason": ends.then_some("content_filter"),
    })
}
