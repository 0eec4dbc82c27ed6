//! Places in a text: characters, bytes, lines and columns.

use super::Span;

/// A span of `text` from byte offsets, for files that are not YAML. Linear in `offset`.
#[must_use]
pub fn span_of(text: &str, offset: usize, length: usize) -> Span {
    let before = text.get(..offset).unwrap_or(text);
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Span {
        offset: before.len(),
        length,
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}

/// Byte offsets of characters: the parser counts characters, and everything else bytes.
pub(super) enum Offsets {
    /// They are the same, up to this length.
    Ascii(usize),
    /// By character, and the length at the end.
    Table(Vec<u32>),
}

impl Offsets {
    pub(super) fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii(text.len());
        }
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let starts = text.char_indices().map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX));
        Self::Table(starts.chain([end]).collect())
    }

    pub(super) fn byte(&self, character: usize) -> usize {
        match self {
            Self::Ascii(length) => character.min(*length),
            Self::Table(table) => table.get(character).or(table.last()).map_or(0, |at| *at as usize),
        }
    }
}
