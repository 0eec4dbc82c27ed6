//! Lines of a stream that comes in any pieces, and the frames that they make.
//!
//! Owns the buffers: a frame that lies within one piece is a slice of it, only a frame that spans
//! pieces is copied. Every byte is looked at once. Refuses to know what a line means.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};

use super::FrameError;

/// One line, as a range of the current frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The line without its terminator, and without the byte order mark of a stream's first.
    pub(super) content: Range<usize>,
}

#[derive(Debug)]
pub(super) struct Lines {
    chunks: VecDeque<Bytes>,
    /// Bytes of the current frame that came in earlier pieces. While it is empty the current
    /// frame is the first `at` bytes of the first chunk; otherwise `at` is 0.
    carry: BytesMut,
    at: usize,
    /// Where the current line starts in the frame.
    line_start: usize,
    /// A line that ended with a CR, whose LF may still come.
    after_cr: Option<Line>,
    /// Whether a CR ends a line by itself.
    cr_ends_lines: bool,
    first_line: bool,
    failed: bool,
    cap: usize,
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Lines {
    pub(super) fn new(cap: usize, cr_ends_lines: bool) -> Self {
        Self {
            chunks: VecDeque::new(),
            carry: BytesMut::new(),
            at: 0,
            line_start: 0,
            after_cr: None,
            cr_ends_lines,
            first_line: true,
            failed: false,
            cap,
        }
    }

    pub(super) fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() && !self.failed {
            self.chunks.push_back(chunk);
        }
    }

    /// The next line, or `None` until more has been pushed.
    pub(super) fn next_line(&mut self) -> Option<Result<Line, FrameError>> {
        loop {
            let rest = self.chunks.front()?.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                self.keep_for_later();
                continue;
            }
            let end = match self.after_cr.take() {
                Some(line) => {
                    if rest.first() == Some(&b'\n') && !self.consume(1) {
                        return Some(self.fail());
                    }
                    self.line_start = self.frame().len();
                    return Some(Ok(line));
                }
                None if self.cr_ends_lines => memchr::memchr2(b'\n', b'\r', rest),
                None => memchr::memchr(b'\n', rest),
            };
            let Some(at) = end else {
                if !self.consume(rest.len()) {
                    return Some(self.fail());
                }
                continue;
            };
            let cr = rest.get(at) == Some(&b'\r');
            if !self.consume(at + 1) {
                return Some(self.fail());
            }
            let line = self.line(self.frame().len() - 1);
            if cr {
                self.after_cr = Some(line);
            } else {
                self.line_start = self.frame().len();
                return Some(Ok(line));
            }
        }
    }

    /// What is left at the end of the stream: the last line, and whether it was terminated.
    /// `None` when the last frame was complete.
    pub(super) fn finish(&mut self) -> Option<(Line, bool)> {
        if self.failed || self.frame().is_empty() {
            return None;
        }
        match self.after_cr.take() {
            Some(line) => Some((line, true)),
            None => Some((self.line(self.frame().len()), false)),
        }
    }

    /// The bytes of the current frame so far.
    pub(super) fn frame(&self) -> &[u8] {
        if self.carry.is_empty() {
            self.chunks.front().and_then(|chunk| chunk.get(..self.at)).unwrap_or_default()
        } else {
            &self.carry
        }
    }

    /// Ends the current frame.
    pub(super) fn take_frame(&mut self) -> Bytes {
        self.line_start = 0;
        if !self.carry.is_empty() {
            return self.carry.split().freeze();
        }
        let at = std::mem::take(&mut self.at);
        match self.chunks.front_mut() {
            Some(chunk) if at == chunk.len() => self.chunks.pop_front().unwrap_or_default(),
            Some(chunk) => chunk.split_to(at),
            None => Bytes::new(),
        }
    }

    fn line(&mut self, end: usize) -> Line {
        let mut start = self.line_start;
        if std::mem::take(&mut self.first_line)
            && self.frame().get(start..end).is_some_and(|line| line.starts_with(BYTE_ORDER_MARK))
        {
            start += BYTE_ORDER_MARK.len();
        }
        Line { content: start..end }
    }

    /// Adds the next `count` bytes of the first chunk to the frame; `false` past the cap.
    fn consume(&mut self, count: usize) -> bool {
        if self.frame().len() + count > self.cap {
            return false;
        }
        if self.carry.is_empty() {
            self.at += count;
        } else if let Some(chunk) = self.chunks.front_mut() {
            self.carry.extend_from_slice(chunk.get(..count).unwrap_or_default());
            chunk.advance(count.min(chunk.len()));
        }
        true
    }

    /// The first chunk is used up: what the current frame has of it is copied.
    fn keep_for_later(&mut self) {
        let at = std::mem::take(&mut self.at);
        if let Some(chunk) = self.chunks.pop_front() {
            self.carry.extend_from_slice(chunk.get(..at).unwrap_or_default());
        }
    }

    fn fail(&mut self) -> Result<Line, FrameError> {
        self.failed = true;
        self.chunks.clear();
        self.carry.clear();
        self.at = 0;
        self.after_cr = None;
        Err(FrameError::TooLarge { cap: self.cap })
    }
}
