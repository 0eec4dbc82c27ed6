//! Where the texts of an exchange stand in its record.
//!
//! Owns offsets, and no text: whoever has only these learns how long the texts were and who spoke.

use serde::{Deserialize, Serialize};

use crate::text::{Channel, Phase, Role};

/// Where a text that was judged stands in what the record captured: a text of one part is one place, one
/// of several parts as many in a row. The `segment` of findings is the same number, and their spans count over the
/// parts with nothing between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPlace {
    /// Which way it travelled: input stands in `prompt`, output in `original` where there is one, else in
    /// `reply`.
    pub phase: Phase,
    /// Index of the segment in the request's or reply's transcript, from 0.
    pub segment: u32,
    /// Who spoke.
    pub role: Role,
    /// Through which channel.
    pub channel: Channel,
    /// First byte.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
    /// Whether it is JSON text, such as the arguments of a tool call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub json: bool,
    /// Whether only its beginning was kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Whether masks of the policies took something out of it, so that spans of findings are not its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}
