//! The audit log of the real program: killed at any moment, on a full disk, in a folder that became read-only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's panic is its report")]
#![allow(clippy::disallowed_methods, reason = "these threads are the test's own")]

mod client;
mod disk;
mod kill;
mod program;
