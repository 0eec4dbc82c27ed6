//! Texts within a text: what base64, hexadecimal, tag characters and reversed runs hold.
//!
//! Owns one lane for each kind, fed as the text around is read. Refuses to decode; `text` does.

use super::lane::Lane;
use super::{Hit, StrongKeywords};
use crate::text::Channel;
use crate::text::fold::strong::{Base64, ByteRun, Hex, Item, Transforms};

/// Most characters of a reversed run that are read in reverse.
const LONGEST_REVERSED: usize = 256;
/// Most characters on either side of a reversed run that are read with it.
const AROUND_REVERSED: usize = 32;

const RIGHT_TO_LEFT_OVERRIDE: char = '\u{202E}';
const POP: char = '\u{202C}';

/// The texts within one text.
#[derive(Debug, Clone)]
pub(super) struct Embedded {
    depth: u8,
    base64: (Base64, Option<Box<Lane>>),
    hex: (Hex, Option<Box<Lane>>),
    tags: Option<Box<Lane>>,
    recent: Recent,
    /// What the decoders yielded last.
    decoded: Vec<Item>,
    shown: Option<Shown>,
}

/// Words as they are shown, with a reversed run in them.
#[derive(Debug, Clone)]
struct Shown {
    lane: Box<Lane>,
    start: usize,
    /// The run, while it goes on.
    reversed: Option<Vec<Item>>,
    /// Characters after the run.
    after: usize,
}

impl Embedded {
    /// Texts that may hold further ones `depth` times over.
    pub(super) fn new(depth: u8) -> Self {
        Self {
            depth,
            base64: (Base64::default(), None),
            hex: (Hex::default(), None),
            tags: None,
            recent: Recent::default(),
            decoded: Vec::new(),
            shown: None,
        }
    }

    /// Takes the next character of the text around.
    pub(super) fn push(
        &mut self,
        keywords: &StrongKeywords,
        channel: Channel,
        item: Item,
        hits: &mut Vec<Hit>,
    ) {
        let depth = self.depth;
        let decoded = &mut self.decoded;
        if self.base64.0.push(item, decoded) == ByteRun::Over || !decoded.is_empty() {
            let over = decoded.is_empty();
            feed(&mut self.base64.1, depth, keywords, channel, decoded, over, hits);
        }
        if self.hex.0.push(item, decoded) == ByteRun::Over || !decoded.is_empty() {
            let over = decoded.is_empty();
            feed(&mut self.hex.1, depth, keywords, channel, decoded, over, hits);
        }
        if !item.c.is_ascii() || self.tags.is_some() {
            if let Some(c @ ' '..='~') = u32::from(item.c).checked_sub(0xE_0000).and_then(char::from_u32) {
                decoded.push(Item { c, via: item.via | Transforms::TAG_CHARACTERS, ..item });
            }
            let over = decoded.is_empty();
            feed(&mut self.tags, depth, keywords, channel, decoded, over, hits);
        }
        if self.shown.is_some() || item.c == RIGHT_TO_LEFT_OVERRIDE {
            self.show(keywords, channel, item, hits);
        }
        self.recent.push(item);
    }

    /// Reads words with reversed runs in them as they are shown.
    fn show(&mut self, keywords: &StrongKeywords, channel: Channel, item: Item, hits: &mut Vec<Hit>) {
        if item.c == RIGHT_TO_LEFT_OVERRIDE {
            let recent = &self.recent;
            let shown = self.shown.get_or_insert_with(|| {
                let mut lane = Box::new(Lane::new(0));
                let mut apart = Vec::new();
                let mut start = item.start;
                for item in recent.of_this_line() {
                    start = start.min(item.start);
                    lane.push(keywords, channel, item, &mut apart);
                }
                Shown { lane, start, reversed: None, after: 0 }
            });
            shown.turn(keywords, channel, hits);
            shown.reversed = Some(Vec::new());
            return;
        }
        let Some(shown) = &mut self.shown else { return };
        let ends_line = matches!(item.c, '\n' | '\r' | '\u{2029}');
        match &mut shown.reversed {
            Some(items) if item.c != POP && !ends_line && items.len() < LONGEST_REVERSED => items.push(item),
            Some(_) => shown.turn(keywords, channel, hits),
            None => {
                shown.after += 1;
                if ends_line || shown.after > AROUND_REVERSED {
                    self.end_shown(keywords, channel, hits);
                } else {
                    let mut found = Vec::new();
                    shown.lane.push(keywords, channel, item, &mut found);
                    hits.extend(found.into_iter().filter(|hit| hit.transforms.contains(Transforms::BIDI)));
                }
            }
        }
    }

