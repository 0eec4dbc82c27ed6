//! A fast fake backend that speaks the OpenAI API. Loopback only.
//! `POST /v1/chat/completions` (whole and streamed), `GET /health`,
//! `GET /bench?tokens=N&gap-us=N&ttft-us=N&words=0|1` changes what streams are like while it runs.
//!
//! With a gap of 0 a token is one write, as fast as the socket takes them. A token's text is " w" and
//! the time at which it was written, so that whoever reads it knows its delay; with `words=1` it is an
//! English word, which is now and then the beginning of a keyword.
use bench_kit::{loopback, now_ns, num, opt, runtime, stamp};
use bytes::{BufMut, Bytes, BytesMut};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Either, Full};
use hyper::{Method, Request, Response, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    os::fd::{FromRawFd, OwnedFd},
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    task::{Context, Poll},
};
use tokio::io::unix::AsyncFd;

const REPLY: &str = concat!(
    r#"{"id":"chatcmpl-bench000000000000000000001","object":"chat.completion","created":1700000000,"model":"bench-model","#,
    r#""choices":[{"index":0,"message":{"role":"assistant","content":"The river rises in the northern hills and runs for "#,
    r#"about ninety miles before it meets the sea. Along its course it turns several old mills, waters orchards, and gives "#,
    r#"its name to two market towns. In spring the lower meadows often flood.","refusal":null},"logprobs":null,"#,
    r#""finish_reason":"stop"}],"usage":{"prompt_tokens":256,"completion_tokens":54,"total_tokens":310},"#,
    r#""system_fingerprint":"fp_bench"}"#
);
const WORDS: [&str; 24] = [
    "the",
    "river",
    "rises",
    "in",
    "broad",
    "hills",
    "and",
    "turns",
    "several",
    "old",
    "mills,",
    "waters",
    "grand",
    "orchards,",
    "gives",
    "its",
    "name",
    "to",
    "two",
    "market",
    "towns",
    "before",
    "it",
    "ends.",
];
const HEAD: &str = r#"data: {"id":"chatcmpl-bench000000000000000000001","object":"chat.completion.chunk","created":1700000000,"model":"bench-model","system_fingerprint":"fp_bench","#;

#[derive(Clone, Copy)]
struct Cfg {
    tokens: u64,
    gap_us: u64,
    ttft_us: u64,
    words: bool,
}

/// A microsecond timer (tokio's own timer ticks at 1 ms).
struct Timer(AsyncFd<OwnedFd>);
impl Timer {
    fn new() -> Self {
        let fd =
            unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC) };
        assert!(fd >= 0);
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        // SAFETY: the fd is owned by the AsyncFd and not replaced
        Timer(unsafe { AsyncFd::register(fd) }.unwrap())
    }
    fn arm(&self, at_ns: u64) {
        use std::os::fd::AsRawFd;
        let v = libc::itimerspec {
            it_interval: libc::timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: libc::timespec {
                tv_sec: (at_ns / 1_000_000_000) as i64,
                tv_nsec: (at_ns % 1_000_000_000) as i64,
            },
        };
        unsafe {
            libc::timerfd_settime(
                self.0.get_ref().as_raw_fd(),
                libc::TFD_TIMER_ABSTIME,
                &v,
                std::ptr::null_mut(),
            )
        };
    }
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        use std::os::fd::AsRawFd;
        loop {
            let mut g = match self.0.poll_read_ready(cx) {
                Poll::Ready(g) => g.unwrap(),
                Poll::Pending => return Poll::Pending,
            };
            let mut n = 0u64;
            let r = unsafe { libc::read(self.0.get_ref().as_raw_fd(), &mut n as *mut u64 as *mut _, 8) };
            g.clear_ready();
            if r == 8 {
                return Poll::Ready(());
            }
        }
    }
}

struct Sse {
    cfg: Cfg,
    i: u64, // 0: role; 1..=tokens; +1 finish; +2 usage; +3 [DONE]
    timer: Option<Timer>,
    due_ns: u64,
    waited: bool,
}

