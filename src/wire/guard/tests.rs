//! The guard in front of hyper: whole heads pass, and nothing of a refused one does, however they are cut.

use std::collections::VecDeque;

use futures_util::FutureExt;
use proptest::prelude::*;
use tokio::io::AsyncReadExt;

use super::*;

/// A socket that gives these pieces, one a read, and then waits.
struct Pieces(VecDeque<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(mut piece) = self.0.pop_front() else { return Poll::Pending };
        let rest = piece.split_off(piece.len().min(buffer.remaining()));
        buffer.put_slice(&piece);
        if !rest.is_empty() {
            self.0.push_front(rest);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What hyper would read, the number of the refused request, and whether a body was broken.
type Seen = (String, Option<(u64, &'static str)>, bool);

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, buffer: usize) -> Seen {
    let pieces = pieces.into_iter().filter(|piece| !piece.is_empty()).map(<[u8]>::to_vec).collect();
    let minute = Duration::from_secs(60);
    let deadlines = Deadlines { head: minute, idle: minute, write: minute };
    let shared = Arc::new(Shared::default());
    let mut guard = Guard::new(Pieces(pieces), shared.clone(), deadlines, 1000);
    assert_eq!(guard.protocol().now_or_never().unwrap().unwrap(), Some(Protocol::Http1));
    let (mut seen, mut bytes, mut broken) = (Vec::new(), vec![0; buffer], false);
    while let Some(read) = guard.read(&mut bytes).now_or_never() {
        match read {
            Ok(count) => {
                assert!(count > 0, "the socket never ends");
                seen.extend_from_slice(&bytes[..count]);
            }
            Err(_) => broken = true,
        }
    }
    let refused = shared.refused.get().map(|(number, malformed)| (*number, malformed.code));
    (String::from_utf8(seen).unwrap(), refused, broken)
}

#[tokio::test]
async fn hyper_sees_whole_heads_and_nothing_of_a_refused_one() {
    let stand_in = std::str::from_utf8(STAND_IN).unwrap();
    let (get, post) =
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n");
    let check = |input: &str, passed: &str, refused| {
        assert_eq!(read([input.as_bytes()], 8192), (passed.to_owned(), refused, false), "{input:?}");
    };
    check(get, get, None);
    check("GET / HTTP/1.1\r\nHost", "", None);
    check(&format!("{get}{post}hiG"), &format!("{get}{post}hi"), None);
    check(&format!("{get}\n{get}"), &format!("{get}{stand_in}"), Some((2, "malformed_request")));
    check(
        &format!("{post}hi{}", post.replace('2', "2, 2")),
        &format!("{post}hi{stand_in}"),
        Some((2, "ambiguous_length")),
    );
    check(&"x".repeat(1001), stand_in, Some((1, "headers_too_large")));
}

proptest! {
    #[test]
    fn any_cutting_gives_hyper_the_same(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
                "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\nGET / H",
                "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\n\r\n\r\n0\r\nT: t\r\n\r\n",
                "\r\n",
                "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
                "POST /d HTTP/1.1\r\nContent-Length: 1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: h\r\n\n",
                "GET / HTTP/1.1\r\nHo",
            ]),
            1..6,
        ),
        cuts in prop::collection::vec(0usize..500, 0..16),
        buffer in prop::sample::select(vec![1usize, 60, 8192]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _entered = runtime.enter();
        let input = parts.concat();
        let mut at: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).collect();
        at.extend([0, input.len()]);
        at.sort_unstable();
        let whole = read([input.as_bytes()], 8192);
        let cut = read(at.windows(2).map(|pair| &input.as_bytes()[pair[0]..pair[1]]), buffer);
        let slow = read(input.as_bytes().chunks(1), buffer);
        // How much of a broken body came through before the break is of no interest.
        if whole.2 {
            prop_assert_eq!((cut.1, cut.2, slow.1, slow.2), (None, true, None, true));
        } else {
            prop_assert_eq!(&whole, &cut);
            prop_assert_eq!(&whole, &slow);
        }
    }
}
