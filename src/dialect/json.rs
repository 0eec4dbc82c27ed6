//! Strict JSON with places: a body is parsed once, and every value in it knows which bytes hold it.
//!
//! Owns the tape of located values and the refusal of every body that two parsers could read
//! differently: duplicate keys (compared as decoded), lone surrogates, invalid UTF-8, a byte order
//! mark, trailing bytes, depth and sheer number of values. `jiter` is the grammar; what it leaves
//! to its caller (duplicate keys, depth, UTF-8 of strings that are only located) is checked here.
//! Refuses to know what any member means.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use jiter::{Jiter, JiterError, JiterErrorType, JsonErrorType, Peek};
use memchr::memchr;

use super::{Refusal, literal};

pub use super::node::{Items, Node};
pub use super::splice::Edit;

/// Objects with at most this many members are checked for duplicate keys pair by pair, which costs
/// no allocation; larger ones through a hash set.
const PAIRWISE: u32 = 16;

/// Readers of a document go down into it by calling themselves, so no limit may be larger.
const MAX_DEPTH: usize = 512;

/// How much JSON is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most levels of arrays and objects inside one another; never more than 512.
    pub depth: usize,
    /// Most values in the body (a run of numbers in an array counts as one). Each costs 24 bytes.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, values: 1 << 20 }
    }
}

/// Why a body is not accepted as JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at byte {offset})")]
pub struct JsonError {
    /// `invalid_json`, `ambiguous_json`, `invalid_utf8`, `json_too_deep` or `json_too_large`.
    pub code: &'static str,
    /// What is wrong, as a sentence without its full stop. Never quotes the body.
    pub message: Cow<'static, str>,
    /// Byte of the body at which it was noticed.
    pub offset: usize,
}

impl JsonError {
    fn new(code: &'static str, message: impl Into<Cow<'static, str>>, offset: usize) -> Self {
        Self { code, message: message.into(), offset }
    }
}

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        Self::bad_request(error.code, format!("The body cannot be read: {error}."))
    }
}

impl From<JiterError> for JsonError {
    fn from(error: JiterError) -> Self {
        let JiterErrorType::JsonError(kind) = &error.error_type else {
            return Self::new("invalid_json", error.error_type.to_string(), error.index);
        };
        match kind {
            JsonErrorType::LoneLeadingSurrogateInHexEscape | JsonErrorType::UnexpectedEndOfHexEscape => {
                Self::new("ambiguous_json", "half of a surrogate pair stands alone", error.index)
            }
            JsonErrorType::InvalidUnicodeCodePoint => {
                Self::new("invalid_utf8", "the text is not UTF-8", error.index)
            }
            other => Self::new("invalid_json", other.to_string(), error.index),
        }
    }
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool,
    /// A number. In an array, a whole run of neighbouring numbers is one value (vectors and token
    /// ids would fill memory otherwise, and nobody asks for one of them).
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// One located value. Values stand in the order of the body, so a container's first child is the
/// next record, and `next` leads past everything that is inside.
#[derive(Clone, Copy, Default)]
pub(super) struct Record {
    pub(super) start: u32,
    pub(super) end: u32,
    /// The key's literal with its quotes; empty where the value has no key.
    pub(super) key_start: u32,
    pub(super) key_end: u32,
    /// Index of the record after this value and everything inside it.
    pub(super) next: u32,
    pub(super) kind: Kind,
    /// Whether the string has escapes, so that its text is not simply its bytes.
    pub(super) escaped: bool,
    pub(super) key_escaped: bool,
}

/// The memory of a [`Document`], to be used again for the next one.
#[derive(Default)]
pub struct Tape {
    pub(super) records: Vec<Record>,
    open: Vec<u32>,
}

impl fmt::Debug for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tape({} values)", self.records.len())
    }
}

/// A parsed body.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    tape: Tape,
}

impl<'a> Document<'a> {
    /// Parses a body.
    ///
    /// # Errors
    /// [`JsonError`] when it is not JSON, or is JSON that two parsers could read differently.
    pub fn parse(raw: &'a [u8], limits: Limits) -> Result<Self, JsonError> {
        Self::parse_into(raw, limits, Tape::default())
    }

