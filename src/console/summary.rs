//! Counts of a stretch of time, kept for a moment.
//!
//! Owns when they are counted again. Counting a million records takes a second or more, so a page shows what was
//! counted before and has it counted anew behind its back; only where there is nothing yet does anybody
//! wait. Refuses to draw.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::Console;
use super::render::Fault;
use crate::audit::filter::{Clause, Filter, Measure, Test};
use crate::audit::index::stats::Stats;

/// Counts that took no longer than this are made anew while somebody waits.
const QUICK: Duration = Duration::from_millis(150);
/// Counts are as old as this, or as ten times what they took, before they are made anew.
const FRESH: Duration = Duration::from_secs(1);
/// Stretches of the series of one window.
pub(super) const BUCKETS: usize = 60;

/// A stretch of time up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Window {
    Hour,
    Day,
    Week,
    Month,
}

impl Window {
    pub(super) const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// Its name in URLs and queries.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// Its name for people.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Hour => "the last hour",
            Self::Day => "the last 24 hours",
            Self::Week => "the last 7 days",
            Self::Month => "the last 30 days",
        }
    }

    pub(super) fn of_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|window| window.name() == name).unwrap_or(Self::Day)
    }

    pub(super) fn minutes(self) -> i64 {
        match self {
            Self::Hour => 60,
            Self::Day => 24 * 60,
            Self::Week => 7 * 24 * 60,
            Self::Month => 30 * 24 * 60,
        }
    }
}

/// Counts, and of when they are.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    pub(super) stats: Arc<Stats>,
    pub(super) until: Timestamp,
    at: Instant,
    took: Duration,
}

/// What was counted last, by window.
#[derive(Debug, Default)]
pub(super) struct Summary {
    kept: Mutex<HashMap<Window, Counted>>,
    counting: Mutex<Vec<Window>>,
}

impl Summary {
    fn kept(&self) -> MutexGuard<'_, HashMap<Window, Counted>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counting(&self) -> MutexGuard<'_, Vec<Window>> {
        self.counting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Console {
    /// The counts of a window. Blocks.
    pub(super) fn counted(self: &Arc<Self>, window: Window) -> Result<Counted, Fault> {
        let kept = self.summary.kept().get(&window).cloned();
        let Some(kept) = kept else { return self.count(window) };
        if kept.at.elapsed() < FRESH.max(kept.took * 10) {
            return Ok(kept);
        }
        if kept.took <= QUICK {
            return self.count(window);
        }
        let mut counting = self.summary.counting();
        if !counting.contains(&window) {
            counting.push(window);
            let console = self.clone();
            tokio::task::spawn_blocking(move || {
                // What went wrong was logged, and the next page tries again.
                let _ = console.count(window);
                console.summary.counting().retain(|one| *one != window);
            });
        }
        Ok(kept)
    }

    fn count(&self, window: Window) -> Result<Counted, Fault> {
        let (until, began) = (Timestamp::now(), Instant::now());
        let since = until.checked_sub(SignedDuration::from_mins(window.minutes())).unwrap_or(Timestamp::MIN);
        let test = Test::Range(Measure::Time, since.as_microsecond(), i64::MAX);
        let filter = Filter { clauses: vec![Clause { negated: false, test }] };
        let stats = self.archive.ask(|index| index.stats(&filter, BUCKETS))?;
        let counted = Counted { stats: Arc::new(stats), until, at: Instant::now(), took: began.elapsed() };
        self.summary.kept().insert(window, counted.clone());
        Ok(counted)
    }
}
