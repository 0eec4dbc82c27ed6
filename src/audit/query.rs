//! Reading the log back: from its start, from its end, and as it grows.
//!
//! Owns the walk over segments and lines. A line that cannot be read is told and passed over,
//! never the end of the walk, and a torn line at the very end (a record that is being written) is
//! not there yet. Refuses to judge the chain, which is `verify`'s. Memory is bounded by the
//! longest line, whatever the log's size.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::line::MAX_LINE;
use super::record::Record;
use super::reverse::BackLines;
use super::segments::{self, Lines, SegmentFile};

/// Why a log could not be read.
#[derive(Debug, thiserror::Error)]
#[error("could not {attempt} {}", path.display())]
pub struct QueryError {
    attempt: &'static str,
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl QueryError {
    pub(super) fn new(attempt: &'static str, path: &Path, source: io::Error) -> Self {
        Self { attempt, path: path.to_owned(), source }
    }
}

/// A line of the log as it stands there, and the record that it is.
#[derive(Debug)]
pub struct Stored {
    /// The line, without its end.
    pub line: String,
    /// What it says, or why it is no record.
    pub record: Result<Box<Record>, Unreadable>,
}

/// A line that is no record.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line} is not an audit record: {reason}", segment.display())]
pub struct Unreadable {
    /// The segment that it stands in.
    pub segment: PathBuf,
    /// Where it begins: line number from 1 when read from the start, byte offset otherwise.
    pub line: Position,
    /// What is wrong with it.
    pub reason: String,
}

/// A place in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Line number, from 1.
    Line(u64),
    /// Byte offset, where lines were not counted.
    Byte(u64),
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "{line}"),
            Self::Byte(offset) => write!(f, "byte {offset}"),
        }
    }
}

impl Stored {
    fn new(bytes: Vec<u8>, segment: &Path, position: Position) -> Self {
        let unreadable = |reason: String| Unreadable { segment: segment.to_owned(), line: position, reason };
        match String::from_utf8(bytes) {
            Ok(line) => {
                let record =
                    Record::parse(&line).map(Box::new).map_err(|error| unreadable(error.to_string()));
                Self { line, record }
            }
            Err(error) => {
                let record = Err(unreadable(error.utf8_error().to_string()));
                Self { line: String::from_utf8_lossy(error.as_bytes()).into_owned(), record }
            }
        }
    }
}

/// A line as its bytes stand in a segment.
pub(super) struct RawLine {
    pub(super) bytes: Vec<u8>,
    pub(super) segment: PathBuf,
    /// Line number within the segment, from 1.
    pub(super) number: u64,
    /// Whether it is the beginning of a line that somebody is writing or that a crash left.
    pub(super) torn: bool,
}

/// Lines of all segments, oldest first.
pub(super) struct RawLines {
    segments: VecDeque<SegmentFile>,
    current: Option<(PathBuf, Lines, u64)>,
}

impl RawLines {
    pub(super) fn open(dir: &Path) -> Result<Self, QueryError> {
        Ok(Self { segments: list(dir)?.into(), current: None })
    }

    fn step(&mut self) -> Result<Option<RawLine>, QueryError> {
        loop {
            let Some((path, lines, number)) = &mut self.current else {
                let Some(segment) = self.segments.pop_front() else {
                    return Ok(None);
                };
                let lines =
                    segment.lines(0).map_err(|error| QueryError::new("open", &segment.path, error))?;
                self.current = Some((segment.path, lines, 0));
                continue;
            };
            let Some(line) = lines.next() else {
                self.current = None;
                continue;
            };
            let line = line.map_err(|error| QueryError::new("read", path, error))?;
            *number += 1;
            // Only the end of the log can be torn; a line without end anywhere else is a fault, and
            // so is one that is longer than any record.
            let torn = !line.ended && self.segments.is_empty() && line.bytes.len() < MAX_LINE;
            return Ok(Some(RawLine { bytes: line.bytes, segment: path.clone(), number: *number, torn }));
        }
    }
}

/// The segments of a folder, oldest first.
pub(super) fn list(dir: &Path) -> Result<Vec<SegmentFile>, QueryError> {
    segments::list(dir).map_err(|error| QueryError::new("list the audit folder", dir, error))
}

impl Iterator for RawLines {
    type Item = Result<RawLine, QueryError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.step().transpose();
        if matches!(next, Some(Err(_))) {
            // A disk that fails is told once, not for ever.
            self.segments.clear();
            self.current = None;
        }
        next
    }
}

/// Every record of the log in `dir`, oldest first.
///
/// # Errors
/// When the folder cannot be listed; the iterator's own items fail when a segment cannot be read.
pub fn records(dir: &Path) -> Result<impl Iterator<Item = Result<Stored, QueryError>>, QueryError> {
    let mut lines = RawLines::open(dir)?;
    Ok(std::iter::from_fn(move || {
        let line = match lines.next()? {
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        if line.torn {
            return None;
        }
        Some(Ok(Stored::new(line.bytes, &line.segment, Position::Line(line.number))))
    }))
}

/// The last `count` lines, oldest first. Reads no more of the log than they take.
///
/// # Errors
/// When the folder or a segment cannot be read.
pub fn tail(dir: &Path, count: usize) -> Result<Vec<Stored>, QueryError> {
    Follow::with_tail(dir, count).map(|(lines, _)| lines)
}

/// What a record is asked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Its place in the log.
    Seq(u64),
    /// The id of its exchange.
    Id(String),
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(seq) = text.parse() {
            return Ok(Self::Seq(seq));
        }
        match uuid::Uuid::try_parse(text) {
            Ok(id) => Ok(Self::Id(id.to_string())),
            Err(_) => Err("neither a sequence number nor the id of an exchange (a UUID)".to_owned()),
        }
    }
}

