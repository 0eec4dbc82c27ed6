//! All keywords of all policies in one automaton.
//!
//! Owns the automaton over folded text and what each of its patterns stands for. Refuses to know
//! where in a stream it is: `scan` walks it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::policy::{DetectorId, DetectorKind, MatchMode, Policies};
use crate::text::fold::{self, Fold};

use super::dictionary::Dictionary;
use super::starts::Starts;
use super::words::{self, Words};
use super::{BuildError, held_channels};

/// One keyword of one detector.
#[derive(Debug, Clone)]
pub(super) struct Variant {
    pub(super) detector: DetectorId,
    pub(super) mode: MatchMode,
    /// The keyword as written, where the original must read just so.
    pub(super) exact: Option<Arc<str>>,
    /// Channels whose streams wait for this keyword.
    pub(super) held: u8,
    /// Whether its edges are those of words of a script without spaces.
    pub(super) unspaced: bool,
}

#[derive(Debug)]
pub(super) struct Keywords {
    pub(super) dictionary: Dictionary<Variant>,
    starts: Starts,
    /// Whether any keyword is compared with the original.
    pub(super) any_exact: bool,
    /// Where any keyword must stand as a word of a script without spaces.
    pub(super) words: Option<Words>,
}

impl Keywords {
    /// Builds the automaton, or `None` where no policy has a keyword.
    pub(super) fn build(policies: &Policies) -> Result<Option<Self>, BuildError> {
        let mut patterns: BTreeMap<String, Vec<Variant>> = BTreeMap::new();
        let (mut any_exact, mut any_unspaced) = (false, false);
        for (detector, compiled) in policies.detectors() {
            let DetectorKind::Keywords { keywords, fold, .. } = &compiled.kind else { continue };
            let held = held_channels(policies, compiled);
            for keyword in keywords {
                let folded = fold::standard(&keyword.text);
                let folded = folded.trim();
                if folded.is_empty() {
                    continue;
                }
                let exact = (*fold == Fold::Exact).then(|| keyword.text.clone());
                any_exact |= exact.is_some();
                let unspaced = keyword.mode == MatchMode::Word && words::has_unspaced_edge(folded);
                any_unspaced |= unspaced;
                let variant = Variant { detector, mode: keyword.mode, exact, held, unspaced };
                match patterns.get_mut(folded) {
                    Some(variants) => variants.push(variant),
                    None => {
                        patterns.insert(folded.to_owned(), vec![variant]);
                    }
                }
            }
        }
        if patterns.is_empty() {
            return Ok(None);
        }
        let modes = patterns.iter().flat_map(|(pattern, variants)| {
            variants.iter().map(move |variant| (pattern.as_str(), variant.mode))
        });
        let starts = Starts::build(modes);
        let dictionary = Dictionary::build(patterns, |variant| (variant.mode, variant.held))?;
        Ok(Some(Self { dictionary, starts, any_exact, words: any_unspaced.then(Words::new) }))
    }

    /// Tells of every match in a text, but for such as stand inside a word and may not, and returns
    /// how many characters at its end are the beginning of a keyword.
    pub(super) fn walk(&self, text: &str, mut matched: impl FnMut(u32, Range<usize>)) -> usize {
        let (mut at, mut depth) = (0, 0);
        while let Some(start) = self.starts.next(text, at) {
            let mut stepper = self.dictionary.automaton.find_overlapping_stepper();
            at = start;
            for c in text[start..].chars() {
                stepper.consume(c);
                at += c.len_utf8();
                for found in stepper.matches() {
                    matched(found.value(), start + found.start()..start + found.end());
                }
                depth = stepper.depth().unwrap_or(0) as usize;
                if depth == 0 {
                    // Back at the root: what was read is the beginning of nothing.
                    break;
                }
            }
        }
        depth
    }

    /// Heap in bytes, without the keywords as written.
    pub(super) fn heap_bytes(&self) -> usize {
        self.dictionary.heap_bytes() + self.starts.heap_bytes()
    }
}
