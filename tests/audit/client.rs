//! The least HTTP client that knows when a reply has ended.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A reply that has ended.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// `x-qwarden-id`; empty where there was none.
    pub(crate) id: String,
    pub(crate) body: String,
}

/// One connection.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> std::io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self(BufReader::new(socket)))
    }

    /// Sends a chat and reads the reply to its very end.
    pub(crate) fn chat(&mut self, text: &str, stream: bool) -> std::io::Result<Reply> {
        let body = format!(
            "{{\"model\":\"q\",\"stream\":{stream},\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}]}}"
        );
        let request = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.send(&request)
    }

    pub(crate) fn get(&mut self, path: &str) -> std::io::Result<Reply> {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: t\r\n\r\n"))
    }

    fn send(&mut self, request: &str) -> std::io::Result<Reply> {
        self.0.get_mut().write_all(request.as_bytes())?;
        let head = self.line()?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
        let (mut id, mut length, mut chunked) = (String::new(), 0, false);
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else { break };
            match name {
                "x-qwarden-id" => id = value.to_owned(),
                "content-length" => length = value.parse().map_err(|_| broken())?,
                "transfer-encoding" => chunked = true,
                _ => {}
            }
        }
        let mut body = Vec::new();
        loop {
            if chunked {
                length = usize::from_str_radix(&self.line()?, 16).map_err(|_| broken())?;
            }
            let start = body.len();
            body.resize(start + length, 0);
            self.0.read_exact(&mut body[start..])?;
            if !chunked {
                break;
            }
            self.line()?;
            if length == 0 {
                break;
            }
        }
        Ok(Reply { status, id, body: String::from_utf8_lossy(&body).into_owned() })
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        line.strip_suffix("\r\n").map(str::to_owned).ok_or_else(broken)
    }
}

fn broken() -> std::io::Error {
    std::io::ErrorKind::UnexpectedEof.into()
}
