//! The handle of the audit log that the gateway holds.
//!
//! An [`Entry`] is opened before the work and completed after it. Opening reserves the room in the
//! queue, so that completing can neither fail nor wait, not even in a drop; whoever gets no entry
//! does no work. Owns the queue and the state that others may watch; refuses to know files, which
//! are the writer thread's.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::chain::Head;
use super::cipher::Recipients;
use super::erase;
pub use super::health::{Durability, EntryRefused, Failure, Health, LogError, Stats};
use super::keeper::Keeper;
pub use super::receipt::{Receipt, Written};
use super::receipt::{State, Ticket};
use super::record::{Draft, Ended};
use super::seal::open_key;
pub use super::settings::{Limits, Settings};
use super::store::{OpenReport, Rotation, Segment, Storage};
use super::writer::Writer;

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
    pub(super) upkeep_failures: Arc<AtomicU64>,
    pub(super) lost: AtomicU64,
    /// Those of the lost that no record tells of yet.
    pub(super) untold: AtomicU64,
    pub(super) failure: Failure,
    recipients: Option<Recipients>,
    stall: Duration,
    born: Instant,
    /// Microseconds after `born` at which the writer asked the disk for something; [`IDLE`] when it
    /// waits for nothing.
    busy: AtomicU64,
}

/// No answer of the disk is waited for.
const IDLE: u64 = u64::MAX;

impl Shared {
    /// The disk is asked for something.
    pub(super) fn asked(&self) {
        let now = u64::try_from(self.born.elapsed().as_micros()).unwrap_or(IDLE - 1);
        self.busy.store(now, Ordering::Relaxed);
    }

    /// The disk has answered.
    pub(super) fn answered(&self) {
        self.busy.store(IDLE, Ordering::Relaxed);
    }

    /// An exchange leaves no record.
    pub(super) fn lose(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        self.untold.fetch_add(1, Ordering::Relaxed);
    }

