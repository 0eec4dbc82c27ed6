//! A look at one value of a [`Document`]: what it is, what is inside, and which bytes hold it.
//!
//! Refuses to know what any member means, and never panics: what is not there is `None`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::json::{Document, Kind, Record};
use super::literal;
use crate::text::Part;

/// One value of a [`Document`].
#[derive(Clone, Copy)]
pub struct Node<'a> {
    document: &'a Document<'a>,
    index: u32,
    record: Record,
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the text: a prompt has no business in a log.
        write!(f, "{:?} at {:?}", self.kind(), self.range())
    }
}

impl<'a> Node<'a> {
    pub(super) fn new(document: &'a Document<'a>, index: u32) -> Self {
        let record = document.records().get(index as usize).copied().unwrap_or_default();
        Self { document, index, record }
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.record.kind
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Whether it says nothing: `null`, an empty string, array or object.
    #[must_use]
    pub fn is_empty(self) -> bool {
        match self.kind() {
            Kind::Null => true,
            Kind::String => self.record.end - self.record.start == 2,
            Kind::Array | Kind::Object => self.record.next == self.index + 1,
            Kind::Bool | Kind::Number => false,
        }
    }

    /// Bytes of the body that hold the value (for a string: with its quotes).
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.record.start as usize..self.record.end as usize
    }

    /// The value as it stands in the body.
    #[must_use]
    pub fn raw(self) -> &'a str {
        self.document.text().get(self.range()).unwrap_or_default()
    }

    /// The decoded key, where the value is a member of an object.
    #[must_use]
    pub fn key(self) -> Option<Cow<'a, str>> {
        let Record { key_start, key_end, key_escaped, .. } = self.record;
        (key_end > 0).then(|| literal::decode(self.document.text(), key_start, key_end, key_escaped))
    }

    /// Bytes of the body that hold the key with its quotes, where there is one.
    #[must_use]
    pub fn key_range(self) -> Option<Range<usize>> {
        let Record { key_start, key_end, .. } = self.record;
        (key_end > 0).then_some(key_start as usize..key_end as usize)
    }

    /// The key as a part of a segment.
    #[must_use]
    pub fn key_part(self) -> Option<Part<'a>> {
        Some(Part { text: self.key()?, source: self.key_range()? })
    }

    /// The decoded text of a string; borrowed where nothing is escaped.
    #[must_use]
    pub fn str(self) -> Option<Cow<'a, str>> {
        let Record { kind, start, end, escaped, .. } = self.record;
        (kind == Kind::String).then(|| literal::decode(self.document.text(), start, end, escaped))
    }

    /// A string as a part of a segment.
    #[must_use]
    pub fn part(self) -> Option<Part<'a>> {
        Some(Part { text: self.str()?, source: self.range() })
    }

    /// The value of a boolean.
    #[must_use]
    pub fn bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// The value of a whole number without sign, fraction and exponent.
    #[must_use]
    pub fn u64(self) -> Option<u64> {
        if self.kind() == Kind::Number { self.raw().parse().ok() } else { None }
    }

    /// The member of an object with this key; linear in the number of members.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'a>> {
        self.members().find(|member| member.key_is(key))
    }

    /// Whether the value's key is this one.
    #[must_use]
    pub fn key_is(self, key: &str) -> bool {
        let Record { key_start, key_end, key_escaped, .. } = self.record;
        if key_escaped {
            return self.key().is_some_and(|own| own == key);
        }
        // The length tells most keys apart.
        (key_end - key_start) as usize == key.len() + 2
            && self.document.raw().get(key_start as usize + 1..key_end as usize - 1) == Some(key.as_bytes())
    }

    /// The members of an object; nothing where it is none.
    #[must_use]
    pub fn members(self) -> Items<'a> {
        self.children(Kind::Object)
    }

    /// The items of an array; nothing where it is none. A run of numbers is one item.
    #[must_use]
    pub fn items(self) -> Items<'a> {
        self.children(Kind::Array)
    }

    /// The value itself and everything inside it, in the order of the body, as one flat sequence.
    pub(super) fn walk(self) -> impl Iterator<Item = Node<'a>> {
        let end = self.record.next.max(self.index + 1);
        (self.index..end).map(move |index| Node::new(self.document, index))
    }

    fn children(self, kind: Kind) -> Items<'a> {
        let end = if self.kind() == kind { self.record.next } else { 0 };
        Items { document: self.document, next: self.index + 1, end }
    }
}

/// The values inside a container.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    document: &'a Document<'a>,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Items<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        if self.next >= self.end {
            return None;
        }
        let node = Node::new(self.document, self.next);
        self.next = node.record.next.max(self.next + 1);
        Some(node)
    }
}
