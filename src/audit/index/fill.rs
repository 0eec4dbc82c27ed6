//! Keeping the index level with the log.
//!
//! Owns the mark (how far the index has read) and the batches that move it. Each batch is one
//! transaction that moves the mark as well, so that a crash repeats a batch or none, and two
//! processes may bring the same index up without harm. Before each batch the last indexed line is
//! read again: where it is not what it was, the index belongs to another log, or the writer took
//! lines back that the disk had refused, and it is begun anew. Refuses to judge the chain otherwise,
//! which is `verify`'s.

use std::io;
use std::time::{Duration, Instant};

use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::row::{self, Place, Row};
use super::{Index, IndexError, schema, source};
use crate::audit::chain::LineHash;
use crate::audit::erasures::Standing;
use crate::audit::record::{self, Record};
use crate::audit::segments::{self, SegmentFile};

/// Records of one transaction.
const BATCH: usize = 4096;
/// Bytes of lines of one transaction, so that its memory is bounded.
const BYTES: u64 = 16 * 1024 * 1024;
/// Time after which a transaction takes in no more. A thread that gives way to others is slow where no core is free,
/// and other processes wait for its lock.
const TURN: Duration = Duration::from_secs(2);

/// How far the index has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) segment: u32,
    /// Where the next line begins.
    pub(super) offset: u64,
    /// `seq` of the last record.
    pub(super) seq: u64,
    /// Where its line begins.
    pub(super) start: u64,
    /// Its hash.
    pub(super) hash: String,
    /// Lines so far that are no records.
    pub(super) skipped: u64,
}

/// What a call of [`Index::fill`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filled {
    /// Records that were added.
    pub records: u64,
    /// Whether there may be more to read at once.
    pub more: bool,
    /// Whether the index was found not to be this log's, and was begun anew.
    pub rebuilt: bool,
}

impl Index {
    pub(super) fn mark(&self) -> Result<Option<Mark>, IndexError> {
        self.connection
            .prepare_cached("SELECT segment, offset, seq, start, hash, skipped FROM mark")
            .and_then(|mut statement| {
                statement
                    .query_row([], |row| {
                        Ok(Mark {
                            segment: row.get(0)?,
                            offset: row.get::<_, i64>(1)?.unsigned_abs(),
                            seq: row.get::<_, i64>(2)?.unsigned_abs(),
                            start: row.get::<_, i64>(3)?.unsigned_abs(),
                            hash: row.get(4)?,
                            skipped: row.get::<_, i64>(5)?.unsigned_abs(),
                        })
                    })
                    .optional()
            })
            .map_err(self.failed("read"))
    }

    /// Reads what the log has more than the index, at most one batch of it.
    ///
    /// # Errors
    /// When the log or the index cannot be read or written.
    pub fn fill(&mut self) -> Result<Filled, IndexError> {
        if self.read_only {
            return Ok(Filled::default());
        }
        let segments = segments::list(&self.dir).map_err(self.unlisted())?;
        self.drop_removed(&segments)?;
        self.forget_erased()?;
        // Without the lock first: most calls find nothing new.
        let mark = self.mark()?;
        if !self.holds(mark.as_ref(), &segments)? {
            tracing::warn!(path = %self.path.display(), "the audit index does not agree with the log; it is built anew");
            self.clear()?;
            return Ok(Filled { rebuilt: true, more: true, ..Filled::default() });
        }
        if !self.is_behind(mark.as_ref(), &segments)? {
            return Ok(Filled::default());
        }
        let outcome = self.batch(&segments);
        if outcome.is_err() {
            self.words.forget();
        }
        outcome
    }

    /// Brings the index level with the log; `each` hears the `seq` that was reached, batch by batch.
    ///
    /// # Errors
    /// As [`Index::fill`].
    pub fn catch_up(&mut self, mut each: impl FnMut(u64)) -> Result<Filled, IndexError> {
        let mut total = Filled::default();
        loop {
            let filled = self.fill()?;
            total.records += filled.records;
            total.rebuilt |= filled.rebuilt;
            if !filled.more {
                return Ok(total);
            }
            each(self.last_seq()?);
        }
    }

    /// Empties the index.
    pub(super) fn clear(&mut self) -> Result<(), IndexError> {
        let failed = self.failed("empty");
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
        schema::create(&transaction).and_then(|()| transaction.commit()).map_err(&failed)?;
        self.words.forget();
        Ok(())
    }

