//! The index for search: an SQLite file derived from the log, and never the truth.
//!
//! Owns the file, its form, keeping it level with the log, and answering a [`Filter`] from it. It
//! follows the log's files by itself and never talks to the writer, so that no exchange waits for
//! it. What it finds is read again from the log before it is shown; a line that is not what was
//! indexed is told as a lie of the index. It can be deleted at any time and is then built anew.
//! Refuses to know how a query is written and how a record is shown.
//!
//! In reading order: `schema` is its form, `row` what is kept of a record, `source` reads the log's
//! lines, `fill` keeps it level, [`background`] does so in a thread, `plan` turns a filter into SQL,
//! [`search`], [`stats`] and [`words`] answer, [`check`] compares it with the log.

pub mod background;
pub mod check;
mod fill;
mod plan;
mod row;
mod schema;
pub mod search;
mod source;
pub mod stats;
pub mod words;

#[cfg(test)]
mod tests;

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

pub use fill::Filled;

use super::erasures::Erasures;
use super::filter::Filter;

/// Name of the index in the folder of its log.
pub const FILE: &str = "index.sqlite";
/// How long one process waits for another's batch.
const BUSY: Duration = Duration::from_secs(10);

/// Why the index cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// SQLite said no.
    #[error("could not {attempt} the index {}", path.display())]
    Database {
        /// What was attempted.
        attempt: &'static str,
        /// The index.
        path: PathBuf,
        /// The answer.
        source: rusqlite::Error,
    },
    /// The log's files could not be read.
    #[error("could not {attempt} {}", path.display())]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The answer.
        source: io::Error,
    },
    /// There is no index yet and this user may not make one.
    #[error("there is no index at {} that this user can read or make", path.display())]
    Missing {
        /// Where it would be.
        path: PathBuf,
    },
}

impl IndexError {
    /// Whether the file is no index at all, so that only a new one helps.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(self, Self::Database { source, .. }
            if matches!(source.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)))
    }
}

/// An open index of the log in one folder.
#[derive(Debug)]
pub struct Index {
    connection: Connection,
    /// The folder of the log.
    dir: PathBuf,
    path: PathBuf,
    read_only: bool,
    words: row::Words,
    erasures: Erasures,
}

impl Index {
    /// Opens the index of the log in `dir`, and makes one where there is none. An index of another
    /// version, or a file that is none, is begun anew. Where this user may not write it, it is
    /// opened for reading.
    ///
    /// # Errors
    /// When the file can be neither opened nor made.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        let path = dir.join(FILE);
        match Self::open_writable(dir, &path) {
            Err(error) if error.is_corrupt() => {
                tracing::warn!(path = %path.display(), "the audit index is no index any more; it is built anew");
                remove(&path).map_err(|source| IndexError::Io {
                    attempt: "remove",
                    path: path.clone(),
                    source,
                })?;
                Self::open_writable(dir, &path)
            }
            Err(IndexError::Io { source, .. }) if denied(&source) => Self::open_read_only(dir, &path),
            Err(IndexError::Database { source, .. })
                if source.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly) =>
            {
                Self::open_read_only(dir, &path)
            }
            other => other,
        }
    }

    /// Deletes the index of the log in `dir`, if there is one, and opens a new one.
    ///
    /// # Errors
    /// As [`Index::open`], and when the old one cannot be emptied.
    pub fn rebuild(dir: &Path) -> Result<Self, IndexError> {
        let mut index = Self::open(dir)?;
        index.clear()?;
        Ok(index)
    }

    fn open_writable(dir: &Path, path: &Path) -> Result<Self, IndexError> {
        // SQLite gives its other files the permissions of this one, so it must not make it itself.
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map_err(|source| IndexError::Io { attempt: "open", path: path.to_owned(), source })?;
        let failed = |source| IndexError::Database { attempt: "open", path: path.to_owned(), source };
        let connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        schema::prepare(&connection).map_err(failed)?;
        Ok(Self::of(connection, dir, path, false))
    }

    fn open_read_only(dir: &Path, path: &Path) -> Result<Self, IndexError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let missing = |_| IndexError::Missing { path: path.to_owned() };
        let connection = Connection::open_with_flags(path, flags).map_err(missing)?;
        connection.busy_timeout(BUSY).map_err(missing)?;
        if !schema::is_current(&connection).map_err(missing)? {
            return Err(IndexError::Missing { path: path.to_owned() });
        }
        Ok(Self::of(connection, dir, path, true))
    }

    fn of(connection: Connection, dir: &Path, path: &Path, read_only: bool) -> Self {
        connection.set_prepared_statement_cache_capacity(64);
        let words = row::Words::default();
        let erasures = Erasures::default();
        Self { connection, dir: dir.to_owned(), path: path.to_owned(), read_only, words, erasures }
    }

    /// Whether this user may only read it, so that it cannot be brought level with the log.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// `seq` of the last record that is in it; 0 when it is empty.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn last_seq(&self) -> Result<u64, IndexError> {
        Ok(self.mark()?.map_or(0, |mark| mark.seq))
    }

    fn failed(&self, attempt: &'static str) -> impl Fn(rusqlite::Error) -> IndexError + use<> {
        let path = self.path.clone();
        move |source| IndexError::Database { attempt, path: path.clone(), source }
    }
}

fn denied(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Removes the file and those that SQLite keeps beside it.
fn remove(path: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
