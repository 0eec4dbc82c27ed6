//! The letters of a text that stand alone, each set apart from the next: `b o m b`.
//!
//! Owns which letters do, and the stream that is made of them. Refuses to know words.

use super::stream::{Gap, Letter, Stream};
use super::verify::Place;
use super::{Hit, StrongKeywords};
use crate::text::Channel;
use crate::text::fold::strong::{Transforms, is_unspaced};

/// Characters between two letters that are still one word, at most.
pub(super) const LONGEST_GAP: usize = 12;
/// Repeats of a letter that are kept.
const LONGEST_TOKEN: usize = 64;

/// The gap since the last letter that may stand alone.
#[derive(Debug, Clone, Copy, Default)]
struct Apart {
    /// In characters.
    length: usize,
    /// Whether a sign that ends sentences, or a line break, is in it.
    hard: bool,
    space: bool,
}

/// The letters that stand alone, and the word that may prove to be one letter.
#[derive(Debug, Clone, Default)]
pub(super) struct Alone {
    stream: Stream,
    /// The gap since the last letter that may stand alone, where there is one.
    apart: Option<Apart>,
    /// The letters of a word that may prove to be one letter, with their class.
    token: Vec<Letter>,
    token_class: char,
    /// Whether the word has letters of two classes.
    in_word: bool,
    /// Whether the last letter was of a script without spaces.
    unspaced: bool,
    /// Whether the last word was a letter that stands alone.
    in_row: bool,
}

impl Alone {
    /// Whether something stands between the last letter and what comes next.
    pub(super) fn is_apart(&self) -> bool {
        self.apart.is_some()
    }

    /// Whether what comes next stands apart from a letter that stands alone.
    pub(super) fn is_in_row(&self) -> bool {
        self.in_row && self.is_apart()
    }

    /// Whether a letter of ASCII that comes next only goes on with a word that is known to be one.
    pub(super) fn is_in_word(&self) -> bool {
        self.in_word && !self.unspaced
    }

    /// Takes a character that is no letter here: white space or another one, and a `hard` gap or not.
    pub(super) fn set_apart(&mut self, start: usize, space: bool, hard: bool) {
        self.end_token();
        let apart = self.apart.get_or_insert_default();
        apart.length += 1;
        apart.hard |= hard;
        apart.space |= space;
        if apart.length > LONGEST_GAP {
            self.end_row(start);
        }
    }

    /// Takes a mark or an invisible character that stands on the last letter.
    pub(super) fn lengthen(&mut self, end: usize, via: Transforms) {
        if let Some(letter) = self.token.last_mut() {
            letter.end = letter.end.max(end);
            letter.via |= via;
        }
    }

    /// Takes the next letter.
    pub(super) fn push(&mut self, mut letter: Letter, class: char) {
        let unspaced = is_unspaced(letter.folded);
        let goes_on = self.in_word || !self.token.is_empty();
        if self.apart.is_none() && goes_on && unspaced != self.unspaced {
            // Where Chinese and English meet, a word ends without a gap.
            self.set_apart(letter.start, false, false);
        }
        self.unspaced = unspaced;
        let apart = self.apart.take();
        letter.gap = match apart {
            None => Gap::None,
            Some(Apart { hard: false, .. }) => Gap::Plain,
            Some(Apart { hard: true, .. }) => Gap::Hard,
        };
        letter.spaced = apart.is_some_and(|apart| apart.space);
        if apart.is_some() || !goes_on {
            self.token.push(letter);
            self.token_class = class;
        } else if self.in_word || class != self.token_class {
            self.in_word = true;
            self.token.clear();
            self.end_row(letter.start);
        } else if self.token.len() < LONGEST_TOKEN {
            self.token.push(letter);
        }
    }

    /// Searches what was taken since the last call.
    pub(super) fn search(&mut self, keywords: &StrongKeywords, hits: &mut Vec<Hit>) {
        self.stream.search(keywords, Place::Spaced, false, hits);
    }

    /// Ends the text.
    pub(super) fn finish(&mut self, keywords: &StrongKeywords, hits: &mut Vec<Hit>) {
        self.end_token();
        self.stream.search(keywords, Place::Spaced, true, hits);
    }

    /// Where in the original the text begins that may still become part of a match that is held.
    pub(super) fn live_from(&self, keywords: &StrongKeywords, channel: Channel) -> Option<usize> {
        let token = self.token.first();
        let with = token.and_then(|token| self.stream.live_with(keywords, channel, token, self.token_class));
        self.stream.live_from(keywords, channel).into_iter().chain(with).min()
    }

    /// Where in the original the first match may begin that is not reported yet.
    pub(super) fn uncertain_from(&self) -> Option<usize> {
        let token = self.token.first().filter(|_| !self.stream.is_empty()).map(|letter| letter.start);
        self.stream.uncertain_from().into_iter().chain(token).min()
    }

    /// The word is over: if it was a single letter, it stands alone.
    fn end_token(&mut self) {
        let stands = !self.token.is_empty();
        for letter in self.token.drain(..) {
            self.stream.push(Letter { in_row: self.in_row, ..letter }, self.token_class);
        }
        self.in_row |= stands;
        self.in_word = false;
    }

    /// Ends a row of letters that stand alone.
    fn end_row(&mut self, at: usize) {
        self.in_row = false;
        if self.stream.is_empty() {
            return;
        }
        let end = Letter { start: at, end: at, gap: Gap::Hard, ..Letter::default() };
        self.stream.push(end, '\0');
    }
}
