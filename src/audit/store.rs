//! The folder of an audit log: its names, its lock, and the end of its last segment.
//!
//! Owns every change to the files: creating them readable by nobody else, the lock that keeps two
//! gateways from writing into each other's chain, and getting rid of a torn end without losing a
//! byte of it. Refuses to know records; it is handed bytes to append.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::chain::Head;
use super::erasures::Erasures;
use super::log::LogError;
use super::record::Place;
use super::reverse::BackLines;
use super::seal::{Checkpoint, read_checkpoints, read_seal, sealed};
use super::segments::{self, SegmentFile, Source, plain_name};
use super::signing::Signed;

/// Name of the lock file. The lock is not on a segment, since segments come and go.
const LOCK: &str = "lock";
/// Bytes of unreadable lines at the end of a log that are taken for the traces of a crash. More
/// than that is no crash, and somebody has to look at it.
const TORN: u64 = 16 * 1024 * 1024;

/// What was found when the log was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReport {
    /// The segment that is written to.
    pub segment: PathBuf,
    /// `seq` of the next record.
    pub next_seq: u64,
    /// An end that a crash had left unreadable, and that was moved out of the way.
    pub torn: Option<Torn>,
    /// Permission bits of the folder, where others than its owner have any.
    pub open_to_others: Option<u32>,
    /// The last checkpoint, where it states records that the log no longer has or has otherwise.
    pub short_of: Option<Checkpoint>,
}

/// Bytes at the end of a segment that were no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// Where in the segment they began.
    pub at: u64,
    /// How many there were.
    pub bytes: u64,
    /// The file that they were moved to.
    pub saved_as: PathBuf,
}

/// What the writer needs of a file. A trait so that tests can fill the disk.
pub(super) trait Storage: Send + 'static {
    /// Writes at the end. After an error the end is unknown until [`Storage::recover`].
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything appended is on the disk.
    fn sync(&mut self) -> io::Result<()>;
    /// What was appended so far is part of the log, and stays.
    fn keep(&mut self);
    /// Makes the file end where the log ends, wherever an error left it.
    fn recover(&mut self) -> io::Result<()>;
    /// Begins a new segment where the present one is old, or would get too long with `more` bytes.
    /// Gives the number of the one that is complete then; all of it is on the disk.
    fn rotate(&mut self, more: usize) -> io::Result<Option<u32>>;
    /// When the present segment is old; `None` while it is empty.
    fn turn(&self) -> Option<Instant>;
}

/// When a segment is complete.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rotation {
    pub(super) bytes: u64,
    pub(super) age: Duration,
}

/// The segment that is written to, with the lock of its folder.
#[derive(Debug)]
pub(super) struct Segment {
    dir: PathBuf,
    path: PathBuf,
    number: u32,
    lock: File,
    file: File,
    rotation: Rotation,
    /// When it is old; `None` while it is empty.
    turn: Option<Instant>,
    /// Length of what is part of the log.
    kept: u64,
    /// Length of what was written.
    written: u64,
}

