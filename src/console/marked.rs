//! Somebody else's text, cut into pieces that a template can show: what was matched, and what nobody would see.
//!
//! Owns the cutting. A hidden character becomes a label, so that it neither hides nor moves anything about.
//! Refuses to escape: templates do.

use serde::Serialize;

use crate::audit::visible::{Shown, is_hidden};

/// Pieces of one text; what comes after them is shown in one piece.
const PIECES: usize = 4_000;

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Piece {
    /// What is shown.
    pub(super) text: String,
    /// The name of the character, where it is one that cannot be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hidden: Option<String>,
    /// What was matched here, where something was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<String>,
}

/// A match: first byte, first byte behind it, and what matched.
pub(super) type Mark<'a> = (usize, usize, &'a str);

/// How line ends and tabs are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// As they are.
    Lines,
    /// As labels.
    OneLine,
}

/// Cuts a text. Marks that do not lie on its characters are left out.
pub(super) fn pieces(text: &str, marks: &[Mark<'_>], layout: Layout) -> Vec<Piece> {
    let valid = |(start, end, _): &&Mark<'_>| start < end && text.get(*start..*end).is_some();
    let marks: Vec<&Mark<'_>> = marks.iter().filter(valid).collect();
    let mut edges: Vec<usize> = marks.iter().flat_map(|(start, end, _)| [*start, *end]).collect();
    edges.extend([0, text.len()]);
    edges.sort_unstable();
    edges.dedup();
    let mut pieces = Vec::new();
    for pair in edges.windows(2) {
        let [start, end] = *pair else { continue };
        let covering: Vec<&str> = marks
            .iter()
            .filter(|(from, to, _)| *from <= start && end <= *to)
            .map(|(_, _, what)| *what)
            .collect();
        let mark = (!covering.is_empty()).then(|| {
            let mut names = covering;
            names.dedup();
            names.join(", ")
        });
        stretch(text.get(start..end).unwrap_or_default(), mark.as_deref(), layout, &mut pieces);
    }
    pieces
}

fn stretch(text: &str, mark: Option<&str>, layout: Layout, pieces: &mut Vec<Piece>) {
    let mark = mark.map(str::to_owned);
    let seen = |c: char| !is_hidden(c) || (layout == Layout::Lines && matches!(c, '\n' | '\t'));
    let mut rest = text;
    while !rest.is_empty() {
        if pieces.len() >= PIECES {
            pieces.push(Piece { text: Shown(rest).to_string(), hidden: None, mark });
            return;
        }
        let plain = rest.find(|c: char| !seen(c)).unwrap_or(rest.len());
        let (before, tail) = rest.split_at(plain);
        if !before.is_empty() {
            pieces.push(Piece { text: before.to_owned(), hidden: None, mark: mark.clone() });
        }
        let Some(character) = tail.chars().next() else { return };
        // A row of the same character is one label with its length.
        let row = tail.find(|c| c != character).unwrap_or(tail.len());
        let count = row / character.len_utf8();
        let mut label = label(character);
        if count > 1 {
            label += &format!("×{count}");
        }
        pieces.push(Piece { text: label, hidden: Some(name(character)), mark: mark.clone() });
        rest = tail.get(row..).unwrap_or_default();
    }
}

fn label(character: char) -> String {
    match character {
        '\n' => "⏎".to_owned(),
        '\t' => "⇥".to_owned(),
        '\r' => "CR".to_owned(),
        other => format!("U+{:04X}", u32::from(other)),
    }
}

fn name(character: char) -> String {
    let known = match character {
        '\n' => "line end",
        '\t' => "tab",
        '\r' => "carriage return",
        '\0' => "null",
        '\u{1b}' => "escape",
        '\u{7f}' => "delete",
        '\u{ad}' => "soft hyphen",
        '\u{61c}' => "Arabic letter mark",
        '\u{180e}' => "Mongolian vowel separator",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{200e}' => "left-to-right mark",
        '\u{200f}' => "right-to-left mark",
        '\u{2028}' => "line separator",
        '\u{2029}' => "paragraph separator",
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "pop directional formatting",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2060}' => "word joiner",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        '\u{2069}' => "pop directional isolate",
        '\u{2800}' => "Braille blank",
        '\u{3164}' => "Hangul filler",
        '\u{feff}' => "byte order mark",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "variation selector",
        '\u{e0000}'..='\u{e007f}' => "tag character",
        '\u{e000}'..='\u{f8ff}' => "private use character",
        _ => "invisible character",
    };
    format!("{known}, U+{:04X}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces as text: `[mark:…]` around what was matched, `{…}` around labels.
    fn shown(text: &str, marks: &[Mark<'_>], layout: Layout) -> String {
        let piece = |piece: Piece| {
            let inner = if piece.hidden.is_some() { format!("{{{}}}", piece.text) } else { piece.text };
            match piece.mark {
                Some(mark) => format!("[{mark}:{inner}]"),
                None => inner,
            }
        };
        pieces(text, marks, layout).into_iter().map(piece).collect()
    }

    #[test]
    fn what_was_matched_and_what_is_hidden_shows() {
        let check = |text: &str, marks: &[Mark<'_>], expected: &str| {
            assert_eq!(shown(text, marks, Layout::OneLine), expected, "{text:?}");
        };
        check("plain 中文", &[], "plain 中文");
        check("a bad word", &[(2, 5, "x")], "a [x:bad] word");
        check("abcdef", &[(0, 4, "x"), (2, 6, "y")], "[x:ab][x, y:cd][y:ef]");
        check("ab\u{202e}cd", &[(0, 5, "x")], "[x:ab][x:{U+202E}]cd");
        check("a\u{200b}\u{200b}\u{200b}b", &[], "a{U+200B×3}b");
        check("a\nb\t", &[], "a{⏎}b{⇥}");
        check("中", &[(0, 1, "x"), (5, 9, "y"), (2, 1, "z")], "中");
        check("", &[], "");
        assert_eq!(shown("a\n\tb\r\u{1b}", &[], Layout::Lines), "a\n\tb{CR}{U+001B}");
    }

    #[test]
    fn a_text_of_nothing_but_tricks_stays_bounded() {
        let text = "\u{200b}\u{200c}".repeat(100_000);
        assert_eq!(pieces(&text, &[], Layout::Lines).len(), PIECES + 1);
    }
}
