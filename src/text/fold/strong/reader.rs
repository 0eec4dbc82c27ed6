//! A text, chunk by chunk, as characters with their places.
//!
//! Owns the counting of bytes, and the JSON escapes of a text that is JSON text. Refuses to decode
//! anything else: `inline` and `bytes` do.

use super::super::escape::{Escapes, Unescaped};
use super::{Item, Transforms};
use crate::text::Encoding;

/// The state between two chunks.
#[derive(Debug, Clone)]
pub struct Reader {
    escapes: Option<Escapes>,
    /// Bytes of the original that were passed on.
    at: usize,
}

impl Reader {
    /// The state before the first chunk.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self { escapes: (encoding == Encoding::JsonText).then(Escapes::default), at: 0 }
    }

    /// Reads the next chunk.
    pub fn read(&mut self, text: &str, mut out: impl FnMut(Item)) {
        let Some(mut escapes) = self.escapes.take() else {
            return self.plain(text, &mut out);
        };
        escapes.read(text, |item| match item {
            Unescaped::Run(run) => self.plain(run, &mut out),
            Unescaped::Char(c, length) => self.one(c, length, &mut out),
        });
        self.escapes = Some(escapes);
    }

    /// Ends the text: what is left of an unfinished escape stands as it is.
    pub fn finish(&mut self, mut out: impl FnMut(Item)) {
        if let Some(rest) = self.escapes.as_mut().map(Escapes::finish) {
            self.plain(&rest, &mut out);
        }
    }

    /// A space that stands nowhere in the original.
    #[must_use]
    pub fn seam(&self) -> Item {
        Item { c: ' ', start: self.at, end: self.at, via: Transforms::empty() }
    }

    /// Where in the original an unfinished escape begins.
    #[must_use]
    pub fn pending_from(&self) -> Option<usize> {
        self.escapes.as_ref().filter(|escapes| escapes.unfinished() > 0).map(|_| self.at)
    }

    fn plain(&mut self, text: &str, out: &mut impl FnMut(Item)) {
        for c in text.chars() {
            self.one(c, c.len_utf8(), out);
        }
    }

    fn one(&mut self, c: char, length: usize, out: &mut impl FnMut(Item)) {
        let start = self.at;
        self.at += length;
        out(Item { c, start, end: self.at, via: Transforms::empty() });
    }
}
