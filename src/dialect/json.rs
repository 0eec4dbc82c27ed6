//! Strict JSON with places: a body is parsed once, and every text in it knows which bytes hold it.
//!
//! Owns the tape of located values, the refusal of ambiguous JSON, and the splicing of edits into
//! the raw bytes. Refuses to know what any member means.

use std::ops::Range;

/// A parsed body.
#[derive(Debug)]
pub struct Document<'a> {
    raw: &'a [u8],
}

impl<'a> Document<'a> {
    /// The bytes it was parsed from.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }
}

/// A replacement of some bytes of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub range: Range<usize>,
    /// By what: raw JSON.
    pub with: Vec<u8>,
}
