//! The head of a request: which ones two readers could read differently.
//!
//! Owns the rules by which a head is refused before any service sees it. hyper forgives some of
//! what stands here and hides that it did (it drops a `Content-Length` beside a
//! `Transfer-Encoding`), so that the rules are applied to the raw head of HTTP/1 requests. Refuses
//! to know sockets and what the request asks for.

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Method, StatusCode, Uri, Version};

use super::headers::describes_the_body;

/// Why a request was refused before any service saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// The status of the answer.
    pub status: StatusCode,
    /// Stable name of the cause: `malformed_request`, `ambiguous_length`, `headers_too_large`,
    /// `uri_too_long` or `request_timeout`.
    pub code: &'static str,
    /// One sentence for the client.
    pub message: &'static str,
}

impl Malformed {
    pub(super) const fn request(message: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "malformed_request", message }
    }

    const fn length(message: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "ambiguous_length", message }
    }

    pub(super) const TOO_LARGE: Self = Self {
        status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        code: "headers_too_large",
        message: "The head of the request is too large or has too many headers.",
    };

    const URI_TOO_LONG: Self = Self {
        status: StatusCode::URI_TOO_LONG,
        code: "uri_too_long",
        message: "The target of the request is too long.",
    };

    pub(super) const TIMEOUT: Self = Self {
        status: StatusCode::REQUEST_TIMEOUT,
        code: "request_timeout",
        message: "The head of the request did not arrive in time.",
    };

    /// hyper refused what passed the rules here; its answer was its own.
    pub(super) const BY_HYPER: Self = Self::request("The request is not valid HTTP.");

    /// The body of the answer, in the error shape of OpenAI: no dialect is known yet.
    pub(super) fn body(&self) -> Bytes {
        let error = serde_json::json!({
            "error": {
                "message": self.message,
                "type": "invalid_request_error",
                "param": null,
                "code": self.code,
            }
        });
        Bytes::from(error.to_string())
    }
}

/// How a request says where its body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Known(u64),
    Chunked,
}

/// Says why a parsed request must be refused, if it must.
///
/// The server asks this itself for HTTP/2; HTTP/1 heads went through the same rules as raw bytes.
#[must_use]
pub fn ambiguity(parts: &http::request::Parts) -> Option<Malformed> {
    let headers = parts.headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    check_headers(parts.version, headers).err()
}

/// Most headers of a request; as many as hyper parses without a heap allocation.
pub(super) const MOST_HEADERS: usize = 100;

/// The longest target that `http::Uri` holds.
const LONGEST_TARGET: usize = u16::MAX as usize - 1;

/// Reads the whole head of an HTTP/1 request, from its first byte to the blank line.
pub(super) fn read(head: &[u8]) -> Result<Length, Malformed> {
    let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(head, &mut headers) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Malformed::TOO_LARGE),
        Err(httparse::Error::HeaderName) => {
            return Err(Malformed::request("A header has a wrong name, or a line was folded."));
        }
        Err(httparse::Error::HeaderValue) => return Err(Malformed::request("A header has a wrong value.")),
        Err(httparse::Error::Version) => return Err(Malformed::request("The HTTP version is not known.")),
        Ok(_) | Err(_) => return Err(Malformed::request("The request line or a header is not valid HTTP.")),
    }
    check_target(request.method.unwrap_or_default(), request.path.unwrap_or_default())?;
    let version = if request.version == Some(1) { Version::HTTP_11 } else { Version::HTTP_10 };
    check_headers(version, request.headers.iter().map(|header| (header.name.as_bytes(), header.value)))
}

fn check_target(method: &str, target: &str) -> Result<(), Malformed> {
    if target.len() > LONGEST_TARGET {
        return Err(Malformed::URI_TOO_LONG);
    }
    // A tunnel would be a way around the gateway.
    if method == "CONNECT" || Method::from_bytes(method.as_bytes()).is_err() {
        return Err(Malformed::request("The method is not served here."));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.?=&%~:".contains(&byte);
    if target.starts_with('/') && target.bytes().all(plain) {
        return Ok(());
    }
    match target.parse::<Uri>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Malformed::request("The target of the request is not a valid URI.")),
    }
}

/// The rules for headers, whatever the version of HTTP.
fn check_headers<'a>(
    version: Version,
    headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) -> Result<Length, Malformed> {
    let is = |name: &[u8], known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    let (mut length, mut chunked, mut hosts, mut content_types) = (None, false, 0, 0);
    for (name, value) in headers {
        // The length of a name tells most apart before a letter is compared.
        match name.len() {
            4 if is(name, "host") => hosts += 1,
            10 if is(name, "connection") => check_connection(value)?,
            12 if is(name, "content-type") => content_types += 1,
            14 if is(name, "content-length") => {
                let Some(value) = digits(value) else {
                    return Err(Malformed::length("The Content-Length is not one number."));
                };
                if length.replace(value).is_some() {
                    return Err(Malformed::length("There is more than one Content-Length header."));
                }
            }
            17 if is(name, "transfer-encoding") => {
                if version != Version::HTTP_11 {
                    return Err(Malformed::length("Transfer-Encoding belongs to HTTP/1.1 only."));
                }
                if std::mem::replace(&mut chunked, true) || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Malformed::length(
                        "The only Transfer-Encoding that is read is one \"chunked\".",
                    ));
                }
            }
            _ => {}
        }
    }
    if chunked && length.is_some() {
        return Err(Malformed::length("Transfer-Encoding and Content-Length contradict each other."));
    }
    if hosts > 1 || (version == Version::HTTP_11 && hosts == 0) {
        return Err(Malformed::request("There must be one Host header."));
    }
    if content_types > 1 {
        return Err(Malformed::request("There is more than one Content-Type header."));
    }
    Ok(if chunked { Length::Chunked } else { Length::Known(length.unwrap_or(0)) })
}

/// A `Connection` that names a header of the body would have it removed on the way, and the body
/// would be read differently than it was screened.
fn check_connection(value: &[u8]) -> Result<(), Malformed> {
    for token in value.split(|byte| *byte == b',') {
        let token = token.trim_ascii();
        // The two common tokens, without building a name.
        if token.eq_ignore_ascii_case(b"keep-alive") || token.eq_ignore_ascii_case(b"close") {
            continue;
        }
        if HeaderName::from_bytes(token).is_ok_and(|name| describes_the_body(&name)) {
            return Err(Malformed::request("Connection may not name a header of the body."));
        }
    }
    Ok(())
}

/// `http` cannot hold more than this as the length of a body, and nobody sends it.
const LONGEST_BODY: u64 = u64::MAX - 2;

fn digits(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok().filter(|length| *length <= LONGEST_BODY)
}

/// The header of every answer that names the exchange.
pub(super) const ID: HeaderName = HeaderName::from_static("x-qwarden-id");

/// The id as a header; an id that cannot be one is left out of the answer, not out of the record.
pub(super) fn id_value(id: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(id).ok()
}
