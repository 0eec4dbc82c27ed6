//! Which bytes of a line are text of the exchange, and the line without them.
//!
//! Owns the places of content in a line (`prompt`, `reply`, `original`, `salt`, `sealed`, and the `excerpt` of each finding)
//! and what becomes of them when a record is erased: `null`, and spaces up to the length that was there, so
//! that no other byte of the segment moves. The *stem* of a line is the line with `null` for all of its content;
//! erasing does not change it. Refuses to know who erases, and why.

use std::borrow::Cow;
use std::ops::Range;

use super::chain::LineHash;

/// Content that stands in the record itself.
const KEYS: [&[u8]; 5] = [b"prompt", b"reply", b"original", b"salt", b"sealed"];
/// What stands for content that is not there.
const NULL: &[u8] = b"null";
/// How deep a line may be nested; records are four deep.
const DEEP: usize = 32;

/// The content of a line: byte ranges of the values, in order, with the spaces that follow them. `None` when the
/// line is not JSON of the form that records have.
pub(super) fn places(line: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut scan = Scan { line, at: 0, places: Vec::new() };
    scan.record()?;
    (scan.at == line.len()).then_some(scan.places)
}

/// The line with `null` for its content.
pub(super) fn stem(line: &[u8], places: &[Range<usize>]) -> Vec<u8> {
    let (mut stem, mut at) = (Vec::with_capacity(line.len()), 0);
    for place in places {
        stem.extend_from_slice(line.get(at..place.start).unwrap_or_default());
        stem.extend_from_slice(NULL);
        at = place.end;
    }
    stem.extend_from_slice(line.get(at..).unwrap_or_default());
    stem
}

/// The hash of the stem of a line; `None` as in [`places`].
pub(super) fn stem_hash(line: &[u8]) -> Option<LineHash> {
    Some(LineHash::of(&stem(line, &places(line)?)))
}

/// Whether a place holds something.
pub(super) fn is_full(line: &[u8], place: &Range<usize>) -> bool {
    line.get(place.clone()).is_some_and(|value| !value.starts_with(NULL))
}

/// Whether somebody has put spaces where content was, as erasing does.
pub(super) fn is_blanked(line: &[u8]) -> bool {
    places(line)
        .is_some_and(|places| places.iter().any(|place| place.len() > NULL.len() && !is_full(line, place)))
}

/// Makes the places empty, at the length that they have.
pub(super) fn blank(line: &mut [u8], places: &[Range<usize>]) {
    for place in places {
        if let Some(value) = line.get_mut(place.clone()) {
            value.fill(b' ');
            let length = value.len().min(NULL.len());
            if let (Some(to), Some(from)) = (value.get_mut(..length), NULL.get(..length)) {
                to.copy_from_slice(from);
            }
        }
    }
}

/// What stands in a place that was made empty.
pub(super) fn emptiness(length: usize) -> Cow<'static, [u8]> {
    if length == NULL.len() {
        return Cow::Borrowed(NULL);
    }
    let mut value = vec![b' '; length];
    blank(&mut value, std::slice::from_ref(&(0..length)));
    Cow::Owned(value)
}

