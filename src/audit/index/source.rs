//! Single lines of the log, by segment and offset.
//!
//! Owns the segments that are open while a page is read, since the hits of a page stand close
//! together. Refuses to know what a line says.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::row::Place;
use crate::audit::line::MAX_LINE;
use crate::audit::segments::{self, SegmentFile, Source};

/// Reads lines wherever they stand in a log.
pub(super) struct Reader {
    segments: Vec<SegmentFile>,
    open: HashMap<u32, Source>,
}

impl Reader {
    pub(super) fn new(dir: &Path) -> io::Result<Self> {
        Ok(Self { segments: segments::list(dir)?, open: HashMap::new() })
    }

    /// The line at a place, with its end; `None` where the segment is gone or ends before it.
    pub(super) fn line(&mut self, place: Place) -> io::Result<Option<Vec<u8>>> {
        let Some(segment) = self.segments.iter().find(|segment| segment.number == place.segment) else {
            return Ok(None);
        };
        let source = match self.open.entry(place.segment) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => entry.insert(segment.open()?),
        };
        exact(source, place.offset, place.length + 1)
    }
}

/// So many bytes from an offset on; `None` where the text ends before.
pub(super) fn exact(source: &mut Source, offset: u64, length: u64) -> io::Result<Option<Vec<u8>>> {
    // A length that no line has is one that the index made up.
    let Some(length) = usize::try_from(length).ok().filter(|length| *length <= MAX_LINE) else {
        return Ok(None);
    };
    let mut line = vec![0; length];
    match source.read_exact_at(&mut line, offset) {
        Ok(()) => Ok(Some(line)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}
