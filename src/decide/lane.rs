//! The judging of one streamed text.
//!
//! A [`LaneJudge`] takes a text in chunks, holds back what could still be matched, and says what may leave. Owns
//! the order in which findings take effect; refuses to know events and sockets.
//!
//! What leaves does not depend on how the text was cut. Matches that overlap form a cluster; a
//! cluster takes effect once nothing alive overlaps it, clusters take effect in the order of the
//! text, and each is judged with exactly the findings that end no later than it does. The first
//! cluster that deflects or blocks ends the text there, whatever else the same chunk holds.
//!
//! Classifiers are asked by whoever has threads and a clock: the judge hands out questions about windows and
//! takes answers, which count in the order of the text however they arrive. Where a rule says `hold`, a window is
//! a match that is not known yet, and all of the above holds for it too. Where it says `live`, its text leaves
//! meanwhile, and its verdict takes effect at the window's end, before any match that ends later.

mod effect;

use super::judge::{Judge, Learned, Scores, Snippet, Unavailable, WindowQuestion};
use super::{Outcome, Verdict};
use crate::policy::RuleId;
use crate::screen::{Findings, Hit, LaneScan, Subject};
use crate::text::Span;

/// Bytes of text on both sides of a match that a [`Snippet`] keeps, at most.
const AROUND: usize = 160;

/// What may leave of a streamed text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    /// Text that may leave now, redactions applied; `None` when it is just the chunk that came in.
    pub text: Option<String>,
    /// Whether the text ends here, and what ended it.
    pub cut: Option<Outcome>,
}

/// Spans of a detector that are remembered for the audit log.
const SPANS_KEPT: usize = 64;

/// The judging of one streamed text.
#[derive(Debug, Clone)]
pub struct LaneJudge {
    scan: LaneScan,
    /// Hits that may still matter, and one for each detector that has seen something.
    findings: Findings,
    /// Hits that have left with their text; at most [`SPANS_KEPT`] of each detector.
    past: Vec<Hit>,
    /// Original text that has not left.
    held: String,
    /// Offset of the first byte of `held`.
    released: usize,
    /// Clusters up to here have taken effect.
    judged: Option<usize>,
    verdicts: Vec<Verdict>,
    snippets: Vec<Snippet>,
    /// The end of the text that has left, for snippets.
    context: String,
    /// Whether all of the text has come.
    closed: bool,
    /// Whether answers have had their turn that nothing was released for yet.
    heard: bool,
    ended: bool,
}

impl LaneJudge {
    /// The state before the first chunk.
    pub(super) fn new(judge: &Judge, subject: Subject<'_>) -> Self {
        Self {
            scan: LaneScan::streamed(&judge.screen, subject),
            findings: Findings::default(),
            past: Vec::new(),
            held: String::new(),
            released: 0,
            judged: None,
            verdicts: Vec::new(),
            snippets: Vec::new(),
            context: String::new(),
            closed: false,
            heard: false,
            ended: false,
        }
    }

    /// Takes the next chunk, and says what may leave.
    pub fn push(&mut self, judge: &Judge, subject: Subject<'_>, text: &str) -> Release {
        if self.ended {
            return Release { text: Some(String::new()), cut: None };
        }
        self.scan.push(&judge.screen, subject, text, &mut self.findings);
        if self.is_stuck() {
            self.held.push_str(text);
            return Release { text: Some(String::new()), cut: None };
        }
        let quiet = judge.plan.is_quiet(&self.findings) && self.scan.live_from() == self.scan.bytes();
        if self.held.is_empty() && quiet {
            self.released = self.scan.bytes();
            self.remember(text);
            return Release::default();
        }
        let fresh = self.held.is_empty();
        self.held.push_str(text);
        let (release, redacted) = self.advance(judge, subject, false);
        let as_it_came = fresh && self.held.is_empty() && !redacted && release.cut.is_none();
        if as_it_came { Release::default() } else { release }
    }

    /// Says that all of the text has come: what is still open can be asked about, and then the text be ended.
    pub fn close(&mut self, judge: &Judge, subject: Subject<'_>) {
        if !self.ended && !self.closed {
            self.closed = true;
            self.scan.finish(&judge.screen, subject, &mut self.findings);
        }
    }

