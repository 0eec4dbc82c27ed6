//! The plain search for one kind of entity in a whole text.
//!
//! Owns the meaning of the table: which matches count, and where a search goes on. Refuses to
//! know streams; the engine that screens them must find what this finds.

use std::ops::Range;

use regex::Regex;

use super::EntityKind;

/// One kind, ready to be searched for in whole texts.
#[derive(Debug)]
pub struct Search {
    kind: &'static EntityKind,
    patterns: Vec<Regex>,
}

/// A pattern of the table is not a regex.
#[derive(Debug, thiserror::Error)]
#[error("a pattern of the entity `{kind}` does not compile")]
pub struct SearchError {
    kind: &'static str,
    #[source]
    source: regex::Error,
}

impl Search {
    /// Compiles the patterns of a kind.
    ///
    /// # Errors
    /// [`SearchError`] when one of them is not a regex, which a test rules out for the table.
    pub fn new(kind: &'static EntityKind) -> Result<Self, SearchError> {
        let patterns = kind
            .patterns
            .iter()
            .map(|pattern| Regex::new(pattern))
            .collect::<Result<_, _>>()
            .map_err(|source| SearchError { kind: kind.name, source })?;
        Ok(Self { kind, patterns })
    }

    /// The kind that is searched for.
    #[must_use]
    pub fn kind(&self) -> &'static EntityKind {
        self.kind
    }

    /// Every entity of this kind in a text that has the form of the kind's [`View`](super::View),
    /// as byte ranges: in order, those that overlap joined into one.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> =
            self.patterns.iter().flat_map(|pattern| self.find_one(pattern, text)).collect();
        found.sort_unstable_by_key(|range| (range.start, range.end));
        let mut joined: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for range in found {
            match joined.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        joined
    }

    fn find_one(&self, pattern: &Regex, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(matched) = pattern.find_at(text, from) {
            // No pattern matches nothing, so the search moves on each time.
            from = matched.end();
            if let Some(part) = (self.kind.refine)(matched.as_str()).filter(|part| !part.is_empty()) {
                found.push(matched.start() + part.start..matched.start() + part.end);
                from = matched.start() + part.end;
            }
        }
        found
    }
}
