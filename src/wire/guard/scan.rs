//! Where a head ends, told line by line as it arrives.
//!
//! Owns the rule that lines end with CRLF and nothing else, and the size of a head; each byte is
//! looked at once. Refuses to know what a line says.

use crate::wire::head::{MOST_HEADERS, Malformed};

/// How far the current head was looked at.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    at: usize,
    line_start: usize,
    /// Lines that were not blank, the request line included.
    lines: usize,
}

impl HeadScan {
    /// Whether no byte was looked at.
    pub(super) fn is_fresh(&self) -> bool {
        self.at == 0
    }

    /// Goes on with a head, of which `bytes` are all that has arrived: `Some(end)` when the blank
    /// line is there.
    pub(super) fn feed(&mut self, bytes: &[u8], most_bytes: usize) -> Result<Option<usize>, Malformed> {
        while let Some(rest) = bytes.get(self.at..) {
            if self.lines == 0
                && self.at == self.line_start
                && rest.first().is_some_and(|byte| !may_start(*byte))
            {
                return Err(Malformed::request("The connection does not speak HTTP."));
            }
            let Some(found) = memchr::memchr(b'\n', rest) else { break };
            let end = self.at + found;
            let line = bytes.get(self.line_start..end).unwrap_or_default();
            let Some(line) = line.strip_suffix(b"\r") else {
                return Err(Malformed::request("A line does not end with CR LF."));
            };
            self.at = end + 1;
            self.line_start = self.at;
            if self.at > most_bytes || self.lines > MOST_HEADERS + 1 {
                return Err(Malformed::TOO_LARGE);
            }
            // Blank lines before the request line are skipped, as RFC 9112 section 2.2 has it.
            if !line.is_empty() {
                self.lines += 1;
            } else if self.lines > 0 {
                return Ok(Some(self.at));
            }
        }
        self.at = bytes.len();
        if self.at > most_bytes { Err(Malformed::TOO_LARGE) } else { Ok(None) }
    }
}

/// Whether a request may start with the byte: a letter of its method, or a blank line. What cannot
/// (the first byte of TLS, say) is refused without waiting for a line to end.
fn may_start(byte: u8) -> bool {
    byte == b'\r' || byte == b'\n' || byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
