//! How far the exporter is, in a file beside the log.
//!
//! Owns its form. It moves only after the collector has taken a batch, so a crash repeats a batch or none.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Name of the file in the folder of the log.
pub const FILE: &str = "otlp-position.json";

/// The end of what was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Number of the segment.
    pub(super) segment: u32,
    /// Where the next line begins in its text.
    pub(super) offset: u64,
    /// Where the last line begins.
    pub(super) start: u64,
    /// Its hash, so that another log in the same folder is known for one.
    pub(super) hash: String,
    /// `seq` of its record.
    pub(super) seq: u64,
}

/// The position of the log in `dir`; `None` where none was kept.
pub(super) fn read(dir: &Path) -> io::Result<Option<Position>> {
    match fs::read(dir.join(FILE)) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Keeps the position. The file is the old one or the new one, whatever happens.
pub(super) fn write(dir: &Path, position: &Position) -> io::Result<()> {
    let (path, new) = (dir.join(FILE), dir.join(format!("{FILE}.new")));
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec(position)?)?;
    file.sync_data()?;
    drop(file);
    fs::rename(new, path)
}
