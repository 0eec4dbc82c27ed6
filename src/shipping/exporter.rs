//! The thread that brings records to the collector.
//!
//! Owns when something is sent, how long a collector that is down is left alone, and what is told of it. Shares nothing
//! with the writer but the files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Notify;

use super::client::{Answer, Client};
use super::position::{self, Position};
use super::source::{self, Batch};
use super::{Settings, record};

/// Records of one request.
const BATCH: usize = 512;
/// How often the log is looked at when there was nothing new.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a collector is left alone after its first failure, and after many.
const FIRST: Duration = Duration::from_millis(500);
const LAST: Duration = Duration::from_secs(60);
const CHANGED: &str =
    "the audit log is not the one that was exported, or its end was changed; all of it is exported";

/// A running thread. It ends when this is dropped; what was not taken is sent after the next start.
#[derive(Debug)]
pub struct Exporter {
    state: Arc<State>,
    /// `seq` of the first record that the log will get after this was started.
    next_seq: u64,
}

#[derive(Debug, Default)]
struct State {
    stopped: AtomicBool,
    wake: Notify,
    seq: AtomicU64,
    exported: AtomicU64,
    rejected: AtomicU64,
    lost: AtomicU64,
    failures: AtomicU64,
    problem: ArcSwapOption<String>,
}

/// What an exporter has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shipped {
    /// Records that the collector has taken since the start.
    pub exported: u64,
    /// Records that it will never take.
    pub rejected: u64,
    /// Records that retention removed before they were sent.
    pub lost: u64,
    /// Times that it did not work.
    pub failures: u64,
    /// Records that are in the log and were not taken yet.
    pub lag: u64,
}

impl Exporter {
    /// Starts to bring the records of the log in `dir`, whose next one will have `next_seq`. Goes on where an
    /// earlier one was; the first begins with the oldest record that is there.
    ///
    /// # Errors
    /// When no thread can be started, or TLS cannot be set up.
    pub fn start(dir: &Path, settings: Settings, next_seq: u64) -> io::Result<Self> {
        let state = Arc::new(State::default());
        let (dir, shared) = (dir.to_owned(), Arc::clone(&state));
        let client = Client::new(settings.clone())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("otlp".to_owned()).spawn(move || {
            let mut run = Run { dir, client, content: settings.content, state: shared, limit: BATCH };
            runtime.block_on(run.forever());
        })?;
        Ok(Self { state, next_seq })
    }

    /// What it has done, when the log got `written` records since this was started.
    #[must_use]
    pub fn shipped(&self, written: u64) -> Shipped {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Shipped {
            exported: of(&self.state.exported),
            rejected: of(&self.state.rejected),
            lost: of(&self.state.lost),
            failures: of(&self.state.failures),
            lag: (self.next_seq.saturating_sub(1) + written).saturating_sub(of(&self.state.seq)),
        }
    }

    /// Why nothing is taken at present; `None` when all is well.
    #[must_use]
    pub fn problem(&self) -> Option<Arc<String>> {
        self.state.problem.load_full()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::Relaxed);
        self.state.wake.notify_one();
    }
}

struct Run {
    dir: PathBuf,
    client: Client,
    content: bool,
    state: Arc<State>,
    /// Records of the next request; less than [`BATCH`] while it is looked for what is refused.
    limit: usize,
}

/// What one round came to.
enum Round {
    Sent { more: bool },
    Idle,
    Failed { reason: String, after: Option<Duration> },
}

impl Run {
    async fn forever(&mut self) {
        let (mut at, mut delay) = (None, FIRST);
        let mut known = false;
        while !self.state.stopped.load(Ordering::Relaxed) {
            if !known {
                match self.begin() {
                    Ok(position) => (at, known) = (position, true),
                    Err(error) => {
                        self.failed(&format!("the position cannot be read: {error}"));
                        self.pause(LAST).await;
                        continue;
                    }
                }
            }
            let round = self.round(&mut at).await.unwrap_or_else(|error| Round::Failed {
                reason: format!("the audit log or the position cannot be read or written: {error}"),
                after: None,
            });
            match round {
                Round::Sent { more } => {
                    self.worked();
                    delay = FIRST;
                    if !more {
                        self.pause(PAUSE).await;
                    }
                }
                Round::Idle => self.pause(PAUSE).await,
                Round::Failed { reason, after } => {
                    self.failed(&reason);
                    self.pause(after.unwrap_or(delay)).await;
                    delay = (delay * 2).min(LAST);
                }
            }
        }
    }

