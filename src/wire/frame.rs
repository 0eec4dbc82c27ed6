//! Framing of streamed replies: server-sent events and newline-delimited JSON.
//!
//! Owns where one event ends and the next begins, and which of its bytes are the payload. A frame
//! keeps the bytes it came in, so that an event that needs no change leaves as it came. Refuses to
//! know what a payload says.

mod lines;

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};

use lines::{Line, Lines};

/// Most bytes of one frame, where nothing else was asked for.
pub const DEFAULT_FRAME_CAP: usize = 1024 * 1024;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Exactly the bytes that it came in: comment lines before it and its terminator included.
    pub raw: Bytes,
    /// The data, its lines joined by `\n`; `None` where the frame has no data: a comment, a blank
    /// keep-alive, an event of other fields only.
    pub payload: Option<Bytes>,
    /// The name of the event, where the stream gives one (SSE only).
    pub event: Option<Bytes>,
    /// Whether it has a line that is neither a comment nor a field of the standard (SSE only). A
    /// browser would pass over it; somebody who reads the stream as it is would not.
    pub foreign: bool,
}

/// What was left when a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// The rest, read as if it had been terminated: a lenient client will do the same.
    pub frame: Frame,
    /// Whether the frame was complete: its last byte was a CR, which might have been half of a
    /// CRLF. `false` means that the stream broke off in mid-frame.
    pub terminated: bool,
}

/// A stream that cannot be framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// One frame grew past the cap; nothing after it can be framed.
    #[error("one event of the stream has more than {cap} bytes")]
    TooLarge {
        /// The cap in bytes.
        cap: usize,
    },
}

/// Cuts a stream into frames, whatever the pieces it comes in.
///
/// [`push`](Self::push) what arrives, then take frames until `next` gives `None`. An error ends
/// the stream of frames. The `raw` of all frames and of the tail is the input, byte for byte.
#[derive(Debug)]
pub enum FrameDecoder {
    /// Server-sent events.
    Sse(SseDecoder),
    /// One JSON text a line.
    Ndjson(NdjsonDecoder),
}

impl FrameDecoder {
    /// A decoder of server-sent events; `cap` bounds one frame, in bytes.
    #[must_use]
    pub fn sse(cap: usize) -> Self {
        Self::Sse(SseDecoder::new(cap))
    }

    /// A decoder of newline-delimited JSON; `cap` bounds one line, in bytes.
    #[must_use]
    pub fn ndjson(cap: usize) -> Self {
        Self::Ndjson(NdjsonDecoder::new(cap))
    }

    /// Adds what arrived.
    pub fn push(&mut self, chunk: Bytes) {
        match self {
            Self::Sse(decoder) => decoder.push(chunk),
            Self::Ndjson(decoder) => decoder.push(chunk),
        }
    }

    /// Tells what is left once the stream has ended and all frames were taken; `None` after a
    /// clean end.
    pub fn finish(&mut self) -> Option<Tail> {
        match self {
            Self::Sse(decoder) => decoder.finish(),
            Self::Ndjson(decoder) => decoder.finish(),
        }
    }
}

/// `None` asks for another [`FrameDecoder::push`]; it is not the end.
impl Iterator for FrameDecoder {
    type Item = Result<Frame, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Sse(decoder) => decoder.next(),
            Self::Ndjson(decoder) => decoder.next(),
        }
    }
}

/// Cuts server-sent events, as the HTML standard reads them: lines end with LF, CR or CRLF, a
/// blank line ends an event.
///
/// A CR at the very end of what has arrived waits for the next byte, because an LF would belong
/// to it; streams that end their lines with LF or CRLF are never delayed by that.
#[derive(Debug)]
pub struct SseDecoder {
    lines: Lines,
    fields: Fields,
}

/// What the lines of the current event said, as ranges of the event.
#[derive(Debug, Default)]
struct Fields {
    data: Option<Range<usize>>,
    /// Data lines after the first.
    more: Vec<Range<usize>>,
    event: Option<Range<usize>>,
    foreign: bool,
}

impl SseDecoder {
    /// `cap` bounds one frame, in bytes.
    #[must_use]
    pub fn new(cap: usize) -> Self {
        Self { lines: Lines::new(cap, true), fields: Fields::default() }
    }

    /// Adds what arrived.
    pub fn push(&mut self, chunk: Bytes) {
        self.lines.push(chunk);
    }

    /// As [`FrameDecoder::finish`].
    pub fn finish(&mut self) -> Option<Tail> {
        let (line, complete) = self.lines.finish()?;
        // A blank line whose CR was waiting for its LF ends an event.
        let terminated = complete && line.content.is_empty();
        self.fields.read(&line, self.lines.frame());
        Some(Tail { frame: self.take(), terminated })
    }