    /// How the log is doing, a disk that does not answer included: nobody could report that but whoever
    /// looks at the clock.
    fn state(&self) -> Health {
        let health = self.health.borrow().clone();
        let since = self.busy.load(Ordering::Relaxed);
        if health != Health::Good || since == IDLE {
            return health;
        }
        let waited = self.born.elapsed().saturating_sub(Duration::from_micros(since));
        if waited < self.stall {
            return health;
        }
        let reason = format!("the disk has not answered for {} ms", self.stall.as_millis()).into();
        let since = jiff::SignedDuration::try_from(waited).ok();
        let since = since.and_then(|waited| jiff::Timestamp::now().checked_sub(waited).ok());
        Health::Failed { reason, since: since.unwrap_or_default() }
    }
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
        Self::open_with(dir, Settings { durability, limits, ..Settings::default() })
    }

    /// As [`Log::open`], with everything that can be set.
    ///
    /// # Errors
    /// As [`Log::open`], and when the signing key cannot be read or made.
    pub fn open_with(dir: &Path, settings: Settings) -> Result<(Self, OpenReport), LogError> {
        let upkeep = settings.upkeep.clone();
        if dir.is_dir() {
            // Before the end is read: a crash may have left a line half emptied.
            let finished = erase::finish(dir).map_err(|source| LogError::Io {
                attempt: format!("could not finish erasing in {}", dir.display()),
                source: Arc::new(source),
            })?;
            if finished > 0 {
                tracing::warn!(records = finished, "erasing that a crash had interrupted was finished");
            }
        }
        let rotation = Rotation { bytes: upkeep.segment_bytes.max(1), age: upkeep.segment_age };
        let (segment, head, report) = Segment::open(dir, rotation)?;
        let failed = |attempt: &str| {
            let attempt = format!("could not {attempt} of the audit folder {}", dir.display());
            move |source: io::Error| LogError::Io { attempt, source: Arc::new(source) }
        };
        let key = open_key(dir, upkeep.key.as_deref()).map_err(failed("open the signing key"))?;
        let failures = Arc::new(AtomicU64::new(0));
        let keeper = Keeper::start(dir, key, upkeep, head, Arc::clone(&failures))
            .map_err(failed("start the keeper's thread"))?;
        let log = Self::start(segment, head, &settings, Some(keeper), failures)?;
        Ok((log, report))
    }

    /// Starts the writer on an opened file.
    pub(super) fn start(
        storage: impl Storage,
        head: Head,
        settings: &Settings,
        keeper: Option<Keeper>,
        upkeep_failures: Arc<AtomicU64>,
    ) -> Result<Self, LogError> {
        let (durability, failure, stall, limits) =
            (settings.durability, settings.failure, settings.stall, settings.limits);
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
            upkeep_failures,
            lost: AtomicU64::new(0),
            untold: AtomicU64::new(0),
            failure,
            recipients: settings.recipients.clone(),
            stall,
            born: Instant::now(),
            busy: AtomicU64::new(IDLE),
        });
        let writer = Writer::new(storage, head, durability, Arc::clone(&shared), keeper);
        writer.spawn(tickets).map_err(|source| LogError::Io {
            attempt: "could not start the audit writer's thread".to_owned(),
            source: Arc::new(source),
        })?;
        Ok(Self { queue, shared, durability })
    }

    /// Reserves room for one record. Hold the entry for as long as the work lasts.
    ///
    /// # Errors
    /// When the log is closed and, unless its [`Failure`] is open, when the queue is full or the disk
    /// refuses or does not answer: the work must not begin.
    pub fn open_entry(&self) -> Result<Entry, EntryRefused> {
        let open = self.shared.failure == Failure::Open;
        match self.shared.state() {
            Health::Good if *self.shared.closing.borrow() => return Err(EntryRefused::Closed),
            Health::Failed { reason, .. } if !open => return Err(EntryRefused::Failed { reason }),
            Health::Good | Health::Failed { .. } => {}
            Health::Closed => return Err(EntryRefused::Closed),
        }
        let room = match self.queue.clone().try_reserve_owned() {
            Ok(slot) => Room::Slot(slot),
            Err(mpsc::error::TrySendError::Full(_)) if open => Room::Nowhere,
            Err(mpsc::error::TrySendError::Full(_)) => return Err(EntryRefused::QueueFull),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(EntryRefused::Closed),
        };
        Ok(Entry {
            room: Some(room),
            opening: Box::default(),
            durability: self.durability,
            shared: Arc::clone(&self.shared),
        })
    }

    /// Whether the log takes records.
    #[must_use]
    pub fn health(&self) -> Health {
        self.shared.state()
    }

    /// What happens to exchanges that cannot be recorded.
    #[must_use]
    pub fn failure(&self) -> Failure {
        self.shared.failure
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
            lost: load(&self.shared.lost),
            upkeep_failures: load(&self.shared.upkeep_failures),
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
    room: Option<Room>,
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

    fn send(&mut self, mut draft: Box<Draft>) -> Receipt {
        if let Some(recipients) = &self.shared.recipients {
            // Here and not in the writer's thread, of which there is one.
            draft.bound();
            if let Err(error) = recipients.seal(&mut draft) {
                tracing::error!(%error, id = draft.id, "a record is written without its text");
                draft.clear_content();
            }
        }
        // Only ever called once: by a completion, which consumes the entry, or by the drop.
        let slot = match self.room.take() {
            Some(Room::Slot(slot)) => slot,
            Some(Room::Nowhere) => {
                self.shared.lose();
                return Receipt(State::Ready(Some(Ok(Written { seq: None }))));
            }
            None => return Receipt(State::Ready(Some(Err(LogError::Closed)))),
        };
        match self.durability {
            Durability::Strict => {
                let (ack, receipt) = oneshot::channel();
                slot.send(Ticket { draft, ack: Some(ack) });
                match self.shared.failure {
                    Failure::Closed => Receipt(State::Waiting(receipt)),
                    Failure::Open => {
                        Receipt(State::Patient { receipt, stall: self.shared.stall, sleep: None })
                    }
                }
            }
            Durability::Relaxed => {
                slot.send(Ticket { draft, ack: None });
                let outcome = match &*self.shared.health.borrow() {
                    Health::Failed { reason, .. } if self.shared.failure == Failure::Closed => {
                        Err(LogError::Failed { reason: Arc::clone(reason) })
                    }
                    Health::Good | Health::Failed { .. } => Ok(Written { seq: None }),
                    Health::Closed => Err(LogError::Closed),
                };
                Receipt(State::Ready(Some(outcome)))
            }
        }
    }
}

/// Where a record will go.
enum Room {
    Slot(mpsc::OwnedPermit<Ticket>),
    /// There is no room, and the log's failure is open.
    Nowhere,
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.room.is_some() {
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
