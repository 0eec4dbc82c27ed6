//! Bodies under a cap and a clock.
//!
//! Owns how much of a body is read and how long a silence may last. Refuses to know what is in it;
//! its content coding is `decode`'s.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout};

use super::timer::LazyTimer;

/// An error of somebody else's body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It has, or inflates to, more than the cap.
    #[error("the body has more than {cap} bytes")]
    TooLarge {
        /// The cap in bytes.
        cap: usize,
    },
    /// It fell silent, or took too long in all.
    #[error("the body did not arrive in time")]
    TimedOut,
    /// Its sender went away in the middle, or its framing is wrong.
    #[error("the body broke off")]
    Broken(#[source] BoxError),
    /// Its `Content-Encoding` names something that is not decoded here, or more than three codings.
    #[error("the content-encoding is unknown; send gzip, deflate, br, zstd or none")]
    UnknownEncoding,
    /// The coded bytes are cut short, damaged, or followed by something else.
    #[error("the body is not valid {encoding}: {reason}")]
    Undecodable {
        /// The coding.
        encoding: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
}

impl BodyError {
    /// An error of a body, which may be one of our own: that of an [`IdleTimeout`] further in.
    fn of(error: BoxError) -> Self {
        match error.downcast() {
            Ok(ours) => *ours,
            Err(error) => Self::Broken(error),
        }
    }

    /// Whether the body's sender went away. Framing that is wrong is somebody who is still there.
    #[must_use]
    pub fn is_departure(&self) -> bool {
        let Self::Broken(error) = self else { return false };
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&**error);
        let mut of_the_connection = false;
        while let Some(error) = cause {
            of_the_connection |= error.is::<hyper::Error>();
            match error.downcast_ref::<std::io::Error>() {
                Some(error) if error.kind() == std::io::ErrorKind::InvalidData => return false,
                _ => cause = error.source(),
            }
        }
        of_the_connection
    }

    /// The stable name of the cause.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "body_too_large",
            Self::TimedOut => "body_timeout",
            Self::Broken(_) => "body_broken",
            Self::UnknownEncoding => "unknown_content_encoding",
            Self::Undecodable { .. } => "invalid_content_encoding",
        }
    }
}

