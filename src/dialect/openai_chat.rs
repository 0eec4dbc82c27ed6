//! `POST /v1/chat/completions`, whole and streamed.
//!
//! Owns the shape of chat replies and chunks. Refuses to know when one is sent.

use serde_json::{Map, Value, json};

use super::json::Document;
use super::lanes::{self, Member};
use super::node::Node;
use super::request::{self, MAX_CHOICES, Shape};
use super::{
    Dialect, Event, Face, Framing, Notice, Refusal, Reply, Request, Unreadable, Usage, openai, openai_choices,
};
use crate::text::{Channel, Lane, Role};

/// The chat API of OpenAI, vLLM, llama.cpp and most others.
#[derive(Debug)]
pub(super) struct OpenAiChat;

/// Roles and channels of a conversation: nothing keeps a client from giving any message any member.
pub(super) const INPUTS: [(Role, Channel); 12] = [
    (Role::System, Channel::Content),
    (Role::User, Channel::Content),
    (Role::Assistant, Channel::Content),
    (Role::Tool, Channel::Content),
    (Role::System, Channel::Reasoning),
    (Role::User, Channel::Reasoning),
    (Role::Assistant, Channel::Reasoning),
    (Role::Tool, Channel::Reasoning),
    (Role::System, Channel::ToolCall),
    (Role::User, Channel::ToolCall),
    (Role::Assistant, Channel::ToolCall),
    (Role::Tool, Channel::ToolCall),
];

/// Channels of a chat reply.
pub(super) const OUTPUTS: [Channel; 3] = [Channel::Content, Channel::Reasoning, Channel::ToolCall];

const PREFIX: &str = "chatcmpl-";
const CHUNK: &str = "chat.completion.chunk";
const SHAPE: Shape = Shape { primary: "messages", stream: Some(false), choices: true };

impl Dialect for OpenAiChat {
    fn name(&self) -> &'static str {
        "openai.chat"
    }

    fn framing(&self) -> Framing {
        Framing::Sse
    }

    fn inputs(&self) -> &'static [(Role, Channel)] {
        &INPUTS
    }

    fn outputs(&self) -> &'static [Channel] {
        &OUTPUTS
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
        let choice = |index| {
            json!({
                "index": index,
                "message": {"role": "assistant", "content": text, "refusal": null},
                "logprobs": null,
                "finish_reason": "content_filter",
            })
        };
        let choices = (0..face.choices.clamp(1, MAX_CHOICES)).map(choice).collect();
        openai::with_template(face, |template| {
            let envelope = openai::envelope(face, template, PREFIX, "chat.completion");
            openai::finish(envelope, choices, Some(usage), Some(notice))
        })
    }

    fn delta(&self, face: &Face, lane: Lane, text: &str, opening: bool) -> Vec<u8> {
        openai::with_template(face, |template| {
            let mut delta = Map::new();
            if opening {
                delta.insert("role".into(), "assistant".into());
            }
            if let Some((name, value)) = delta_member(template, lane, text) {
                delta.insert(name, value);
            }
            let choices = json!([chunk_choice(lane.choice, delta, None)]);
            openai::finish(openai::envelope(face, template, PREFIX, CHUNK), choices, None, None)
        })
    }

    fn closing(&self, face: &Face, choice: u32, _usage: Usage, notice: &Notice) -> Vec<u8> {
        openai::with_template(face, |template| {
            let choices = json!([chunk_choice(choice, Map::new(), Some("content_filter"))]);
            openai::finish(openai::envelope(face, template, PREFIX, CHUNK), choices, None, Some(notice))
        })
    }

    fn usage(&self, face: &Face, usage: Usage, notice: Option<&Notice>) -> Option<Vec<u8>> {
        openai::with_template(face, |template| {
            let envelope = openai::envelope(face, template, PREFIX, CHUNK);
            Some(openai::finish(envelope, json!([]), Some(usage), notice))
        })
    }

    fn terminator(&self) -> Option<&'static str> {
        Some("[DONE]")
    }

    fn error(&self, status: u16, code: &str, message: &str) -> Vec<u8> {
        openai::error(status, code, message)
    }
}

fn chunk_choice(index: u32, delta: Map<String, Value>, finish_reason: Option<&str>) -> Value {
    json!({"index": index, "delta": delta, "logprobs": null, "finish_reason": finish_reason})
}

/// The member of a delta that adds `text` to a lane. A member that is only known by its path is
/// looked for in the backend's last event; if it is not there, its text has no place to go.
fn delta_member(template: Option<Node<'_>>, lane: Lane, text: &str) -> Option<(String, Value)> {
    let call =
        |index: u32, function: Value| ("tool_calls".into(), json!([{"index": index, "function": function}]));
    Some(match lanes::member(lane) {
        Member::Content | Member::Error => ("content".into(), text.into()),
        Member::Refusal => ("refusal".into(), text.into()),
        Member::Reasoning(name) => (name.into(), text.into()),
        Member::CallName(index) => call(index, json!({"name": text})),
        Member::CallArguments(index) => call(index, json!({"arguments": text})),
        Member::LegacyName => ("function_call".into(), json!({"name": text})),
        Member::LegacyArguments => ("function_call".into(), json!({"arguments": text})),
        Member::Named => {
            let choices = template?.get("choices")?;
            let mut deltas = choices.items().filter_map(|choice| choice.get("delta"));
            (deltas.find_map(|delta| lanes::name_in(delta, lane))?, text.into())
        }
    })
}
