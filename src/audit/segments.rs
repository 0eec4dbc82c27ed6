//! The segments of a log, plain or sealed and compressed, read in the same way.
//!
//! Owns the names in the folder and the reading of a segment's text at any offset. Offsets are
//! those of the text: they stay the same when a segment is sealed. Refuses to know records, the
//! chain and seals.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::frames::Frames;
use super::line::MAX_LINE;

/// Bytes that are read at once.
const BLOCK: usize = 256 * 1024;

/// A segment in the folder of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SegmentFile {
    /// Its place among the segments, from 1.
    pub number: u32,
    /// The file: `NNNNNNNN.jsonl`, or `NNNNNNNN.jsonl.zst` when compressed.
    pub path: PathBuf,
    /// Whether it is compressed, and so sealed.
    pub compressed: bool,
}

/// The segments of the log in `dir`, oldest first. Where a segment is there both plain and
/// compressed, as a crash while sealing leaves it, it is the plain one.
///
/// # Errors
/// When the folder cannot be listed.
pub fn list(dir: &Path) -> io::Result<Vec<SegmentFile>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some((number, compressed)) = parse(name) {
            found.push(SegmentFile { number, path, compressed });
        }
    }
    // The plain one sorts first, by its shorter path.
    found.sort();
    found.dedup_by_key(|segment| segment.number);
    Ok(found)
}

/// The number that a file of the folder has, and whether it is compressed; `None` for what is no
/// segment.
fn parse(name: &str) -> Option<(u32, bool)> {
    let (number, compressed) = match name.strip_suffix(".jsonl") {
        Some(number) => (number, false),
        None => (name.strip_suffix(".jsonl.zst")?, true),
    };
    let digits = number.len() == 8 && number.bytes().all(|digit| digit.is_ascii_digit());
    digits.then(|| Some((number.parse().ok()?, compressed))).flatten()
}

/// The name of a plain segment.
pub(super) fn plain_name(number: u32) -> String {
    format!("{number:08}.jsonl")
}

/// The name of a compressed segment.
pub(super) fn compressed_name(number: u32) -> String {
    format!("{number:08}.jsonl.zst")
}

impl SegmentFile {
    /// Opens it. A segment that was sealed since the folder was listed is found all the same.
    ///
    /// # Errors
    /// When the file cannot be read, or is compressed and damaged.
    pub fn open(&self) -> io::Result<Source> {
        match (File::open(&self.path), self.compressed) {
            (Ok(file), false) => Ok(Source::plain(file)),
            (Ok(file), true) => Source::packed(file),
            (Err(error), false) if error.kind() == io::ErrorKind::NotFound => {
                let sealed = self.path.with_file_name(compressed_name(self.number));
                // What is told is the file that the caller knows of.
                let file = File::open(sealed).map_err(|_| error)?;
                Source::packed(file)
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Its lines from `offset` of its text on, which must be where a line begins: 0, or a
    /// [`Line::end`].
    ///
    /// # Errors
    /// As [`SegmentFile::open`]; the iterator's items fail when reading does.
    pub fn lines(&self, offset: u64) -> io::Result<Lines> {
        Ok(Lines::new(self.open()?, offset))
    }
}

/// The text of a segment, which may still grow where it is a plain file.
#[derive(Debug)]
pub struct Source(Form);

#[derive(Debug)]
enum Form {
    Plain(File),
    Packed(Box<Frames>),
}

impl Source {
    /// The text of a plain file.
    pub(super) fn plain(file: File) -> Self {
        Self(Form::Plain(file))
    }

    fn packed(file: File) -> io::Result<Self> {
        Ok(Self(Form::Packed(Box::new(Frames::open(file)?))))
    }

    /// The inode of a plain file; `None` for a compressed one.
    pub(super) fn inode(&self) -> io::Result<Option<u64>> {
        match &self.0 {
            Form::Plain(file) => Ok(Some(file.metadata()?.ino())),
            Form::Packed(_) => Ok(None),
        }
    }

    /// Bytes of text that are there now.
    ///
    /// # Errors
    /// When the file's length cannot be read.
    pub fn length(&self) -> io::Result<u64> {
        match &self.0 {
            Form::Plain(file) => Ok(file.metadata()?.len()),
            Form::Packed(frames) => Ok(frames.length()),
        }
    }

    /// Reads at an offset of the text; 0 bytes at its end.
    ///
    /// # Errors
    /// When the file cannot be read, or is compressed and damaged.
    pub fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match &mut self.0 {
            Form::Plain(file) => file.read_at(buffer, offset),
            Form::Packed(frames) => frames.read_at(buffer, offset),
        }
    }

    /// Fills the buffer from an offset of the text on.
    ///
    /// # Errors
    /// As [`Source::read_at`], and when the text ends before.
    pub(super) fn read_exact_at(&mut self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.read_at(buffer, offset)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => {
                    buffer = buffer.get_mut(count..).unwrap_or_default();
                    offset += count as u64;
                }
            }
        }
        Ok(())
    }
}

