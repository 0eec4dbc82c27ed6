//! What the classifiers have done, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Numbers since the classifiers were loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Questions that were begun.
    pub asked: u64,
    /// Questions that the fast tier answered by itself.
    pub fast_alone: u64,
    /// Windows that an encoder read.
    pub windows_read: u64,
    /// Windows whose numbers were remembered.
    pub windows_recalled: u64,
    /// Runs that read several texts.
    pub packed_runs: u64,
    /// Texts that were read in them.
    pub packed_texts: u64,
    /// Questions that were refused since the queue was full.
    pub refused: u64,
    /// Questions whose deadline passed before or while they were worked on.
    pub expired: u64,
    /// Questions that wait now.
    pub waiting: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    asked: AtomicU64,
    fast_alone: AtomicU64,
    windows_read: AtomicU64,
    windows_recalled: AtomicU64,
    packed_runs: AtomicU64,
    packed_texts: AtomicU64,
    refused: AtomicU64,
    expired: AtomicU64,
}

impl Counters {
    pub(super) fn asked(&self, fast_alone: bool) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.fast_alone.fetch_add(u64::from(fast_alone), Ordering::Relaxed);
    }

    pub(super) fn read(&self, recalled: bool) {
        let counter = if recalled { &self.windows_recalled } else { &self.windows_read };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn packed(&self, texts: usize) {
        self.packed_runs.fetch_add(1, Ordering::Relaxed);
        self.packed_texts.fetch_add(texts as u64, Ordering::Relaxed);
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn expired(&self) {
        self.expired.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read_all(&self, waiting: usize) -> Counts {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            asked: get(&self.asked),
            fast_alone: get(&self.fast_alone),
            windows_read: get(&self.windows_read),
            windows_recalled: get(&self.windows_recalled),
            packed_runs: get(&self.packed_runs),
            packed_texts: get(&self.packed_texts),
            refused: get(&self.refused),
            expired: get(&self.expired),
            waiting: waiting as u64,
        }
    }
}