    /// Parses a body into memory that an earlier document used ([`Document::into_tape`]).
    ///
    /// # Errors
    /// As [`Document::parse`]; the memory is given up then.
    pub fn parse_into(raw: &'a [u8], limits: Limits, mut tape: Tape) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(raw)
            .map_err(|error| JsonError::new("invalid_utf8", "the text is not UTF-8", error.valid_up_to()))?;
        if text.starts_with('\u{feff}') {
            return Err(JsonError::new("invalid_json", "it begins with a byte order mark", 0));
        }
        if u32::try_from(raw.len()).is_err() {
            return Err(JsonError::new("json_too_large", "it is larger than 4 GiB", 0));
        }
        if text.trim_ascii().is_empty() {
            return Err(JsonError::new("invalid_json", "it is empty", 0));
        }
        tape.records.clear();
        tape.open.clear();
        Parser { text, jiter: Jiter::new(raw), limits, tape: &mut tape }.run()?;
        Ok(Self { text, tape })
    }

    /// The memory of the document, for [`Document::parse_into`].
    #[must_use]
    pub fn into_tape(self) -> Tape {
        self.tape
    }

    /// The bytes it was parsed from.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node::new(self, 0)
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    pub(super) fn records(&self) -> &[Record] {
        &self.tape.records
    }
}

struct Parser<'a, 't> {
    text: &'a str,
    jiter: Jiter<'a>,
    limits: Limits,
    tape: &'t mut Tape,
}

/// Where a key stands and whether it has escapes.
#[derive(Clone, Copy, Default)]
struct Key {
    start: usize,
    end: usize,
    escaped: bool,
}

impl Parser<'_, '_> {
    fn run(mut self) -> Result<(), JsonError> {
        let mut peek = self.jiter.peek()?;
        let mut key = Key::default();
        // Whether the value before this one, in the same array, is a number.
        let mut in_run = false;
        loop {
            let number = peek.is_num();
            if number && in_run {
                self.extend_run(peek)?;
            } else {
                if let Some((inner, inner_key)) = self.value(peek, key)? {
                    (peek, key, in_run) = (inner, inner_key, false);
                    continue;
                }
                in_run = number;
            }
            loop {
                let Some(&container) = self.tape.open.last() else {
                    return Ok(self.jiter.finish()?);
                };
                match self.step(container)? {
                    Some((next, next_key)) => {
                        in_run &= self.kind(container) == Kind::Array;
                        (peek, key) = (next, next_key);
                        break;
                    }
                    None => {
                        self.close(container)?;
                        in_run = false;
                    }
                }
            }
        }
    }

    /// Takes one value; for a container with something inside, what stands first in it.
    fn value(&mut self, peek: Peek, key: Key) -> Result<Option<(Peek, Key)>, JsonError> {
        let start = self.jiter.current_index();
        if self.tape.records.len() >= self.limits.values {
            return Err(JsonError::new("json_too_large", "it has too many values", start));
        }
        let index = self.tape.records.len() as u32;
        let mut record = Record {
            start: start as u32,
            key_start: key.start as u32,
            key_end: key.end as u32,
            key_escaped: key.escaped,
            ..Record::default()
        };
        match peek {
            Peek::Null => self.jiter.known_null()?,
            Peek::True | Peek::False => {
                self.jiter.known_bool(peek)?;
                record.kind = Kind::Bool;
            }
            Peek::String => {
                let content = self.jiter.known_bytes()?;
                record.escaped = memchr(b'\\', content).is_some();
                record.kind = Kind::String;
            }
            Peek::Array | Peek::Object => {
                let depth = self.limits.depth.min(MAX_DEPTH);
                if self.tape.open.len() >= depth {
                    let message = format!("it is nested more than {depth} levels deep");
                    return Err(JsonError::new("json_too_deep", message, start));
                }
                record.kind = if peek == Peek::Array { Kind::Array } else { Kind::Object };
                self.tape.records.push(record);
                self.tape.open.push(index);
                let first = if peek == Peek::Array {
                    self.jiter.known_array()?.map(|peek| (peek, Key::default()))
                } else {
                    self.key(start, true)?
                };
                if first.is_none() {
                    self.close(index)?;
                }
                return Ok(first);
            }
            _ if peek.is_num() => {
                self.jiter.known_number_bytes(peek)?;
                record.kind = Kind::Number;
            }
            _ => return Err(JsonError::new("invalid_json", "expected value", start)),
        }
        record.end = self.jiter.current_index() as u32;
        record.next = index + 1;
        self.tape.records.push(record);
        Ok(None)
    }

