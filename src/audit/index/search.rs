//! Pages and counts.
//!
//! Owns the answer to a filter: records newest first, each read again from the log. A line that is
//! not what was indexed, or a record that is not what was asked for, is a lie of the index and is
//! told as one. Refuses to know how the question became SQL.

use rusqlite::params_from_iter;

use super::plan::{self, Plan};
use super::row::{self, Place};
use super::source::Reader;
use super::{Filter, Index, IndexError};
use crate::audit::erasures::{Erasures, Standing};
use crate::audit::record::Record;

/// A record that was found, as it stands in the log.
#[derive(Debug)]
pub struct Hit {
    /// Its place in the log, as the index says.
    pub seq: u64,
    /// The line and what it says; or what is wrong with what the index says of it.
    pub found: Result<(String, Box<Record>), Lie>,
}

/// How the index and the log disagree about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lie {
    /// The segment is gone, or ends before the line.
    #[error("the log has no such line")]
    Gone,
    /// The line is not the one that was indexed.
    #[error("the line in the log is not the one that was indexed")]
    Changed,
    /// The line is what was indexed, and still not what the index says of it.
    #[error("the record is not what the index says")]
    Misfiled,
}

/// A page of what was found.
#[derive(Debug)]
pub struct Page {
    /// Records, newest first.
    pub hits: Vec<Hit>,
    /// Where the next page begins: ask for records before this one. `None` when this is the last.
    pub next: Option<u64>,
}

impl Index {
    /// The newest records that match, below `before`, at most `limit` of them.
    ///
    /// # Errors
    /// When the index or the log cannot be read.
    pub fn page(&self, filter: &Filter, before: Option<u64>, limit: usize) -> Result<Page, IndexError> {
        let mut places = self.places(filter, before, limit.saturating_add(1))?;
        let more = places.len() > limit;
        places.truncate(limit);
        let unread = |source| IndexError::Io { attempt: "read", path: self.dir.clone(), source };
        let mut reader = Reader::new(&self.dir).map_err(unread)?;
        let mut erasures = self.erasures.clone();
        let mut hits = Vec::with_capacity(places.len());
        for (seq, place) in places {
            // After the line, since a note comes before its deed.
            let line = reader.line(place).map_err(unread)?;
            erasures.refresh(&self.dir).map_err(unread)?;
            hits.push(Hit { seq, found: confront(line, seq, place, filter, &erasures) });
        }
        let next = hits.last().filter(|_| more).map(|hit| hit.seq);
        Ok(Page { hits, next })
    }

    /// How many records match.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn count(&self, filter: &Filter) -> Result<u64, IndexError> {
        self.counted(filter, None)
    }

    /// How many records match, counting no further than `most`.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn count_up_to(&self, filter: &Filter, most: u64) -> Result<u64, IndexError> {
        self.counted(filter, Some(most))
    }

    fn counted(&self, filter: &Filter, most: Option<u64>) -> Result<u64, IndexError> {
        let failed = self.failed("search");
        let Some(Plan { from, mut values }) = plan::plan(&self.connection, filter, None).map_err(&failed)?
        else {
            return Ok(0);
        };
        let sql = match most {
            None => format!("SELECT count(*) {from}"),
            Some(most) => {
                values.push(i64::try_from(most).unwrap_or(i64::MAX).into());
                format!("SELECT count(*) FROM (SELECT 1 {from} LIMIT ?)")
            }
        };
        let count: i64 = self
            .connection
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_row(params_from_iter(values), |row| row.get(0)))
            .map_err(&failed)?;
        Ok(count.unsigned_abs())
    }

    fn places(
        &self,
        filter: &Filter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, Place)>, IndexError> {
        let failed = self.failed("search");
        let Some(Plan { from, mut values }) =
            plan::plan(&self.connection, filter, before).map_err(&failed)?
        else {
            return Ok(Vec::new());
        };
        values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        let key = match from.split_whitespace().nth(1) {
            Some("record") => "r.seq",
            Some("body") => "p.rowid",
            _ => "p.seq",
        };
        // The page first, and then where its lines stand.
        let sql = format!(
            "SELECT l.seq, l.segment, l.offset, l.length, l.hash FROM \
             (SELECT r.seq AS seq {from} ORDER BY {key} DESC LIMIT ?) h CROSS JOIN place l ON l.seq = h.seq ORDER BY l.seq DESC"
        );
        let read = || {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), |row| {
                let number = |at: usize| row.get::<_, i64>(at).map(i64::unsigned_abs);
                let place =
                    Place { segment: row.get(1)?, offset: number(2)?, length: number(3)?, hash: row.get(4)? };
                Ok((number(0)?, place))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(&failed)
    }
}

/// Holds what the index says of a record against its line.
fn confront(
    line: Option<Vec<u8>>,
    seq: u64,
    place: Place,
    filter: &Filter,
    erasures: &Erasures,
) -> Result<(String, Box<Record>), Lie> {
    let mut line = line.ok_or(Lie::Gone)?;
    let ended = line.pop() == Some(b'\n');
    let (text, hash, standing) = erasures.read_line(place.segment, place.offset, &line);
    if !ended || row::short(hash) != place.hash {
        return Err(Lie::Changed);
    }
    let line = String::from_utf8(text.into_owned()).map_err(|_| Lie::Changed)?;
    let record = Record::parse(&line).map_err(|_| Lie::Changed)?;
    // The index may not have heard yet that the text is gone.
    let erased = standing != Standing::AsWritten && filter.asks_for_text();
    if record.seq != seq || !(erased || filter.matches(&record)) {
        return Err(Lie::Misfiled);
    }
    Ok((line, Box::new(record)))
}
