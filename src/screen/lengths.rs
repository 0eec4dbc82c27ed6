//! How long a text is.
//!
//! Owns the count of characters, and which lengths it reaches or passes. Refuses to know what the
//! characters are.

use super::{Findings, Hit, Length, Screen, Subject};
use crate::text::Span;
use crate::text::fold::strong::Transforms;

/// The count of one text.
#[derive(Debug, Clone)]
pub(super) struct LengthScan {
    lengths: Vec<Length>,
    /// Characters and bytes of original text so far.
    chars: usize,
    bytes: usize,
}

impl LengthScan {
    /// The count before the first chunk, for the lengths that look at such a text.
    pub(super) fn new(screen: &Screen, subject: Subject<'_>) -> Self {
        let lengths = screen
            .lengths
            .iter()
            .copied()
            .filter(|length| screen.looks_at(length.detector, subject))
            .collect();
        Self { lengths, chars: 0, bytes: 0 }
    }

    /// Counts characters, and reports lengths that this chunk reaches or passes.
    pub(super) fn push(&mut self, text: &str, findings: &mut Findings) {
        if self.lengths.is_empty() {
            return;
        }
        let (before, bytes) = (self.chars, self.bytes);
        self.chars += text.chars().count();
        self.bytes += text.len();
        let offset_of = |chars: usize| {
            text.char_indices().nth(chars - before - 1).map_or(text.len(), |(at, c)| at + c.len_utf8())
        };
        for length in &self.lengths {
            match length.max_chars {
                None if before < length.min_chars && length.min_chars <= self.chars => {
                    findings.hits.push(reached(length, bytes + offset_of(length.min_chars)));
                }
                Some(max) if before <= max && max < self.chars => findings.ruled_out.push(length.detector),
                _ => {}
            }
        }
    }

    /// Ends the text: reports the lengths that it has.
    pub(super) fn finish(&self, findings: &mut Findings) {
        for length in &self.lengths {
            if length.max_chars.is_some_and(|max| (length.min_chars..=max).contains(&self.chars))
                || (length.max_chars.is_none() && length.min_chars == 0)
            {
                findings.hits.push(reached(length, self.bytes));
            }
        }
    }
}

fn reached(length: &Length, at: usize) -> Hit {
    Hit { span: Span::new(at, at), detector: length.detector, transforms: Transforms::empty(), score: None }
}
