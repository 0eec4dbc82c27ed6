//! The words of the index with their counts.
//!
//! Owns what a page of many rows asks in one go: it costs what it shows, whatever the log's size.

use jiff::Timestamp;
use rusqlite::params;

use super::{Index, IndexError};
use crate::audit::filter::Kind;

/// A word, and the records that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub name: String,
    /// How many records have it.
    pub records: u64,
    /// `seq` of the last of them, and when its exchange began.
    pub last: Option<(u64, Timestamp)>,
}

impl Index {
    /// The words of one kind that most records have, at most `limit` of them.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn words(&self, kind: Kind, limit: usize) -> Result<Vec<Word>, IndexError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT w.value, w.count, r.seq, r.time FROM \
                 (SELECT id, value, count FROM word WHERE kind = ?1 ORDER BY count DESC, value LIMIT ?2) w \
                 LEFT JOIN record r ON r.seq = (SELECT max(p.seq) FROM posting p WHERE p.word = w.id)",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![kind as i64, limit], |row| {
                let (seq, time): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
                let time = time.and_then(|time| Timestamp::from_microsecond(time).ok());
                let last = seq.map(i64::unsigned_abs).zip(time);
                Ok(Word { name: row.get(0)?, records: row.get::<_, i64>(1)?.unsigned_abs(), last })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(self.failed("search"))
    }
}