    fn end_shown(&mut self, keywords: &StrongKeywords, channel: Channel, hits: &mut Vec<Hit>) {
        let Some(mut shown) = self.shown.take() else { return };
        shown.turn(keywords, channel, hits);
        let mut found = Vec::new();
        shown.lane.finish(keywords, channel, &mut found);
        // What is found without the run is found in the text around.
        hits.extend(found.into_iter().filter(|hit| hit.transforms.contains(Transforms::BIDI)));
    }

    /// Searches what was taken since the last call.
    pub(super) fn search(&mut self, keywords: &StrongKeywords, channel: Channel, hits: &mut Vec<Hit>) {
        for lane in [&mut self.base64.1, &mut self.hex.1, &mut self.tags].into_iter().flatten() {
            lane.search(keywords, channel, hits);
        }
    }

    /// Ends the text around.
    pub(super) fn finish(&mut self, keywords: &StrongKeywords, channel: Channel, hits: &mut Vec<Hit>) {
        for mut lane in [self.base64.1.take(), self.hex.1.take(), self.tags.take()].into_iter().flatten() {
            lane.finish(keywords, channel, hits);
        }
        self.end_shown(keywords, channel, hits);
    }

    /// Where in the original the text begins that may still become part of a match that is held.
    pub(super) fn live_from(&self, keywords: &StrongKeywords, channel: Channel) -> Option<usize> {
        self.lanes().filter_map(|lane| lane.live_from(keywords, channel)).chain(self.pending()).min()
    }

    /// Where in the original the first match may begin that is not reported yet.
    pub(super) fn uncertain_from(&self) -> Option<usize> {
        self.lanes().filter_map(|lane| lane.uncertain_from()).chain(self.pending()).min()
    }

    fn lanes(&self) -> impl Iterator<Item = &Lane> {
        [&self.base64.1, &self.hex.1, &self.tags].into_iter().flatten().map(|lane| &**lane)
    }

    fn pending(&self) -> impl Iterator<Item = usize> {
        let shown = self.shown.as_ref().map(|shown| shown.start);
        [self.base64.0.pending_from(), self.hex.0.pending_from(), shown].into_iter().flatten()
    }
}

impl Shown {
    /// Takes the run from its end.
    fn turn(&mut self, keywords: &StrongKeywords, channel: Channel, hits: &mut Vec<Hit>) {
        for item in self.reversed.take().into_iter().flatten().rev() {
            let item = Item { via: item.via | Transforms::BIDI, ..item };
            self.lane.push(keywords, channel, item, hits);
        }
        self.after = 0;
    }
}

/// The last characters, as a ring.
#[derive(Debug, Clone)]
struct Recent {
    items: [Item; AROUND_REVERSED],
    /// How many were put in.
    count: usize,
}

impl Default for Recent {
    fn default() -> Self {
        let nothing = Item { c: '\0', start: 0, end: 0, via: Transforms::empty() };
        Self { items: [nothing; AROUND_REVERSED], count: 0 }
    }
}

impl Recent {
    #[inline]
    fn push(&mut self, item: Item) {
        if let Some(slot) = self.items.get_mut(self.count % AROUND_REVERSED) {
            *slot = item;
        }
        self.count += 1;
    }

    /// The last characters behind the last line break, in their order.
    fn of_this_line(&self) -> impl Iterator<Item = Item> {
        let first = self.count.saturating_sub(AROUND_REVERSED);
        let nth = |index: usize| self.items.get(index % AROUND_REVERSED).copied();
        let line = (first..self.count).rev().find(|index| nth(*index).is_some_and(|item| item.c == '\n'));
        (line.map_or(first, |line| line + 1)..self.count).filter_map(nth)
    }
}

/// Gives what was decoded to the lane that reads it, or ends that lane.
fn feed(
    lane: &mut Option<Box<Lane>>,
    depth: u8,
    keywords: &StrongKeywords,
    channel: Channel,
    decoded: &mut Vec<Item>,
    over: bool,
    hits: &mut Vec<Hit>,
) {
    for item in decoded.drain(..) {
        lane.get_or_insert_with(|| Box::new(Lane::new(depth))).push(keywords, channel, item, hits);
    }
    if over && let Some(mut lane) = lane.take() {
        lane.finish(keywords, channel, hits);
    }
}
