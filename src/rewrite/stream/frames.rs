//! Frames: what leaves, and how it is framed.
//!
//! Owns the joining of frames and the framing of payloads. Refuses to know what they say.

use bytes::Bytes;

use crate::dialect::{Dialect, Framing};
use crate::rewrite::{Own, Permitted};

/// Something that may be sent to the client, framed.
#[derive(Debug)]
pub enum Outgoing {
    /// The backend's, judged.
    Permitted(Permitted<Bytes>),
    /// The gateway's own.
    Own(Own<Bytes>),
}

/// Several frames as one: what one chunk of the backend's came to leaves in one write.
#[must_use]
pub fn join(mut frames: Vec<Outgoing>) -> Option<Outgoing> {
    if frames.len() < 2 {
        return frames.pop();
    }
    let mut all = Vec::new();
    let mut judged = false;
    for frame in frames {
        match frame {
            Outgoing::Permitted(bytes) => {
                judged = true;
                all.extend_from_slice(bytes.inner());
            }
            Outgoing::Own(bytes) => all.extend_from_slice(&bytes.into_inner()),
        }
    }
    let all = Bytes::from(all);
    Some(if judged { Outgoing::Permitted(Permitted::mint(all)) } else { Outgoing::Own(Own::mint(all)) })
}

pub(in crate::rewrite) fn own(dialect: &dyn Dialect, payload: &[u8]) -> Outgoing {
    Outgoing::Own(Own::mint(dialect.framing().wrap(payload)))
}

/// The frame with another payload in the old one's place, so that its other lines stay as they
/// were; a plain frame where the payload was spread over several lines.
pub(in crate::rewrite) fn reframe(framing: Framing, raw: &[u8], old: &[u8], new: &[u8]) -> Bytes {
    match memchr::memmem::find(raw, old) {
        Some(at) => Bytes::from([&raw[..at], new, &raw[at + old.len()..]].concat()),
        None => framing.wrap(new),
    }
}
