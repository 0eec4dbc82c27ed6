//! Characters that are spelled out in ASCII: percent-encoding, HTML character references, and the
//! backslash escapes of programming languages.
//!
//! Owns their decoding as a stream: a character that was spelled out stands for the bytes of the
//! original that spelled it. Refuses to judge: what is no whole spelling is passed on as it stands.
//! Two of them may be nested ([`Chain`] decodes [`DEPTH`] times over), since web pages and tools do so.

use super::Transforms;

/// How often a text is decoded.
const DEPTH: usize = 3;

/// Most characters of one spelling: `&CounterClockwiseContourIntegral;` is the longest name.
const LONGEST: usize = 34;

/// A character of a text, and the bytes of the original that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// The character.
    pub c: char,
    /// First byte of the original.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
    /// How it was spelled.
    pub via: Transforms,
}

/// Decoders in a row.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    stages: [Stage; DEPTH],
}

impl Chain {
    /// Takes the next character, and passes on what is certain.
    pub fn push(&mut self, item: Item, out: &mut Vec<Item>) {
        if !starts(item.c) && self.is_idle() {
            return out.push(item);
        }
        let [first, second, third] = &mut self.stages;
        first.push(item, &mut |item| {
            second.push(item, &mut |item| third.push(item, &mut |item| out.push(item)))
        });
    }

    /// Whether a character passes as it is.
    #[inline]
    #[must_use]
    pub fn passes(&self, c: char) -> bool {
        !starts(c) && self.is_idle()
    }

    /// Whether nothing waits.
    #[inline]
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.stages.iter().all(|stage| stage.pending.is_empty())
    }

    /// Where in the original the unfinished spelling begins.
    #[must_use]
    pub fn pending_from(&self) -> Option<usize> {
        self.stages.iter().filter_map(|stage| stage.pending.first()).map(|item| item.start).min()
    }

    /// Ends the text: what was not finished stands as it is.
    pub fn finish(&mut self, out: &mut Vec<Item>) {
        for index in 0..DEPTH {
            let mut rest = Vec::new();
            if let Some(stage) = self.stages.get_mut(index) {
                stage.finish(&mut |item| rest.push(item));
            }
            for item in rest {
                match self.stages.get_mut(index + 1..) {
                    Some([second, third]) => {
                        second.push(item, &mut |item| third.push(item, &mut |item| out.push(item)));
                    }
                    Some([third]) => third.push(item, &mut |item| out.push(item)),
                    _ => out.push(item),
                }
            }
        }
    }
}

/// Whether a spelling may begin with this character.
#[inline]
fn starts(c: char) -> bool {
    matches!(c, '%' | '&' | '\\')
}

#[derive(Debug, Clone, Default)]
struct Stage {
    /// The beginning of a spelling, which holds no other beginning but in runs of bytes.
    pending: Vec<Item>,
}

/// What a text that begins with one of the starting signs is.
enum Step {
    /// It may become a spelling with more text.
    Unfinished,
    /// A spelling of these characters, of so many items.
    Spelled(Vec<char>, usize, Transforms),
    /// No spelling.
    Literal,
}

impl Stage {
    fn push(&mut self, item: Item, out: &mut dyn FnMut(Item)) {
        if self.pending.is_empty() && !starts(item.c) {
            return out(item);
        }
        self.pending.push(item);
        self.settle(false, out);
    }

    fn finish(&mut self, out: &mut dyn FnMut(Item)) {
        self.settle(true, out);
    }

    /// Passes on what of the pending text is decided. Each turn consumes at least one item, and what is
    /// looked at again is at most [`LONGEST`] items long.
    fn settle(&mut self, ended: bool, out: &mut dyn FnMut(Item)) {
        while let Some(first) = self.pending.first().copied() {
            if !starts(first.c) {
                self.pending.remove(0);
                out(first);
                continue;
            }
            match step(&self.pending, ended) {
                Step::Unfinished => return,
                Step::Literal => {
                    self.pending.remove(0);
                    out(first);
                }
                Step::Spelled(chars, count, by) => {
                    let count = count.clamp(1, self.pending.len());
                    let end = self.pending.get(count - 1).map_or(first.end, |last| last.end);
                    let via = self.pending.iter().take(count).fold(by, |via, item| via | item.via);
                    self.pending.drain(..count);
                    for c in chars {
                        out(Item { c, start: first.start, end, via });
                    }
                }
            }
        }
    }
}

fn step(items: &[Item], ended: bool) -> Step {
    match items.first().map(|item| item.c) {
        Some('&') => reference(items, ended),
        Some('%') => percent(items, ended),
        Some('\\') => backslash(items, ended),
        _ => Step::Literal,
    }
}

/// What digits at a place come to.
enum Digits {
    Value(u32),
    Missing,
    Wrong,
}

fn digits(items: &[Item], at: usize, count: usize, radix: u32) -> Digits {
    let mut value = 0;
    for index in at..at + count {
        let Some(item) = items.get(index) else { return Digits::Missing };
        let Some(digit) = item.c.to_digit(radix) else { return Digits::Wrong };
        value = value * radix + digit;
    }
    Digits::Value(value)
}

fn percent(items: &[Item], ended: bool) -> Step {
    if items.get(1).is_some_and(|item| matches!(item.c, 'u' | 'U')) {
        return match digits(items, 2, 4, 16) {
            Digits::Value(code) => {
                char::from_u32(code).map_or(Step::Literal, |c| Step::Spelled(vec![c], 6, Transforms::PERCENT))
            }
            Digits::Missing if !ended => Step::Unfinished,
            _ => Step::Literal,
        };
    }
    utf8(items, 1, ended, |at| items.get(at).map(|item| item.c == '%'), Transforms::PERCENT)
}

