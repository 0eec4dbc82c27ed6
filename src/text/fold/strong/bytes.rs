//! Text in bytes in text: base64 and hexadecimal.
//!
//! Owns the streaming decoders, which map every decoded character to the characters that carry its
//! bits. Refuses to search: it yields characters, and says when a run is over. A run that yields
//! anything that is not text is given up at its first such byte, which is the second or third of
//! almost every word of prose.

use super::{Item, Transforms};

/// Bytes of text that a run must have before any of it is passed on: most words of prose are no text for
/// as long, and no keyword is shorter in bytes that anybody would encode.
const FIRST: usize = 3;

/// What comes of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRun {
    /// The run goes on, or there is none.
    On,
    /// The run is over, or is not text.
    Over,
}

/// Bytes on their way to characters.
#[derive(Debug, Clone, Default)]
struct Utf8 {
    bytes: [u8; 4],
    count: usize,
    start: usize,
    /// Bytes of the run so far, and its first characters until there are [`FIRST`] bytes.
    total: usize,
    first: [Option<Item>; FIRST],
}

impl Utf8 {
    /// Takes a byte that the original bytes `start..end` carry; false where it is no text.
    fn push(&mut self, byte: u8, start: usize, end: usize, via: Transforms, out: &mut Vec<Item>) -> bool {
        if self.count == 0 {
            self.start = start;
        }
        let Some(slot) = self.bytes.get_mut(self.count) else { return false };
        *slot = byte;
        self.count += 1;
        self.total = self.total.saturating_add(1);
        let so_far = self.bytes.get(..self.count).unwrap_or_default();
        let c = match std::str::from_utf8(so_far) {
            Ok(text) => text.chars().next(),
            Err(error) if error.error_len().is_none() => return true,
            Err(_) => return false,
        };
        self.count = 0;
        let Some(c) = c.filter(|c| !c.is_control() || matches!(c, '\t' | '\r' | '\n')) else { return false };
        let item = Item { c, start: self.start, end, via };
        if self.total < FIRST {
            if let Some(slot) = self.first.iter_mut().find(|slot| slot.is_none()) {
                *slot = Some(item);
            }
        } else {
            out.extend(self.first.iter_mut().filter_map(Option::take));
            out.push(item);
        }
        true
    }

    /// Where in the original the characters begin that were not passed on.
    fn pending_from(&self) -> Option<usize> {
        let first = self.first.iter().flatten().next().map(|item| item.start);
        first.or((self.count > 0).then_some(self.start))
    }
}

/// Where a decoder is in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Run {
    /// Between runs.
    #[default]
    Outside,
    /// In a run that has been text so far.
    Alive,
    /// In a run that is no text.
    Dead,
}

/// Base64, standard or URL-safe, padded or not.
#[derive(Debug, Clone, Default)]
pub struct Base64 {
    run: Run,
    bits: u32,
    /// Number of valid low bits.
    count: u32,
    /// Where the character begins that carries the first of these bits.
    start: usize,
    utf8: Utf8,
}

impl Base64 {
    /// Takes the next character of the text around.
    #[inline]
    pub fn push(&mut self, item: Item, out: &mut Vec<Item>) -> ByteRun {
        let Some(value) = sextet(item.c) else {
            return match self.run {
                Run::Outside => ByteRun::On,
                Run::Dead => {
                    self.run = Run::Outside;
                    ByteRun::On
                }
                Run::Alive => {
                    *self = Self::default();
                    ByteRun::Over
                }
            };
        };
        match self.run {
            Run::Dead => return ByteRun::On,
            Run::Outside => self.run = Run::Alive,
            Run::Alive => {}
        }
        let first = if self.count == 0 { item.start } else { self.start };
        self.bits = (self.bits << 6 | value) & 0xFFFF;
        self.count += 6;
        self.start = first;
        if self.count < 8 {
            return ByteRun::On;
        }
        self.count -= 8;
        let byte = (self.bits >> self.count) as u8;
        // The bits that are left came with this character.
        self.start = item.start;
        if self.utf8.push(byte, first, item.end, item.via | Transforms::BASE64, out) {
            return ByteRun::On;
        }
        *self = Self { run: Run::Dead, ..Self::default() };
        ByteRun::Over
    }

