//! The form of the index: its tables and their version.
//!
//! Owns the SQL that makes and empties them. Words (actions, policies, tenants, …) are numbered once in
//! `word`, with the count of their records; `posting` lists the records of each word, so that a page of
//! a rare one is found without looking at others. The first words of kinds that have few (policies, phases, severities, …) have
//! a `bit` of their own, which each record's `bits` has set or not, so that conditions on them, negated ones above all, are read off
//! while walking. `record` is narrow, since a search for frequent things
//! walks over it. `body` is the folded text with its trigrams, without their positions: a text is looked
//! for by its trigrams and then compared, which takes a fraction of the room. `trigram` lists them, so that a
//! text of two characters, as most Chinese words are, is looked for by those that begin with it. Trigrams of
//! new records are gathered in a table that a core's cache holds, and their lists are merged sixteen at a time: a quarter
//! quicker than FTS5's own settings, for a little more to look into.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Raised whenever the tables or what stands in them changes; an index of another version is built anew.
const VERSION: i64 = 4;
/// `QWAI`, so that `file` and other programs can tell what this is.
const APPLICATION: i64 = 0x5157_4149;
/// Words that have a bit. In tests some must do without.
pub(super) const BITS: i64 = if cfg!(test) { 6 } else { 62 };
/// Records of one row of `block`: 2 to this power.
pub(super) const BLOCK_BITS: u32 = 10;

const TABLES: &str = "
CREATE TABLE mark (one INTEGER PRIMARY KEY CHECK (one = 1), segment INTEGER NOT NULL, offset INTEGER NOT NULL,
  seq INTEGER NOT NULL, start INTEGER NOT NULL, hash TEXT NOT NULL, skipped INTEGER NOT NULL);
CREATE TABLE erased (one INTEGER PRIMARY KEY CHECK (one = 1), notes INTEGER NOT NULL);
INSERT INTO erased VALUES (1, 0);
CREATE TABLE word (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, value TEXT NOT NULL, count INTEGER NOT NULL,
  bit INTEGER NOT NULL, UNIQUE (kind, value));
CREATE TABLE posting (word INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (word, seq)) WITHOUT ROWID;
CREATE TABLE record (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, latency INTEGER NOT NULL, status INTEGER NOT NULL,
  action INTEGER NOT NULL, ended INTEGER NOT NULL, tenant INTEGER NOT NULL, model INTEGER NOT NULL, rule INTEGER,
  bits INTEGER NOT NULL);
CREATE INDEX record_latency ON record (latency);
CREATE TABLE place (seq INTEGER PRIMARY KEY, id BLOB NOT NULL, segment INTEGER NOT NULL, offset INTEGER NOT NULL,
  length INTEGER NOT NULL, hash INTEGER NOT NULL);
CREATE INDEX place_id ON place (id);
CREATE TABLE block (id INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL);
CREATE VIRTUAL TABLE body USING fts5 (text, detail = none, columnsize = 0, tokenize = 'trigram case_sensitive 1');
INSERT INTO body (body, rank) VALUES ('secure-delete', 1);
INSERT INTO body (body, rank) VALUES ('hashsize', 262144);
INSERT INTO body (body, rank) VALUES ('automerge', 16);
INSERT INTO body (body, rank) VALUES ('crisismerge', 64);
CREATE VIRTUAL TABLE trigram USING fts5vocab (body, row);
";

const NAMES: [&str; 9] = ["trigram", "mark", "erased", "word", "posting", "record", "place", "block", "body"];

/// Settings of a connection, and the tables where they are not there or not these.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    // Pages that many batches change are written back once for some of them (64 MB).
    connection.pragma_update(None, "wal_autocheckpoint", 16_000)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // What is erased is overwritten.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "cache_size", -64 * 1024)?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 32)?;
    if is_current(connection)? {
        return Ok(());
    }
    // Two processes may come upon a missing index at the same time: look again under the lock.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    if !is_current(&transaction)? {
        create(&transaction)?;
    }
    transaction.commit()
}

/// Whether the file is an index of this version.
pub(super) fn is_current(connection: &Connection) -> rusqlite::Result<bool> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    Ok(number("application_id")? == APPLICATION && number("user_version")? == VERSION)
}

/// Makes the tables, in place of those that are there.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    for name in NAMES {
        connection.execute_batch(&format!("DROP TABLE IF EXISTS {name}"))?;
    }
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", VERSION)
}
