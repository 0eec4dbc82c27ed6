//! The demo's client: sends an exchange over HTTP and reads what a person would see of the answer.
//!
//! Owns a small reader of the API's own shapes; it is a client like any other and knows nothing of
//! the gateway but its headers and the `qwarden` object.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::script::Exchange;

/// What came back.
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) text: String,
    pub(super) action: String,
    pub(super) rule: Option<String>,
    pub(super) took: Duration,
}

/// Sends one exchange.
pub(super) async fn send(
    address: SocketAddr,
    exchange: &Exchange,
) -> Result<Said, Box<dyn std::error::Error>> {
    let started = Instant::now();
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let request = Request::post(format!("http://{address}{}", exchange.path))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(exchange.body().to_string())))?;
    let response = client.request(request).await?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = response.into_body().collect().await?.to_bytes();
    let mut said = Said {
        status,
        text: String::new(),
        action: named(&headers, "x-qwarden-action").unwrap_or_default(),
        rule: named(&headers, "x-qwarden-rule"),
        took: Duration::from_millis(started.elapsed().as_millis() as u64),
    };
    let body = String::from_utf8_lossy(&body);
    for line in body.lines() {
        let line = line.strip_prefix("data:").map_or(line, str::trim);
        if let Ok(event) = serde_json::from_str::<Value>(line) {
            read(&event, &mut said);
        }
    }
    Ok(said)
}

fn named(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Reads one event, or a whole reply.
fn read(event: &Value, said: &mut Said) {
    for pointer in [
        "/choices/0/message/content",
        "/choices/0/delta/content",
        "/message/content",
        "/error/message",
        "/error",
    ] {
        if let Some(text) = event.pointer(pointer).and_then(Value::as_str) {
            said.text.push_str(text);
        }
    }
    if let Some(notice) = event.get("qwarden") {
        if let Some(action) = notice["action"].as_str() {
            action.clone_into(&mut said.action);
        }
        said.rule = notice["rule"].as_str().map(str::to_owned);
    }
}