    /// A number after another one: the record grows instead of a new one being made.
    fn extend_run(&mut self, peek: Peek) -> Result<(), JsonError> {
        self.jiter.known_number_bytes(peek)?;
        let end = self.jiter.current_index() as u32;
        if let Some(last) = self.tape.records.last_mut() {
            last.end = end;
        }
        Ok(())
    }

    /// Goes on to the next value of a container, if there is one.
    fn step(&mut self, container: u32) -> Result<Option<(Peek, Key)>, JsonError> {
        if self.kind(container) == Kind::Array {
            Ok(self.jiter.array_step()?.map(|peek| (peek, Key::default())))
        } else {
            self.key(self.jiter.current_index(), false)
        }
    }

    /// Reads a key and looks at the value after it. `from` is where the search for the key's quote
    /// begins: only whitespace and a comma (or the brace) can stand between, or jiter refuses.
    fn key(&mut self, from: usize, first: bool) -> Result<Option<(Peek, Key)>, JsonError> {
        let content = if first { self.jiter.next_object_bytes()? } else { self.jiter.next_key_bytes()? };
        let Some(content) = content else { return Ok(None) };
        // Keys are short and the quote is near: a search that begins with a call is slower than none.
        let (length, escaped) = (content.len(), content.contains(&b'\\'));
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        let start = from + rest.iter().position(|byte| *byte == b'"').unwrap_or_default();
        Ok(Some((self.jiter.peek()?, Key { start, end: start + length + 2, escaped })))
    }

    fn kind(&self, index: u32) -> Kind {
        self.tape.records.get(index as usize).map_or(Kind::Null, |record| record.kind)
    }

    /// Ends a container, whose values are all known now.
    fn close(&mut self, container: u32) -> Result<(), JsonError> {
        self.tape.open.pop();
        let next = self.tape.records.len() as u32;
        let end = self.jiter.current_index() as u32;
        if let Some(record) = self.tape.records.get_mut(container as usize) {
            record.end = end;
            record.next = next;
        }
        if self.kind(container) == Kind::Object { self.refuse_duplicates(container, next) } else { Ok(()) }
    }

    fn refuse_duplicates(&self, object: u32, end: u32) -> Result<(), JsonError> {
        let duplicate = |record: &Record| {
            JsonError::new("ambiguous_json", "a key stands twice in an object", record.key_start as usize)
        };
        let members = || {
            let mut at = object + 1;
            std::iter::from_fn(move || {
                let record = self.tape.records.get(at as usize).filter(|_| at < end)?;
                at = record.next.max(at + 1);
                Some(record)
            })
        };
        if members().nth(PAIRWISE as usize).is_some() {
            // The standard hasher has a random key, so that nobody can prepare collisions.
            let mut seen = HashSet::new();
            return match members().find(|record| !seen.insert(self.key_text(record))) {
                Some(record) => Err(duplicate(record)),
                None => Ok(()),
            };
        }
        for (count, record) in members().enumerate() {
            if members().take(count).any(|earlier| self.same_key(earlier, record)) {
                return Err(duplicate(record));
            }
        }
        Ok(())
    }

    fn same_key(&self, one: &Record, other: &Record) -> bool {
        if one.key_escaped || other.key_escaped {
            return self.key_text(one) == self.key_text(other);
        }
        let raw =
            |record: &Record| self.text.as_bytes().get(record.key_start as usize..record.key_end as usize);
        one.key_end - one.key_start == other.key_end - other.key_start && raw(one) == raw(other)
    }

    fn key_text(&self, record: &Record) -> Cow<'_, str> {
        literal::decode(self.text, record.key_start, record.key_end, record.key_escaped)
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
