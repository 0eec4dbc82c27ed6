//! Whether a log is what was written: its chain, its seals, and its checkpoints.
//!
//! Owns the check. It looks at bytes, `seq`, `prev` and signatures and refuses to know what a record
//! says. A log that holds together may still have lost its end, or be another one altogether: that
//! is seen against a checkpoint that was carried elsewhere, which the caller brings as a witness.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::chain::{Head, LineHash};
pub use super::fault::{Fault, FaultKind, Progress, Verified, Witness};
use super::line::MAX_LINE;
use super::marks;
use super::query::{QueryError, list};
use super::record::Place;
use super::seal::{
    CHECKPOINTS, Checkpoint, PUBLIC_KEYS, REMOVED, Seal, SideLine, read_checkpoints, read_removals,
    read_seal, seal_path, sealed,
};
use super::segments::{Line, Lines, SegmentFile, Source};
use super::signing::{PublicKey, Signed};

/// Bytes between two calls about progress.
const STEP: u64 = 4 * 1024 * 1024;

/// Checks every line of every segment in `dir`, up to the first fault.
///
/// # Errors
/// When the folder or a segment cannot be read.
pub fn verify(dir: &Path) -> Result<Verified, QueryError> {
    verify_against(dir, &Witness::default(), &mut |_| {})
}

