//! How a log is doing, and how that is told.
//!
//! Owns the words for it: durability, failure, errors, health and counters. Refuses to know how any of
//! it comes about.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

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

/// What happens to exchanges that cannot be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// They are refused.
    #[default]
    Closed,
    /// They go on. What memory has room for is recorded when the disk works again, marked as late; of
    /// the others the log tells how many there were.
    Open,
}

impl Failure {
    /// The name in configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
        }
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
    /// Exchanges that left no record, since the log was failing and its [`Failure`] is open.
    pub lost: u64,
    /// Times that sealing, a checkpoint or retention failed.
    pub upkeep_failures: u64,
    /// Slots of the queue that are taken: open entries and records that wait for the disk.
    pub queue_used: usize,
    /// Slots of the queue.
    pub queue_size: usize,
    /// Live followers.
    pub followers: usize,
}