/// A character of one to four bytes, each spelled as a mark of `mark` items and two hexadecimal digits.
fn utf8(
    items: &[Item],
    mark: usize,
    ended: bool,
    is_mark: impl Fn(usize) -> Option<bool>,
    by: Transforms,
) -> Step {
    let mut bytes: Vec<u8> = Vec::with_capacity(4);
    // A byte that is no beginning of UTF-8 is Latin-1, as in JavaScript's `\xF1`.
    let give_up = |bytes: &[u8]| match bytes.first() {
        Some(byte) => Step::Spelled(vec![char::from(*byte)], mark + 2, by),
        None => Step::Literal,
    };
    let mut at = 0;
    loop {
        let byte = match is_mark(at) {
            None => Digits::Missing,
            Some(false) => Digits::Wrong,
            Some(true) => digits(items, at + mark, 2, 16),
        };
        match byte {
            Digits::Value(byte) => bytes.push(byte as u8),
            Digits::Missing if !ended => return Step::Unfinished,
            _ => return give_up(&bytes),
        }
        at += mark + 2;
        match std::str::from_utf8(&bytes) {
            Ok(text) => return Step::Spelled(text.chars().collect(), at, by),
            Err(error) if error.error_len().is_some() => return give_up(&bytes),
            Err(_) => {}
        }
    }
}

fn backslash(items: &[Item], ended: bool) -> Step {
    let missing = || if ended { Step::Literal } else { Step::Unfinished };
    let spelled = |code: u32, count: usize| {
        char::from_u32(code).map_or(Step::Literal, |c| Step::Spelled(vec![c], count, Transforms::ESCAPE))
    };
    let Some(second) = items.get(1).map(|item| item.c) else { return missing() };
    match second {
        'x' => {
            let is_mark =
                |at: usize| match (items.get(at).map(|item| item.c), items.get(at + 1).map(|item| item.c)) {
                    (Some('\\'), Some('x')) => Some(true),
                    (Some('\\') | None, None) => None,
                    _ => Some(false),
                };
            utf8(items, 2, ended, is_mark, Transforms::ESCAPE)
        }
        'U' => match digits(items, 2, 8, 16) {
            Digits::Value(code) => spelled(code, 10),
            Digits::Missing => missing(),
            Digits::Wrong => Step::Literal,
        },
        'u' => match items.get(2).map(|item| item.c) {
            None => missing(),
            Some('{') => braced(items, ended),
            Some(_) => match digits(items, 2, 4, 16) {
                Digits::Value(high @ 0xD800..0xDC00) => surrogates(items, high, ended),
                Digits::Value(code) => spelled(code, 6),
                Digits::Missing => missing(),
                Digits::Wrong => Step::Literal,
            },
        },
        '0'..='3' => match digits(items, 1, 3, 8) {
            Digits::Value(code @ 0x20..0x7F) => spelled(code, 4),
            Digits::Missing => missing(),
            _ => Step::Literal,
        },
        _ => Step::Literal,
    }
}

fn surrogates(items: &[Item], high: u32, ended: bool) -> Step {
    for (index, expected) in [(6, '\\'), (7, 'u')] {
        match items.get(index) {
            None if !ended => return Step::Unfinished,
            Some(item) if item.c == expected => {}
            _ => return Step::Literal,
        }
    }
    match digits(items, 8, 4, 16) {
        Digits::Value(low @ 0xDC00..0xE000) => {
            let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            char::from_u32(code).map_or(Step::Literal, |c| Step::Spelled(vec![c], 12, Transforms::ESCAPE))
        }
        Digits::Missing if !ended => Step::Unfinished,
        _ => Step::Literal,
    }
}

/// `\u{1F4A3}`, of one to six digits.
fn braced(items: &[Item], ended: bool) -> Step {
    let mut code = 0;
    for (index, item) in items.iter().enumerate().skip(3) {
        match item.c.to_digit(16) {
            Some(digit) if index < 9 => code = code * 16 + digit,
            None if item.c == '}' && index > 3 => {
                return char::from_u32(code)
                    .map_or(Step::Literal, |c| Step::Spelled(vec![c], index + 1, Transforms::ESCAPE));
            }
            _ => return Step::Literal,
        }
    }
    if ended { Step::Literal } else { Step::Unfinished }
}

/// A character reference, with or without its semicolon, as browsers read it.
fn reference(items: &[Item], ended: bool) -> Step {
    let at = |index: usize| items.get(index).map(|item| item.c);
    let numeric = at(1) == Some('#');
    let hexadecimal = numeric && matches!(at(2), Some('x' | 'X'));
    let from = 1 + usize::from(numeric) + usize::from(hexadecimal);
    let belongs = |item: &&Item| match (numeric, hexadecimal) {
        (_, true) => item.c.is_ascii_hexdigit(),
        (true, _) => item.c.is_ascii_digit(),
        _ => item.c.is_ascii_alphanumeric(),
    };
    let length = items.iter().skip(from).take_while(belongs).count();
    let closed = match at(from + length) {
        None if !ended && items.len() < LONGEST => return Step::Unfinished,
        Some(c) => c == ';',
        None => false,
    };
    if length == 0 {
        return Step::Literal;
    }
    let count = from + length + usize::from(closed);
    let written: String = items.iter().take(count).map(|item| item.c).collect();
    let read = htmlize::unescape(&written);
    // Without its semicolon a name may be the beginning of a longer word, which is then left alone.
    if *read == *written || (!closed && read.chars().count() > 2) {
        return Step::Literal;
    }
    Step::Spelled(read.chars().collect(), count, Transforms::HTML_ENTITY)
}
