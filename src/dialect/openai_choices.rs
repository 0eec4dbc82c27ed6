//! Reading OpenAI replies and stream events: the texts of every choice.
//!
//! A whole reply (`message`, `text`) and an event (`delta`, `text`) are read by the same code, so
//! that a text which is found in one is found in the other. Refuses to know what is done with them.

use std::fmt::Arguments;

use super::calls::{self, Origin};
use super::json::{Document, Kind};
use super::lanes::{self, Path};
use super::messages::MEDIA;
use super::node::Node;
use super::texts::{Misfit, Texts};
use super::{Event, Reply, Shadow, Unreadable, Usage};
use crate::text::{Channel, Role};

/// Members that repeat a text in another form.
const SHADOWS: [&str; 4] = ["logprobs", "token_ids", "prompt_token_ids", "prompt_logprobs"];

/// Top-level members that say nothing to a person.
const ENVELOPE: [&str; 8] =
    ["id", "object", "created", "model", "system_fingerprint", "service_tier", "provider", "obfuscation"];

/// Reads a whole reply.
pub(super) fn read_reply<'a>(body: &'a Document<'a>, dialect: &'static str) -> Result<Reply<'a>, Unreadable> {
    let event = read(body, Origin::Reply).map_err(|misfit| misfit.unreadable(dialect))?;
    Ok(reply(event))
}

/// Reads one event of a stream.
pub(super) fn read_event<'a>(body: &'a Document<'a>, dialect: &'static str) -> Result<Event<'a>, Unreadable> {
    read(body, Origin::Stream).map_err(|misfit| misfit.unreadable(dialect))
}

/// What an event says as a whole reply.
pub(super) fn reply(event: Event<'_>) -> Reply<'_> {
    let Event { deltas, shadows, usage, .. } = event;
    let texts = Texts { pieces: deltas, carries_more: false };
    Reply { segments: texts.into_segments(Role::Assistant), shadows, usage }
}

/// The error of a backend, if the body is one: texts of a person's, like any other.
pub(super) fn error<'a>(root: Node<'a>, texts: &mut Texts<'a>) -> bool {
    let error = root.get("error").filter(|error| !error.is_null());
    let is_error = root.get("object").and_then(Node::str).is_some_and(|object| object == "error");
    // FastAPI servers (vLLM) say `detail` where a request does not fit their schema.
    let bare = (is_error || root.get("detail").is_some()) && root.get("choices").is_none();
    if let Some(error) = error {
        texts.push_error(lanes::error(), error);
    } else if bare {
        texts.push_error(lanes::error(), root);
    }
    error.is_some() || bare
}

fn read<'a>(body: &'a Document<'a>, origin: Origin) -> Result<Event<'a>, Misfit> {
    let root = body.root();
    if root.kind() != Kind::Object {
        return Err(Misfit::shape("body", "is not an object"));
    }
    let mut event = Event::default();
    let mut texts = Texts::default();
    event.error = error(root, &mut texts);
    texts.carries_more |= event.error;
    match root.get("choices") {
        Some(choices) if choices.kind() == Kind::Array => {
            let mut reader = Reader { event: &mut event, texts: &mut texts, origin };
            reader.choices(choices)?;
            reader.envelope(root);
        }
        _ if event.error => {}
        _ => return Err(Misfit::shape("choices", "is not an array")),
    }
    event.carries_more = texts.carries_more;
    event.deltas = texts.pieces;
    Ok(event)
}

struct Reader<'a, 'e> {
    event: &'e mut Event<'a>,
    texts: &'e mut Texts<'a>,
    origin: Origin,
}

