//! Lines of a segment from its end to its start.
//!
//! Owns the block-wise reading backwards that opening a log and `audit tail` need: both want the
//! last few lines of a file that may be gigabytes long. Refuses to know what a line says.

use std::io;

use super::line::MAX_LINE;
use super::segments::Source;

const BLOCK: usize = 64 * 1024;

/// A line and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BackLine {
    /// Offset of its first byte.
    pub(super) start: u64,
    /// Its bytes, without the line end.
    pub(super) bytes: Vec<u8>,
    /// Whether a line end follows it. Only the last line of a file can lack it.
    pub(super) ended: bool,
}

/// Reads lines backwards. The length of the text is taken once, at the start.
#[derive(Debug)]
pub(super) struct BackLines {
    source: Source,
    /// Offset of the first byte in `buffer`.
    offset: u64,
    /// What was read and not handed out yet.
    buffer: Vec<u8>,
    first: bool,
}

impl BackLines {
    /// Starts at the end of `source`.
    pub(super) fn new(source: Source) -> io::Result<Self> {
        Ok(Self { offset: source.length()?, source, buffer: Vec::new(), first: true })
    }

    fn read_block(&mut self) -> io::Result<()> {
        // Blocks double with the line, so that a long line is not copied once for every block.
        let size = BLOCK.max(self.buffer.len());
        let size = usize::try_from(self.offset).map_or(size, |left| left.min(size));
        if self.buffer.len() + size > MAX_LINE + BLOCK {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a line is longer than any record can be",
            ));
        }
        let mut block = vec![0; size];
        let offset = self.offset.saturating_sub(size as u64);
        self.source.read_exact_at(&mut block, offset)?;
        block.append(&mut self.buffer);
        self.buffer = block;
        self.offset = offset;
        Ok(())
    }

    fn step(&mut self) -> io::Result<Option<BackLine>> {
        if self.buffer.is_empty() && self.offset == 0 {
            return Ok(None);
        }
        if self.buffer.is_empty() {
            self.read_block()?;
        }
        let ended = self.buffer.last() == Some(&b'\n');
        // Every line but the last one of the file has its line end at the end of the buffer.
        debug_assert!(ended || self.first);
        if ended {
            self.buffer.pop();
        }
        self.first = false;
        let mut unsearched = self.buffer.len();
        loop {
            let searched = self.buffer.get(..unsearched).unwrap_or_default();
            if let Some(at) = memchr::memrchr(b'\n', searched) {
                let bytes = self.buffer.split_off(at + 1);
                return Ok(Some(BackLine { start: self.offset + at as u64 + 1, bytes, ended }));
            }
            if self.offset == 0 {
                return Ok(Some(BackLine { start: 0, bytes: std::mem::take(&mut self.buffer), ended }));
            }
            let before = self.buffer.len();
            self.read_block()?;
            unsearched = self.buffer.len() - before;
        }
    }
}

impl Iterator for BackLines {
    type Item = io::Result<BackLine>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn agrees_with_reading_forwards() {
        let long = "x".repeat(200_000);
        let many: String = (0..20_000).map(|n| format!("line {n}\n")).collect();
        let table = [
            String::new(),
            "\n".into(),
            "\n\n".into(),
            "a".into(),
            "a\nb".into(),
            "a\nb\n".into(),
            "a\n\n\nb\n".into(),
            format!("{long}\n{long}"),
            format!("short\n{long}\n"),
            "y".repeat(BLOCK - 1) + "\n",
            "y".repeat(BLOCK) + "\nz",
            many,
        ];
        for text in table {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let mut lines: Vec<BackLine> =
                BackLines::new(Source::plain(file)).unwrap().map(Result::unwrap).collect();
            lines.reverse();
            let mut start = 0;
            let expected: Vec<BackLine> = text
                .split_inclusive('\n')
                .map(|line| {
                    let at = start;
                    start += line.len() as u64;
                    let ended = line.ends_with('\n');
                    BackLine { start: at, bytes: line.trim_end_matches('\n').into(), ended }
                })
                .collect();
            assert!(lines == expected, "{} bytes", text.len());
        }
    }

    #[test]
    fn gives_up_on_a_line_without_end() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(4 * MAX_LINE as u64).unwrap();
        assert!(BackLines::new(Source::plain(file)).unwrap().next().unwrap().is_err());
    }
}
