//! What Ollama's two native APIs have in common: reading replies and events (they have one shape),
//! and how it speaks.
//!
//! Refuses to know why anything is said.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::calls::{self, Origin};
use super::json::{Document, Kind};
use super::lanes::{self, Path};
use super::messages::MEDIA;
use super::node::Node;
use super::texts::{Misfit, Texts};
use super::{Event, Face, Notice, Reply, Shadow, Unreadable, Usage, openai, openai_choices};
use crate::text::Channel;

/// Top-level members that say nothing to a person.
const ENVELOPE: [&str; 4] = ["model", "created_at", "remote_model", "remote_host"];

/// Reads a whole reply.
pub(super) fn read_reply<'a>(body: &'a Document<'a>, dialect: &'static str) -> Result<Reply<'a>, Unreadable> {
    read_event(body, dialect).map(openai_choices::reply)
}

/// Reads one event of a stream, which looks like a whole reply.
pub(super) fn read_event<'a>(body: &'a Document<'a>, dialect: &'static str) -> Result<Event<'a>, Unreadable> {
    read(body.root()).map_err(|misfit| misfit.unreadable(dialect))
}

fn read(root: Node<'_>) -> Result<Event<'_>, Misfit> {
    if root.kind() != Kind::Object {
        return Err(Misfit::shape("body", "is not an object"));
    }
    let mut event = Event::default();
    let mut texts = Texts::default();
    event.error = openai_choices::error(root, &mut texts);
    texts.carries_more = event.error;
    if !event.error {
        if !["message", "response", "done"].iter().any(|name| root.get(name).is_some()) {
            return Err(Misfit::shape("body", "has neither `message` nor `response` nor `done`"));
        }
        for member in root.members() {
            self::member(member, &mut event, &mut texts)?;
        }
        event.usage = usage(root);
    }
    event.carries_more = texts.carries_more;
    event.deltas = texts.pieces;
    Ok(event)
}

fn member<'a>(member: Node<'a>, event: &mut Event<'a>, texts: &mut Texts<'a>) -> Result<(), Misfit> {
    let key = member.key().unwrap_or_default();
    match (&*key, member.kind()) {
        (_, Kind::Null) => {}
        (known, _) if ENVELOPE.contains(&known) => {}
        ("done", Kind::Bool) => {
            if member.bool() == Some(true) {
                event.finished.push(0);
                texts.carries_more = true;
            }
        }
        ("message", Kind::Object) => {
            for inner in member.members() {
                let key = inner.key().unwrap_or_default();
                match (&*key, inner.kind()) {
                    // Every event of Ollama's has a role, so it is no reason to send one.
                    (_, Kind::Null) | ("role", _) => {}
                    ("tool_calls", _) => calls::tool_calls(inner, 0, "message", Origin::Stream, texts)?,
                    (name, _) => text(inner, name, Path::MESSAGE, texts)?,
                }
            }
        }
        ("message" | "done", _) => return Err(Misfit::shape(key, "has the wrong type")),
        // The conversation as token ids.
        ("context" | "logprobs", _) => {
            event.shadows.push(Shadow { choice: 0, source: member.range() });
        }
        ("done_reason", _) => texts.carries_more = true,
        (name, _) => text(member, name, Path::BODY, texts)?,
    }
    Ok(())
}

/// A member that holds text, known or not.
fn text<'a>(member: Node<'a>, name: &str, path: Path, texts: &mut Texts<'a>) -> Result<(), Misfit> {
    let known = match name {
        "content" | "response" => Some(lanes::content(0)),
        "thinking" => lanes::reasoning(0, name),
        _ => None,
    };
    match (known, member.part()) {
        (Some(lane), Some(part)) => texts.push(lane, part),
        (Some(_), None) => return Err(Misfit::shape(name, "is not a string")),
        (None, _) if MEDIA.contains(&name) && !member.is_empty() => {
            return Err(Misfit::shape(name, "cannot be screened"));
        }
        (None, _) => {
            texts.carries_more |= member.kind() != Kind::String;
            texts.push_each(0, Channel::Content, path.member(name), member);
        }
    }
    Ok(())
}

fn usage(root: Node<'_>) -> Option<Usage> {
    let count = |name| root.get(name).and_then(Node::u64);
    let (prompt, completion) = (count("prompt_eval_count"), count("eval_count"));
    (prompt.is_some() || completion.is_some()).then(|| Usage {
        prompt_tokens: prompt.unwrap_or_default(),
        completion_tokens: completion.unwrap_or_default(),
    })
}

/// One object of a stream, or a whole reply; `body` is `message` or `response` with its value.
pub(super) fn event(face: &Face, body: (&str, Value), end: Option<(Usage, &Notice)>) -> Vec<u8> {
    let mut members = openai::with_template(face, |template| identity(face, template));
    members.insert(body.0.into(), body.1);
    members.insert("done".into(), end.is_some().into());
    if let Some((usage, notice)) = end {
        members.insert("done_reason".into(), "content_filter".into());
        let totals = [
            ("total_duration", 0),
            ("load_duration", 0),
            ("prompt_eval_count", usage.prompt_tokens),
            ("prompt_eval_duration", 0),
            ("eval_count", usage.completion_tokens),
            ("eval_duration", 0),
        ];
        members.extend(totals.map(|(name, count)| (name.into(), count.into())));
        members.insert("qwarden".into(), openai::notice_object(notice));
    }
    Value::Object(members).to_string().into_bytes()
}

/// The model and the time, as the backend gave them where it did.
fn identity(face: &Face, template: Option<Node<'_>>) -> Map<String, Value> {
    let own = Timestamp::from_second(face.created).unwrap_or_default().to_string();
    let given = |name| template.and_then(|root| root.get(name)).and_then(Node::str).map(String::from);
    let mut members = Map::new();
    members.insert("model".into(), given("model").unwrap_or_else(|| face.model.clone()).into());
    members.insert("created_at".into(), given("created_at").unwrap_or(own).into());
    members
}

/// An error as Ollama writes it, with a code.
pub(super) fn error(code: &str, message: &str) -> Vec<u8> {
    json!({"error": message, "code": code}).to_string().into_bytes()
}