/// A walk over the bytes of a line.
struct Scan<'a> {
    line: &'a [u8],
    at: usize,
    places: Vec<Range<usize>>,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    fn byte(&mut self, expected: u8) -> Option<()> {
        (self.peek()? == expected).then(|| self.at += 1)
    }

    /// The members of an object; `each` reads the value of a key.
    fn object(&mut self, mut each: impl FnMut(&mut Self, &'a [u8]) -> Option<()>) -> Option<()> {
        self.byte(b'{')?;
        if self.peek()? == b'}' {
            return self.byte(b'}');
        }
        loop {
            let key = self.string()?;
            self.byte(b':')?;
            each(self, key)?;
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                _ => return self.byte(b'}'),
            }
        }
    }

    fn array(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.byte(b'[')?;
        if self.peek()? == b']' {
            return self.byte(b']');
        }
        loop {
            each(self)?;
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                _ => return self.byte(b']'),
            }
        }
    }

    fn record(&mut self) -> Option<()> {
        self.object(|scan, key| match key {
            b"findings" if scan.peek()? == b'[' => scan.array(|scan| {
                scan.object(|scan, key| if key == b"excerpt" { scan.content() } else { scan.value(0) })
            }),
            _ if KEYS.contains(&key) => scan.content(),
            _ => scan.value(0),
        })
    }

    fn content(&mut self) -> Option<()> {
        let start = self.at;
        match self.peek()? {
            b'"' => drop(self.string()?),
            _ => self.literal(NULL)?,
        }
        self.space();
        self.places.push(start..self.at);
        Some(())
    }

    fn literal(&mut self, word: &[u8]) -> Option<()> {
        self.line.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    /// A string, without its quotes, as it is written.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.byte(b'"')?;
        let start = self.at;
        loop {
            let rest = self.line.get(self.at..)?;
            self.at += memchr::memchr2(b'"', b'\\', rest)?;
            if self.peek()? == b'"' {
                self.at += 1;
                return self.line.get(start..self.at - 1);
            }
            self.at += 2;
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' if depth < DEEP => self.object(|scan, _| scan.value(depth + 1)),
            b'[' if depth < DEEP => self.array(|scan| scan.value(depth + 1)),
            _ => {
                let rest = self.line.get(self.at..)?;
                let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let length = rest.iter().take_while(|byte| word(byte)).count();
                self.at += length;
                (length > 0).then_some(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chain::Head;
    use super::super::record::{Draft, Finding, Record};
    use super::*;
    use crate::audit::line::encode;
    use crate::policy::Severity;
    use crate::text::{Channel, Phase, Role};

    fn line() -> Vec<u8> {
        let finding = |excerpt: Option<&str>| Finding {
            phase: Phase::Input,
            segment: 0,
            role: Role::User,
            channel: Channel::Content,
            policy: "prompt".into(),
            rule: "reply".into(),
            detector: "keywords".into(),
            category: Some("\"excerpt\":\"no\"".into()),
            severity: Severity::High,
            score: Some(1e-7),
            threshold: None,
            spans: vec![(2, 8)],
            excerpt: excerpt.map(str::to_owned),
            mark: Some((2, 8)),
            transforms: vec!["base64".into()],
            spans_cut: 0,
        };
        let draft = Draft {
            model: "\\\"prompt\":\"x\"".into(),
            findings: vec![finding(Some("a \"needle\" \\ 中")), finding(None)],
            prompt: Some("my number is 1 \u{202e}\n\"reply\":\"\"".into()),
            reply: None,
            original: Some("call \\\"me\\\"".into()),
            salt: Some("00".into()),
            ..Draft::default()
        };
        let mut line = Vec::new();
        encode(&draft, Head::EMPTY, &mut line).unwrap();
        line
    }

    #[test]
    fn content_goes_and_everything_else_stays() {
        let line = line();
        let places = places(&line).unwrap();
        let held: Vec<bool> = places.iter().map(|place| is_full(&line, place)).collect();
        assert_eq!(held, [true, false, true, false, true, true]);
        assert!(!is_blanked(&line));
        let mut erased = line.clone();
        blank(&mut erased, &places);
        assert_eq!(erased.len(), line.len());
        assert!(is_blanked(&erased));
        assert_eq!(stem_hash(&erased), stem_hash(&line));
        let mut expected = Record::parse(std::str::from_utf8(&line).unwrap()).unwrap();
        (expected.draft.prompt, expected.draft.original, expected.draft.salt) = (None, None, None);
        expected.draft.findings[0].excerpt = None;
        assert_eq!(Record::parse(std::str::from_utf8(&erased).unwrap()).unwrap(), expected);
        // Twice is once.
        let again = super::places(&erased).unwrap();
        assert_eq!(again, places);
    }

    #[test]
    fn any_other_change_changes_the_stem() {
        let line = line();
        let (places, stem) = (places(&line).unwrap(), stem_hash(&line));
        for at in 0..line.len() {
            let mut changed = line.clone();
            changed[at] ^= 1;
            let inside = places.iter().any(|place| place.contains(&at));
            assert!(inside || stem_hash(&changed) != stem, "byte {at}");
        }
    }

    #[test]
    fn what_is_no_record_has_no_places() {
        for line in [
            "",
            "{",
            "[]",
            "{\"prompt\":{}}",
            "{\"prompt\":\"",
            "{\"a\":1}x",
            "{\"a\":}",
            "{\"findings\":[1]}",
        ] {
            assert_eq!(places(line.as_bytes()), None, "{line}");
        }
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(1000), "]".repeat(1000));
        assert_eq!(places(deep.as_bytes()), None);
    }
}
