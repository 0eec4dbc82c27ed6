//! Where in a folded text a match may begin.
//!
//! Owns small tables of how the keywords begin, by which most of a text is passed over without
//! walking the automaton: in prose only every fifth letter begins a word, and few words begin as a
//! keyword does. Refuses to know matches: a place that it names may hold none, but none begins at a
//! place that it passes over.

use crate::policy::MatchMode;

/// Bytes of a beginning that are looked up; a keyword counts with the most of these that it has.
const LENGTHS: [usize; 5] = [6, 4, 3, 2, 1];
/// Bits of the tables for each keyword: one lookup in eight of an arbitrary place is true by chance.
const BITS_PER_KEYWORD: usize = 8;

/// Flags of a byte. A letter, digit or underscore of ASCII:
const WORD: u8 = 1;
/// Some keyword begins with the byte, and may where no word byte stands before it.
const AT_EDGE: u8 = 2;
/// The same after a word byte.
const IN_WORD: u8 = 4;

/// How the keywords begin.
#[derive(Debug)]
pub(super) struct Starts {
    bytes: [u8; 256],
    /// All keywords.
    at_edge: Beginnings,
    /// Those that begin with a word byte and are found inside words too.
    in_word: Beginnings,
}

impl Starts {
    /// Takes folded keywords, each with whether it is only found as a word.
    pub(super) fn build<'a>(keywords: impl Iterator<Item = (&'a str, MatchMode)> + Clone) -> Self {
        let mut bytes = [0; 256];
        for (byte, flags) in (0..=u8::MAX).zip(&mut bytes) {
            *flags = if is_word(byte) { WORD } else { 0 };
        }
        let everywhere = |(keyword, mode): &(&'a str, MatchMode)| {
            *mode == MatchMode::Substring && keyword.bytes().next().is_some_and(is_word)
        };
        for keyword in keywords.clone() {
            if let Some(first) = keyword.0.bytes().next() {
                let flags = &mut bytes[usize::from(first)];
                let in_word = *flags & WORD == 0 || everywhere(&keyword);
                *flags |= AT_EDGE | if in_word { IN_WORD } else { 0 };
            }
        }
        let in_word = keywords.clone().filter(everywhere).map(|(keyword, _)| keyword);
        let in_word = Beginnings::build(in_word);
        Self { bytes, at_edge: Beginnings::build(keywords.map(|(keyword, _)| keyword)), in_word }
    }

    /// The first offset from `at` on at which a match may begin. What stands before `at` in `text`
    /// counts; before `text` anything may stand.
    pub(super) fn next(&self, text: &str, at: usize) -> Option<usize> {
        let text = text.as_bytes();
        let flags_of = |byte: u8| self.bytes[usize::from(byte)];
        let mut before = at.checked_sub(1).and_then(|at| text.get(at)).map_or(0, |byte| flags_of(*byte));
        for (offset, byte) in text.iter().enumerate().skip(at) {
            let flags = flags_of(*byte);
            // AT_EDGE, moved to IN_WORD where a word byte stands before.
            if flags & (AT_EDGE << (before & WORD)) != 0 {
                let inside = flags & before & WORD != 0;
                let beginnings = if inside { &self.in_word } else { &self.at_edge };
                if text.get(offset..).is_some_and(|rest| beginnings.may_begin(rest)) {
                    return Some(offset);
                }
            }
            before = flags;
        }
        None
    }

    /// Heap in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.at_edge.heap_bytes() + self.in_word.heap_bytes()
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A set of beginnings that may hold more than it was given, and never less.
#[derive(Debug)]
struct Beginnings {
    bits: Vec<u64>,
    /// Shift that makes an index of a bit out of a hash.
    shift: u32,
    /// The lengths that any keyword counts with, as lengths and as masks.
    lengths: Vec<(usize, u64)>,
}

impl Beginnings {
    fn build<'a>(keywords: impl Iterator<Item = &'a str> + Clone) -> Self {
        let count = keywords.clone().count();
        let size = (count * BITS_PER_KEYWORD).next_power_of_two().clamp(64, 1 << 22);
        let mut built =
            Self { bits: vec![0; size / 64], shift: 64 - size.trailing_zeros(), lengths: Vec::new() };
        for keyword in keywords {
            let length = LENGTHS.into_iter().find(|length| *length <= keyword.len()).unwrap_or(1);
            let mask = u64::MAX >> (64 - 8 * length);
            if !built.lengths.contains(&(length, mask)) {
                built.lengths.push((length, mask));
            }
            let (index, bit) = built.place(load(keyword.as_bytes()) & mask);
            built.bits[index] |= bit;
        }
        built
    }

    /// Whether a keyword may begin as `text` does. Where the text ends before that is known, it may.
    fn may_begin(&self, text: &[u8]) -> bool {
        let word = load(text);
        self.lengths.iter().any(|(length, mask)| {
            let (index, bit) = self.place(word & mask);
            *length > text.len() || self.bits.get(index).is_some_and(|bits| bits & bit != 0)
        })
    }

    fn place(&self, beginning: u64) -> (usize, u64) {
        // The multiplier of Fibonacci hashing: it spreads neighbouring beginnings.
        let hash = beginning.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift;
        ((hash / 64) as usize, 1 << (hash % 64))
    }

    fn heap_bytes(&self) -> usize {
        self.bits.capacity() * 8 + self.lengths.capacity() * 16
    }
}

/// The first eight bytes as a number, the first lowest; zeros where there are fewer.
fn load(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => text.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places at which `Starts` lets a match begin, all of them.
    fn places(keywords: &[(&str, MatchMode)], text: &str) -> Vec<usize> {
        let starts = Starts::build(keywords.iter().copied());
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(next) = starts.next(text, at) {
            found.push(next);
            at = next + 1;
        }
        found
    }

    #[test]
    fn no_beginning_of_a_keyword_is_passed_over() {
        use MatchMode::{Substring, Word};
        for (keywords, text, expected) in [
            (vec![("bomb", Word)], "a bomb, rebomb _bomb bomb", vec![2, 21]),
            (vec![("bomb", Substring)], "a bomb, rebomb", vec![2, 10]),
            (vec![("-bomb", Word)], "x-bomb", vec![1]),
            (vec![("自杀方法", Substring)], "我自杀方a自杀 自杀方法", vec![3, 13, 20]),
            (vec![("自", Substring), ("c", Word)], "自c", vec![0, 3]),
            // The text may go on.
            (vec![("bombing", Word)], "the bom", vec![4]),
            (vec![], "anything", vec![]),
        ] {
            let found = places(&keywords, text);
            for place in &expected {
                assert!(found.contains(place), "{keywords:?} in {text:?}: {found:?}");
            }
            assert!(found.len() <= expected.len() + 1, "{keywords:?} in {text:?}: {found:?}");
        }
    }
}
