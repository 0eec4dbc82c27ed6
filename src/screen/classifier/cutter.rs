//! Cutting a stream into windows: at the ends of sentences, or after so much text at the latest.
//!
//! Owns where windows begin and end. That depends on the characters alone and never on how the
//! stream was cut into chunks. Refuses to know tokens: it weighs characters by about how many of a
//! token they are, and what a model takes at once is for its own cutting, so nothing is lost where
//! a guess here is wrong.

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

/// How large windows are, in tokens (about).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowShape {
    /// A sentence with less new text than this is judged with the next one.
    pub least: usize,
    /// A window ends after so much new text even within a sentence.
    pub most: usize,
    /// Earlier text that is judged again with the new, so that what spans two windows is seen.
    pub context: usize,
}

impl Default for WindowShape {
    fn default() -> Self {
        Self { least: 8, most: 64, context: 64 }
    }
}

/// Cuts a stream into windows.
#[derive(Debug, Clone, Default)]
pub struct WindowCutter {
    shape: WindowShape,
    /// Where `text` begins in the stream.
    start: usize,
    /// The context, and what no window has had yet.
    text: String,
    /// Where in `text` the new begins.
    fresh: usize,
    /// Where in `text` the next character to be looked at is.
    next: usize,
    /// Quarters of tokens from `fresh` to `next`.
    weight: usize,
    /// Behind the last white space in the second half of a window.
    space: Option<usize>,
    /// Whether the last characters end a sentence if white space follows.
    stopped: bool,
}

impl WindowCutter {
    /// A cutter at the begin of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A cutter of windows of another size.
    #[must_use]
    pub fn with_shape(shape: WindowShape) -> Self {
        Self { shape: WindowShape { most: shape.most.max(1), ..shape }, ..Self::default() }
    }

    /// Takes the next text of the stream, and returns the windows that it completes.
    pub fn push(&mut self, text: &str) -> Vec<Window> {
        self.text.push_str(text);
        let mut windows = Vec::new();
        while let Some(end) = self.look() {
            windows.push(self.cut(end));
        }
        windows
    }

    /// The last window, where something is left that no window has had.
    pub fn finish(&mut self) -> Option<Window> {
        (self.fresh < self.text.len()).then(|| self.cut(self.text.len()))
    }

    /// Bytes of the stream that no window has had yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.text.len() - self.fresh
    }

    /// How much of the stream is settled: every window that is still to come ends here or later.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.start + self.space.unwrap_or(self.next)
    }

    /// Where the next window ends, once that is certain.
    fn look(&mut self) -> Option<usize> {
        let (least, most) = (self.shape.least * 4, self.shape.most * 4);
        while let Some(c) = self.text.get(self.next..).and_then(|rest| rest.chars().next()) {
            let at = self.next;
            if self.stopped && c.is_whitespace() && self.weight >= least {
                return Some(at);
            }
            self.stopped = match c {
                '.' | '!' | '?' => true,
                // A quote or bracket that closes belongs to the sentence before it.
                '"' | '\'' | ')' | ']' | '”' | '’' => self.stopped,
                _ => false,
            };
            self.next = at + c.len_utf8();
            self.weight += weight(c);
            let ends = matches!(c, '\n' | '。' | '！' | '？' | '；' | '…' | '।' | '؟');
            if ends && self.weight >= least {
                return Some(self.next);
            }
            if c.is_whitespace() && self.weight * 2 >= most {
                self.space = Some(self.next);
            }
            if self.weight >= most {
                return Some(self.space.unwrap_or(self.next));
            }
        }
        None
    }

    fn cut(&mut self, end: usize) -> Window {
        let text = self.text.get(..end).unwrap_or_default().to_owned();
        let window = Window {
            span: Span::new(self.start, self.start + end),
            fresh: Span::new(self.start + self.fresh, self.start + end),
            text,
        };
        let keep = end - context(&window.text, self.shape.context * 4);
        self.text.drain(..keep);
        self.start += keep;
        self.fresh = end - keep;
        self.next = self.fresh;
        (self.weight, self.space, self.stopped) = (0, None, false);
        window
    }
}

