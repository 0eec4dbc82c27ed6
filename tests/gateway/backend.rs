//! A backend that does what a script says, byte for byte, over a plain socket.
//!
//! Owns the other end of the gateway's upstream connections. It understands just enough HTTP to
//! know where a request ends.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it reached the backend.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// The head, without the blank line.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// What the backend does once it has read a request.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Writes these bytes, in one piece.
    Send(Vec<u8>),
    /// Writes these bytes so many times over, until they are written or the gateway hangs up.
    Flood(Vec<u8>, usize),
    /// Lets what was written arrive by itself.
    Pause(u64),
    /// Closes in order.
    Close,
    /// Resets the connection.
    Reset,
    /// Waits until the test says so.
    Await(Arc<tokio::sync::Notify>),
    /// Waits until the gateway closes the connection, and takes note of it.
    AwaitHangup,
}

/// What happened at the backend.
#[derive(Debug, Default)]
struct Log {
    seen: Vec<Seen>,
    hangups: usize,
}

/// A backend that listens.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Log>>,
    accepting: tokio::task::JoinHandle<()>,
}

/// What to do about each request.
type Script = Arc<dyn Fn(&Seen) -> Vec<Step> + Send + Sync>;

impl Drop for Backend {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Backend {
    /// Starts to listen; `script` says what to do about each request.
    pub(crate) async fn start(script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Mutex::new(Log::default()));
        let script: Script = Arc::new(script);
        let shared = log.clone();
        let accepting = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                socket.set_nodelay(true).unwrap();
                tokio::spawn(serve(socket, script.clone(), shared.clone()));
            }
        });
        Self { address, log, accepting }
    }

    /// The requests that came, in the order of their ends.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.log.lock().unwrap().seen.clone()
    }

    /// Waits until the gateway has hung up on so many awaited calls.
    pub(crate) async fn hangups(&self, count: usize) {
        let all = async {
            while self.log.lock().unwrap().hangups < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), all)
            .await
            .expect("the gateway hangs up on the backend");
    }
}

async fn serve(mut socket: TcpStream, script: Script, log: Arc<Mutex<Log>>) {
    let mut buffer = Vec::new();
    while let Some(seen) = read_request(&mut socket, &mut buffer).await {
        let steps = script(&seen);
        log.lock().unwrap().seen.push(seen);
        for step in steps {
            match step {
                Step::Send(bytes) => {
                    if socket.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Step::Flood(bytes, times) => {
                    for _ in 0..times {
                        if socket.write_all(&bytes).await.is_err() {
                            log.lock().unwrap().hangups += 1;
                            return;
                        }
                    }
                }
                Step::Pause(milliseconds) => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
                Step::Await(told) => told.notified().await,
                Step::Close => {
                    let _ = socket.shutdown().await;
                    return;
                }
                Step::Reset => {
                    reset(socket);
                    return;
                }
                Step::AwaitHangup => {
                    let mut rest = [0; 1024];
                    while matches!(socket.read(&mut rest).await, Ok(count) if count > 0) {}
                    log.lock().unwrap().hangups += 1;
                    return;
                }
            }
        }
    }
}

/// Drops the connection with a reset instead of an orderly end.
pub(crate) fn reset(socket: TcpStream) {
    // A linger of zero makes the close a reset.
    socket.set_zero_linger().unwrap();
    drop(socket);
}

async fn read_request(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let seen = Seen { head, body: Vec::new() };
            let length = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
            assert!(seen.header("transfer-encoding").is_none(), "the gateway declares lengths");
            if buffer.len() >= end + 4 + length {
                let body = buffer[end + 4..end + 4 + length].to_vec();
                buffer.drain(..end + 4 + length);
                return Some(Seen { body, ..seen });
            }
        }
        match socket.read_buf(buffer).await {
            Ok(count) if count > 0 => {}
            _ => return None,
        }
    }
}

/// A whole response with a body of declared length.
pub(crate) fn response(status: u16, content_type: &str, body: &[u8]) -> Vec<Step> {
    let head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    vec![Step::Send([head.as_bytes(), body].concat())]
}

/// The head of a streamed response.
pub(crate) fn stream_head(content_type: &str) -> Step {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n");
    Step::Send(head.into_bytes())
}

/// One chunk of a streamed response.
pub(crate) fn chunk(bytes: &[u8]) -> Step {
    Step::Send([format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat())
}

/// The end of a streamed response.
pub(crate) fn last_chunk() -> Step {
    Step::Send(b"0\r\n\r\n".to_vec())
}

/// A streamed response whose body comes in these pieces, each in a packet of its own.
pub(crate) fn stream<'a>(content_type: &str, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Step> {
    let mut steps = vec![stream_head(content_type)];
    steps.extend(pieces.into_iter().filter(|piece| !piece.is_empty()).map(chunk));
    steps.push(last_chunk());
    steps
}

/// The content type of server-sent events.
pub(crate) const SSE: &str = "text/event-stream";
/// The content type of Ollama's streams.
pub(crate) const NDJSON: &str = "application/x-ndjson";
/// The content type of whole replies.
pub(crate) const JSON: &str = "application/json";
