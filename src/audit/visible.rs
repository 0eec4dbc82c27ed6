//! Which characters a reader cannot see, and how they are written so that he can.
//!
//! Owns one list for the log's lines, the terminal and the console, so that a character which is
//! shown in one is never silent in another. Refuses to know what is being shown.

use std::fmt::{self, Write as _};

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Whether a character leaves no ink, moves other characters about, or commands a terminal:
/// controls, bidirectional and other format characters, line and paragraph separators, variation
/// selectors, fillers, private and unassigned code points. Plain spaces of any width are not
/// hidden.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    // The Braille pattern without dots is a symbol by its category and nothing to the eye.
    if character == '\u{2800}' {
        return true;
    }
    matches!(
        CodePointMapData::<GeneralCategory>::new().get(character),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    ) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Where the next character that [`is_hidden`] stands in `text`, as a byte offset.
#[must_use]
pub fn first_hidden(text: &str) -> Option<usize> {
    // Nearly all text is printable ASCII for long stretches; bytes are compared before characters.
    let bytes = text.as_bytes();
    let odd = |byte: &u8| !(0x20..0x7f).contains(byte);
    let blocks =
        bytes.chunks_exact(16).take_while(|block| !block.iter().fold(false, |any, byte| any | odd(byte)));
    let before = 16 * blocks.count();
    let plain = before + bytes.get(before..)?.iter().position(odd)?;
    text.get(plain..)?
        .char_indices()
        .find(|(_, character)| is_hidden(*character))
        .map(|(offset, _)| plain + offset)
}

/// Shows a text of somebody else's on one line: hidden characters become `\u{…}` (`\n`, `\t` and
/// `\r` for the common three), a backslash is doubled so that what reads as an escape is one, and
/// the two brackets that mark a match ([`OPEN`], [`CLOSE`]) are escaped, so that nobody can forge
/// a mark.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(pub &'a str);

/// Opens a marked match.
pub const OPEN: char = '⟦';
/// Closes a marked match.
pub const CLOSE: char = '⟧';

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) =
            rest.find(|character| matches!(character, '\\' | OPEN | CLOSE) || is_hidden(character))
        {
            let (plain, tail) = rest.split_at(at);
            f.write_str(plain)?;
            let mut characters = tail.chars();
            match characters.next() {
                Some('\\') => f.write_str("\\\\")?,
                Some('\n') => f.write_str("\\n")?,
                Some('\t') => f.write_str("\\t")?,
                Some('\r') => f.write_str("\\r")?,
                Some(character) => write!(f, "\\u{{{:x}}}", u32::from(character))?,
                None => {}
            }
            rest = characters.as_str();
        }
        f.write_str(rest)
    }
}

/// Writes JSON text with every hidden character inside of it as a JSON escape. The value stays the
/// same: only strings can hold such characters in valid JSON, and there an escape means the same.
/// Line ends and tabs between values are left alone where `keep_layout` is set.
#[must_use]
pub fn escape_json(json: &str, keep_layout: bool) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = first_hidden(rest) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = tail.chars();
        match characters.next() {
            Some(character @ ('\n' | '\t')) if keep_layout => out.push(character),
            Some(character) => push_json_escape(&mut out, character),
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out
}

/// One character as `\uXXXX`, or as two of them beyond the basic plane.
pub(super) fn push_json_escape(out: &mut String, character: char) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_cannot_be_seen() {
        let table = [
            ("plain text, 中文 and é", "plain text, 中文 and é"),
            ("a\u{1b}[31mred", "a\\u{1b}[31mred"),
            ("abc\u{202e}fed", "abc\\u{202e}fed"),
            ("ze\u{200b}ro", "ze\\u{200b}ro"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
            ("vs\u{fe0f}", "vs\\u{fe0f}"),
            ("line\nnext\ttab\r", "line\\nnext\\ttab\\r"),
            ("c:\\new \\u{202e}", "c:\\\\new \\\\u{202e}"),
            ("⟦forged⟧", "\\u{27e6}forged\\u{27e7}"),
            ("filler\u{3164}\u{2800}\u{ad}", "filler\\u{3164}\\u{2800}\\u{ad}"),
            ("wide\u{3000}space\u{a0}", "wide\u{3000}space\u{a0}"),
            ("csi\u{9b}x\u{7f}", "csi\\u{9b}x\\u{7f}"),
        ];
        for (text, shown) in table {
            assert_eq!(Shown(text).to_string(), shown, "{text:?}");
        }
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({"a": "x\u{202e}y\u{e0041}\u{7f}\n", "b": ["中\u{2028}", 1]});
        let raw = value.to_string();
        let safe = escape_json(&raw, false);
        assert_eq!(first_hidden(&safe), None, "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