/// As [`verify`], against what the caller knows from elsewhere, and telling how far it has got.
///
/// # Errors
/// As [`verify`].
pub fn verify_against(
    dir: &Path,
    witness: &Witness,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verified, QueryError> {
    let failed = |what: &'static str| move |error| QueryError::new(what, dir, error);
    // A gateway may be writing: what states something is read before what it is about.
    let checkpoints = read_checkpoints(dir).map_err(failed("read the checkpoints in"))?;
    let numbers = sealed(dir).map_err(failed("list the audit folder"))?;
    let keys = match witness.keys.as_slice() {
        [] => known_keys(dir).map_err(failed("read the public keys in"))?,
        keys => keys.to_owned(),
    };
    let segments = list(dir)?;
    let lengths =
        segments.iter().map(|segment| segment.open().and_then(|source| source.length()).unwrap_or(0));
    let mut walk = Walk {
        dir,
        keys,
        witnessed: BTreeMap::new(),
        head: Head::EMPTY,
        before: LineHash::GENESIS,
        proven: false,
        found: Verified {
            segments: 0,
            sealed: 0,
            removed: Vec::new(),
            checkpoints: 0,
            records: 0,
            last: LineHash::GENESIS,
            torn: 0,
            fault: None,
        },
        total: lengths.sum(),
        done: 0,
        told: 0,
        progress,
    };
    walk.summon(witness, &checkpoints);
    walk.all(&segments, &numbers)?;
    walk.settle(&checkpoints);
    (walk.progress)(Progress { done: walk.total, total: walk.total });
    Ok(walk.found)
}

fn known_keys(dir: &Path) -> io::Result<Vec<PublicKey>> {
    match PublicKey::read(&dir.join(PUBLIC_KEYS)) {
        // A log of before there were keys; whatever is signed in it then is a fault.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}

struct Walk<'a> {
    dir: &'a Path,
    keys: Vec<PublicKey>,
    /// Checkpoints that are still to be met, by `seq`, and the files they stand in.
    witnessed: BTreeMap<u64, Vec<(PathBuf, Checkpoint)>>,
    head: Head,
    /// Hash of the record before the last one.
    before: LineHash,
    /// Whether a seal or a checkpoint proves the last record.
    proven: bool,
    found: Verified,
    total: u64,
    done: u64,
    told: u64,
    progress: &'a mut dyn FnMut(Progress),
}

impl Walk<'_> {
    fn fault(&mut self, segment: PathBuf, line: u64, kind: FaultKind) {
        self.found.fault.get_or_insert(Fault { segment, line, kind });
    }

    /// What is wrong with the key of a statement.
    fn stranger(&self, key: PublicKey) -> Option<FaultKind> {
        let reason = format!("it is signed with the key {key}, which is none of those of the log");
        (!self.keys.contains(&key)).then_some(FaultKind::Statement { reason })
    }

    /// Gathers the checkpoints that are to be met.
    fn summon(&mut self, witness: &Witness, own: &[SideLine<Checkpoint>]) {
        let own_path = self.dir.join(CHECKPOINTS);
        let own = own.iter().filter_map(|(_, line)| Some((own_path.clone(), line.as_ref().ok()?.clone())));
        for (path, Signed { statement, key }) in witness.checkpoints.iter().cloned().chain(own) {
            // Whose signature is wrong witnesses nothing; it is told at the end.
            if self.keys.contains(&key) || (witness.keys.is_empty() && path != own_path) {
                self.witnessed.entry(statement.seq).or_default().push((path, statement));
            } else if path != own_path
                && let Some(kind) = self.stranger(key)
            {
                self.fault(path, 0, kind);
            }
        }
    }

    fn all(&mut self, segments: &[SegmentFile], sealed: &[u32]) -> Result<(), QueryError> {
        let mut numbers: Vec<u32> =
            segments.iter().map(|segment| segment.number).chain(sealed.iter().copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let last = segments.last().map_or(0, |segment| segment.number);
        for number in numbers {
            if self.found.fault.is_some() {
                break;
            }
            let failed = |path: PathBuf| move |error| QueryError::new("read", &path, error);
            let file = segments.iter().find(|segment| segment.number == number);
            let source = match file.map(SegmentFile::open) {
                None => None,
                Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => None,
                Some(Err(error)) if is_damage(&error) => {
                    let path = file.map_or_else(PathBuf::new, |file| file.path.clone());
                    self.fault(path, 0, FaultKind::Damaged { reason: error.to_string() });
                    break;
                }
                Some(other) => Some(other.map_err(failed(self.dir.to_owned()))?),
            };
            // After the segment: a gateway that seals it meanwhile writes the seal first.
            let path = seal_path(self.dir, number);
            let seal = match read_seal(self.dir, number).map_err(failed(path.clone()))? {
                None => None,
                Some(Ok(seal)) => match self.stranger(seal.key) {
                    None => Some(seal.statement),
                    Some(kind) => {
                        self.fault(path, 0, kind);
                        break;
                    }
                },
                Some(Err(reason)) => {
                    self.fault(path, 0, FaultKind::Statement { reason });
                    break;
                }
            };
            match (file, source, seal) {
                (Some(file), Some(source), seal) => {
                    if seal.is_none() && file.compressed {
                        self.fault(file.path.clone(), 0, FaultKind::SealGone);
                        break;
                    }
                    self.segment(file, source, seal.as_ref(), number == last)?;
                }
                (_, _, Some(seal)) => self.absent(seal, path)?,
                (_, _, None) => {}
            }
        }
        Ok(())
    }

    /// A segment of which only the seal is there.
    fn absent(&mut self, seal: Seal, path: PathBuf) -> Result<(), QueryError> {
        let removals = read_removals(self.dir)
            .map_err(|error| QueryError::new("read what retention removed in", self.dir, error))?;
        let noted = removals.iter().any(|(_, line)| {
            line.as_ref().is_ok_and(|line| {
                let removal = &line.statement;
                self.keys.contains(&line.key)
                    && (removal.segment, removal.first_seq, removal.last_seq)
                        == (seal.segment, seal.first_seq, seal.last_seq)
            })
        });
        if !noted {
            self.fault(path, 0, FaultKind::SegmentGone { first: seal.first_seq, last: seal.last_seq });
        } else if (seal.first_seq, seal.first_prev) != (self.head.seq, self.head.prev) {
            let kind = match seal.first_seq.checked_sub(1) {
                Some(last) if last >= self.head.seq => FaultKind::Missing { first: self.head.seq, last },
                _ => FaultKind::Foreign { seq: seal.first_seq },
            };
            self.fault(path, 0, kind);
        } else {
            self.witnessed = self.witnessed.split_off(&seal.last_seq);
            self.head = seal.head();
            self.proven = true;
            self.found.last = seal.last_hash;
            self.before = seal.last_hash;
            self.met(seal.last_seq, seal.last_hash, &path, 0);
            self.found.removed.push(seal);
        }
        Ok(())
    }

    fn segment(
        &mut self,
        file: &SegmentFile,
        source: Source,
        seal: Option<&Seal>,
        is_last: bool,
    ) -> Result<(), QueryError> {
        self.found.segments += 1;
        let mut end = 0;
        for (number, line) in (1..).zip(Lines::new(source, 0)) {
            let line = match line {
                Err(error) if is_damage(&error) => {
                    self.fault(file.path.clone(), number, FaultKind::Damaged { reason: error.to_string() });
                    return Ok(());
                }
                other => other.map_err(|error| QueryError::new("read", &file.path, error))?,
            };
            end = line.end();
            // Only the end of the log can be torn; a line without end anywhere else is a fault, and
            // so is one that is longer than any record.
            if !line.ended && is_last && seal.is_none() && line.bytes.len() < MAX_LINE {
                self.found.torn = line.bytes.len();
                break;
            }
            if !self.record(file, number, &line, seal) {
                return Ok(());
            }
            self.done += line.bytes.len() as u64 + 1;
            if self.done - self.told >= STEP {
                self.told = self.done;
                (self.progress)(Progress { done: self.done.min(self.total), total: self.total });
            }
        }
        if let Some(seal) = seal {
            self.compare(file, seal, end);
        }
        Ok(())
    }

    /// Checks a line; false at a fault.
    fn record(&mut self, file: &SegmentFile, number: u64, line: &Line, seal: Option<&Seal>) -> bool {
        let first = seal.filter(|_| number == 1);
        if let Some(kind) = self.check(&line.bytes, line.ended, number == 1, first) {
            if matches!(kind, FaultKind::Changed { .. }) {
                // The line before had passed for good.
                self.found.records = self.found.records.saturating_sub(1);
                self.found.last = self.before;
            }
            self.fault(file.path.clone(), number, kind);
            return false;
        }
        let seq = self.head.seq;
        self.head = Head::after(seq, &line.bytes);
        self.proven = false;
        self.before = std::mem::replace(&mut self.found.last, self.head.prev);
        self.found.records += 1;
        if !self.met(seq, self.head.prev, &file.path, number) {
            self.found.records -= 1;
            self.found.last = self.before;
            return false;
        }
        true
    }

    fn check(&self, line: &[u8], ended: bool, begins: bool, seal: Option<&Seal>) -> Option<FaultKind> {
        let Head { seq: expected, prev } = self.head;
        let place = match serde_json::from_slice::<Place>(line) {
            Ok(place) if ended => place,
            Ok(_) => {
                return Some(FaultKind::NotARecord { expected, reason: "it has no line end".to_owned() });
            }
            Err(error) => return Some(FaultKind::NotARecord { expected, reason: error.to_string() }),
        };
        if let Some(seal) = seal.filter(|seal| seal.first_seq != place.seq) {
            return Some(FaultKind::OtherSegment { expected: seal.first_seq, found: place.seq });
        }
        if place.seq > expected {
            return Some(FaultKind::Missing { first: expected, last: place.seq - 1 });
        }
        if place.seq < expected {
            return Some(FaultKind::OutOfOrder { expected, found: place.seq });
        }
        if place.prev == prev.to_hex() {
            return None;
        }
        Some(match self.head {
            Head::EMPTY => FaultKind::BeginsInTheMiddle { prev: place.prev },
            Head { seq, .. } if begins && self.proven => FaultKind::Foreign { seq },
            Head { seq, prev } => FaultKind::Changed { seq: seq - 1, expected: place.prev, found: prev },
        })
    }

    /// Compares a record with the checkpoints that witness it; false at a fault.
    fn met(&mut self, seq: u64, hash: LineHash, path: &Path, line: u64) -> bool {
        for (_, checkpoint) in self.witnessed.remove(&seq).unwrap_or_default() {
            if checkpoint.hash != hash {
                let Checkpoint { seq, hash: expected, time } = checkpoint;
                let kind = FaultKind::Rewritten { seq, expected, found: hash, time };
                self.fault(path.to_owned(), line, kind);
                return false;
            }
            self.found.checkpoints += 1;
            self.proven = true;
        }
        true
    }

    /// Compares what was read of a segment with its seal.
    fn compare(&mut self, file: &SegmentFile, seal: &Seal, end: u64) {
        self.found.sealed += 1;
        let last = self.head.seq.saturating_sub(1);
        let kind = if last < seal.last_seq {
            FaultKind::Missing { first: last + 1, last: seal.last_seq }
        } else if last > seal.last_seq {
            FaultKind::Added { last: seal.last_seq }
        } else if self.head.prev != seal.last_hash {
            self.found.records = self.found.records.saturating_sub(1);
            self.found.last = self.before;
            FaultKind::Changed { seq: last, expected: seal.last_hash.to_hex(), found: self.head.prev }
        } else if end != seal.bytes {
            // The chain holds every byte of every line, and so does the sum of their lengths.
            FaultKind::OtherText
        } else {
            self.proven = true;
            return;
        };
        self.fault(file.path.clone(), 0, kind);
    }

    /// What is only seen at the end: checkpoints beyond it, and statements that are no good.
    fn settle(&mut self, checkpoints: &[SideLine<Checkpoint>]) {
        if let Some((path, checkpoint)) = self.witnessed.pop_last().and_then(|(_, mut all)| all.pop())
            && checkpoint.seq >= self.head.seq
        {
            let Checkpoint { seq: witnessed, time, .. } = checkpoint;
            self.fault(path, 0, FaultKind::Cut { last: self.head.seq.saturating_sub(1), witnessed, time });
        }
        let path = self.dir.join(CHECKPOINTS);
        for (number, line) in checkpoints {
            let kind = match line {
                Ok(line) => self.stranger(line.key),
                Err(reason) => Some(FaultKind::Statement { reason: reason.clone() }),
            };
            if let Some(kind) = kind {
                self.fault(path.clone(), *number, kind);
            }
        }
        for (number, line) in marks::check(self.dir).unwrap_or_default() {
            let kind = match line {
                Ok(line) => self.stranger(line.key),
                Err(reason) => Some(FaultKind::Statement { reason }),
            };
            if let Some(kind) = kind {
                self.fault(self.dir.join(marks::FILE), number, kind);
            }
        }
        let removals = read_removals(self.dir).unwrap_or_default();
        for (number, line) in removals {
            if let Err(reason) = line {
                self.fault(self.dir.join(REMOVED), number, FaultKind::Statement { reason });
            }
        }
    }
}

/// Whether an error tells of the bytes and not of the disk.
fn is_damage(error: &io::Error) -> bool {
    // What zstd says of bad bytes has no kind of its own.
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other)
        && error.raw_os_error().is_none()
}
