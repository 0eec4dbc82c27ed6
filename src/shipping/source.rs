//! What is next in the log.
//!
//! Owns reading a batch from a position on, and finding out whether the position still is one of this log. Refuses to
//! judge the chain, which is `audit verify`'s.

use std::io;
use std::path::Path;

use super::position::Position;
use crate::audit::Record;
use crate::audit::chain::LineHash;
use crate::audit::segments::{self, SegmentFile};

/// Bytes of lines of one batch, unless a single line is longer.
const BYTES: usize = 1024 * 1024;

/// Records that follow a position.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The records, oldest first.
    pub(super) records: Vec<Record>,
    /// Where they end; `None` when there was nothing.
    pub(super) end: Option<Position>,
    /// Lines among them that are no records.
    pub(super) unreadable: u64,
    /// Records that are gone: retention was faster.
    pub(super) lost: u64,
    /// Whether there may be more at once.
    pub(super) more: bool,
}

/// The next records behind a position, at most so many.
pub(super) fn next(dir: &Path, from: Option<&Position>, most: usize) -> io::Result<Batch> {
    let segments = segments::list(dir)?;
    let mut batch = Batch::default();
    let mut bytes = 0;
    let first = from.map_or(0, |from| from.segment);
    for segment in segments.iter().filter(|segment| segment.number >= first) {
        let offset = from.filter(|from| from.segment == segment.number).map_or(0, |from| from.offset);
        let lines = match segment.lines(offset) {
            // Retention took it since the folder was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            lines => lines?,
        };
        for line in lines {
            let line = line?;
            if !line.ended {
                break;
            }
            bytes += line.bytes.len();
            let record = std::str::from_utf8(&line.bytes).ok().and_then(|line| Record::parse(line).ok());
            let seq = record.as_ref().map(|record| record.seq);
            let known = batch.end.as_ref().or(from).map_or(0, |end| end.seq);
            if let (Some(seq), true) = (seq, from.is_some() && batch.end.is_none()) {
                batch.lost = seq.saturating_sub(known + 1);
            }
            batch.end = Some(Position {
                segment: segment.number,
                offset: line.end(),
                start: line.start,
                hash: LineHash::of(&line.bytes).to_hex(),
                seq: seq.unwrap_or(known),
            });
            match record {
                Some(record) => batch.records.push(record),
                None => batch.unreadable += 1,
            }
            if batch.records.len() >= most || bytes >= BYTES {
                batch.more = true;
                return Ok(batch);
            }
        }
    }
    Ok(batch)
}

/// Whether the last line before the position still stands where it stood, as it was. A segment that retention
/// removed cannot be asked, and is believed.
pub(super) fn holds(dir: &Path, position: &Position) -> io::Result<bool> {
    let segments = segments::list(dir)?;
    let Some(segment) = segments.iter().find(|segment| segment.number == position.segment) else {
        return Ok(segments.iter().any(|segment| segment.number > position.segment));
    };
    stands(segment, position)
}

fn stands(segment: &SegmentFile, position: &Position) -> io::Result<bool> {
    let lines = match segment.lines(position.start) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        lines => lines?,
    };
    let Some(line) = lines.into_iter().next() else { return Ok(false) };
    let line = line?;
    Ok(line.ended && line.end() == position.offset && LineHash::of(&line.bytes).to_hex() == position.hash)
}
