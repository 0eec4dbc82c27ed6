//! Texts within a text: what base64, hexadecimal, tag characters and reversed runs hold.
//!
//! Owns one lane for each kind, fed as the text around is read. Refuses to decode; `text` does.

use std::collections::VecDeque;

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
    /// The last characters of the line.
    recent: VecDeque<Item>,
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
            recent: VecDeque::new(),
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
        let run = self.base64.0.push(item);
        if run != ByteRun::Quiet {
            feed(&mut self.base64.1, depth, keywords, channel, run, hits);
        }
        let run = self.hex.0.push(item);
        if run != ByteRun::Quiet {
            feed(&mut self.hex.1, depth, keywords, channel, run, hits);
        }
        if !item.c.is_ascii() || self.tags.is_some() {
            let run = match u32::from(item.c).checked_sub(0xE_0000).and_then(char::from_u32) {
                Some(c @ ' '..='~') => {
                    ByteRun::Char(Item { c, via: item.via | Transforms::TAG_CHARACTERS, ..item })
                }
                _ => ByteRun::Over,
            };
            feed(&mut self.tags, depth, keywords, channel, run, hits);
        }
        if self.shown.is_some() || item.c == RIGHT_TO_LEFT_OVERRIDE {
            self.show(keywords, channel, item, hits);
        }
        if item.c == '\n' {
            self.recent.clear();
        } else {
            if self.recent.len() == AROUND_REVERSED {
                self.recent.pop_front();
            }
            self.recent.push_back(item);
        }
    }

    /// Reads words with reversed runs in them as they are shown.
    fn show(&mut self, keywords: &StrongKeywords, channel: Channel, item: Item, hits: &mut Vec<Hit>) {
        if item.c == RIGHT_TO_LEFT_OVERRIDE {
            let recent = &self.recent;
            let shown = self.shown.get_or_insert_with(|| {
                let mut lane = Box::new(Lane::new(0));
                let mut apart = Vec::new();
                for item in recent {
                    lane.push(keywords, channel, *item, &mut apart);
                }
                Shown { lane, start: recent.front().unwrap_or(&item).start, reversed: None, after: 0 }
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

fn feed(
    lane: &mut Option<Box<Lane>>,
    depth: u8,
    keywords: &StrongKeywords,
    channel: Channel,
    run: ByteRun,
    hits: &mut Vec<Hit>,
) {
    match run {
        ByteRun::Quiet => {}
        ByteRun::Char(item) => {
            lane.get_or_insert_with(|| Box::new(Lane::new(depth))).push(keywords, channel, item, hits);
        }
        ByteRun::Over => {
            if let Some(mut lane) = lane.take() {
                lane.finish(keywords, channel, hits);
            }
        }
    }
}
