//! The audit log: one record an exchange, in an append-only chain of JSON lines.
//!
//! This room owns the record and its names, the chain, the files and the thread that writes them,
//! and reading them back. It refuses to know HTTP, dialects and how a verdict came about: it is
//! handed a [`Draft`] and keeps it. The raw text of prompts appears in records (as far as
//! [`Capture`] says) and nowhere else.
//!
//! In reading order: [`record`] is what is kept, [`capture`] how much text goes into it,
//! [`chain`] and `line` its form on disk, `store` the folder, `writer` the thread, [`log`] the handle that
//! the gateway holds; `keeper` is the thread that seals (`sealing`), signs (`signing`, [`seal`]) and removes;
//! [`segments`], [`query`] and [`verify`] read it back; [`filter`] is what a search asks, and [`index`] answers it.

pub mod record;

pub mod capture;

pub mod visible;

pub mod chain;

mod line;

mod reverse;

mod frames;

pub mod segments;

mod signing;

pub mod seal;

pub mod marks;

mod sealing;

mod keeper;

mod store;

mod last_words;

mod writer;

mod health;

mod receipt;

pub mod log;

pub mod query;

pub mod filter;

pub mod index;

mod fault;

pub mod verify;

pub use capture::{Capture, Clip, Excerpt};
pub use keeper::Upkeep;
pub use log::{
    Durability, Entry, EntryRefused, Failure, Health, Limits, Log, LogError, Receipt, Settings, Stats,
    Written,
};
pub use record::{Draft, Ended, Finding, Record, TextPlace, Timing, Usage};
pub use signing::{PublicKey, Signed};
pub use store::{OpenReport, Torn};

#[cfg(test)]
mod tests;

#[cfg(test)]
mod sealed_tests;
