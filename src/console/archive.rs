//! The audit log and its index, as pages ask them.
//!
//! Owns the open indexes, which are used again, and where a record is looked for. It never walks the log:
//! what the index does not have is looked for among the newest lines and nowhere else. Blocks: only for threads
//! on which nobody waits.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::render::Fault;
use crate::audit::filter::{Clause, Filter, Measure, Test};
use crate::audit::index::search::Hit;
use crate::audit::index::{self, Index, IndexError};
use crate::audit::query::{self, Key, Stored};

/// Indexes that are kept open.
const IDLE: usize = 4;
/// Lines at the end of the log among which a record is looked for that is not in the index yet.
const NEWEST: usize = 500;

/// A log and its index.
#[derive(Debug)]
pub(super) struct Archive {
    dir: PathBuf,
    idle: Mutex<Vec<(Index, Option<u64>)>>,
}

/// What a record is, as far as it could be found.
#[derive(Debug)]
pub(super) enum Found {
    /// The line.
    Line(Box<Stored>),
    /// The index has it, and the log has another line in its place.
    Lie(String),
    /// There is none.
    Nothing,
}

impl Archive {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), idle: Mutex::default() }
    }

    /// The folder.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Asks the index.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Index) -> Result<T, IndexError>) -> Result<T, Fault> {
        self.try_ask(question).map_err(|error| Fault::internal("ask the index of the audit log", &error))
    }

    fn try_ask<T>(&self, question: impl FnOnce(&Index) -> Result<T, IndexError>) -> Result<T, IndexError> {
        let inode = std::fs::metadata(self.dir.join(index::FILE)).ok().map(|found| found.ino());
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        // Anybody may delete the index at any time; the one that is open then is of a file that nobody fills.
        let index = match kept.filter(|(_, of)| *of == inode && inode.is_some()) {
            Some((index, _)) => index,
            None => Index::open(&self.dir)?,
        };
        let answer = question(&index)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE && inode.is_some() {
            idle.push((index, inode));
        }
        Ok(answer)
    }

    /// The newest lines, newest first.
    pub(super) fn newest(&self, count: usize) -> Result<Vec<Stored>, Fault> {
        let mut lines = query::tail(&self.dir, count)
            .map_err(|error| Fault::internal("read the end of the audit log", &error))?;
        lines.reverse();
        Ok(lines)
    }

    /// One record.
    pub(super) fn find(&self, key: &Key) -> Result<Found, Fault> {
        let test = match key {
            Key::Seq(seq) => {
                let seq = i64::try_from(*seq).unwrap_or(i64::MAX);
                Test::Range(Measure::Seq, seq, seq)
            }
            Key::Id(id) => Test::Id(id.clone()),
        };
        let filter = Filter { clauses: vec![Clause { negated: false, test }] };
        if let Some(Hit { found, .. }) =
            self.ask(|index| index.page(&filter, None, 1))?.hits.into_iter().next()
        {
            return Ok(match found {
                Ok((line, record)) => Found::Line(Box::new(Stored { line, record: Ok(record) })),
                Err(lie) => Found::Lie(lie.to_string()),
            });
        }
        let is_it = |stored: &Stored| {
            stored.record.as_ref().is_ok_and(|record| match key {
                Key::Seq(seq) => record.seq == *seq,
                Key::Id(id) => record.draft.id == *id,
            })
        };
        let line = self.newest(NEWEST)?.into_iter().find(is_it);
        Ok(line.map_or(Found::Nothing, |stored| Found::Line(Box::new(stored))))
    }
}
