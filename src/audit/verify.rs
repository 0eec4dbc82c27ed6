//! Whether the chain of a log holds from its first line to its last.
//!
//! Owns the check and the sentence that says what is wrong. It looks at bytes, `seq` and `prev`
//! and refuses to know what a record says. What it cannot see by itself is a log whose last
//! records were cut off, or that was written anew from some record on: that takes a copy of a
//! later hash kept somewhere else, which is why the report tells the last one.

use std::fmt;
use std::path::{Path, PathBuf};

use super::chain::{Head, LineHash};
use super::query::{QueryError, RawLines};
use super::record::Place;

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Segments that were read.
    pub segments: usize,
    /// Records up to the end, or up to the first that is not as it was written.
    pub records: u64,
    /// SHA-256 of the last of them: who notes it down can tell later that nothing before it
    /// changed.
    pub last: LineHash,
    /// Bytes of an unfinished line at the very end. A running gateway or a crash leaves them; the
    /// next start moves them out of the way.
    pub torn: usize,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}

/// The first record that is not what the chain says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Segment of the line at which it shows.
    pub segment: PathBuf,
    /// Number of that line in the segment, from 1.
    pub line: u64,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The line is no record.
    NotARecord {
        /// `seq` that it should have.
        expected: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Records are missing.
    Missing {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// A record stands where it does not belong: moved, or there twice.
    OutOfOrder {
        /// `seq` that the line should have.
        expected: u64,
        /// `seq` that it has.
        found: u64,
    },
    /// The record before does not have the hash that this one says it has.
    Changed {
        /// The record that is not as it was written.
        seq: u64,
        /// The hash that it had.
        expected: String,
        /// The hash that it has.
        found: LineHash,
    },
    /// The first record says that there was one before it.
    BeginsInTheMiddle {
        /// What it says its hash was.
        prev: String,
    },
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARecord { expected, reason } => {
                write!(f, "this line should be record {expected} and is none: {reason}")
            }
            Self::Missing { first, last } if first == last => write!(f, "record {first} is missing"),
            Self::Missing { first, last } => write!(f, "records {first} to {last} are missing"),
            Self::OutOfOrder { expected, found } => {
                write!(f, "record {found} stands where record {expected} belongs")
            }
            Self::Changed { seq, expected, found } => {
                write!(f, "record {seq} is not as it was written: it had the hash {expected} and has {found}")
            }
            Self::BeginsInTheMiddle { prev } => {
                write!(f, "the first record continues a line with the hash {prev} that is not there")
            }
        }
    }
}

/// Checks every line of every segment in `dir`, up to the first fault.
///
/// # Errors
/// When the folder or a segment cannot be read.
pub fn verify(dir: &Path) -> Result<Verified, QueryError> {
    let mut head = Head::EMPTY;
    let mut verified = Verified { segments: 0, records: 0, last: LineHash::GENESIS, torn: 0, fault: None };
    let mut before_last = LineHash::GENESIS;
    for line in RawLines::open(dir)? {
        let line = line?;
        if line.number == 1 {
            verified.segments += 1;
        }
        if line.torn {
            verified.torn = line.bytes.len();
            break;
        }
        if let Some(kind) = check(&line.bytes, head) {
            if matches!(kind, FaultKind::Changed { .. }) {
                // The line before had passed for good.
                verified.records = verified.records.saturating_sub(1);
                verified.last = before_last;
            }
            verified.fault = Some(Fault { segment: line.segment, line: line.number, kind });
            break;
        }
        before_last = verified.last;
        head = Head::after(head.seq, &line.bytes);
        verified.last = head.prev;
        verified.records += 1;
    }
    Ok(verified)
}

fn check(line: &[u8], head: Head) -> Option<FaultKind> {
    let expected = head.seq;
    let place = match serde_json::from_slice::<Place>(line) {
        Ok(place) => place,
        Err(error) => return Some(FaultKind::NotARecord { expected, reason: error.to_string() }),
    };
    if place.seq > expected {
        return Some(FaultKind::Missing { first: expected, last: place.seq - 1 });
    }
    if place.seq < expected {
        return Some(FaultKind::OutOfOrder { expected, found: place.seq });
    }
    if place.prev == head.prev.to_hex() {
        return None;
    }
    Some(match head {
        Head::EMPTY => FaultKind::BeginsInTheMiddle { prev: place.prev },
        Head { seq, prev } => FaultKind::Changed { seq: seq - 1, expected: place.prev, found: prev },
    })
}
