//! From a complete segment to a sealed, compressed one.
//!
//! Owns the order of the steps, each of which a crash may interrupt: read the segment and check its
//! chain, write the seal, write the compressed copy beside it, read that back, and only then let the
//! plain file go. A segment whose chain does not hold gets no seal and stays as it is. Refuses to
//! know when it is time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::chain::{Head, LineHash};
use super::erase::Quiet;
use super::erasures::{Erasures, Standing};
use super::frames;
use super::seal::{Seal, Statement, read_seal, replace, seal_path, sync_dir};
use super::segments::{SegmentFile, compressed_name, plain_name};
use super::signing::{Signed, SigningKey};

/// zstd level. 6 takes twice as long and saves 2 % more; see docs/audit.md.
pub(super) const LEVEL: i32 = 3;
/// Bytes that are read at once.
const BLOCK: usize = 256 * 1024;

/// Why a segment was not sealed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SealError {
    /// The disk said no, or the keeper is being stopped; it can be tried again.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The segment is not as it was written; trying again is of no use.
    #[error("{0}")]
    Unsound(String),
}

/// All that a seal says of a record.
#[derive(Deserialize)]
struct Stamp {
    seq: u64,
    prev: LineHash,
    time: Timestamp,
}

/// Seals and compresses a plain segment, or does what is left of it. `expected` is the head after its
/// last record, where that is known. Gives up soon after `stop` is set.
pub(super) fn seal(
    dir: &Path,
    segment: &SegmentFile,
    expected: Option<Head>,
    key: &SigningKey,
    stop: &AtomicBool,
) -> Result<Seal, SealError> {
    // Nobody may empty places of the plain file while it is copied.
    let _quiet = Quiet::of(dir)?;
    let erasures = Erasures::read(dir)?;
    let seal = match read_seal(dir, segment.number)? {
        Some(Ok(Signed { statement: seal, .. })) => {
            // A crash came between the seal and the compressed copy. Text may have been erased since.
            let found = measure(segment, Some(seal.head()), &erasures, stop)?;
            if (found.bytes, found.records) != (seal.bytes, seal.records) {
                return Err(SealError::Unsound("its text is not what its seal says".to_owned()));
            }
            Seal { sha256: found.sha256, ..seal }
        }
        Some(Err(reason)) => return Err(SealError::Unsound(format!("its seal is no good: {reason}"))),
        None => {
            let seal = measure(segment, expected, &erasures, stop)?;
            let line = key.sign(&Statement::Seal(seal.clone()))?;
            replace(&seal_path(dir, segment.number), format!("{line}\n").as_bytes())?;
            seal
        }
    };
    pack(dir, &seal, stop)?;
    Ok(seal)
}

/// Reads a segment and states what it holds.
fn measure(
    segment: &SegmentFile,
    expected: Option<Head>,
    erasures: &Erasures,
    stop: &AtomicBool,
) -> Result<Seal, SealError> {
    let unsound = |reason: String| Err(SealError::Unsound(reason));
    let mut sha256 = Sha256::new();
    let mut seal: Option<Seal> = None;
    for line in segment.lines(0)? {
        stopped(stop)?;
        let line = line?;
        sha256.update(&line.bytes);
        sha256.update(b"\n");
        let (text, hash, standing) = erasures.read_line(segment.number, line.start, &line.bytes);
        if matches!(standing, Standing::Unfinished | Standing::Half) {
            return Err(SealError::Io(io::Error::other("text of it is being erased")));
        }
        let stamp = match serde_json::from_slice::<Stamp>(&text) {
            Ok(stamp) if line.ended => stamp,
            Ok(_) => return unsound("its last line has no end".to_owned()),
            Err(error) => return unsound(format!("the line at byte {} is no record: {error}", line.start)),
        };
        match &mut seal {
            None => {
                seal = Some(Seal {
                    segment: segment.number,
                    first_seq: stamp.seq,
                    last_seq: stamp.seq,
                    records: 1,
                    bytes: line.end(),
                    sha256: LineHash::GENESIS,
                    first_prev: stamp.prev,
                    last_hash: hash,
                    first_time: stamp.time,
                    last_time: stamp.time,
                    sealed_at: Timestamp::now(),
                });
            }
            Some(seal) => {
                if (stamp.seq, stamp.prev) != (seal.last_seq + 1, seal.last_hash) {
                    return unsound(format!(
                        "record {} does not continue record {}",
                        stamp.seq, seal.last_seq
                    ));
                }
                seal.last_seq = stamp.seq;
                seal.records += 1;
                seal.bytes = line.end();
                seal.last_hash = hash;
                seal.first_time = seal.first_time.min(stamp.time);
                seal.last_time = seal.last_time.max(stamp.time);
            }
        }
    }
    let Some(mut seal) = seal else {
        return unsound("it has no records".to_owned());
    };
    if expected.is_some_and(|expected| expected != seal.head()) {
        return unsound(format!("record {} at its end is not the one that was written there", seal.last_seq));
    }
    seal.sha256 = LineHash::finish(sha256);
    Ok(seal)
}

/// Puts the compressed copy in the place of the plain file.
fn pack(dir: &Path, seal: &Seal, stop: &AtomicBool) -> Result<(), SealError> {
    let plain = dir.join(plain_name(seal.segment));
    let packed = dir.join(compressed_name(seal.segment));
    let new = dir.join(format!("{}.new", compressed_name(seal.segment)));
    let outcome = write_packed(&plain, &new, stop).and_then(|()| same_text(&new, seal, stop));
    if let Err(error) = outcome {
        // A disk that is full has better uses for the space.
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    fs::rename(&new, &packed)?;
    sync_dir(&packed)?;
    fs::remove_file(&plain)?;
    sync_dir(&plain)?;
    Ok(())
}

fn write_packed(plain: &Path, new: &Path, stop: &AtomicBool) -> Result<(), SealError> {
    let mut text = Stoppable { inner: File::open(plain)?, stop };
    let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(new)?;
    let mut out = BufWriter::new(file);
    frames::compress(&mut text, &mut out, LEVEL)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(())
}

/// Checks that the compressed file holds what was sealed.
fn same_text(new: &Path, seal: &Seal, stop: &AtomicBool) -> Result<(), SealError> {
    let copy = SegmentFile { number: seal.segment, path: new.to_owned(), compressed: true };
    let mut source = copy.open()?;
    let (mut sha256, mut offset, mut block) = (Sha256::new(), 0, vec![0; BLOCK]);
    loop {
        stopped(stop)?;
        match source.read_at(&mut block, offset)? {
            0 => break,
            count => {
                sha256.update(block.get(..count).unwrap_or_default());
                offset += count as u64;
            }
        }
    }
    if LineHash::finish(sha256) == seal.sha256 {
        return Ok(());
    }
    Err(SealError::Unsound("its text is not what its seal says".to_owned()))
}

/// A reader that ends with an error when the keeper is stopped.
struct Stoppable<'a, R> {
    inner: R,
    stop: &'a AtomicBool,
}

impl<R: Read> Read for Stoppable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        stopped(self.stop)?;
        self.inner.read(buffer)
    }
}

fn stopped(stop: &AtomicBool) -> io::Result<()> {
    if stop.load(Ordering::Relaxed) {
        return Err(io::Error::other("the log is being closed; the next start goes on with it"));
    }
    Ok(())
}
