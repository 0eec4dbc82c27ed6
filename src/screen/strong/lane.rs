//! A text on its way past the strong keywords.
//!
//! Owns what counts as a letter, what as a gap between two, and which letters stand alone. Two
//! streams come of it: the words as they stand, with the signs inside them passed over; and the
//! single letters of a text whose letters are set apart. Refuses to know keywords.

use super::embedded::Embedded;
use super::stream::{Gap, Letter, Stream};
use super::verify::Place;
use super::{Hit, StrongKeywords};
use crate::text::Channel;
use crate::text::fold::strong::{Chain, Item, Kind, Transforms, class, is_unspaced, kind};
use crate::text::fold::table::{Folds, continues, folds, is_foreign_mark, joins_word};

/// Characters between two letters that are still one word, at most.
const LONGEST_GAP: usize = 12;

/// The gap since the last letter or sign.
#[derive(Debug, Clone, Copy, Default)]
struct Between {
    /// In characters.
    length: usize,
    space: bool,
    /// Whether a sign that ends sentences is in it.
    sign: bool,
    /// Underscores at its beginning, at its end, and nowhere another sign.
    begins_with_underscore: bool,
    ends_with_underscore: bool,
    all_underscores: bool,
    start: usize,
    end: usize,
}

/// The gap since the last letter that may stand alone.
#[derive(Debug, Clone, Copy, Default)]
struct Apart {
    /// In characters.
    length: usize,
    /// Whether a sign that ends sentences, or a line break, is in it.
    hard: bool,
    space: bool,
}

/// The state of one text.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    chain: Chain,
    decoded: Vec<Item>,
    joined: Stream,
    spaced: Stream,
    embedded: Option<Box<Embedded>>,
    /// The folded character before; NUL at the beginning.
    before: char,
    /// The last letter of the word before this one, and the last letter.
    context: char,
    last_letter: char,
    between: Between,
    /// Whether the gap has been put in the joined stream as a space.
    parted: bool,
    /// The gap since the last letter that may stand alone, where there is one.
    apart: Option<Apart>,
    /// What the next letter was marked by.
    marked: Transforms,
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

impl Lane {
    /// The state before the first character of a text that may hold others `depth` times over.
    pub(super) fn new(depth: u8) -> Self {
        Self {
            chain: Chain::default(),
            decoded: Vec::new(),
            joined: Stream::default(),
            spaced: Stream::default(),
            embedded: depth.checked_sub(1).map(|depth| Box::new(Embedded::new(depth))),
            before: '\0',
            context: '\0',
            last_letter: '\0',
            between: Between::default(),
            parted: false,
            apart: None,
            marked: Transforms::empty(),
            token: Vec::new(),
            token_class: '\0',
            in_word: false,
            unspaced: false,
            in_row: false,
        }
    }

    /// Takes the next character.
    pub(super) fn push(
        &mut self,
        keywords: &StrongKeywords,
        channel: Channel,
        item: Item,
        hits: &mut Vec<Hit>,
    ) {
        if self.chain.passes(item.c) {
            return self.read(keywords, channel, item, hits);
        }
        let mut decoded = std::mem::take(&mut self.decoded);
        self.chain.push(item, &mut decoded);
        for item in decoded.drain(..) {
            self.read(keywords, channel, item, hits);
        }
        self.decoded = decoded;
    }

    /// Searches what was taken since the last call.
    pub(super) fn search(&mut self, keywords: &StrongKeywords, channel: Channel, hits: &mut Vec<Hit>) {
        self.joined.search(keywords, Place::Joined, false, hits);
        self.spaced.search(keywords, Place::Spaced, false, hits);
        if let Some(embedded) = &mut self.embedded {
            embedded.search(keywords, channel, hits);
        }
    }

    /// Ends the text.
    pub(super) fn finish(&mut self, keywords: &StrongKeywords, channel: Channel, hits: &mut Vec<Hit>) {
        let mut decoded = Vec::new();
        self.chain.finish(&mut decoded);
        for item in decoded {
            self.read(keywords, channel, item, hits);
        }
        self.end_token();
        if self.between.length > 0 {
            self.part();
        }
        self.joined.search(keywords, Place::Joined, true, hits);
        self.spaced.search(keywords, Place::Spaced, true, hits);
        if let Some(embedded) = &mut self.embedded {
            embedded.finish(keywords, channel, hits);
        }
    }

