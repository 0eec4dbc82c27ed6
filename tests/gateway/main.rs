//! The gateway as its clients and its backends see it: real sockets, exact faults, one record each.
//!
//! Every test starts a gateway of its own through the library, in front of a backend that does
//! byte for byte what the test's script says. No test decides anything by how long something took;
//! time-outs only keep a test that has failed from hanging.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may: its panic is its report"
)]

mod ambiguity;
mod backend;
mod chats;
mod classifiers;
mod client;
mod faults;
mod golden;
mod harness;
mod limits;
mod models;
mod otlp;
mod privacy;
mod replayed;
mod restore;
mod streams;
