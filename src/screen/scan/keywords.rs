//! Keywords in a text that comes in chunks: candidates, their edges, and what is still alive.
//!
//! Owns the window of folded text and how much of it is kept. Refuses to know the other detectors.

use std::borrow::Cow;
use std::ops::Range;

use super::LaneScan;
use crate::policy::MatchMode;
use crate::screen::keywords::{Keywords, Variant};
use crate::screen::words;
use crate::screen::{Findings, Hit, Screen, Subject, channel_bit};
use crate::text::fold::strong::Transforms;
use crate::text::fold::table::{continues, joins_word, last_base};
use crate::text::fold::unescape;
use crate::text::{Encoding, Span};

/// A match that is complete but for what stands to its right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pattern: u32,
    /// Absolute folded offsets.
    pub(super) start: usize,
    end: usize,
}

impl LaneScan {
    pub(super) fn push_keywords(
        &mut self,
        screen: &Screen,
        subject: Subject<'_>,
        text: &str,
        findings: &mut Findings,
    ) {
        let Some(keywords) = &screen.keywords else { return };
        let scanned = self.window.end();
        if keywords.any_exact {
            self.original.push_str(text);
        }
        self.folder.fold(text, &mut self.window);
        self.scan(screen, keywords, subject, scanned, findings);
    }

    /// Searches the window from the absolute folded offset `scanned` on.
    pub(super) fn scan(
        &mut self,
        screen: &Screen,
        keywords: &Keywords,
        subject: Subject<'_>,
        scanned: usize,
        findings: &mut Findings,
    ) {
        let start = self.window.start();
        let fresh = scanned - start;
        if let Some(next) = self.window.text().get(fresh..).and_then(|text| text.chars().next()) {
            for candidate in std::mem::take(&mut self.candidates) {
                self.confirm(screen, keywords, subject, candidate, Some(next), findings);
            }
            for candidate in std::mem::take(&mut self.waiting) {
                self.confirm_words(screen, keywords, subject, candidate, false, findings);
            }
        }
        let mut found = Vec::new();
        let depth = keywords.walk(self.window.text(), |pattern, matched| {
            if matched.end > fresh {
                found.push(Candidate { pattern, start: start + matched.start, end: start + matched.end });
            }
        });
        for candidate in found {
            let next = self.window.text()[candidate.end - start..].chars().next();
            match next {
                None => self.candidates.push(candidate),
                Some(_) => self.confirm(screen, keywords, subject, candidate, next, findings),
            }
        }
        self.settle(keywords, subject, depth);
    }

    /// Works out what is still alive, and forgets the rest.
    fn settle(&mut self, keywords: &Keywords, subject: Subject<'_>, depth: usize) {
        let start = self.window.start();
        let text = self.window.text();
        let mut live = None;
        let mut root = text.len();
        let tail = text.char_indices().rev().take(depth).last().map_or(text.len(), |(at, _)| at);
        let mut before = self.base_before(tail);
        for (at, c) in text[tail..].char_indices().map(|(within, c)| (tail + within, c)) {
            root = root.min(at);
            let prefix = &text[at..];
            let edge = word_edge(before, c);
            if !continues(c) {
                before = Some(c);
            }
            let complete = self.candidates.iter().any(|candidate| {
                candidate.start == start + at
                    && keywords.dictionary.entries(candidate.pattern).iter().any(|variant| {
                        variant.held & channel_bit(subject.channel) != 0
                            && (variant.mode == MatchMode::Substring || edge)
                    })
            });
            if complete || keywords.dictionary.liveness.alive(prefix, subject.channel, edge) {
                live = Some(start + at);
                break;
            }
        }
        let held = |candidate: &Candidate| {
            let acts =
                |variant: &Variant| variant.unspaced && variant.held & channel_bit(subject.channel) != 0;
            keywords.dictionary.entries(candidate.pattern).iter().any(acts).then_some(candidate.start)
        };
        live = live.into_iter().chain(self.waiting.iter().filter_map(held)).min();
        self.live_from = match live {
            Some(at) => self.window.original_of_start(at),
            None => self.bytes - self.folder.unfinished(),
        };
        if keywords.words.is_some() {
            let waiting = self.waiting.iter().map(|candidate| candidate.start - start);
            root = words::context_before(text, waiting.chain([root]).min().unwrap_or(root));
        }
        if let Some(last) = self.window.discard_before(start + root) {
            self.before = Some(last);
        }
        if keywords.any_exact {
            let keep = self.window.original_end() + self.folder.unfinished() - self.window.original_start();
            let drop = self.original.len().saturating_sub(keep);
            self.original.drain(..drop);
        }
    }

