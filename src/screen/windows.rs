//! The windows of a streamed text that classifiers judge.
//!
//! Owns which windows wait for an answer, and in which order answers count: that of the text, however they
//! arrive. Refuses to cut (`classifier::WindowCutter` does) and to ask.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::classifier::{Question, Scores, Unavailable, Window, WindowCutter};
use super::learned::{Needs, Pull};
use super::{Findings, Screen, Subject};
use crate::text::fold::unescape;
use crate::text::{Encoding, Phase, Span};

/// A question about a window of a streamed text.
#[derive(Debug, Clone)]
pub struct WindowQuestion {
    /// The number of the window in its text, for the answer.
    pub window: u32,
    /// What is asked.
    pub question: Question,
}

/// The windows of one text.
#[derive(Debug, Clone)]
pub(super) struct WindowScan {
    needs: Needs,
    cutter: WindowCutter,
    phase: Phase,
    encoding: Encoding,
    /// Windows that have no effect yet, in the order of the text.
    open: VecDeque<Open>,
    questions: Vec<WindowQuestion>,
    next: u32,
    /// Where the window begins that is not complete.
    from: usize,
    finished: bool,
}

#[derive(Debug, Clone)]
struct Open {
    window: u32,
    fresh: Span,
    answer: Option<Result<Scores, Unavailable>>,
}

impl WindowScan {
    /// The windows of such a text, where any rule asks about it.
    pub(super) fn new(screen: &Screen, subject: Subject<'_>) -> Option<Self> {
        let needs = screen.asks.of(screen, subject)?;
        Some(Self {
            needs,
            cutter: WindowCutter::new(),
            phase: subject.phase,
            encoding: subject.encoding,
            open: VecDeque::new(),
            questions: Vec::new(),
            next: 0,
            from: 0,
            finished: false,
        })
    }

    pub(super) fn push(&mut self, text: &str) {
        for window in self.cutter.push(text) {
            self.complete(window);
        }
    }

    pub(super) fn finish(&mut self) {
        self.finished = true;
        if let Some(window) = self.cutter.finish() {
            self.complete(window);
        }
    }

    fn complete(&mut self, window: Window) {
        self.from = window.fresh.end;
        // White space says nothing new behind what was judged already.
        let new = window.text.get(window.fresh.start - window.span.start..).unwrap_or_default();
        if new.trim().is_empty() {
            return;
        }
        let text = match self.encoding {
            Encoding::Plain => Cow::Borrowed(window.text.as_str()),
            Encoding::JsonText => Cow::Owned(unescape(&window.text)),
        };
        let number = self.next;
        self.next += 1;
        self.questions
            .push(WindowQuestion { window: number, question: self.needs.question(&*text, self.phase) });
        self.open.push_back(Open { window: number, fresh: window.fresh, answer: None });
    }

    /// The questions that were not taken yet.
    pub(super) fn take_questions(&mut self) -> Vec<WindowQuestion> {
        std::mem::take(&mut self.questions)
    }

    /// Whether any window has no answer.
    pub(super) fn waits(&self) -> bool {
        self.open.iter().any(|open| open.answer.is_none())
    }

    /// Keeps an answer until it has its turn.
    pub(super) fn answer(&mut self, window: u32, answer: Result<Scores, Unavailable>) {
        if let Some(open) = self.open.iter_mut().find(|open| open.window == window) {
            open.answer.get_or_insert(answer);
        }
    }

    /// Lets answers take effect that have their turn; says whether any did.
    pub(super) fn settle(&mut self, screen: &Screen, findings: &mut Findings) -> bool {
        let mut any = false;
        while let Some(Open { fresh, answer: Some(answer), .. }) = self.open.front() {
            // What the window adds to those before it is its place, so that places do not overlap.
            let fresh = *fresh;
            self.needs.take(&screen.asks, answer, |_| fresh, findings);
            self.open.pop_front();
            any = true;
        }
        any
    }

    /// Offset from which on text waits, where it does.
    pub(super) fn held_from(&self) -> Option<usize> {
        (self.needs.pull() == Pull::Hold).then(|| self.unsettled())
    }

    /// Offset up to which every window that ends there and could change what happens has had its effect.
    pub(super) fn certain(&self) -> Option<usize> {
        let next = self.open.front().map(|open| open.fresh.end);
        let next = next.or_else(|| (!self.finished).then(|| self.cutter.settled()))?;
        (self.needs.pull() > Pull::None).then(|| next.saturating_sub(1))
    }

    fn unsettled(&self) -> usize {
        self.open.front().map_or(self.from, |open| open.fresh.start)
    }
}
