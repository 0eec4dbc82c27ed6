//! A dictionary: folded patterns in one automaton, what each of them stands for, and which ends of a text could still
//! become one.
//!
//! Owns the numbering of patterns. Refuses to know what a pattern is made of, and how a text is walked past the automaton.

use std::collections::BTreeMap;

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder, MatchKind};

use super::BuildError;
use super::liveness::Liveness;
use crate::policy::MatchMode;

/// Patterns, each with its entries.
pub(super) struct Dictionary<E> {
    pub(super) automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    /// Entries of all patterns, grouped by pattern.
    entries: Vec<E>,
    /// Where the entries of each pattern end.
    ends: Vec<u32>,
    pub(super) liveness: Liveness,
}

impl<E> std::fmt::Debug for Dictionary<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dictionary").field("patterns", &self.ends.len()).finish()
    }
}

impl<E> Dictionary<E> {
    /// Builds the automaton of patterns of which there is at least one. `held` says of an entry how it must stand in the
    /// text, and which channels' streams wait for it.
    pub(super) fn build(
        patterns: BTreeMap<String, Vec<E>>,
        held: impl Fn(&E) -> (MatchMode, u8),
    ) -> Result<Self, BuildError> {
        let error = |error: daachorse::errors::DaachorseError| BuildError(error.to_string());
        let mut automaton = CharwiseDoubleArrayAhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .build_with_values(patterns.keys().enumerate().map(|(index, pattern)| (pattern, index as u32)))
            .map_err(error)?;
        automaton.cache_depths().map_err(error)?;
        let liveness = Liveness::build(patterns.iter().map(|(pattern, entries)| {
            let mut masks = [0; 2];
            for entry in entries {
                let (mode, channels) = held(entry);
                masks[mode as usize] |= channels;
            }
            (pattern.as_str(), masks)
        }));
        let (mut entries, mut ends) =
            (Vec::with_capacity(patterns.len()), Vec::with_capacity(patterns.len()));
        for mut of_pattern in patterns.into_values() {
            entries.append(&mut of_pattern);
            ends.push(entries.len() as u32);
        }
        Ok(Self { automaton, entries, ends, liveness })
    }

    /// What a pattern of the automaton stands for.
    pub(super) fn entries(&self, pattern: u32) -> &[E] {
        let index = pattern as usize;
        let end = |index: usize| self.ends.get(index).map_or(0, |end| *end as usize);
        let start = index.checked_sub(1).map_or(0, end);
        self.entries.get(start..end(index)).unwrap_or_default()
    }

    /// Heap in bytes, without what entries own.
    pub(super) fn heap_bytes(&self) -> usize {
        self.automaton.heap_bytes()
            + self.entries.capacity() * size_of::<E>()
            + self.ends.capacity() * 4
            + self.liveness.heap_bytes()
    }
}
