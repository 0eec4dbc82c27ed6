//! What a check of a log is given and what it says: the report, and every fault with its sentence.
//!
//! Owns the words of `audit verify`. Refuses to know how a fault is found.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;

use super::chain::LineHash;
use super::seal::{Checkpoint, Seal};
use super::signing::{PublicKey, Signed};

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Segments that were read.
    pub segments: usize,
    /// Those of them that are sealed.
    pub sealed: usize,
    /// Seals of segments that retention removed, as it signed.
    pub removed: Vec<Seal>,
    /// Checkpoints that were met, those of the caller included.
    pub checkpoints: usize,
    /// Records up to the end, or up to the first that is not as it was written.
    pub records: u64,
    /// Those of them whose text was erased, as a signed note says.
    pub erased: u64,
    /// Those of them whose text is to be erased, as a signed note says, and of which some is still there: a
    /// crash came between, and the next start of the gateway or the next `audit erase` finishes it.
    pub unfinished: u64,
    /// SHA-256 of the last of them: who notes it down can tell later that nothing before it
    /// changed.
    pub last: LineHash,
    /// Bytes of an unfinished line at the very end. A running gateway or a crash leaves them; the
    /// next start moves them out of the way.
    pub torn: usize,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}

/// What the caller knows of the log from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Witness {
    /// Exported checkpoints, and the files that they came from.
    pub checkpoints: Vec<(PathBuf, Signed<Checkpoint>)>,
    /// The keys that may have signed; where there are none, those that the log itself names.
    pub keys: Vec<PublicKey>,
}

/// How far the check has got, in bytes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What was checked.
    pub done: u64,
    /// What there is.
    pub total: u64,
}

/// The first thing that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file at which it shows: a segment, a seal, or another of the log's files.
    pub segment: PathBuf,
    /// Number of the line in it, from 1; 0 where it is the file as a whole.
    pub line: u64,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong with a log.
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
    /// A record does not have the hash that the next one, a seal or a checkpoint says it has.
    Changed {
        /// The record that is not as it was written.
        seq: u64,
        /// The hash that it had.
        expected: String,
        /// The hash that it has.
        found: LineHash,
    },
    /// The text of a record is gone, and no note says that it was erased.
    Unnoted {
        /// The record.
        seq: u64,
    },
    /// A note says that the text of a record was erased, and what is there is not what that leaves.
    NotErased {
        /// The record.
        seq: u64,
    },
    /// A note says that the text of a record was erased, and something stands where it was.
    HalfErased {
        /// The record.
        seq: u64,
    },
    /// The first record says that there was one before it.
    BeginsInTheMiddle {
        /// What it says its hash was.
        prev: String,
    },
    /// The segment does not continue the one before, whose end a seal proves.
    Foreign {
        /// The record that would have to.
        seq: u64,
    },
    /// The file does not begin with the record that its seal says: moved, renamed or replaced.
    OtherSegment {
        /// `seq` of the first record by the seal.
        expected: u64,
        /// `seq` of the first record in the file.
        found: u64,
    },
    /// More records stand in a segment than were sealed.
    Added {
        /// The last record by the seal.
        last: u64,
    },
    /// A sealed segment is not there, and nothing says that retention removed it.
    SegmentGone {
        /// Its first record.
        first: u64,
        /// Its last record.
        last: u64,
    },
    /// A compressed segment has no seal.
    SealGone,
    /// The bytes of a segment cannot be unpacked.
    Damaged {
        /// Why not.
        reason: String,
    },
    /// A segment has other text than its seal says, although its records hold together.
    OtherText,
    /// A signed statement is no good.
    Statement {
        /// What is wrong with it.
        reason: String,
    },
    /// The log ends before what a checkpoint witnesses.
    Cut {
        /// The last record that there is.
        last: u64,
        /// The last record that there was.
        witnessed: u64,
        /// When.
        time: Timestamp,
    },
    /// A record has another hash than a checkpoint witnesses, and everything after it follows from
    /// that: the log was written anew.
    Rewritten {
        /// The record.
        seq: u64,
        /// The hash that it had.
        expected: LineHash,
        /// The hash that it has.
        found: LineHash,
        /// When it had it.
        time: Timestamp,
    },
}

impl FaultKind {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotARecord { .. } => "not_a_record",
            Self::Missing { .. } => "missing",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::Changed { .. } => "changed",
            Self::Unnoted { .. } => "text_gone",
            Self::NotErased { .. } => "not_erased",
            Self::HalfErased { .. } => "half_erased",
            Self::BeginsInTheMiddle { .. } => "begins_in_the_middle",
            Self::Foreign { .. } => "foreign",
            Self::OtherSegment { .. } => "other_segment",
            Self::Added { .. } => "added",
            Self::SegmentGone { .. } => "segment_gone",
            Self::SealGone => "seal_gone",
            Self::Damaged { .. } => "damaged",
            Self::OtherText => "other_text",
            Self::Statement { .. } => "statement",
            Self::Cut { .. } => "cut",
            Self::Rewritten { .. } => "rewritten",
        }
    }
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
            Self::Unnoted { seq } => write!(
                f,
                "the text of record {seq} is gone, and no erasure note of this log says that it was erased"
            ),
            Self::NotErased { seq } => write!(
                f,
                "the text of record {seq} was erased, and the rest of it is not what the erasure note says"
            ),
            Self::HalfErased { seq } => write!(
                f,
                "the text of record {seq} was erased, and something stands where it was: a crash came while it was being erased (the next start of the gateway or `qwarden audit erase` finishes it), or somebody put it there"
            ),
            Self::BeginsInTheMiddle { prev } => {
                write!(f, "the first record continues a line with the hash {prev} that is not there")
            }
            Self::Foreign { seq } => write!(
                f,
                "record {seq} does not continue the segment before, whose end is proven by its seal: this segment was replaced"
            ),
            Self::OtherSegment { expected, found } => write!(
                f,
                "this is not the segment that was sealed: it begins with record {found} where the seal says {expected}"
            ),
            Self::Added { last } => {
                write!(f, "records were added after record {last}, with which the segment was sealed")
            }
            Self::SegmentGone { first, last } => write!(
                f,
                "the segment with records {first} to {last} is missing; its seal is there, and nothing says that retention removed it"
            ),
            Self::SealGone => f.write_str("the seal of this segment is missing"),
            Self::Damaged { reason } => write!(f, "the segment cannot be unpacked: {reason}"),
            Self::OtherText => f.write_str("the segment does not have the text that was sealed"),
            Self::Statement { reason } => write!(f, "this is no statement of this log: {reason}"),
            Self::Cut { last, witnessed, time } => write!(
                f,
                "the log ends with record {last}, and a checkpoint witnesses that it had got to record {witnessed} on {time}: its end was cut off"
            ),
            Self::Rewritten { seq, expected, found, time } => write!(
                f,
                "record {seq} has the hash {found}, and a checkpoint witnesses that on {time} it was {expected}: this record was changed, or the log was written anew"
            ),
        }
    }
}
