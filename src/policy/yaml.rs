//! YAML as a tree in which every node and key knows where it stands.
//!
//! This file owns what we accept of YAML: one document of mappings, sequences and scalars typed by
//! the 1.2 core schema. Anchors, aliases and tags are faults, since a policy needs none and a
//! reader would have to resolve them by hand; so are duplicate keys, of which another parser might
//! take the other one. It refuses to know what the keys mean: the configuration is read with it too.

mod offsets;
mod scalar;

use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::diagnostic::{Diagnostic, Severity, Span};
use offsets::Offsets;
pub use offsets::span_of;
use scalar::typed;

/// A value, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands, quotes included.
    pub span: Span,
    /// How it is written.
    pub style: Style,
    /// What it is.
    pub value: Value,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A scalar without quotes, or a collection.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block after `|` or `>`.
    Block,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number, or a whole one that is too large.
    Float(f64),
    /// Text: in quotes, in a block, or plain and none of the above.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and their values, as written; no key occurs twice.
    Mapping(Vec<Entry>),
    /// Something that was already reported and has no meaning.
    Faulty,
}

impl Value {
    /// What to call it in a message.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::String(_) => "text",
            Self::Sequence(_) => "a list",
            Self::Mapping(_) => "a mapping",
            Self::Faulty => "a fault",
        }
    }
}

/// A key of a mapping and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key's text, whatever its type would be.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// Bounds on what is read, so that a hostile file costs no more than an honest one.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Nesting of collections.
    pub depth: usize,
    /// Number of nodes.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 64, nodes: 1_000_000 }
    }
}

/// What was read of a file.
#[derive(Debug)]
pub struct Parsed {
    /// The document; absent where the file is empty.
    pub root: Option<Node>,
    /// The line on which reading broke off. What stood before it is in `root`, so that the faults in
    /// it can be reported too; but the lines next to the break may have been misread.
    pub broken_at: Option<u32>,
    /// The faults.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file whose byte order mark was taken off. Never panics; linear in the length of `text`.
#[must_use]
pub fn parse(file: &Arc<str>, text: &str, limits: Limits) -> Parsed {
    let mut builder = Builder {
        source: (file, text),
        offsets: Offsets::new(text),
        limits,
        nodes: 0,
        frames: Vec::new(),
        root: None,
        diagnostics: Vec::new(),
    };
    if !builder.refuse_control_characters() {
        return Parsed { root: None, broken_at: Some(1), diagnostics: builder.diagnostics };
    }
    // The parser has assertions of its own. No input is known to reach one, and a file that does
    // must not end the process that reloads its policies.
    let complete = catch_unwind(AssertUnwindSafe(|| builder.read(text))).unwrap_or_else(|_| {
        let message = "the YAML parser cannot read this file";
        let fault = Diagnostic::of_file(Severity::Error, "invalid-yaml", file, message);
        builder.diagnostics.push(fault);
        false
    });
    // Closing what the file left open is our doing, and what it leads to is no fault of the file.
    let faults = builder.diagnostics.len();
    while !builder.frames.is_empty() {
        builder.close(None);
    }
    builder.diagnostics.truncate(faults);
    let last = builder.diagnostics.last().and_then(|fault| fault.span).map_or(1, |span| span.line);
    Parsed { root: builder.root, broken_at: (!complete).then_some(last), diagnostics: builder.diagnostics }
}

/// A collection whose end has not come yet.
struct Frame {
    start: Span,
    end: usize,
    open: Open,
}

enum Open {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, seen: HashMap<String, Span>, pending: Pending },
}

/// What the next node of a mapping is.
enum Pending {
    /// A key.
    Key,
    /// The value of this key.
    Value(String, Span),
    /// The value of a key that was reported, to be dropped.
    Dropped,
}

