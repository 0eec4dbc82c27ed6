//! The thread that signs: checkpoints, seals, and what retention removes.
//!
//! Owns the key and every side file of a log, beside the writer and never in its way: a failure here
//! is told and tried again, and no exchange waits for it. Refuses to touch the segment that is being
//! written.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::chain::Head;
use super::erase::Quiet;
use super::seal::{
    CHECKPOINTS, Checkpoint, REMOVED, Removal, RemovalReason, Seal, Statement, append, read_checkpoints,
    read_removals, read_seal, replace, sync_dir,
};
use super::sealing::{self, SealError};
use super::segments::{self, SegmentFile};
use super::signing::{Signed, SigningKey};

/// When segments end, when checkpoints are made, and how long segments are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upkeep {
    /// Bytes after which a segment is complete; a single batch of records may be more.
    pub segment_bytes: u64,
    /// Age after which a segment is complete.
    pub segment_age: Duration,
    /// Time between two checkpoints, when records came.
    pub checkpoint_every: Duration,
    /// Sealed segments whose last record is older are removed; `None` keeps them.
    pub keep_for: Option<Duration>,
    /// The oldest sealed segments are removed while all files together have more bytes; `None` keeps
    /// them.
    pub keep_bytes: Option<u64>,
    /// The file of the signing key; `None` is `signing.key` in the folder of the log.
    pub key: Option<PathBuf>,
}

impl Default for Upkeep {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            segment_age: Duration::from_secs(24 * 60 * 60),
            checkpoint_every: Duration::from_secs(60),
            keep_for: None,
            keep_bytes: None,
            key: None,
        }
    }
}

/// What the writer tells the keeper.
#[derive(Debug)]
struct Told {
    /// The end of what is on the disk.
    head: Head,
    /// Segments that were completed, and where the log went on after each.
    finished: HashMap<u32, Head>,
    /// Something was completed since the keeper last looked.
    news: bool,
}

#[derive(Debug)]
struct Shared {
    told: Mutex<Told>,
    wake: Condvar,
    stop: AtomicBool,
    failures: Arc<AtomicU64>,
}

impl Shared {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer's handle of the thread; dropping it ends the thread.
#[derive(Debug)]
pub(super) struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread on a folder that the caller has locked. `failures` counts what went wrong.
    pub(super) fn start(
        dir: &Path,
        key: SigningKey,
        upkeep: Upkeep,
        head: Head,
        failures: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            told: Mutex::new(Told { head, finished: HashMap::new(), news: true }),
            wake: Condvar::new(),
            stop: AtomicBool::new(false),
            failures,
        });
        let rounds = Rounds {
            dir: dir.to_owned(),
            key,
            upkeep,
            shared: Arc::clone(&shared),
            unsound: HashSet::new(),
            stated: 0,
        };
        let thread =
            std::thread::Builder::new().name("audit-keeper".to_owned()).spawn(move || rounds.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Everything up to `head` is on the disk.
    pub(super) fn advance(&self, head: Head) {
        self.shared.told().head = head;
    }

    /// A segment is complete, and all of it on the disk.
    pub(super) fn finished(&self, segment: u32, head: Head) {
        let mut told = self.shared.told();
        told.finished.insert(segment, head);
        told.news = true;
        self.shared.wake.notify_one();
    }
}

impl Drop for Keeper {
    /// Waits for a last checkpoint. What it was sealing is sealed at the next start.
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // With the lock, or the thread could miss it between looking and waiting.
        drop(self.shared.told());
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's own state.
struct Rounds {
    dir: PathBuf,
    key: SigningKey,
    upkeep: Upkeep,
    shared: Arc<Shared>,
    /// Segments that cannot be sealed; each is told once.
    unsound: HashSet<u32>,
    /// `seq` of the last checkpoint.
    stated: u64,
}

impl Rounds {
    fn run(mut self) {
        match read_checkpoints(&self.dir) {
            Ok(lines) => {
                let seqs = lines.iter().filter_map(|(_, line)| Some(line.as_ref().ok()?.statement.seq));
                self.stated = seqs.max().unwrap_or(0);
            }
            Err(error) => self.failed("read the checkpoints", &error),
        }
        let mut due = Instant::now();
        loop {
            let head = self.wait(due);
            if self.shared.stop.load(Ordering::Relaxed) {
                self.checkpoint(head);
                return;
            }
            if Instant::now() >= due {
                self.checkpoint(head);
                due = Instant::now() + self.upkeep.checkpoint_every;
            }
            if let Err(error) = self.seal_all() {
                self.failed("seal a segment", &error);
            }
            if let Err(error) = self.retain() {
                self.failed("remove an old segment", &error);
            }
        }
    }

