//! Erasure notes: which records lost their text on purpose, and what their lines were before.
//!
//! Owns `erased.jsonl` beside the segments, one signed line for each erased record, and the question that
//! everybody asks who follows the chain: which hash does this line stand for? An erased line has another hash
//! than it had, and the next line still carries the old one; the note, signed with the log's key, states
//! both the old hash and the hash of what must still be there. Refuses to erase anything.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chain::LineHash;
use super::content;
use super::seal::{PUBLIC_KEYS, Statement, side_lines};
use super::signing::{PublicKey, Signed, read_signed};

/// Name of the file in the folder of a log.
pub const FILE: &str = "erased.jsonl";

/// One line of the file: a record whose text was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Id of the exchange.
    pub id: String,
    /// `seq` of the record.
    pub seq: u64,
    /// The segment that its line stands in.
    pub segment: u32,
    /// Where the line begins in the text of the segment.
    pub offset: u64,
    /// Bytes of the line.
    pub length: u64,
    /// The values that were emptied: first byte within the line, and number of bytes.
    pub blanks: Vec<(u64, u64)>,
    /// SHA-256 of the line before, which is `prev` of the next one.
    pub hash: LineHash,
    /// SHA-256 of the line with `null` for its text: of everything that stays.
    pub stem: LineHash,
    /// Why, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was stated; the bytes go right after.
    pub erased_at: Timestamp,
}

/// What a line of the log is, in the light of the notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// No note is about it.
    AsWritten,
    /// Its text is gone, as its note says.
    Erased,
    /// Its note says that its text is to go, and all of it is still there: a crash came between.
    Unfinished,
    /// Something stands where its note says that nothing does: half of the text, since a crash came between, or
    /// what somebody put there. Nothing can tell the two apart.
    Half,
    /// There is a note about it, and what stays is not what the note says.
    Changed,
}

/// The notes of a log.
#[derive(Debug, Clone, Default)]
pub struct Erasures {
    notes: HashMap<(u32, u64), Erasure>,
    /// Number of the segment and offset of each note, in the order of the file.
    order: Vec<(u32, u64)>,
    /// Lines that are no notes, or signed with a key that is not to be believed.
    faults: Vec<(u64, String)>,
    /// Length and inode of the file when it was read.
    stamp: (u64, u64),
}

impl Erasures {
    /// Reads the notes of the log in `dir`, as far as they are signed with a key that the log names; none where there is
    /// no file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(dir: &Path) -> io::Result<Self> {
        if !dir.join(FILE).exists() {
            return Ok(Self::default());
        }
        let keys = match PublicKey::read(&dir.join(PUBLIC_KEYS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            other => other?,
        };
        Self::signed_by(dir, &keys)
    }

    /// As [`Erasures::read`], with the keys that are believed.
    pub(super) fn signed_by(dir: &Path, keys: &[PublicKey]) -> io::Result<Self> {
        let path = dir.join(FILE);
        let mut found = Self { stamp: stamp(&path), ..Self::default() };
        for (number, line) in side_lines(&path)? {
            let read = read_signed(&line).and_then(|Signed { statement, key }| match statement {
                Statement::Erasure(_) if !keys.contains(&key) => {
                    Err(format!("it is signed with the key {key}, which is none of those of the log"))
                }
                Statement::Erasure(note) => Ok(note),
                _ => Err("it is a statement of another kind".to_owned()),
            });
            match read {
                Ok(note) => {
                    let place = (note.segment, note.offset);
                    found.order.push(place);
                    // A second note about a line can only repeat the first; the first one saw it whole.
                    found.notes.entry(place).or_insert(note);
                }
                Err(reason) => found.faults.push((number, reason)),
            }
        }
        Ok(found)
    }

    /// Reads the file again if it is another one than it was.
    pub(super) fn refresh(&mut self, dir: &Path) -> io::Result<()> {
        if stamp(&dir.join(FILE)) != self.stamp {
            *self = Self::read(dir)?;
        }
        Ok(())
    }

    /// Whether it was the same file.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.stamp == other.stamp
    }

    /// How many records were erased.
    #[must_use]
    pub fn len(&self) -> usize {
        self.notes.len()
    }

    /// How many notes there are; a record may have more than one.
    pub(super) fn notes(&self) -> usize {
        self.order.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// The notes, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Erasure> {
        self.order.iter().filter_map(|place| self.notes.get(place))
    }

    /// The note about the record of an exchange.
    #[must_use]
    pub fn of(&self, seq: u64) -> Option<&Erasure> {
        self.notes.values().find(|note| note.seq == seq)
    }

    /// Lines of the file that are no good.
    pub(super) fn faults(&self) -> &[(u64, String)] {
        &self.faults
    }

    /// The note about the line at a place.
    pub(super) fn at(&self, segment: u32, offset: u64) -> Option<&Erasure> {
        self.notes.get(&(segment, offset))
    }

    /// The line as it is to be read, the hash that it stands for, and what it is. A line that is being erased is read
    /// as one that is.
    pub(super) fn read_line<'l>(
        &self,
        segment: u32,
        offset: u64,
        line: &'l [u8],
    ) -> (Cow<'l, [u8]>, LineHash, Standing) {
        let Some(note) = self.at(segment, offset) else {
            return (Cow::Borrowed(line), LineHash::of(line), Standing::AsWritten);
        };
        let mut emptied = line.to_vec();
        content::blank(&mut emptied, &note.places());
        let same = line.len() as u64 == note.length && content::stem_hash(&emptied) == Some(note.stem);
        // Nothing may have been put where there was no text before.
        let full = content::places(&emptied)
            .unwrap_or_default()
            .iter()
            .any(|place| content::is_full(&emptied, place));
        match (same && !full, emptied == line) {
            (true, true) => (Cow::Borrowed(line), note.hash, Standing::Erased),
            (true, false) => {
                let whole = LineHash::of(line) == note.hash;
                let standing = if whole { Standing::Unfinished } else { Standing::Half };
                (Cow::Owned(emptied), note.hash, standing)
            }
            (false, _) => (Cow::Borrowed(line), LineHash::of(line), Standing::Changed),
        }
    }
}

impl Erasure {
    /// The emptied values as ranges within the line.
    pub(super) fn places(&self) -> Vec<std::ops::Range<usize>> {
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        self.blanks.iter().map(|(start, length)| size(*start)..size(start.saturating_add(*length))).collect()
    }
}

/// What tells that the file is another one: notes are only ever added.
fn stamp(path: &Path) -> (u64, u64) {
    fs::metadata(path).map_or((0, 0), |found| (found.len(), found.ino()))
}
