//! The stand-in backend: speaks the APIs of a model server, and is no model.
//!
//! This folder owns a small HTTP server that answers from a script and echoes otherwise, so that
//! `qwarden demo` and the tests need no model. It says what it is: its model is called
//! `qwen-standin`, its fingerprint is `qwarden-standin`, and every response has the header
//! `x-standin: true`. It refuses to know the gateway: neither its dialects nor its policies.
//!
//! `GET /standin` tells a test what arrived: how many prompts, how many streams were sent to their
//! end, and the last prompt's body as it came.

mod ollama;
mod openai;
mod speech;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The only model that the stand-in serves, whatever model is asked for.
pub const MODEL: &str = "qwen-standin";

/// `system_fingerprint` of its replies.
const FINGERPRINT: &str = "qwarden-standin";

/// Largest request body that it reads, in bytes.
const MAX_BODY: usize = 16 << 20;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A backend without a model.
#[derive(Debug, Clone, Default)]
pub struct Standin {
    delay: Duration,
    seen: Arc<Mutex<Seen>>,
}

/// What arrived so far.
#[derive(Debug, Default)]
struct Seen {
    prompts: u64,
    streams_completed: u64,
    last: Option<(String, Bytes)>,
}

/// What is sent back, before it is framed.
#[derive(Debug)]
enum Answer {
    Whole(Value),
    Stream { content_type: &'static str, events: Vec<String> },
}

impl Standin {
    /// A stand-in that waits for `delay` before each event of a stream; zero sends them as fast as
    /// they are read.
    #[must_use]
    pub fn new(delay: Duration) -> Self {
        Self { delay, seen: Arc::default() }
    }

    /// Listens on `address` (port 0 picks a free one) and serves until the handle is aborted.
    /// Returns the address it really listens on.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(self, address: SocketAddr) -> io::Result<(SocketAddr, JoinHandle<()>)> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok((address, tokio::spawn(self.serve(listener))))
    }

    async fn serve(self, listener: TcpListener) {
        loop {
            let Ok((socket, _)) = listener.accept().await else {
                // Out of file descriptors, most likely: the next accept would fail at once too.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            // Tokens are small; without this each would wait for the acknowledgement of the last.
            let _ = socket.set_nodelay(true);
            let standin = self.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let standin = standin.clone();
                    async move { Ok::<_, Infallible>(standin.respond(request).await) }
                });
                // A client that hangs up is its own business.
                let _ = auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(socket), service)
                    .await;
            });
        }
    }

    async fn respond(&self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        if parts.method == Method::GET {
            return match path {
                "/v1/models" => self.send(openai::models()),
                "/api/tags" => self.send(ollama::tags()),
                "/api/version" => self.send(ollama::version()),
                "/standin" => self.send(Answer::Whole(self.seen())),
                _ => refuse(StatusCode::NOT_FOUND, "the stand-in has no such path"),
            };
        }
        let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
            return refuse(StatusCode::BAD_REQUEST, "the request's body could not be read");
        };
        let body = body.to_bytes();
        let Ok(json) = serde_json::from_slice::<Value>(&body) else {
            return refuse(StatusCode::BAD_REQUEST, "the request's body is not JSON");
        };
        let serial = self.note(path, body);
        match path {
            "/v1/chat/completions" => self.send(openai::chat(&json, serial)),
            "/v1/completions" => self.send(openai::completions(&json, serial)),
            "/v1/embeddings" => self.send(openai::embeddings(&json)),
            "/api/chat" => self.send(ollama::chat(&json)),
            "/api/generate" => self.send(ollama::generate(&json)),
            _ => refuse(StatusCode::NOT_FOUND, "the stand-in has no such path"),
        }
    }

    fn send(&self, answer: Answer) -> Response<Body> {
        match answer {
            Answer::Whole(value) => response(StatusCode::OK, "application/json", whole(value.to_string())),
            Answer::Stream { content_type, events } => {
                let (delay, seen) = (self.delay, self.seen.clone());
                let events = stream::unfold(events.into_iter(), move |mut events| {
                    let seen = seen.clone();
                    async move {
                        let Some(event) = events.next() else {
                            lock(&seen).streams_completed += 1;
                            return None;
                        };
                        if !delay.is_zero() {
                            tokio::time::sleep(delay).await;
                        }
                        Some((Ok(Frame::data(Bytes::from(event))), events))
                    }
                });
                response(StatusCode::OK, content_type, StreamBody::new(events).boxed_unsync())
            }
        }
    }

    /// Remembers a prompt and gives it a number.
    fn note(&self, path: &str, body: Bytes) -> u64 {
        let mut seen = lock(&self.seen);
        seen.prompts += 1;
        seen.last = Some((path.to_owned(), body));
        seen.prompts
    }

    fn seen(&self) -> Value {
        let seen = lock(&self.seen);
        let last = seen
            .last
            .as_ref()
            .map(|(path, body)| json!({"path": path, "body": String::from_utf8_lossy(body)}));
        json!({"prompts": seen.prompts, "streams_completed": seen.streams_completed, "last": last})
    }
}

/// The counts are whole after every step, so that a panic elsewhere does not spoil them.
fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refuse(status: StatusCode, message: &str) -> Response<Body> {
    let error =
        json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
    response(status, "application/json", whole(error.to_string()))
}

fn whole(text: String) -> Body {
    Full::new(Bytes::from(text)).boxed_unsync()
}

fn response(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert("x-standin", HeaderValue::from_static("true"));
    response
}

/// The text of a content, be it a string or an array of parts.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
        }
        _ => String::new(),
    }
}

/// What the request wants to be repeatable by. With a seed, as `seed` or among Ollama's `options`, a
/// reply is the same to the byte every time: its id and its time hold nothing of the moment.
fn seed(request: &Value) -> Option<i64> {
    request.get("seed").or_else(|| request.pointer("/options/seed")).and_then(Value::as_i64)
}

/// The time of what has none.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// Seconds since 1970.
fn unix_time() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The time as Ollama writes it.
fn now() -> String {
    jiff::Timestamp::now().to_string()
}

#[cfg(test)]
mod tests;
