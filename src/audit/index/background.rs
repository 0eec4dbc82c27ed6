//! The thread that keeps the index level with a log that is being written.
//!
//! Owns when the log is looked at. It reads the files and shares nothing with the writer, so that
//! neither can wait for the other. An index that fails is told in the log and by a counter and is
//! tried again; no exchange depends on it.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;
use std::time::Duration;

use super::{FILE, Index, IndexError};

/// How often the log is looked at when there was nothing new.
const PAUSE: Duration = Duration::from_millis(200);
/// Time until another attempt after an error.
const RETRY: Duration = Duration::from_secs(5);

/// A running thread. It ends when this is dropped.
#[derive(Debug)]
pub struct Follower {
    state: Arc<State>,
    thread: Thread,
    /// `seq` of the first record that the log will get after this was started.
    next_seq: u64,
}

#[derive(Debug, Default)]
struct State {
    stopped: AtomicBool,
    seq: AtomicU64,
    failures: AtomicU64,
}

impl Follower {
    /// Starts to follow the log in `dir`, whose next record will have `next_seq`. The thread begins with `begin`, such
    /// as lowering its priority: what it does has time.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(dir: &Path, next_seq: u64, begin: fn()) -> io::Result<Self> {
        let state = Arc::new(State::default());
        let (dir, shared) = (dir.to_owned(), Arc::clone(&state));
        let job = move || {
            begin();
            run(&dir, &shared);
        };
        let thread = std::thread::Builder::new().name("audit-index".to_owned()).spawn(job)?;
        Ok(Self { state, thread: thread.thread().clone(), next_seq })
    }

    /// `seq` of the last record in the index.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.state.seq.load(Ordering::Relaxed)
    }

    /// Records that are in the log and not in the index yet, when the log got `written` records
    /// since this was started.
    #[must_use]
    pub fn lag(&self, written: u64) -> u64 {
        (self.next_seq.saturating_sub(1) + written).saturating_sub(self.seq())
    }

    /// Times that the index could not be brought level.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.state.failures.load(Ordering::Relaxed)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::Relaxed);
        self.thread.unpark();
    }
}

fn run(dir: &Path, state: &State) {
    let mut told = false;
    while !state.stopped.load(Ordering::Relaxed) {
        match follow(dir, state) {
            Ok(()) => told = false,
            Err(error) => {
                state.failures.fetch_add(1, Ordering::Relaxed);
                if !told {
                    let source = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::error!(%error, source, "the audit index falls behind; records are not affected");
                }
                told = true;
                std::thread::park_timeout(RETRY);
            }
        }
    }
}

/// Keeps the index level until the thread is stopped or the file is another one.
fn follow(dir: &Path, state: &State) -> Result<(), IndexError> {
    let path = dir.join(FILE);
    let mut index = Index::open(dir)?;
    let inode = inode(&path);
    while !state.stopped.load(Ordering::Relaxed) {
        let filled = index.fill()?;
        if filled.records > 0 || filled.rebuilt || state.seq.load(Ordering::Relaxed) == 0 {
            state.seq.store(index.last_seq()?, Ordering::Relaxed);
        }
        if filled.more {
            continue;
        }
        std::thread::park_timeout(PAUSE);
        // Somebody may have deleted it, as anybody may at any time.
        if self::inode(&path) != inode {
            return Ok(());
        }
    }
    Ok(())
}

fn inode(path: &PathBuf) -> Option<u64> {
    std::fs::metadata(path).ok().map(|found| found.ino())
}