    /// Where to go on.
    fn begin(&self) -> io::Result<Option<Position>> {
        let Some(position) = position::read(&self.dir)? else { return Ok(None) };
        self.state.seq.store(position.seq, Ordering::Relaxed);
        if source::holds(&self.dir, &position)? {
            return Ok(Some(position));
        }
        tracing::warn!(seq = position.seq, "{CHANGED}");
        Ok(None)
    }

    async fn round(&mut self, at: &mut Option<Position>) -> io::Result<Round> {
        let Batch { records, end, unreadable, lost, more } =
            source::next(&self.dir, at.as_ref(), self.limit)?;
        let Some(end) = end else { return Ok(Round::Idle) };
        if let Some(position) = at.as_ref()
            && !source::holds(&self.dir, position)?
        {
            // The writer takes lines back that the disk has refused; or somebody has put another log here.
            tracing::warn!(seq = position.seq, "{CHANGED}");
            *at = None;
            return Ok(Round::Sent { more: true });
        }
        let mut rejected = 0;
        if !records.is_empty() {
            let request = record::request(&records, self.content);
            let answer = tokio::select! {
                answer = self.client.send(&request) => answer,
                // What was under way may have been taken: the next start repeats it.
                () = self.stop() => return Ok(Round::Idle),
            };
            match answer {
                Answer::Later { reason, after } => return Ok(Round::Failed { reason, after }),
                Answer::Refused { status } if records.len() > 1 => {
                    self.limit = (records.len() / 2).max(1);
                    tracing::debug!(
                        status,
                        limit = self.limit,
                        "the collector refuses a batch; trying half of it"
                    );
                    return Ok(Round::Sent { more: true });
                }
                Answer::Refused { status } => {
                    rejected = 1;
                    let id = records.first().map(|record| record.draft.id.as_str());
                    tracing::warn!(status, id, "the collector refuses a record; it is left out");
                }
                Answer::Taken { rejected: some, message } => {
                    rejected = some.min(records.len() as u64);
                    self.limit = (self.limit * 2).min(BATCH);
                    if rejected > 0 || !message.is_empty() {
                        tracing::warn!(
                            rejected,
                            message,
                            "the collector has not taken all records of a batch"
                        );
                    }
                }
            }
        }
        if lost > 0 {
            tracing::warn!(lost, "records were removed by retention before they were exported");
        }
        if unreadable > 0 {
            tracing::warn!(unreadable, "lines of the audit log are no records; see `qwarden audit verify`");
        }
        position::write(&self.dir, &end)?;
        let state = &self.state;
        state.exported.fetch_add(records.len() as u64 - rejected, Ordering::Relaxed);
        state.rejected.fetch_add(rejected + unreadable, Ordering::Relaxed);
        state.lost.fetch_add(lost, Ordering::Relaxed);
        state.seq.store(end.seq, Ordering::Relaxed);
        *at = Some(end);
        Ok(Round::Sent { more: more || self.limit < BATCH })
    }

    fn worked(&self) {
        if self.state.problem.swap(None).is_some() {
            tracing::info!("audit records are exported again");
        }
    }

    /// Told once, and again when the reason is another one.
    fn failed(&self, reason: &str) {
        self.state.failures.fetch_add(1, Ordering::Relaxed);
        let told = self.state.problem.swap(Some(Arc::new(reason.to_owned())));
        if told.is_none_or(|told| *told != reason) {
            tracing::error!(reason, "audit records are not exported; they stay in the log and will be");
        }
    }

    async fn pause(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.stop() => {}
        }
    }

    async fn stop(&self) {
        while !self.state.stopped.load(Ordering::Relaxed) {
            self.state.wake.notified().await;
        }
    }
}
