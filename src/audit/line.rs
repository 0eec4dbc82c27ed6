//! A record as one line of JSON.
//!
//! Owns the bytes of a line: compact JSON whose hidden characters are escaped, so that a log can
//! be opened with any pager or editor without its text moving the cursor or hiding itself.
//! Refuses to know files.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::chain::{Head, LineHash};
use super::record::Draft;
use super::visible;

/// Bytes that no line of ours comes near: the bounds of [`Draft`] keep even the worst one, all of
/// control characters, below half of it.
pub(super) const MAX_LINE: usize = 32 * 1024 * 1024;

/// Appends the line of `draft`, without a line end, to `buffer`, and gives the head after it.
///
/// # Errors
/// When the draft cannot be written as JSON; the buffer is then as it was.
pub(super) fn encode(draft: &Draft, head: Head, buffer: &mut Vec<u8>) -> Result<Head, serde_json::Error> {
    let start = buffer.len();
    buffer.extend_from_slice(b"{\"seq\":");
    buffer.extend_from_slice(itoa::Buffer::new().format(head.seq).as_bytes());
    buffer.extend_from_slice(b",\"prev\":\"");
    head.prev.push_hex(buffer);
    buffer.push(b'"');
    let joint = buffer.len();
    if let Err(error) = draft.serialize(&mut Serializer::with_formatter(&mut *buffer, Visible)) {
        buffer.truncate(start);
        return Err(error);
    }
    // The draft is an object of its own; its opening brace becomes the comma between the two.
    if let Some(brace) = buffer.get_mut(joint) {
        *brace = b',';
    }
    let prev = LineHash::of(buffer.get(start..).unwrap_or_default());
    Ok(Head { seq: head.seq.saturating_add(1), prev })
}

/// Compact JSON with hidden characters escaped.
struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if visible::first_hidden(fragment).is_none() {
            return writer.write_all(fragment.as_bytes());
        }
        writer.write_all(visible::escape_json(fragment, false).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Record;
    use super::*;

    #[test]
    fn a_line_is_the_record() {
        let draft = Draft {
            prompt: Some("one\ntwo \u{202e}\u{1b}[2J \"中\" \u{e0041}".into()),
            model: "qwen\u{7f}".into(),
            ..Draft::default()
        };
        let draft = Draft { time: "2026-01-02T03:04:05.123456Z".parse().unwrap(), ..draft };
        let mut buffer = b"before".to_vec();
        let head = Head { seq: 41, prev: LineHash::of(b"abc") };
        let next = encode(&draft, head, &mut buffer).unwrap();
        let line = std::str::from_utf8(&buffer[6..]).unwrap();
        assert_eq!(next, Head::after(41, line.as_bytes()));
        assert_eq!(visible::first_hidden(line), None, "{line}");
        let record = Record { seq: 41, prev: head.prev.to_hex(), draft };
        assert_eq!(Record::parse(line).unwrap(), record);
        // The same fields in the same order as the record's own form.
        let keys = |text: &str| match serde_json::from_str(text).unwrap() {
            serde_json::Value::Object(map) => map.keys().cloned().collect::<Vec<_>>(),
            other => panic!("{other}"),
        };
        assert_eq!(keys(line), keys(&serde_json::to_string(&record).unwrap()));
    }
}
