//! JSON escapes inside a text that is itself JSON text, such as the arguments of a tool call.
//!
//! Owns the reading of `\uXXXX` and its like over chunk borders. Refuses to judge: what is not a
//! valid escape is passed on as it stands, since a lenient parser may read it so.

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unescaped<'a> {
    /// Text without escapes.
    Run(&'a str),
    /// One character, and the bytes it took.
    Char(char, usize),
}

/// The unfinished escape at the end of a chunk.
#[derive(Debug, Clone, Default)]
pub(super) struct Escapes {
    /// At most eleven ASCII characters: `\ud83d\ude0`.
    pending: String,
}

/// What a prefix of a text that begins with a backslash is.
enum Step {
    /// It may become an escape with more text.
    Unfinished,
    /// An escape of this many bytes.
    Escape(char, usize),
    /// No escape: this many bytes stand as they are.
    Literal(usize),
}

impl Escapes {
    pub(super) fn unfinished(&self) -> usize {
        self.pending.len()
    }

    /// Takes what is left at the end of the text.
    pub(super) fn finish(&mut self) -> String {
        std::mem::take(&mut self.pending)
    }

    pub(super) fn read(&mut self, text: &str, mut out: impl FnMut(Unescaped<'_>)) {
        let mut rest = text;
        while !self.pending.is_empty() {
            // An escape is ASCII: whatever else comes decides it.
            let Some(c) = rest.chars().next() else { return };
            if c.is_ascii() {
                self.pending.push(c);
                rest = &rest[1..];
            }
            let pending = std::mem::take(&mut self.pending);
            match step(&pending, !c.is_ascii()) {
                Step::Unfinished => self.pending = pending,
                Step::Escape(c, length) => {
                    out(Unescaped::Char(c, length));
                    self.leftover(&pending[length..], &mut out);
                }
                Step::Literal(length) => {
                    out(Unescaped::Run(&pending[..length]));
                    self.leftover(&pending[length..], &mut out);
                }
            }
        }
        while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
            if at > 0 {
                out(Unescaped::Run(&rest[..at]));
            }
            rest = &rest[at..];
            match step(rest, false) {
                Step::Unfinished => {
                    self.pending = rest.to_owned();
                    return;
                }
                Step::Escape(c, length) => {
                    out(Unescaped::Char(c, length));
                    rest = &rest[length..];
                }
                Step::Literal(length) => {
                    out(Unescaped::Run(&rest[..length]));
                    rest = &rest[length..];
                }
            }
        }
        if !rest.is_empty() {
            out(Unescaped::Run(rest));
        }
    }

    /// Reads what followed an escape that the pending text turned out to be.
    fn leftover(&mut self, rest: &str, out: &mut impl FnMut(Unescaped<'_>)) {
        // At most ten bytes, so this ends after at most a handful of turns.
        let mut rest = rest;
        while !rest.is_empty() {
            if !rest.starts_with('\\') {
                let end = rest.find('\\').unwrap_or(rest.len());
                out(Unescaped::Run(&rest[..end]));
                rest = &rest[end..];
                continue;
            }
            match step(rest, false) {
                Step::Unfinished => {
                    self.pending = rest.to_owned();
                    return;
                }
                Step::Escape(c, length) => {
                    out(Unescaped::Char(c, length));
                    rest = &rest[length..];
                }
                Step::Literal(length) => {
                    out(Unescaped::Run(&rest[..length]));
                    rest = &rest[length..];
                }
            }
        }
    }
}

/// Reads one escape at the beginning of `text`, which starts with a backslash. `ended` says that
/// no further ASCII follows.
fn step(text: &str, ended: bool) -> Step {
    let bytes = text.as_bytes();
    let simple = match bytes.get(1) {
        None if ended => return Step::Literal(1),
        None => return Step::Unfinished,
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'u') => return unicode(bytes, ended),
        Some(_) => return Step::Literal(1),
    };
    Step::Escape(simple, 2)
}

fn unicode(bytes: &[u8], ended: bool) -> Step {
    let high = match hex(bytes, 2) {
        Ok(value) => value,
        Err(true) if !ended => return Step::Unfinished,
        Err(_) => return Step::Literal(2),
    };
    if let Some(c) = char::from_u32(high) {
        return Step::Escape(c, 6);
    }
    if high >= 0xDC00 {
        return Step::Literal(6);
    }
    // A high surrogate means something only together with a low one.
    for (index, expected) in [(6, b'\\'), (7, b'u')] {
        match bytes.get(index) {
            None if !ended => return Step::Unfinished,
            Some(byte) if *byte == expected => {}
            _ => return Step::Literal(6),
        }
    }
    match hex(bytes, 8) {
        Ok(low) if (0xDC00..0xE000).contains(&low) => {
            let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            char::from_u32(code).map_or(Step::Literal(6), |c| Step::Escape(c, 12))
        }
        Err(true) if !ended => Step::Unfinished,
        _ => Step::Literal(6),
    }
}

/// Four hexadecimal digits at `at`; an error says whether more text could still make them so.
fn hex(bytes: &[u8], at: usize) -> Result<u32, bool> {
    let mut value = 0;
    for index in at..at + 4 {
        let Some(byte) = bytes.get(index) else { return Err(true) };
        let Some(digit) = (*byte as char).to_digit(16) else { return Err(false) };
        value = value * 16 + digit;
    }
    Ok(value)
}