/// Reads a whole body of at most `cap` bytes in which no silence is longer than `idle`.
///
/// A body that comes in one piece is not copied. Trailers are dropped.
///
/// # Errors
/// [`BodyError::TooLarge`] (at once where the declared length says so), [`BodyError::TimedOut`],
/// [`BodyError::Broken`].
pub async fn read_capped<B>(body: B, cap: usize, idle: Duration) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut body = std::pin::pin!(body);
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > cap {
        return Err(BodyError::TooLarge { cap });
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while !body.is_end_stream() {
        let Some(frame) = timeout(idle, body.frame()).await.map_err(|_| BodyError::TimedOut)? else { break };
        let Ok(data) = frame.map_err(|error| BodyError::of(error.into()))?.into_data() else { continue };
        let read = if rest.is_empty() { first.len() } else { rest.len() };
        if data.len() > cap - read {
            return Err(BodyError::TooLarge { cap });
        }
        if first.is_empty() && rest.is_empty() {
            first = data;
            continue;
        }
        if rest.is_empty() {
            // A client that announces much and sends little must not cost much.
            rest.reserve(declared.min(RESERVE_AT_MOST).max(first.len() + data.len()));
            rest.extend_from_slice(&first);
        }
        rest.extend_from_slice(&data);
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// Most bytes that a declared length alone can make us reserve.
const RESERVE_AT_MOST: usize = 1024 * 1024;

/// A body that fails with [`BodyError::TimedOut`] after a silence, or when it takes too long in
/// all.
#[derive(Debug)]
pub struct IdleTimeout<B> {
    body: B,
    idle: Duration,
    end: Instant,
    /// When the body was first found silent.
    silent_since: Option<Instant>,
    timer: LazyTimer,
}

impl<B> IdleTimeout<B> {
    /// Allows silences of at most `idle`, and `total` from now on for the whole body.
    pub fn new(body: B, idle: Duration, total: Duration) -> Self {
        let now = Instant::now();
        let end = now.checked_add(total).unwrap_or(now + FAR_AWAY);
        Self { body, idle: idle.min(FAR_AWAY), end, silent_since: None, timer: LazyTimer::default() }
    }
}

/// A year: longer than any exchange, short enough that an `Instant` can hold it.
const FAR_AWAY: Duration = Duration::from_secs(365 * 24 * 3600);

impl<B> Body for IdleTimeout<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            this.silent_since = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| BodyError::Broken(error.into()))));
        }
        let since = *this.silent_since.get_or_insert_with(Instant::now);
        let deadline = this.end.min(since + this.idle);
        this.timer.poll_until(deadline, cx).map(|()| Some(Err(BodyError::TimedOut)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use http_body_util::{Full, StreamBody};
    use tokio::time::sleep;

    use super::*;

    const IDLE: Duration = Duration::from_secs(5);

    /// A body whose pieces come `gap` seconds apart.
    fn slow(
        pieces: &'static [&'static str],
        gap: u64,
    ) -> impl Body<Data = Bytes, Error = Infallible> + Unpin {
        StreamBody::new(Box::pin(stream::iter(pieces).then(move |piece| async move {
            sleep(Duration::from_secs(gap)).await;
            Ok(Frame::data(Bytes::from_static(piece.as_bytes())))
        })))
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_are_read_under_a_cap_and_a_clock() {
        let check = async |pieces, gap, cap, expected: Result<&str, &str>| {
            let read = read_capped(slow(pieces, gap), cap, IDLE).await;
            let read =
                read.as_ref().map(|bytes| std::str::from_utf8(bytes).unwrap()).map_err(BodyError::code);
            assert_eq!(read, expected, "{pieces:?} every {gap} s, cap {cap}");
        };
        check(&[], 1, 0, Ok("")).await;
        check(&["abc"], 1, 3, Ok("abc")).await;
        check(&["abc"], 1, 2, Err("body_too_large")).await;
        check(&["ab", "", "cd", "ef"], 1, 6, Ok("abcdef")).await;
        check(&["ab", "cd", "ef"], 1, 5, Err("body_too_large")).await;
        check(&["ab", "cd"], 4, 5, Ok("abcd")).await;
        check(&["ab", "cd"], 6, 5, Err("body_timeout")).await;
    }

    #[tokio::test]
    async fn one_piece_is_not_copied_and_a_declared_length_is_believed() {
        let bytes = Bytes::from_static(b"abc");
        let read = read_capped(Full::new(bytes.clone()), 3, IDLE).await.unwrap();
        assert_eq!(read.as_ptr(), bytes.as_ptr());
        assert!(matches!(read_capped(Full::new(bytes), 2, IDLE).await, Err(BodyError::TooLarge { cap: 2 })));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silence_or_an_endless_drip_times_out() {
        let check = async |gap, total, expected: Result<usize, &str>| {
            let (idle, total) = (IDLE, Duration::from_secs(total));
            let read = IdleTimeout::new(slow(&["a", "b", "c", "d"], gap), idle, total).collect().await;
            let read = read.map(|body| body.to_bytes().len()).map_err(|error| error.code());
            assert_eq!(read, expected, "every {gap} s, in {total:?}");
        };
        check(4, 60, Ok(4)).await;
        check(6, 60, Err("body_timeout")).await;
        check(4, 15, Err("body_timeout")).await;
        check(4, u64::MAX, Ok(4)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_silence_of_an_inner_clock_is_no_broken_body() {
        let body = IdleTimeout::new(slow(&["a", "b"], 6), IDLE, Duration::from_secs(60));
        assert!(matches!(read_capped(body, 9, Duration::MAX).await, Err(BodyError::TimedOut)));
    }
}
