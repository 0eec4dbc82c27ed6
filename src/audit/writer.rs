//! The thread that writes the log.
//!
//! Owns the head of the chain: one thread numbers, links, writes and syncs, so that no two records
//! can ever claim the same place. It drains whatever waits, writes it in one piece and syncs once
//! for all of it. After an error of the disk it keeps the records that it could not write (marked
//! `late`), tries again until it can, and takes no new entries meanwhile. Refuses to know what a
//! record says.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use super::chain::Head;
use super::keeper::Keeper;
use super::last_words::LastWords;
use super::line;
use super::log::{Durability, Failure, Health, LogError, Shared, Written};
use super::receipt::Ticket;
use super::record::Draft;
use super::store::Storage;

/// Records that are taken from the queue at once.
const BATCH: usize = 1024;
/// Bytes after which what was gathered is written, even when more records wait.
const RUN: usize = 1024 * 1024;
/// How long the writer of a relaxed log rests after a batch. Without it, a writer that shares a core
/// with the gateway is woken for every single record, and two switches of threads cost more than all
/// the rest of a record.
const REST: Duration = Duration::from_millis(2);
/// Slots that a queue must have for the writer to rest: in a smaller one they could all be taken
/// before it is back.
const ROOMY: usize = 1024;
/// Longest time that a relaxed record waits for its sync.
const SYNC_WITHIN: Duration = Duration::from_millis(500);
/// Time until the first attempt to recover from an error; it doubles up to the last.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_LAST: Duration = Duration::from_secs(2);

/// When to try again after an error.
#[derive(Debug)]
struct Retry {
    at: Instant,
    pause: Duration,
    reason: Arc<str>,
}

pub(super) struct Writer<S> {
    /// Who signs; nobody in tests of the writer alone. It stands first, to be dropped before the
    /// storage lets go of the folder's lock.
    keeper: Option<Keeper>,
    storage: S,
    /// What the line after the last one in the file must carry.
    head: Head,
    /// What the line after the last one that was gathered must carry.
    next: Head,
    strict: bool,
    shared: Arc<Shared>,
    /// Lines that are being gathered, and where each of them ends.
    buffer: Vec<u8>,
    ends: Vec<usize>,
    /// Who waits for them, and the drafts in case that the disk refuses.
    gathered: Vec<Ticket>,
    /// Records that the disk refused.
    refused: VecDeque<Box<Draft>>,
    /// How many of them are kept where failure is open: the room of the queue once more. Where it is
    /// closed no new exchange begins, and all are kept.
    most: usize,
    retry: Option<Retry>,
    /// When the oldest relaxed record that is not on the disk yet must be.
    sync_due: Option<Instant>,
}

impl<S: Storage> Writer<S> {
    pub(super) fn new(
        storage: S,
        head: Head,
        durability: Durability,
        shared: Arc<Shared>,
        keeper: Option<Keeper>,
    ) -> Self {
        Self {
            keeper,
            storage,
            head,
            next: head,
            strict: durability == Durability::Strict,
            shared,
            buffer: Vec::new(),
            ends: Vec::new(),
            gathered: Vec::new(),
            refused: VecDeque::new(),
            most: usize::MAX,
            retry: None,
            sync_due: None,
        }
    }

    /// Starts the thread. It ends when the log is closed and every entry is completed.
    pub(super) fn spawn(self, queue: mpsc::Receiver<Ticket>) -> io::Result<()> {
        // A runtime of its own, for the queue's wake-ups and the timers; the thread blocks on files.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        std::thread::Builder::new()
            .name("audit-writer".to_owned())
            .spawn(move || runtime.block_on(self.run(queue)))?;
        Ok(())
    }

    async fn run(mut self, mut queue: mpsc::Receiver<Ticket>) {
        let last_words = LastWords(Arc::clone(&self.shared));
        self.most = queue.max_capacity();
        let mut closing = self.shared.closing.subscribe();
        let mut batch = Vec::with_capacity(BATCH);
        let mut rest: Option<Instant> = None;
        loop {
            tokio::select! {
                biased;
                () = closed(&mut closing), if !queue.is_closed() => queue.close(),
                count = queue.recv_many(&mut batch, BATCH), if rest.is_none() => match count {
                    0 => break,
                    _ => {
                        self.take(&mut batch);
                        if !self.strict && queue.max_capacity() >= ROOMY {
                            rest = Some(Instant::now() + REST);
                        }
                    }
                },
                () = sleep_until([rest, self.wake()].into_iter().flatten().min()) => {}
            }
            rest = rest.filter(|until| *until > Instant::now());
            self.keep_house();
        }
        let outcome = self.finish();
        // Whoever waits for the end may want to open the folder again: first the lock, then the word.
        drop(self);
        last_words.say(outcome);
    }