impl<'a> Reader<'a, '_> {
    /// What stands beside the choices.
    fn envelope(&mut self, root: Node<'a>) {
        for member in root.members() {
            let key = member.key().unwrap_or_default();
            match &*key {
                "choices" | "error" => {}
                known if ENVELOPE.contains(&known) => {}
                _ if member.is_null() => {}
                "usage" => {
                    self.event.usage = usage(member);
                    self.texts.carries_more = true;
                }
                shadow if SHADOWS.contains(&shadow) => self.shadow(0, member),
                name => {
                    self.texts.carries_more |= member.kind() != Kind::String;
                    self.texts.push_each(0, Channel::Content, Path::BODY.member(name), member);
                }
            }
        }
    }

    fn choices(&mut self, choices: Node<'a>) -> Result<(), Misfit> {
        let mut seen = std::collections::HashSet::new();
        for (position, choice) in choices.items().enumerate() {
            let path = format_args!("choices[{position}]");
            if choice.kind() != Kind::Object {
                return Err(Misfit::shape(path, "is not an object"));
            }
            let index = match choice.get("index").filter(|index| !index.is_null()) {
                Some(index) => index.u64().and_then(|index| u32::try_from(index).ok()),
                None => u32::try_from(position).ok(),
            };
            let index =
                index.ok_or_else(|| Misfit::shape(path, "has an index that is not a small number"))?;
            if self.origin == Origin::Reply && !seen.insert(index) {
                return Err(Misfit::shape(path, "has the index of another choice"));
            }
            self.choice(choice, index, path)?;
        }
        Ok(())
    }

    fn choice(&mut self, choice: Node<'a>, index: u32, path: Arguments<'_>) -> Result<(), Misfit> {
        for member in choice.members() {
            let key = member.key().unwrap_or_default();
            match (&*key, member.kind()) {
                ("index", _) | (_, Kind::Null) => {}
                ("finish_reason", _) => {
                    self.event.finished.push(index);
                    self.texts.carries_more = true;
                }
                ("message" | "delta", Kind::Object) => {
                    self.message(member, index, format_args!("{path}.{key}"))?
                }
                ("text", Kind::String) => {
                    self.texts.push_string(lanes::content(index), member);
                }
                ("message" | "delta" | "text", _) => {
                    return Err(Misfit::shape(format_args!("{path}.{key}"), "has the wrong type"));
                }
                (shadow, _) if SHADOWS.contains(&shadow) => self.shadow(index, member),
                // Which of the client's own stop strings it was, and Azure's verdicts.
                ("stop_reason" | "matched_stop" | "native_finish_reason" | "content_filter_results", _) => {
                    self.texts.carries_more = true;
                }
                (name, kind) => {
                    self.texts.carries_more |= kind != Kind::String;
                    self.texts.push_each(index, Channel::Content, Path::CHOICE.member(name), member);
                }
            }
        }
        Ok(())
    }

    fn message(&mut self, message: Node<'a>, choice: u32, path: Arguments<'_>) -> Result<(), Misfit> {
        for member in message.members() {
            let key = member.key().unwrap_or_default();
            match (&*key, member.kind()) {
                (_, Kind::Null) => {}
                ("role", _) => self.texts.carries_more = true,
                ("content", Kind::String) => {
                    self.texts.push_string(lanes::content(choice), member);
                }
                ("content", Kind::Array) => self.parts(member, choice, path)?,
                ("content", _) => {
                    return Err(Misfit::shape(format_args!("{path}.content"), "has the wrong type"));
                }
                ("refusal", Kind::String) => {
                    self.texts.push_string(lanes::refusal(choice), member);
                }
                ("tool_calls", _) => {
                    calls::tool_calls(member, choice, &path.to_string(), self.origin, self.texts)?
                }
                ("function_call", _) => {
                    calls::function_call(member, choice, &path.to_string(), self.origin, self.texts)?
                }
                // The transcript of an answer that was spoken is a text; the sound is not.
                ("audio", Kind::Object) if member.get("data").is_none_or(Node::is_empty) => {
                    self.other(member, choice, Channel::Content);
                }
                (name, _) if MEDIA.contains(&name) && !member.is_empty() => {
                    return Err(Misfit::shape(format_args!("{path}.{name}"), "cannot be screened"));
                }
                (name, kind) => match lanes::reasoning(choice, name) {
                    Some(lane) if kind == Kind::String => {
                        self.texts.push_string(lane, member);
                    }
                    Some(_) => self.other(member, choice, Channel::Reasoning),
                    None => self.other(member, choice, Channel::Content),
                },
            }
        }
        Ok(())
    }

    /// Content in parts.
    fn parts(&mut self, parts: Node<'a>, choice: u32, path: Arguments<'_>) -> Result<(), Misfit> {
        for (position, part) in parts.items().enumerate() {
            let misfit = || Misfit::shape(format_args!("{path}.content[{position}]"), "is no text");
            let kind = part.get("type").and_then(Node::str).ok_or_else(misfit)?;
            let field = match &*kind {
                "text" | "output_text" => "text",
                "refusal" => "refusal",
                _ => return Err(misfit()),
            };
            self.texts.push(lanes::content(choice), part.get(field).and_then(Node::part).ok_or_else(misfit)?);
        }
        // After all content, so that the content stays one text.
        for (position, part) in parts.items().enumerate() {
            let kind = part.get("type").and_then(Node::str);
            let field = if kind.as_deref() == Some("refusal") { "refusal" } else { "text" };
            for extra in part.members().filter(|member| !member.key_is("type") && !member.key_is(field)) {
                let path =
                    Path::MESSAGE.member("content").item(position).member(&extra.key().unwrap_or_default());
                self.texts.push_each(choice, Channel::Content, path, extra);
            }
        }
        Ok(())
    }

    /// A member that is not known: whatever text is in it, somebody may read.
    fn other(&mut self, member: Node<'a>, choice: u32, channel: Channel) {
        self.texts.carries_more |= member.kind() != Kind::String;
        let path = Path::MESSAGE.member(&member.key().unwrap_or_default());
        self.texts.push_each(choice, channel, path, member);
    }

    fn shadow(&mut self, choice: u32, node: Node<'a>) {
        self.event.shadows.push(Shadow { choice, source: node.range() });
    }
}

/// Token counts as OpenAI writes them.
pub(super) fn usage(node: Node<'_>) -> Option<Usage> {
    let count = |name| node.get(name).and_then(Node::u64);
    let (prompt, completion) = (count("prompt_tokens"), count("completion_tokens"));
    (prompt.is_some() || completion.is_some()).then(|| Usage {
        prompt_tokens: prompt.unwrap_or_default(),
        completion_tokens: completion.unwrap_or_default(),
    })
}