/// The record that `key` names. Reads the whole log up to it; only lines that can be it are parsed.
///
/// # Errors
/// When the folder or a segment cannot be read.
pub fn find(dir: &Path, key: &Key) -> Result<Option<Stored>, QueryError> {
    let needle = match key {
        Key::Seq(seq) => format!("\"seq\":{seq},"),
        Key::Id(id) => format!("\"id\":\"{id}\""),
    };
    let finder = memchr::memmem::Finder::new(&needle);
    for line in RawLines::open(dir)? {
        let line = line?;
        if finder.find(&line.bytes).is_none() {
            continue;
        }
        let stored = Stored::new(line.bytes, &line.segment, Position::Line(line.number));
        let is_it = stored.record.as_ref().is_ok_and(|record| match key {
            Key::Seq(seq) => record.seq == *seq,
            Key::Id(id) => record.draft.id == *id,
        });
        if is_it {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

/// Reads a log as it grows.
#[derive(Debug)]
pub struct Follow {
    dir: PathBuf,
    /// Number of the segment that is read.
    segment: Option<u32>,
    /// Inode of the segment, so that a new file of the same name is known for one.
    inode: Option<u64>,
    /// Offset in the segment's text; it stays the same when the segment is sealed.
    offset: u64,
}

/// Where the last whole line of a segment ends.
fn last_end(segment: &SegmentFile) -> io::Result<u64> {
    for line in BackLines::new(segment.open()?)? {
        let line = line?;
        if line.ended {
            return Ok(line.start + line.bytes.len() as u64 + 1);
        }
    }
    Ok(0)
}

/// Bytes that one [`Follow::poll`] reads at most, unless a single line is longer.
const POLL: u64 = 1024 * 1024;

impl Follow {
    /// The last `count` lines, oldest first, and a reader that starts right after them.
    ///
    /// # Errors
    /// When the folder or a segment cannot be read.
    pub fn with_tail(dir: &Path, count: usize) -> Result<(Vec<Stored>, Self), QueryError> {
        let mut follow = Self { dir: dir.to_owned(), segment: None, inode: None, offset: 0 };
        let mut found = Vec::new();
        for segment in list(dir)?.iter().rev() {
            let failed = |error| QueryError::new("read", &segment.path, error);
            let source = segment.open().map_err(failed)?;
            let is_last = follow.segment.is_none();
            if is_last {
                follow.segment = Some(segment.number);
                follow.inode = source.inode().map_err(failed)?;
            }
            for line in BackLines::new(source).map_err(failed)? {
                let line = line.map_err(failed)?;
                if !line.ended {
                    continue;
                }
                if is_last && follow.offset == 0 {
                    follow.offset = line.start + line.bytes.len() as u64 + 1;
                }
                if found.len() >= count {
                    break;
                }
                found.push(Stored::new(line.bytes, &segment.path, Position::Byte(line.start)));
            }
            if found.len() >= count {
                break;
            }
        }
        found.reverse();
        Ok((found, follow))
    }

    /// The lines that came since the last call; empty when there are none yet. A call reads about
    /// a megabyte at most, so that a reader who was away for long gets its backlog in pieces.
    ///
    /// # Errors
    /// When the folder or a segment cannot be read.
    pub fn poll(&mut self) -> Result<Vec<Stored>, QueryError> {
        let segments = list(&self.dir)?;
        loop {
            let number = self.segment.or_else(|| segments.first().map(|first| first.number));
            let Some(number) = number else {
                return Ok(Vec::new());
            };
            // It is gone when retention was faster than the reader.
            if let Some(segment) = segments.iter().find(|segment| segment.number == number) {
                let found = self.read(segment)?;
                if !found.is_empty() {
                    self.segment = Some(number);
                    return Ok(found);
                }
            }
            // Only a segment that has a successor is finished.
            match segments.iter().find(|next| next.number > number) {
                Some(next) => {
                    self.segment = Some(next.number);
                    self.offset = 0;
                    self.inode = None;
                }
                None => return Ok(Vec::new()),
            }
        }
    }

    fn read(&mut self, segment: &SegmentFile) -> Result<Vec<Stored>, QueryError> {
        let failed = |error| QueryError::new("read", &segment.path, error);
        let source = match segment.open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(failed)?,
        };
        let inode = source.inode().map_err(failed)?;
        // A sealed segment has the text that it had before.
        if inode.is_some() && self.inode.is_some() && inode != self.inode {
            self.offset = 0;
        } else if source.length().map_err(failed)? < self.offset {
            // The writer took lines back that the disk had not accepted; it will write them again.
            self.offset = last_end(segment).map_err(failed)?;
        }
        self.inode = inode.or(self.inode);
        let (mut found, start) = (Vec::new(), self.offset);
        for line in Lines::new(source, self.offset) {
            let line = line.map_err(failed)?;
            if !line.ended || self.offset - start >= POLL {
                break;
            }
            self.offset = line.end();
            found.push(Stored::new(line.bytes, &segment.path, Position::Byte(line.start)));
        }
        Ok(found)
    }
}
