//! How a log is kept: what can be set, and its defaults.
//!
//! Owns values only. Refuses to know where they are written.

use std::time::Duration;

use super::cipher::Recipients;
use super::health::{Durability, Failure};
use super::keeper::Upkeep;

/// How much a log may hold in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries that may be open or wait for the disk at the same time; at least 1.
    pub queue: usize,
    /// Lines that a live follower may fall behind before it misses some; at least 1.
    pub follow: usize,
}

/// How a log is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// When a record counts as written.
    pub durability: Durability,
    /// What happens to exchanges that cannot be recorded.
    pub failure: Failure,
    /// How long the disk may take before it counts as failing.
    pub stall: Duration,
    /// How much is held in memory.
    pub limits: Limits,
    /// Rotation, signing and retention.
    pub upkeep: Upkeep,
    /// To whom text is encrypted; `None` keeps it in clear.
    pub recipients: Option<Recipients>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            failure: Failure::default(),
            stall: Duration::from_secs(10),
            limits: Limits::default(),
            upkeep: Upkeep::default(),
            recipients: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { queue: 4096, follow: 1024 }
    }
}