    /// Where in the original the text begins that may still become part of a match that is held.
    pub(super) fn live_from(&self, keywords: &StrongKeywords, channel: Channel) -> Option<usize> {
        let token = self.token.first().filter(|_| !self.in_word);
        let alone = token.and_then(|token| self.spaced.live_with(keywords, channel, token, self.token_class));
        let within = self.embedded.as_ref().and_then(|embedded| embedded.live_from(keywords, channel));
        [
            self.chain.pending_from(),
            self.joined.live_from(keywords, channel),
            self.spaced.live_from(keywords, channel),
            alone,
            within,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Where in the original the first match may begin that is not reported yet.
    pub(super) fn uncertain_from(&self) -> Option<usize> {
        let token = self
            .token
            .first()
            .filter(|_| !self.in_word && !self.spaced.is_empty())
            .map(|letter| letter.start);
        let within = self.embedded.as_ref().and_then(|embedded| embedded.uncertain_from());
        [self.chain.pending_from(), self.joined.uncertain_from(), self.spaced.uncertain_from(), token, within]
            .into_iter()
            .flatten()
            .min()
    }

    fn read(&mut self, keywords: &StrongKeywords, channel: Channel, item: Item, hits: &mut Vec<Hit>) {
        if let Some(embedded) = &mut self.embedded {
            embedded.push(keywords, channel, item, hits);
        }
        if item.c.is_ascii_alphanumeric() && self.in_word && self.between.length == 0 && !self.unspaced {
            return self.within_word(item);
        }
        match folds(item.c, true) {
            Folds::Same if item.c == ' ' => self.space(item),
            Folds::Space => self.space(item),
            Folds::Nothing => self.invisible(item, Transforms::empty()),
            Folds::Same => self.character(item, item.c),
            Folds::One(folded) => self.character(item, folded),
            Folds::Many(folded) => {
                for folded in folded {
                    self.character(item, *folded);
                }
            }
        }
    }

    /// Takes a letter or digit of ASCII that stands in the middle of a word, as most characters do.
    fn within_word(&mut self, item: Item) {
        let folded = item.c.to_ascii_lowercase();
        let mut letter = self.letter(item, folded, Gap::None);
        letter.via |= std::mem::take(&mut self.marked);
        self.joined.push(letter, class(item.c, folded));
        self.before = folded;
        self.last_letter = item.c;
    }

    /// A mark or an invisible character belongs to the letter before it.
    fn invisible(&mut self, item: Item, via: Transforms) {
        if self.between.length > 0 {
            return;
        }
        self.joined.lengthen(item.end, via);
        match self.token.last_mut() {
            Some(letter) if !self.in_word => {
                letter.end = letter.end.max(item.end);
                letter.via |= via;
            }
            _ => {}
        }
    }

    fn space(&mut self, item: Item) {
        let line = matches!(item.c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
        self.between.space = true;
        self.gap(item, line);
        // Chinese is sometimes set with spaces, so what comes next decides.
        if line {
            self.part();
        }
    }

    fn gap(&mut self, item: Item, hard: bool) {
        self.set_apart(item, hard);
        let underscore = item.c == '_';
        if self.between.length == 0 {
            self.between.start = item.start;
            self.between.begins_with_underscore = underscore;
            self.between.all_underscores = true;
        }
        self.between.all_underscores &= underscore;
        self.between.ends_with_underscore = underscore;
        self.between.length += 1;
        self.between.end = item.end;
        if self.between.length > LONGEST_GAP {
            self.part();
        }
    }

    /// Notes a gap between letters that may stand alone.
    fn set_apart(&mut self, item: Item, hard: bool) {
        self.end_token();
        let apart = self.apart.get_or_insert_default();
        apart.length += 1;
        apart.hard |= hard;
        apart.space |= item.c.is_whitespace();
        if apart.length > LONGEST_GAP {
            self.break_spaced(item.start);
        }
    }

    /// Puts the gap into the joined stream as a space.
    fn part(&mut self) {
        if self.parted {
            return;
        }
        self.parted = true;
        let space = Letter {
            written: ' ',
            folded: ' ',
            start: self.between.start,
            end: self.between.end,
            before: self.before,
            underscore_follows: self.between.begins_with_underscore,
            ..Letter::default()
        };
        self.joined.push(space, ' ');
    }

    fn character(&mut self, item: Item, folded: char) {
        let base = if self.between.length > 0 { ' ' } else { self.before };
        if is_foreign_mark(base, folded) {
            self.marked = Transforms::FOREIGN_MARK;
            return self.invisible(item, Transforms::FOREIGN_MARK);
        }
        let kind = kind(folded);
        // Between two characters of Chinese, + and | are not letters, and a comma may set them apart.
        let after_unspaced = is_unspaced(self.before) && !self.parted;
        if kind == Kind::Separator
            || (after_unspaced && self.between.length == 0 && matches!(folded, '+' | '|'))
        {
            return self.gap(item, false);
        }
        if kind == Kind::Sign && after_unspaced {
            self.between.sign = true;
            return self.gap(item, true);
        }
        let (between, before) = (self.between, self.before);
        let class = class(item.c, folded);
        // A character of Chinese that is taken for a Latin letter is one.
        let shown = if class.is_ascii() && !folded.is_ascii() { class } else { folded };
        let gap = self.close_gap(shown);
        // Signs that stand for letters in leetspeak set letters apart more often than not, but for two.
        let alone = kind == Kind::Letter
            && (folded.is_alphanumeric() || !folded.is_ascii() || matches!(folded, '@' | '$')
                // Alone among letters that stand alone, these are letters too.
                || (matches!(folded, '!' | '(') && self.in_row && self.apart.is_some()));
        if self.apart.is_some() {
            self.context = self.last_letter;
        }
        let mut letter = self.letter(item, folded, gap);
        letter.via |= std::mem::take(&mut self.marked);
        letter.behind_underscore = between.ends_with_underscore;
        letter.underscore_follows = between.begins_with_underscore;
        letter.snake = between.all_underscores && joins_word(before) && joins_word(folded);
        self.joined.push(letter, class);
        // A mark joins its letter to the next one just as the letter by itself would.
        if !continues(folded) {
            self.before = shown;
        }
        if alone {
            self.last_letter = item.c;
            if self.apart.is_none()
                && (self.in_word || !self.token.is_empty())
                && is_unspaced(folded) != self.unspaced
            {
                // Where Chinese and English meet, a word ends without a gap.
                self.set_apart(item, false);
            }
            self.unspaced = is_unspaced(folded);
            let apart = self.apart.take();
            let gap = match apart {
                None => Gap::None,
                Some(Apart { hard: false, .. }) => Gap::Plain,
                Some(Apart { hard: true, .. }) => Gap::Hard,
            };
            let spaced = apart.is_some_and(|apart| apart.space);
            self.letter_alone(Letter { gap, spaced, ..letter }, class);
        } else {
            self.set_apart(item, true);
        }
    }

    /// Ends the gap before a character, and says what of it is not in the joined stream.
    fn close_gap(&mut self, next: char) -> Gap {
        let between = self.between;
        let (left, right) = (is_unspaced(self.before), is_unspaced(next));
        if !self.parted && ((between.space && !left && !right) || (between.sign && !right)) {
            self.part();
        }
        self.between = Between::default();
        if std::mem::take(&mut self.parted) {
            self.before = ' ';
            return Gap::None;
        }
        match between {
            Between { length: 0, .. } => Gap::None,
            Between { sign: true, .. } => Gap::Hard,
            _ => Gap::Plain,
        }
    }

    fn letter(&self, item: Item, folded: char, gap: Gap) -> Letter {
        Letter {
            written: item.c,
            folded,
            start: item.start,
            end: item.end,
            via: item.via,
            gap,
            before: self.before,
            context: self.context,
            ..Letter::default()
        }
    }

    fn letter_alone(&mut self, letter: Letter, class: char) {
        if letter.gap == Gap::None && (self.in_word || !self.token.is_empty()) {
            if class == self.token_class && !self.in_word {
                if self.token.len() < 64 {
                    self.token.push(letter);
                }
                return;
            }
            self.in_word = true;
            self.token.clear();
            self.break_spaced(letter.start);
            return;
        }
        self.in_word = false;
        self.token.clear();
        self.token.push(letter);
        self.token_class = class;
    }

    /// The word is over: if it was a single letter, it stands alone.
    fn end_token(&mut self) {
        if !self.in_word && !self.token.is_empty() {
            for letter in self.token.drain(..) {
                self.spaced.push(Letter { in_row: self.in_row, ..letter }, self.token_class);
            }
            self.in_row = true;
        }
        self.token.clear();
        self.in_word = false;
    }

    /// Ends a row of letters that stand alone.
    fn break_spaced(&mut self, at: usize) {
        self.in_row = false;
        if self.spaced.is_empty() {
            return;
        }
        let letter = Letter { start: at, end: at, gap: Gap::Hard, ..Letter::default() };
        self.spaced.push(letter, '\0');
    }
}
