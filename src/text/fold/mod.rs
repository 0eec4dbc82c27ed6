//! Folding: the form of a text in which spellings of the same word are equal.
//!
//! Owns the streaming fold and the map from folded offsets back to the original. Refuses to know
//! keywords: it is told a text and yields a text.
//!
//! A [`Folder`] takes a text in any number of chunks and appends to a [`Folded`] window; the
//! result does not depend on how the text was cut. ASCII and characters that fold to themselves
//! (Han among them) are copied in runs.

mod escape;
pub mod strong;
pub mod table;
mod window;

pub use window::Folded;

use serde::{Deserialize, Serialize};

use super::Encoding;
use escape::{Escapes, Unescaped};
use table::{Folds, folds};

/// How much two spellings may differ and still be the same keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// Not at all.
    Exact,
    /// Compatibility forms, case, width, invisible characters and combining marks are ignored, and
    /// any run of white space is one space.
    #[default]
    Standard,
    /// As standard, and further what hides a word from a reader of letters and not from a person or a
    /// model: look-alikes, leetspeak, letters set apart, repeats, traditional Han, encodings.
    Strong,
}

/// In which form a text is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// As it stands, escapes of JSON text read.
    Exact,
    /// Compatibility forms and width folded, invisible characters and combining marks removed, runs
    /// of white space one space; case is kept.
    Width,
    /// The standard fold: as `Width`, and without case.
    Standard,
}

/// The standard fold of a whole text.
#[must_use]
pub fn standard(text: &str) -> String {
    let mut folded = Folded::new(0);
    Folder::new(Encoding::Plain, View::Standard).fold(text, &mut folded);
    folded.into_text()
}

/// The fold of a whole text that keeps case.
#[must_use]
pub fn width(text: &str) -> String {
    let mut folded = Folded::new(0);
    Folder::new(Encoding::Plain, View::Width).fold(text, &mut folded);
    folded.into_text()
}

/// Reads the JSON escapes in a text that is JSON text itself.
#[must_use]
pub fn unescape(text: &str) -> String {
    let mut escapes = Escapes::default();
    let mut plain = String::with_capacity(text.len());
    escapes.read(text, |item| match item {
        Unescaped::Run(run) => plain.push_str(run),
        Unescaped::Char(c, _) => plain.push(c),
    });
    plain.push_str(&escapes.finish());
    plain
}

/// The state of a fold between two chunks of a text.
#[derive(Debug, Clone)]
pub struct Folder {
    view: View,
    /// Whether the last folded character is a space, so that further ones are dropped.
    after_space: bool,
    /// The escape that the last chunk ended in, where the text is JSON text.
    escapes: Option<Escapes>,
}

impl Folder {
    /// The state before the first chunk.
    #[must_use]
    pub fn new(encoding: Encoding, view: View) -> Self {
        Self { view, after_space: false, escapes: (encoding == Encoding::JsonText).then(Escapes::default) }
    }

    /// Folds the next chunk of the text onto the end of `out`.
    pub fn fold(&mut self, text: &str, out: &mut Folded) {
        match self.escapes.take() {
            None => self.fold_plain(text, out),
            Some(mut escapes) => {
                escapes.read(text, |item| match item {
                    Unescaped::Run(run) => self.fold_plain(run, out),
                    Unescaped::Char(c, length) => self.fold_char(c, length, out),
                });
                self.escapes = Some(escapes);
            }
        }
    }

    /// Ends the text: what is left of an unfinished escape folds as it stands.
    pub fn finish(&mut self, out: &mut Folded) {
        if let Some(escapes) = &mut self.escapes {
            let rest = escapes.finish();
            self.fold_plain(&rest, out);
        }
    }

    /// Marks a seam between two parts of a text that a reader may see apart: a space that stands
    /// nowhere in the original.
    pub fn space(&mut self, out: &mut Folded) {
        if self.view == View::Exact {
            return out.push(' ', 0);
        }
        self.emit_space(0, out);
    }

    /// Bytes of original text that were taken in and not yet folded (an unfinished escape).
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.escapes.as_ref().map_or(0, Escapes::unfinished)
    }

    fn fold_plain(&mut self, text: &str, out: &mut Folded) {
        if self.view == View::Exact {
            return out.copy(text);
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let same = at + same_run(&text[at..], self.view);
            if same > at {
                out.copy(&text[at..same]);
                self.after_space = false;
                at = same;
                continue;
            }
            let run = at + self.plain_run(&bytes[at..]);
            if run > at {
                if self.view == View::Standard {
                    out.copy_lowercase(&text[at..run]);
                } else {
                    out.copy(&text[at..run]);
                }
                at = run;
                continue;
            }
            let Some(c) = text[at..].chars().next() else { break };
            let length = c.len_utf8();
            self.fold_char(c, length, out);
            at += length;
        }
    }

    /// Length of the longest prefix of `bytes` that is printable ASCII with single spaces: it
    /// folds by lower-casing alone. Blocks of 16 let the compiler compare a block at a time.
    fn plain_run(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(block) = bytes.get(at..at + 17) {
            let mut odd = false;
            for pair in 0..16 {
                let (byte, next) = (block[pair], block[pair + 1]);
                odd |= !(0x20..0x7F).contains(&byte) | ((byte == b' ') & (next == b' '));
            }
            if odd || (at == 0 && self.after_space && block[0] == b' ') {
                break;
            }
            at += 16;
        }
        let mut after_space = if at == 0 { self.after_space } else { bytes[at - 1] == b' ' };
        while let Some(byte) = bytes.get(at) {
            if !(0x20..0x7F).contains(byte) || (*byte == b' ' && after_space) {
                break;
            }
            after_space = *byte == b' ';
            at += 1;
        }
        if at > 0 {
            self.after_space = after_space;
        }
        at
    }

    /// Folds one character that took `length` bytes in the original.
    fn fold_char(&mut self, c: char, length: usize, out: &mut Folded) {
        if self.view == View::Exact {
            return out.push(c, length);
        }
        match folds(c, self.view == View::Standard) {
            Folds::Same if c == ' ' => return self.emit_space(length, out),
            Folds::Same => out.push(c, length),
            Folds::One(folded) => out.push(folded, length),
            Folds::Many(folded) => return self.emit_many(folded, length, out),
            Folds::Nothing => return out.drop_mark(length),
            Folds::Space => return self.emit_space(length, out),
        }
        self.after_space = false;
    }

    /// A few characters fold to a space and a mark on it (U+309B): that space is one of the run it stands in.
    fn emit_many(&mut self, folded: &[char], length: usize, out: &mut Folded) {
        let again = self.after_space && folded.first() == Some(&' ');
        out.push_many(&folded[usize::from(again)..], length);
        self.after_space = folded.last() == Some(&' ');
    }

    fn emit_space(&mut self, length: usize, out: &mut Folded) {
        if self.after_space {
            out.drop_space(length);
        } else {
            out.push(' ', length);
            self.after_space = true;
        }
    }
}

/// Length of the longest prefix of `text` that is not ASCII and folds to itself, as most of Chinese does.
fn same_run(text: &str, view: View) -> usize {
    let changes = |c: char| c.is_ascii() || folds(c, view == View::Standard) != Folds::Same;
    text.char_indices().find(|(_, c)| changes(*c)).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests;