    /// Waits until there is something to do; gives the end of what is on the disk.
    fn wait(&self, due: Instant) -> Head {
        let mut told = self.shared.told();
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if told.news || left.is_zero() || self.shared.stop.load(Ordering::Relaxed) {
                told.news = false;
                return told.head;
            }
            let waited = self.shared.wake.wait_timeout(told, left);
            told = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn failed(&self, attempt: &str, error: &io::Error) {
        if self.shared.stop.load(Ordering::Relaxed) {
            return;
        }
        self.shared.failures.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(%error, dir = %self.dir.display(), "the audit log could not {attempt}; it will try again");
    }

    /// States how far the log has got, if it has got further.
    fn checkpoint(&mut self, head: Head) {
        let seq = head.seq.saturating_sub(1);
        if seq <= self.stated {
            return;
        }
        let checkpoint = Checkpoint { seq, hash: head.prev, time: Timestamp::now() };
        match append(&self.dir.join(CHECKPOINTS), &self.key, &Statement::Checkpoint(checkpoint)) {
            Ok(()) => self.stated = seq,
            Err(error) => self.failed("write a checkpoint", &error),
        }
    }

    /// Seals every segment but the last.
    fn seal_all(&mut self) -> io::Result<()> {
        let segments = segments::list(&self.dir)?;
        let Some((_, complete)) = segments.split_last() else {
            return Ok(());
        };
        for segment in complete {
            let number = segment.number;
            if segment.compressed || self.unsound.contains(&number) {
                continue;
            }
            let expected = self.shared.told().finished.get(&number).copied();
            match sealing::seal(&self.dir, segment, expected, &self.key, &self.shared.stop) {
                Ok(seal) => {
                    tracing::info!(
                        segment = number,
                        records = seal.records,
                        "a segment of the audit log was sealed"
                    );
                    self.shared.told().finished.remove(&number);
                    self.forget_checkpoints(&seal)?;
                }
                Err(SealError::Io(error)) => return Err(error),
                Err(SealError::Unsound(reason)) => {
                    self.unsound.insert(number);
                    self.shared.failures.fetch_add(1, Ordering::Relaxed);
                    tracing::error!(segment = number, %reason, "a segment of the audit log is not as it was written and was not sealed; see `qwarden audit verify`");
                }
            }
        }
        Ok(())
    }

    /// Drops the checkpoints that a seal makes needless, so that the file does not grow for ever. The
    /// newest one always stays, for export.
    fn forget_checkpoints(&self, seal: &Seal) -> io::Result<()> {
        let path = self.dir.join(CHECKPOINTS);
        let lines = read_checkpoints(&self.dir)?;
        let needless = |line: &Result<Signed<Checkpoint>, String>| {
            line.as_ref().is_ok_and(|line| line.statement.seq <= seal.last_seq)
        };
        // The file is in order: what is needless stands first. What cannot be read stays to be seen.
        let count = lines.iter().take_while(|(_, line)| needless(line)).count();
        let count = count.min(lines.len().saturating_sub(1));
        if count == 0 {
            return Ok(());
        }
        let text = fs::read(&path)?;
        let rest: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').skip(count).collect();
        replace(&path, &rest.concat())
    }

    /// Removes the oldest sealed segments while they are too old or all together too large.
    fn retain(&self) -> io::Result<()> {
        let Upkeep { keep_for, keep_bytes, .. } = self.upkeep;
        if keep_for.is_none() && keep_bytes.is_none() {
            return Ok(());
        }
        let segments = segments::list(&self.dir)?;
        let size = |segment: &SegmentFile| fs::metadata(&segment.path).map(|found| found.len());
        let mut total: u64 = segments.iter().map(size).sum::<io::Result<u64>>()?;
        let oldest = keep_for
            .and_then(|keep| Timestamp::now().checked_sub(jiff::SignedDuration::try_from(keep).ok()?).ok());
        // Always from the start of the log: what is left is one piece.
        for segment in segments.iter().take_while(|segment| segment.compressed) {
            let Some(Ok(Signed { statement: seal, .. })) = read_seal(&self.dir, segment.number)? else {
                break;
            };
            let reason = if oldest.is_some_and(|oldest| seal.last_time < oldest) {
                RemovalReason::Age
            } else if keep_bytes.is_some_and(|most| total > most) {
                RemovalReason::Size
            } else {
                break;
            };
            total = total.saturating_sub(size(segment)?);
            let _quiet = Quiet::of(&self.dir)?;
            self.remove(segment, &seal, reason)?;
        }
        Ok(())
    }

    /// First the word, then the deed: a segment that is missing without a word is a fault.
    fn remove(&self, segment: &SegmentFile, seal: &Seal, reason: RemovalReason) -> io::Result<()> {
        let known = read_removals(&self.dir)?
            .iter()
            .any(|(_, line)| line.as_ref().is_ok_and(|line| line.statement.segment == segment.number));
        if !known {
            let removal = Removal {
                segment: segment.number,
                first_seq: seal.first_seq,
                last_seq: seal.last_seq,
                reason,
                removed_at: Timestamp::now(),
            };
            append(&self.dir.join(REMOVED), &self.key, &Statement::Removal(removal))?;
        }
        fs::remove_file(&segment.path)?;
        sync_dir(&segment.path)?;
        tracing::info!(
            segment = segment.number,
            records = seal.records,
            ?reason,
            "retention removed a segment of the audit log"
        );
        Ok(())
    }
}
