//! The walk of one text past all detectors, in any number of chunks.
//!
//! Owns the state between two chunks: the longest live prefix (from which the automaton's state is
//! regained by walking it again from the root: by the automaton's own invariant both are the
//! same), what stands before it where `words` asks for that, and matches whose right edge is still to
//! come. Refuses to know rules.

use std::borrow::Cow;
use std::ops::Range;

use super::classifier::{Scores, Unavailable};
use super::keywords::{Keywords, Variant};
use super::languages::LanguageScan;
use super::lengths::LengthScan;
use super::pattern_scan::PatternScan;
use super::strong::{StrongKeywords, StrongScan};
use super::windows::{WindowQuestion, WindowScan};
use super::words;
use super::{Findings, Hit, Screen, Subject, channel_bit};
use crate::policy::MatchMode;
use crate::text::fold::strong::Transforms;
use crate::text::fold::table::{continues, joins_word, last_base};
use crate::text::fold::{Folded, Folder, View, unescape};
use crate::text::{Channel, Encoding, Span};

/// A match that is complete but for what stands to its right.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    pattern: u32,
    /// Absolute folded offsets.
    start: usize,
    end: usize,
}

/// The screening of one text.
#[derive(Debug, Clone)]
pub struct LaneScan {
    folder: Folder,
    window: Folded,
    /// The last folded character before the window that is no mark on another.
    before: Option<char>,
    /// Matches that end where the window ends.
    candidates: Vec<Candidate>,
    /// Matches of a script without spaces whose words are not known yet.
    waiting: Vec<Candidate>,
    /// Original text of the window, kept only where some keyword is compared with it.
    original: String,
    /// One for each set of patterns, in their order.
    patterns: Vec<PatternScan>,
    /// Where any keyword is strong.
    strong: Option<StrongScan>,
    lengths: LengthScan,
    languages: LanguageScan,
    /// Where any rule asks a classifier; a whole text is asked about as a whole.
    windows: Option<WindowScan>,
    /// Bytes of original text so far.
    bytes: usize,
    live_from: usize,
    certain: usize,
}

impl LaneScan {
    /// The state before the first chunk.
    #[must_use]
    pub fn new(screen: &Screen, subject: Subject<'_>) -> Self {
        Self {
            folder: Folder::new(subject.encoding, View::Standard),
            window: Folded::default(),
            before: None,
            candidates: Vec::new(),
            waiting: Vec::new(),
            original: String::new(),
            patterns: screen.patterns.iter().map(|set| PatternScan::new(set, subject)).collect(),
            strong: screen.strong.as_ref().map(|_| StrongScan::new(subject.encoding)),
            lengths: LengthScan::new(screen, subject),
            languages: LanguageScan::new(screen, subject),
            windows: None,
            bytes: 0,
            live_from: 0,
            certain: 0,
        }
    }

    /// The same for a text that comes in pieces, whose windows are judged as they come.
    #[must_use]
    pub fn streamed(screen: &Screen, subject: Subject<'_>) -> Self {
        Self { windows: WindowScan::new(screen, subject), ..Self::new(screen, subject) }
    }

    /// Original offset from which on the text could still become part of a match that must not
    /// leave unjudged: everything before it is settled.
    #[must_use]
    pub fn live_from(&self) -> usize {
        let waiting = self.windows.as_ref().and_then(WindowScan::held_from);
        waiting.map_or(self.live_from, |from| from.min(self.live_from))
    }

    /// Original offset before which everything that is there has been reported.
    #[must_use]
    pub fn certain(&self) -> usize {
        let settled = self.windows.as_ref().and_then(WindowScan::certain);
        settled.map_or(self.certain, |until| until.min(self.certain))
    }

    /// The windows of the text, where classifiers judge it as it comes.
    pub(super) fn windows(&mut self) -> Option<&mut WindowScan> {
        self.windows.as_mut()
    }

