//! How an exchange ended, and where its time and tokens went.
//!
//! Owns the names of the ends. Refuses to decide which end it was.

use serde::{Deserialize, Serialize};

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The client got a whole reply: the backend's, or one of our own in its place.
    Complete,
    /// The client got an error of ours instead of a reply: a block, a closed path, a body that
    /// can be read in two ways.
    Refused,
    /// A stream was ended early because a rule said so.
    CutByPolicy,
    /// The client hung up first.
    ClientGone,
    /// The client was too slow with its request.
    ClientTimeout,
    /// The backend could not be reached, reset the connection or broke off.
    UpstreamError,
    /// The backend was too slow.
    UpstreamTimeout,
    /// The backend's reply could not be read.
    Malformed,
    /// Refused for want of room.
    Shed,
    /// Refused because something that a policy needs was down.
    Unavailable,
    /// The gateway was told to stop before the exchange was over.
    Shutdown,
    /// A fault of the gateway's own.
    InternalError,
    /// An end that a later version of the gateway wrote and this one has no name for.
    #[serde(other)]
    Unknown,
}

impl Ended {
    /// All of them, in the order of declaration.
    pub const ALL: [Self; 13] = [
        Self::Complete,
        Self::Refused,
        Self::CutByPolicy,
        Self::ClientGone,
        Self::ClientTimeout,
        Self::UpstreamError,
        Self::UpstreamTimeout,
        Self::Malformed,
        Self::Shed,
        Self::Unavailable,
        Self::Shutdown,
        Self::InternalError,
        Self::Unknown,
    ];

    /// The name in records and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Refused => "refused",
            Self::CutByPolicy => "cut_by_policy",
            Self::ClientGone => "client_gone",
            Self::ClientTimeout => "client_timeout",
            Self::UpstreamError => "upstream_error",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::Malformed => "malformed",
            Self::Shed => "shed",
            Self::Unavailable => "unavailable",
            Self::Shutdown => "shutdown",
            Self::InternalError => "internal_error",
            Self::Unknown => "unknown",
        }
    }
}

/// Token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the reply.
    pub completion_tokens: u64,
}

/// Where the time of an exchange went, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timing {
    /// Screening the prompt.
    pub screen_input_us: u64,
    /// From the start of the backend's call to the first byte of its reply; `None` when there was
    /// no such byte.
    pub upstream_first_byte_us: Option<u64>,
    /// Screening the reply, all chunks together.
    pub screen_output_us: u64,
    /// The longest time that a piece of a streamed reply was held back.
    pub held_us_max: u64,
    /// From the first byte of the request to the end.
    pub total_us: u64,
}
