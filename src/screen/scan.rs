//! The walk of one text past all detectors, in any number of chunks.
//!
//! Owns the state between two chunks: for keywords (`keywords`) the longest live prefix (from which the automaton's state
//! is regained by walking it again from the root: by the automaton's own invariant both are the
//! same), what stands before it where `words` asks for that, and matches whose right edge is still to
//! come. Refuses to know rules.

mod keywords;

use super::classifier::{Scores, Unavailable};
use super::languages::LanguageScan;
use super::lengths::LengthScan;
use super::pattern_scan::PatternScan;
use super::strong::{StrongKeywords, StrongScan};
use super::windows::{WindowQuestion, WindowScan};
use super::{Findings, Hit, Screen, Subject};
use crate::text::Channel;
use crate::text::fold::{Folded, Folder, View};
use keywords::Candidate;

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
}
