//! The texts that were found in a body, piece by piece, and how pieces become segments.
//!
//! Requests, whole replies and stream events are all collected here, so that no one of them can
//! find a text that the others miss. Refuses to know which members hold texts.

use std::fmt;

use super::json::Kind;
use super::lanes::Path;
use super::node::Node;
use super::{Delta, Refusal, Unreadable};
use crate::text::{Channel, Encoding, Lane, Part, Role, Segment};

/// Members whose values are names for programs, as long as they look like it.
const STRUCTURAL: [&str; 4] = ["type", "id", "tool_call_id", "call_id"];

/// The same in errors.
const ERROR_CODES: [&str; 4] = ["type", "object", "code", "param"];

/// What a `type` says in every tool definition and schema.
const TYPES: [&str; 13] = [
    "content",
    "function",
    "object",
    "array",
    "string",
    "number",
    "integer",
    "boolean",
    "null",
    "json_schema",
    "json_object",
    "text",
    "ephemeral",
];

/// Keys that tool definitions, schemas and messages are made of. They are not texts: a rule about real estate
/// would otherwise find `properties` in all of them.
const SCHEMA: [&str; 33] = [
    "type",
    "id",
    "text",
    "content",
    "cache_control",
    "function",
    "name",
    "description",
    "parameters",
    "properties",
    "required",
    "items",
    "enum",
    "const",
    "default",
    "title",
    "format",
    "strict",
    "schema",
    "json_schema",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "$ref",
    "$defs",
    "$schema",
    "definitions",
    "additionalProperties",
    "minimum",
    "maximum",
    "pattern",
    "examples",
];

/// A place in a body that does not have the shape its API gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misfit {
    /// The cause, as in [`Refusal`].
    pub(super) code: &'static str,
    /// Where, such as `messages[3].content`.
    pub(super) path: String,
    /// What is wrong there: the rest of a sentence that begins with the path.
    pub(super) reason: &'static str,
}

impl Misfit {
    pub(super) fn new(code: &'static str, path: impl fmt::Display, reason: &'static str) -> Self {
        Self { code, path: path.to_string(), reason }
    }

    /// A value of the wrong type.
    pub(super) fn shape(path: impl fmt::Display, reason: &'static str) -> Self {
        Self::new("invalid_request", path, reason)
    }

    /// The misfit in a reply.
    pub(super) fn unreadable(self, dialect: &'static str) -> Unreadable {
        Unreadable { dialect, reason: format!("`{}` {}", self.path, self.reason) }
    }
}

impl From<Misfit> for Refusal {
    fn from(misfit: Misfit) -> Self {
        Self::bad_request(misfit.code, format!("`{}` {}.", misfit.path, misfit.reason))
    }
}

/// Which keys of a value are texts, besides its strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Those inside of it.
    Inner,
    /// Those inside of it and its own.
    All,
}

/// Texts in the order they were found.
#[derive(Debug, Default)]
pub(super) struct Texts<'a> {
    /// The pieces; neighbours of the same lane belong together.
    pub(super) pieces: Vec<Delta<'a>>,
    /// As [`super::Event::carries_more`].
    pub(super) carries_more: bool,
}

impl<'a> Texts<'a> {
    /// Adds a piece of plain text that later ones may continue.
    pub(super) fn push(&mut self, lane: Lane, part: Part<'a>) {
        self.push_as(lane, Encoding::Plain, false, part);
    }

    /// Adds a string as a piece of plain text that later ones may continue; nothing else is added.
    pub(super) fn push_string(&mut self, lane: Lane, node: Node<'a>) {
        self.push_string_as(lane, Encoding::Plain, false, node);
    }

    /// Adds a string.
    pub(super) fn push_string_as(&mut self, lane: Lane, encoding: Encoding, complete: bool, node: Node<'a>) {
        if let Some(part) = node.part() {
            self.push_as(lane, encoding, complete, part);
        }
    }

