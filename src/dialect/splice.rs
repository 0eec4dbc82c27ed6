//! Edits of raw bytes: only what is edited changes, everything else leaves as it came.
//!
//! Refuses to know why anything is edited.

use std::ops::Range;

use super::json::{Document, Kind};
use super::literal;
use crate::text::Span;

/// A replacement of some bytes of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub range: Range<usize>,
    /// By what: raw JSON, or a piece of a string literal's inside.
    pub with: Vec<u8>,
}

/// The body with the edits made. They should be sorted and must not overlap; where they do, the
/// later one still removes its bytes (nothing that was to go stays) but its replacement is lost.
#[must_use]
pub fn splice(raw: &[u8], edits: &[Edit]) -> Vec<u8> {
    let added: usize = edits.iter().map(|edit| edit.with.len()).sum();
    let mut out = Vec::with_capacity(raw.len() + added);
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.range.start);
    let mut at = 0;
    for edit in sorted {
        if edit.range.start >= at {
            out.extend_from_slice(raw.get(at..edit.range.start).unwrap_or_default());
            out.extend_from_slice(&edit.with);
        }
        at = at.max(edit.range.end);
    }
    out.extend_from_slice(raw.get(at..).unwrap_or_default());
    out
}

/// Replaces spans of a string's decoded text. `source` are the bytes of its literal in `raw`, quotes
/// included; the spans are sorted and do not overlap; each comes with the text that replaces it.
#[must_use]
pub fn replace_spans(raw: &[u8], source: Range<usize>, spans: &[(Span, &str)]) -> Vec<Edit> {
    let literal = raw.get(source.clone()).unwrap_or_default();
    let places: Vec<Span> = spans.iter().map(|(span, _)| *span).collect();
    let ranges = literal::raw_ranges(literal, &places);
    std::iter::zip(ranges, spans)
        .map(|(range, (_, text))| {
            let mut with = literal::encode_string(text);
            with.pop();
            with.drain(..1);
            Edit { range: source.start + range.start..source.start + range.end, with }
        })
        .collect()
}

/// Makes a value `null`.
#[must_use]
pub fn null_out(range: Range<usize>) -> Edit {
    Edit { range, with: b"null".to_vec() }
}

/// Gives the outermost object a member, in the place of the one with this key if it has one;
/// `None` where the outermost value is no object.
#[must_use]
pub fn insert_member(document: &Document<'_>, key: &str, value: &[u8]) -> Option<Edit> {
    let root = document.root();
    if root.kind() != Kind::Object {
        return None;
    }
    if let Some(member) = root.get(key) {
        return Some(Edit { range: member.range(), with: value.to_vec() });
    }
    let end = root.range().end.saturating_sub(1);
    let mut with = if root.is_empty() { Vec::new() } else { b",".to_vec() };
    with.extend_from_slice(&literal::encode_string(key));
    with.push(b':');
    with.extend_from_slice(value);
    Some(Edit { range: end..end, with })
}

#[cfg(test)]
#[path = "splice_tests.rs"]
mod tests;
