//! A configuration as written: a tree of keys and values, each of which knows where it came from.
//!
//! Owns reading YAML with places kept, and laying one tree over another. Refuses to know which
//! keys there are.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::fault::Fault;

/// Nesting beyond which no configuration goes.
const DEPTH: usize = 16;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said otherwise.
    Default,
    /// The file.
    File {
        /// Its path, as it was given.
        path: Arc<Path>,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// An environment variable.
    Environment(Arc<str>),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Nothing: a key without a value.
    Null,
    /// A string, a number or a boolean, as written.
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    /// Where the key stands.
    pub(super) origin: Origin,
    pub(super) node: Node,
}

impl Node {
    /// What kind of value it is, for people.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Scalar(_) => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a group of keys",
        }
    }

    /// Lays `over` on top: groups are merged key by key, everything else is replaced.
    pub(super) fn overlay(&mut self, over: Node) {
        match (&mut self.value, over) {
            (Value::Map(below), Node { value: Value::Map(above), .. }) => {
                for entry in above {
                    match below.iter_mut().find(|known| known.key == entry.key) {
                        // The key keeps the place where it first stood; the value knows its own.
                        Some(known) => known.node.overlay(entry.node),
                        None => below.push(entry),
                    }
                }
            }
            (_, over) => *self = over,
        }
    }

    /// An empty group.
    pub(super) fn empty() -> Self {
        Self { origin: Origin::Default, value: Value::Map(Vec::new()) }
    }
}

/// Where a text to be parsed stands: each of its values gets an origin made from its position.
#[derive(Debug, Clone)]
pub(super) enum Source {
    File(Arc<Path>),
    Environment(Arc<str>),
}

impl Source {
    pub(super) fn file(path: &Path) -> Self {
        Self::File(PathBuf::from(path).into())
    }

    fn origin(&self, marker: Marker) -> Origin {
        match self {
            Self::File(path) => {
                Origin::File { path: Arc::clone(path), line: marker.line(), column: marker.col() + 1 }
            }
            Self::Environment(variable) => Origin::Environment(Arc::clone(variable)),
        }
    }
}

/// Reads a YAML text of one document. Faults are added to `faults`; what could be read is returned
/// all the same, so that one run tells as many of them as possible.
pub(super) fn parse(source: &Source, text: &str, faults: &mut Vec<Fault>) -> Node {
    let mut builder = Builder { source, faults, open: Vec::new(), root: None, documents: 0, skip: 0 };
    let mut parser = Parser::new_from_str(text);
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((event, span))) => builder.event(event, span.start),
            Some(Err(error)) => {
                let origin = source.origin(*error.marker());
                let message = format!("this is not YAML: {}", error.info());
                builder.faults.push(Fault::new(origin, message));
                break;
            }
        }
    }
    builder.finish()
}

struct Builder<'a> {
    source: &'a Source,
    faults: &'a mut Vec<Fault>,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    /// Collections that are open within one that is nested too deeply.
    skip: usize,
}

struct Open {
    node: Node,
    /// The key of a group whose value is awaited.
    key: Option<(String, Origin)>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, at: Marker) {
        let origin = self.source.origin(at);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.faults
                        .push(Fault::new(origin, "a second document begins here; there can be only one"));
                }
            }
            Event::Scalar(text, style, _, _) => {
                let plain = style == ScalarStyle::Plain;
                let value = match &*text {
                    "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
                    _ => Value::Scalar(text.into_owned()),
                };
                self.value(Node { origin, value });
            }
            Event::Alias(_) => {
                self.faults.push(
                    Fault::new(origin.clone(), "aliases (`*name`) are not supported")
                        .help("write the value out"),
                );
                self.value(Node { origin, value: Value::Null });
            }
            Event::SequenceStart(..) => self.begin(Node { origin, value: Value::List(Vec::new()) }),
            Event::MappingStart(..) => self.begin(Node { origin, value: Value::Map(Vec::new()) }),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }

    fn begin(&mut self, node: Node) {
        if self.skip > 0 || self.open.len() >= DEPTH {
            if self.skip == 0 {
                self.faults.push(Fault::new(node.origin, "this is nested more deeply than any setting"));
            }
            self.skip += 1;
            return;
        }
        self.open.push(Open { node, key: None });
    }

    fn end(&mut self) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        if let Some(Open { node, .. }) = self.open.pop() {
            self.value(node);
        }
    }

    fn value(&mut self, node: Node) {
        if self.skip > 0 {
            return;
        }
        let Some(Open { node: parent, key }) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match &mut parent.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match key.take() {
                None => match node.value {
                    Value::Scalar(name) => *key = Some((name, node.origin)),
                    _ => {
                        let message = format!("a key must be a name, and this is {}", node.kind());
                        self.faults.push(Fault::new(node.origin.clone(), message));
                        *key = Some((String::new(), node.origin));
                    }
                },
                Some((name, _)) if name.is_empty() => {}
                Some((name, origin)) => {
                    if let Some(first) = entries.iter().find(|entry| entry.key == name) {
                        let message =
                            format!("`{name}` stands here for the second time; first: {}", first.origin);
                        self.faults.push(Fault::new(origin, message));
                    } else {
                        entries.push(Entry { key: name, origin, node });
                    }
                }
            },
            Value::Null | Value::Scalar(_) => {}
        }
    }

    fn finish(mut self) -> Node {
        // After a syntax error, what was open is closed as it is.
        while !self.open.is_empty() {
            self.end();
        }
        self.root.unwrap_or_else(Node::empty)
    }
}
