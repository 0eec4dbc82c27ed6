//! A text on its way past the strong keywords.
//!
//! Owns what counts as a letter, what as a gap between two, and which letters stand alone. Two
//! streams come of it: the words as they stand, with the signs inside them passed over; and the
//! single letters of a text whose letters are set apart. Refuses to know keywords.

use super::alone::{Alone, LONGEST_GAP};
use super::embedded::Embedded;
use super::stream::{Gap, Letter, Stream};
use super::verify::Place;
use super::{Hit, StrongKeywords};
use crate::text::Channel;
use crate::text::fold::strong::{Chain, Item, Kind, Transforms, class, is_unspaced, kind};
use crate::text::fold::table::{Folds, continues, folds, is_foreign_mark, joins_word};

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

/// The state of one text.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    chain: Chain,
    decoded: Vec<Item>,
    joined: Stream,
    alone: Alone,
    embedded: Option<Box<Embedded>>,
    /// The folded character before; NUL at the beginning.
    before: char,
    /// The last letter of the word before this one, and the last letter.
    context: char,
    last_letter: char,
    between: Between,
    /// Whether the gap has been put in the joined stream as a space.
    parted: bool,
    /// What the next letter was marked by.
    marked: Transforms,
}

impl Lane {
    /// The state before the first character of a text that may hold others `depth` times over.
    pub(super) fn new(depth: u8) -> Self {
        Self {
            chain: Chain::default(),
            decoded: Vec::new(),
            joined: Stream::default(),
            alone: Alone::default(),
            embedded: depth.checked_sub(1).map(|depth| Box::new(Embedded::new(depth))),
            before: '\0',
            context: '\0',
            last_letter: '\0',
            between: Between::default(),
            parted: false,
            marked: Transforms::empty(),
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
        self.alone.search(keywords, hits);
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
        if self.between.length > 0 {
            self.part();
        }
        self.joined.search(keywords, Place::Joined, true, hits);
        self.alone.finish(keywords, hits);
        if let Some(embedded) = &mut self.embedded {
            embedded.finish(keywords, channel, hits);
        }
    }

    /// Where in the original the text begins that may still become part of a match that is held.
    pub(super) fn live_from(&self, keywords: &StrongKeywords, channel: Channel) -> Option<usize> {
        let within = self.embedded.as_ref().and_then(|embedded| embedded.live_from(keywords, channel));
        [
            self.chain.pending_from(),
            self.joined.live_from(keywords, channel),
            self.alone.live_from(keywords, channel),
            within,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Where in the original the first match may begin that is not reported yet.
    pub(super) fn uncertain_from(&self) -> Option<usize> {
        let within = self.embedded.as_ref().and_then(|embedded| embedded.uncertain_from());
        [self.chain.pending_from(), self.joined.uncertain_from(), self.alone.uncertain_from(), within]
            .into_iter()
            .flatten()
            .min()
    }

    fn read(&mut self, keywords: &StrongKeywords, channel: Channel, item: Item, hits: &mut Vec<Hit>) {
        if let Some(embedded) = &mut self.embedded {
            embedded.push(keywords, channel, item, hits);
        }
        if item.c.is_ascii_alphanumeric() && self.alone.is_in_word() && self.between.length == 0 {
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
        self.alone.lengthen(item.end, via);
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
        self.alone.set_apart(item.start, item.c.is_whitespace(), hard);
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
                || (matches!(folded, '!' | '(') && self.alone.is_in_row()));
        if self.alone.is_apart() {
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
            self.alone.push(letter, class);
        } else {
            self.alone.set_apart(item.start, item.c.is_whitespace(), true);
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
}