    /// Forgets the records of segments that retention took away.
    fn drop_removed(&mut self, segments: &[SegmentFile]) -> Result<(), IndexError> {
        let failed = self.failed("write");
        let Some(first) = segments.first().map(|segment| segment.number) else { return Ok(()) };
        let oldest: Option<u32> = self
            .connection
            .prepare_cached("SELECT segment FROM place ORDER BY seq LIMIT 1")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
            .map_err(&failed)?;
        if oldest.is_none_or(|oldest| oldest >= first) {
            return Ok(());
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
        drop_before(&transaction, first).and_then(|()| transaction.commit()).map_err(&failed)
    }

    /// Takes the text of erased records out of the index, and what SQLite remembers of it out of its files.
    fn forget_erased(&mut self) -> Result<(), IndexError> {
        self.erasures.refresh(&self.dir).map_err(self.unlisted())?;
        if self.known_erased()? >= self.erasures.notes() {
            return Ok(());
        }
        let failed = self.failed("write");
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate).map_err(&failed)?;
        let forget = || -> rusqlite::Result<()> {
            let mut delete = transaction.prepare_cached("DELETE FROM body WHERE rowid = ?1")?;
            for note in self.erasures.iter() {
                delete.execute([i64::try_from(note.seq).unwrap_or(i64::MAX)])?;
            }
            let notes = i64::try_from(self.erasures.notes()).unwrap_or(i64::MAX);
            transaction.prepare_cached("UPDATE erased SET notes = ?1")?.execute([notes])?;
            Ok(())
        };
        forget().and_then(|()| transaction.commit()).map_err(&failed)?;
        // The pages as they were are still in the write-ahead log. Another reader may keep it: it is emptied
        // with the next batch then.
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(self.failed("write"))
    }

    /// How many erasure notes the index has heeded.
    pub(super) fn known_erased(&self) -> Result<usize, IndexError> {
        let notes: i64 = self
            .connection
            .prepare_cached("SELECT notes FROM erased")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(self.failed("read"))?;
        Ok(usize::try_from(notes).unwrap_or(0))
    }

    /// Whether the last indexed line still stands where it stood, as it was.
    fn holds(&self, mark: Option<&Mark>, segments: &[SegmentFile]) -> Result<bool, IndexError> {
        let Some(mark) = mark else { return Ok(true) };
        let Some(segment) = segments.iter().find(|segment| segment.number == mark.segment) else {
            // Retention took it away: then the first line after it must continue it.
            let next = segments.iter().find(|segment| segment.number > mark.segment);
            return next.map_or(Ok(false), |next| self.continues(next, mark));
        };
        let failed = |source| IndexError::Io { attempt: "read", path: segment.path.clone(), source };
        if mark.offset == mark.start {
            return Ok(true);
        }
        let length = mark.offset.saturating_sub(mark.start);
        let line = segment.open().and_then(|mut text| source::exact(&mut text, mark.start, length));
        let line = match line {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            line => line.map_err(failed)?,
        };
        let line = line.as_deref().and_then(|line| line.strip_suffix(b"\n"));
        Ok(line.is_some_and(|line| {
            self.erasures.read_line(mark.segment, mark.start, line).1.to_hex() == mark.hash
        }))
    }

    fn continues(&self, segment: &SegmentFile, mark: &Mark) -> Result<bool, IndexError> {
        let failed = |source| IndexError::Io { attempt: "read", path: segment.path.clone(), source };
        let Some(line) = segment.lines(0).map_err(failed)?.next() else { return Ok(false) };
        let place = serde_json::from_slice::<record::Place>(&line.map_err(failed)?.bytes);
        Ok(place.is_ok_and(|place| place.prev == mark.hash))
    }

    fn is_behind(&self, mark: Option<&Mark>, segments: &[SegmentFile]) -> Result<bool, IndexError> {
        let Some(mark) = mark else { return Ok(!segments.is_empty()) };
        if segments.last().is_some_and(|last| last.number > mark.segment) {
            return Ok(true);
        }
        let Some(segment) = segments.iter().find(|segment| segment.number == mark.segment) else {
            return Ok(false);
        };
        let failed = |source| IndexError::Io { attempt: "read", path: segment.path.clone(), source };
        match segment.open().and_then(|text| text.length()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            length => Ok(length.map_err(failed)? > mark.offset),
        }
    }

    fn unlisted(&self) -> impl Fn(io::Error) -> IndexError + use<> {
        let path = self.dir.clone();
        move |source| IndexError::Io { attempt: "list the audit folder", path: path.clone(), source }
    }

