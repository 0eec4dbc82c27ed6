//! What stands before every page: the name it was called by, the session, and the origin of what is posted.
//!
//! Owns the headers of every answer and the refusals. Refuses to know the pages.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Form;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Session, same};
use crate::console::Console;
use crate::console::render::{Fault, refusal};

/// Name of the session's cookie over HTTP; over HTTPS it has `__Host-` in front, which binds it to the host.
const COOKIE: &str = "qwarden_console";
/// Nothing but the console's own files; no inline script or style, no framing, and scripts cannot make markup of texts.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'",
);

/// Puts the headers on every answer.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let fixed = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=()"),
    );
    if !fixed {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Lets through who calls the console by one of its names. A page of a stranger can make its own name mean
/// this address, but not make the browser say another name than its own.
pub(crate) async fn named(State(console): State<Arc<Console>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    if host.is_some_and(|host| is_ours(host, &console.access.hosts)) {
        return next.run(request).await;
    }
    let mut fault = Fault::new(
        StatusCode::MISDIRECTED_REQUEST,
        "This is not a name of the console",
        "The console answers to addresses, to localhost, and to the names of the setting console.hosts.",
    );
    fault.bare = true;
    refusal(&console, &fault, None)
}

/// Whether a `Host` names this console: an address, which no stranger's page can have for a name, `localhost`,
/// or a configured name.
fn is_ours(host: &str, hosts: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if let Some(address) = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    name.parse::<std::net::Ipv4Addr>().is_ok()
        || name == "localhost"
        || name.ends_with(".localhost")
        || hosts.contains(&name)
}

/// Lets through who has logged in.
pub(crate) async fn session(
    State(console): State<Arc<Console>>,
    mut request: Request,
    next: Next,
) -> Response {
    let session = cookie(request.headers(), &session_cookie(request.headers()))
        .and_then(|cookie| console.access.session(&cookie));
    let Some(session) = session else { return send_away(&console, &request) };
    if request.method() != Method::GET
        && request.method() != Method::HEAD
        && !is_same_origin(request.headers())
    {
        return refusal(&console, &Fault::forged(), Some(&session));
    }
    request.extensions_mut().insert(session);
    next.run(request).await
}

/// To the login page, and back from there; programs are told.
fn send_away(console: &Console, request: &Request) -> Response {
    let wants_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if request.method() != Method::GET || !wants_page {
        let fault =
            Fault::new(StatusCode::UNAUTHORIZED, "Not logged in", "The session is over. Log in again.");
        return refusal(console, &fault, None);
    }
    let back = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let to = if back == "/" { "/login".to_owned() } else { format!("/login?next={}", encoded(back)) };
    see_other(&to)
}

/// A redirect that a browser follows with a GET.
pub(crate) fn see_other(to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// A text as a part of a query.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            all.push(char::from(byte));
        } else {
            let _ = write!(all, "%{byte:02X}");
        }
        all
    })
}

/// Whether what is posted can come from a page of the console itself. Browsers say so in either of two headers, where
/// they say it: of pages that keep their address to themselves, as these do (`no-referrer`), the origin is `null`, and
/// without TLS there is no `Sec-Fetch-Site`. The token of the form is what everything rests on.
pub(super) fn is_same_origin(headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = value("sec-fetch-site")
        && site != "same-origin"
    {
        return false;
    }
    match (value("origin"), value("host")) {
        (Some("null"), _) => true,
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, name)| name.eq_ignore_ascii_case(host))
        }
        (origin, _) => origin.is_none(),
    }
}

/// Whether the browser speaks HTTPS to whatever stands in front.
fn is_https(headers: &HeaderMap) -> bool {
    let forwarded = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    forwarded.is_some_and(|value| value.trim().eq_ignore_ascii_case("https"))
}

/// Name of the session's cookie in this exchange.
pub(super) fn session_cookie(headers: &HeaderMap) -> String {
    format!("{}{COOKIE}", if is_https(headers) { "__Host-" } else { "" })
}

/// The `Set-Cookie` of a cookie that lives so many seconds.
pub(super) fn set_cookie(headers: &HeaderMap, name: &str, value: &str, seconds: u64) -> Option<HeaderValue> {
    let secure = if is_https(headers) { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).ok()
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // The guard has put it there; a page without the guard in front has none, and shows nothing.
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::UNAUTHORIZED)
    }
}

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(pub(crate) IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(info.map_or(IpAddr::from([0, 0, 0, 0]), |ConnectInfo(address)| address.ip())))
    }
}

