//! JSON string literals: their text, and which bytes of a literal say which bytes of its text.
//!
//! Works on literals that were parsed strictly before; on anything else it gives some text and
//! some range, but never panics. Refuses to know where a literal stands.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use crate::text::Span;

/// A JSON string literal that says `text`.
#[must_use]
pub fn encode_string(text: &str) -> Vec<u8> {
    serde_json::Value::from(text).to_string().into_bytes()
}

/// Maps a span of a literal's decoded text to the bytes of the literal (quotes included) that say
/// it, so that an edit of them leaves every other escape as it was.
#[must_use]
pub fn raw_range(literal: &[u8], span: Span) -> Range<usize> {
    raw_ranges(literal, &[span]).pop().unwrap_or_default()
}

/// [`raw_range`] for several spans, sorted and without overlap, in one pass. A span that begins or
/// ends inside of an escape takes the whole escape; one that runs past the text ends with it.
#[must_use]
pub fn raw_ranges(literal: &[u8], spans: &[Span]) -> Vec<Range<usize>> {
    let mut cursor = Cursor { literal, raw: 1, decoded: 0 };
    spans
        .iter()
        .map(|span| {
            let start = cursor.advance(span.start, false);
            // A range is never turned around, whatever the spans were.
            start..cursor.advance(span.end, true).max(start)
        })
        .collect()
}

/// The text of the literal (quotes included) at these bytes of the body.
pub(super) fn decode(body: &str, start: u32, end: u32, escaped: bool) -> Cow<'_, str> {
    let content = body.get(start as usize + 1..(end as usize).saturating_sub(1)).unwrap_or_default();
    if !escaped {
        return Cow::Borrowed(content);
    }
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        let (plain, escape) = rest.split_at(at);
        text.push_str(plain);
        let (character, length) = unescape(escape.as_bytes());
        text.push(character);
        rest = escape.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character of the escape with which `bytes` begins, and how many bytes say it.
fn unescape(bytes: &[u8]) -> (char, usize) {
    match bytes.get(1) {
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(b'n') => ('\n', 2),
        Some(b'r') => ('\r', 2),
        Some(b't') => ('\t', 2),
        Some(b'u') => unescape_hex(bytes),
        Some(other) => (char::from(*other), 2),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}

fn unescape_hex(bytes: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits = std::str::from_utf8(bytes.get(at..at + 4)?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(2) else { return (char::REPLACEMENT_CHARACTER, 2) };
    if let Some(character) = char::from_u32(u32::from(first)) {
        return (character, 6);
    }
    let pair = char::decode_utf16([first, unit(8).unwrap_or_default()]).next();
    match pair {
        Some(Ok(character)) => (character, 12),
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

/// Walks through a literal and its text side by side.
struct Cursor<'a> {
    literal: &'a [u8],
    raw: usize,
    decoded: usize,
}

impl Cursor<'_> {
    /// Goes on until `decoded` bytes of text lie behind and gives the byte of the literal there.
    /// Where that is inside of an escape: the byte after it if `past`, otherwise the one before it,
    /// where the cursor stays.
    fn advance(&mut self, decoded: usize, past: bool) -> usize {
        let content = self.literal.get(..self.literal.len().saturating_sub(1)).unwrap_or_default();
        while self.decoded < decoded {
            let rest = content.get(self.raw..).unwrap_or_default();
            let plain = memchr(b'\\', rest).unwrap_or(rest.len()).min(decoded - self.decoded);
            self.raw += plain;
            self.decoded += plain;
            if self.decoded == decoded {
                break;
            }
            let escape = rest.get(plain..).unwrap_or_default();
            if escape.is_empty() {
                break;
            }
            let (character, length) = unescape(escape);
            if !past && self.decoded + character.len_utf8() > decoded {
                break;
            }
            self.raw = (self.raw + length).min(content.len());
            self.decoded += character.len_utf8();
        }
        self.raw.min(content.len())
    }
}

#[cfg(test)]
#[path = "literal_tests.rs"]
mod tests;