    /// The last character before offset `at` of the window that is no mark on another.
    fn base_before(&self, at: usize) -> Option<char> {
        last_base(self.window.text().get(..at).unwrap_or_default()).or(self.before)
    }

    /// Reports a match, if its edges and its spelling are right. `next` is what stands behind it; nothing
    /// does where the text ends.
    pub(super) fn confirm(
        &mut self,
        screen: &Screen,
        keywords: &Keywords,
        subject: Subject<'_>,
        candidate: Candidate,
        next: Option<char>,
        findings: &mut Findings,
    ) {
        if next.is_some_and(continues) {
            return;
        }
        let matched = self.within(candidate);
        let start = matched.start;
        let Some(matched) = self.window.text().get(matched) else { return };
        let (Some(first), last) = (matched.chars().next(), matched.chars().next_back()) else { return };
        if continues(first) {
            return;
        }
        let left = word_edge(self.base_before(start), first);
        let right = !matches!((last, next), (Some(last), Some(next)) if joins_word(last) && joins_word(next));
        let stands = |variant: &Variant| variant.mode == MatchMode::Substring || (left && right);
        let known = |variant: &Variant| !variant.unspaced && stands(variant);
        self.report(screen, keywords, subject, candidate, known, findings);
        if left && right {
            self.confirm_words(screen, keywords, subject, candidate, next.is_none(), findings);
        }
    }

    /// Reports a match for those that want a word of a script without spaces, or lets it wait until enough
    /// of the text is there to tell.
    pub(super) fn confirm_words(
        &mut self,
        screen: &Screen,
        keywords: &Keywords,
        subject: Subject<'_>,
        candidate: Candidate,
        ended: bool,
        findings: &mut Findings,
    ) {
        let Some(words) = &keywords.words else { return };
        let asks = |variant: &Variant| variant.unspaced && screen.looks_at(variant.detector, subject);
        if !keywords.dictionary.entries(candidate.pattern).iter().any(asks) {
            return;
        }
        let (text, matched) = (self.window.text(), self.within(candidate));
        if !ended && words::context_after(text, &matched).1 {
            self.waiting.push(candidate);
        } else if words.stands(text, &matched) {
            self.report(screen, keywords, subject, candidate, |variant| variant.unspaced, findings);
        }
    }

    /// Where in the window a match lies.
    fn within(&self, candidate: Candidate) -> Range<usize> {
        candidate.start - self.window.start()..candidate.end - self.window.start()
    }

    /// Reports a match for the keywords that stand as they should, if they read as they should.
    fn report(
        &self,
        screen: &Screen,
        keywords: &Keywords,
        subject: Subject<'_>,
        candidate: Candidate,
        stands: impl Fn(&Variant) -> bool,
        findings: &mut Findings,
    ) {
        let span = self.window.original(candidate.start, candidate.end);
        for variant in keywords.dictionary.entries(candidate.pattern) {
            if stands(variant)
                && screen.looks_at(variant.detector, subject)
                && self.reads_as(variant, span, subject.encoding)
            {
                findings.hits.push(Hit {
                    span,
                    detector: variant.detector,
                    transforms: Transforms::empty(),
                    score: None,
                });
            }
        }
    }

    /// Whether the original reads as the keyword was written, where that is asked for.
    fn reads_as(&self, variant: &Variant, span: Span, encoding: Encoding) -> bool {
        let Some(exact) = &variant.exact else { return true };
        let start = span.start - self.window.original_start().min(span.start);
        let Some(original) = self.original.get(start..start + span.len()) else { return false };
        let original = match encoding {
            Encoding::Plain => Cow::Borrowed(original),
            Encoding::JsonText => Cow::Owned(unescape(original)),
        };
        original.starts_with(&**exact)
    }
}

/// Whether a word may begin with `first` behind `before`. A mark is neither letter nor edge: `before` is
/// what it stands on.
fn word_edge(before: Option<char>, first: char) -> bool {
    !before.is_some_and(|before| joins_word(before) && joins_word(first))
}