/// A form as it was sent; line ends are those of the text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A field; empty where it was not sent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    pub(super) async fn read(request: Request) -> Result<Self, StatusCode> {
        let form = Form::<Vec<(String, String)>>::from_request(request, &()).await;
        let Form(fields) = form.map_err(|rejection| rejection.into_response().status())?;
        // Browsers send every line end of a text area as two characters.
        Ok(Self(fields.into_iter().map(|(name, value)| (name, value.replace("\r\n", "\n"))).collect()))
    }
}

/// A form that carries the token of its session: it was filled in on a page of the console.
#[derive(Debug)]
pub(crate) struct Signed(pub(crate) Fields);

impl FromRequest<Arc<Console>> for Signed {
    type Rejection = Response;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Self::Rejection> {
        let Some(session) = request.extensions().get::<Session>().cloned() else {
            return Err(StatusCode::UNAUTHORIZED.into_response());
        };
        match Fields::read(request).await {
            Ok(fields) if same(fields.text("csrf"), &session.csrf) => Ok(Self(fields)),
            Ok(_) => Err(refusal(console, &Fault::forged(), Some(&session))),
            Err(status) => {
                let fault =
                    Fault::new(status, "The form could not be read", "It may be larger than it may be.");
                Err(refusal(console, &fault, Some(&session)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_console_answers_to_addresses_loopback_and_configured_names() {
        let hosts = ["console.example".to_owned()];
        let check = |host: &str, expected: bool| assert_eq!(is_ours(host, &hosts), expected, "{host}");
        check("127.0.0.1:9090", true);
        check("127.0.0.1", true);
        check("[::1]:9090", true);
        check("192.0.2.7:9090", true);
        check("localhost", true);
        check("LOCALHOST:9090", true);
        check("localhost.:9090", true);
        check("qwarden.localhost:9090", true);
        check("console.example:443", true);
        check("Console.Example", true);
        check("evil.example:9090", false);
        check("localhost.evil.example", false);
        check("127.0.0.1.evil.example", false);
        check("notlocalhost", false);
        check("console.example.evil.example", false);
        check("", false);
        check("[::1", false);
        check("[evil]:9090", false);
    }

    #[test]
    fn what_another_site_posts_is_known_for_it() {
        let check = |pairs: &[(&'static str, &'static str)], expected: bool| {
            let headers: HeaderMap = pairs
                .iter()
                .map(|(name, value)| {
                    (name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap())
                })
                .collect();
            assert_eq!(is_same_origin(&headers), expected, "{pairs:?}");
        };
        let host = ("host", "127.0.0.1:9090");
        check(&[host], true);
        check(&[host, ("origin", "http://127.0.0.1:9090")], true);
        check(&[host, ("origin", "http://127.0.0.1:9091")], false);
        check(&[host, ("origin", "null")], true);
        check(&[host, ("origin", "null"), ("sec-fetch-site", "cross-site")], false);
        check(&[host, ("origin", "http://evil.example")], false);
        check(&[host, ("sec-fetch-site", "cross-site")], false);
        check(&[host, ("sec-fetch-site", "same-site")], false);
        check(&[host, ("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:9090")], true);
    }

    #[test]
    fn cookies_are_found_and_made() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", "a=1; qwarden_console=abc".parse().unwrap());
        headers.append("cookie", "b=2".parse().unwrap());
        assert_eq!(cookie(&headers, &session_cookie(&headers)).as_deref(), Some("abc"));
        assert_eq!(cookie(&headers, "b").as_deref(), Some("2"));
        let made = set_cookie(&headers, "qwarden_console", "x", 9).unwrap();
        assert_eq!(made, "qwarden_console=x; Path=/; HttpOnly; SameSite=Strict; Max-Age=9");
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        assert_eq!(session_cookie(&headers), "__Host-qwarden_console");
        assert!(set_cookie(&headers, "x", "y", 9).unwrap().to_str().unwrap().ends_with("; Secure"));
        assert_eq!(encoded("/search?q=\"a b\"&x=中"), "/search%3Fq%3D%22a%20b%22%26x%3D%E4%B8%AD");
    }
}