    fn batch(&mut self, segments: &[SegmentFile]) -> Result<Filled, IndexError> {
        let failed = self.failed("write");
        let mark = self.mark()?;
        let began = Instant::now();
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate).map_err(&failed)?;
        // Another process may have moved the mark before the lock was ours.
        if self.mark()? != mark {
            return Ok(Filled { more: true, ..Filled::default() });
        }
        // Under the lock: text of a record that is being erased must not come in after it was taken out.
        self.erasures.refresh(&self.dir).map_err(self.unlisted())?;
        let first = segments.first().map_or(0, |segment| segment.number);
        let mut mark = mark.unwrap_or(Mark {
            segment: first,
            offset: 0,
            seq: 0,
            start: 0,
            hash: LineHash::GENESIS.to_hex(),
            skipped: 0,
        });
        let (mut filled, mut lines_read, mut bytes) = (Filled::default(), 0, 0);
        let mut blocks = Blocks::default();
        let ahead = segments.iter().filter(|segment| segment.number >= mark.segment).collect::<Vec<_>>();
        for segment in ahead {
            let unread = |source| IndexError::Io { attempt: "read", path: segment.path.clone(), source };
            if segment.number > mark.segment {
                // `start` and `offset` are equal where no line of this segment is indexed yet.
                mark = Mark { segment: segment.number, offset: 0, start: 0, ..mark };
            }
            for line in segment.lines(mark.offset).map_err(unread)? {
                let line = line.map_err(unread)?;
                if !line.ended {
                    break;
                }
                (mark.start, mark.offset) = (line.start, line.end());
                let (text, hash, standing) = self.erasures.read_line(segment.number, line.start, &line.bytes);
                mark.hash = hash.to_hex();
                let length = line.bytes.len() as u64;
                let place =
                    Place { segment: segment.number, offset: line.start, length, hash: row::short(hash) };
                match read(&text) {
                    Some(mut record) => {
                        if standing != Standing::AsWritten {
                            record.draft.clear_content();
                        }
                        mark.seq = mark.seq.max(record.seq);
                        let row = Row::of(&record);
                        let (seq, time) = (row.seq, row.time);
                        if self.words.insert(&transaction, row, place).map_err(&failed)? {
                            blocks.add(seq, time);
                            filled.records += 1;
                        } else {
                            mark.skipped += 1;
                        }
                    }
                    None => mark.skipped += 1,
                }
                lines_read += 1;
                bytes += length;
                if lines_read >= BATCH || bytes >= BYTES || began.elapsed() >= TURN {
                    filled.more = true;
                    break;
                }
            }
            if filled.more {
                break;
            }
        }
        if lines_read == 0 {
            // The beginning of a line that is being written, and nothing else.
            return Ok(filled);
        }
        self.words.settle(&transaction).map_err(&failed)?;
        blocks.write(&transaction).map_err(&failed)?;
        save(&transaction, &mark).map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        Ok(filled)
    }
}

fn drop_before(transaction: &Transaction<'_>, segment: u32) -> rusqlite::Result<()> {
    let kept: Option<i64> = transaction
        .query_row("SELECT seq FROM place WHERE segment >= ?1 ORDER BY seq LIMIT 1", [segment], |row| {
            row.get(0)
        })
        .optional()?;
    let kept = kept.unwrap_or(i64::MAX);
    let mut statement = transaction.prepare_cached("SELECT id FROM word")?;
    let words: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for word in words {
        let gone = transaction
            .prepare_cached("DELETE FROM posting WHERE word = ?1 AND seq < ?2")?
            .execute(params![word, kept])?;
        let gone = i64::try_from(gone).unwrap_or(i64::MAX);
        transaction
            .prepare_cached("UPDATE word SET count = count - ?2 WHERE id = ?1")?
            .execute(params![word, gone])?;
    }
    transaction.execute("DELETE FROM body WHERE rowid < ?1", [kept])?;
    transaction.execute("DELETE FROM record WHERE seq < ?1", [kept])?;
    transaction.execute("DELETE FROM place WHERE seq < ?1", [kept])?;
    transaction.execute("DELETE FROM block WHERE id < ?1 >> ?2", params![kept, schema::BLOCK_BITS])?;
    Ok(())
}

fn read(line: &[u8]) -> Option<Record> {
    Record::parse(std::str::from_utf8(line).ok()?).ok()
}

fn save(transaction: &Transaction<'_>, mark: &Mark) -> rusqlite::Result<()> {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO mark (one, segment, offset, seq, start, hash, skipped) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            mark.segment,
            number(mark.offset),
            number(mark.seq),
            number(mark.start),
            mark.hash,
            number(mark.skipped)
        ])?;
    Ok(())
}

/// The span of time of each block of records, so that `since:` becomes a place in the log.
#[derive(Debug, Default)]
struct Blocks(std::collections::BTreeMap<i64, (i64, i64)>);

impl Blocks {
    fn add(&mut self, seq: i64, time: i64) {
        let (low, high) = self.0.entry(seq >> schema::BLOCK_BITS).or_insert((time, time));
        (*low, *high) = ((*low).min(time), (*high).max(time));
    }

    fn write(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut upsert = transaction.prepare_cached(
            "INSERT INTO block (id, low, high) VALUES (?1, ?2, ?3) \
             ON CONFLICT (id) DO UPDATE SET low = min(low, excluded.low), high = max(high, excluded.high)",
        )?;
        for (id, (low, high)) in &self.0 {
            upsert.execute(params![id, low, high])?;
        }
        Ok(())
    }
}
