//! A text as a skeleton: one character for each run of letters of one class.
//!
//! Owns the window of letters that may still matter, the search in their skeleton, and matches
//! whose last run may still grow. Refuses to know where letters come from; `lane` says which of them
//! are joined.

use super::super::channel_bit;
use super::verify::{self, Place};
use super::{Hit, StrongKeywords};
use crate::policy::MatchMode;
use crate::text::Channel;
use crate::text::fold::strong::{Transforms, is_unspaced};
use crate::text::fold::table::joins_word;

/// Letters of one run that are kept: more of the same lengthen the last of them.
const LONGEST_RUN: usize = 64;

/// What stands between a letter and the one before it, and is not in the skeleton.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Gap {
    /// Nothing.
    #[default]
    None,
    /// Spaces, or signs that may set letters apart.
    Plain,
    /// A line break, or signs that end sentences.
    Hard,
}

/// A letter of a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Letter {
    /// As written.
    pub(super) written: char,
    /// In the standard fold.
    pub(super) folded: char,
    /// Its bytes in the original, with the marks and invisible characters after it.
    pub(super) start: usize,
    pub(super) end: usize,
    /// How it was spelled.
    pub(super) via: Transforms,
    pub(super) gap: Gap,
    /// The folded character before it; NUL at the beginning of a text.
    pub(super) before: char,
    /// The last letter of the word before the one that it is in; NUL where there is none.
    pub(super) context: char,
    /// Whether it stands alone and follows another that does.
    pub(super) in_row: bool,
    /// Whether white space is in the gap before it.
    pub(super) spaced: bool,
    /// Whether an underscore stands right before it, or right behind the letter before it, and whether
    /// nothing else stands between the two: `snake_case` is one word.
    pub(super) behind_underscore: bool,
    pub(super) underscore_follows: bool,
    pub(super) snake: bool,
}

impl Letter {
    /// Whether something stands between it and the letter before it that ends a word.
    pub(super) fn is_apart(&self) -> bool {
        self.gap != Gap::None && !self.snake
    }

    /// Whether a word may begin with it.
    pub(super) fn begins_word(&self) -> bool {
        self.is_apart() || !(self.snake || joins_word(self.before)) || is_unspaced(self.folded)
    }
}

/// Letters of one class in a row.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Absolute offset in the skeleton.
    at: usize,
    /// Absolute number of its first letter.
    first: usize,
}

/// A match of the skeleton whose last run may still grow.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    pattern: u32,
    /// Absolute offsets in the skeleton.
    start: usize,
    end: usize,
}

/// The window.
#[derive(Debug, Clone, Default)]
pub(super) struct Stream {
    skeleton: String,
    /// Absolute offset of the first byte of `skeleton`.
    start: usize,
    runs: Vec<Run>,
    letters: Vec<Letter>,
    /// Absolute number of the first of `letters`.
    letters_start: usize,
    last_class: char,
    candidates: Vec<Candidate>,
    /// Absolute offset up to which the skeleton was searched.
    searched: usize,
}

impl Stream {
    fn end(&self) -> usize {
        self.start + self.skeleton.len()
    }

    /// Whether nothing that was put in matters any more.
    pub(super) fn is_empty(&self) -> bool {
        self.skeleton.is_empty()
    }

    /// Appends a letter.
    pub(super) fn push(&mut self, letter: Letter, class: char) {
        if class == self.last_class && !self.runs.is_empty() {
            let first = self.runs.last().map_or(0, |run| run.first);
            let length = self.letters_start + self.letters.len() - first;
            match self.letters.last_mut() {
                Some(last) if length >= LONGEST_RUN => last.end = letter.end,
                _ => self.letters.push(letter),
            }
            return;
        }
        self.runs.push(Run { at: self.end(), first: self.letters_start + self.letters.len() });
        self.letters.push(letter);
        self.skeleton.push(class);
        self.last_class = class;
    }

    /// Lengthens the last letter: what follows it is invisible.
    pub(super) fn lengthen(&mut self, end: usize, via: Transforms) {
        if let Some(last) = self.letters.last_mut() {
            last.end = last.end.max(end);
            last.via |= via;
        }
    }

    /// Searches what was appended since the last call, reports what is certain, and forgets what no
    /// longer matters.
    pub(super) fn search(
        &mut self,
        keywords: &StrongKeywords,
        place: Place,
        complete: bool,
        hits: &mut Vec<Hit>,
    ) {
        if self.skeleton.is_empty() {
            return;
        }
        let (start, searched) = (self.start, self.searched);
        let candidates = &mut self.candidates;
        let depth = keywords.walk(&self.skeleton, |pattern, found| {
            if start + found.end > searched {
                candidates.push(Candidate { pattern, start: start + found.start, end: start + found.end });
            }
        });
        self.searched = self.end();
        let end = self.end();
        let mut open = Vec::new();
        for candidate in std::mem::take(&mut self.candidates) {
            if candidate.end < end || complete {
                self.confirm(keywords, place, candidate, hits);
            } else {
                open.push(candidate);
            }
        }
        self.candidates = open;
        // What is not the beginning of a keyword no longer matters.
        let tail = self.skeleton.char_indices().rev().take(depth).last();
        self.discard(tail.map_or(self.skeleton.len(), |(at, _)| at));
    }

