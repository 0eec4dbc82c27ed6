//! A window of folded text with the map from its offsets back to the original.
//!
//! Owns offsets and nothing else. Offsets are absolute: they count from the first byte of the
//! text, whatever part of it the window still holds.

use super::table::last_base;
use crate::text::Span;

/// A stretch of characters whose folded length differs from their original length, all in the
/// same way. Between stretches, folded and original bytes stand one for one.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    folded: usize,
    original: usize,
    /// Number of characters of the original.
    count: usize,
    /// Bytes of the original a character took.
    original_len: u32,
    /// Bytes a character folded to.
    folded_len: u32,
    /// Whether the characters were dropped as marks, which belong to the character before them.
    mark: bool,
}

impl Stretch {
    fn folded_end(&self) -> usize {
        self.folded + self.count * self.folded_len as usize
    }

    fn original_end(&self) -> usize {
        self.original + self.count * self.original_len as usize
    }
}

/// Folded text, from some offset on.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    text: String,
    /// Absolute folded offset of the first byte of `text`.
    start: usize,
    /// Absolute original offset of what follows the last character folded.
    original_end: usize,
    stretches: Vec<Stretch>,
    /// Absolute original offset that `start` stands for, where no stretch says otherwise.
    original_start: usize,
}

impl Folded {
    /// An empty window at the beginning of a text.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity), ..Self::default() }
    }

    /// The folded text that the window holds.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The folded text, without its map.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// Absolute folded offset of the first byte that the window holds.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Absolute folded offset of what follows the last byte.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Absolute original offset of the first character that the window holds.
    #[must_use]
    pub fn original_start(&self) -> usize {
        self.original_start
    }

    /// Absolute original offset of what follows the last character that was folded.
    #[must_use]
    pub fn original_end(&self) -> usize {
        self.original_end
    }

    /// Appends text as it is, byte for byte.
    pub(super) fn copy(&mut self, run: &str) {
        self.text.push_str(run);
        self.original_end += run.len();
    }

    /// Appends ASCII text in lower case, byte for byte.
    pub(super) fn copy_lowercase(&mut self, run: &str) {
        let from = self.text.len();
        self.text.push_str(run);
        if let Some(added) = self.text.get_mut(from..) {
            added.make_ascii_lowercase();
        }
        self.original_end += run.len();
    }

    /// Appends a character that took `length` bytes in the original.
    pub(super) fn push(&mut self, c: char, length: usize) {
        let at = self.end();
        self.text.push(c);
        let folded_len = c.len_utf8();
        if folded_len == length {
            self.original_end += length;
        } else {
            self.map(at, folded_len, length, false);
        }
    }

    /// Appends characters that took `length` bytes in the original together.
    pub(super) fn push_many(&mut self, chars: &[char], length: usize) {
        let at = self.end();
        self.text.extend(chars);
        self.map(at, self.end() - at, length, false);
    }

    /// Passes over a character that folds to nothing and belongs to the one before it.
    pub(super) fn drop_mark(&mut self, length: usize) {
        self.map(self.end(), 0, length, true);
    }

    /// Passes over a repeated space.
    pub(super) fn drop_space(&mut self, length: usize) {
        self.map(self.end(), 0, length, false);
    }

    fn map(&mut self, folded: usize, folded_len: usize, original_len: usize, mark: bool) {
        let original = self.original_end;
        self.original_end += original_len;
        let (original_len, folded_len) = (original_len as u32, folded_len as u32);
        if let Some(last) = self.stretches.last_mut()
            && last.original_len == original_len
            && last.folded_len == folded_len
            && last.mark == mark
            && last.folded_end() == folded
            && last.original_end() == original
        {
            last.count += 1;
            return;
        }
        self.stretches.push(Stretch { folded, original, count: 1, original_len, folded_len, mark });
    }

    /// The span of the original that the folded bytes `start..end` stand for, with the marks that
    /// decorate its last character. Both are absolute offsets on character boundaries within the window.
    #[must_use]
    pub fn original(&self, start: usize, end: usize) -> Span {
        Span::new(self.original_of_start(start), self.original_of_end(end))
    }

    /// The absolute original offset of the character that folded offset `at` lies in.
    #[must_use]
    pub fn original_of_start(&self, at: usize) -> usize {
        let before = self.stretches.partition_point(|stretch| stretch.folded <= at);
        let Some(stretch) = before.checked_sub(1).and_then(|index| self.stretches.get(index)) else {
            return self.original_start + (at - self.start.min(at));
        };
        if at < stretch.folded_end() {
            let index = (at - stretch.folded) / (stretch.folded_len as usize).max(1);
            stretch.original + index * stretch.original_len as usize
        } else {
            stretch.original_end() + (at - stretch.folded_end())
        }
    }

    /// The folded offset of the original character that folded offset `at` lies in.
    fn whole_character(&self, at: usize) -> usize {
        let before = self.stretches.partition_point(|stretch| stretch.folded <= at);
        match before.checked_sub(1).and_then(|index| self.stretches.get(index)) {
            Some(stretch) if at < stretch.folded_end() => {
                at - (at - stretch.folded) % (stretch.folded_len as usize).max(1)
            }
            _ => at,
        }
    }

    fn original_of_end(&self, at: usize) -> usize {
        let before = self.stretches.partition_point(|stretch| stretch.folded < at);
        let mut end = match before.checked_sub(1).and_then(|index| self.stretches.get(index)) {
            None => self.original_start + (at - self.start.min(at)),
            Some(stretch) if at < stretch.folded_end() => {
                let each = (stretch.folded_len as usize).max(1);
                stretch.original + (at - stretch.folded).div_ceil(each) * stretch.original_len as usize
            }
            Some(stretch) => stretch.original_end() + (at - stretch.folded_end()),
        };
        for stretch in self.stretches.get(before..).unwrap_or_default() {
            if stretch.folded != at || !stretch.mark || stretch.original != end {
                break;
            }
            end = stretch.original_end();
        }
        end
    }

    /// Forgets everything before the absolute folded offset `at`, which is on a character boundary;
    /// where `at` lies among the characters that one original character folded to, before that one.
    /// Returns the last folded character that was forgotten and is no mark on another: `None` where
    /// nothing or nothing but marks was.
    pub fn discard_before(&mut self, at: usize) -> Option<char> {
        let at = self.whole_character(at);
        let cut = at.saturating_sub(self.start).min(self.text.len());
        if cut == 0 {
            return None;
        }
        let last = self.text.get(..cut).and_then(last_base);
        let at = self.start + cut;
        if cut == self.text.len() {
            // The common case of a stream: nothing is alive, and nothing has to be kept.
            self.text.clear();
            self.stretches.clear();
            self.original_start = self.original_end;
        } else {
            self.original_start = self.original_of_start(at);
            self.text.drain(..cut);
            // Dropped characters that stand right before `at` belong to what is forgotten.
            let original = self.original_start;
            self.stretches.retain_mut(|stretch| {
                if stretch.folded_end() <= at && stretch.original_end() <= original {
                    return false;
                }
                if stretch.folded < at {
                    let gone = (at - stretch.folded) / (stretch.folded_len as usize).max(1);
                    stretch.folded = at;
                    stretch.original += gone * stretch.original_len as usize;
                    stretch.count -= gone;
                }
                true
            });
        }
        self.start = at;
        last
    }
}