    /// Writes a batch, or puts it aside while the disk refuses.
    fn take(&mut self, batch: &mut Vec<Ticket>) {
        for ticket in batch.drain(..) {
            if let Some(retry) = &self.retry {
                let reason = Arc::clone(&retry.reason);
                let draft = ticket.refuse(reason);
                if self.shared.failure == Failure::Closed || self.refused.len() < self.most {
                    self.refused.push_back(draft);
                } else {
                    self.shared.lose();
                }
                continue;
            }
            self.gather(ticket);
            if self.buffer.len() >= RUN {
                self.commit();
            }
        }
        self.commit();
    }

    /// Adds the line of one record to what will be written.
    fn gather(&mut self, mut ticket: Ticket) {
        ticket.draft.bound();
        ticket.draft.season();
        ticket.draft.lost += self.shared.untold.swap(0, Ordering::Relaxed);
        match line::encode(&ticket.draft, self.next, &mut self.buffer) {
            Ok(next) => {
                self.next = next;
                self.buffer.push(b'\n');
                self.ends.push(self.buffer.len());
                self.gathered.push(ticket);
            }
            Err(error) => {
                // No type of a record can fail to be written as JSON; if one ever does, say so.
                tracing::error!(%error, id = ticket.draft.id, "an audit record could not be written as JSON");
                ticket.refuse(error.to_string().into());
            }
        }
    }

    /// Writes what was gathered and tells everybody who waits. Afterwards nothing is gathered,
    /// and after an error [`Self::retry`] is set.
    fn commit(&mut self) {
        if self.gathered.is_empty() {
            return;
        }
        self.shared.asked();
        let outcome = self.write();
        self.shared.answered();
        match outcome {
            Ok(()) => self.acknowledge(),
            Err(error) => {
                self.next = self.head;
                let reason = self.fail(&error);
                // Back to the front and in order: in a retry, younger ones wait behind them.
                for ticket in self.gathered.drain(..).rev() {
                    self.refused.push_front(ticket.refuse(Arc::clone(&reason)));
                }
            }
        }
        self.buffer.clear();
        self.buffer.shrink_to(4 * RUN);
        self.ends.clear();
    }

