//! Words in scripts that are written without spaces.
//!
//! Owns the question whether a match stands as a word in a run of such a script, and how much of the
//! run is looked at for the answer. Refuses to know keywords and streams: `scan` keeps what stands
//! before a match, and waits for what stands behind it.
//!
//! The words are those of the dictionaries of ICU. Its models for Thai, Lao, Khmer and Myanmar cut a
//! little better, but take a hundred times as long (about 10 µs a character), which strangers could
//! ask of us with every match.

use std::ops::Range;

use icu_normalizer::properties::CanonicalCompositionBorrowed;
use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use crate::text::fold::table::{continues, last_base, writes_without_spaces};

/// Characters of the run before a match that are looked at. The cut at their beginning may fall in a
/// word; the words found behind it are soon those that a reader sees.
const BEFORE: usize = 16;
/// Characters of the run behind a match that are looked at, and so the most that a stream waits for.
const AFTER: usize = 8;

/// Finds words in folded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    segmenter: WordSegmenterBorrowed<'static>,
    composition: CanonicalCompositionBorrowed<'static>,
}

impl Words {
    /// Borrows the compiled data; nothing is loaded or built.
    pub(super) fn new() -> Self {
        Self {
            segmenter: WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()),
            composition: CanonicalCompositionBorrowed::new(),
        }
    }

    /// Whether the edges of a match are edges of words, as far as they lie in runs without spaces.
    /// What else stands at an edge is not looked at.
    pub(super) fn stands(&self, text: &str, matched: &Range<usize>) -> bool {
        let from = context_before(text, matched.start);
        let to = context_after(text, matched).0;
        if (from, to) == (matched.start, matched.end) {
            return true;
        }
        let Some(context) = text.get(from..to) else { return true };
        let (composed, matched) = self.compose(context, matched.start - from..matched.end - from);
        let mut open = 2;
        for boundary in self.segmenter.segment_str(&composed) {
            if boundary == matched.start || boundary == matched.end {
                open -= 1;
            }
            if boundary >= matched.end {
                break;
            }
        }
        open == 0
    }

    /// A folded text with its marks put together with what they stand on, as dictionaries have them,
    /// and where in it the match lies.
    fn compose(&self, text: &str, matched: Range<usize>) -> (String, Range<usize>) {
        let mut composed = String::with_capacity(text.len());
        let mut range = 0..0;
        for (at, c) in text.char_indices() {
            let last = composed.chars().next_back().filter(|_| at != matched.start && at != matched.end);
            if at == matched.start {
                range.start = composed.len();
            }
            if at == matched.end {
                range.end = composed.len();
            }
            let together = last.and_then(|last| match (last, c) {
                // The fold takes the vowel AM of Thai and Lao apart, which is no canonical decomposition.
                ('\u{E4D}', '\u{E32}') => Some('\u{E33}'),
                ('\u{ECD}', '\u{EB2}') => Some('\u{EB3}'),
                _ if continues(c) => self.composition.compose(last, c),
                _ => None,
            });
            if together.is_some() {
                composed.pop();
            }
            composed.push(together.unwrap_or(c));
        }
        if matched.end == text.len() {
            range.end = composed.len();
        }
        (composed, range)
    }
}

/// Whether a folded keyword begins or ends in a script without spaces, so that its edges are asked of
/// [`Words`].
pub(super) fn has_unspaced_edge(keyword: &str) -> bool {
    keyword.chars().next().is_some_and(in_run) || last_base(keyword).is_some_and(in_run)
}

/// Where the context of a match that begins at `start` begins. It is the same however much more of the
/// text stands before it.
pub(super) fn context_before(text: &str, start: usize) -> usize {
    let Some((before, rest)) = text.split_at_checked(start) else { return start };
    if rest.chars().next().is_some_and(|first| !in_run(first)) {
        return start;
    }
    before
        .char_indices()
        .rev()
        .take(BEFORE)
        .take_while(|(_, c)| in_run(*c))
        .last()
        .map_or(start, |(at, _)| at)
}

/// Where the context of a match ends, and whether more text could lengthen it.
pub(super) fn context_after(text: &str, matched: &Range<usize>) -> (usize, bool) {
    let last = text.get(matched.clone()).and_then(last_base);
    if last.is_some_and(|last| !in_run(last)) {
        return (matched.end, false);
    }
    let mut to = matched.end;
    let rest = text.get(to..).unwrap_or_default();
    for (count, c) in rest.chars().enumerate() {
        if count == AFTER || !in_run(c) {
            return (to, false);
        }
        to += c.len_utf8();
    }
    (to, rest.chars().nth(AFTER - 1).is_none())
}

/// Whether a folded character belongs to a run without spaces.
fn in_run(c: char) -> bool {
    !c.is_ascii() && (writes_without_spaces(c) || continues(c))
}
