//! A client that sends exactly the bytes it is told, and reads what comes back without forgiving.
//!
//! Owns the near end of the gateway's connections: heads, chunks, and whether a body came to its
//! end or broke off.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a test waits for something that must come. It never decides a test that passes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A response as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// The body; of one that broke off, what had come.
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its declared end.
    pub(crate) whole: bool,
}

impl Reply {
    /// The value of a header; panics when it is there twice.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let first = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} is there twice in {:?}", self.headers);
        first
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the reply is UTF-8")
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }

    /// The code of an error in OpenAI's shape or Ollama's.
    pub(crate) fn code(&self) -> String {
        let body = self.json();
        let code = body["error"]["code"].as_str().or(body["code"].as_str());
        code.unwrap_or_else(|| panic!("no code in {body}")).to_owned()
    }

    /// The payloads of a stream of server-sent events, `[DONE]` included.
    pub(crate) fn events(&self) -> Vec<String> {
        let normal = self.text().replace("\r\n", "\n");
        let payload = |event: &str| {
            let lines: Vec<&str> = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
            (!lines.is_empty())
                .then(|| lines.iter().map(|line| line.trim_start()).collect::<Vec<_>>().join("\n"))
        };
        normal.split("\n\n").filter_map(payload).collect()
    }

    /// The payloads of a stream of either kind as JSON, without `[DONE]`; a whole reply is one.
    pub(crate) fn payloads(&self) -> Vec<Value> {
        if self.header("content-type") == Some("application/json") {
            return vec![self.json()];
        }
        let ndjson = self.header("content-type").is_some_and(|value| value.contains("ndjson"));
        let lines = if ndjson {
            self.text().lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
        } else {
            self.events()
        };
        let payloads = lines.iter().filter(|line| *line != "[DONE]");
        payloads
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line:?}")))
            .collect()
    }
}

/// A connection to the gateway.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) socket: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) fn over(socket: TcpStream) -> Self {
        socket.set_nodelay(true).unwrap();
        Self { socket, buffer: Vec::new() }
    }

    /// Sends bytes as they are. A gateway that has answered and closed is no failure here.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.socket.write_all(bytes).await;
    }

    /// Reads one response.
    pub(crate) async fn reply(&mut self) -> Reply {
        self.try_reply().await.expect("the connection did not end before the reply's head")
    }

    /// Reads one response; `None` where the connection ends before its head does.
    pub(crate) async fn try_reply(&mut self) -> Option<Reply> {
        tokio::time::timeout(PATIENCE, self.read_reply()).await.expect("a reply comes")
    }

    /// Reads until the connection ends; `true` where nothing more came before that.
    pub(crate) async fn closed(&mut self) -> bool {
        let mut rest = [0; 16];
        let read = tokio::time::timeout(PATIENCE, self.socket.read(&mut rest)).await;
        self.buffer.is_empty() && matches!(read.expect("the connection ends"), Ok(0) | Err(_))
    }

    /// Reads until the body so far holds `needle`; gives the head's status and what there is.
    pub(crate) async fn until(&mut self, needle: &str) -> String {
        let finder = async {
            loop {
                let text = String::from_utf8_lossy(&self.buffer).into_owned();
                if text.contains(needle) {
                    return text;
                }
                assert!(self.more().await, "the connection ended before {needle:?} in {text:?}");
            }
        };
        tokio::time::timeout(PATIENCE, finder).await.expect("the text comes")
    }

    async fn more(&mut self) -> bool {
        matches!(self.socket.read_buf(&mut self.buffer).await, Ok(count) if count > 0)
    }

    async fn read_reply(&mut self) -> Option<Reply> {
        let (status, headers) = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = String::from_utf8(self.buffer.drain(..end + 4).collect()).expect("a head is text");
                let mut lines = head.trim_end().split("\r\n");
                let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
                if status == 100 {
                    continue;
                }
                let split = |line: &str| {
                    line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                };
                break (status, lines.map(|line| split(line).expect("a header")).collect::<Vec<_>>());
            }
            if !self.more().await {
                return None;
            }
        };
        let mut reply = Reply { status, headers, body: Vec::new(), whole: true };
        if reply.header("transfer-encoding").is_some() {
            reply.whole = self.read_chunks(&mut reply.body).await;
        } else {
            let length = reply.header("content-length").expect("a length").parse().unwrap();
            while self.buffer.len() < length && self.more().await {}
            reply.whole = self.buffer.len() >= length;
            let have = self.buffer.len().min(length);
            reply.body = self.buffer.drain(..have).collect();
        }
        Some(reply)
    }

    /// Whether the last chunk came.
    async fn read_chunks(&mut self, body: &mut Vec<u8>) -> bool {
        loop {
            let Some(end) = find(&self.buffer, b"\r\n") else {
                if self.more().await {
                    continue;
                }
                return false;
            };
            let size =
                usize::from_str_radix(std::str::from_utf8(&self.buffer[..end]).unwrap(), 16).expect("a size");
            while self.buffer.len() < end + 2 + size + 2 {
                if !self.more().await {
                    let have = self.buffer.len().min(end + 2 + size);
                    body.extend_from_slice(&self.buffer[end + 2..have]);
                    return false;
                }
            }
            body.extend_from_slice(&self.buffer[end + 2..end + 2 + size]);
            self.buffer.drain(..end + 2 + size + 2);
            if size == 0 {
                return true;
            }
        }
    }
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// A request with a JSON body.
pub(crate) fn post(path: &str, body: &[u8]) -> Vec<u8> {
    request("POST", path, &[("content-type", "application/json")], body)
}

/// A request with a body of declared length.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: gateway\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if method != "GET" {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// The body of a chat request that says `text`.
pub(crate) fn chat(text: &str, stream: bool) -> Vec<u8> {
    let messages = serde_json::json!([{"role": "user", "content": text}]);
    serde_json::json!({"model": "qwen", "stream": stream, "messages": messages}).to_string().into_bytes()
}

/// Reads one page of the console.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Reply {
    let mut client = Client::connect(address).await;
    client.send(&request("GET", path, &[], b"")).await;
    client.reply().await
}
