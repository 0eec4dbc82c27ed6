//! Whether the index says what the log says.
//!
//! Owns the comparison, record by record, of what is in the index with what would be put there
//! now. Refuses to judge the log, which is `verify`'s: a line that somebody changed shows here as a
//! difference, and there as a fault.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::row::{self, Place, Row};
use super::{FILE, Index, IndexError};
use crate::audit::erasures::Standing;
use crate::audit::filter::Kind;
use crate::audit::record::Record;
use crate::audit::segments;

/// Differences that are named.
const NAMED: usize = 20;

/// What the comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// Records that were compared.
    pub records: u64,
    /// Records of the log that the index does not have yet; it is brought level by whoever searches.
    pub behind: u64,
    /// Records about which the index lies; the first twenty.
    pub lies: Vec<u64>,
    /// How many of them there are.
    pub total: u64,
    /// What else is wrong with it, as sentences.
    pub faults: Vec<String>,
}

impl Checked {
    /// Whether the index says what the log says.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.total == 0 && self.faults.is_empty()
    }
}

/// Compares the index of the log in `dir` with the log; `None` where there is no index.
///
/// # Errors
/// When the index or the log cannot be read.
pub fn check(dir: &Path) -> Result<Option<Checked>, IndexError> {
    let path = dir.join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    // For reading, so that an index which is wrong is told, not mended.
    let index = Index::open_read_only(dir, &path)?;
    let failed = index.failed("read");
    // One view of it, whatever is being written.
    let view = index.connection.unchecked_transaction().map_err(&failed)?;
    let mut checked = Checked::default();
    let heeded = index.known_erased()?;
    let Some(mark) = index.mark()? else { return Ok(Some(checked)) };
    let mut words = HashMap::new();
    let mut erasures = index.erasures.clone();
    let unread = |path: &Path| {
        let path = path.to_owned();
        move |source| IndexError::Io { attempt: "read", path: path.clone(), source }
    };
    let mut last = 0;
    for segment in segments::list(dir).map_err(unread(dir))? {
        for line in segment.lines(0).map_err(unread(&segment.path))? {
            let line = line.map_err(unread(&segment.path))?;
            if !line.ended {
                break;
            }
            erasures.refresh(dir).map_err(unread(dir))?;
            let (text, hash, standing) = erasures.read_line(segment.number, line.start, &line.bytes);
            let record = std::str::from_utf8(&text).ok().and_then(|line| Record::parse(line).ok());
            let Some(record) = record.filter(|record| record.seq > last) else { continue };
            last = record.seq;
            if record.seq > mark.seq {
                checked.behind += 1;
                continue;
            }
            let hash = row::short(hash);
            let length = line.bytes.len() as u64;
            let place = Place { segment: segment.number, offset: line.start, length, hash };
            let mut row = Row::of(&record);
            if standing != Standing::AsWritten && erasures.notes() > heeded {
                // Whoever searches next takes the text out; until then it may be in or out.
                row.body = body(&view, row.seq).map_err(&failed)?;
                checked.behind += 1;
            }
            if !agrees(&view, &row, place, &mut words).map_err(&failed)? {
                checked.total += 1;
                if checked.lies.len() < NAMED {
                    checked.lies.push(record.seq);
                }
            }
            checked.records += 1;
        }
    }
    totals(&view, &words, &mut checked).map_err(&failed)?;
    Ok(Some(checked))
}

/// Numbers of words, in how many records of the log each of them is, and their bits.
type Words = HashMap<(Kind, String), (i64, i64, i64)>;

