//! Placeholders in a text: where one stands, and which end of a text could still become one.
//!
//! Owns how a placeholder may be written: `[EMAIL_1]` in any case, with the backslashes that Markdown
//! puts in front of brackets and underscores, and in JSON text with JSON's escapes as well. Refuses to
//! know what a placeholder stands for.

use crate::text::{Encoding, Span};

/// What a name that was read so far is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// One of the names.
    Whole,
    /// The beginning of one.
    Beginning,
    /// Neither.
    No,
}

/// Looks for placeholders and hands each to `found`, with its name in capitals. Gives the offset
/// from which on the text must wait, since it could go on as one; the length of the text where
/// nothing waits, and always for a `complete` text.
///
/// Linear: an opening bracket stands only at the beginning of a placeholder, so what was read in
/// vain holds no other beginning, but for the backslash at its end.
pub(super) fn search(
    text: &str,
    encoding: Encoding,
    complete: bool,
    known: impl Fn(&str) -> Known,
    mut found: impl FnMut(Span, &str),
) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(start) = memchr::memchr2(b'[', b'\\', rest.as_bytes()).map(|offset| at + offset) else {
            break;
        };
        let here = text.get(start..).unwrap_or_default();
        match read(here, encoding, &known) {
            Read::Whole { from, to, name } => {
                found(Span::new(start + from, start + to), &name);
                at = start + to;
            }
            Read::Waits if !complete => return start,
            Read::Waits | Read::No => {
                at = start
                    + match unit(here, encoding) {
                        Unit::Character(_, length) => length,
                        Unit::Cut => 1,
                    };
            }
        }
    }
    text.len()
}

enum Read {
    /// A placeholder, at these bytes.
    Whole {
        from: usize,
        to: usize,
        name: String,
    },
    /// The text ends, and could go on as a placeholder.
    Waits,
    No,
}

/// Reads the placeholder with which a text begins.
fn read(text: &str, encoding: Encoding, known: impl Fn(&str) -> Known) -> Read {
    let (mut name, mut at) = (String::new(), 0);
    // The bytes of the backslash in front of the opening bracket, and whether the last character had one.
    let (mut before, mut escaped) = (0, false);
    loop {
        let Unit::Character(character, length) = unit(text.get(at..).unwrap_or_default(), encoding) else {
            return Read::Waits;
        };
        at += length;
        if character == '\\' && !escaped {
            escaped = true;
            let mut goes_on = |mark: &char| {
                name.push(*mark);
                let known = known(&name);
                name.pop();
                known != Known::No
            };
            if !['[', '_', ']'].iter().any(&mut goes_on) {
                return Read::No;
            }
            before = if name.is_empty() { at } else { before };
            continue;
        }
        if escaped && !matches!(character, '[' | '_' | ']') {
            return Read::No;
        }
        name.push(character.to_ascii_uppercase());
        match known(&name) {
            Known::No => return Read::No,
            Known::Beginning => escaped = false,
            // A backslash in front belongs to the placeholder where the other bracket has one too;
            // otherwise it may be the end of a path.
            Known::Whole => return Read::Whole { from: if escaped { 0 } else { before }, to: at, name },
        }
    }
}

/// One character as the reader of a text gets it.
enum Unit {
    /// The character, and the bytes that say it.
    Character(char, usize),
    /// The text ends before it, or within it.
    Cut,
}

/// What stands for characters that no name has.
const OTHER: char = '\0';

fn unit(text: &str, encoding: Encoding) -> Unit {
    let Some(first) = text.chars().next() else { return Unit::Cut };
    if encoding == Encoding::Plain || first != '\\' {
        return Unit::Character(first, first.len_utf8());
    }
    match text.as_bytes().get(1) {
        None => Unit::Cut,
        Some(b'\\') => Unit::Character('\\', 2),
        Some(b'"' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Unit::Character(OTHER, 2),
        Some(b'u') => hexadecimal(text),
        // No JSON, but models forget that they write it, and escape as in Markdown.
        Some(_) => Unit::Character('\\', 1),
    }
}

/// The character of a `\u` escape.
fn hexadecimal(text: &str) -> Unit {
    let digits = text.get(2..).unwrap_or_default();
    let digits = digits.get(..4).unwrap_or(digits);
    if digits.len() < 4 {
        // Names are ASCII, so only an escape that could become `\u0020` to `\u007f` is waited for.
        let could_be = digits.bytes().zip([b'0'..=b'0', b'0'..=b'0', b'2'..=b'7']);
        let alive = digits.is_ascii() && could_be.into_iter().all(|(digit, range)| range.contains(&digit));
        return if alive { Unit::Cut } else { Unit::Character(OTHER, 1) };
    }
    match u32::from_str_radix(digits, 16) {
        Ok(code) if digits.is_ascii() => Unit::Character(char::from_u32(code).unwrap_or(OTHER), 6),
        _ => Unit::Character(OTHER, 1),
    }
}