impl Segment {
    /// Opens the folder, creates it where there is none, and finds the end of the chain.
    pub(super) fn open(dir: &Path, rotation: Rotation) -> Result<(Self, Head, OpenReport), LogError> {
        let attempt = |what: &str| {
            let attempt = format!("could not {what} {}", dir.display());
            move |source: io::Error| LogError::Io { attempt, source: Arc::new(source) }
        };
        create_dir(dir).map_err(attempt("create the audit folder"))?;
        let lock = match lock(dir) {
            Ok(lock) => lock,
            Err(TryLockError::WouldBlock) => return Err(LogError::Locked { dir: dir.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(attempt("lock the audit folder")(source)),
        };
        let mut segments = segments::list(dir).map_err(attempt("list the audit folder"))?;
        let sealed = sealed(dir).map_err(attempt("list the audit folder"))?.last().copied().unwrap_or(0);
        // Nothing is ever added to a sealed segment, nor its number given to another.
        let last = segments.last().map_or(0, |last| last.number);
        if segments.last().is_none_or(|last| last.compressed) || sealed >= last {
            let number = last.max(sealed) + 1;
            let path = dir.join(plain_name(number));
            create(dir, &path).map_err(attempt("create a segment in"))?;
            segments.push(SegmentFile { number, path, compressed: false });
        }
        let Some(SegmentFile { number, path, .. }) = segments.last().cloned() else {
            return Err(attempt("list the audit folder")(io::ErrorKind::NotFound.into()));
        };
        let (file, head, torn) = open_end(dir, &segments, sealed).map_err(|source| LogError::Io {
            attempt: format!("could not read the end of {}", path.display()),
            source: Arc::new(source),
        })?;
        // What a killed gateway wrote may not be on the disk, and a checkpoint will say that it is.
        file.sync_data().map_err(attempt("sync the last segment in"))?;
        let found = file.metadata().map_err(attempt("read the length of the last segment in"))?;
        let kept = found.len();
        let mode = fs::metadata(dir).map_err(attempt("read the permissions of"))?.mode() & 0o777;
        let short_of = short_of(dir, head).map_err(attempt("read the checkpoints in"))?;
        let report = OpenReport {
            segment: path.clone(),
            next_seq: head.seq,
            torn,
            open_to_others: (mode & 0o077 != 0).then_some(mode),
            short_of,
        };
        let born = found.created().or_else(|_| found.modified()).ok();
        let age = born.and_then(|born| born.elapsed().ok()).unwrap_or_default();
        let turn = (kept > 0).then(|| Instant::now() + rotation.age.saturating_sub(age));
        let dir = dir.to_owned();
        Ok((Self { dir, path, number, lock, file, rotation, turn, kept, written: kept }, head, report))
    }

    /// An error unless the path still names the file that is written to, at the length that it was
    /// given: whoever removes, replaces or shortens a log must not go unnoticed for hours.
    fn check(&self) -> io::Result<()> {
        let found = fs::metadata(&self.path)?;
        if !same(&found, &self.file)? {
            return Err(io::Error::other("the segment was replaced by another file"));
        }
        if found.len() != self.written {
            let reason = format!("the segment has {} bytes where {} were written", found.len(), self.written);
            return Err(io::Error::other(reason));
        }
        Ok(())
    }
}

impl Storage for Segment {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.check()?;
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn keep(&mut self) {
        self.kept = self.written;
        self.turn.get_or_insert_with(|| Instant::now() + self.rotation.age);
    }

    fn rotate(&mut self, more: usize) -> io::Result<Option<u32>> {
        let old = self.turn.is_some_and(|turn| turn <= Instant::now());
        if self.kept == 0 || !(old || self.kept + more as u64 > self.rotation.bytes) {
            return Ok(None);
        }
        self.check()?;
        self.file.sync_data()?;
        let path = self.dir.join(plain_name(self.number + 1));
        // An attempt that failed half-way has left an empty one.
        if fs::metadata(&path).is_ok_and(|found| found.len() == 0) {
            fs::remove_file(&path)?;
        }
        self.file = create(&self.dir, &path)?;
        self.path = path;
        self.number += 1;
        self.turn = None;
        (self.kept, self.written) = (0, 0);
        Ok(Some(self.number - 1))
    }

    fn turn(&self) -> Option<Instant> {
        self.turn
    }

    fn recover(&mut self) -> io::Result<()> {
        create_dir(&self.dir)?;
        // A lock on a file that is no longer there locks nobody out.
        let locked = fs::metadata(self.dir.join(LOCK)).and_then(|found| same(&found, &self.lock));
        if !matches!(locked, Ok(true)) {
            self.lock = lock(&self.dir)?;
        }
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // The chain goes on in a new file; `audit verify` will tell what is missing.
                self.file = create(&self.dir, &self.path)?;
                self.kept = 0;
            }
            Err(error) => return Err(error),
            Ok(found) if !same(&found, &self.file)? => {
                return Err(io::Error::other(
                    "the segment was replaced by another file; restart to go on in it",
                ));
            }
            Ok(found) if found.len() < self.kept => {
                let reason = format!(
                    "the segment has {} bytes where {} were acknowledged; restart to go on at its end",
                    found.len(),
                    self.kept
                );
                return Err(io::Error::other(reason));
            }
            Ok(found) => {
                if found.len() > self.written {
                    set_aside(&self.path, &self.file, self.kept)?;
                }
                self.file.set_len(self.kept)?;
            }
        }
        self.written = self.kept;
        self.file.sync_data()
    }
}

