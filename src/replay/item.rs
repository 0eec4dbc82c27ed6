//! What is judged again: the texts of one exchange, and what was said of them.
//!
//! Owns plain values. Refuses to know where they come from.

use std::sync::Arc;

use serde::Serialize;

use super::judging::Judged;
use crate::policy::{Action, Mode};
use crate::text::{Channel, Phase, Role};

/// One exchange, or one row of a corpus.
#[derive(Debug, Clone)]
pub struct Item {
    /// Which one it is.
    pub key: Key,
    /// The model that was asked for.
    pub model: String,
    /// Whose exchange it was.
    pub tenant: String,
    /// Its texts, in the order in which they were judged.
    pub texts: Vec<Text>,
    /// What was said of it when it happened.
    pub(super) past: Option<Judged>,
}

/// How an item is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    /// Id of the exchange, or of the row.
    pub id: String,
    /// Place in the log, or line of the file.
    pub seq: u64,
}

/// One text, and what is known about it before it is read.
#[derive(Debug, Clone)]
pub struct Text {
    /// Which way it travelled.
    pub phase: Phase,
    /// Its place among the texts of its phase.
    pub segment: u32,
    /// Who spoke.
    pub role: Role,
    /// Through which channel.
    pub channel: Channel,
    /// Whether it is JSON text.
    pub json: bool,
    /// Its stretches.
    pub parts: Vec<String>,
}

/// What is decided about an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The action.
    pub action: Action,
    /// `policy/rule` behind it.
    pub rule: Option<Arc<str>>,
    /// Whether it is carried out.
    pub mode: Mode,
}

impl Default for Said {
    fn default() -> Self {
        Self { action: Action::Allow, rule: None, mode: Mode::Enforce }
    }
}

/// The first thing that a rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Which way the text travelled.
    pub phase: Phase,
    /// Who spoke.
    pub role: Role,
    /// Through which channel.
    pub channel: Channel,
    /// A piece of the text. What somebody else wrote: show it with care.
    pub text: Option<String>,
    /// The match within `text`, as a byte range.
    pub mark: Option<(usize, usize)>,
}