struct Builder<'s> {
    source: (&'s Arc<str>, &'s str),
    offsets: Offsets,
    limits: Limits,
    nodes: usize,
    frames: Vec<Frame>,
    root: Option<Node>,
    diagnostics: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn report(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
        let fault = Diagnostic::at(Severity::Error, code, self.source, span, message);
        self.diagnostics.push(if help.is_empty() { fault } else { fault.help(help) });
    }

    /// YAML allows none of them, and this parser would take a NUL for the end of the file: the
    /// rules behind it would silently not exist.
    fn refuse_control_characters(&mut self) -> bool {
        let (_, text) = self.source;
        let bytes = text.as_bytes();
        let bad = |(at, byte): (usize, &u8)| match byte {
            b'\t' | b'\n' => false,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            other => other.is_ascii_control(),
        };
        let Some(at) = bytes.iter().enumerate().position(bad) else { return true };
        let message = format!("the control character {:#04x} cannot stand in a YAML file", bytes[at]);
        let help = r#"remove it, or write it in double quotes as an escape such as "\u0007""#;
        self.report("control-character", span_of(text, at, 1), message, help);
        false
    }

    /// Whether the file was read to its end.
    fn read(&mut self, text: &str) -> bool {
        let mut parser = Parser::new_from_str(text);
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    self.syntax(&error);
                    return false;
                }
            };
            let span = self.span(span.start, span.end);
            match event {
                Event::StreamStart | Event::Nothing | Event::DocumentEnd => {}
                Event::StreamEnd => return true,
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let message = "a second document begins here, and a file holds one";
                        self.report("several-documents", span, message, "move it to a file of its own");
                        return true;
                    }
                }
                Event::Alias(_) => {
                    let help = "write the value out: a reader should not have to look it up";
                    self.report("alias", span, "aliases are not used in these files", help);
                    self.put(Node { span, style: Style::Plain, value: Value::Faulty });
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.refuse_properties(span, anchor, tag.as_deref());
                    self.scalar(span, text, style);
                }
                Event::SequenceStart(anchor, tag) => {
                    self.refuse_properties(span, anchor, tag.as_deref());
                    self.open(span, Open::Sequence(Vec::new()));
                }
                Event::MappingStart(anchor, tag) => {
                    self.refuse_properties(span, anchor, tag.as_deref());
                    let (entries, seen) = (Vec::new(), HashMap::new());
                    self.open(span, Open::Mapping { entries, seen, pending: Pending::Key });
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(Some(span)),
            }
            if self.frames.len() > self.limits.depth {
                let message = format!("collections are nested more than {} deep", self.limits.depth);
                self.report("too-deep", span, message, "");
                return false;
            }
            if self.nodes > self.limits.nodes {
                let message = format!("the file has more than {} values", self.limits.nodes);
                self.report("too-large", span, message, "move long lists of keywords to lists/NAME.txt");
                return false;
            }
        }
        true
    }

    fn refuse_properties(&mut self, span: Span, anchor: usize, tag: Option<&Tag>) {
        if anchor > 0 {
            let help = "remove the `&name`: aliases are not used in these files";
            self.report("anchor", span, "anchors are not used in these files", help);
        }
        if let Some(tag) = tag {
            let help = "remove what begins with `!`; to have text where a number would be read, use quotes";
            let suffix = &tag.suffix;
            self.report("tag", span, format!("the tag `{suffix}` is not used in these files"), help);
        }
    }

    fn scalar(&mut self, span: Span, text: Cow<'_, str>, style: ScalarStyle) {
        self.nodes += 1;
        if let Some(Frame { open: Open::Mapping { seen, pending, .. }, .. }) = self.frames.last_mut()
            && matches!(pending, Pending::Key)
        {
            let first = seen.get(&*text).copied();
            if let Some(first) = first {
                *pending = Pending::Dropped;
                let message = format!("the key `{text}` stands twice in the same mapping");
                let fault = Diagnostic::at(Severity::Error, "duplicate-key", self.source, span, message)
                    .help("keep one of them")
                    .label(self.source.0, first, "first written here");
                self.diagnostics.push(fault);
            } else {
                seen.insert(text.clone().into_owned(), span);
                *pending = Pending::Value(text.into_owned(), span);
            }
            return;
        }
        let (style, value) = match style {
            ScalarStyle::Plain => (Style::Plain, typed(text)),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                (Style::Quoted, Value::String(text.into_owned()))
            }
            ScalarStyle::Literal | ScalarStyle::Folded => (Style::Block, Value::String(text.into_owned())),
        };
        self.put(Node { span, style, value });
    }

    fn open(&mut self, start: Span, open: Open) {
        self.nodes += 1;
        self.frames.push(Frame { start, end: start.end(), open });
    }

    /// Closes the innermost collection, at its closing bracket where it has one.
    fn close(&mut self, end: Option<Span>) {
        let Some(frame) = self.frames.pop() else { return };
        // The parser counts the comment behind a bracket to it.
        let bracket = end
            .filter(|end| self.source.1.get(end.offset..).is_some_and(|rest| rest.starts_with([']', '}'])));
        let end = bracket.map_or(frame.end, |end| frame.end.max(end.offset + 1));
        let span = Span { length: end.saturating_sub(frame.start.offset), ..frame.start };
        let value = match frame.open {
            Open::Sequence(nodes) => Value::Sequence(nodes),
            Open::Mapping { entries, .. } => Value::Mapping(entries),
        };
        self.put(Node { span, style: Style::Plain, value });
    }

    /// Puts a finished node where it belongs.
    fn put(&mut self, node: Node) {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.end = frame.end.max(node.span.end());
        match &mut frame.open {
            Open::Sequence(nodes) => nodes.push(node),
            Open::Mapping { entries, pending, .. } => match std::mem::replace(pending, Pending::Key) {
                Pending::Value(key, key_span) => entries.push(Entry { key, key_span, value: node }),
                Pending::Dropped => {}
                Pending::Key => {
                    *pending = Pending::Dropped;
                    if node.value != Value::Faulty {
                        let message = format!("a key is text, and this is {}", node.value.kind());
                        self.report("key-not-text", node.span, message, "write text before the colon");
                    }
                }
            },
        }
    }

    fn syntax(&mut self, error: &ScanError) {
        let mark = *error.marker();
        let span = self.span(mark, mark);
        let info = error.info();
        let line =
            self.source.1.get(..span.offset).map_or("", |before| before.rsplit('\n').next().unwrap_or(""));
        let help = if line.contains('\t') || info.contains("tab") {
            "indent with spaces: YAML does not allow tabs there"
        } else if info.contains("mapping values") {
            "put text that contains a colon and a space in quotes, or check the indentation"
        } else if info.contains("quoted scalar") {
            "close the quote, or double it where it belongs to the text"
        } else if info.contains("flow") || info.contains("']'") || info.contains("'}'") {
            "close the bracket, and separate its items with commas"
        } else {
            "check the indentation, and put text with special characters in quotes"
        };
        self.report("invalid-yaml", span, format!("this is not valid YAML: {info}"), help);
    }

    fn span(&self, start: Marker, end: Marker) -> Span {
        let offset = self.offsets.byte(start.index());
        Span {
            offset,
            length: self.offsets.byte(end.index()).saturating_sub(offset),
            line: u32::try_from(start.line()).unwrap_or(u32::MAX),
            column: u32::try_from(start.col() + 1).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests;
