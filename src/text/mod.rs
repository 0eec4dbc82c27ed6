//! What a conversation says: transcripts, segments, roles, channels and spans.
//!
//! This room owns the words that every other room uses for text, and the folding of text. It
//! refuses to know where a text came from: a [`Part`] carries the byte range of its source, and
//! nothing here ever reads it.

pub mod fold;
pub mod language;

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Which way a text travels: towards the model, or back from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// A prompt, on its way to the model.
    Input,
    /// A reply, on its way to a person or a program.
    Output,
}

/// Who speaks in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions of the application: system and developer messages, tool definitions, templates.
    System,
    /// The person, or whatever stands in for one.
    User,
    /// The model.
    Assistant,
    /// The result of a tool or function.
    Tool,
}

/// Through which of the message's openings a text comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The message itself.
    Content,
    /// What the model thinks aloud (`reasoning_content`, `reasoning`, `thinking`).
    Reasoning,
    /// Names and arguments of tool and function calls.
    ToolCall,
}

/// How the characters of a segment are to be read before they mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As they stand.
    Plain,
    /// As JSON text (the `arguments` of an OpenAI tool call): `\u81ea` in it is read as 自, since
    /// that is what the program that parses the arguments will read.
    JsonText,
}

/// A half-open range of bytes of a segment's original text, on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte of the span.
    pub start: usize,
    /// First byte after the span.
    pub end: usize,
}

impl Span {
    /// A span from `start` to `end`; `end` is raised to `start` where it is smaller.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Whether the two spans share at least one byte.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span covers nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// One stretch of a segment's text, and where it stood in the body it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// The decoded text.
    pub text: Cow<'a, str>,
    /// Bytes of the body that hold it (for JSON: the string literal with its quotes).
    pub source: Range<usize>,
}

/// Which of a reply's (or request's) parallel texts a segment is: each lane is a stream of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    /// Choice of an `n > 1` reply, or index of the message in a request.
    pub choice: u32,
    /// Channel within it.
    pub channel: Channel,
    /// Which text of that channel (index of a tool call, twice over: names are even, arguments odd).
    pub index: u32,
}

/// One text that a model or a person reads as a whole: all content parts of one message, one tool
/// call's arguments, one choice's reasoning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Which of the parallel texts it is.
    pub lane: Lane,
    /// Who speaks.
    pub role: Role,
    /// How it is to be read.
    pub encoding: Encoding,
    /// Its stretches, in reading order. A match may run across the seam between two parts, and a
    /// seam also counts as an edge of a word.
    pub parts: Vec<Part<'a>>,
}

impl Segment<'_> {
    /// The channel of the segment's lane.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.lane.channel
    }

    /// Length of all parts together, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.text.len()).sum()
    }

    /// Whether no part has any text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.text.is_empty())
    }
}

/// Everything that one body says, in reading order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript<'a> {
    /// Which way it travels.
    pub phase: Phase,
    /// Its texts.
    pub segments: Vec<Segment<'a>>,
}
