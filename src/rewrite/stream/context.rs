//! What a stream's rewriter is told, and why it may have to give up.
//!
//! Owns plain values.

use std::sync::Arc;

use crate::dialect::{Dialect, Face, Unreadable};
use crate::rewrite::restore::Originals;

/// Why a stream cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StreamFault {
    /// An event is not one of the API's.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// An event is not JSON, or reads differently in different parsers.
    #[error("an event of the reply is not strict JSON: {0}")]
    NotJson(String),
    /// More lanes or more held text than are allowed.
    #[error("the reply has more {0} than the gateway keeps")]
    TooMuch(&'static str),
}

/// What the rewriter has to know about the exchange.
#[derive(Debug)]
pub struct StreamContext {
    /// The API.
    pub dialect: &'static dyn Dialect,
    /// What events of our own look like.
    pub face: Face,
    /// Whether the client asked for the usage.
    pub include_usage: bool,
    /// Whose exchange it is.
    pub tenant: Arc<str>,
    /// Revision of the policies.
    pub revision: String,
    /// Bytes of text that may wait, over all lanes.
    pub held_limit: usize,
    /// Whether the text that leaves is remembered for [`take_said`](super::StreamRewriter::take_said).
    pub remember: bool,
    /// Bytes of what the backend says that are kept for [`heard`](super::StreamRewriter::heard); about so many.
    pub keep: usize,
    /// What was set aside of the prompt and comes back in the reply.
    pub originals: Option<Arc<Originals>>,
}