/// A line as its bytes stand in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Offset of its first byte in the text of the segment.
    pub start: u64,
    /// Its bytes, without the line end.
    pub bytes: Vec<u8>,
    /// Whether a line end follows. Without one it is the beginning of a line that somebody is
    /// writing or that a crash left, or it is longer than any record.
    pub ended: bool,
}

impl Line {
    /// Offset of what follows it in the text of the segment.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64 + u64::from(self.ended)
    }
}

/// Reads lines forwards. Memory is bounded by the longest record, whatever the file holds.
#[derive(Debug)]
pub struct Lines {
    source: Source,
    /// Offset of the first byte of `buffer` that was not handed out yet.
    offset: u64,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were handed out.
    used: usize,
    failed: bool,
}

impl Lines {
    pub(super) fn new(source: Source, offset: u64) -> Self {
        Self { source, offset, buffer: Vec::new(), used: 0, failed: false }
    }

    fn step(&mut self) -> io::Result<Option<Line>> {
        let mut searched = self.used;
        loop {
            let unsearched = self.buffer.get(searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', unsearched) {
                return Ok(Some(self.take(searched + at, true)));
            }
            if self.buffer.len() - self.used >= MAX_LINE {
                return Ok(Some(self.take(self.buffer.len(), false)));
            }
            self.buffer.drain(..self.used);
            self.used = 0;
            searched = self.buffer.len();
            let end = self.offset + searched as u64;
            // Blocks double with the line, so that a long line is not searched or moved many times.
            self.buffer.resize(searched + BLOCK.max(searched), 0);
            let room = self.buffer.get_mut(searched..).unwrap_or_default();
            let outcome = self.source.read_at(room, end);
            self.buffer.truncate(searched + outcome.as_ref().map_or(0, |count| *count));
            if outcome? == 0 {
                return Ok(match searched {
                    0 => None,
                    rest => Some(self.take(rest, false)),
                });
            }
        }
    }

    fn take(&mut self, end: usize, ended: bool) -> Line {
        let bytes = self.buffer.get(self.used..end).unwrap_or_default().to_vec();
        let line = Line { start: self.offset, bytes, ended };
        self.used = end + usize::from(ended);
        self.offset = line.end();
        line
    }
}

impl Iterator for Lines {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.step().transpose();
        // A disk that fails is told once, not for ever.
        self.failed = matches!(next, Some(Err(_)));
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(dir: &Path, text: &str) -> SegmentFile {
        let path = dir.join(plain_name(1));
        fs::write(&path, text).unwrap();
        SegmentFile { number: 1, path, compressed: false }
    }

    #[test]
    fn lines_from_any_offset_plain_and_compressed() {
        let long = "x".repeat(700_000);
        let many: String = (0..50_000).map(|n| format!("line {n}\n")).collect();
        for text in ["", "\n", "a", "a\nb", "a\n\nb\n", &format!("s\n{long}\n{long}"), &many] {
            let dir = tempfile::tempdir().unwrap();
            let segment = plain(dir.path(), text);
            let mut start = 0;
            let expected: Vec<Line> = text
                .split_inclusive('\n')
                .map(|line| {
                    let bytes = line.trim_end_matches('\n').into();
                    let line = Line { start, bytes, ended: line.ends_with('\n') };
                    start = line.end();
                    line
                })
                .collect();
            let check = |segment: &SegmentFile| {
                for from in [0, 1, expected.len() / 2, expected.len()] {
                    let expected = expected.get(from..).unwrap_or_default();
                    let offset = expected.first().map_or(text.len() as u64, |line| line.start);
                    let found: Vec<Line> = segment.lines(offset).unwrap().map(Result::unwrap).collect();
                    assert!(found == expected, "{} bytes from line {from}", text.len());
                }
            };
            check(&segment);
            let mut packed = Vec::new();
            super::super::frames::compress(&mut text.as_bytes(), &mut packed, 3).unwrap();
            fs::write(dir.path().join(compressed_name(1)), packed).unwrap();
            assert_eq!(list(dir.path()).unwrap(), std::slice::from_ref(&segment));
            fs::remove_file(&segment.path).unwrap();
            let sealed = list(dir.path()).unwrap().remove(0);
            assert!(sealed.compressed);
            check(&sealed);
            // Listed while it was plain.
            check(&segment);
        }
    }

    #[test]
    fn names() {
        let table = [
            ("00000001.jsonl", Some((1, false))),
            ("00000012.jsonl.zst", Some((12, true))),
            ("1.jsonl", None),
            ("0000000x.jsonl", None),
            ("+0000001.jsonl", None),
            ("00000001.jsonl.zst.new", None),
            ("00000001.torn-3-0", None),
            ("00000001.seal", None),
        ];
        for (name, expected) in table {
            assert_eq!(parse(name), expected, "{name}");
        }
    }
}
