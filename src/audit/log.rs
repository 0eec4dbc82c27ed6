//! The handle of the audit log that the gateway holds.
//!
//! An [`Entry`] is opened before the work and completed after it. Opening reserves the room in the
//! queue, so that completing can neither fail nor wait, not even in a drop; whoever gets no entry
//! does no work. Owns the queue and the state that others may watch; refuses to know files, which
//! are the writer thread's.

use std::fmt;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::chain::Head;
use super::record::{Draft, Ended};
use super::store::{OpenReport, Segment, Storage};
use super::writer::{Ticket, Writer};

/// When a record counts as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// When it is on the disk: a receipt waits for `fdatasync`, which many records share.
    #[default]
    Strict,
    /// When it is in the queue: it is on the disk within about a second.
    Relaxed,
}

impl Durability {
    /// The name in configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Relaxed => "relaxed",
        }
    }
}

/// How much a log may hold in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries that may be open or wait for the disk at the same time; at least 1.
    pub queue: usize,
    /// Lines that a live follower may fall behind before it misses some; at least 1.
    pub follow: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { queue: 4096, follow: 1024 }
    }
}

/// Why the log could not be opened, or a record not be written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// The operating system said no.
    #[error("{attempt}")]
    Io {
        /// What was attempted, and on which path.
        attempt: String,
        /// The answer.
        source: Arc<io::Error>,
    },
    /// Another gateway writes to this folder.
    #[error("the audit folder {} is in use by another process", dir.display())]
    Locked {
        /// The folder.
        dir: PathBuf,
    },
    /// The record could not be put on the disk. The log keeps it and writes it when it can.
    #[error("the audit log is failing: {reason}")]
    Failed {
        /// What the disk said.
        reason: Arc<str>,
    },
    /// The log is closed, and its thread gone.
    #[error("the audit log is closed")]
    Closed,
}

/// Why no entry could be opened. Work that would leave no record must not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryRefused {
    /// Every slot of the queue is taken.
    #[error("the audit queue is full")]
    QueueFull,
    /// The disk does not take records.
    #[error("the audit log is failing: {reason}")]
    Failed {
        /// What the disk said.
        reason: Arc<str>,
    },
    /// The log is being closed.
    #[error("the audit log is closed")]
    Closed,
}

impl EntryRefused {
    /// Stable name of the cause for errors and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::QueueFull => "audit_queue_full",
            Self::Failed { .. } => "audit_failed",
            Self::Closed => "audit_closed",
        }
    }
}

/// Whether the log takes records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Good,
    /// The disk does not; it is tried again until it does.
    Failed {
        /// What the disk said.
        reason: Arc<str>,
        /// Since when.
        since: jiff::Timestamp,
    },
    /// It was closed.
    Closed,
}

/// Counters since the log was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Records written.
    pub records: u64,
    /// Bytes written, line ends included.
    pub bytes: u64,
    /// Calls of `fdatasync`.
    pub syncs: u64,
    /// Microseconds spent in them.
    pub sync_us: u64,
    /// Times that the disk refused.
    pub failures: u64,
    /// Slots of the queue that are taken: open entries and records that wait for the disk.
    pub queue_used: usize,
    /// Slots of the queue.
    pub queue_size: usize,
    /// Live followers.
    pub followers: usize,
}

/// What the handle, its entries and the writer share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) health: watch::Sender<Health>,
    /// Set by whoever closes the log.
    pub(super) closing: watch::Sender<bool>,
    /// Set by the writer as the last thing it does.
    pub(super) done: watch::Sender<Option<Result<(), LogError>>>,
    pub(super) lines: broadcast::Sender<Arc<str>>,
    pub(super) records: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) syncs: AtomicU64,
    pub(super) sync_us: AtomicU64,
    pub(super) failures: AtomicU64,
}

/// An open audit log. Clones are handles of the same log.
#[derive(Debug, Clone)]
pub struct Log {
    queue: mpsc::Sender<Ticket>,
    shared: Arc<Shared>,
    durability: Durability,
}

impl Log {
    /// Opens the log in `dir`, creates it where there is none, and starts its thread. Needs no
    /// runtime.
    ///
    /// # Errors
    /// When the folder cannot be created, read or locked, or its end is beyond repair.
    pub fn open(dir: &Path, durability: Durability, limits: Limits) -> Result<(Self, OpenReport), LogError> {
        let (segment, head, report) = Segment::open(dir)?;
        Ok((Self::start(segment, head, durability, limits)?, report))
    }

    /// Starts the writer on an opened file.
    pub(super) fn start(
        storage: impl Storage,
        head: Head,
        durability: Durability,
        limits: Limits,
    ) -> Result<Self, LogError> {
        let (queue, tickets) = mpsc::channel(limits.queue.max(1));
        let shared = Arc::new(Shared {
            health: watch::Sender::new(Health::Good),
            closing: watch::Sender::new(false),
            done: watch::Sender::new(None),
            lines: broadcast::Sender::new(limits.follow.max(1)),
            records: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            syncs: AtomicU64::new(0),
            sync_us: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        });
        let writer = Writer::new(storage, head, durability, Arc::clone(&shared));
        writer.spawn(tickets).map_err(|source| LogError::Io {
            attempt: "could not start the audit writer's thread".to_owned(),
            source: Arc::new(source),
        })?;
        Ok(Self { queue, shared, durability })
    }

