//! What the gateway says itself: deflections, blocks, errors.
//!
//! Owns the minting of [`Own`]. Refuses to know why; it is told the words.

use bytes::Bytes;

use super::Own;
use crate::dialect::{Dialect, Face, Notice, Usage};
use crate::text::{Channel, Lane};

/// A whole answer in place of the model's.
pub fn answer(dialect: &dyn Dialect, face: &Face, text: &str, usage: Usage, notice: &Notice) -> Own<Bytes> {
    Own::mint(Bytes::from(dialect.answer(face, text, usage, notice)))
}

/// An error in the shape of the API that was called, or in OpenAI's where none was.
pub fn error(dialect: Option<&dyn Dialect>, status: u16, code: &str, message: &str) -> Own<Bytes> {
    Own::mint(Bytes::from(match dialect {
        Some(dialect) => dialect.error(status, code, message),
        None => crate::dialect::error(status, code, message),
    }))
}

/// What the gateway answers on a path that is its own.
pub fn report(value: &serde_json::Value) -> Own<Bytes> {
    Own::mint(Bytes::from(value.to_string()))
}

/// A whole stream in place of the model's: the text in every choice, its end, the usage where it
/// was asked for, and the last word of the API.
pub fn stream(
    dialect: &dyn Dialect,
    face: &Face,
    text: &str,
    include_usage: bool,
    notice: &Notice,
) -> Own<Bytes> {
    let usage = Usage::default();
    let mut frames = Vec::new();
    let mut push = |payload: &[u8]| frames.extend_from_slice(&dialect.framing().wrap(payload));
    for choice in 0..face.choices {
        let lane = Lane { choice, channel: Channel::Content, index: 0 };
        push(&dialect.delta(face, lane, text, true));
        push(&dialect.closing(face, choice, usage, notice));
    }
    if include_usage && let Some(event) = dialect.usage(face, usage, Some(notice)) {
        push(&event);
    }
    if let Some(end) = dialect.terminator() {
        push(end.as_bytes());
    }
    Own::mint(Bytes::from(frames))
}
