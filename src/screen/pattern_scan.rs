//! The walk of one text past the patterns of one view, in any number of chunks.
//!
//! A match is final once nothing that begins at or before it is alive; until then it is not
//! reported, so that the matches do not depend on how the text was cut. They are those of the usual
//! leftmost search, pattern by pattern. Refuses to know rules.

use super::patterns::Patterns;
use super::{Findings, Hit, Screen, Subject, channel_bit, channel_index};
use crate::text::fold::{Folded, Folder};

/// The screening of one text with one set of patterns.
#[derive(Debug, Clone)]
pub(super) struct PatternScan {
    folder: Folder,
    window: Folded,
    /// Absolute folded offset before which every match is final.
    origin: usize,
    /// For patterns whose last match ends behind `origin`: where their search goes on.
    resume: Vec<(u32, usize)>,
    /// Original offset before which nothing is held back.
    held_from: usize,
    /// Original offset before which every match was reported.
    certain: usize,
}

impl PatternScan {
    pub(super) fn new(patterns: &Patterns, subject: Subject<'_>) -> Self {
        Self {
            folder: Folder::new(subject.encoding, patterns.view),
            window: Folded::default(),
            origin: 0,
            resume: Vec::new(),
            held_from: 0,
            certain: 0,
        }
    }

    pub(super) fn held_from(&self) -> usize {
        self.held_from
    }

    pub(super) fn certain(&self) -> usize {
        self.certain
    }

    pub(super) fn push(
        &mut self,
        screen: &Screen,
        patterns: &Patterns,
        subject: Subject<'_>,
        text: &str,
        findings: &mut Findings,
    ) {
        self.folder.fold(text, &mut self.window);
        self.search(screen, patterns, subject, false, findings);
    }

    pub(super) fn seam(&mut self) {
        self.folder.space(&mut self.window);
    }

    pub(super) fn finish(
        &mut self,
        screen: &Screen,
        patterns: &Patterns,
        subject: Subject<'_>,
        findings: &mut Findings,
    ) {
        self.folder.finish(&mut self.window);
        self.search(screen, patterns, subject, true, findings);
    }

    fn search(
        &mut self,
        screen: &Screen,
        patterns: &Patterns,
        subject: Subject<'_>,
        complete: bool,
        findings: &mut Findings,
    ) {
        let start = self.window.start();
        let text = self.window.text();
        let from = self.origin - start;
        let any = if complete { None } else { patterns.earliest_live(text, from) };
        let live = any.unwrap_or(text.len());
        let mut held = if complete {
            None
        } else {
            patterns.earliest_held(text, from, any, channel_index(subject.channel))
        };
        for pattern in patterns.matching(text, from).iter() {
            let number = pattern.as_u32();
            let Some(entry) = patterns.entries.get(pattern.as_usize()) else { continue };
            let known = self.resume.iter().find(|(known, _)| *known == number).map(|(_, at)| *at);
            let mut at = known.map_or(from, |at| at.saturating_sub(start).max(from));
            while let Some(found) = entry.find(text, at) {
                if !complete && live <= found.start {
                    if entry.held & channel_bit(subject.channel) != 0 {
                        held = Some(held.map_or(found.start, |held| held.min(found.start)));
                    }
                    break;
                }
                let matched = text.get(found.clone()).unwrap_or_default();
                let kept = match entry.refine {
                    None => Some(0..matched.len()),
                    Some(refine) => refine(matched),
                };
                match kept {
                    Some(kept) if !kept.is_empty() => {
                        // What follows within the match may be another one.
                        at = found.start + kept.end;
                        if screen.looks_at(entry.detector, subject) {
                            let base = start + found.start;
                            let span = self.window.original(base + kept.start, base + kept.end);
                            findings.hits.push(Hit {
                                span,
                                detector: entry.detector,
                                transforms: crate::text::fold::strong::Transforms::empty(),
                                score: None,
                            });
                        }
                    }
                    // A pattern takes in the words that tell what is not meant, with what they tell of.
                    _ => at = found.end,
                }
            }
            self.resume.retain(|(known, _)| *known != number);
            if start + at > start + live {
                self.resume.push((number, start + at));
            }
        }
        let live_original = self.window.original_of_start(start + live);
        let folded_to = self.window.original_end();
        self.certain = if any.is_some() { live_original } else { folded_to };
        self.held_from = held.map_or(folded_to, |held| self.window.original_of_start(start + held));
        self.origin = start + live;
        let origin = self.origin;
        self.resume.retain(|(_, at)| *at > origin);
        // One character before the origin stays, for word boundaries and line starts.
        let context =
            text.get(..live).and_then(|before| before.char_indices().next_back()).map_or(0, |(at, _)| at);
        self.window.discard_before(start + context);
    }
}
