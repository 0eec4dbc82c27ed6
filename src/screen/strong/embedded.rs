//! Texts within a text: what base64, hexadecimal, tag characters and reversed runs hold.
//!
//! Owns one lane for each kind, fed as the text around is read. Refuses to decode; `text` does.

use super::lane::Lane;
use super::{Hit, StrongKeywords};
use crate::text::Channel;
use crate::text::fold::strong::{Base64, ByteRun, Hex, Item, Transforms};

/// Most characters of a reversed run that are read in reverse.
const LONGEST_REVERSED: usize = 256;

const RIGHT_TO_LEFT_OVERRIDE: char = '\u{202E}';
const POP: char = '\u{202C}';

/// The texts within one text.
#[derive(Debug, Clone)]
pub(super) struct Embedded {
    depth: u8,
    base64: (Base64, Option<Box<Lane>>),
    hex: (Hex, Option<Box<Lane>>),
    tags: Option<Box<Lane>>,
    reversed: Option<Vec<Item>>,
}

impl Embedded {
    /// Texts that may hold further ones `depth` times over.
    pub(super) fn new(depth: u8) -> Self {
        Self {
            depth,
            base64: (Base64::default(), None),
            hex: (Hex::default(), None),
            tags: None,
            reversed: None,
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
        feed(&mut self.base64.1, depth, keywords, channel, run, hits);
        let run = self.hex.0.push(item);
        feed(&mut self.hex.1, depth, keywords, channel, run, hits);
        if item.c.is_ascii() && self.tags.is_none() && self.reversed.is_none() {
            return;
        }
        let run = match u32::from(item.c).checked_sub(0xE_0000).and_then(char::from_u32) {
            Some(c @ ' '..='~') => {
                ByteRun::Char(Item { c, via: item.via | Transforms::TAG_CHARACTERS, ..item })
            }
            _ => ByteRun::Over,
        };
        feed(&mut self.tags, depth, keywords, channel, run, hits);
        match &mut self.reversed {
            None if item.c == RIGHT_TO_LEFT_OVERRIDE => self.reversed = Some(Vec::new()),
            None => {}
            Some(items) => {
                if matches!(item.c, POP | '\n' | '\r' | '\u{2029}') || items.len() >= LONGEST_REVERSED {
                    self.turn(keywords, channel, hits);
                } else {
                    items.push(item);
                }
            }
        }
    }

    /// Reads a reversed run from its end.
    fn turn(&mut self, keywords: &StrongKeywords, channel: Channel, hits: &mut Vec<Hit>) {
        let Some(items) = self.reversed.take() else { return };
        let mut lane = Lane::new(0);
        for item in items.into_iter().rev() {
            lane.push(keywords, channel, Item { via: item.via | Transforms::BIDI, ..item }, hits);
        }
        lane.finish(keywords, channel, hits);
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
        self.turn(keywords, channel, hits);
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
        let reversed = self.reversed.as_ref().and_then(|items| items.first()).map(|item| item.start);
        [self.base64.0.pending_from(), self.hex.0.pending_from(), reversed].into_iter().flatten()
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