    fn take(&mut self) -> Frame {
        let fields = std::mem::take(&mut self.fields);
        let raw = self.lines.take_frame();
        let payload = fields.data.map(|first| {
            if fields.more.is_empty() {
                return slice(&raw, first);
            }
            let mut joined = BytesMut::with_capacity(raw.len());
            joined.extend_from_slice(&slice(&raw, first));
            for line in fields.more {
                joined.put_u8(b'\n');
                joined.extend_from_slice(&slice(&raw, line));
            }
            joined.freeze()
        });
        let event = fields.event.map(|name| slice(&raw, name)).filter(|name| !name.is_empty());
        Frame { raw, payload, event, foreign: fields.foreign }
    }
}

impl Iterator for SseDecoder {
    type Item = Result<Frame, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.lines.next_line()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            if line.content.is_empty() {
                return Some(Ok(self.take()));
            }
            self.fields.read(&line, self.lines.frame());
        }
    }
}

impl Fields {
    /// Reads one line of an event. Comments, and the fields that say nothing, are nothing to a proxy.
    fn read(&mut self, line: &Line, frame: &[u8]) {
        let Some(text) = frame.get(line.content.clone()) else { return };
        let end = line.content.end;
        let value_of = |name: &[u8]| -> Option<Range<usize>> {
            let rest = text.strip_prefix(name)?;
            match rest {
                [] => Some(end..end),
                [b':', b' ', value @ ..] | [b':', value @ ..] => Some(end - value.len()..end),
                _ => None,
            }
        };
        if let Some(value) = value_of(b"data") {
            match self.data {
                None => self.data = Some(value),
                Some(_) => self.more.push(value),
            }
        } else if let Some(value) = value_of(b"event") {
            self.event = Some(value);
        } else if !text.is_empty()
            && !text.starts_with(b":")
            && value_of(b"id").or(value_of(b"retry")).is_none()
        {
            self.foreign = true;
        }
    }
}

/// Cuts newline-delimited JSON: LF ends a line, a CR before it belongs to the terminator.
#[derive(Debug)]
pub struct NdjsonDecoder {
    lines: Lines,
}

impl NdjsonDecoder {
    /// `cap` bounds one line, in bytes.
    #[must_use]
    pub fn new(cap: usize) -> Self {
        Self { lines: Lines::new(cap, false) }
    }

    /// Adds what arrived.
    pub fn push(&mut self, chunk: Bytes) {
        self.lines.push(chunk);
    }

    /// As [`FrameDecoder::finish`].
    pub fn finish(&mut self) -> Option<Tail> {
        let (line, _) = self.lines.finish()?;
        Some(Tail { frame: self.take(&line), terminated: false })
    }

    fn take(&mut self, line: &Line) -> Frame {
        let raw = self.lines.take_frame();
        let content = slice(&raw, line.content.clone());
        let kept = content.strip_suffix(b"\r").map_or(content.len(), <[u8]>::len);
        let blank = content.iter().all(u8::is_ascii_whitespace);
        Frame { payload: (!blank).then(|| content.slice(..kept)), raw, event: None, foreign: false }
    }
}

impl Iterator for NdjsonDecoder {
    type Item = Result<Frame, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.lines.next_line()? {
            Ok(line) => Some(Ok(self.take(&line))),
            Err(error) => Some(Err(error)),
        }
    }
}

/// Ranges come from `Lines` and lie within the frame; an empty slice stands for one that does not.
fn slice(raw: &Bytes, range: Range<usize>) -> Bytes {
    if range.start <= range.end && range.end <= raw.len() { raw.slice(range) } else { Bytes::new() }
}

/// Frames a payload as one server-sent event. A payload of several lines becomes as many `data`
/// lines.
#[must_use]
pub fn sse(payload: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(payload.len() + 8);
    let mut rest = payload;
    loop {
        framed.put_slice(b"data: ");
        let Some(at) = memchr::memchr2(b'\n', b'\r', rest) else { break };
        let (line, after) = rest.split_at(at);
        framed.put_slice(line);
        framed.put_u8(b'\n');
        rest = after.strip_prefix(b"\r\n").or(after.get(1..)).unwrap_or_default();
    }
    framed.put_slice(rest);
    framed.put_slice(b"\n\n");
    framed.freeze()
}

/// Frames a JSON text as one line. Line breaks of a pretty-printed text become spaces: JSON allows
/// none within a string, so that the value stays the same.
#[must_use]
pub fn ndjson(payload: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(payload.len() + 1);
    framed.put_slice(payload);
    for byte in framed.iter_mut() {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    framed.put_u8(b'\n');
    framed.freeze()
}

#[cfg(test)]
mod tests;