    /// Where in the original the text begins that may still become part of a match that is held, as of the
    /// last search.
    pub(super) fn live_from(&self, keywords: &StrongKeywords, channel: Channel) -> Option<usize> {
        for (at, _) in self.skeleton.char_indices() {
            let Some(first) = self.letters.get(self.first_letter(self.start + at)) else { break };
            let edge = self.begins_word(self.start + at);
            let complete = self.candidates.iter().any(|candidate| {
                candidate.start == self.start + at
                    && keywords.dictionary.entries(candidate.pattern).iter().any(|variant| {
                        variant.held & channel_bit(channel) != 0
                            && (variant.mode == MatchMode::Substring || edge)
                    })
            });
            let prefix = self.skeleton.get(at..).unwrap_or_default();
            if complete || keywords.dictionary.liveness.alive(prefix, channel, edge) {
                return Some(first.start);
            }
        }
        None
    }

    /// Where in the original the first match begins that is not reported yet.
    pub(super) fn uncertain_from(&self) -> Option<usize> {
        self.candidates
            .iter()
            .filter_map(|candidate| self.letters_between(candidate.start, None).first())
            .map(|letter| letter.start)
            .min()
    }

    /// Whether the skeleton with another letter behind it may be the beginning of a match, and where
    /// that begins in the original.
    pub(super) fn live_with(
        &self,
        keywords: &StrongKeywords,
        channel: Channel,
        next: &Letter,
        class: char,
    ) -> Option<usize> {
        let mut extended = self.skeleton.clone();
        if class != self.last_class || self.runs.is_empty() {
            extended.push(class);
        }
        // Letters that stand alone begin words, each of them.
        let alive = |at: usize| {
            extended.get(at..).is_some_and(|prefix| keywords.dictionary.liveness.alive(prefix, channel, true))
        };
        self.runs
            .iter()
            .find_map(|run| {
                self.letters.get(run.first - self.letters_start).filter(|_| alive(run.at - self.start))
            })
            .or_else(|| alive(self.skeleton.len()).then_some(next))
            .map(|letter| letter.start)
    }

    /// The letters from one skeleton offset to another, both absolute.
    fn letters_between(&self, start: usize, end: Option<usize>) -> &[Letter] {
        let from = self.first_letter(start);
        let to = end.map_or(self.letters.len(), |end| self.first_letter(end));
        self.letters.get(from..to).unwrap_or_default()
    }

    /// Index of the first letter of the run at a skeleton offset.
    fn first_letter(&self, at: usize) -> usize {
        let index = self.runs.partition_point(|run| run.at < at);
        self.runs.get(index).map_or(self.letters.len(), |run| run.first - self.letters_start)
    }

    /// Whether a word may begin with any letter of the run at a skeleton offset.
    fn begins_word(&self, at: usize) -> bool {
        let run = self.letters.get(self.first_letter(at)..self.first_letter(at + 1)).unwrap_or_default();
        run.iter().any(Letter::begins_word)
    }

    fn confirm(&self, keywords: &StrongKeywords, place: Place, candidate: Candidate, hits: &mut Vec<Hit>) {
        let letters = self.letters_between(candidate.start, Some(candidate.end));
        let next = self.letters_between(candidate.end, None).first();
        let second = self.runs.partition_point(|run| run.at <= candidate.start);
        let first_run = self.runs.get(second).map_or(letters.len(), |run| {
            (run.first - self.letters_start).saturating_sub(self.first_letter(candidate.start))
        });
        let last = self.runs.partition_point(|run| run.at < candidate.end).saturating_sub(1);
        let last_run = self.runs.get(last).map_or(letters.len(), |run| {
            self.first_letter(candidate.end).saturating_sub(run.first - self.letters_start)
        });
        let shape =
            verify::Shape { first_run: first_run.min(letters.len()), last_run: last_run.min(letters.len()) };
        for variant in keywords.dictionary.entries(candidate.pattern) {
            if let Some((span, transforms)) = verify::check(variant, letters, shape, next, place) {
                hits.push(Hit { span, detector: variant.detector, transforms, score: None });
            }
        }
    }

    /// Forgets the skeleton before the offset `at` within the window.
    fn discard(&mut self, at: usize) {
        let keep = self.first_letter(self.start + at);
        self.letters.drain(..keep);
        self.letters_start += keep;
        let absolute = self.start + at;
        let runs = self.runs.partition_point(|run| run.at < absolute);
        self.runs.drain(..runs);
        self.skeleton.drain(..at);
        self.start = absolute;
    }
}