fn agrees(view: &Connection, row: &Row, place: Place, words: &mut Words) -> rusqlite::Result<bool> {
    let mut agrees = true;
    let mut number = |kind: Kind, value: &str| -> rusqlite::Result<Option<(i64, i64)>> {
        if let Some((id, records, bit)) = words.get_mut(&(kind, value.to_owned())) {
            *records += 1;
            return Ok(Some((*id, *bit)));
        }
        let found: Option<(i64, i64)> = view
            .prepare_cached("SELECT id, bit FROM word WHERE kind = ?1 AND value = ?2")?
            .query_row(params![kind as i64, value], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((id, bit)) = found {
            words.insert((kind, value.to_owned()), (id, 1, bit));
        }
        Ok(found)
    };
    let (mut expected, mut bits) = ([None; 5], 0);
    let mut posted = view.prepare_cached("SELECT 1 FROM posting WHERE word = ?1 AND seq = ?2")?;
    for (kind, value) in &row.words {
        let (id, bit) = number(*kind, value)?.unzip();
        bits |= bit.unwrap_or(0);
        match kind {
            Kind::Action => expected[0] = id,
            Kind::Ended => expected[1] = id,
            Kind::Tenant => expected[2] = id,
            Kind::Model => expected[3] = id,
            Kind::Rule if row.rule.as_deref() == Some(value) => expected[4] = id,
            _ => {}
        }
        agrees &= match id {
            Some(id) => posted.exists(params![id, row.seq])?,
            None => false,
        };
    }
    let found = view
        .prepare_cached(
            "SELECT r.time, r.latency, r.status, r.action, r.ended, r.tenant, r.model, r.rule, \
             l.id, l.segment, l.offset, l.length, l.hash, r.bits FROM record r JOIN place l ON l.seq = r.seq WHERE r.seq = ?1",
        )?
        .query_row(params![row.seq], |found| {
            let number = |at: usize| found.get::<_, i64>(at).map(i64::unsigned_abs);
            let words: [Option<i64>; 5] = [found.get(3)?, found.get(4)?, found.get(5)?, found.get(6)?, found.get(7)?];
            let place =
                Place { segment: found.get(9)?, offset: number(10)?, length: number(11)?, hash: found.get(12)? };
            let numbers: [i64; 4] = [found.get(0)?, found.get(1)?, found.get(2)?, found.get(13)?];
            Ok((numbers, words, found.get::<_, Vec<u8>>(8)?, place))
        })
        .optional()?;
    let Some((numbers, words, id, stands)) = found else { return Ok(false) };
    agrees &= numbers == [row.time, row.latency, row.status, bits]
        && words == expected
        && id == row.id
        && stands == place;
    Ok(agrees && body(view, row.seq)? == row.body)
}

/// The folded text that the index holds of a record.
fn body(view: &Connection, seq: i64) -> rusqlite::Result<String> {
    let text: Option<String> = view
        .prepare_cached("SELECT text FROM body WHERE rowid = ?1")?
        .query_row(params![seq], |found| found.get(0))
        .optional()?;
    Ok(text.unwrap_or_default())
}

/// What is in the index and in no record of the log.
fn totals(view: &Connection, words: &Words, checked: &mut Checked) -> rusqlite::Result<()> {
    let expected: HashMap<i64, i64> = words.values().map(|(id, records, _)| (*id, *records)).collect();
    let mut statement = view.prepare_cached(
        "SELECT w.id, w.value, w.count, (SELECT count(*) FROM posting p WHERE p.word = w.id) FROM word w",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, count, posted): (i64, i64, i64) = (row.get(0)?, row.get(2)?, row.get(3)?);
        let is = expected.get(&id).copied().unwrap_or(0);
        if checked.faults.len() < NAMED && (count != is || posted != is) {
            let value: String = row.get(1)?;
            checked.faults.push(format!(
                "it counts {count} records of `{value}` and lists {posted}, and the log has {is}"
            ));
        }
    }
    let shared = "SELECT count(*) - count(DISTINCT bit) FROM word WHERE bit <> 0";
    if view.query_row(shared, [], |row| row.get::<_, i64>(0))? != 0 {
        checked.faults.push("two of its words share a bit".to_owned());
    }
    let held: i64 = view.query_row("SELECT count(*) FROM record", [], |row| row.get(0))?;
    if held.unsigned_abs() != checked.records {
        let records = checked.records;
        checked.faults.push(format!("it holds {held} records where the log has {records}"));
    }
    Ok(())
}