    /// Begins a new segment where it is time; `more` bytes are about to be written.
    fn rotate(&mut self, more: usize) -> io::Result<()> {
        if let Some(segment) = self.storage.rotate(more)? {
            // Beginning a new one has synced the old one.
            self.sync_due = None;
            if let Some(keeper) = &self.keeper {
                keeper.advance(self.head);
                keeper.finished(segment, self.head);
            }
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        self.rotate(self.buffer.len())?;
        self.storage.append(&self.buffer)?;
        if self.strict {
            self.sync()?;
        } else {
            self.sync_due.get_or_insert_with(|| Instant::now() + SYNC_WITHIN);
        }
        self.storage.keep();
        Ok(())
    }

    fn acknowledge(&mut self) {
        let first = self.head.seq;
        self.head = self.next;
        if self.strict {
            self.tell_keeper();
        }
        self.shared.records.fetch_add(self.gathered.len() as u64, Ordering::Relaxed);
        self.shared.bytes.fetch_add(self.buffer.len() as u64, Ordering::Relaxed);
        // Before anybody knows that it is written: who follows from then on must not see it again.
        if self.shared.lines.receiver_count() > 0 {
            let mut start = 0;
            for end in &self.ends {
                let line = self.buffer.get(start..end.saturating_sub(1)).unwrap_or_default();
                if let Ok(line) = std::str::from_utf8(line) {
                    let _ = self.shared.lines.send(line.into());
                }
                start = *end;
            }
        }
        for (seq, ticket) in (first..).zip(self.gathered.drain(..)) {
            if let Some(ack) = ticket.ack {
                // Whoever waited may have gone; the record stands all the same.
                let _ = ack.send(Ok(Written { seq: Some(seq) }));
            }
        }
    }

    /// Everything that was written is on the disk, and may be stated to be.
    fn tell_keeper(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.advance(self.head);
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        let began = Instant::now();
        let outcome = self.storage.sync();
        let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.shared.syncs.fetch_add(1, Ordering::Relaxed);
        self.shared.sync_us.fetch_add(took, Ordering::Relaxed);
        outcome
    }

    /// Takes note of an error of the disk, and when to try again.
    fn fail(&mut self, error: &io::Error) -> Arc<str> {
        let reason: Arc<str> = error.to_string().into();
        let pause = self.retry.take().map_or(RETRY_FIRST, |retry| (retry.pause * 2).min(RETRY_LAST));
        self.retry = Some(Retry { at: Instant::now() + pause, pause, reason: Arc::clone(&reason) });
        self.shared.failures.fetch_add(1, Ordering::Relaxed);
        self.shared.health.send_if_modified(|health| match health {
            Health::Failed { reason: known, .. } if *known == reason => false,
            Health::Failed { reason: known, .. } => {
                *known = Arc::clone(&reason);
                true
            }
            Health::Good | Health::Closed => {
                tracing::error!(%reason, failure = self.shared.failure.as_str(), "the audit log is failing");
                *health = Health::Failed { reason: Arc::clone(&reason), since: jiff::Timestamp::now() };
                true
            }
        });
        reason
    }

    /// Does what is due: the sync of relaxed records, or another attempt after an error.
    fn keep_house(&mut self) {
        let now = Instant::now();
        if self.retry.as_ref().is_some_and(|retry| retry.at <= now) {
            self.recover();
        } else if self.retry.is_none() && self.sync_due.is_some_and(|due| due <= now) {
            self.sync_relaxed();
        } else if self.retry.is_none() && self.storage.turn().is_some_and(|turn| turn <= now) {
            self.shared.asked();
            let outcome = self.rotate(0);
            self.shared.answered();
            if let Err(error) = outcome {
                self.fail(&error);
            }
        }
    }

    fn sync_relaxed(&mut self) {
        // After a failed sync the kernel may count the pages as clean, and a second sync succeed
        // without them. What is lost then is what `relaxed` always risks, the last second before a
        // crash of the machine; `audit verify` finds it.
        self.shared.asked();
        let outcome = self.sync();
        self.shared.answered();
        match outcome {
            Ok(()) => {
                self.sync_due = None;
                self.tell_keeper();
            }
            Err(error) => drop(self.fail(&error)),
        }
    }

    /// Tries to go on after an error: first the file, then the records that were refused.
    fn recover(&mut self) {
        if let Err(error) = self.storage.recover() {
            self.fail(&error);
            return;
        }
        self.sync_due = None;
        let failures = self.shared.failures.load(Ordering::Relaxed);
        while let Some(draft) = self.refused.pop_front() {
            self.gather(Ticket { draft, ack: None });
            if self.buffer.len() >= RUN || self.refused.is_empty() {
                self.commit();
                if self.shared.failures.load(Ordering::Relaxed) > failures {
                    return;
                }
            }
        }
        self.retry = None;
        // The file was synced in recovering, and what came after it is due on its own.
        tracing::info!(next_seq = self.head.seq, "the audit log takes records again");
        self.shared.health.send_replace(Health::Good);
    }

    /// When something is due next.
    fn wake(&self) -> Option<Instant> {
        match &self.retry {
            Some(retry) => Some(retry.at),
            None => self.sync_due.into_iter().chain(self.storage.turn()).min(),
        }
    }

    /// The last sync, and a last attempt to write what the disk refused.
    fn finish(&mut self) -> Result<(), LogError> {
        if self.retry.is_none() && self.sync_due.is_some() {
            self.sync_relaxed();
        }
        if self.retry.is_some() {
            self.recover();
        }
        if self.retry.is_none() && self.sync_due.is_some() {
            self.sync_relaxed();
        }
        let untold = self.shared.untold.load(Ordering::Relaxed);
        if untold > 0 {
            tracing::error!(untold, "exchanges left no record, and no later record tells of them");
        }
        match self.retry.take() {
            None => Ok(()),
            Some(Retry { reason, .. }) => {
                let lost = self.refused.len();
                tracing::error!(lost, %reason, "the audit log was closed while failing");
                Err(LogError::Failed { reason })
            }
        }
    }
}

async fn closed(closing: &mut watch::Receiver<bool>) {
    // The writer holds the sender, so that waiting cannot fail.
    let _ = closing.wait_for(|closing| *closing).await;
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
