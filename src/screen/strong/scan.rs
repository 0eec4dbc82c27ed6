//! The screening of one text for strong keywords, in any number of chunks.
//!
//! Owns the way from chunks to the characters that a lane takes, and what may leave in between.
//! Refuses to know what a lane makes of them.

use super::lane::Lane;
use super::{Hit, StrongKeywords};
use crate::text::fold::strong::Reader;
use crate::text::{Channel, Encoding};

/// Texts within texts within texts are read, and no deeper ones.
const DEPTH: u8 = 2;
/// Bytes of a text that are read before they are searched.
const PIECE: usize = 512;

/// The screening of one text for strong keywords.
#[derive(Debug, Clone)]
pub(in crate::screen) struct StrongScan {
    reader: Reader,
    lane: Lane,
    bytes: usize,
    live_from: usize,
    certain: usize,
}

impl StrongScan {
    pub(in crate::screen) fn new(encoding: Encoding) -> Self {
        Self { reader: Reader::new(encoding), lane: Lane::new(DEPTH), bytes: 0, live_from: 0, certain: 0 }
    }

    /// Original offset before which nothing is held back.
    pub(in crate::screen) fn live_from(&self) -> usize {
        self.live_from
    }

    /// Original offset before which every match was reported.
    pub(in crate::screen) fn certain(&self) -> usize {
        self.certain
    }

    /// Takes the next chunk of the text.
    pub(in crate::screen) fn push(
        &mut self,
        keywords: &StrongKeywords,
        channel: Channel,
        text: &str,
        hits: &mut Vec<Hit>,
    ) {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.ceil_char_boundary(PIECE.min(rest.len())));
            let lane = &mut self.lane;
            self.reader.read(piece, |item| lane.push(keywords, channel, item, hits));
            self.lane.search(keywords, channel, hits);
            self.bytes += piece.len();
            rest = after;
        }
        let pending = self.reader.pending_from();
        let live = [pending, self.lane.live_from(keywords, channel)];
        let uncertain = [pending, self.lane.uncertain_from()];
        // A reversed run may belong to the word before it. What of that word could begin a match is
        // alive anyway, so nothing becomes alive again that was settled.
        self.live_from = live.into_iter().flatten().min().unwrap_or(self.bytes).max(self.live_from);
        self.certain = uncertain.into_iter().flatten().min().unwrap_or(self.bytes).max(self.certain);
    }

    /// Marks a seam between two parts of the text.
    pub(in crate::screen) fn seam(
        &mut self,
        keywords: &StrongKeywords,
        channel: Channel,
        hits: &mut Vec<Hit>,
    ) {
        self.lane.push(keywords, channel, self.reader.seam(), hits);
    }

    /// Ends the text.
    pub(in crate::screen) fn finish(
        &mut self,
        keywords: &StrongKeywords,
        channel: Channel,
        hits: &mut Vec<Hit>,
    ) {
        let lane = &mut self.lane;
        self.reader.finish(|item| lane.push(keywords, channel, item, hits));
        self.lane.finish(keywords, channel, hits);
        self.live_from = self.bytes;
        self.certain = self.bytes;
    }
}