fn create_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent)?;
    }
    DirBuilder::new().mode(0o700).create(dir)
}

fn lock(dir: &Path) -> Result<File, TryLockError> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(dir.join(LOCK))
        .map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

fn create(dir: &Path, path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create_new(true).read(true).append(true).mode(0o600).open(path)?;
    // The name has to survive a crash as well as the bytes.
    File::open(dir)?.sync_all()?;
    Ok(file)
}

fn same(found: &fs::Metadata, file: &File) -> io::Result<bool> {
    let held = file.metadata()?;
    Ok(found.dev() == held.dev() && found.ino() == held.ino())
}

/// Opens the last segment and finds what the next line must carry; an unreadable end is set aside
/// first. `sealed` is the number of the last seal, 0 for none.
fn open_end(dir: &Path, segments: &[SegmentFile], sealed: u32) -> io::Result<(File, Head, Option<Torn>)> {
    let Some((last, earlier)) = segments.split_last() else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let file = OpenOptions::new().read(true).append(true).open(&last.path)?;
    let length = file.metadata()?.len();
    let erasures = Erasures::read(dir)?;
    let (end, mut head) = readable_end(last.number, Source::plain(file.try_clone()?), &erasures)?;
    let torn = if end < length {
        let saved_as = set_aside(&last.path, &file, end)?;
        file.set_len(end)?;
        file.sync_data()?;
        Some(Torn { at: end, bytes: length - end, saved_as })
    } else {
        None
    };
    // A segment that was only just begun continues the one before it, of which there may be no more
    // than the seal.
    for segment in earlier.iter().rev() {
        if head.is_some() || segment.number <= sealed {
            break;
        }
        head = readable_end(segment.number, segment.open()?, &erasures)?.1;
    }
    if head.is_none() && sealed > 0 {
        head = match (read_seal(dir, sealed)?, earlier.iter().find(|segment| segment.number == sealed)) {
            (Some(Ok(seal)), _) => Some(seal.statement.head()),
            (_, Some(segment)) => readable_end(segment.number, segment.open()?, &erasures)?.1,
            (_, None) => None,
        };
    }
    Ok((file, head.unwrap_or(Head::EMPTY), torn))
}

/// The last checkpoint, if the log does not hold what it states.
fn short_of(dir: &Path, head: Head) -> io::Result<Option<Checkpoint>> {
    let lines = read_checkpoints(dir)?;
    let Some(Ok(Signed { statement: last, .. })) = lines.into_iter().next_back().map(|(_, line)| line) else {
        return Ok(None);
    };
    let differs = last.seq + 1 == head.seq && last.hash != head.prev;
    Ok((last.seq >= head.seq || differs).then_some(last))
}

/// Where the last readable line ends, and the head after it (`None` when there is no line at all).
fn readable_end(number: u32, source: Source, erasures: &Erasures) -> io::Result<(u64, Option<Head>)> {
    let length = source.length()?;
    for line in BackLines::new(source)? {
        let line = line?;
        if line.ended
            && let Ok(place) = serde_json::from_slice::<Place>(&line.bytes)
        {
            let end = line.start + line.bytes.len() as u64 + 1;
            let (_, prev, _) = erasures.read_line(number, line.start, &line.bytes);
            return Ok((end, Some(Head { seq: place.seq.saturating_add(1), prev })));
        }
        if length - line.start > TORN {
            let reason =
                format!("the last {TORN} bytes hold no record; move the file away to begin a new log");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
    }
    Ok((0, None))
}

/// Copies everything from `at` into a file of its own beside the segment.
fn set_aside(path: &Path, file: &File, at: u64) -> io::Result<PathBuf> {
    for attempt in 0..100u32 {
        let saved = path.with_extension(format!("torn-{at}-{attempt}"));
        let mut copy = match OpenOptions::new().create_new(true).write(true).mode(0o600).open(&saved) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            other => other?,
        };
        let (mut offset, mut block) = (at, vec![0; 64 * 1024]);
        loop {
            let count = file.read_at(&mut block, offset)?;
            if count == 0 {
                break;
            }
            copy.write_all(block.get(..count).unwrap_or_default())?;
            offset += count as u64;
        }
        copy.sync_all()?;
        return Ok(saved);
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many torn ends of this segment lie about already"))
}
