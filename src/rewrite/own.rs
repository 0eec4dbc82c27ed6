//! What the gateway says itself: deflections, blocks, errors.
//!
//! Owns the minting of [`Own`]. Refuses to know why; it is told the words.

use bytes::Bytes;

use super::Own;
use crate::dialect::{Dialect, Face, Notice, Usage};

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