/// Bytes at the end of a text that weigh no more than `most`, from a word's begin on where there is one.
fn context(text: &str, most: usize) -> usize {
    let (mut total, mut start, mut word) = (0, text.len(), None);
    for (at, c) in text.char_indices().rev() {
        total += weight(c);
        if total > most {
            return text.len() - word.unwrap_or(start);
        }
        start = at;
        if c.is_whitespace() {
            word = Some(at + c.len_utf8());
        }
    }
    text.len()
}

/// About how many quarters of a token a character is. Never nothing, so that every window ends.
fn weight(c: char) -> usize {
    match c {
        'a'..='z' | 'A'..='Z' | ' ' => 1,
        '0'..='9' | '\u{C0}'..='\u{24F}' => 2,
        '\0'..='\u{BF}' => 3,
        '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' => 3,
        '\u{0370}'..='\u{1FFF}' => 2,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn windows(chunks: &[&str], shape: WindowShape) -> Vec<Window> {
        let mut cutter = WindowCutter::with_shape(shape);
        let (mut windows, mut settled) = (Vec::new(), 0);
        for chunk in chunks {
            for window in cutter.push(chunk) {
                assert!(window.span.end >= settled);
                windows.push(window);
            }
            settled = cutter.settled();
        }
        windows.extend(cutter.finish());
        assert!(windows.last().is_none_or(|window| window.span.end >= settled));
        assert_eq!(cutter.pending(), 0);
        windows
    }

    #[test]
    fn windows_end_with_sentences() {
        let shape = WindowShape { least: 4, most: 16, context: 6 };
        let check = |text: &str, fresh: &[&str]| {
            let found = windows(&[text], shape);
            let found: Vec<&str> =
                found.iter().map(|window| &text[window.fresh.start..window.fresh.end]).collect();
            assert_eq!(found, fresh, "{text}");
        };
        check("", &[]);
        check("Hi.", &["Hi."]);
        check(
            "The sum is 3.14 in all. Then he said \"no, never.\" And left",
            &["The sum is 3.14 in all.", " Then he said \"no, never.\"", " And left"],
        );
        check("No. Yes. It is so. Well then.", &["No. Yes. It is so.", " Well then."]);
        check("今天天气很好。我们去公园吧！好", &["今天天气很好。", "我们去公园吧！", "好"]);
        check("one line here ok\nanother line", &["one line here ok\n", "another line"]);
        // No end for too long: at a space, or anywhere where there is none.
        check(&"words ".repeat(15), &[&"words ".repeat(10), &"words ".repeat(5)]);
        check(&"x".repeat(70), &[&"x".repeat(64), &"x".repeat(6)]);
    }

    #[test]
    fn context_begins_with_a_word_and_is_bounded() {
        let shape = WindowShape { least: 4, most: 16, context: 6 };
        let text = "The first sentence is here. The second sentence is here.";
        let found = windows(&[text], shape);
        assert_eq!(found[1].text, "sentence is here. The second sentence is here.");
        assert_eq!(found[1].text, text[found[1].span.start..found[1].span.end]);
    }

    proptest! {
        #[test]
        fn how_a_stream_is_chunked_does_not_matter(
            text in "([a-z]{1,9}[ .!?\n]?|[你好吗。！x1]| |\\.\\.\\.|[\u{0}-\u{10FFFF}]){0,200}",
            cuts in proptest::collection::vec(0_usize..600, 0..12),
            least in 0_usize..12, most in 1_usize..40, context in 0_usize..30,
        ) {
            let shape = WindowShape { least, most, context };
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| text.floor_char_boundary(at)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            let found = windows(&chunks, shape);
            prop_assert_eq!(&found, &windows(&[&text], shape));
            let mut end = 0;
            for window in &found {
                prop_assert_eq!(window.fresh.start, end);
                prop_assert!(!window.fresh.is_empty());
                prop_assert_eq!(&window.text, &text[window.span.start..window.span.end]);
                prop_assert!(window.span.start <= window.fresh.start && window.span.end == window.fresh.end);
                end = window.fresh.end;
            }
            prop_assert_eq!(end, text.len());
        }
    }
}
