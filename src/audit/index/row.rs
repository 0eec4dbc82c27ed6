//! What the index keeps of one record.
//!
//! Owns the way from a record to its rows, and the numbers of words. Refuses to know where the
//! record stands in the log.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, params};

use super::schema;
use crate::audit::chain::LineHash;
use crate::audit::filter::{self, Kind, Measure};
use crate::audit::record::Record;

/// Words whose numbers are kept in memory; clients choose some of them.
const KNOWN: usize = 100_000;

/// A record as the index sees it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) seq: i64,
    pub(super) time: i64,
    pub(super) latency: i64,
    pub(super) status: i64,
    pub(super) words: BTreeSet<(Kind, String)>,
    pub(super) rule: Option<String>,
    pub(super) id: Vec<u8>,
    /// The folded text; empty where the record holds none.
    pub(super) body: String,
}

impl Row {
    pub(super) fn of(record: &Record) -> Self {
        let mut words = BTreeSet::new();
        filter::words(&record.draft, |kind, value| {
            words.insert((kind, value.to_owned()));
        });
        Self {
            seq: filter::number(record, Measure::Seq),
            time: filter::number(record, Measure::Time),
            latency: filter::number(record, Measure::Latency),
            status: filter::number(record, Measure::Status),
            words,
            rule: record.draft.rule.as_deref().map(str::to_owned),
            id: id_bytes(&record.draft.id),
            body: filter::body(&record.draft),
        }
    }
}

/// The id of an exchange as it is kept: 16 bytes where it is a UUID.
pub(super) fn id_bytes(id: &str) -> Vec<u8> {
    uuid::Uuid::try_parse(id).map_or_else(|_| id.as_bytes().to_vec(), |id| id.as_bytes().to_vec())
}

/// The beginning of a line's hash, enough to tell that the line is another one.
pub(super) fn short(hash: LineHash) -> i64 {
    i64::from_be_bytes(hash.first_eight())
}

/// Where a line stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) segment: u32,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) hash: i64,
}

/// Whether words of this kind get bits: there are few of them, and operators choose them.
fn has_bits(kind: Kind) -> bool {
    use Kind::{Channel, Detector, Is, Phase, Policy, Role, Severity};
    matches!(kind, Policy | Detector | Severity | Phase | Role | Channel | Is)
}

/// A word in the file.
#[derive(Debug, Clone, Copy)]
struct Known {
    id: i64,
    /// Its bit; 0 where it has none.
    bit: i64,
}

/// Numbers of words, and how many records each of them got in the batch under way.
#[derive(Debug, Default)]
pub(super) struct Words {
    numbers: HashMap<(Kind, String), Known>,
    gained: HashMap<i64, i64>,
}

impl Words {
    /// Forgets what is not in the file: after a batch that was given up, and when the tables are
    /// new.
    pub(super) fn forget(&mut self) {
        self.numbers.clear();
        self.gained.clear();
    }

    fn known(&mut self, connection: &Connection, word: (Kind, String)) -> rusqlite::Result<Known> {
        if let Some(number) = self.numbers.get(&word) {
            return Ok(*number);
        }
        let (kind, value) = (word.0 as i64, &word.1);
        if has_bits(word.0) {
            // The next bit, as long as there is one.
            connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO word (kind, value, count, bit) \
                     SELECT ?1, ?2, 0, CASE WHEN count(*) < ?3 THEN 1 << count(*) ELSE 0 END FROM word WHERE bit <> 0",
                )?
                .execute(params![kind, value, schema::BITS])?;
        } else {
            connection
                .prepare_cached("INSERT OR IGNORE INTO word (kind, value, count, bit) VALUES (?1, ?2, 0, 0)")?
                .execute(params![kind, value])?;
        }
        let number = connection
            .prepare_cached("SELECT id, bit FROM word WHERE kind = ?1 AND value = ?2")?
            .query_row(params![kind, value], |row| Ok(Known { id: row.get(0)?, bit: row.get(1)? }))?;
        if self.numbers.len() >= KNOWN {
            self.numbers.clear();
        }
        self.numbers.insert(word, number);
        Ok(number)
    }

    /// Adds up the counts of the batch.
    pub(super) fn settle(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut add = connection.prepare_cached("UPDATE word SET count = count + ?2 WHERE id = ?1")?;
        for (number, gained) in self.gained.drain() {
            add.execute(params![number, gained])?;
        }
        Ok(())
    }

    /// Writes the rows of a record. `false` when its place in the chain is taken: a record that
    /// stands in the log twice is for `audit verify` to tell.
    pub(super) fn insert(
        &mut self,
        connection: &Connection,
        row: Row,
        place: Place,
    ) -> rusqlite::Result<bool> {
        let Row { seq, time, latency, status, words, rule, id, body } = row;
        let length = i64::try_from(place.length).unwrap_or(i64::MAX);
        let offset = i64::try_from(place.offset).unwrap_or(i64::MAX);
        let inserted = connection
            .prepare_cached("INSERT OR IGNORE INTO place (seq, id, segment, offset, length, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![seq, id, place.segment, offset, length, place.hash])?;
        if inserted == 0 {
            return Ok(false);
        }
        // The words that every record has one of stand in its row as well.
        let [mut action, mut ended, mut tenant, mut model] = [0; 4];
        let (mut winner, mut bits) = (None, 0);
        let mut post =
            connection.prepare_cached("INSERT OR IGNORE INTO posting (word, seq) VALUES (?1, ?2)")?;
        for word in words {
            let kind = word.0;
            let won = kind == Kind::Rule && rule.as_deref() == Some(&word.1);
            let Known { id: number, bit } = self.known(connection, word)?;
            bits |= bit;
            match kind {
                Kind::Action => action = number,
                Kind::Ended => ended = number,
                Kind::Tenant => tenant = number,
                Kind::Model => model = number,
                Kind::Rule if won => winner = Some(number),
                _ => {}
            }
            post.execute(params![number, seq])?;
            *self.gained.entry(number).or_default() += 1;
        }
        connection
            .prepare_cached(
                "INSERT INTO record (seq, time, latency, status, action, ended, tenant, model, rule, bits) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![seq, time, latency, status, action, ended, tenant, model, winner, bits])?;
        if !body.is_empty() {
            connection
                .prepare_cached("INSERT INTO body (rowid, text) VALUES (?1, ?2)")?
                .execute(params![seq, body])?;
        }
        Ok(true)
    }
}
