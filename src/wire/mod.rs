//! Wire: HTTP in and HTTP out.
//!
//! Owns the listener, the upstream client, capped and decoded bodies, the framing of streamed
//! replies and the hygiene of headers. It knows no prompts: it hands bytes in and sends only what
//! is [`Permitted`](crate::rewrite::Permitted) or the gateway's [`Own`](crate::rewrite::Own).

pub mod body;
pub mod client;
pub mod decode;
pub mod frame;
mod guard;
pub mod head;
pub mod headers;
pub mod reply;
pub mod server;
mod timer;

pub use body::{BodyError, IdleTimeout, read_capped};
pub use client::{AddressError, Upstream, UpstreamError, UpstreamLimits};
pub use decode::{Decoded, StreamDecoder, decode};
pub use frame::{Frame, FrameDecoder, FrameError};
pub use head::{Malformed, ambiguity};
pub use reply::{ReplyBody, StreamCut, StreamItem};
pub use server::{Drained, Limits, OnMalformed, Peer, serve};