    /// Where in the original the bits begin that are no character yet, if one that begins a word may
    /// come of them.
    #[must_use]
    pub fn pending_from(&self) -> Option<usize> {
        if self.run != Run::Alive {
            return None;
        }
        if let Some(pending) = self.utf8.pending_from() {
            return Some(pending);
        }
        let missing = 8u32.saturating_sub(self.count);
        let low = (self.bits & ((1 << self.count) - 1)) << missing;
        (self.count > 0 && (low..low + (1 << missing)).any(begins)).then_some(self.start)
    }
}

/// The six bits of a character of either alphabet.
fn sextet(c: char) -> Option<u32> {
    Some(match c {
        'A'..='Z' => c as u32 - 'A' as u32,
        'a'..='z' => c as u32 - 'a' as u32 + 26,
        '0'..='9' => c as u32 - '0' as u32 + 52,
        '+' | '-' => 62,
        '/' | '_' => 63,
        _ => return None,
    })
}

/// Whether a byte may be the first of a letter, or of a spelling of one.
fn begins(byte: u32) -> bool {
    byte >= 0xC2
        || u8::try_from(byte).is_ok_and(|byte| byte.is_ascii_alphanumeric() || b"%&\\@$!|+(<".contains(&byte))
}

/// Bytes in hexadecimal, each of two digits, with or without one sign between two bytes or `0x` before.
#[derive(Debug, Clone, Default)]
pub struct Hex {
    run: Run,
    /// The first digit of a byte, where it stands, and by what means.
    digit: Option<(u32, Item)>,
    /// Whether the last character was a sign between two bytes.
    parted: bool,
    utf8: Utf8,
    /// Whether the text around just had a letter or digit.
    in_word: bool,
}

impl Hex {
    /// Takes the next character of the text around.
    #[inline]
    pub fn push(&mut self, item: Item, out: &mut Vec<Item>) -> ByteRun {
        if self.run == Run::Dead && self.in_word && item.c.is_ascii_alphanumeric() {
            return ByteRun::On;
        }
        let in_word = std::mem::replace(&mut self.in_word, item.c.is_ascii_alphanumeric());
        let Some(value) = item.c.to_digit(16) else { return self.other(item) };
        match self.run {
            Run::Dead => return ByteRun::On,
            Run::Outside if in_word => {
                self.run = Run::Dead;
                return ByteRun::On;
            }
            Run::Outside => self.run = Run::Alive,
            Run::Alive => {}
        }
        self.parted = false;
        let Some((high, first)) = self.digit.take() else {
            self.digit = Some((value, item));
            return ByteRun::On;
        };
        let via = first.via | item.via | Transforms::HEX;
        if self.utf8.push((high << 4 | value) as u8, first.start, item.end, via, out) {
            return ByteRun::On;
        }
        *self = Self { run: Run::Dead, in_word: true, ..Self::default() };
        ByteRun::Over
    }

    fn other(&mut self, item: Item) -> ByteRun {
        let at_byte = self.run == Run::Alive && self.digit.is_none();
        if at_byte && !self.parted && matches!(item.c, ' ' | ':' | ',' | '-' | '\\') {
            self.parted = true;
            return ByteRun::On;
        }
        // The mark of `0x62`, `\x62`, or of `0x62, 0x6f`.
        let zero = matches!(self.digit, Some((0, _)));
        if self.run == Run::Alive && item.c == 'x' && (zero || (at_byte && self.parted)) {
            self.digit = None;
            return ByteRun::On;
        }
        if at_byte && self.parted && item.c == ' ' {
            return ByteRun::On;
        }
        let was = self.run;
        let in_word = self.in_word;
        let run = if in_word { Run::Dead } else { Run::Outside };
        *self = Self { run, in_word, ..Self::default() };
        if was == Run::Alive { ByteRun::Over } else { ByteRun::On }
    }

    /// Where in the original the digit or bytes begin that are no character yet, if one that begins a
    /// word may come of them.
    #[must_use]
    pub fn pending_from(&self) -> Option<usize> {
        if self.run != Run::Alive {
            return None;
        }
        if let Some(pending) = self.utf8.pending_from() {
            return Some(pending);
        }
        let (high, first) = self.digit?;
        // A zero may be the one of `0x`, which stands for nothing by itself.
        (high << 4..(high << 4) + 16).any(begins).then_some(first.start)
    }
}