impl Body for Sse {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let (i, n) = (self.i, self.cfg.tokens);
        if i > n + 3 {
            return Poll::Ready(None);
        }
        let is_token = (1..=n).contains(&i);
        if is_token && !self.waited {
            if let Some(t) = &self.timer {
                if t.poll(cx).is_pending() {
                    return Poll::Pending;
                }
            } else {
                self.waited = true; // let hyper flush what it holds: one write per token
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        self.waited = false;
        let mut b = BytesMut::with_capacity(320);
        if i <= n + 1 {
            b.put_slice(HEAD.as_bytes());
        }
        if i == 0 {
            b.put_slice(br#""choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}"#);
        } else if is_token {
            b.put_slice(br#""choices":[{"index":0,"delta":{"content":" "#);
            if self.cfg.words {
                b.put_slice(WORDS[i as usize % WORDS.len()].as_bytes());
            } else {
                b.put_u8(b'w');
                b.put_slice(&stamp(now_ns()));
            }
            b.put_slice(br#""},"logprobs":null,"finish_reason":null}]}"#);
        } else if i == n + 1 {
            b.put_slice(br#""choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}"#);
        } else if i == n + 2 {
            b.put_slice(HEAD.as_bytes());
            b.put_slice(format!(r#""choices":[],"usage":{{"prompt_tokens":256,"completion_tokens":{n},"total_tokens":{}}}}}"#, 256 + n).as_bytes());
        } else {
            b.put_slice(b"data: [DONE]");
        }
        b.put_slice(b"\n\n");
        self.i += 1;
        if self.i >= 1 && self.i <= n && self.timer.is_some() {
            let step = if self.i == 1 { self.cfg.ttft_us } else { self.cfg.gap_us } * 1000;
            self.due_ns = (self.due_ns + step).max(1);
            let due = self.due_ns;
            self.timer.as_ref().unwrap().arm(due);
        }
        Poll::Ready(Some(Ok(Frame::data(b.freeze()))))
    }
}

type Out = Response<Either<Full<Bytes>, Sse>>;

fn json(status: u16, body: impl Into<Bytes>) -> Out {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Either::Left(Full::new(body.into())))
        .unwrap()
}

fn wants_stream(b: &[u8]) -> bool {
    memchr::memmem::find_iter(b, b"\"stream\"").any(|p| {
        let rest = &b[p + 8..];
        let rest = rest.iter().copied().filter(|c| !c.is_ascii_whitespace()).take(5).collect::<Vec<_>>();
        rest == b":true"
    })
}

static CFG: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];
const NAMES: [&str; 4] = ["tokens", "gap-us", "ttft-us", "words"];

fn cfg() -> Cfg {
    let v = |i: usize| CFG[i].load(Relaxed);
    Cfg { tokens: v(0), gap_us: v(1), ttft_us: v(2), words: v(3) == 1 }
}

async fn handle(req: Request<Incoming>) -> Result<Out, hyper::Error> {
    let (parts, body) = req.into_parts();
    let cfg = cfg();
    let path = parts.uri.path();
    Ok(match (&parts.method, path) {
        (&Method::POST, "/v1/chat/completions") => {
            let body = body.collect().await?.to_bytes();
            if wants_stream(&body) {
                let timed = cfg.gap_us > 0 || cfg.ttft_us > 0;
                Response::builder()
                    .header(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")
                    .header(header::CACHE_CONTROL, "no-cache")
                    .body(Either::Right(Sse {
                        cfg,
                        i: 0,
                        timer: timed.then(Timer::new),
                        due_ns: now_ns(),
                        waited: false,
                    }))
                    .unwrap()
            } else {
                json(200, Bytes::from_static(REPLY.as_bytes()))
            }
        }
        (&Method::GET, "/bench") => {
            for kv in parts.uri.query().unwrap_or("").split('&') {
                let (k, v) = kv.split_once('=').unwrap_or((kv, ""));
                if let (Some(i), Ok(v)) = (NAMES.iter().position(|n| *n == k), v.parse()) {
                    CFG[i].store(v, Relaxed);
                }
            }
            json(200, "{}")
        }
        (&Method::GET, "/health") => json(200, r#"{"status":"ok"}"#),
        _ => json(404, r#"{"error":{"message":"not found","type":"invalid_request_error"}}"#),
    })
}

fn main() {
    let addr = loopback(&opt("addr", "127.0.0.1:18080"));
    for (i, default) in [200, 0, 0, 0].into_iter().enumerate() {
        CFG[i].store(num(NAMES[i], default), Relaxed);
    }
    runtime().block_on(async move {
        let l = tokio::net::TcpListener::bind(addr).await.expect("bind");
        loop {
            let Ok((s, _)) = l.accept().await else { continue };
            let _ = s.set_nodelay(true);
            tokio::spawn(async move {
                let _ = http1::Builder::new()
                    .pipeline_flush(true)
                    .serve_connection(TokioIo::new(s), service_fn(handle))
                    .await;
            });
        }
    });
}
