//! Heads of requests and responses, as far as an exchange has to understand them.
//!
//! Owns content types, and the refusal of paths. Refuses to look into bodies.

use http::{HeaderMap, HeaderValue, Response, header};

use crate::dialect::{Framing, Refusal};
use crate::wire::ReplyBody;

/// The media type of whole bodies.
pub(in crate::gateway) const JSON: &str = "application/json";

/// A response of our own.
pub(in crate::gateway) fn respond(
    status: u16,
    content_type: &'static str,
    body: ReplyBody,
) -> Response<ReplyBody> {
    let mut response = Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

pub(super) fn stream_type(framing: Framing) -> &'static str {
    match framing {
        Framing::Sse => "text/event-stream; charset=utf-8",
        Framing::Ndjson => "application/x-ndjson",
    }
}

pub(super) fn is_stream(headers: &HeaderMap, framing: Framing) -> bool {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match framing {
        Framing::Sse => essence.eq_ignore_ascii_case("text/event-stream"),
        Framing::Ndjson => {
            essence.eq_ignore_ascii_case("application/x-ndjson")
                || essence.eq_ignore_ascii_case("application/ndjson")
        }
    }
}

/// JSON is UTF-8. A request that says otherwise would be read in one way here and in another there.
pub(super) fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(first), rest) = (types.next(), types.next()) else { return Ok(()) };
    let text = first.to_str().unwrap_or("?").to_ascii_lowercase();
    let other_charset = text
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .filter_map(|(name, value)| (name.trim() == "charset").then_some(value))
        .any(|charset| !matches!(charset.trim().trim_matches('"'), "utf-8" | "utf8" | "us-ascii"));
    if rest.is_some() || other_charset {
        return Err(Refusal {
            status: 400,
            code: "unsupported_charset",
            message: "The body must be JSON in UTF-8, with one Content-Type that does not say otherwise."
                .into(),
        });
    }
    Ok(())
}

pub(super) fn closed(status: u16, path: &str) -> Refusal {
    let (code, message) = if status == 405 {
        ("method_not_allowed", "This path does not take requests of this method.".to_owned())
    } else {
        let shown: String = path.chars().filter(|c| c.is_ascii_graphic()).take(80).collect();
        let message = format!(
            "The path {shown} is closed: this gateway cannot screen what goes through it. An operator can open it by name (open_paths)."
        );
        ("unknown_path", message)
    };
    Refusal { status, code, message }
}
