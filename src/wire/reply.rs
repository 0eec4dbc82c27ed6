//! The only body that the server sends.
//!
//! Owns [`ReplyBody`], which can be made of nothing but what `rewrite` minted, so that a reply
//! that nobody judged does not compile. Refuses to know what the bytes say.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use http_body::{Body, Frame, SizeHint};

use crate::rewrite::{Own, Permitted};

/// A piece of a streamed reply.
#[derive(Debug)]
pub enum StreamItem {
    /// The backend's, judged.
    Permitted(Permitted<Bytes>),
    /// The gateway's own.
    Own(Own<Bytes>),
}

/// A stream that cannot be finished: the client must see a broken reply, not a short one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reply was cut: {reason}")]
pub struct StreamCut {
    /// Why, for the log: never text of a prompt or a reply.
    pub reason: &'static str,
}

/// A streamed reply. An `Err` ends it and aborts the connection (or resets the HTTP/2 stream).
pub type ReplyStream = Pin<Box<dyn Stream<Item = Result<StreamItem, StreamCut>> + Send>>;

/// The body of every response that the server sends.
pub struct ReplyBody(Kind);

enum Kind {
    /// Nothing, or nothing more.
    Empty,
    Whole(Bytes),
    Stream(ReplyStream),
}

impl ReplyBody {
    /// A body without bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self(Kind::Empty)
    }

    /// A whole body of the backend's.
    #[must_use]
    pub fn permitted(body: Permitted<Bytes>) -> Self {
        Self::whole(body.into_inner())
    }

    /// A whole body of the gateway's own.
    #[must_use]
    pub fn own(body: Own<Bytes>) -> Self {
        Self::whole(body.into_inner())
    }

    /// A body that comes in pieces; each is sent as soon as the stream yields it.
    pub fn stream(stream: impl Stream<Item = Result<StreamItem, StreamCut>> + Send + 'static) -> Self {
        Self(Kind::Stream(Box::pin(stream)))
    }

    /// An error text of the wire's, for requests that no service ever sees.
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self(if bytes.is_empty() { Kind::Empty } else { Kind::Whole(bytes) })
    }
}

impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Empty => f.write_str("ReplyBody::Empty"),
            Kind::Whole(bytes) => write!(f, "ReplyBody::Whole({} bytes)", bytes.len()),
            Kind::Stream(_) => f.write_str("ReplyBody::Stream"),
        }
    }
}

impl From<Permitted<Bytes>> for ReplyBody {
    fn from(body: Permitted<Bytes>) -> Self {
        Self::permitted(body)
    }
}

impl From<Own<Bytes>> for ReplyBody {
    fn from(body: Own<Bytes>) -> Self {
        Self::own(body)
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = StreamCut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamCut>>> {
        let next = match &mut self.0 {
            Kind::Empty => return Poll::Ready(None),
            Kind::Whole(bytes) => Some(Ok(std::mem::take(bytes))),
            Kind::Stream(stream) => match stream.as_mut().poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(item))) => {
                    let bytes = match item {
                        StreamItem::Permitted(bytes) => bytes.into_inner(),
                        StreamItem::Own(bytes) => bytes.into_inner(),
                    };
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Poll::Ready(Some(Err(cut))) => Some(Err(cut)),
                Poll::Ready(None) => None,
            },
        };
        // The stream is dropped the moment it ends, so that its guards do not wait for hyper.
        self.0 = Kind::Empty;
        Poll::Ready(next.map(|end| end.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Kind::Empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_whole_body_has_an_exact_length_and_comes_in_one_piece() {
        for body in [
            ReplyBody::permitted(Permitted::for_test(Bytes::from_static(b"hello"))),
            Own::for_test(Bytes::from_static(b"hello")).into(),
        ] {
            assert_eq!(body.size_hint().exact(), Some(5));
            assert!(!body.is_end_stream());
            assert_eq!(body.collect().await.unwrap().to_bytes(), "hello");
        }
        assert!(ReplyBody::empty().is_end_stream());
        assert!(ReplyBody::whole(Bytes::new()).is_end_stream());
    }

    #[tokio::test]
    async fn a_stream_keeps_its_pieces_and_ends_at_the_cut() {
        let items = [
            Ok(StreamItem::Permitted(Permitted::for_test(Bytes::from_static(b"a")))),
            Ok(StreamItem::Own(Own::for_test(Bytes::from_static(b"b")))),
            Err(StreamCut { reason: "test" }),
            Ok(StreamItem::Own(Own::for_test(Bytes::from_static(b"never")))),
        ];
        let mut body = ReplyBody::stream(stream::iter(items));
        assert_eq!(body.size_hint().exact(), None);
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "a");
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "b");
        assert_eq!(body.frame().await.unwrap().unwrap_err(), StreamCut { reason: "test" });
        assert!(body.frame().await.is_none());
        assert!(body.is_end_stream());
    }
}