    /// Whether a window of the text has no answer yet.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.windows.as_ref().is_some_and(WindowScan::waits)
    }

    /// The questions about windows that are complete; each is given out once.
    pub fn take_questions(&mut self) -> Vec<WindowQuestion> {
        self.windows().map(WindowScan::take_questions).unwrap_or_default()
    }

    /// Keeps the answer about a window.
    pub fn answer(&mut self, window: u32, answer: Result<Scores, Unavailable>) {
        if let Some(windows) = self.windows() {
            windows.answer(window, answer);
        }
    }

    /// Reports what answers say, in the order of the text; says whether any had its turn.
    pub fn settle_windows(&mut self, screen: &Screen, findings: &mut Findings) -> bool {
        self.windows().is_some_and(|windows| windows.settle(screen, findings))
    }

    /// Bytes of original text that were taken in.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes the next chunk of the text.
    pub fn push(&mut self, screen: &Screen, subject: Subject<'_>, text: &str, findings: &mut Findings) {
        if text.is_empty() {
            return;
        }
        self.lengths.push(text, findings);
        self.languages.push(screen, text, findings);
        if let Some(windows) = &mut self.windows {
            windows.push(text);
        }
        self.bytes += text.len();
        self.live_from = self.bytes;
        self.certain = self.bytes;
        for (scan, set) in self.patterns.iter_mut().zip(&screen.patterns) {
            scan.push(screen, set, subject, text, findings);
        }
        self.push_keywords(screen, subject, text, findings);
        // A match that waits for what stands to its right is not certain, whoever it is for.
        for candidate in self.candidates.iter().chain(&self.waiting) {
            self.certain = self.certain.min(self.window.original_of_start(candidate.start));
        }
        for scan in &self.patterns {
            self.live_from = self.live_from.min(scan.held_from());
            self.certain = self.certain.min(scan.certain());
        }
        self.strongly(screen, subject, findings, |scan, keywords, channel, hits| {
            scan.push(keywords, channel, text, hits);
        });
        if let Some(scan) = &self.strong {
            self.live_from = self.live_from.min(scan.live_from());
            self.certain = self.certain.min(scan.certain());
        }
    }

    /// Lets the strong keywords look, and keeps what those saw whose scope the text is in.
    fn strongly(
        &mut self,
        screen: &Screen,
        subject: Subject<'_>,
        findings: &mut Findings,
        look: impl FnOnce(&mut StrongScan, &StrongKeywords, Channel, &mut Vec<Hit>),
    ) {
        let (Some(scan), Some(keywords)) = (&mut self.strong, &screen.strong) else { return };
        let mut hits = Vec::new();
        look(scan, keywords, subject.channel, &mut hits);
        hits.retain(|hit| screen.looks_at(hit.detector, subject));
        findings.hits.append(&mut hits);
    }

    fn push_keywords(&mut self, screen: &Screen, subject: Subject<'_>, text: &str, findings: &mut Findings) {
        let Some(keywords) = &screen.keywords else { return };
        let scanned = self.window.end();
        if keywords.any_exact {
            self.original.push_str(text);
        }
        self.folder.fold(text, &mut self.window);
        self.scan(screen, keywords, subject, scanned, findings);
    }

    /// Marks a seam between two parts that a reader may see apart.
    pub fn seam(&mut self, screen: &Screen, subject: Subject<'_>, findings: &mut Findings) {
        for scan in &mut self.patterns {
            scan.seam();
        }
        self.strongly(screen, subject, findings, |scan, keywords, channel, hits| {
            scan.seam(keywords, channel, hits);
        });
        if let Some(keywords) = &screen.keywords {
            let scanned = self.window.end();
            self.folder.space(&mut self.window);
            self.scan(screen, keywords, subject, scanned, findings);
        }
    }

    /// Ends the text.
    pub fn finish(&mut self, screen: &Screen, subject: Subject<'_>, findings: &mut Findings) {
        if let Some(keywords) = &screen.keywords {
            let scanned = self.window.end();
            self.folder.finish(&mut self.window);
            self.scan(screen, keywords, subject, scanned, findings);
            for candidate in std::mem::take(&mut self.candidates) {
                self.confirm(screen, keywords, subject, candidate, None, findings);
            }
            for candidate in std::mem::take(&mut self.waiting) {
                self.confirm_words(screen, keywords, subject, candidate, true, findings);
            }
        }
        for (scan, set) in self.patterns.iter_mut().zip(&screen.patterns) {
            scan.finish(screen, set, subject, findings);
        }
        self.strongly(screen, subject, findings, |scan, keywords, channel, hits| {
            scan.finish(keywords, channel, hits);
        });
        self.lengths.finish(findings);
        self.languages.finish(screen, findings);
        if let Some(windows) = &mut self.windows {
            windows.finish();
        }
        self.live_from = self.bytes;
        self.certain = self.bytes;
    }

    /// Searches the window from the absolute folded offset `scanned` on.
    fn scan(
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
                    && keywords.variants(candidate.pattern).iter().any(|variant| {
                        variant.held & channel_bit(subject.channel) != 0
                            && (variant.mode == MatchMode::Substring || edge)
                    })
            });
            if complete || keywords.liveness.alive(prefix, subject.channel, edge) {
                live = Some(start + at);
                break;
            }
        }
        let held = |candidate: &Candidate| {
            let acts =
                |variant: &Variant| variant.unspaced && variant.held & channel_bit(subject.channel) != 0;
            keywords.variants(candidate.pattern).iter().any(acts).then_some(candidate.start)
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
    fn confirm(
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
    fn confirm_words(
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
        if !keywords.variants(candidate.pattern).iter().any(asks) {
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
        for variant in keywords.variants(candidate.pattern) {
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
