//! Which ends of a text could still become a match.
//!
//! Owns the sorted keywords and the question "does any of them begin with this?". Refuses to know
//! the automaton: it tells the depth of its state, which bounds where this room has to ask.

use crate::policy::MatchMode;
use crate::text::Channel;

use super::{channel_bit, channel_index};

/// All folded keywords in byte order, with running counts of those that hold a stream back.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    /// All keywords, one after another.
    arena: String,
    /// Where each keyword ends in the arena.
    ends: Vec<u32>,
    /// For each channel and match mode: how many of the first `n` keywords hold it back.
    counts: [[Vec<u32>; 2]; 3],
}

impl Liveness {
    /// Takes keywords in byte order without duplicates, each with its masks of held channels: as a
    /// word, and as a substring.
    pub(super) fn build<'a>(keywords: impl Iterator<Item = (&'a str, [u8; 2])>) -> Self {
        let mut liveness = Self::default();
        for per_mode in &mut liveness.counts {
            for counts in per_mode.iter_mut() {
                counts.push(0);
            }
        }
        for (keyword, masks) in keywords {
            liveness.arena.push_str(keyword);
            liveness.ends.push(liveness.arena.len() as u32);
            for channel in [Channel::Content, Channel::Reasoning, Channel::ToolCall] {
                for (mode, mask) in masks.into_iter().enumerate() {
                    let counts = &mut liveness.counts[channel_index(channel)][mode];
                    let before = counts.last().copied().unwrap_or(0);
                    counts.push(before + u32::from(mask & channel_bit(channel) != 0));
                }
            }
        }
        liveness
    }

    fn keyword(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.arena.get(start..self.ends[index] as usize).unwrap_or_default()
    }

    /// Whether some keyword that holds this channel back is longer than `prefix` and begins with
    /// it. `edge` says whether a word may begin where the prefix does.
    pub(super) fn alive(&self, prefix: &str, channel: Channel, edge: bool) -> bool {
        let first = self.lower_bound(0, |keyword| keyword < prefix);
        let last = self.lower_bound(first, |keyword| keyword.starts_with(prefix));
        let first = if first < last && self.keyword(first).len() == prefix.len() { first + 1 } else { first };
        let counts = &self.counts[channel_index(channel)];
        let some = |mode: MatchMode| {
            let counts = &counts[mode as usize];
            counts[last] > counts[first]
        };
        some(MatchMode::Substring) || (edge && some(MatchMode::Word))
    }

    /// The first index from `from` on whose keyword does not satisfy `below`, which holds for a
    /// prefix of them.
    fn lower_bound(&self, from: usize, below: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (from, self.ends.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if below(self.keyword(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Heap in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.arena.capacity()
            + self.ends.capacity() * 4
            + self.counts.iter().flatten().map(|counts| counts.capacity() * 4).sum::<usize>()
    }
}