    /// Reserves room for one record. Hold the entry for as long as the work lasts.
    ///
    /// # Errors
    /// When the queue is full, the disk refuses, or the log is closed: the work must not begin.
    pub fn open_entry(&self) -> Result<Entry, EntryRefused> {
        match &*self.shared.health.borrow() {
            Health::Good if *self.shared.closing.borrow() => return Err(EntryRefused::Closed),
            Health::Good => {}
            Health::Failed { reason, .. } => return Err(EntryRefused::Failed { reason: Arc::clone(reason) }),
            Health::Closed => return Err(EntryRefused::Closed),
        }
        match self.queue.clone().try_reserve_owned() {
            Ok(slot) => Ok(Entry {
                slot: Some(slot),
                opening: Box::default(),
                durability: self.durability,
                shared: Arc::clone(&self.shared),
            }),
            Err(mpsc::error::TrySendError::Full(_)) => Err(EntryRefused::QueueFull),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(EntryRefused::Closed),
        }
    }

    /// Whether the log takes records.
    #[must_use]
    pub fn health(&self) -> Health {
        self.shared.health.borrow().clone()
    }

    /// Tells of every change of [`Log::health`].
    #[must_use]
    pub fn watch_health(&self) -> watch::Receiver<Health> {
        self.shared.health.subscribe()
    }

    /// Every line from now on, as it is written (strict: as it is on the disk), without its line
    /// end. A receiver that falls behind is told how many lines it missed.
    #[must_use]
    pub fn follow(&self) -> broadcast::Receiver<Arc<str>> {
        self.shared.lines.subscribe()
    }

    /// Counters for metrics.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            records: load(&self.shared.records),
            bytes: load(&self.shared.bytes),
            syncs: load(&self.shared.syncs),
            sync_us: load(&self.shared.sync_us),
            failures: load(&self.shared.failures),
            queue_used: self.queue.max_capacity().saturating_sub(self.queue.capacity()),
            queue_size: self.queue.max_capacity(),
            followers: self.shared.lines.receiver_count(),
        }
    }

    /// Refuses new entries, waits for the open ones, writes and syncs everything, and ends the
    /// thread. It waits for as long as an entry is held somewhere: whoever has less time puts a
    /// time-out around it, after which all that was completed is still being written.
    ///
    /// # Errors
    /// When records are left that the disk refused to the last.
    pub async fn close(self) -> Result<(), LogError> {
        let Self { queue, shared, .. } = self;
        shared.closing.send_replace(true);
        drop(queue);
        let mut done = shared.done.subscribe();
        // The shared state holds the sender, so that waiting cannot fail.
        done.wait_for(Option::is_some)
            .await
            .map_or(Err(LogError::Closed), |outcome| outcome.clone().unwrap_or(Err(LogError::Closed)))
    }
}

/// Room for one record. Dropping it uncompleted writes [`Entry::opening`] as it stands, with
/// `ended` set to `internal_error`.
pub struct Entry {
    slot: Option<mpsc::OwnedPermit<Ticket>>,
    opening: Box<Draft>,
    durability: Durability,
    shared: Arc<Shared>,
}

impl Entry {
    /// What is known of the exchange so far, and what the log will hold if nobody completes the
    /// entry. Its id and time are those of the opening.
    pub fn opening(&mut self) -> &mut Draft {
        &mut self.opening
    }

    /// Hands the record over. Neither waits nor fails; the receipt tells when it is written. The
    /// receipt may be dropped: the record is written all the same.
    pub fn complete(mut self, draft: Draft) -> Receipt {
        self.send(Box::new(draft))
    }

    /// Hands over what [`Entry::opening`] holds, as the whole record.
    pub fn complete_opening(mut self) -> Receipt {
        let draft = std::mem::take(&mut self.opening);
        self.send(draft)
    }

    fn send(&mut self, draft: Box<Draft>) -> Receipt {
        // Only ever called once: by a completion, which consumes the entry, or by the drop.
        let Some(slot) = self.slot.take() else {
            return Receipt(State::Ready(Some(Err(LogError::Closed))));
        };
        match self.durability {
            Durability::Strict => {
                let (ack, receipt) = oneshot::channel();
                slot.send(Ticket { draft, ack: Some(ack) });
                Receipt(State::Waiting(receipt))
            }
            Durability::Relaxed => {
                slot.send(Ticket { draft, ack: None });
                let outcome = match &*self.shared.health.borrow() {
                    Health::Good => Ok(Written { seq: None }),
                    Health::Failed { reason, .. } => Err(LogError::Failed { reason: Arc::clone(reason) }),
                    Health::Closed => Err(LogError::Closed),
                };
                Receipt(State::Ready(Some(outcome)))
            }
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.slot.is_some() {
            let mut draft = std::mem::take(&mut self.opening);
            draft.ended = Ended::InternalError;
            drop(self.send(draft));
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("id", &self.opening.id).finish_non_exhaustive()
    }
}

/// A record that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its place in the log; `None` where the log is relaxed, and nobody waited to learn it.
    pub seq: Option<u64>,
}

/// Resolves when the record is as safe as the log's [`Durability`] promises.
#[derive(Debug)]
#[must_use = "a strict log has not written the record before the receipt says so"]
pub struct Receipt(State);

#[derive(Debug)]
enum State {
    Ready(Option<Result<Written, LogError>>),
    Waiting(oneshot::Receiver<Result<Written, LogError>>),
}

impl Future for Receipt {
    type Output = Result<Written, LogError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Ready(outcome) => Poll::Ready(outcome.take().unwrap_or(Err(LogError::Closed))),
            State::Waiting(receipt) => {
                let outcome = ready!(Pin::new(receipt).poll(context));
                // The sender is only ever dropped unused by a thread that died.
                Poll::Ready(outcome.unwrap_or(Err(LogError::Closed)))
            }
        }
    }
}
