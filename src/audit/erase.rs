//! Erasing the text of records.
//!
//! Owns the order of the steps: the note first, on the disk, and then the bytes, so that a crash leaves something to
//! finish and never a gap without a word. Text is replaced by spaces of the same length, so that no offset
//! changes: in place in a plain segment, which the gateway may be writing meanwhile, and by a copy in a
//! compressed one. The folder itself is locked against sealing and retention, and against a second eraser.
//! Refuses to decide whose text is to go.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::chain::LineHash;
use super::content;
use super::erasures::{Erasure, Erasures, FILE};
use super::frames;
use super::record::Place;
use super::seal::{Statement, open_signing_key, replace_with, side_append, sync_dir};
use super::sealing::LEVEL;
use super::segments::{self, SegmentFile, Source};

/// Bytes that are read at once.
const BLOCK: usize = 256 * 1024;

/// What erasing did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Erased {
    /// Records whose text is gone now.
    pub records: Vec<u64>,
    /// Records that held no text, or lost it before.
    pub empty: Vec<u64>,
    /// Records that could not be read as records of this log; `audit verify` names them.
    pub unsound: Vec<u64>,
    /// Files with unfinished lines, which a crash left and which may hold text of an erased record.
    pub torn: Vec<PathBuf>,
}

/// Keeps sealing, retention and other erasers away for as long as it is held.
#[derive(Debug)]
pub(super) struct Quiet(#[expect(dead_code, reason = "held for its lock")] File);

impl Quiet {
    /// Waits until nobody else rewrites files of the folder.
    pub(super) fn of(dir: &Path) -> io::Result<Self> {
        let folder = File::open(dir)?;
        folder.lock()?;
        Ok(Self(folder))
    }
}

/// Erases the text of records, which are named by `seq`. `key` is the file of the signing key where it is not in
/// the folder. All of it is on the disk when this returns.
///
/// # Errors
/// When there is no signing key, or a file cannot be read or written. What was begun is finished by the next call, by
/// [`finish`], or by the next start of the gateway.
pub fn erase(
    dir: &Path,
    key: Option<&Path>,
    seqs: &BTreeSet<u64>,
    reason: Option<&str>,
) -> io::Result<Erased> {
    let key = open_signing_key(dir, key)?;
    let _quiet = Quiet::of(dir)?;
    let mut erasures = Erasures::read(dir)?;
    finish_all(dir, &erasures)?;
    let mut erased = Erased::default();
    for segment in segments::list(dir)? {
        let mut notes = Vec::new();
        for line in segment.lines(0)? {
            let line = line?;
            let Ok(place) = serde_json::from_slice::<Place>(&line.bytes) else { continue };
            if !seqs.contains(&place.seq) || !line.ended {
                continue;
            }
            if erasures.at(segment.number, line.start).is_some() {
                erased.empty.push(place.seq);
                continue;
            }
            match note(&segment, line.start, &line.bytes, reason) {
                Some(Some(note)) => notes.push(note),
                Some(None) => erased.empty.push(place.seq),
                None => erased.unsound.push(place.seq),
            }
        }
        if notes.is_empty() {
            continue;
        }
        let statements: Vec<Statement> = notes.iter().cloned().map(Statement::Erasure).collect();
        side_append(&dir.join(FILE), &key, &statements)?;
        blank(&segment, &notes.iter().collect::<Vec<_>>())?;
        erased.records.extend(notes.iter().map(|note| note.seq));
        erasures.refresh(dir)?;
    }
    erased.torn = torn(dir)?;
    Ok(erased)
}

/// Finishes what a crash interrupted; says how many records that were.
///
/// # Errors
/// When a file cannot be read or written.
pub fn finish(dir: &Path) -> io::Result<usize> {
    if !dir.join(FILE).exists() {
        return Ok(0);
    }
    let _quiet = Quiet::of(dir)?;
    finish_all(dir, &Erasures::read(dir)?)
}

fn finish_all(dir: &Path, erasures: &Erasures) -> io::Result<usize> {
    let mut by_segment: BTreeMap<u32, Vec<&Erasure>> = BTreeMap::new();
    for note in erasures.iter() {
        by_segment.entry(note.segment).or_default().push(note);
    }
    let mut finished = 0;
    for segment in segments::list(dir)? {
        let Some(notes) = by_segment.get(&segment.number) else { continue };
        let mut source = segment.open()?;
        let mut left = Vec::new();
        for note in notes {
            if !is_blank(&mut source, note)? {
                left.push(*note);
            }
        }
        if !left.is_empty() {
            blank(&segment, &left)?;
            finished += left.len();
        }
    }
    Ok(finished)
}

/// Whether nothing is left of the text; also where the line is not there any more.
fn is_blank(source: &mut Source, note: &Erasure) -> io::Result<bool> {
    for (start, length) in &note.blanks {
        let size = usize::try_from(*length).unwrap_or(usize::MAX).min(super::line::MAX_LINE);
        let mut value = vec![0; size];
        match source.read_exact_at(&mut value, note.offset + start) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(true),
            other => other?,
        }
        if value != *content::emptiness(size) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The note about a line; `None` inside where it holds no text, outside where it is no record.
fn note(segment: &SegmentFile, offset: u64, line: &[u8], reason: Option<&str>) -> Option<Option<Erasure>> {
    let record = super::Record::parse(std::str::from_utf8(line).ok()?).ok()?;
    let places = content::places(line)?;
    let full: Vec<_> = places.iter().filter(|place| content::is_full(line, place)).collect();
    if full.is_empty() {
        return Some(None);
    }
    Some(Some(Erasure {
        id: record.draft.id,
        seq: record.seq,
        segment: segment.number,
        offset,
        length: line.len() as u64,
        blanks: full.iter().map(|place| (place.start as u64, place.len() as u64)).collect(),
        hash: LineHash::of(line),
        stem: LineHash::of(&content::stem(line, &places)),
        reason: reason.map(str::to_owned),
        erased_at: Timestamp::now(),
    }))
}

/// Empties the places that the notes name.
fn blank(segment: &SegmentFile, notes: &[&Erasure]) -> io::Result<()> {
    let mut places: Vec<(u64, u64)> = notes
        .iter()
        .flat_map(|note| note.blanks.iter().map(|(start, length)| (note.offset + start, *length)))
        .collect();
    places.sort_unstable();
    if segment.compressed {
        return repack(segment, &places);
    }
    // Not for appending: the gateway's own handle is, and where it writes is behind every whole line.
    let file = OpenOptions::new().read(true).write(true).open(&segment.path)?;
    let end = file.metadata()?.len();
    for (start, length) in places {
        if start.saturating_add(length) <= end {
            let size = usize::try_from(length).unwrap_or(0);
            file.write_all_at(&content::emptiness(size), start)?;
        }
    }
    file.sync_data()
}

/// Puts a copy with the places emptied in the place of a compressed segment.
fn repack(segment: &SegmentFile, places: &[(u64, u64)]) -> io::Result<()> {
    let mut name = segment.path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let outcome = write_copy(segment, places, &new).and_then(|()| replace_with(&new, &segment.path));
    if outcome.is_err() {
        let _ = fs::remove_file(&new);
    }
    outcome
}

fn write_copy(segment: &SegmentFile, places: &[(u64, u64)], new: &Path) -> io::Result<()> {
    let mut text = Emptied { source: segment.open()?, places, at: 0, sha256: Sha256::new() };
    let length = text.source.length()?;
    let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(new)?;
    let mut out = BufWriter::new(file);
    frames::compress(&mut text, &mut out, LEVEL)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    // What takes the place of evidence is read back first.
    let copy = SegmentFile { path: new.to_owned(), ..segment.clone() };
    let (mut source, mut sha256, mut at, mut block) = (copy.open()?, Sha256::new(), 0, vec![0; BLOCK]);
    loop {
        match source.read_at(&mut block, at)? {
            0 => break,
            count => {
                sha256.update(block.get(..count).unwrap_or_default());
                at += count as u64;
            }
        }
    }
    if at != length || sha256.finalize() != text.sha256.finalize() {
        return Err(io::Error::other("the copy of the segment is not what was to be written"));
    }
    Ok(())
}

/// The text of a segment with places emptied.
struct Emptied<'a> {
    source: Source,
    /// First byte and number of bytes, in order, disjoint.
    places: &'a [(u64, u64)],
    at: u64,
    sha256: Sha256,
}

impl Read for Emptied<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read_at(buffer, self.at)?;
        let block = buffer.get_mut(..count).unwrap_or_default();
        let (from, to) = (self.at, self.at + count as u64);
        let first = self.places.partition_point(|(start, length)| start + length <= from);
        for (start, length) in self.places.iter().skip(first).take_while(|(start, _)| *start < to) {
            for (byte, at) in block.iter_mut().zip(from..) {
                if at >= *start && at < start + length {
                    let null = usize::try_from(at - start).ok().and_then(|within| b"null".get(within));
                    *byte = null.copied().unwrap_or(b' ');
                }
            }
        }
        self.sha256.update(&*block);
        self.at = to;
        Ok(count)
    }
}

/// Files with unfinished lines.
fn torn(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().and_then(|end| end.to_str()).is_some_and(|end| end.starts_with("torn-")) {
            found.push(path);
        }
    }
    sync_dir(&dir.join(FILE))?;
    found.sort();
    Ok(found)
}