    /// Adds a piece of text.
    pub(super) fn push_as(&mut self, lane: Lane, encoding: Encoding, complete: bool, part: Part<'a>) {
        let Part { text, source } = part;
        self.pieces.push(Delta { lane, encoding, text, source, complete });
    }

    /// Adds every string in a value, and such keys as are asked for, as complete pieces of one lane.
    pub(super) fn push_all(&mut self, lane: Lane, node: Node<'a>, keys: Keys) {
        for (position, inner) in node.walk().enumerate() {
            let wanted = keys == Keys::All || (keys == Keys::Inner && position > 0);
            let key = inner.key_part().filter(|part| wanted && !SCHEMA.contains(&&*part.text));
            let value = inner.part().filter(|part| !(inner.key_is("type") && TYPES.contains(&&*part.text)));
            for part in key.into_iter().chain(value) {
                self.push_as(lane, Encoding::Plain, true, part);
            }
        }
    }

    /// Adds what an error says, without its codes, as complete pieces of one lane.
    pub(super) fn push_error(&mut self, lane: Lane, error: Node<'a>) {
        for inner in error.walk() {
            if let Some(part) = inner.part().filter(|part| !is_name(inner, &ERROR_CODES, &part.text)) {
                self.push_as(lane, Encoding::Plain, true, part);
            }
        }
    }

    /// Adds every string in a value of a reply, each in the lane of its own path.
    pub(super) fn push_each(&mut self, choice: u32, channel: Channel, path: Path, node: Node<'a>) {
        match node.kind() {
            Kind::String => {
                if let Some(part) = node.part().filter(|part| !is_structural(node, &part.text)) {
                    self.push(path.lane(choice, channel), part);
                }
            }
            Kind::Object => {
                for member in node.members() {
                    let path = path.member(&member.key().unwrap_or_default());
                    self.push_each(choice, channel, path, member);
                }
            }
            Kind::Array => {
                for (position, item) in node.items().enumerate() {
                    self.push_each(choice, channel, path.item(position), item);
                }
            }
            Kind::Null | Kind::Bool | Kind::Number => {}
        }
    }

    /// The pieces as segments: neighbours of one lane become one.
    pub(super) fn into_segments(self, role: Role) -> Vec<Segment<'a>> {
        let mut segments: Vec<Segment<'a>> = Vec::new();
        for Delta { lane, encoding, text, source, .. } in self.pieces {
            let part = Part { text, source };
            match segments.last_mut() {
                Some(last) if last.lane == lane => last.parts.push(part),
                _ => segments.push(Segment { lane, role, encoding, parts: vec![part] }),
            }
        }
        segments
    }
}

/// Whether a string is a name for programs: its key says so, and it looks like one. Text in the
/// place of an id is text, since some chat templates print ids.
pub(super) fn is_structural(node: Node<'_>, text: &str) -> bool {
    is_name(node, &STRUCTURAL, text)
}

fn is_name(node: Node<'_>, keys: &[&str], text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:|/".contains(&byte);
    keys.iter().any(|key| node.key_is(key)) && text.len() <= 128 && text.bytes().all(letter)
}

/// A member whose name differs from a known one only in case: a server that compares names like Go
/// does (Ollama does) would take it for that one. Refused, since the texts of `Messages` were not
/// looked for.
pub(super) fn refuse_lookalike(
    name: &str,
    known: impl Fn(&str) -> bool,
    path: impl fmt::Display,
) -> Result<(), Misfit> {
    let odd = |c: char| c.is_ascii_uppercase() || matches!(c, '\u{17f}' | '\u{212a}');
    if !name.contains(odd) {
        return Ok(());
    }
    let folded: String = name
        .chars()
        .map(|c| match c {
            '\u{17f}' => 's',
            '\u{212a}' => 'k',
            other => other.to_ascii_lowercase(),
        })
        .collect();
    if known(&folded) {
        return Err(Misfit::new(
            "ambiguous_json",
            path,
            "has a member that differs from a known one only in case",
        ));
    }
    Ok(())
}