    /// The questions that this text puts to classifiers; each is given out once.
    pub fn take_questions(&mut self) -> Vec<WindowQuestion> {
        if self.ended { Vec::new() } else { self.scan.take_questions() }
    }

    /// Whether any of them has no answer.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.ended && self.scan.waits()
    }

    /// Takes an answer. Whether the text can go on ([`LaneJudge::learned`]) is known at once; what the answer
    /// lets out or cuts, [`LaneJudge::settle`] says.
    pub fn answer(&mut self, judge: &Judge, window: u32, answer: Result<Scores, Unavailable>) {
        if self.ended {
            return;
        }
        self.scan.answer(window, answer);
        self.heard |= self.scan.settle_windows(&judge.screen, &mut self.findings);
    }

    /// Lets answers take effect, and says what may leave.
    pub fn settle(&mut self, judge: &Judge, subject: Subject<'_>) -> Release {
        let nothing = Release { text: Some(String::new()), cut: None };
        if self.ended || !std::mem::take(&mut self.heard) || self.is_stuck() {
            return nothing;
        }
        if self.held.is_empty() && judge.plan.is_quiet(&self.findings) {
            return nothing;
        }
        self.advance(judge, subject, false).0
    }

    /// Whether a window has no answer, and a policy does not go on without: nothing may leave any more.
    fn is_stuck(&self) -> bool {
        self.findings.learned.down.is_some()
    }

    /// Whether all of the text has come, or none of it is wanted any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed || self.ended
    }

    /// What classifiers said beside their hits.
    #[must_use]
    pub fn learned(&self) -> Learned {
        self.findings.learned
    }

    /// Ends the text, and says what of the rest may leave.
    pub fn finish(&mut self, judge: &Judge, subject: Subject<'_>) -> Release {
        if self.ended {
            return Release::default();
        }
        self.close(judge, subject);
        if self.is_stuck() {
            self.held.clear();
            self.ended = true;
            return Release { text: Some(String::new()), cut: None };
        }
        let (release, _) = self.advance(judge, subject, true);
        self.ended = true;
        release
    }

    /// The first match of each rule that fired and matched something.
    #[must_use]
    pub fn snippets(&self) -> &[Snippet] {
        &self.snippets
    }

    /// Keeps the end of the text that has left.
    fn remember(&mut self, left: &str) {
        let from = left.floor_char_boundary(left.len().saturating_sub(AROUND));
        self.context.push_str(left.get(from..).unwrap_or_default());
        if self.context.len() > 2 * AROUND {
            let cut = self.context.floor_char_boundary(self.context.len() - AROUND);
            self.context.drain(..cut);
        }
    }

    /// Takes a piece of the text around a match, before it leaves.
    fn snip(&mut self, rule: RuleId, span: Span) {
        if self.snippets.iter().any(|known| known.rule == rule) {
            return;
        }
        let start = self.released - self.context.len().min(self.released);
        let text = [self.context.as_str(), self.held.as_str()].concat();
        // Of a window whose beginning has left long ago, what is still known.
        let from = text.ceil_char_boundary(span.start.saturating_sub(start));
        let Some(to) = span.end.checked_sub(start).filter(|to| *to >= from) else { return };
        if to > text.len() || !text.is_char_boundary(from) || !text.is_char_boundary(to) {
            return;
        }
        let first = text.floor_char_boundary(from.saturating_sub(AROUND));
        let last = text.ceil_char_boundary((to + AROUND).min(text.len()));
        let mark = Span::new(from - first, to - first);
        self.snippets.push(Snippet {
            rule,
            text: text.get(first..last).unwrap_or_default().to_owned(),
            mark,
        });
    }

    /// Whether the text has ended, or was cut.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Bytes of text that wait.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// The rules that have fired.
    #[must_use]
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// What the detectors have seen; of many hits, the first 64 of each detector.
    pub fn hits(&self) -> impl Iterator<Item = &Hit> {
        let mut all: Vec<&Hit> = self.past.iter().chain(&self.findings.hits).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }
}
